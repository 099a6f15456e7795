use serde::{Deserialize, Serialize};

use crate::config::{Missing, Scale, Transform};

/// What was chosen for one feature, and the figures it rests on; goes into `run.json`.
///
/// Statistics are over the observed values after clipping, of the rows that are in the matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FeatureChoice {
    /// The column.
    pub name: String,
    /// What stands in for a missing value.
    pub missing: Missing,
    /// The value that does, in original units; `None` under reject and drop.
    pub fill: Option<f64>,
    /// Cells of the matrix that hold it.
    pub n_imputed: usize,
    /// Lowest and highest value kept by winsorizing, in original units; `None` without clipping.
    pub clip: Option<(f64, f64)>,
    /// The transform of the plan, possibly `auto`.
    pub requested: Transform,
    /// The transform taken.
    pub chosen: Transform,
    /// λ of the Yeo-Johnson transform, if that was taken.
    pub lambda: Option<f64>,
    /// Fisher-Pearson skewness (biased, as `scipy.stats.skew`) before the transform.
    pub skewness_before: f64,
    /// The same after it.
    pub skewness_after: f64,
    /// What `auto` compared; `None` when the plan names the transform.
    pub tried: Option<TriedSkewness>,
    /// The scale.
    pub scale: Scale,
    /// What becomes 0, in transformed units.
    pub center: f64,
    /// What becomes 1 (before the weight), in transformed units.
    pub spread: f64,
    /// Weight in squared distances; the column is multiplied by its root.
    pub weight: f64,
}

/// Skewness under each transform that `auto` may take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TriedSkewness {
    /// Without a transform. With |skewness| ≤ 1 the others are not tried.
    pub none: f64,
    /// After log1p; `None` when not tried, or when a value is negative.
    pub log1p: Option<f64>,
    /// After Yeo-Johnson; `None` when not tried.
    pub yeo_johnson: Option<f64>,
}
