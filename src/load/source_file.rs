//! One file of a source, opened as far as its footer; or a table in memory in its place.

use std::collections::HashSet;

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
    /// What its columns are called (see [`name_columns`]).
    pub names: Vec<String>,
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

    /// The columns that begin with a byte-order mark, which a converter of text files may leave.
    pub fn marked_names(&self) -> Vec<&str> {
        let stored = self.stored.schema().fields().iter().map(|field| field.name());
        let both = stored.zip(&self.names).filter(|(stored, _)| stored.starts_with(MARK));
        both.map(|(_, name)| name.as_str()).collect()
    }

    /// What the columns without a name are called.
    pub fn nameless(&self) -> Vec<&str> {
        self.given_names()
            .zip(&self.names)
            .filter(|(given, _)| given.is_none())
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// The names that the file gives its columns, without a byte-order mark; `None` for blanks.
    fn given_names(&self) -> impl Iterator<Item = Option<&str>> {
        let fields = self.stored.schema().fields().iter();
        fields.map(|field| Some(field.name().trim_start_matches(MARK)).filter(|name| !name.trim().is_empty()))
    }

    /// Where a column of the source, not a partition, is in this file.
    pub fn position(&self, column: usize) -> usize {
        self.positions[column]
    }
}

/// The byte-order mark.
const MARK: char = '\u{feff}';

/// Says what the columns of `files` are called: as the files call them, without a byte-order mark. Those without a name are
/// `unnamed`, `unnamed 2` … in the order of their file, without the names that a column or a partition of any file has.
pub(super) fn name_columns(files: &mut [SourceFile]) {
    let partitions = files.iter().flat_map(|file| &file.file.partitions).map(|(key, _)| key.as_str());
    let taken: HashSet<&str> = files.iter().flat_map(SourceFile::given_names).flatten().chain(partitions).collect();
    let names: Vec<Vec<String>> = files.iter().map(|file| names_beside(&taken, file)).collect();
    files.iter_mut().zip(names).for_each(|(file, names)| file.names = names);
}

fn names_beside(taken: &HashSet<&str>, file: &SourceFile) -> Vec<String> {
    let numbered = (2..).map(|number| format!("unnamed {number}"));
    let mut free = std::iter::once("unnamed".to_owned()).chain(numbered).filter(|name| !taken.contains(name.as_str()));
    file.given_names().filter_map(|given| given.map(str::to_owned).or_else(|| free.next())).collect()
}
