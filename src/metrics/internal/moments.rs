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
    /// The moments of `partition`, in two passes over the rows, O(n·d) each.
    ///
    /// # Panics
    /// When the partition has another number of rows than the matrix.
    pub fn of(matrix: &TiledMatrix, partition: &Partition) -> Self {
        assert_eq!(partition.n_rows(), matrix.n_customers(), "the partition is of the matrix rows");
        let (d, k, sizes) = (matrix.n_features(), partition.n_clusters(), partition.sizes());
        let mut means = reduce::ordered_vector_sum(matrix.n_tiles(), &|t| {
            let tile = matrix.tile(t);
            let labels = &partition.labels()[tile.rows()];
            let mut sums = vec![0.0; k * d];
            for j in 0..d {
                for (label, &x) in labels.iter().zip(tile.column(j)) {
                    if let Some(c) = label {
                        sums[c.index() * d + j] += f64::from(x);
                    }
                }
            }
            sums
        });
        let clustered = sizes.iter().sum::<usize>().max(1) as f64;
        let overall_mean = (0..d).map(|j| (0..k).map(|c| means[c * d + j]).sum::<f64>() / clustered).collect();
        for (mean, &size) in means.chunks_exact_mut(d).zip(&sizes) {
            mean.iter_mut().for_each(|sum| *sum /= size.max(1) as f64);
        }
        let spreads = reduce::ordered_vector_sum(matrix.n_tiles(), &|t| {
            let tile = matrix.tile(t);
            let labels = &partition.labels()[tile.rows()];
            let mut d2 = vec![0.0; labels.len()];
            for j in 0..d {
                for ((sum, label), &x) in d2.iter_mut().zip(labels).zip(tile.column(j)) {
                    let mean = label.map_or(0.0, |c| means[c.index() * d + j]);
                    *sum += (f64::from(x) - mean).powi(2);
                }
            }
            let mut spreads = vec![0.0; 2 * k];
            for (label, d2) in labels.iter().zip(d2) {
                if let Some(c) = label {
                    spreads[c.index()] += d2;
                    spreads[k + c.index()] += d2.sqrt();
                }
            }
            spreads
        });
        let mean_distance = (0..k).map(|c| spreads[k + c] / sizes[c].max(1) as f64).collect();
        let within = spreads[..k].to_vec();
        ClusterMoments {
            n_rows: matrix.n_customers(),
            n_features: d,
            sizes,
            means,
            within,
            mean_distance,
            overall_mean,
        }
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

pub(super) fn distance2(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}
