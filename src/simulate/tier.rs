//! The tier column: a plausible sales rule, and how it grows stale.
//!
//! Once a year the sales department grades customers by last year's turnover: A from 7,000 yuan, B from 2,500, C from 400,
//! else D. Turnover is counted before returns and known only roughly. Who has not been through a yearly review yet is C
//! or has no tier; one in five customers kept the tier of his first review for ever, which was given from even rougher
//! figures; and a salesman's word lifts one in thirty to A.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::draw::normal;

/// The state of a customer's tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grading {
    /// No tier was ever given.
    Never,
    /// Waiting for the first review, with the tier C meanwhile.
    Provisional,
    /// Graded at every review.
    Reviewed(char),
    /// Graded once and never again.
    Frozen(char),
}

/// What the sales department looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turnover {
    /// Days since the first purchase.
    pub tenure: u32,
    /// Value of all purchases before returns, in cents.
    pub purchases: i64,
}

/// Turnover of a year from which a customer is A, B and C.
const CUTS: [(f64, char); 3] = [(7000.0, 'A'), (2500.0, 'B'), (400.0, 'C')];
/// Customers younger than this have seen no review.
const REVIEW_DAYS: u32 = 240;

impl Grading {
    /// The tier a customer of the first month has.
    pub fn first(turnover: Turnover, rng: &mut ChaCha8Rng) -> Self {
        if turnover.tenure < REVIEW_DAYS {
            return if rng.random_bool(0.15) { Grading::Never } else { Grading::Provisional };
        }
        if rng.random_bool(0.02) {
            return Grading::Never;
        }
        if rng.random_bool(0.2) { Grading::Frozen(graded(turnover, 0.9, rng)) } else { Grading::review(turnover, rng) }
    }

    /// The tier after a yearly review; only a frozen one stays as it is.
    pub fn reviewed(self, turnover: Turnover, rng: &mut ChaCha8Rng) -> Self {
        match self {
            Grading::Frozen(_) => self,
            _ if turnover.tenure < REVIEW_DAYS => self,
            _ => Grading::review(turnover, rng),
        }
    }

    fn review(turnover: Turnover, rng: &mut ChaCha8Rng) -> Self {
        Grading::Reviewed(if rng.random_bool(1.0 / 30.0) { 'A' } else { graded(turnover, 0.4, rng) })
    }

    /// The letter in the table.
    pub fn letter(self) -> Option<char> {
        match self {
            Grading::Never => None,
            Grading::Provisional => Some('C'),
            Grading::Reviewed(letter) | Grading::Frozen(letter) => Some(letter),
        }
    }
}

/// The tier by last year's turnover, known up to a log-normal error.
fn graded(turnover: Turnover, error: f64, rng: &mut ChaCha8Rng) -> char {
    let years = f64::from(turnover.tenure.max(365)) / 365.0;
    let yearly = turnover.purchases as f64 / 100.0 / years * (error * normal(rng)).exp();
    CUTS.iter().find(|(from, _)| yearly >= *from).map_or('D', |(_, letter)| *letter)
}
