//! What of a run may be shown to whoever reads a shared summary or page.
//!
//! [`SharedRun::of`] takes a whole [`Run`](crate::registry::Run) and the [`Rules`] of `[report]`, and gives what may be shown:
//! every figure is [`Shown`], as its value or as the fact that it is held back, and ids are as [`SharedIds`] writes them.
//! Whoever writes for people or programs starts from there. `screen` makes every decision; [`suppress`] hides the small cells of
//! a table and what would give them away.

mod candidates;
mod cluster;
mod compared;
mod comparison;
mod density;
mod error;
mod ids;
mod k_table;
mod migration;
mod moves;
mod outcome;
mod portrait;
mod rules;
mod run;
mod scored;
mod screen;
mod segment_rules;
mod shown;
mod suppression;
mod targets;
mod tiers;

pub use candidates::{SharedCandidate, SharedCandidates};
pub use cluster::{SharedCluster, SharedTopFeature};
pub use compared::{SharedTierTable, SharedTiersCompared, TiersBeside};
pub use comparison::{SharedComparison, SharedContingency};
pub use density::{SharedAnswer, SharedDensity};
pub use error::SharingError;
pub use ids::SharedIds;
pub use k_table::SharedK;
pub use migration::{SharedMigration, SharedRunsCompared};
pub use moves::SharedMoves;
pub use outcome::{SharedOutcome, SharedRate};
pub use portrait::{
    SharedFeature, SharedLevel, SharedNeighbour, SharedPair, SharedPlace, SharedPortrait, SharedRule, SharedSide,
    SharedTypical,
};
pub use rules::Rules;
pub use run::{SharedRun, SharedSegment};
pub use scored::{SharedOutsideRange, SharedScore, SharedSegmentCount};
pub(crate) use screen::Screen;
pub use segment_rules::{SharedFidelity, SharedLeaf, SharedRules, SharedTree};
pub use shown::Shown;
pub use suppression::{suppress, suppress_list};
pub use targets::{SharedTarget, SharedTargets};
pub use tiers::{SharedClass, SharedMatrix, SharedMatrixCell, SharedSpread, SharedTier};
