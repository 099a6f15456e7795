//! The curve of neighbour distances and its knee.

use rand::RngExt;
use rayon::prelude::*;

use crate::random::stream;
use crate::stats::quantile;

/// Points of the curve that are kept.
const CURVE_POINTS: usize = 200;
/// Resamples behind the interval.
const RESAMPLES: u64 = 100;
/// The part of the curve in which the knee is looked for: the ends are outliers.
const CURVE_ENDS: (f64, f64) = (0.01, 0.99);

/// The value farthest below the chord from the 1 % to the 99 % quantile; the lower end when there is no bend.
pub(super) fn knee(ascending: &[f64]) -> f64 {
    let position = |quantile: f64| (quantile * (ascending.len() - 1) as f64).round() as usize;
    let (first, last) = (position(CURVE_ENDS.0), position(CURVE_ENDS.1));
    let (low, high) = (ascending[first], ascending[last]);
    let mut knee = (0.0, low);
    for (i, &distance) in ascending[first..=last].iter().enumerate() {
        let below = i as f64 / (last - first).max(1) as f64 - (distance - low) / (high - low);
        // Not true of NaN, which a flat curve gives.
        if below > knee.0 {
            knee = (below, distance);
        }
    }
    knee.1
}

/// The 2.5 % and 97.5 % quantiles of the knee over resamples of the distances.
pub(super) fn knee_interval(ascending: &[f64], seed: u64) -> (f64, f64) {
    let n = ascending.len();
    let of_resample = |resample: u64| {
        let mut numbers = stream(seed, "dbscan.eps.resample", resample);
        let mut counts = vec![0_u32; n];
        (0..n).for_each(|_| counts[numbers.random_range(0..n as u64) as usize] += 1);
        let repeated = ascending.iter().zip(counts).flat_map(|(&d, count)| std::iter::repeat_n(d, count as usize));
        knee(&repeated.collect::<Vec<f64>>())
    };
    let mut knees: Vec<f64> = (0..RESAMPLES).into_par_iter().map(of_resample).collect();
    knees.sort_unstable_by(f64::total_cmp);
    (quantile(&knees, 0.025), quantile(&knees, 0.975))
}

/// (quantile, distance) from end to end.
pub(super) fn curve(ascending: &[f64]) -> Vec<(f64, f64)> {
    let points = ascending.len().min(CURVE_POINTS);
    let steps = (points - 1).max(1) as f64;
    (0..points).map(|i| i as f64 / steps).map(|q| (q, quantile(ascending, q))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_knee_is_the_point_farthest_below_the_chord() {
        // Flat to 0.8, then steep: the corner is the knee.
        let curve: Vec<f64> = (0..=1000).map(|i| if i <= 800 { 1.0 } else { 1.0 + (i - 800) as f64 }).collect();
        assert_eq!(knee(&curve), 1.0);
        let bent: Vec<f64> = (0..=1000).map(|i| f64::from(i).powi(2)).collect();
        // Between 10² and 990² the chord has slope 1000, which the parabola has at 500.
        assert_eq!(knee(&bent), 250_000.0);
    }

    #[test]
    fn a_flat_or_concave_curve_gives_its_lower_end() {
        assert_eq!(knee(&[3.0; 50]), 3.0);
        assert_eq!(knee(&[3.0]), 3.0);
        assert_eq!(knee(&[0.0, 1.0, 1.0]), 0.0);
    }

    #[test]
    fn the_curve_has_at_most_200_points_from_end_to_end() {
        let distances: Vec<f64> = (0..10_000).map(f64::from).collect();
        let curve = curve(&distances);
        assert_eq!(curve.len(), 200);
        assert_eq!((curve[0], curve[199]), ((0.0, 0.0), (1.0, 9999.0)));
        assert_eq!(super::curve(&[2.0]), [(0.0, 2.0)]);
    }
}
