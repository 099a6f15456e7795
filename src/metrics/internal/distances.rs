//! Sums of Euclidean distances from a few rows to every cluster of several partitions.

use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::metrics::Partition;

/// Rows measured together: their sums stay in the first cache level.
pub(super) const LANES: usize = 64;
/// Lanes whose running sums fit in registers.
const STRIP: usize = 8;

/// For up to [`LANES`] rows: Σ of the distances to the rows of each cluster, per partition at `[cluster · LANES + lane]`.
///
/// Every sum runs over the rows in ascending order, so it does not depend on which rows are measured together.
pub(super) fn distance_sums(matrix: &TiledMatrix, rows: &[usize], partitions: &[&Partition]) -> Vec<Vec<f64>> {
    debug_assert!(rows.len() <= LANES);
    let d = matrix.n_features();
    // Feature-major; lanes without a row repeat the first one and are never read.
    let measured: Vec<f64> = (0..d)
        .flat_map(|j| (0..LANES).map(move |lane| f64::from(matrix.get(rows.get(lane).copied().unwrap_or(rows[0]), j))))
        .collect();
    let mut sums: Vec<Vec<f64>> = partitions.iter().map(|p| vec![0.0; p.n_clusters() * LANES]).collect();
    let mut others = vec![0.0; TILE_ROWS * d];
    let mut distances = [0.0; LANES];
    for t in 0..matrix.n_tiles() {
        let tile = matrix.tile(t);
        for j in 0..d {
            for (i, &x) in tile.column(j).iter().enumerate() {
                others[i * d + j] = f64::from(x);
            }
        }
        for (row, other) in tile.rows().zip(others.chunks_exact(d)) {
            fill_distances(&measured, other, &mut distances);
            for (partition, sums) in partitions.iter().zip(&mut sums) {
                if let Some(cluster) = partition.labels()[row] {
                    let sums = &mut sums[cluster.index() * LANES..][..LANES];
                    sums.iter_mut().zip(&distances).for_each(|(sum, distance)| *sum += distance);
                }
            }
        }
    }
    sums
}

fn fill_distances(measured: &[f64], other: &[f64], distances: &mut [f64; LANES]) {
    for (strip, out) in distances.chunks_exact_mut(STRIP).enumerate() {
        let mut sums = [0.0; STRIP];
        for (lanes, &y) in measured.chunks_exact(LANES).zip(other) {
            for (sum, &x) in sums.iter_mut().zip(&lanes[strip * STRIP..][..STRIP]) {
                *sum += (x - y) * (x - y);
            }
        }
        for (distance, sum) in out.iter_mut().zip(sums) {
            *distance = sum.sqrt();
        }
    }
}
