//! eps = "auto": the knee of the curve of neighbour distances.

use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dbscan::{BlockTree, fitted_rows, kth_distances, smallest_gap};
use super::{ClusterError, sample};
use crate::config::{Auto, DbscanPlan};
use crate::matrix::TiledMatrix;
use crate::monitor::{Monitor, Stopped};
use crate::random::stream;
use crate::{Text, Warning};

/// Rows whose distances make the curve.
const SAMPLE_ROWS: usize = 10_000;
/// Points of the curve that are kept.
const CURVE_POINTS: usize = 200;
/// Resamples behind the interval.
const RESAMPLES: u64 = 100;
/// The part of the curve in which the knee is looked for: the ends are outliers.
const CURVE_ENDS: (f64, f64) = (0.01, 0.99);

/// The parameters DBSCAN runs with, and the evidence for eps when it was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenEps {
    /// The radius, given or chosen; > 0.
    pub eps: f64,
    /// The neighbours that make a core row, given or max(5, 2 × features).
    pub min_samples: usize,
    /// (quantile, distance) along the sorted distances, at most 200 points; empty when eps was given.
    pub curve: Vec<(f64, f64)>,
    /// The distance at the knee of the curve; `None` when eps was given.
    pub knee: Option<f64>,
    /// The 2.5 % quantile of the knee over resamples of the rows.
    pub low: Option<f64>,
    /// The 97.5 % quantile of the knee over resamples of the rows.
    pub high: Option<f64>,
    /// The rows whose distances make the curve; 0 when eps was given.
    pub n_sample: usize,
    /// Why eps is not the knee, if it is not.
    pub warnings: Vec<Warning>,
}

/// Settles eps and min_samples of a plan for the rows of `matrix`; numbers in the plan are taken as they are.
///
/// min_samples = "auto" is max(5, 2·n_features) (Sander, Ester, Kriegel, Xu 1998). eps = "auto": for a fixed sample of
/// min(n, 10,000) rows the exact distance to the (min_samples − 1)-th neighbour, itself not counted, is found among all
/// rows DBSCAN will fit. That is the radius at which the row becomes a core row. Sorted, these distances make a curve, and
/// eps is the distance at its knee: between the 1 % and the 99 % quantile, with both axes scaled to 0 … 1, the point
/// farthest below the chord (Satopää, Albrecht, Irwin, Raghavan 2011). The interval comes from 100 resamples of the sample.
///
/// A knee at 0 means that most rows have min_samples equal rows. eps is then the smallest positive distance of the
/// curve; without one, half the smallest distance between two different points, which keeps them apart; and 1 when
/// all rows are equal. Each case is warned.
///
/// Cost: one tree over the rows, and one search in it for every sampled row.
///
/// # Errors
/// When the monitor ends the computation.
///
/// ```
/// use segmint::cluster::choose_eps::choose_eps;
/// use segmint::config::{Auto, DbscanPlan};
/// use segmint::{matrix::TiledMatrix, monitor::Monitor};
/// let matrix = TiledMatrix::from_rows(&[0.0, 0.1, 0.2, 0.3, 9.0, 9.1, 9.2, 9.3, 30.0], 1).unwrap();
/// let plan = DbscanPlan { enabled: true, eps: Auto::Auto, min_samples: Auto::Given(3), rows: None };
/// let chosen = choose_eps(&matrix, &plan, 42, &Monitor::silent()).unwrap();
/// assert!((0.1..0.3).contains(&chosen.eps));
/// ```
pub fn choose_eps(
    matrix: &TiledMatrix,
    plan: &DbscanPlan,
    seed: u64,
    monitor: &Monitor,
) -> Result<ChosenEps, ClusterError> {
    let min_samples = match plan.min_samples {
        Auto::Given(given) => given,
        Auto::Auto => (2 * matrix.n_features()).max(5),
    };
    let mut chosen = ChosenEps {
        eps: 0.0,
        min_samples,
        curve: Vec::new(),
        knee: None,
        low: None,
        high: None,
        n_sample: 0,
        warnings: Vec::new(),
    };
    if let Auto::Given(eps) = plan.eps {
        return Ok(ChosenEps { eps, ..chosen });
    }
    let fitted = fitted_rows(matrix.n_customers(), plan.rows, seed);
    let n = fitted.len();
    let tree = BlockTree::over(matrix, |i| fitted[i] as usize, n);
    let sampled = sample::rows(n, SAMPLE_ROWS, seed, "dbscan.eps.sample");
    // Two at least: the nearest row is the row itself.
    let mut distances = kth_distances(&tree, &sampled, min_samples.max(2).min(n), monitor)?;
    distances.sort_unstable_by(f64::total_cmp);
    let found = knee(&distances);
    let (low, high) = knee_interval(&distances, seed);
    chosen.eps = found;
    if found == 0.0 {
        let (eps, warning) = without_knee(&tree, &sampled, &distances, monitor)?;
        chosen.eps = eps;
        chosen.warnings.push(warning);
    }
    chosen.curve = curve(&distances);
    (chosen.knee, chosen.low, chosen.high) = (Some(found), Some(low), Some(high));
    chosen.n_sample = sampled.len();
    Ok(chosen)
}

/// The value farthest below the chord from the 1 % to the 99 % quantile; the lower end when there is no bend.
fn knee(ascending: &[f64]) -> f64 {
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
fn knee_interval(ascending: &[f64], seed: u64) -> (f64, f64) {
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

/// Linear between the order statistics.
fn quantile(ascending: &[f64], q: f64) -> f64 {
    let at = q * (ascending.len() - 1) as f64;
    let (below, above) = (ascending[at.floor() as usize], ascending[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

fn curve(ascending: &[f64]) -> Vec<(f64, f64)> {
    let points = ascending.len().min(CURVE_POINTS);
    let steps = (points - 1).max(1) as f64;
    (0..points).map(|i| i as f64 / steps).map(|q| (q, quantile(ascending, q))).collect()
}

/// eps when the knee is at 0, and the warning that says so.
fn without_knee(
    tree: &BlockTree,
    sampled: &[u32],
    ascending: &[f64],
    monitor: &Monitor,
) -> Result<(f64, Warning), Stopped> {
    let smallest = ascending.iter().copied().find(|&distance| distance > 0.0);
    let half = || Ok(smallest_gap(tree, sampled, monitor)? / 2.0);
    let (eps, en, zh) = if let Some(eps) = smallest {
        (eps, "is the smallest distance above 0", "取大于 0 的最小距离")
    } else if let Some(eps) = Some(half()?).filter(|half| half.is_finite() && *half > 0.0) {
        (eps, "is half the smallest distance between two different customers", "取不同客户间最小距离的一半")
    } else {
        (1.0, "is 1, because all customers are equal", "取 1,因为所有客户都相同")
    };
    let equal = ascending.iter().filter(|&&distance| distance == 0.0).count() as f64 / ascending.len() as f64;
    let message = Text::new(
        format!("most customers have enough exact duplicates to be dense at distance 0; eps {en} ({eps:.4})"),
        format!("多数客户的重复记录已足以在距离 0 处构成密集点;eps {zh}({eps:.4})"),
    );
    Ok((eps, Warning::new("eps_from_duplicates", message).with("eps", eps).with("share_at_zero", equal)))
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
