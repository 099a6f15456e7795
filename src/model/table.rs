//! Tables as Parquet files, written chunk by chunk.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

/// Rows of a row group, at least, unless the file ends.
const GROUP_ROWS: usize = 1 << 20;

/// Writes a table chunk by chunk. The columns of a chunk are made and encoded in parallel; a text column may come as a
/// dictionary, and is plain text in the file.
pub struct TableWriter {
    schema: Arc<Schema>,
    file: SerializedFileWriter<File>,
    factory: ArrowRowGroupWriterFactory,
    /// The row group that is being written: one writer a column, and its rows.
    columns: Vec<ArrowColumnWriter>,
    n_rows: usize,
}

impl TableWriter {
    /// A writer to a new file at `path`.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: &Path, fields: Vec<Field>) -> Result<Self, ParquetError> {
        let schema = Arc::new(Schema::new(fields));
        let writer = ArrowWriter::try_new(File::create(path)?, Arc::clone(&schema), Some(table_properties()))?;
        let (file, factory) = writer.into_serialized_writer()?;
        Ok(TableWriter { schema, file, factory, columns: Vec::new(), n_rows: 0 })
    }

    /// Appends `n_rows` rows; `column` makes the column of a field from its number.
    ///
    /// # Errors
    /// When a column does not fit its field, or the file cannot be written.
    pub fn write(&mut self, n_rows: usize, column: impl Fn(usize) -> ArrayRef + Sync) -> Result<(), ParquetError> {
        if self.columns.is_empty() {
            self.columns = self.factory.create_column_writers(self.file.flushed_row_groups().len())?;
        }
        let encode = |(c, (writer, field)): (usize, (&mut ArrowColumnWriter, &Arc<Field>))| {
            compute_leaves(field, &column(c))?.iter().try_for_each(|leaf| writer.write(leaf))
        };
        let encoded: Vec<Result<(), ParquetError>> =
            self.columns.par_iter_mut().zip(self.schema.fields().par_iter()).enumerate().map(encode).collect();
        encoded.into_iter().collect::<Result<(), _>>()?;
        self.n_rows += n_rows;
        if self.n_rows >= GROUP_ROWS { self.end_group() } else { Ok(()) }
    }

    /// Writes the row group so far.
    fn end_group(&mut self) -> Result<(), ParquetError> {
        self.n_rows = 0;
        let columns = std::mem::take(&mut self.columns);
        let chunks: Vec<Result<ArrowColumnChunk, ParquetError>> =
            columns.into_par_iter().map(ArrowColumnWriter::close).collect();
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk?.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    /// Finishes the file and forces it to disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<(), ParquetError> {
        if self.n_rows > 0 {
            self.end_group()?;
        }
        let file = self.file.into_inner()?;
        Ok(file.sync_all()?)
    }
}

/// Zstd, as every table segmint writes.
pub fn table_properties() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build()
}

/// A text column from the number of the text of every row, as a dictionary.
///
/// # Panics
/// When a number has no text.
pub fn text_column<'a>(numbers: impl Iterator<Item = Option<i32>>, texts: impl Iterator<Item = &'a str>) -> ArrayRef {
    let texts = Arc::new(StringArray::from_iter_values(texts));
    Arc::new(DictionaryArray::new(numbers.collect::<Int32Array>(), texts))
}
