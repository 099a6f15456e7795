//! What people read of a run, made from the run's files alone, so that an old run looks as it did.
//!
//! - [`Summary`] reads a run folder and holds back small cells.
//! - [`terminal`] renders it as text in the run's language; [`Summary::to_json`] as one JSON document.

mod error;
mod figures;
mod summary;
mod suppression;
mod table;
mod terminal;

pub use error::ReportError;
pub use summary::{RunFacts, Summary};
pub use suppression::suppress;
pub use table::Table;
pub use terminal::terminal;
