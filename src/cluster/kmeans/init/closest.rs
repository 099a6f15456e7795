use rayon::prelude::*;

use super::super::Centroids;
use super::super::tile::{FEW_TILES, Lanes, SquaredDistances};
use crate::matrix::simd::{Kernel, Simd, level};
use crate::matrix::{TILE_ROWS, TiledMatrix};

/// The squared distance of every row to the nearest of the points that were drawn so far.
pub(in crate::cluster::kmeans) struct Closest {
    /// Per lane of every tile; 0 for padding.
    distances2: Vec<f64>,
    n_customers: usize,
    /// The values of the points that are in them.
    drawn: Vec<f64>,
}

impl Closest {
    /// For the rows of `matrix`, when no point was drawn.
    pub(in crate::cluster::kmeans) fn of(matrix: &TiledMatrix) -> Self {
        let mut closest = Closest {
            distances2: vec![0.0; matrix.n_tiles() * TILE_ROWS],
            n_customers: matrix.n_customers(),
            drawn: Vec::new(),
        };
        closest.forget();
        closest
    }

    fn forget(&mut self) {
        self.distances2[..self.n_customers].fill(f64::INFINITY);
        self.drawn.clear();
    }

    /// The distances, of every lane of every tile.
    pub(in crate::cluster::kmeans) fn distances2(&self) -> &[f64] {
        &self.distances2
    }

    /// Brings in those of the points `drawn` that are not in yet, and sums the distances of every tile: without `trials` as they
    /// are, with them once for each, as if it were drawn too, times `weights` (one a lane).
    ///
    /// Both at once, so that drawing a row takes one pass over the matrix.
    pub(in crate::cluster::kmeans) fn sums(
        &mut self,
        matrix: &TiledMatrix,
        weights: Option<&[f64]>,
        drawn: &Centroids,
        trials: Option<&Centroids>,
    ) -> Vec<f64> {
        if !drawn.values().starts_with(&self.drawn) {
            self.forget();
        }
        let new = Centroids::new(drawn.values()[self.drawn.len()..].to_vec(), drawn.n_features());
        self.drawn = drawn.values().to_vec();
        let n_sums = trials.map_or(1, Centroids::k);
        let mut per_tile = vec![0.0; matrix.n_tiles() * n_sums];
        let tiles = self.distances2.par_chunks_mut(TILE_ROWS).zip(per_tile.par_chunks_mut(n_sums)).enumerate();
        let level = level();
        tiles.with_min_len(FEW_TILES).for_each(|(t, (closest, sums))| {
            let tile = matrix.tile(t).values();
            new.iter().flat_map(Centroids::iter).for_each(|point| level.run(Lower { tile, point, closest }));
            match trials {
                None => sums[0] = closest.iter().sum(),
                Some(trials) => {
                    let weights = weights.map(|weights| &weights[t * TILE_ROWS..][..TILE_ROWS]);
                    let with = |trial| level.run(PotentialWith { tile, trial, closest, weights });
                    trials.iter().zip(sums).for_each(|(trial, sum)| *sum = with(trial));
                }
            }
        });
        per_tile
    }
}

/// Lowers the distances of the lanes of a tile to those to `point`, where it is nearer.
pub(super) struct Lower<'a> {
    pub(super) tile: &'a [f32],
    pub(super) point: &'a [f64],
    pub(super) closest: &'a mut [f64],
}

impl Kernel for Lower<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let mut distances = [0.0; TILE_ROWS];
        SquaredDistances { tile: self.tile, point: self.point, out: &mut distances }.run(simd);
        self.closest.iter_mut().zip(&distances).for_each(|(old, &new)| *old = if new < *old { new } else { *old });
    }
}

/// What the potential of a tile is when `trial` is drawn.
struct PotentialWith<'a> {
    tile: &'a [f32],
    trial: &'a [f64],
    closest: &'a [f64],
    weights: Option<&'a [f64]>,
}

impl Kernel for PotentialWith<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f64 {
        let mut distances = [0.0; TILE_ROWS];
        SquaredDistances { tile: self.tile, point: self.trial, out: &mut distances }.run(simd);
        distances.iter_mut().zip(self.closest).for_each(|(new, &old)| *new = if old < *new { old } else { *new });
        if let Some(weights) = self.weights {
            distances.iter_mut().zip(weights).for_each(|(distance, weight)| *distance *= weight);
        }
        lane_sum(&distances)
    }
}

/// The sum of a tile's lanes, always in the same order: four runs of sixteen side by side, then across.
#[inline(always)]
fn lane_sum(lanes: &Lanes<f64>) -> f64 {
    const WIDTH: usize = 16;
    let mut sums = [0.0; WIDTH];
    for run in lanes.chunks_exact(WIDTH) {
        sums.iter_mut().zip(run).for_each(|(sum, x)| *sum += x);
    }
    sums.iter().sum()
}
