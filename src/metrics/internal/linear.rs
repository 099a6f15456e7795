//! Silhouettes whose cost is linear in the rows: distances to clusters are taken from their moments. They are for who measures a
//! clustering by the library; a run has [`silhouette`](super::silhouette()) and, per cluster, what the margins of its rows tell.

use super::ClusterMoments;
use crate::matrix::simd::{Kernel, Simd, level};
use crate::matrix::{TILE_ROWS, Tile, TiledMatrix, reduce};
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
        let means: Vec<&[f64]> = filled.iter().map(|&c| self.mean(c)).collect();
        let sum = reduce::ordered_sum(matrix.n_tiles(), &|t| {
            let tile = matrix.tile(t);
            let mut squares = vec![0.0; filled.len() * TILE_ROWS];
            level().run(SquaredDistances { tile: &tile, means: &means, squares: &mut squares });
            let mut sum = 0.0;
            for (i, label) in partition.labels()[tile.rows()].iter().enumerate() {
                let Some(own) = label.map(|id| id.index()).filter(|&c| self.sizes()[c] > 1) else { continue };
                let (mut a, mut b) = (0.0, f64::INFINITY);
                for (&c, squares) in filled.iter().zip(squares.chunks_exact(TILE_ROWS)) {
                    if c == own {
                        a = to_own(squares[i], c);
                    } else {
                        b = b.min(to_other(squares[i], c));
                    }
                }
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

/// The squared distances of the rows of a tile to `means`, mean-major with [`TILE_ROWS`] lanes.
struct SquaredDistances<'a> {
    tile: &'a Tile<'a>,
    means: &'a [&'a [f64]],
    squares: &'a mut [f64],
}

impl Kernel for SquaredDistances<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (mean, squares) in self.means.iter().zip(self.squares.chunks_exact_mut(TILE_ROWS)) {
            for lane in (0..TILE_ROWS).step_by(S::LANES) {
                let mut sum = s.splat_f64(0.0);
                for (j, &m) in mean.iter().enumerate() {
                    let gap = s.sub_f64(s.widen(s.load(&self.tile.padded_column(j)[lane..])), s.splat_f64(m));
                    sum = s.add_f64(sum, s.mul_f64(gap, gap));
                }
                s.store_f64(sum, &mut squares[lane..]);
            }
        }
    }
}
