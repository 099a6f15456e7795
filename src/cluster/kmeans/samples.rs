//! Samples of the rows of a large table, on which starts race.
//!
//! A sample has the rows that are farthest from the middle, each once, and of all others as many as it has room for, which count
//! for those that it has not: with heavy tails most of the inertia is of a few rows, and a sample that has them by chance alone
//! says nothing.

use super::distances::farthest;
use super::rows::Rows;
use super::{Centroids, FeatureStats, RowWeights};
use crate::matrix::TiledMatrix;
use crate::random::sample_rows;

/// Rows of the first sample, at least.
const FIRST_ROWS: usize = 8_192;
/// Rows of the first sample for every cluster, at least.
const ROWS_PER_CLUSTER: usize = 512;
/// How many times as many rows the next sample has.
const GROWTH: usize = 8;
/// How many times those of the last one all rows are at least.
const REST: usize = 4;
/// One row in so many of a sample is there because it is far from the middle.
const FAR: usize = 16;

/// A sum over all rows, as a sample tells it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Estimate {
    pub(super) sum: f64,
    pub(super) standard_error: f64,
}

/// Rows of the first sample for `k` clusters: fits of as many rows share their samples.
pub(super) fn first_rows(k: usize) -> usize {
    FIRST_ROWS.max(ROWS_PER_CLUSTER * k)
}

/// Rows of the last sample of `n` rows for `k` clusters, the second or a further one; `None` where `n` is too small for two.
pub(super) fn last_rows(n: usize, k: usize) -> Option<usize> {
    sizes(n, k).skip(1).last()
}

/// Rows of every sample of `n` rows for `k` clusters.
fn sizes(n: usize, k: usize) -> impl Iterator<Item = usize> {
    let sizes = std::iter::successors(Some(first_rows(k)), |rows| Some(rows * GROWTH));
    sizes.take_while(move |&rows| rows <= n / REST)
}

/// The samples of a race, each [`GROWTH`] times as large as the one before.
pub(in crate::cluster) struct Samples {
    pub(super) first: Sample,
    pub(super) others: Vec<Sample>,
}

impl Samples {
    /// Those of `rows` for `k` clusters; `None` where there are too few rows for two of them.
    pub(super) fn of(rows: &Rows<'_>, k: usize, seed: u64) -> Option<Self> {
        let (matrix, n) = (rows.matrix, rows.matrix.n_customers());
        let most = last_rows(n, k)? / FAR;
        let middle = Centroids::new(rows.stats.origin.iter().copied().map(f64::from).collect(), matrix.n_features());
        let middle = middle.expect("a matrix has features");
        let far: Vec<usize> = farthest(matrix, &middle, &vec![0; n], most).into_iter().map(|(_, row)| row).collect();
        let mut samples = sizes(n, k).map(|size| Sample::of(matrix, &far[..size / FAR], size, seed));
        Some(Samples { first: samples.next()?, others: samples.collect() })
    }
}

/// Some rows of a matrix that stand for all.
pub(super) struct Sample {
    pub(super) matrix: TiledMatrix,
    stats: FeatureStats,
    /// How many rows of the whole matrix each stands for.
    pub(super) weights: Vec<f64>,
    as_counted: RowWeights,
    /// The mean over the features of the variances of the weighted rows.
    pub(super) mean_variance: f64,
    /// Whether each is there because it is far from the middle, and stands for itself.
    is_far: Vec<bool>,
    /// The rows that were drawn, and what each stands for.
    n_drawn: usize,
    weight: f64,
}

