//! From `pipeline.toml` and flags to a checked [`Plan`] whose every value knows its origin.

mod origin;
mod plan;

pub use origin::{Origin, Origins};
pub use plan::{
    Algorithm, Auto, CatalogRef, ClusterPlan, ComparePlan, DbscanPlan, Duplicates, FeaturePlan, GmmPlan, Init,
    KMeansPlan, LabelPlan, LimitsPlan, Missing, NormalizePlan, Plan, RegistryPlan, ReportPlan, Scale, SourcePlan,
    TierRule, Transform,
};
