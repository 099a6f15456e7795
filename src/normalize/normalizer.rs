use serde::{Deserialize, Serialize};

use crate::config::Missing;

use super::{FeatureNormalizer, NormalizeError};

/// The learned normalization of a table, one part a feature; stored in the model file.
///
/// Features that were constant when it was learned are not in it. Serialized with serde, every number comes back
/// exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Normalizer {
    features: Vec<FeatureNormalizer>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// The normalized row was written.
    Normalized,
    /// A value is missing where the plan drops such rows: the customer is in no cluster.
    Dropped,
}

impl Normalizer {
    pub(super) fn new(features: Vec<FeatureNormalizer>) -> Self {
        Normalizer { features }
    }

    /// The features, in the order of the matrix columns.
    pub fn features(&self) -> &[FeatureNormalizer] {
        &self.features
    }

    /// Normalizes one customer: `raw` in original units (NaN = missing) → `out`, one value a feature each.
    ///
    /// For a row of the training table the result has the same bits as the matrix. After [`RowOutcome::Dropped`] `out` is
    /// as it was.
    ///
    /// # Errors
    /// [`NormalizeError::MissingValue`] where the plan rejects missing values, [`NormalizeError::Overflow`] when a value
    /// is too large for the matrix.
    ///
    /// # Panics
    /// When a slice has not one value a feature.
    pub fn apply(&self, raw: &[f64], out: &mut [f32]) -> Result<RowOutcome, NormalizeError> {
        assert_eq!((raw.len(), out.len()), (self.features.len(), self.features.len()), "one value a feature");
        let drops = |(feature, x): (&FeatureNormalizer, &f64)| x.is_nan() && feature.missing == Missing::Drop;
        if self.features.iter().zip(raw).any(drops) {
            return Ok(RowOutcome::Dropped);
        }
        for ((feature, &x), out) in self.features.iter().zip(raw).zip(out) {
            if x.is_nan() && feature.fill.is_none() {
                return Err(NormalizeError::MissingValue { column: feature.name.clone() });
            }
            let normalized = feature.apply(x);
            *out = normalized as f32;
            if !out.is_finite() {
                let column = feature.name.clone();
                return Err(NormalizeError::Overflow { column, row: None, value: x, normalized });
            }
        }
        Ok(RowOutcome::Normalized)
    }

    /// A point of the normalized space, such as a centroid, in original units.
    ///
    /// # Panics
    /// When `point` has not one value a feature.
    pub fn invert(&self, point: &[f64]) -> Vec<f64> {
        assert_eq!(point.len(), self.features.len(), "one value a feature");
        self.features.iter().zip(point).map(|(feature, &z)| feature.invert(z)).collect()
    }
}
