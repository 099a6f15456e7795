use crate::failure::{Category, Failure};

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A named column does not exist.
    #[error("column {column:?} is not in {source_name}")]
    NoColumn {
        /// The column asked for.
        column: String,
        /// The file or table.
        source_name: String,
    },
}

impl Failure for LoadError {
    fn category(&self) -> Category {
        Category::Input
    }
}
