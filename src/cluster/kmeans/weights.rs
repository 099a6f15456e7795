//! Rows that count more than once, or in part.

use rayon::prelude::*;

use super::distances::distances2;
use super::sums::{fixed, value_of};
use super::tile::FEW_TILES;
use super::{Centroids, FeatureStats};
use crate::cluster::ClusterError;
use crate::matrix::{TILE_ROWS, TiledMatrix, reduce};

/// A weight is below two to this power in its units.
const BITS: i32 = 32;

/// How often every row counts, in fixed point: whole numbers of one unit.
///
/// The unit is the power of two in which the largest weight is at least 2³¹ and below 2³²; a weight is rounded to the nearest
/// whole number of units (half to even), so one below 2⁻³³ of the largest does not count. Whole numbers below 2³² are exact. Sums
/// of weights and of weighted rows are integers: they are exact in any order, and a weight of n is n equal rows.
///
/// ```
/// use segmint::cluster::kmeans::RowWeights;
/// let weights = RowWeights::new(&[3.0, 0.1, 0.0, 1e-20])?;
/// assert_eq!((weights.get(0), weights.get(2), weights.get(3)), (3.0, 0.0, 0.0));
/// assert!((weights.get(1) - 0.1).abs() < 1e-9);
/// assert!(RowWeights::new(&[1.0, -1.0]).is_err());
/// # Ok::<(), segmint::cluster::ClusterError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RowWeights {
    units: Vec<u64>,
    unit: f64,
}

impl RowWeights {
    /// Weights of rows 0, 1, …
    ///
    /// # Errors
    /// [`ClusterError::Weights`] when one is negative, NaN or infinite, or none is above 0.
    pub fn new(weights: &[f64]) -> Result<Self, ClusterError> {
        if let Some(row) = weights.iter().position(|weight| !(*weight >= 0.0 && weight.is_finite())) {
            let problem = format!("the weight of row {row} is {}, a weight is a finite number >= 0", weights[row]);
            return Err(ClusterError::Weights { problem });
        }
        let largest = weights.iter().copied().fold(0.0, f64::max);
        // Its exponent from its bits: 2^(exponent − 1) <= largest < 2^exponent. The unit stays a normal number.
        let exponent = ((largest.to_bits() >> 52) as i32 - 1022).max(f64::MIN_EXP - 1 + BITS);
        let unit = 2.0_f64.powi(exponent - BITS);
        let units: Vec<u64> = weights.iter().map(|weight| (weight / unit).round_ties_even() as u64).collect();
        if units.iter().all(|&units| units == 0) {
            return Err(ClusterError::Weights { problem: "no row has a weight above 0".to_owned() });
        }
        Ok(RowWeights { units, unit })
    }

    /// Rows that count `counts` times.
    pub(super) fn of_counts(units: Vec<u64>, unit: f64) -> Self {
        RowWeights { units, unit }
    }

    /// The weight of row `i`, as it counts.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, i: usize) -> f64 {
        self.units[i] as f64 * self.unit
    }

    /// The rows that have one.
    pub fn n_rows(&self) -> usize {
        self.units.len()
    }

    pub(super) fn units(&self) -> &[u64] {
        &self.units
    }

    pub(super) fn unit(&self) -> f64 {
        self.unit
    }

    /// The weight of every row, when all have the same.
    pub(super) fn shared(&self) -> Option<f64> {
        self.units.iter().all(|&units| units == self.units[0]).then(|| self.get(0))
    }

    /// Σ of the squared distances of all rows to the centroid they are assigned to, times their weights.
    pub(super) fn inertia(&self, matrix: &TiledMatrix, centroids: &Centroids, labels: &[u32]) -> f64 {
        let distances = distances2(matrix, centroids, labels);
        let tile = |t: usize| {
            let rows = matrix.tile(t).rows();
            distances[rows.clone()].iter().zip(&self.units[rows]).map(|(d2, &units)| d2 * units as f64).sum()
        };
        reduce::ordered_sum(distances.len().div_ceil(TILE_ROWS), &tile) * self.unit
    }

    /// The mean over the features of the variances (ddof 0) of the weighted rows.
    pub(super) fn mean_variance(&self, matrix: &TiledMatrix, stats: &FeatureStats) -> f64 {
        let (d, labels) = (matrix.n_features(), vec![0; matrix.n_customers()]);
        let mut weighing = Weighing::begin(self, 1, d);
        let sums = weighing.pass(matrix, stats, &labels);
        let mean = sums.mean_if_any(0, stats).and_then(|mean| Centroids::new(mean, d)).expect("a row has a weight");
        self.inertia(matrix, &mean, &labels) / (sums.weights[0] as f64 * self.unit) / d as f64
    }
}

/// What weighted rows add up to, from pass to pass.
///
/// Rows that stay in their clusters are not read again: sums of integers forget the rows that left.
pub(super) struct Weighing<'a> {
    weights: &'a RowWeights,
    /// The clusters of the rows that the sums have; none before the first pass.
    labels: Vec<u32>,
    sums: WeightedSums,
}

impl<'a> Weighing<'a> {
    /// No rows yet, for `k` clusters of `d` features.
    pub(super) fn begin(weights: &'a RowWeights, k: usize, d: usize) -> Self {
        Weighing { weights, labels: Vec::new(), sums: WeightedSums::zero(k, d) }
    }

