use std::ops::Range;

use rayon::prelude::*;

use crate::matrix::{TiledMatrix, reduce};
use crate::metrics::Partition;

/// Sizes, means and spreads of the clusters of a partition.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterMoments {
    n_rows: usize,
    n_features: usize,
    sizes: Vec<usize>,
    means: Vec<f64>,
    within: Vec<f64>,
    mean_distance: Vec<f64>,
    overall_mean: Vec<f64>,
}

impl ClusterMoments {
    /// The moments of `partition`; see [`ClusterMoments::of_all`].
    ///
    /// # Panics
    /// When the partition has another number of rows than the matrix.
    pub fn of(matrix: &TiledMatrix, partition: &Partition) -> Self {
        ClusterMoments::of_all(matrix, &[partition]).remove(0)
    }

    /// The moments of several partitions of the same rows, in two passes over the rows for all of them,
    /// O(n·d·partitions); memory O(clusters·d) a thread.
    ///
    /// # Panics
    /// When a partition has another number of rows than the matrix.
    pub fn of_all(matrix: &TiledMatrix, partitions: &[&Partition]) -> Vec<Self> {
        assert!(partitions.iter().all(|p| p.n_rows() == matrix.n_customers()), "partitions are of the matrix rows");
        let d = matrix.n_features();
        // The clusters of all partitions, numbered through.
        let first: Vec<usize> =
            partitions.iter().scan(0, |n, p| Some(std::mem::replace(n, *n + p.n_clusters()))).collect();
        let k: usize = partitions.iter().map(|p| p.n_clusters()).sum();
        let sums = reduce::ordered_vector_sum(matrix.n_tiles(), &|t| {
            let mut sums = vec![0.0; k * d];
            each_row(matrix, t, partitions, &first, |row, cluster| {
                for (sum, x) in sums[cluster * d..][..d].iter_mut().zip(row) {
                    *sum += x;
                }
            });
            sums
        });
        let sizes: Vec<usize> = partitions.par_iter().flat_map(|p| p.sizes()).collect();
        let means: Vec<f64> = sums.iter().enumerate().map(|(at, sum)| sum / sizes[at / d].max(1) as f64).collect();
        let spreads = reduce::ordered_vector_sum(matrix.n_tiles(), &|t| {
            let mut spreads = vec![0.0; 2 * k];
            each_row(matrix, t, partitions, &first, |row, cluster| {
                let d2 = distance2(row, &means[cluster * d..][..d]);
                spreads[cluster] += d2;
                spreads[k + cluster] += d2.sqrt();
            });
            spreads
        });
        let sum_over = |clusters: Range<usize>, j: usize| clusters.map(|c| sums[c * d + j]).sum::<f64>();
        let of_partition = |(partition, &first): (&&Partition, &usize)| {
            let clusters = first..first + partition.n_clusters();
            let sizes = sizes[clusters.clone()].to_vec();
            let clustered = sizes.iter().sum::<usize>().max(1) as f64;
            let overall = |j: usize| sum_over(clusters.clone(), j) / clustered;
            ClusterMoments {
                n_rows: matrix.n_customers(),
                n_features: d,
                means: means[clusters.start * d..clusters.end * d].to_vec(),
                within: spreads[clusters.clone()].to_vec(),
                mean_distance: clusters.clone().zip(&sizes).map(|(c, &n)| spreads[k + c] / n.max(1) as f64).collect(),
                overall_mean: (0..d).map(overall).collect(),
                sizes,
            }
        };
        partitions.iter().zip(&first).map(of_partition).collect()
    }

    /// Rows of every cluster.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The mean of cluster `c`; zeros when it is empty.
    pub fn mean(&self, c: usize) -> &[f64] {
        &self.means[c * self.n_features..][..self.n_features]
    }

    /// Σ of the squared distances of the rows of cluster `c` to its mean.
    pub fn within(&self, c: usize) -> f64 {
        self.within[c]
    }

    /// The share of the rows that are in a cluster.
    pub fn coverage(&self) -> f64 {
        self.clustered() as f64 / self.n_rows as f64
    }

    /// Calinski and Harabasz's index, [B/(k−1)] / [W/(n−k)], higher is better: B = Σ n_i |μ_i − μ|², W = Σ of
    /// [`within`](ClusterMoments::within); k counts non-empty clusters, n clustered rows.
    ///
    /// `None` with fewer than two non-empty clusters, with as many as rows, or when W = 0. (Calinski and Harabasz 1974.)
    pub fn calinski_harabasz(&self) -> Option<f64> {
        let (n, k) = (self.clustered(), self.filled().count());
        let within: f64 = self.within.iter().sum();
        let between: f64 =
            self.filled().map(|c| self.sizes[c] as f64 * distance2(self.mean(c), &self.overall_mean)).sum();
        let defined = k > 1 && n > k && within > 0.0;
        defined.then(|| between / (k - 1) as f64 / (within / (n - k) as f64))
    }

    /// Davies and Bouldin's index, lower is better: the mean over the non-empty clusters i of the largest
    /// (S_i + S_j) / |μ_i − μ_j|, j ≠ i, with S the mean distance to the mean.
    ///
    /// `None` with fewer than two non-empty clusters or when two means coincide. (Davies and Bouldin 1979.)
    pub fn davies_bouldin(&self) -> Option<f64> {
        let filled: Vec<usize> = self.filled().collect();
        if filled.len() < 2 {
            return None;
        }
        let mut sum = 0.0;
        for &i in &filled {
            let mut worst = 0.0_f64;
            for &j in filled.iter().filter(|&&j| j != i) {
                let gap = distance2(self.mean(i), self.mean(j)).sqrt();
                if gap == 0.0 {
                    return None;
                }
                worst = worst.max((self.mean_distance[i] + self.mean_distance[j]) / gap);
            }
            sum += worst;
        }
        Some(sum / filled.len() as f64)
    }

    pub(super) fn filled(&self) -> impl Iterator<Item = usize> {
        (0..self.sizes.len()).filter(|&c| self.sizes[c] > 0)
    }

    pub(super) fn clustered(&self) -> usize {
        self.sizes.iter().sum()
    }
}

/// Calls `visit` with every row of tile `t` and its cluster in every partition that has it in one; the clusters of
/// partition p are numbered from `first[p]`.
fn each_row(
    matrix: &TiledMatrix,
    t: usize,
    partitions: &[&Partition],
    first: &[usize],
    mut visit: impl FnMut(&[f64], usize),
) {
    let (tile, d) = (matrix.tile(t), matrix.n_features());
    let mut rows = vec![0.0; tile.n_rows() * d];
    for j in 0..d {
        rows[j..].iter_mut().step_by(d).zip(tile.column(j)).for_each(|(to, &x)| *to = f64::from(x));
    }
    for (partition, first) in partitions.iter().zip(first) {
        for (row, label) in rows.chunks_exact(d).zip(&partition.labels()[tile.rows()]) {
            if let Some(cluster) = label {
                visit(row, first + cluster.index());
            }
        }
    }
}

pub(super) fn distance2(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}
