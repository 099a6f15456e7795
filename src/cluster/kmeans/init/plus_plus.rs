use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::super::tile::squared_distances;
use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::monitor::{Monitor, Stopped};

/// Greedy k-means++: `k` rows of `matrix` to start from.
///
/// `weights` says how often each row counts; `None` = once. When all rows coincide with drawn ones, the lowest row is
/// drawn again: k beyond the distinct rows gives equal centroids.
pub(in crate::cluster::kmeans) fn plus_plus(
    matrix: &TiledMatrix,
    weights: Option<&[f64]>,
    k: usize,
    rng: &mut impl Rng,
    monitor: &Monitor,
) -> Result<Vec<usize>, Stopped> {
    let n = matrix.n_customers();
    let n_trials = 2 + (k as f64).ln() as usize;
    let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
    let mut potential = Potential { closest: vec![f64::INFINITY; n], tiles: vec![0.0; matrix.n_tiles()] };

    let first = match weights {
        None => rng.random_range(0..n as u64) as usize,
        Some(weights) => weighted_row(weights, rng),
    };
    potential.lower(matrix, first, &weight);
    let mut rows = vec![first];
    while rows.len() < k {
        monitor.check()?;
        let trials: Vec<usize> =
            (0..n_trials).map(|_| potential.row_at(rng.random::<f64>() * potential.total(), &weight)).collect();
        let totals = potential.totals_with(matrix, &trials, &weight);
        // `min_by` keeps the first among equals.
        let best = (0..n_trials).min_by(|&a, &b| totals[a].total_cmp(&totals[b])).expect("there are trials");
        potential.lower(matrix, trials[best], &weight);
        rows.push(trials[best]);
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

/// The squared distance of every row to the nearest drawn row, and its weighted sum per tile.
struct Potential {
    closest: Vec<f64>,
    tiles: Vec<f64>,
}

impl Potential {
    fn total(&self) -> f64 {
        self.tiles.iter().sum()
    }

    /// Row `row` is drawn.
    fn lower(&mut self, matrix: &TiledMatrix, row: usize, weight: &(impl Fn(usize) -> f64 + Sync)) {
        let point = matrix.row(row);
        self.closest.par_chunks_mut(TILE_ROWS).zip(&mut self.tiles).enumerate().for_each(|(t, (closest, sum))| {
            let mut d2 = [0.0; TILE_ROWS];
            squared_distances(&matrix.tile(t), &point, &mut d2);
            closest.iter_mut().zip(d2).for_each(|(old, new)| *old = old.min(new));
            *sum = closest.iter().zip(t * TILE_ROWS..).map(|(d2, i)| d2 * weight(i)).sum();
        });
    }

    /// The total for each of `rows`, were it drawn next.
    fn totals_with(&self, matrix: &TiledMatrix, rows: &[usize], weight: &(impl Fn(usize) -> f64 + Sync)) -> Vec<f64> {
        let points: Vec<Vec<f64>> = rows.iter().map(|&row| matrix.row(row)).collect();
        let per_tile: Vec<Vec<f64>> = self
            .closest
            .par_chunks(TILE_ROWS)
            .enumerate()
            .map(|(t, closest)| {
                let tile = matrix.tile(t);
                let mut d2 = [0.0; TILE_ROWS];
                points
                    .iter()
                    .map(|point| {
                        squared_distances(&tile, point, &mut d2);
                        let rows = closest.iter().zip(&d2).zip(t * TILE_ROWS..);
                        rows.map(|((old, new), i)| old.min(*new) * weight(i)).sum()
                    })
                    .collect()
            })
            .collect();
        (0..rows.len()).map(|r| per_tile.iter().map(|tile| tile[r]).sum()).collect()
    }

    /// The row at which the running sum of the potential passes `target`; the lowest row when there is no potential.
    fn row_at(&self, target: f64, weight: &impl Fn(usize) -> f64) -> usize {
        let mut left = target;
        let mut last = 0;
        for (t, sum) in self.tiles.iter().enumerate() {
            if left >= *sum {
                left -= sum;
                continue;
            }
            for i in t * TILE_ROWS..((t + 1) * TILE_ROWS).min(self.closest.len()) {
                let share = self.closest[i] * weight(i);
                if share > 0.0 {
                    last = i;
                    if left < share {
                        return i;
                    }
                }
                left -= share;
            }
            return last;
        }
        // Rounding carried the target past the last tile: the last row with any potential.
        (0..self.closest.len()).rev().find(|&i| self.closest[i] * weight(i) > 0.0).unwrap_or(0)
    }
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
