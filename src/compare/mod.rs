//! Clusters held against the tiers people already use.
//!
//! - [`compare`]: a tier beside a clustering ([`Pairing`]) → a [`Comparison`], one entry of `comparison.json`.
//!   [`compare_assignments`] does the same for two label columns.
//! - [`estimate`]: every index of a table with interval and p value.
//! - [`expected_tiers`], [`explain_cells`], [`disagreements`]: which customers are not where their tier is expected, why,
//!   and with how much value.
//! - [`tiers_by_rule`]: tiers computed from columns (ABC, quantiles, a matrix, RFM).
//! - [`migration`]: where the customers of one labelling are in another.

mod comparison;
mod disagreement;
mod error;
mod estimate;
mod expectation;
mod explain;
mod indices;
mod interval;
mod migration;
mod pairing;
mod resample;
mod sentences;
mod tally;
mod tiers;

pub use comparison::{AssignmentRecord, Comparison, Comparisons, ContingencyRecord, MatchedCell, NoisePolicy};
pub use disagreement::{Disagreement, disagreements};
pub use error::CompareError;
pub use estimate::{Estimate, Resampling, estimate};
pub use expectation::{Cell, Contrast, expected_tiers};
pub use explain::explain_cells;
pub use indices::{Index, Indices};
pub use migration::{Migration, Seen, migration};
pub use pairing::{Pairing, compare, compare_assignments};
pub use tiers::{RuleTiers, tiers_by_rule};
