//! Small tables as people keep them, CSV and XLSX, read as text: a list of tiers beside a run.
//!
//! Every cell is a text or missing; nothing is taken for a number, so `00012` stays what it is. What a spreadsheet has already
//! made a number reads in its shortest form, `1085` and not `1085.0`.

mod csv_file;
mod encoding;
mod error;
mod read;
mod size;
mod table;
mod xlsx_file;

pub use error::TextTableError;
pub use table::TextTable;
