//! Clusters held against the tiers people already use.
//!
//! - [`compare`]: a tier beside a clustering ([`Pairing`]) → a [`Comparison`], one entry of `comparison.json`.
//!   [`compare_assignments`] does the same for two label columns.
//! - [`estimate`]: every index of a table with interval and p value.
//! - [`expected_tiers`], [`explain_cells`], [`disagreements`]: which customers are not where their tier is expected, why,
//!   and with how much value.
//! - [`rule_cells`]: a readable rule for the customers of a cell, with its fidelity; [`Moves`]: whose tier to look at first.
//! - [`tiers_by_rule`]: tiers computed from columns (ABC, ABCD, quantiles, a matrix, RFM); [`TierReport`]: a tier by itself,
//!   with its services, its [`Concentration`] and its [`Matrix`].
//! - [`OutcomeReport`]: a two-level column told per segment; it is no tier.
//! - [`targets`]: the segments ranked by the value that can be reached.
//! - [`migration`]: where the customers of one labelling are in another.

mod agreement;
mod cell;
mod comparison;
mod comparisons;
mod cost;
mod disagreement;
mod error;
mod migration;
mod outcome;
mod pairing;
mod sentences;
mod tally;
mod targets;
mod tiers;

pub use agreement::{Estimate, Index, Indices, Resampling, estimate};
pub use cell::{CellRule, Contrast, DisagreementCell, OverRepresented};
pub use comparison::{AssignmentRecord, Comparison, ContingencyRecord, MatchedCell, NoisePolicy};
pub use comparisons::Comparisons;
pub(crate) use cost::{bytes, seconds};
pub use disagreement::{
    Direction, Disagreement, Move, Moves, disagreements, expected_tiers, explain_cells, rule_cells,
};
pub use error::CompareError;
pub use migration::{Migration, Presence, migration};
pub(crate) use outcome::tier_is_outcome;
pub use outcome::{OutcomeRate, OutcomeReport};
pub use pairing::{Pairing, compare, compare_assignments};
pub use sentences::{ShownCells, Told, sentences};
pub use targets::{Reach, ReachColumn, Target, TargetSegment, Targets, targets};
pub use tiers::{
    Axis, AxisPair, Concentration, Matrix, MatrixCell, RuleTiers, Spread, TierClass, TierFacts, TierReport,
    tiers_by_rule,
};
