//! What customers by their ids cost in memory. Bytes of a customer were measured (docs/methods.md).

use std::path::Path;

use super::LabelsById;
use crate::load::{LoadError, Source};

/// Bytes of a customer while two sides are joined, beside the texts of the id and the label: an entry of the map of each side, where
/// the texts begin, and the two codes.
const CUSTOMER_BYTES: u64 = 320;

impl LabelsById {
    /// About the bytes that the columns `id` and `label` of the Parquet table at `path` need in memory, and their part of a comparison,
    /// as far as the footer tells.
    ///
    /// # Errors
    /// When the table cannot be opened.
    pub fn memory_bytes(path: &Path, id: &str, label: &str) -> Result<u64, LoadError> {
        let source = Source::open_even_empty(path)?;
        Ok(CUSTOMER_BYTES * source.n_rows() as u64 + source.column_bytes(id) + source.column_bytes(label))
    }
}
