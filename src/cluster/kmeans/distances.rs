//! Squared distances of rows to the centroids they are assigned to.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::Centroids;
use super::tile::{FEW_TILES, Lanes};
use crate::matrix::simd::{Kernel, Simd, level};
use crate::matrix::{TILE_ROWS, TiledMatrix, reduce};

/// The squared distance of every row to the centroid it is assigned to.
pub(super) fn distances2(matrix: &TiledMatrix, centroids: &Centroids, labels: &[u32]) -> Vec<f64> {
    let (by_feature, level) = (centroids.by_feature(), level());
    let mut distances = vec![0.0; labels.len()];
    let tiles = distances.par_chunks_mut(TILE_ROWS).zip(labels.par_chunks(TILE_ROWS)).enumerate();
    tiles.with_min_len(FEW_TILES).for_each(|(t, (out, labels))| {
        let mut lanes = [0.0; TILE_ROWS];
        level.run(ToOwn { tile: matrix.tile(t).values(), by_feature: &by_feature, labels, out: &mut lanes });
        out.copy_from_slice(&lanes[..out.len()]);
    });
    distances
}

/// The `m` rows farthest from the centroid they are assigned to, with their squared distances: by distance descending, then row
/// ascending.
pub(super) fn farthest(matrix: &TiledMatrix, centroids: &Centroids, labels: &[u32], m: usize) -> Vec<(f64, usize)> {
    if m == 0 {
        return Vec::new();
    }
    let mut rows: Vec<(f64, usize)> = distances2(matrix, centroids, labels).into_iter().zip(0..).collect();
    if m < rows.len() {
        rows.select_nth_unstable_by(m, farther);
        rows.truncate(m);
    }
    rows.sort_unstable_by(farther);
    rows
}

/// Whether a row comes before another among the [`farthest`].
pub(super) fn farther(a: &(f64, usize), b: &(f64, usize)) -> Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// Σ of the squared distances of all rows to the centroid they are assigned to.
pub(super) fn inertia(matrix: &TiledMatrix, centroids: &Centroids, labels: &[u32]) -> f64 {
    inertia_of_tiles(&tile_inertias(matrix, centroids, labels))
}

/// The sum of [`tile_inertias`] of all tiles of a matrix.
pub(super) fn inertia_of_tiles(tiles: &[f64]) -> f64 {
    reduce::ordered_sum(tiles.len(), &|t| tiles[t])
}

/// Σ of the squared distances of the rows of each tile to the centroid they are assigned to.
pub(super) fn tile_inertias(matrix: &TiledMatrix, centroids: &Centroids, labels: &[u32]) -> Vec<f64> {
    let (by_feature, level) = (centroids.by_feature(), level());
    labels
        .par_chunks(TILE_ROWS)
        .enumerate()
        .with_min_len(FEW_TILES)
        .map(|(t, labels)| {
            let mut lanes = [0.0; TILE_ROWS];
            level.run(ToOwn { tile: matrix.tile(t).values(), by_feature: &by_feature, labels, out: &mut lanes });
            lanes[..labels.len()].iter().sum()
        })
        .collect()
}

/// D² of the rows of a tile to the centroids of `labels`; lanes without a label hold nothing of use.
struct ToOwn<'a> {
    tile: &'a [f32],
    /// n_features × k.
    by_feature: &'a [f64],
    labels: &'a [u32],
    out: &'a mut Lanes<f64>,
}

impl Kernel for ToOwn<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let mut labels = [0; TILE_ROWS];
        labels[..self.labels.len()].copy_from_slice(self.labels);
        let k = self.by_feature.len() * TILE_ROWS / self.tile.len();
        for lane in (0..TILE_ROWS).step_by(S::LANES) {
            let label = simd.load_u32(&labels[lane..]);
            let mut sum = simd.splat_f64(0.0);
            for (column, centroids) in self.tile.chunks_exact(TILE_ROWS).zip(self.by_feature.chunks_exact(k)) {
                let x = simd.widen(simd.load(&column[lane..]));
                let difference = simd.sub_f64(x, simd.lookup_f64(centroids, label));
                sum = simd.add_f64(sum, simd.mul_f64(difference, difference));
            }
            simd.store_f64(sum, &mut self.out[lane..]);
        }
    }
}
