//! What people read of a run, made from the run's files alone, so that an old run looks as it did.
//!
//! What may be shown of a run is a [`SharedRun`](crate::sharing::SharedRun); everything here starts from it.
//!
//! - [`screen`] writes what matters of it for a terminal, [`terminal`] all of it, in the run's language; `tier_page` the part of
//!   tiers, matrices and targets.
//! - [`Report`] is the whole report: one HTML page for a browser, or Markdown. Both write down the same `document`; every figure
//!   of the page is read back and held against the run's files.
//! - [`Sheet`]s are its tables for a spreadsheet, as CSV or in one [`workbook`].
//! - [`portrait`] shows one segment; [`explanation`] says why a customer is in theirs.

mod candidates;
mod chart;
mod density;
mod document;
mod error;
mod explanation;
mod figures;
mod html;
mod markdown;
mod outcome;
mod page;
mod portrait;
mod read_back;
mod spreadsheet;
mod table;
mod terminal;
mod tier_page;
mod verdict;
mod wording;

pub use document::{Entry, Sheet};
pub use error::ReportError;
pub use explanation::{Disagreeing, Explanation, explanation};
pub use page::{REPORT_FILE, Report};
pub use portrait::portrait;
pub use spreadsheet::{MOST_ROWS, workbook};
pub use table::Table;
pub use terminal::{Paint, Tone, screen, terminal};
