//! Columns that the files of a source do not share.

use std::path::PathBuf;

use super::named::named;
use super::{Kind, LoadError};
use crate::{Text, Warning};

/// A column that some files of a source lack, or hold in a type that does not go with that of others. It cannot be read: a
/// key or a flag that names it is an error, and who names other columns does not miss it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unshared {
    /// Its name.
    pub name: String,
    /// What it is, for every file that has it.
    pub kinds: Vec<Kind>,
    pub(super) difference: Difference,
}

/// How files differ in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    Missing { with: PathBuf, without: PathBuf },
    Types { first: (PathBuf, String), second: (PathBuf, String) },
}

impl Unshared {
    /// The error that it is to those who need the column.
    pub fn error(&self) -> LoadError {
        let column = self.name.clone();
        match self.difference.clone() {
            Difference::Missing { with, without } => LoadError::ColumnsDiffer { column, with, without },
            Difference::Types { first: (first, first_type), second: (second, second_type) } => {
                LoadError::TypesDiffer { column, first, first_type, second, second_type }
            }
        }
    }
}

/// What to know of columns that were left out because the files do not share them; nothing when there is none.
pub(super) fn left_out(columns: &[Unshared]) -> Option<Warning> {
    let n = columns.len();
    let Text { en, zh } = named(columns, |column| column.name.clone(), |column| column.name.clone());
    let subject = if n == 1 { "1 column was".to_owned() } else { format!("{n} columns were") };
    let text = Text::new(
        format!("{subject} left out: not in every file, or not in one type: {en}"),
        format!("有 {n} 列未使用：并非每个文件都有该列，或各文件中的类型不一致：{zh}"),
    );
    let all: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    (n > 0).then(|| Warning::new("columns_not_shared", text).with("columns", all))
}
