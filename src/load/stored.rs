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

use super::decoding::BATCH_ROWS;

/// The columns of one file, or of a table in memory.
#[derive(Debug)]
pub(super) enum Stored {
    /// In a Parquet file, whose footer this is.
    Parquet(ArrowReaderMetadata),
    /// In memory; every batch counts as a row group.
    Batches(Vec<RecordBatch>, SchemaRef),
}

impl Stored {
    /// The columns and their types.
    pub(super) fn schema(&self) -> &SchemaRef {
        match self {
            Stored::Parquet(metadata) => metadata.schema(),
            Stored::Batches(_, schema) => schema,
        }
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

/// Batches of some columns, in the order of the file, of at most [`BATCH_ROWS`] rows.
pub(super) enum BatchReader {
    /// Decoded from a file.
    Parquet(ParquetRecordBatchReader),
    /// Sliced from what is in memory.
    Memory(MemoryReader),
}

impl BatchReader {
    /// A reader of the columns at `positions` of a file.
    pub(super) fn of_file(
        file: File,
        metadata: &ArrowReaderMetadata,
        positions: impl IntoIterator<Item = usize>,
        rows: Rows,
    ) -> Result<BatchReader, ParquetError> {
        let mask = ProjectionMask::roots(metadata.parquet_schema(), positions);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS);
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
