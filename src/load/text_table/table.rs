use std::collections::BTreeMap;

use super::TextTableError;
use crate::Warning;

/// A table whose cells are texts.
#[derive(Debug, Clone, PartialEq)]
pub struct TextTable {
    pub(super) columns: Vec<String>,
    /// Row by row, as many cells as columns; a blank cell is missing.
    pub(super) rows: Vec<Vec<Option<String>>>,
    pub(super) warnings: Vec<Warning>,
}

impl TextTable {
    /// The columns, in the order of the file.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Rows below the header.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The cells of a column, from the top.
    pub fn cells(&self, column: usize) -> impl Iterator<Item = Option<&str>> {
        self.rows.iter().map(move |row| row[column].as_deref())
    }

    /// What a user should know of how it was read.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// A cell without the spaces around it; a blank one is missing.
pub(super) fn cell(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The header, when every column has a name of its own. `place` says where a column is.
pub(super) fn header(
    file: &str,
    names: Vec<Option<String>>,
    place: impl Fn(usize) -> String,
) -> Result<Vec<String>, TextTableError> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (column, name) in names.iter().enumerate() {
        let Some(name) = name else {
            return Err(TextTableError::Unnamed { file: file.to_owned(), place: place(column) });
        };
        if let Some(first) = seen.insert(name, column) {
            return Err(TextTableError::NamedTwice {
                file: file.to_owned(),
                column: name.clone(),
                places: [place(first), place(column)],
            });
        }
    }
    Ok(names.into_iter().flatten().collect())
}
