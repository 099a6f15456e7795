//! Histograms of features.

use serde::{Deserialize, Serialize};

use crate::matrix::TiledMatrix;
use crate::metrics::{ClusterId, Partition};
use crate::normalize::FeatureNormalizer;

/// Bins of a histogram.
const BINS: usize = 32;
/// Standard deviations around the mean that grids and histograms spread over; what lies beyond is in the outer bins. A
/// histogram reaches further where most of a cluster is there.
pub(super) const REACH: f64 = 3.5;
/// More than rounding moves a place, in bins.
const PLACE_ROUNDING: f64 = 1e-9;

/// A feature's observed values in bins of equal width in normalized units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Histogram {
    /// The feature.
    pub feature: String,
    /// The ends of the bins in original units, [`BINS`] + 1 of them; the outer bins also hold what lies beyond.
    pub edges: Vec<f64>,
    /// Customers per bin.
    pub counts: Vec<u64>,
    /// The same for every cluster of the primary clustering.
    pub clusters: Vec<Vec<u64>>,
}

/// Feature `j` of the customers who have a value of it.
pub(super) struct Known<'a> {
    pub(super) matrix: &'a TiledMatrix,
    pub(super) j: usize,
    /// In original units, by row of the matrix; NaN is missing.
    pub(super) values: Vec<f64>,
}

impl Known<'_> {
    /// Hands `visit` every row of the matrix, its value, and its normalized value as the matrix holds it.
    fn each(&self, mut visit: impl FnMut(usize, f64, f32)) {
        for t in 0..self.matrix.n_tiles() {
            let tile = self.matrix.tile(t);
            let rows = tile.rows();
            for ((i, &x), &z) in rows.clone().zip(&self.values[rows]).zip(tile.column(self.j)) {
                if !x.is_nan() {
                    visit(i, x, z);
                }
            }
        }
    }

    /// The least and the largest normalized value, exactly.
    fn ends(&self, feature: &FeatureNormalizer) -> (f64, f64) {
        let (mut least, mut most) = (f32::INFINITY, f32::NEG_INFINITY);
        self.each(|_, _, z| (least, most) = (least.min(z), most.max(z)));
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        self.each(|_, x, z| {
            if z == least || z == most {
                let z = feature.apply(x);
                (low, high) = (low.min(z), high.max(z));
            }
        });
        (low, high)
    }

    /// The normalized values of those clusters of which more than a tenth is below `low` or above `high`: of no other does [`most_of`]
    /// lie beyond them.
    fn beyond(&self, [low, high]: [f64; 2], primary: &Partition) -> Vec<Vec<f32>> {
        let (labels, mut counts) = (primary.labels(), vec![[0_usize; 3]; primary.n_clusters() + 1]);
        let group = |i: usize| labels[i].map_or(primary.n_clusters(), ClusterId::index);
        self.each(|i, _, z| {
            let z = f64::from(z);
            counts[group(i)][usize::from(z >= low) + usize::from(z > high)] += 1;
        });
        counts.pop();
        let is_beyond = |[below, within, above]: [usize; 3]| 10 * below.max(above) > below + within + above;
        let mut values: Vec<Option<Vec<f32>>> =
            counts.into_iter().map(|counts| is_beyond(counts).then(Vec::new)).collect();
        if values.iter().any(Option::is_some) {
            self.each(|i, _, z| values.get_mut(group(i)).into_iter().flatten().for_each(|values| values.push(z)));
        }
        values.into_iter().flatten().collect()
    }
}

impl Histogram {
    /// Of what is known of `feature`, for all customers and for the clusters of `primary`.
    ///
    /// The matrix holds the normalized values rounded to `f32`; a value is normalized again, exactly, only where the rounding
    /// could decide.
    pub(super) fn of(feature: &FeatureNormalizer, known: &Known<'_>, primary: &Partition) -> Histogram {
        let (labels, n_clusters) = (primary.labels(), primary.n_clusters());
        let ends = known.ends(feature);
        let reach = REACH * feature.weight().sqrt();
        let (mut low, mut high) = (ends.0.max(-reach), ends.1.min(reach));
        if ends.0 < low || high < ends.1 {
            for span in known.beyond([low, high], primary).into_iter().filter_map(most_of) {
                (low, high) = (low.min(span[0]), high.max(span[1]));
            }
        }
        let (low, high) = if low < high { (low, high) } else { ends };
        let scale = BINS as f64 / (high - low);
        // Of every cluster, then of the customers in none.
        let mut counts = vec![[0_u64; BINS]; n_clusters + 1];
        known.each(|i, x, z| {
            let z = f64::from(z);
            let margin = z.abs() * f64::from(f32::EPSILON) + f64::from(f32::MIN_POSITIVE);
            let (place, margin) = ((z - low) * scale, margin * scale + PLACE_ROUNDING);
            let (least, most) = (bin_at(place - margin, BINS), bin_at(place + margin, BINS));
            let exact = || bin(feature.apply(x), low, high, BINS);
            let at = if least == most { least } else { exact() };
            counts[labels[i].map_or(n_clusters, ClusterId::index)][at] += 1;
        });
        let edges = (0..=BINS).map(|edge| feature.invert(low + (high - low) * edge as f64 / BINS as f64)).collect();
        let clusters = counts[..n_clusters].iter().map(|counts| counts.to_vec()).collect();
        let counts = (0..BINS).map(|at| counts.iter().map(|counts| counts[at]).sum()).collect();
        Histogram { feature: feature.name().to_owned(), edges, counts, clusters }
    }
}

/// Where most of a cluster is: from its first to its last decile; `None` where a decile would be a handful of customers.
fn most_of(mut values: Vec<f32>) -> Option<[f64; 2]> {
    let n = values.len();
    let mut decile = |at: usize| f64::from(*values.select_nth_unstable_by(at, f32::total_cmp).1);
    (n >= BINS).then(|| [decile(n / 10), decile(n - 1 - n / 10)])
}

/// The bin of `x` among `bins` of equal width from `low` to `high`; what lies beyond is in the outer ones.
pub(super) fn bin(x: f64, low: f64, high: f64, bins: usize) -> usize {
    bin_at((x - low) / (high - low) * bins as f64, bins)
}

/// The bin at `place`, which is told in bins from the first one.
fn bin_at(place: f64, bins: usize) -> usize {
    (place.max(0.0) as usize).min(bins - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_a_cluster_lies_between_its_deciles_and_a_handful_has_none() {
        assert_eq!(most_of((0..101).rev().map(|i| i as f32).collect()), Some([10.0, 90.0]));
        assert_eq!(most_of(vec![9.0; BINS - 1]), None);
    }
}
