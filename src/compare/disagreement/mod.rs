//! The customers who are not where their tier is expected.
//!
//! - [`expected_tiers`]: which tier is expected of a cluster; [`disagreements`]: everybody who has another.
//! - [`explain_cells`] says what sets the customers of a cell apart, [`rule_cells`] finds a rule for them.
//! - [`Moves`]: whose tier to look at first.

mod customers;
mod expectation;
mod explain;
mod moves;
mod rules;

pub use self::customers::{Direction, Disagreement, disagreements};
pub use self::expectation::expected_tiers;
pub(super) use self::expectation::{is_small_part, lift, over_represented};
pub use self::explain::explain_cells;
pub use self::moves::{Move, Moves};
pub use self::rules::rule_cells;