    /// What the rows of `matrix`, the same as ever, add up to in their clusters `labels`.
    pub(super) fn pass(&mut self, matrix: &TiledMatrix, stats: &FeatureStats, labels: &[u32]) -> &WeightedSums {
        let (before, zero) = (&self.labels, || WeightedSums::zero(self.sums.weights.len(), matrix.n_features()));
        let parts = (0..matrix.n_tiles()).into_par_iter().with_min_len(FEW_TILES).fold(zero, |mut changes, t| {
            for row in matrix.tile(t).rows() {
                let (was, is, units) = (before.get(row), labels[row], self.weights.units[row] as i64);
                if was != Some(&is) {
                    was.into_iter().for_each(|&was| changes.add_row(was, matrix, row, -units, stats));
                    changes.add_row(is, matrix, row, units, stats);
                }
            }
            changes
        });
        // Whole numbers: how the tiles were shared out does not show.
        let changes = parts.reduce(zero, WeightedSums::add);
        self.sums = std::mem::replace(&mut self.sums, WeightedSums::zero(0, 0)).add(changes);
        self.labels.clear();
        self.labels.extend_from_slice(labels);
        &self.sums
    }
}

/// What the weighted rows of every cluster add up to, exactly: rows below 2³², weights below 2³² units and values of 62 bits stay
/// within 126 bits.
pub(super) struct WeightedSums {
    /// k × n_features.
    values: Vec<i128>,
    /// In units of the weights.
    weights: Vec<i128>,
}

impl WeightedSums {
    fn zero(k: usize, d: usize) -> Self {
        WeightedSums { values: vec![0; k * d], weights: vec![0; k] }
    }

    /// Adds row `row` of `matrix` to cluster `c`, `units` times.
    fn add_row(&mut self, c: u32, matrix: &TiledMatrix, row: usize, units: i64, stats: &FeatureStats) {
        let (c, d) = (c as usize, matrix.n_features());
        self.weights[c] += i128::from(units);
        let values = matrix.row_values(row).zip(&stats.units);
        for (sum, (x, &unit)) in self.values[c * d..(c + 1) * d].iter_mut().zip(values) {
            *sum += i128::from(fixed(x, unit)) * i128::from(units);
        }
    }

    fn add(mut self, other: WeightedSums) -> Self {
        self.values.iter_mut().zip(other.values).for_each(|(a, b)| *a += b);
        self.weights.iter_mut().zip(other.weights).for_each(|(a, b)| *a += b);
        self
    }

    /// The mean of cluster `c`; `None` when no row of it has a weight.
    pub(super) fn mean_if_any(&self, c: usize, stats: &FeatureStats) -> Option<Vec<f64>> {
        let d = stats.units.len();
        let sums = self.values[c * d..(c + 1) * d].iter().zip(&stats.units);
        (self.weights[c] > 0).then(|| sums.map(|(&sum, &unit)| value_of(sum, unit) / self.weights[c] as f64).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::kmeans::sums::Sums;

    proptest! {
        #[test]
        fn a_weight_of_n_sums_like_n_equal_rows(
            rows in prop::collection::vec((-1e6_f32..1e6, 0_u32..3, 1_u32..9), 1..200), scale in -30_i32..30
        ) {
            let values: Vec<f32> = rows.iter().map(|row| row.0).collect();
            let labels: Vec<u32> = rows.iter().map(|row| row.1).collect();
            let scaled: Vec<f64> = rows.iter().map(|row| f64::from(row.2) * 2.0_f64.powi(scale)).collect();
            let matrix = TiledMatrix::from_rows(&values, 1).unwrap();
            let stats = FeatureStats::of(&matrix);
            let mut repeated = Sums::zero(3, 1);
            for &(x, c, n) in &rows {
                (0..n).for_each(|_| repeated.add_row(c, &[x], &stats));
            }
            let weights = RowWeights::new(&scaled).unwrap();
            let mut weighing = Weighing::begin(&weights, 3, 1);
            // From wherever the rows were before.
            weighing.pass(&matrix, &stats, &labels.iter().map(|&c| (c + 1) % 3).collect::<Vec<u32>>());
            weighing.pass(&matrix, &stats, &vec![1; labels.len()]);
            let weighted = weighing.pass(&matrix, &stats, &labels);
            for c in 0..3 {
                prop_assert_eq!(weighted.mean_if_any(c, &stats), repeated.mean_if_any(c, &stats));
            }
        }
    }

    #[test]
    fn weights_are_whole_units_of_the_largest() {
        let weights = RowWeights::new(&[1.0, 2.0_f64.powi(-32), 2.0_f64.powi(-34)]).unwrap();
        assert_eq!(weights.units(), [1 << 31, 0, 0]);
        assert_eq!(RowWeights::new(&[4_294_967_295.0, 1.0]).unwrap().units(), [4_294_967_295, 1]);
        assert_eq!(RowWeights::new(&[f64::MIN_POSITIVE, 0.0]).unwrap().get(0), f64::MIN_POSITIVE);
        assert!(RowWeights::new(&[0.0, f64::MIN_POSITIVE / 4.0]).is_err());
    }
}
