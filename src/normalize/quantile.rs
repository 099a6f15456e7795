use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc_inv;

/// Knots at most: every distinct value of a coarse column, thousandths of a fine one.
const MAX_KNOTS: usize = 1001;

/// A monotone map from values to normal scores through at most 1,001 knots.
///
/// A knot is a learned value v with the normal score Φ⁻¹(p) of its mid-rank p = (#{x < v} + ½ #{x = v}) / n, so equal
/// values share the average of their ranks. With up to 1,001 distinct values each is a knot and its score is exact;
/// above, the knots are the values at ranks 0, 1/1000, …, 1, and values between are interpolated linearly. Values
/// beyond the first and last knot get their finite scores, Φ⁻¹(p) of p ≥ 1/(2n), so the map is not exactly invertible:
/// [`QuantileMap::invert`] gives the value that is interpolated to a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "QuantileForm")]
pub struct QuantileMap {
    values: Vec<f64>,
    scores: Vec<f64>,
}

#[derive(Deserialize)]
struct QuantileForm {
    values: Vec<f64>,
    scores: Vec<f64>,
}

impl TryFrom<QuantileForm> for QuantileMap {
    type Error = String;

    fn try_from(QuantileForm { values, scores }: QuantileForm) -> Result<Self, String> {
        match (values.len(), scores.len()) {
            (0, _) => Err("a quantile map without knots".to_owned()),
            (n_values, n_scores) if n_values != n_scores => Err(format!("{n_values} knots with {n_scores} scores")),
            _ => Ok(QuantileMap { values, scores }),
        }
    }
}

impl QuantileMap {
    /// The map of `sorted`, ascending and not empty.
    pub(super) fn learn(sorted: &[f64]) -> Self {
        let n = sorted.len();
        let n_distinct = 1 + sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let mut map = QuantileMap { values: Vec::new(), scores: Vec::new() };
        let ranks: Box<dyn Iterator<Item = usize>> = if n_distinct <= MAX_KNOTS {
            Box::new(0..n)
        } else {
            Box::new((0..MAX_KNOTS).map(|k| (k as f64 / (MAX_KNOTS - 1) as f64 * (n - 1) as f64).round() as usize))
        };
        for rank in ranks {
            let value = sorted[rank];
            if map.values.last() == Some(&value) {
                continue;
            }
            let below = sorted.partition_point(|&x| x < value);
            let not_above = below + sorted[below..].partition_point(|&x| x <= value);
            map.values.push(value);
            map.scores.push(normal_score(below + not_above, 2 * n));
        }
        map
    }

    /// The normal score of `x`.
    pub fn apply(&self, x: f64) -> f64 {
        interpolate(&self.values, &self.scores, x)
    }

    /// The value that has the score `z`, inside the learned range.
    pub fn invert(&self, z: f64) -> f64 {
        interpolate(&self.scores, &self.values, z)
    }
}

/// Φ⁻¹(part / whole), from the nearer tail, so that ranks mirrored in the middle have opposite scores.
fn normal_score(part: usize, whole: usize) -> f64 {
    let tail = part.min(whole - part) as f64 / whole as f64;
    let score = std::f64::consts::SQRT_2 * erfc_inv(2.0 * tail);
    if 2 * part < whole { -score } else { score }
}

/// The piecewise linear function through (`from`, `to`), constant beyond its ends; NaN for NaN.
fn interpolate(from: &[f64], to: &[f64], x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let next = from.partition_point(|&knot| knot <= x);
    match (next.checked_sub(1), from.get(next)) {
        (None, _) => to[0],
        (Some(last), None) => to[last],
        (Some(here), Some(&end)) => {
            // Halves, so that a step from −1e308 to 1e308 stays finite.
            let share = (x / 2.0 - from[here] / 2.0) / (end / 2.0 - from[here] / 2.0);
            to[here] * (1.0 - share) + to[next] * share
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_get_the_score_of_their_average_rank() {
        let map = QuantileMap::learn(&[1.0, 2.0, 2.0, 5.0]);
        assert_eq!(map.values.len(), 3);
        assert_eq!(map.apply(2.0), 0.0);
        assert!((map.apply(1.0) - -1.150_349_380_376_008).abs() < 1e-12);
        assert_eq!(map.apply(-7.0), map.apply(1.0));
        assert_eq!(map.apply(1e9), map.apply(5.0));
        assert_eq!(map.invert(0.0), 2.0);
    }

    #[test]
    fn a_stored_map_needs_a_score_for_every_knot() {
        let read = |text: &str| serde_json::from_str::<QuantileMap>(text);
        assert_eq!(read(r#"{"values":[1.0],"scores":[0.0]}"#).unwrap().values.len(), 1);
        assert!(read(r#"{"values":[],"scores":[]}"#).is_err());
        assert!(read(r#"{"values":[1.0,2.0],"scores":[0.0]}"#).is_err());
    }

    #[test]
    fn fine_columns_get_at_most_1001_knots_with_both_ends() {
        let sorted: Vec<f64> = (0..5000).map(|i| f64::from(i).powi(2)).collect();
        let map = QuantileMap::learn(&sorted);
        assert_eq!(map.values.len(), 1001);
        assert_eq!(map.apply(0.0), -map.apply(4999.0 * 4999.0));
        for (rank, &x) in sorted.iter().enumerate().skip(100).take(4800) {
            let exact = normal_score(2 * rank + 1, 10_000);
            assert!((map.apply(x) - exact).abs() < 0.01);
        }
    }
}
