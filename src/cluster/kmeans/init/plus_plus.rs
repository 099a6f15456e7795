use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::super::tile::{Lanes, squared_distances};
use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::monitor::{Monitor, Stopped};

/// Tiles that one thread takes at a time, at least.
const FEW_TILES: usize = 16;

/// Greedy k-means++: `k` rows of `matrix` to start from.
///
/// `weights` says how often each row counts; `None` = once. When all rows coincide with drawn ones, the lowest row is
/// drawn again: k beyond the distinct rows gives equal centroids. Cost: one pass over the rows per drawn row.
pub(in crate::cluster::kmeans) fn plus_plus(
    matrix: &TiledMatrix,
    weights: Option<&[f64]>,
    k: usize,
    rng: &mut impl Rng,
    monitor: &Monitor,
) -> Result<Vec<usize>, Stopped> {
    let n_trials = 2 + (k as f64).ln() as usize;
    let first = match weights {
        None => rng.random_range(0..matrix.n_customers() as u64) as usize,
        Some(weights) => weighted_row(weights, rng),
    };
    let mut potential = Potential::after(matrix, weights, first);
    let mut rows = vec![first];
    while rows.len() < k {
        monitor.check()?;
        let total = potential.total();
        let trials: Vec<usize> = (0..n_trials).map(|_| potential.row_at(rng.random::<f64>() * total)).collect();
        rows.push(potential.draw_best(&trials));
    }
    Ok(rows)
}

fn weighted_row(weights: &[f64], rng: &mut impl Rng) -> usize {
    let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
    weights
        .iter()
        .position(|w| {
            left -= w;
            left < 0.0
        })
        .unwrap_or(0)
}

/// The squared distance of every row to the nearest drawn row, times its weight, and the sum per tile.
///
/// Distances to the row drawn last are not yet in `closest`: the next pass brings them in while it looks at the trials,
/// so that drawing a row takes one pass.
struct Potential<'a> {
    matrix: &'a TiledMatrix,
    /// One weight per lane of every tile, 0 for padding; `None` = 1 for every row.
    weights: Option<Vec<f64>>,
    /// Per lane of every tile; 0 for padding.
    closest: Vec<f64>,
    last: Vec<f64>,
    tiles: Vec<f64>,
}

impl<'a> Potential<'a> {
    /// The potential when row `first` was drawn.
    fn after(matrix: &'a TiledMatrix, weights: Option<&[f64]>, first: usize) -> Self {
        let padded = |value: &[f64]| [value, &vec![0.0; matrix.n_tiles() * TILE_ROWS - value.len()]].concat();
        let closest = padded(&vec![f64::INFINITY; matrix.n_customers()]);
        let (tiles, last) = (vec![0.0; matrix.n_tiles()], matrix.row(first));
        let mut potential = Potential { matrix, weights: weights.map(padded), closest, last, tiles };
        let per_tile = potential.pass(&[potential.last.clone()]);
        potential.tiles = per_tile;
        potential
    }

    fn total(&self) -> f64 {
        self.tiles.iter().sum()
    }

    /// Draws that of `rows` which leaves the lowest total, the first among equals.
    fn draw_best(&mut self, rows: &[usize]) -> usize {
        let mut trials: Vec<Vec<f64>> = rows.iter().map(|&row| self.matrix.row(row)).collect();
        let per_tile = self.pass(&trials);
        let of = |trial: usize| per_tile.iter().skip(trial).step_by(rows.len());
        let totals: Vec<f64> = (0..rows.len()).map(|trial| of(trial).sum()).collect();
        let best = (0..rows.len()).min_by(|&a, &b| totals[a].total_cmp(&totals[b])).expect("there are trials");
        self.tiles = of(best).copied().collect();
        self.last = trials.swap_remove(best);
        rows[best]
    }

