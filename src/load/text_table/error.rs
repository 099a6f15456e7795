use crate::failure::{Category, Failure};

/// Why a CSV or XLSX file is no table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextTableError {
    /// The file cannot be read at all.
    #[error("cannot read {file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// More than is read into memory at once.
    #[error("{file} is too large for a table that is read whole: it has more than {limit}")]
    TooLarge {
        /// The file, or a sheet of it.
        file: String,
        /// What it has too much of, and how much is allowed.
        limit: String,
    },
    /// There are no bytes.
    #[error("{file} is empty")]
    Empty {
        /// The file, or a sheet of it.
        file: String,
    },
    /// Bytes that are text in no encoding we know.
    #[error("{file} is neither UTF-8 nor GB 18030 text: line {line}")]
    NotText {
        /// The file.
        file: String,
        /// The first line that is not UTF-8, from 1.
        line: usize,
    },
    /// One column only.
    #[error("{file} has one column only, {column:?}: the first line has no comma, semicolon or tab")]
    OneColumn {
        /// The file.
        file: String,
        /// What the first line says.
        column: String,
    },
    /// A column without a name.
    #[error("{file}: the header has no name in {place}")]
    Unnamed {
        /// The file, or a sheet of it.
        file: String,
        /// The cell.
        place: String,
    },
    /// Two columns of the same name.
    #[error("{file}: two columns are called {column:?}, in {} and {}", .places[0], .places[1])]
    NamedTwice {
        /// The file, or a sheet of it.
        file: String,
        /// The name.
        column: String,
        /// The cells.
        places: [String; 2],
    },
    /// A row with more or fewer cells than the header.
    #[error("{file}: line {line} has {found} cells, the header has {expected}")]
    Ragged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Its cells.
        found: usize,
        /// Those of the header.
        expected: usize,
    },
    /// A sheet of a file that has none.
    #[error("{file} has no sheets, but the sheet {sheet:?} is asked for")]
    NoSheets {
        /// The file.
        file: String,
        /// The sheet.
        sheet: String,
    },
    /// A workbook that is none, or one of another kind.
    #[error("{file} is not an XLSX file: {message}")]
    NotXlsx {
        /// The file.
        file: String,
        /// What is wrong with it.
        message: String,
    },
    /// A sheet that the workbook does not have.
    #[error("{file} has no sheet {sheet:?}; it has {}", .sheets.join(", "))]
    NoSuchSheet {
        /// The file.
        file: String,
        /// The sheet asked for.
        sheet: String,
        /// Those there are.
        sheets: Vec<String>,
    },
    /// A cell that holds an error of the spreadsheet.
    #[error("{file}: {cell}, column {column:?}, holds the error {error}")]
    ErrorCell {
        /// The file and the sheet.
        file: String,
        /// The cell, such as B7.
        cell: String,
        /// Its column.
        column: String,
        /// The spreadsheet's word for it, such as #N/A.
        error: String,
    },
}

impl Failure for TextTableError {
    fn category(&self) -> Category {
        match self {
            TextTableError::TooLarge { .. } => Category::Refused,
            _ => Category::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            TextTableError::Unreadable { .. } => return None,
            TextTableError::TooLarge { .. } => {
                "write it as Parquet, which is read in parts, or leave out what is not needed".into()
            }
            TextTableError::Empty { .. } => "the first row names the columns, below it is one row a customer".into(),
            TextTableError::NotText { .. } => "save it as CSV UTF-8".into(),
            TextTableError::OneColumn { .. } => "it needs a column of ids and one of tiers".into(),
            TextTableError::Unnamed { .. } | TextTableError::NamedTwice { .. } => {
                "the first row that is not blank has a different name for every column".into()
            }
            TextTableError::Ragged { .. } => "a text with a separator in it stands in quotes".into(),
            TextTableError::NoSheets { .. } => "leave --sheet out".into(),
            TextTableError::NotXlsx { .. } => "save it as .xlsx without a password, or as CSV UTF-8".into(),
            TextTableError::NoSuchSheet { .. } => "name one with --sheet NAME; without it the first is read".into(),
            TextTableError::ErrorCell { .. } => "mend its formula, or paste the values".into(),
        })
    }
}
