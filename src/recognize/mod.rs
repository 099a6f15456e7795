//! What the columns of a table nobody has described may be: judged from their names and their values.
//!
//! - [`match_name`] and [`kind_of`] read names, in English, Chinese, Spanish, German, French and Portuguese.
//! - [`number`] reads a number in a known notation, [`DecimalEvidence`] finds the notation of a column.
//! - [`UnitCounts`] finds columns of numbers of several units, [`units_mixed`] warns of them.
//! - [`written_date`] reads a date as people write it, [`DayEvidence`] finds the order of day and month of a column.
//! - [`NumberFacts`] and [`TextFacts`] count values; `judge` judges one column by its name and facts.
//! - [`is_missing`], [`missing_levels`] and [`alike()`] tell levels that are none or that may be one.
//! - [`Judgements`] judges a table: columns, copies, dependences, and the warnings about them.
//!
//! Nothing here reads files: whoever has the values hands them in, so that `features`, `init`, `check` and `run` judge alike.

mod ages;
mod alike;
mod copies;
mod date_text;
mod dependences;
mod facts;
mod judge;
mod judgement;
mod judgements;
mod missing_words;
mod names;
mod number_facts;
mod number_text;
mod text_facts;
mod unit_warnings;
mod units;
mod wording;

pub use alike::alike;
pub use copies::Copied;
pub use date_text::{DayEvidence, date_of, day_of, day_of_number, written_date, written_time};
pub use dependences::{Dependence, DependenceKind};
pub use facts::{ColumnFacts, Values};
pub use judge::judge;
pub use judgement::{ColumnNature, Judgement, Use};
pub use judgements::Judgements;
pub use missing_words::{is_missing, is_no_number, is_nobody, is_unknown, missing_levels};
pub use names::{Certainty, NameKind, best_match, kind_of, match_name, names_of, plain, roles};
pub use number_facts::{DrawnRows, MAX_ROWS_COMPARED, MAX_ROWS_LOOKED_AT, Marker, NumberCounter, NumberFacts};
pub use number_text::{DecimalEvidence, number};
pub use text_facts::TextFacts;
pub use unit_warnings::{ColumnUnits, units_mixed};
pub use units::UnitCounts;