    /// Brings in the row drawn last, and sums what the potential of every tile would be with each of `trials`.
    fn pass(&mut self, trials: &[Vec<f64>]) -> Vec<f64> {
        let Potential { matrix, weights, closest, last, .. } = self;
        let mut per_tile = vec![0.0; matrix.n_tiles() * trials.len()];
        closest
            .par_chunks_mut(TILE_ROWS)
            .zip(per_tile.par_chunks_mut(trials.len()))
            .enumerate()
            .with_min_len(FEW_TILES)
            .for_each(|(t, (closest, sums))| {
                let tile = matrix.tile(t);
                let weights = weights.as_ref().map(|weights| &weights[t * TILE_ROWS..][..TILE_ROWS]);
                let mut distances = [0.0; TILE_ROWS];
                squared_distances(tile.values(), last, &mut distances);
                closest.iter_mut().zip(&distances).for_each(|(old, &new)| *old = if new < *old { new } else { *old });
                for (trial, sum) in trials.iter().zip(sums) {
                    squared_distances(tile.values(), trial, &mut distances);
                    distances
                        .iter_mut()
                        .zip(&*closest)
                        .for_each(|(new, &old)| *new = if old < *new { old } else { *new });
                    if let Some(weights) = weights {
                        distances.iter_mut().zip(weights).for_each(|(distance, weight)| *distance *= weight);
                    }
                    *sum = lane_sum(&distances);
                }
            });
        per_tile
    }

    /// The row at which the running sum of the potential passes `target`; the lowest row when there is no potential.
    fn row_at(&self, target: f64) -> usize {
        let mut left = target;
        let mut lanes = [0.0; TILE_ROWS];
        for (t, sum) in self.tiles.iter().enumerate() {
            if left >= *sum {
                left -= sum;
                continue;
            }
            self.shares(t, &mut lanes);
            let mut last = 0;
            for (lane, &share) in lanes.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                last = lane;
                if left < share {
                    break;
                }
                left -= share;
            }
            return t * TILE_ROWS + last;
        }
        // Rounding carried the target past the last tile: the last row with any potential.
        let Some(t) = self.tiles.iter().rposition(|&sum| sum > 0.0) else { return 0 };
        self.shares(t, &mut lanes);
        t * TILE_ROWS + lanes.iter().rposition(|&share| share > 0.0).unwrap_or(0)
    }

    /// What every row of tile `t` contributes.
    fn shares(&self, t: usize, lanes: &mut Lanes<f64>) {
        squared_distances(self.matrix.tile(t).values(), &self.last, lanes);
        let first = t * TILE_ROWS;
        for (i, share) in lanes.iter_mut().enumerate() {
            let weight = self.weights.as_ref().map_or(1.0, |weights| weights[first + i]);
            *share = share.min(self.closest[first + i]) * weight;
        }
    }
}

/// The sum of a tile's lanes, always in the same order: four runs of sixteen side by side, then across.
fn lane_sum(lanes: &Lanes<f64>) -> f64 {
    const WIDTH: usize = 16;
    let mut sums = [0.0; WIDTH];
    for run in lanes.chunks_exact(WIDTH) {
        sums.iter_mut().zip(run).for_each(|(sum, x)| *sum += x);
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn every_distinct_row_is_drawn_before_one_is_drawn_twice() {
        let matrix = TiledMatrix::from_rows(&[0.0, 0.0, 3.0, 3.0, 3.0, 1e-3, 50.0], 1).unwrap();
        for seed in 0..50 {
            let mut rng = stream(seed, "test", 0);
            let rows = plus_plus(&matrix, None, 6, &mut rng, &Monitor::silent()).unwrap();
            let mut values: Vec<f32> = rows[..4].iter().map(|&i| matrix.get(i, 0)).collect();
            values.sort_by(f32::total_cmp);
            assert_eq!(values, [0.0, 1e-3, 3.0, 50.0]);
            assert_eq!(rows[4..], [0, 0]);
        }
    }

    #[test]
    fn rows_without_weight_are_never_drawn() {
        let matrix = TiledMatrix::from_rows(&[0.0, 100.0, 1.0, 2.0], 1).unwrap();
        for seed in 0..50 {
            let mut rng = stream(seed, "test", 0);
            let rows = plus_plus(&matrix, Some(&[1.0, 0.0, 2.0, 1.0]), 3, &mut rng, &Monitor::silent()).unwrap();
            assert!(!rows.contains(&1), "{rows:?}");
        }
    }
}
