use serde::{Deserialize, Serialize};

use crate::config::Transform;

use super::QuantileMap;
use super::choice::TriedSkewness;
use super::likelihood::most_likely_lambda;
use super::skew::Profile;
use super::statistics::{extremes, observed};
use super::yeo_johnson;

/// |skewness| up to which `auto` leaves a column as it is.
const SKEWED: f64 = 1.0;

/// A change of shape with what it has learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearnedTransform {
    /// x.
    None,
    /// sign(x)·ln(1+|x|): defined for returns, never fails on new values.
    Log1p,
    /// Yeo and Johnson's ψ(x; λ).
    YeoJohnson {
        /// The maximum-likelihood λ.
        lambda: f64,
    },
    /// Mid-rank quantile to the normal distribution.
    Quantile(QuantileMap),
}

impl LearnedTransform {
    /// The transform of `x`; NaN stays NaN.
    pub fn apply(&self, x: f64) -> f64 {
        match self {
            LearnedTransform::None => x,
            LearnedTransform::Log1p => libm::log1p(x.abs()).copysign(x),
            LearnedTransform::YeoJohnson { lambda } => yeo_johnson::forward(x, *lambda),
            LearnedTransform::Quantile(map) => map.apply(x),
        }
    }

    /// The value whose transform is `y`; infinite where no value is transformed so far.
    pub fn invert(&self, y: f64) -> f64 {
        match self {
            LearnedTransform::None => y,
            LearnedTransform::Log1p => libm::expm1(y.abs()).copysign(y),
            LearnedTransform::YeoJohnson { lambda } => yeo_johnson::inverse(y, *lambda),
            LearnedTransform::Quantile(map) => map.invert(y),
        }
    }

    /// Its name in the configuration.
    pub fn kind(&self) -> Transform {
        match self {
            LearnedTransform::None => Transform::None,
            LearnedTransform::Log1p => Transform::Log1p,
            LearnedTransform::YeoJohnson { .. } => Transform::YeoJohnson,
            LearnedTransform::Quantile(_) => Transform::Quantile,
        }
    }
}

/// Learns the transform `requested` from the observed `values` of skewness `skewness`; for `auto` with what was tried.
pub(super) fn learn(requested: Transform, values: &[f64], skewness: f64) -> (LearnedTransform, Option<TriedSkewness>) {
    match requested {
        Transform::None => (LearnedTransform::None, None),
        Transform::Log1p => (LearnedTransform::Log1p, None),
        Transform::YeoJohnson => {
            let lambda = most_likely_lambda(values, &Profile::new(values));
            (LearnedTransform::YeoJohnson { lambda }, None)
        }
        Transform::Quantile => {
            let mut sorted = observed(values);
            sorted.sort_unstable_by(f64::total_cmp);
            (LearnedTransform::Quantile(QuantileMap::learn(&sorted)), None)
        }
        Transform::Auto => {
            let (transform, tried) = least_skewed(values, skewness);
            (transform, Some(tried))
        }
    }
}

/// The transform `auto` chooses: the smallest |skewness|, on a tie the simpler one.
fn least_skewed(values: &[f64], skewness: f64) -> (LearnedTransform, TriedSkewness) {
    let mut tried = TriedSkewness { none: skewness, log1p: None, yeo_johnson: None };
    if skewness.abs() <= SKEWED {
        return (LearnedTransform::None, tried);
    }
    let profile = Profile::new(values);
    let lambda = most_likely_lambda(values, &profile);
    let skewness_at = |lambda: f64| Some(profile.moments(lambda).skewness).filter(|skewness| skewness.is_finite());
    tried.yeo_johnson = skewness_at(lambda);
    if extremes(values).is_some_and(|(min, _)| min >= 0.0) {
        // On values ≥ 0, log1p is the member λ = 0 of the family.
        tried.log1p = skewness_at(0.0);
    }
    let mut best = (LearnedTransform::None, skewness.abs());
    let candidates =
        [(LearnedTransform::Log1p, tried.log1p), (LearnedTransform::YeoJohnson { lambda }, tried.yeo_johnson)];
    for (transform, skewness) in candidates {
        if let Some(skewness) = skewness.filter(|skewness| skewness.abs() < best.1) {
            best = (transform, skewness.abs());
        }
    }
    (best.0, tried)
}

#[cfg(test)]
mod tests {
    use super::super::statistics::moments;
    use super::*;

    fn choose(values: &[f64]) -> (LearnedTransform, TriedSkewness) {
        least_skewed(values, moments(values).unwrap().skewness)
    }

    #[test]
    fn auto_leaves_a_column_that_is_not_skewed() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let (transform, tried) = choose(&values);
        assert_eq!(transform, LearnedTransform::None);
        assert_eq!((tried.log1p, tried.yeo_johnson), (None, None));
    }

    #[test]
    fn auto_never_takes_log1p_where_a_value_is_negative() {
        let values: Vec<f64> = (0..200).map(|i| (f64::from(i) / 12.0).exp() - 1.5).collect();
        let (transform, tried) = choose(&values);
        assert_eq!(tried.log1p, None);
        assert!(matches!(transform, LearnedTransform::YeoJohnson { .. }));
    }

    #[test]
    fn auto_takes_the_smallest_skewness() {
        let values: Vec<f64> = (0..2000).map(|i| (f64::from(i) / 100.0).exp_m1()).collect();
        let (transform, tried) = choose(&values);
        // ln(1+x) is uniform here, and Yeo-Johnson makes the likelihood, not the skewness, best.
        assert!(tried.log1p.unwrap().abs() < 1e-9);
        assert_eq!(transform, LearnedTransform::Log1p);
    }
}
