//! Where the columns of a source are: in a Parquet file, or in memory.

use std::fs::File;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::errors::ParquetError;
#[cfg(feature = "cloud")]
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::ChunkReader;

use super::decoding::{BATCH_ROWS, guarded};
use super::retyped::{as_view, with_types};
use super::storage::Opened;

/// The columns of one file, or of a table in memory.
#[derive(Debug)]
pub(super) enum Stored {
    /// In a Parquet file.
    Parquet(Footer, Opened),
    /// In memory; every batch counts as a row group.
    Batches(Vec<RecordBatch>, SchemaRef),
}

impl Stored {
    /// The columns and their types.
    pub(super) fn schema(&self) -> &SchemaRef {
        match self {
            Stored::Parquet(footer, _) => footer.declared.schema(),
            Stored::Batches(_, schema) => schema,
        }
    }
}

/// The footer of a Parquet file.
#[derive(Debug, Clone)]
pub(super) struct Footer {
    /// With the types that the file means its columns to have.
    pub declared: ArrowReaderMetadata,
    /// With the types in which they are decoded: texts as views, of which a value that stands once in a dictionary is one,
    /// however many rows have it.
    pub decoded: ArrowReaderMetadata,
}

impl Footer {
    /// A footer whose columns are meant as `declared` says.
    pub(super) fn of(declared: ArrowReaderMetadata) -> Footer {
        let types = declared.schema().fields().iter().map(|field| as_view(field.data_type())).collect();
        let decoded = guarded(|| with_types(&declared, types)).unwrap_or_else(|_| declared.clone());
        Footer { declared, decoded }
    }
}

/// Which rows of a file are read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows {
    /// All of them.
    All,
    /// Those of one row group.
    Group(usize),
    /// One row of one row group.
    One {
        /// The row group.
        group: usize,
        /// The row in it.
        row: usize,
    },
}

/// Batches of some columns, in the order of the file.
pub(super) enum BatchReader {
    /// Decoded from a file.
    Parquet(ParquetRecordBatchReader),
    /// Sliced from what is in memory.
    Memory(MemoryReader),
}

impl BatchReader {
    /// A reader of the columns at `positions` of a file, `at_once` rows at a time.
    pub(super) fn of_file(
        opened: &Opened,
        footer: &Footer,
        positions: impl IntoIterator<Item = usize>,
        rows: Rows,
        at_once: usize,
    ) -> Result<BatchReader, ParquetError> {
        let mask = ProjectionMask::roots(footer.decoded.parquet_schema(), positions);
        match opened {
            Opened::File(path) => BatchReader::decoding(File::open(path)?, footer, mask, rows, at_once),
            #[cfg(feature = "cloud")]
            Opened::Object(object) => {
                let chunks = chunks(footer, &mask, rows);
                BatchReader::decoding(super::storage::Ahead::over(object, chunks), footer, mask, rows, at_once)
            }
        }
    }

    fn decoding<R: ChunkReader + 'static>(
        file: R,
        footer: &Footer,
        mask: ProjectionMask,
        rows: Rows,
        at_once: usize,
    ) -> Result<BatchReader, ParquetError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer.decoded.clone())
            .with_projection(mask)
            .with_batch_size(at_once);
        let builder = match rows {
            Rows::All => builder,
            Rows::Group(group) => builder.with_row_groups(vec![group]),
            Rows::One { group, row } => {
                let selection = RowSelection::from(vec![RowSelector::skip(row), RowSelector::select(1)]);
                builder.with_row_groups(vec![group]).with_row_selection(selection)
            }
        };
        Ok(BatchReader::Parquet(builder.build()?))
    }

    /// A reader of the columns at `positions` of `batches`.
    pub(super) fn of_batches(
        batches: &[RecordBatch],
        schema: &SchemaRef,
        mut positions: Vec<usize>,
        rows: Rows,
    ) -> Result<BatchReader, ArrowError> {
        positions.sort_unstable();
        let chosen = match rows {
            Rows::All => batches.to_vec(),
            Rows::Group(group) => vec![batches[group].clone()],
            Rows::One { group, row } => vec![batches[group].slice(row, 1)],
        };
        let schema = Arc::new(schema.project(&positions)?);
        let batches = chosen.iter().map(|batch| batch.project(&positions)).collect::<Result<Vec<_>, _>>()?;
        Ok(BatchReader::Memory(MemoryReader { batches, schema, at: 0, row: 0 }))
    }
}

/// Where the chunks of the columns of a mask are in their file.
#[cfg(feature = "cloud")]
fn chunks(footer: &Footer, mask: &ProjectionMask, rows: Rows) -> Vec<std::ops::Range<u64>> {
    let groups = footer.decoded.metadata().row_groups();
    let groups = match rows {
        Rows::All => groups,
        Rows::Group(group) | Rows::One { group, .. } => &groups[group..=group],
    };
    let of_group = |group: &RowGroupMetaData| {
        let leaves = (0..group.num_columns()).filter(|&leaf| mask.leaf_included(leaf));
        let ranges = leaves.map(|leaf| group.column(leaf).byte_range());
        ranges.map(|(start, length)| start..start.saturating_add(length)).collect::<Vec<_>>()
    };
    groups.iter().flat_map(of_group).collect()
}

impl Iterator for BatchReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            BatchReader::Parquet(reader) => reader.next(),
            BatchReader::Memory(reader) => reader.next(),
        }
    }
}

/// Batches in memory, cut and joined to [`BATCH_ROWS`] rows.
pub(super) struct MemoryReader {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
    /// The next batch, and the next row in it.
    at: usize,
    row: usize,
}

impl Iterator for MemoryReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut parts, mut wanted) = (Vec::new(), BATCH_ROWS);
        while let Some(batch) = self.batches.get(self.at).filter(|_| wanted > 0) {
            let n = wanted.min(batch.num_rows() - self.row);
            if n > 0 {
                parts.push(batch.slice(self.row, n));
            }
            (self.row, wanted) = (self.row + n, wanted - n);
            if self.row == batch.num_rows() {
                (self.at, self.row) = (self.at + 1, 0);
            }
        }
        match &parts[..] {
            [] => None,
            [part] => Some(Ok(part.clone())),
            _ => Some(concat_batches(&self.schema, &parts)),
        }
    }
}
