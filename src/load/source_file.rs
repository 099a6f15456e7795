//! One file of a source, opened as far as its footer; or a table in memory in its place.

use super::stored::Stored;
use super::{DataFile, LoadError};

#[derive(Debug)]
pub(super) struct SourceFile {
    pub file: DataFile,
    pub bytes: u64,
    pub first_row: usize,
    /// Rows of each row group.
    pub row_groups: Vec<usize>,
    pub stored: Stored,
    /// For every column of the source that is not a partition, its position in this file.
    pub positions: Vec<usize>,
}

impl SourceFile {
    pub fn n_rows(&self) -> usize {
        self.row_groups.iter().sum()
    }

    /// Why it cannot be read, when that is to blame and not what is in it.
    pub fn failure(&self) -> Option<LoadError> {
        match &self.stored {
            Stored::Parquet(_, opened) => opened.failure(),
            Stored::Batches(..) => None,
        }
    }

    /// Where a column of the source, not a partition, is in this file.
    pub fn position(&self, column: usize) -> usize {
        self.positions[column]
    }
}
