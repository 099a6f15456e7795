//! The checked configuration: a `Plan` that was read, from TOML or from a run, is valid. Every section has the values of the
//! schema by `Default`, so that callers name only what differs: `KMeansPlan { max_iter: 30, ..KMeansPlan::default() }`;
//! [`Plan::check`] is for whoever changed fields so.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Auto, ClusterPlan, Origins, SourcePlan, TierRule};
use crate::Language;

/// Everything a run does, checked: [`Plan::new`] takes every default, [`Plan::load`] reads a configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "Self")]
#[non_exhaustive]
pub struct Plan {
    /// `[source]`: what is read.
    pub source: SourcePlan,
    /// `[normalize]`: how columns become features of comparable size.
    #[serde(default)]
    pub normalize: NormalizePlan,
    /// `[cluster]`: how clusters are found.
    #[serde(default)]
    pub cluster: ClusterPlan,
    /// `[label]`: how clusters are named.
    #[serde(default)]
    pub label: LabelPlan,
    /// `[compare]`: how clusters are held against tiers.
    #[serde(default)]
    pub compare: ComparePlan,
    /// `[refit]`: which run is continued.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.3")))]
    pub refit: RefitPlan,
    /// `[gate]`: what a run has to be like to take the place of the one before.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.3")))]
    pub gate: GatePlan,
    /// `[report]`: what is shown to others.
    #[serde(default)]
    pub report: ReportPlan,
    /// `[limits]`: what a run may use.
    #[serde(default)]
    pub limits: LimitsPlan,
    /// `[registry]`: where runs are kept.
    #[serde(default)]
    pub registry: RegistryPlan,
    /// Where each value comes from.
    #[serde(skip)]
    pub origins: Origins,
}

/// `[normalize]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NormalizePlan {
    /// What is done for columns without an override.
    #[serde(flatten)]
    pub default: FeaturePlan,
    /// Whether categories count in distances.
    pub categories: Categories,
    /// `[normalize.features.NAME]`, complete: what is not overridden repeats the default.
    pub features: BTreeMap<String, FeaturePlan>,
}

/// What becomes of columns that hold categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Categories {
    /// They describe segments.
    Describe,
    /// They count in distances too.
    Cluster,
}

impl NormalizePlan {
    /// What is done to the column `name`.
    pub fn of(&self, name: &str) -> &FeaturePlan {
        self.features.get(name).unwrap_or(&self.default)
    }
}

/// How one column is normalized.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FeaturePlan {
    /// What stands in for a missing value.
    pub missing: Missing,
    /// The change of shape.
    pub transform: Transform,
    /// The change of origin and unit.
    pub scale: Scale,
    /// The share winsorized at each end before fitting, 0 ≤ clip < 0.5.
    pub clip: f64,
    /// The weight of the column in squared distances, > 0.
    pub weight: f64,
}

/// What stands in for a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Nothing: the table is refused.
    Reject,
    /// Nothing: the row is left out of the clustering.
    Drop,
    /// The column's mean.
    Mean,
    /// The column's median.
    Median,
    /// Zero.
    Zero,
}

/// The change of shape of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// As it is.
    None,
    /// sign(x)·ln(1+|x|).
    Log1p,
    /// Yeo and Johnson's power family, λ by maximum likelihood.
    YeoJohnson,
    /// Mid-rank quantile to the normal distribution.
    Quantile,
    /// The one among none, log1p and yeo_johnson with the smallest |skewness|; none when that is ≤ 1.
    Auto,
}

/// The change of origin and unit of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// As it is.
    None,
    /// (x − mean) / standard deviation.
    Standard,
    /// (x − min) / (max − min).
    MinMax,
    /// (x − median) / interquartile range.
    Robust,
    /// x / max |x|.
    MaxAbs,
}

/// `[label]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LabelPlan {
    /// Catalogs in order of precedence.
    pub catalogs: Vec<CatalogRef>,
    /// Lowest score of a match, 0 … 1.
    pub min_score: f64,
    /// Lowest distance of a match to the next archetype of its catalog, 0 … 1.
    pub min_margin: f64,
    /// Whether an archetype may name one cluster only.
    pub one_to_one: bool,
    /// The language of names and of the terminal summary.
    pub language: Language,
    /// Role → column, as given; the default columns of [`default_roles`](super::schema::default_roles) hold where they
    /// exist.
    pub roles: BTreeMap<String, String>,
}

/// Where a catalog is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CatalogRef {
    /// One that ships inside the binary.
    BuiltIn(String),
    /// A file, resolved against the configuration's folder.
    File(PathBuf),
}

/// `[compare]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ComparePlan {
    /// Tiers, best first; empty = no order.
    pub tier_order: Vec<String>,
    /// Tiers by rule beside the manual one.
    pub rules: Vec<TierRule>,
    /// Permutations B of the p-value.
    pub permutations: usize,
    /// Bootstrap resamples of the interval.
    pub bootstrap: usize,
    /// `[compare.service]`: tier → what its customers are offered, where the default does not fit.
    pub service: BTreeMap<String, String>,
}

/// `[refit]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RefitPlan {
    /// The run whose segments are continued: alias, run id or folder; `None` = none.
    pub against: Option<String>,
    /// Runs after which a segment that vanished may come back under its id.
    pub grace: usize,
}

/// `[gate]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct GatePlan {
    /// The alias that moves when every rule holds; `None` = no gate.
    pub promote: Option<String>,
    /// Lowest share of customers in segments whose id went on.
    pub min_carried: f64,
    /// Largest share whose segment changed by definition alone.
    pub max_redefined: f64,
    /// Largest PSI of a feature, tested; 0 = only reported.
    pub max_drift: f64,
    /// The stability that a segment which had it has to keep.
    pub min_stability: f64,
    /// Largest share of value in segments that vanished.
    pub max_vanished_value: f64,
    /// Fewest customers, as a part of those of the run before.
    pub min_rows: f64,
    /// Largest rise of the missing share of any feature.
    pub max_missing_rise: f64,
    /// Whether features may change.
    pub columns: GateColumns,
}

/// Whether features may be others than those of the run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum GateColumns {
    /// They have to be the same.
    Same,
    /// They may be any.
    Any,
}

/// `[report]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ReportPlan {
    /// Cells with fewer customers are not shown in anything that is shared.
    pub min_cell: u64,
    /// A sum of values is not shown where one customer has this share of it; 1 = whoever has it.
    pub dominance: f64,
    /// The environment variable whose secret ids in what is shared are hashed with; `None` = ids as they are.
    pub id_salt: Option<String>,
}

/// `[limits]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LimitsPlan {
    /// Bytes a run may use; auto = 80 % of what the machine has available.
    pub memory: Auto<u64>,
    /// Seconds a run may take; `None` = any.
    pub time: Option<f64>,
}

/// `[registry]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RegistryPlan {
    /// The folder of the runs, resolved against the configuration's folder.
    pub path: PathBuf,
    /// Who may enter the folder when it is made; one that is there keeps its permissions.
    #[cfg_attr(test, schemars(extend("x-since" = "1.2")))]
    pub permissions: Permissions,
    /// Runs kept, ≥ 1; aliases never lose theirs.
    pub keep: usize,
}

/// Who may enter the folder of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Permissions {
    /// Its owner alone: folders 0700, files 0600.
    #[default]
    Owner,
    /// Whoever the process's umask lets.
    Umask,
}
