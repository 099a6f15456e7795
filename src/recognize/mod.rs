//! What values mean that were written for people: numbers as text.
//!
//! - [`number`] reads a number in a known notation, [`DecimalEvidence`] finds the notation of a column.

mod number_text;

pub use number_text::{DecimalEvidence, number};
