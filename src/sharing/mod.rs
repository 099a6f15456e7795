//! What of a run may be shown to whoever reads a shared summary or page.
//!
//! [`SharedRun::of`] takes a whole [`Run`](crate::registry::Run) and the [`Rules`] of `[report]`, and gives what may be shown:
//! every figure is [`Shown`], as its value or as the fact that it is held back, and ids are as [`SharedIds`] writes them.
//! Whoever writes for people or programs starts from there. `screen` makes every decision; [`suppress`] hides the small cells of
//! a table and what would give them away.

mod agreement;
mod audit;
mod bins;
mod candidates;
mod caution;
mod charts;
mod cluster;
mod clustering;
mod compared;
mod comparison;
mod covers;
mod crossed_tiers;
mod crossing;
mod density;
mod drifted;
mod error;
mod ids;
mod interval;
mod k_table;
mod lorenz;
mod map;
mod migration;
mod months;
mod moves;
mod named;
mod normalization;
mod outcome;
mod parts;
mod portrait;
mod provenance;
mod reconciliation;
mod refit;
mod rules;
mod run;
mod runs;
mod scored;
mod screen;
mod segment_parts;
mod segment_rules;
mod settled;
mod shown;
mod sums;
mod suppression;
mod table_values;
mod tables;
mod targets;
mod tiers;
mod value_parts;
mod values;
mod warnings;
mod witness;

pub use audit::{SharedAudit, SharedLeftOut, SharedLevelsColumn, SharedNumericColumn};
pub use bins::Bin;
pub use candidates::{SharedCandidate, SharedCandidates};
pub use caution::{caution, caution_of};
pub use charts::{SharedAxis, SharedCharts, SharedHistogram, SharedSilhouettes};
pub use cluster::{SharedCluster, SharedTopFeature};
pub use clustering::{SharedClustering, SharedSize};
pub use compared::{RunFiles, SharedTierTable, SharedTiersCompared, TiersBeside};
pub use comparison::{SharedComparison, SharedContingency};
pub use density::{SharedAnswer, SharedDensity, SharedEpsCurve};
pub use drifted::SharedDrift;
pub use error::SharingError;
pub use ids::SharedIds;
pub use k_table::SharedK;
pub use lorenz::SharedLorenz;
pub use map::{SharedMap, SharedSquare};
pub use migration::SharedMigration;
pub use months::SharedAccount;
pub use moves::SharedMoves;
pub use named::SharedName;
pub use normalization::SharedNormalization;
pub use outcome::{SharedOutcome, SharedRate};
pub use portrait::{
    SharedFeature, SharedLevel, SharedNeighbour, SharedPair, SharedPlace, SharedPortrait, SharedRule, SharedSide,
    SharedTypical,
};
pub use provenance::{SharedProvenance, SharedSetting};
pub use reconciliation::SharedReconciliation;
pub use refit::{SharedEvent, SharedRefit};
pub use rules::Rules;
#[cfg(feature = "cli")]
pub(crate) use run::open_named;
pub use run::{SharedRun, SharedSegment};
pub use runs::{IdsCompared, RunsBeside, SharedRunsCompared};
pub use scored::{SharedGaps, SharedOutsideRange, SharedScore, SharedSegmentCount, SharedUnseen};
use screen::Screen;
pub use segment_rules::{SharedFidelity, SharedLeaf, SharedRules, SharedTree};
pub use shown::Shown;
pub use suppression::{suppress, suppress_list};
use tables::Tables;
pub use targets::{SharedTarget, SharedTargets};
pub use tiers::{SharedClass, SharedConcentration, SharedMatrix, SharedMatrixCell, SharedSpread, SharedTier};
