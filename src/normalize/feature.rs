use serde::{Deserialize, Serialize};

use crate::config::Missing;

use super::{LearnedScale, LearnedTransform};

/// Everything learned for one feature: original units → matrix values, and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureNormalizer {
    pub(super) name: String,
    pub(super) missing: Missing,
    pub(super) fill: Option<f64>,
    pub(super) clip: Option<(f64, f64)>,
    pub(super) transform: LearnedTransform,
    pub(super) scale: LearnedScale,
    pub(super) weight: f64,
    #[serde(default)]
    pub(super) usual: Option<(f64, f64)>,
}

impl FeatureNormalizer {
    /// The column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What stands in for a missing value.
    pub fn missing(&self) -> Missing {
        self.missing
    }

    /// The value that does, in original units; `None` under reject and drop.
    pub fn fill(&self) -> Option<f64> {
        self.fill
    }

    /// Lowest and highest value kept, in original units.
    pub fn clip(&self) -> Option<(f64, f64)> {
        self.clip
    }

    /// The change of shape.
    pub fn transform(&self) -> &LearnedTransform {
        &self.transform
    }

    /// The change of origin and unit.
    pub fn scale(&self) -> LearnedScale {
        self.scale
    }

    /// Weight in squared distances.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// The 1 % and the 99 % quantile of the observed values of the fit; `None` in a model of an earlier version.
    pub fn usual(&self) -> Option<(f64, f64)> {
        self.usual
    }

    /// Original units → normalized, in f64: √weight · (transform(clip(x)) − center) / spread.
    ///
    /// A NaN (missing) becomes the fill; without one it stays NaN. The matrix holds this value rounded to `f32`.
    pub fn apply(&self, x: f64) -> f64 {
        let x = if x.is_nan() { self.fill.unwrap_or(x) } else { x };
        self.finish(self.transform.apply(self.clipped(x)))
    }

    /// Normalized → original units: the x whose normalized value is `z`.
    ///
    /// invert(apply(x)) = x inside the learned range, to 1e-9 of the column's largest size, when nothing is clipped and
    /// the transform is not quantile. Beyond what the transform can reach the result is infinite.
    pub fn invert(&self, z: f64) -> f64 {
        self.transform.invert(self.scale.invert(z / self.weight.sqrt()))
    }

    /// `x` inside the clip bounds.
    pub(super) fn clipped(&self, x: f64) -> f64 {
        self.clip.map_or(x, |(low, high)| x.clamp(low, high))
    }

    /// The steps after the transform.
    pub(super) fn finish(&self, transformed: f64) -> f64 {
        self.scale.apply(transformed) * self.weight.sqrt()
    }
}
