//! Silhouettes whose cost is linear in the rows: distances to clusters are taken from their moments.

use super::ClusterMoments;
use super::moments::distance2;
use crate::matrix::{TiledMatrix, reduce};
use crate::metrics::Partition;

impl ClusterMoments {
    /// The mean silhouette of squared distances, exact on all rows in O(n·k·d); `None` with fewer than two non-empty
    /// clusters.
    ///
    /// As [`Silhouette`](super::Silhouette) with mean *squared* distances, for which
    /// mean over y in C of |x − y|² = |x − μ_C|² + (Σ_{y in C} |y − μ_C|²) / n_C. `partition` is the one the moments
    /// were taken of.
    pub fn squared_silhouette(&self, matrix: &TiledMatrix, partition: &Partition) -> Option<f64> {
        let to_other = |d2: f64, c: usize| d2 + self.within(c) / self.sizes()[c] as f64;
        let to_own = |d2: f64, c: usize| {
            let n = self.sizes()[c] as f64;
            to_other(d2, c) * n / (n - 1.0)
        };
        self.mean_silhouette(matrix, partition, to_own, to_other)
    }

    /// The mean simplified silhouette: distances to clusters are the Euclidean distances to their means, O(n·k·d);
    /// `None` with fewer than two non-empty clusters.
    ///
    /// 0 for a row that is alone in its cluster. (Hruschka, de Castro and Campello 2004.)
    pub fn simplified_silhouette(&self, matrix: &TiledMatrix, partition: &Partition) -> Option<f64> {
        let distance = |d2: f64, _| d2.sqrt();
        self.mean_silhouette(matrix, partition, distance, distance)
    }

    /// The mean of (b − a)/max(a, b), where a and b come from the squared distance to a cluster's mean and its number.
    fn mean_silhouette(
        &self,
        matrix: &TiledMatrix,
        partition: &Partition,
        to_own: impl Fn(f64, usize) -> f64 + Sync,
        to_other: impl Fn(f64, usize) -> f64 + Sync,
    ) -> Option<f64> {
        let filled: Vec<usize> = self.filled().collect();
        if filled.len() < 2 {
            return None;
        }
        let sum = reduce::ordered_sum(matrix.n_tiles(), &|t| {
            let mut row = vec![0.0; matrix.n_features()];
            let mut sum = 0.0;
            for i in matrix.tile(t).rows() {
                let Some(own) = partition.labels()[i].map(|id| id.index()).filter(|&c| self.sizes()[c] > 1) else {
                    continue;
                };
                matrix.copy_row(i, &mut row);
                let a = to_own(distance2(&row, self.mean(own)), own);
                let others = filled.iter().filter(|&&c| c != own);
                let b = others.map(|&c| to_other(distance2(&row, self.mean(c)), c)).fold(f64::INFINITY, f64::min);
                let larger = a.max(b);
                if larger > 0.0 {
                    sum += (b - a) / larger;
                }
            }
            sum
        });
        Some(sum / self.clustered() as f64)
    }
}
