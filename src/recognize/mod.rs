//! What the columns of a table nobody has described may be: judged from their names and their values.
//!
//! - [`match_name`] and [`kind_of`] read names, in English, Chinese, Spanish, German, French and Portuguese.
//! - [`number`] reads a number in a known notation, [`DecimalEvidence`] finds the notation of a column.
//!
//! Nothing here reads files: whoever has the values hands them in, so that `features`, `init`, `check` and `run` judge alike.

mod names;
mod number_text;

pub use names::{Certainty, NameKind, best_match, kind_of, match_name, names_of, plain, roles};
pub use number_text::{DecimalEvidence, number};
