//! A file as a table, by the ending of its name.

use std::path::Path;

use super::size::read_file;
use super::{TextTable, TextTableError, csv_file, xlsx_file};

impl TextTable {
    /// Whether the file at `path` is a table of this kind, by its ending: csv, tsv, txt or a workbook's.
    pub fn is_one(path: &Path) -> bool {
        is_text(path) || is_workbook(path)
    }

    /// Reads the file: a workbook's `sheet`, else its first one; text in UTF-8, UTF-16 or GB 18030, with commas, semicolons or
    /// tabs between the columns. The first row that is not blank names the columns; blank rows are left out.
    ///
    /// # Errors
    /// When the file cannot be read, is larger than 256 MiB (unpacked) or 10 million cells, is no such table, or has rows that do not fit its header.
    pub fn read(path: &Path, sheet: Option<&str>) -> Result<TextTable, TextTableError> {
        let file = path.display().to_string();
        let bytes = read_file(path, &file)?;
        if bytes.is_empty() {
            return Err(TextTableError::Empty { file });
        }
        match sheet {
            Some(sheet) if is_text(path) => Err(TextTableError::NoSheets { file, sheet: sheet.to_owned() }),
            None if is_text(path) => csv_file::read(&file, &bytes),
            _ => xlsx_file::read(&file, bytes, sheet),
        }
    }
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn is_text(path: &Path) -> bool {
    ["csv", "tsv", "txt"].contains(&ending(path).as_str())
}

fn is_workbook(path: &Path) -> bool {
    ["xlsx", "xlsm", "xls", "xlsb", "ods"].contains(&ending(path).as_str())
}
