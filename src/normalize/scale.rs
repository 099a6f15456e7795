use serde::{Deserialize, Serialize};

use crate::config::Scale;

use super::statistics::{Moments, extremes, is_flat, quantiles};

/// A change of origin and unit with what it has learned: (x − center) / spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LearnedScale {
    /// The scale that was learned.
    pub kind: Scale,
    /// The value that becomes 0, in transformed units.
    pub center: f64,
    /// The distance that becomes 1, in transformed units, > 0.
    pub spread: f64,
}

impl LearnedScale {
    /// (x − center) / spread.
    pub fn apply(&self, x: f64) -> f64 {
        (x - self.center) / self.spread
    }

    /// z · spread + center.
    pub fn invert(&self, z: f64) -> f64 {
        z * self.spread + self.center
    }
}

/// Learns `kind` from the observed `values`, not all equal, and their moments; true when robust fell back to the
/// deviation.
pub(super) fn learn(kind: Scale, values: &[f64], moments: Moments) -> (LearnedScale, bool) {
    let (low, high) = extremes(values).unwrap_or((0.0, 1.0));
    let mut fell_back = false;
    let (center, spread) = match kind {
        Scale::None => (0.0, 1.0),
        Scale::Standard => (moments.mean, moments.deviation),
        Scale::MinMax => (low, high - low),
        Scale::MaxAbs => (0.0, low.abs().max(high.abs())),
        Scale::Robust => {
            let [q1, median, q3] = quantiles(values, [0.25, 0.5, 0.75]);
            fell_back = is_flat((q1, q3));
            (median, if fell_back { moments.deviation } else { q3 - q1 })
        }
    };
    (LearnedScale { kind, center, spread }, fell_back)
}

#[cfg(test)]
mod tests {
    use super::super::statistics::moments;
    use super::*;

    #[test]
    fn robust_falls_back_to_the_deviation_when_half_the_values_agree() {
        let values = [0.0, 0.0, 0.0, 0.0, f64::NAN, 5.0];
        let (scale, fell_back) = learn(Scale::Robust, &values, moments(&values).unwrap());
        assert!(fell_back);
        assert_eq!((scale.center, scale.spread), (0.0, 2.0));
    }
}
