//! From `pipeline.toml` and flags to a checked [`Plan`] whose every value knows its origin.
//!
//! The way of a value: `schema` says which keys there are, what they may be and what they are when absent; `document`
//! checks a text against it and remembers lines; `read` turns what was checked into the types of [`plan`](Plan), and what
//! is absent into its default. A `Plan` that was read, from a file or from a run, is valid, and one that a program has put
//! together can be [checked](Plan::check): the stages hold it against data, never against itself.

mod advice;
mod auto;
mod check;
mod cluster_plan;
mod constraint;
mod cuts;
mod defaults;
mod document;
mod error;
mod k_range;
mod lookup;
mod origin;
mod plan;
mod read;
mod read_cluster;
mod rules;
// Public for this project's own tests alone; no promise.
#[doc(hidden)]
pub mod schema;
mod source_plan;
mod template;
mod utf8;
mod written;

pub use auto::Auto;
pub use cluster_plan::*;
pub use constraint::Constraint;
#[cfg(feature = "cli")]
pub(crate) use constraint::day;
pub use cuts::{Cut, Cuts, MOST_LEVELS, Quadrant};
pub use error::ConfigError;
pub use k_range::KRange;
pub use origin::{Origin, Origins};
pub use plan::{
    CatalogRef, Categories, ComparePlan, FeaturePlan, GateColumns, GatePlan, LabelPlan, LimitsPlan, Missing,
    NormalizePlan, Permissions, Plan, RefitPlan, RegistryPlan, ReportPlan, Scale, Transform,
};
pub use rules::{RfmCuts, TierRule};
pub use source_plan::{ColumnPlan, DecimalMark, Duplicates, NullValue, ReadAs, SourcePlan};
#[cfg(feature = "cli")]
pub(crate) use template::{Fitted, fitted_template};
pub use template::{sample, template};
pub(crate) use utf8::utf8;
