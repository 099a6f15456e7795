//! What people read of a run, made from the run's files alone, so that an old run looks as it did.
//!
//! What may be shown of a run is a [`SharedRun`](crate::sharing::SharedRun); everything here starts from it.
//!
//! - A [`Document`] is what is said, in both languages: of a run on one screen or in full, of one segment, of one customer, of a
//!   comparison, of customers that were scored. [`terminal`] writes any of them.
//! - [`Report`] is the whole report: one HTML page for a browser, or Markdown. Both write down the same document; every figure
//!   of the page that names its place in a file is read back and held against the run's files.
//! - [`Sheet`]s are its tables for a spreadsheet, as CSV or in one [`workbook`].
//! - An [`Excerpt`] is a part of it for another page, such as a notebook: [`excerpt`], [`excerpt_svg`].
//! - An [`Explanation`] is what is known of a customer whose segment is to be explained.

mod candidates;
mod chart;
mod document;
mod error;
mod explanation;
mod html;
mod markdown;
mod page;
mod pointed;
mod read_back;
mod spreadsheet;
mod table;
mod terminal;
mod verdict;
mod wording;

pub use document::{Document, Entry, Excerpt, Sheet};
pub use error::ReportError;
pub use explanation::{Disagreeing, Explanation};
pub use html::{excerpt, excerpt_svg};
pub use page::Report;
pub use spreadsheet::{MOST_ROWS, workbook};
pub use table::ScreenTable;
pub use terminal::{Paint, Tone, terminal};

pub use crate::registry::PAGE as REPORT_FILE;
