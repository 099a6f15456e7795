//! How large a table may be that is read whole.

use std::io::Read;
use std::path::Path;

use super::TextTableError;

/// Bytes of a file, of what is packed in a workbook, and of the texts of its cells.
const MAX_BYTES: usize = 256 << 20;
/// Cells, blank ones included.
const MAX_CELLS: u64 = 10_000_000;

/// The bytes of a file.
pub(super) fn read_file(path: &Path, file: &str) -> Result<Vec<u8>, TextTableError> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|opened| opened.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|source| TextTableError::Unreadable { file: file.to_owned(), source })?;
    Size::default().add_bytes(file, bytes.len())?;
    Ok(bytes)
}

/// What has been counted of a file.
#[derive(Default)]
pub(super) struct Size {
    bytes: usize,
    cells: u64,
}

impl Size {
    /// Counts `n` bytes more.
    pub(super) fn add_bytes(&mut self, file: &str, n: usize) -> Result<(), TextTableError> {
        self.bytes += n;
        match self.bytes > MAX_BYTES {
            true => Err(TextTableError::TooLarge { file: file.to_owned(), limit: format!("{} MiB", MAX_BYTES >> 20) }),
            false => Ok(()),
        }
    }

    /// Counts `n` cells more.
    pub(super) fn add_cells(&mut self, file: &str, n: u64) -> Result<(), TextTableError> {
        self.cells = self.cells.saturating_add(n);
        match self.cells > MAX_CELLS {
            true => Err(TextTableError::TooLarge { file: file.to_owned(), limit: format!("{MAX_CELLS} cells") }),
            false => Ok(()),
        }
    }
}
