//! Numbers of one column in one row group.
//!
//! The common case, a plain column of floats or integers, is decoded by the column readers of the parquet crate from the
//! bytes of the column, read at once; every other type or reading takes the way over record batches, which costs twice as much.

use std::sync::Arc;

use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::serialized_reader::SerializedPageReader;

use super::cells::{NULL, marked};
use super::decoding::guarded;
use super::storage::{Opened, Part};
use super::stored::{Footer, Stored};
use super::{LoadError, Source};

/// Values decoded at a time: they and what they are decoded from stay in the first cache levels.
const BATCH_VALUES: usize = 4096;

impl Source {
    /// Hands `visit` the values of one column of one row group in order, missing ones as the NaN that tells why. The column
    /// is numeric or bool, or read as numbers.
    pub(super) fn read_numbers(
        &self,
        file: usize,
        row_group: usize,
        column: usize,
        mut visit: impl FnMut(&[f64]),
    ) -> Result<(), LoadError> {
        let wanted = self.files[file].row_groups[row_group];
        if wanted == 0 {
            return Ok(());
        }
        let reading = &self.columns()[column].reading;
        let Some((metadata, opened, leaf)) = self.plain_leaf(file, column).filter(|_| reading.is_stored()) else {
            let mut values = Vec::new();
            return self.read_row_group(file, row_group, column, |array| {
                values.resize(array.len(), 0.0);
                reading.numbers(array, &mut values)?;
                visit(&values);
                Ok(true)
            });
        };
        let decoded = guarded(|| {
            let chunk = metadata.metadata().row_group(row_group).column(leaf);
            let (start, length) = chunk.byte_range();
            let bytes = Part::new(start, opened.read_at(start, length)?);
            let pages = SerializedPageReader::new(Arc::new(bytes), chunk, wanted, None)?;
            match get_column_reader(chunk.column_descr_ptr(), Box::new(pages)) {
                ColumnReader::DoubleColumnReader(reader) => read_plain(reader, wanted, marked, &mut visit),
                ColumnReader::FloatColumnReader(reader) => {
                    read_plain(reader, wanted, |x| marked(f64::from(x)), &mut visit)
                }
                ColumnReader::Int32ColumnReader(reader) => read_plain(reader, wanted, f64::from, &mut visit),
                ColumnReader::Int64ColumnReader(reader) => read_plain(reader, wanted, |x| x as f64, &mut visit),
                _ => Err(ParquetError::General("the column is not plain".to_owned())),
            }
        });
        // What is wrong is said in the same words whichever way a column was read.
        decoded.or_else(|detail| {
            self.read_row_group(file, row_group, column, |_| Ok(true))?;
            Err(self.damaged(file, column, row_group, detail))
        })
    }

    /// Where a column is among the leaves of a Parquet file, when its values are stored as they are meant.
    fn plain_leaf(&self, file: usize, column: usize) -> Option<(&ArrowReaderMetadata, &Opened, usize)> {
        let file = &self.files[file];
        let Stored::Parquet(Footer { declared: metadata, .. }, opened) = &file.stored else { return None };
        let root = file.position(column);
        let schema = metadata.parquet_schema();
        let leaf = (0..schema.num_columns()).find(|&leaf| schema.get_column_root_idx(leaf) == root)?;
        let stored = schema.column(leaf);
        let is_plain = matches!(
            (metadata.schema().field(root).data_type(), stored.physical_type()),
            (DataType::Float64, Type::DOUBLE)
                | (DataType::Float32, Type::FLOAT)
                | (DataType::Int32, Type::INT32)
                | (DataType::Int64, Type::INT64)
        );
        (is_plain && stored.max_rep_level() == 0 && stored.max_def_level() <= 1).then_some((metadata, opened, leaf))
    }
}

fn read_plain<T: parquet::data_type::DataType>(
    mut reader: ColumnReaderImpl<T>,
    wanted: usize,
    number: impl Fn(T::T) -> f64,
    visit: &mut impl FnMut(&[f64]),
) -> ParquetResult<()>
where
    T::T: Copy,
{
    let (mut stored, mut levels, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = 0;
    loop {
        stored.clear();
        levels.clear();
        values.clear();
        let (rows, ..) = reader.read_records(BATCH_VALUES, Some(&mut levels), None, &mut stored)?;
        seen += rows;
        if rows == 0 || seen > wanted {
            break;
        }
        if stored.len() == rows {
            values.extend(stored.iter().map(|&x| number(x)));
        } else {
            let mut next = stored.iter();
            // A value for every level that says so, checked by the reader.
            values.extend(levels.iter().map(|&level| if level == 0 { None } else { next.next() }).map(|x| match x {
                Some(&x) => number(x),
                None => NULL,
            }));
        }
        visit(&values);
    }
    match seen == wanted {
        true => Ok(()),
        false => Err(ParquetError::General(format!("{seen} rows instead of {wanted}"))),
    }
}
