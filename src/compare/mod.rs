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

mod cell_rules;
mod comparison;
mod concentration;
mod cut;
mod disagreement;
mod error;
mod estimate;
mod expectation;
mod explain;
mod indices;
mod interval;
mod matrix;
mod migration;
mod moves;
mod outcome;
mod pairing;
mod resample;
mod sentences;
mod tally;
mod targets;
mod tier_report;
mod tiers;

pub use cell_rules::rule_cells;
pub use comparison::{AssignmentRecord, Comparison, Comparisons, ContingencyRecord, MatchedCell, NoisePolicy};
pub use concentration::Concentration;
pub use disagreement::{Direction, Disagreement, disagreements};
pub use error::CompareError;
pub use estimate::{Estimate, Resampling, estimate};
pub use expectation::{Cell, CellRule, Contrast, OverRepresented, expected_tiers};
pub use explain::explain_cells;
pub use indices::{Index, Indices};
pub use matrix::{Axis, Matrix, MatrixCell, Spread, Usual};
pub use migration::{Migration, Seen, migration};
pub use moves::{Move, Moves};
pub use outcome::{OutcomeRate, OutcomeReport, tier_is_outcome};
pub use pairing::{Pairing, compare, compare_assignments};
pub use sentences::{ShownCells, sentences};
pub use targets::{Offer, Reach, ReachColumn, Target, Targets, targets};
pub use tier_report::{TierClass, TierFacts, TierReport};
pub use tiers::{RuleTiers, tiers_by_rule};