impl Sample {
    /// `size` rows of `matrix`, `far` among them.
    fn of(matrix: &TiledMatrix, far: &[usize], size: usize, seed: u64) -> Self {
        let n_others = matrix.n_customers() - far.len();
        let n_drawn = size - far.len();
        let weight = n_others as f64 / n_drawn as f64;
        let mut far = far.to_vec();
        far.sort_unstable();
        // The others are numbered without the far ones.
        let mut drawn =
            sample_rows(n_others, n_drawn, seed, "kmeans.race").into_iter().map(|row| row as usize).peekable();
        let (mut rows, mut is_far) = (Vec::with_capacity(size), Vec::with_capacity(size));
        for (before, row) in far.into_iter().map(Some).chain([None]).enumerate() {
            while let Some(other) = drawn.next_if(|&other| row.is_none_or(|row| other + before < row)) {
                rows.push(other + before);
                is_far.push(false);
            }
            rows.extend(row);
            is_far.extend(row.map(|_| true));
        }
        let weights = is_far.iter().map(|&is_far| if is_far { 1.0 } else { weight }).collect();
        Sample::weighted(matrix.select(&rows).expect("a sample has rows"), weights, is_far, weight)
    }

    fn weighted(matrix: TiledMatrix, weights: Vec<f64>, is_far: Vec<bool>, weight: f64) -> Self {
        let (stats, as_counted) = (FeatureStats::of(&matrix), RowWeights::new(&weights).expect("every row counts"));
        let mean_variance = as_counted.mean_variance(&matrix, &stats);
        let n_drawn = is_far.iter().filter(|&&is_far| !is_far).count();
        Sample { matrix, stats, weights, as_counted, mean_variance, is_far, n_drawn, weight }
    }

    /// Its rows, each as often as it counts.
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows { matrix: &self.matrix, stats: self.stats.clone(), weights: Some(&self.as_counted), share: None }
    }

    /// What the sum of `values`, one for each of its rows, tells of all rows.
    pub(super) fn estimate(&self, values: impl Iterator<Item = f64>) -> Estimate {
        let (mut certain, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for (value, &is_far) in values.zip(&self.is_far) {
            if is_far {
                certain += value;
            } else {
                sum += value;
                squares += value * value;
            }
        }
        let n = self.n_drawn as f64;
        let variance = (squares / n - (sum / n) * (sum / n)).max(0.0);
        Estimate { sum: certain + self.weight * sum, standard_error: self.weight * (n * variance).sqrt() }
    }

    /// All of `rows`, each for two.
    #[cfg(test)]
    pub(super) fn doubled(rows: &TiledMatrix) -> Self {
        let n = rows.n_customers();
        Sample::weighted(rows.clone(), vec![2.0; n], vec![false; n], 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_the_far_rows_once_and_others_for_the_rest() {
        let matrix = TiledMatrix::from_rows(&(0..1_000).map(|i| i as f32).collect::<Vec<_>>(), 1).unwrap();
        let sample = Sample::of(&matrix, &[999, 0, 500], 103, 7);
        let rows: Vec<usize> = (0..103).map(|i| sample.matrix.row(i)[0] as usize).collect();
        assert!(rows.is_sorted_by(|a, b| a < b), "{rows:?}");
        let certain: Vec<usize> = (0..103).filter(|&i| sample.weights[i] == 1.0).map(|i| rows[i]).collect();
        assert_eq!(certain, [0, 500, 999]);
        assert!((sample.weights.iter().sum::<f64>() - 1_000.0).abs() < 1e-9);
        let ones = sample.estimate((0..103).map(|_| 1.0));
        assert!((ones.sum - 1_000.0).abs() < 1e-9 && ones.standard_error < 1e-4, "{ones:?}");
    }

    #[test]
    fn samples_grow_up_to_a_fourth_of_the_rows() {
        assert_eq!([262_143, 262_144, 2_097_151, 2_097_152, 10_000_000].map(|n| last_rows(n, 5)), {
            [None, Some(65_536), Some(65_536), Some(524_288), Some(524_288)]
        });
        assert_eq!(last_rows(1_638_400, 100), Some(409_600));
        assert_eq!(last_rows(1_638_399, 100), None);
        assert_eq!(sizes(2_097_152, 5).collect::<Vec<_>>(), [8_192, 65_536, 524_288]);
    }
}
