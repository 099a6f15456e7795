//! What people read of a run, made from the run's files alone, so that an old run looks as it did.
//!
//! - [`Summary`] reads a run folder and holds back small cells, by the rules of [`Sharing`]; [`SharedIds`] hides ids.
//! - [`screen`] writes what matters of it for a terminal, [`terminal`] all of it, in the run's language; [`Summary::to_json`] as one JSON document.
//! - `tier_page` shows tiers, matrices and targets in the terminal, `held_back` what of them may be shared.
//! - [`Report`] is the whole report: one HTML page for a browser, or Markdown. Both write down the same `document`; every figure
//!   of the page is read back and held against the run's files.
//! - [`portrait`] shows one segment; [`explanation`] says why a customer is in theirs.

mod candidates;
mod chart;
mod density;
mod document;
mod error;
mod evidence_facts;
mod explanation;
mod figures;
mod held_back;
mod html;
mod markdown;
mod outcome;
mod page;
mod portrait;
mod read_back;
mod shared_ids;
mod sharing;
mod summary;
mod suppression;
mod table;
mod terminal;
mod tier_page;
mod verdict;
mod wording;

pub use error::ReportError;
pub use explanation::{Disagreeing, Explanation, explanation};
pub use page::{REPORT_FILE, Report};
pub use portrait::{portrait, portrait_json, rules_json};
pub use shared_ids::SharedIds;
pub use sharing::Sharing;
pub use summary::{RunFacts, Summary};
pub use suppression::{suppress, suppress_list};
pub use table::Table;
pub use terminal::{Paint, Tone, screen, terminal};
