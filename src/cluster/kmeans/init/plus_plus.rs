use rand::{Rng, RngExt};

use super::super::Centroids;
use super::super::rows::Rows;
use super::super::share::Share;
use super::super::tile::Lanes;
use super::closest::{Closest, Lower};
use crate::cluster::ClusterError;
use crate::matrix::simd::level;
use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::monitor::Monitor;

/// What rows are drawn from.
#[derive(Clone, Copy)]
pub(in crate::cluster::kmeans) struct Urn<'a> {
    matrix: &'a TiledMatrix,
    /// How often each row counts; `None` = once. Only where this process goes over them.
    weights: Option<&'a [f64]>,
    /// The share in the passes of those who have them; `None` = this process goes over them.
    share: Option<&'a Share<'a>>,
}

impl<'a> Urn<'a> {
    /// Of the rows of `matrix`, by this process.
    pub(in crate::cluster::kmeans) fn here(matrix: &'a TiledMatrix, weights: Option<&'a [f64]>) -> Self {
        Urn { matrix, weights, share: None }
    }

    /// Of `rows` that count once.
    pub(in crate::cluster::kmeans) fn of(rows: &Rows<'a>) -> Self {
        Urn { matrix: rows.matrix, weights: None, share: rows.share }
    }
}

/// Greedy k-means++: `k` rows to start from.
///
/// When all rows coincide with drawn ones, the lowest row is drawn again: k beyond the distinct rows gives equal centroids. Cost:
/// one pass over the rows per drawn row.
pub(in crate::cluster::kmeans) fn plus_plus(
    from: &Urn<'_>,
    k: usize,
    rng: &mut impl Rng,
    monitor: &Monitor,
) -> Result<Vec<usize>, ClusterError> {
    let n_trials = 2 + (k as f64).ln() as usize;
    let first = match from.weights {
        None => rng.random_range(0..from.matrix.n_customers() as u64) as usize,
        Some(weights) => weighted_row(weights, rng),
    };
    let mut potential = Potential::after(*from, first)?;
    while potential.rows.len() < k {
        monitor.check()?;
        let total = potential.total();
        let trials: Vec<usize> = (0..n_trials).map(|_| potential.row_at(rng.random::<f64>() * total)).collect();
        potential.draw_best(&trials)?;
    }
    Ok(potential.rows)
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
    distances: Distances<'a>,
    /// The rows that were drawn.
    rows: Vec<usize>,
    tiles: Vec<f64>,
}

/// Who knows how far the rows are from those that were drawn.
enum Distances<'a> {
    Here(Closest),
    InShards(&'a Share<'a>),
}

impl<'a> Potential<'a> {
    /// The potential when row `first` was drawn.
    fn after(from: Urn<'a>, first: usize) -> Result<Self, ClusterError> {
        let padded =
            |weights: &[f64]| [weights, &vec![0.0; from.matrix.n_tiles() * TILE_ROWS - weights.len()]].concat();
        let Urn { matrix, weights, share } = from;
        let distances = share.map_or_else(|| Distances::Here(Closest::of(matrix)), Distances::InShards);
        let weights = weights.map(padded);
        let mut potential = Potential { matrix, weights, distances, rows: vec![first], tiles: Vec::new() };
        potential.tiles = potential.pass(&[first])?;
        Ok(potential)
    }

    fn total(&self) -> f64 {
        self.tiles.iter().sum()
    }

    /// Draws that of `rows` which leaves the lowest total, the first among equals.
    fn draw_best(&mut self, rows: &[usize]) -> Result<(), ClusterError> {
        let per_tile = self.pass(rows)?;
        let of = |trial: usize| per_tile.iter().skip(trial).step_by(rows.len());
        let totals: Vec<f64> = (0..rows.len()).map(|trial| of(trial).sum()).collect();
        let best = (0..rows.len()).min_by(|&a, &b| totals[a].total_cmp(&totals[b])).expect("there are trials");
        self.tiles = of(best).copied().collect();
        self.rows.push(rows[best]);
        Ok(())
    }

    /// Brings in the row drawn last, and sums what the potential of every tile would be with each of the rows `trials`.
    fn pass(&mut self, trials: &[usize]) -> Result<Vec<f64>, ClusterError> {
        let matrix = self.matrix;
        let (drawn, trials) = (Centroids::from_rows(matrix, &self.rows), Centroids::from_rows(matrix, trials));
        match &mut self.distances {
            Distances::Here(closest) => Ok(closest.sums(matrix, self.weights.as_deref(), &drawn, Some(&trials))),
            Distances::InShards(share) => share.potential(matrix, drawn, Some(trials)),
        }
    }

    /// The row at which the running sum of the potential passes `target`; the lowest row when there is no potential.
    fn row_at(&self, target: f64) -> usize {
        let mut left = target;
        for (t, sum) in self.tiles.iter().enumerate() {
            if left >= *sum {
                left -= sum;
                continue;
            }
            let mut last = 0;
            for (lane, &share) in self.shares(t).iter().enumerate().filter(|(_, share)| **share > 0.0) {
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
        t * TILE_ROWS + self.shares(t).iter().rposition(|&share| share > 0.0).unwrap_or(0)
    }

    /// What every row of tile `t` contributes.
    fn shares(&self, t: usize) -> Lanes<f64> {
        let (matrix, first) = (self.matrix, t * TILE_ROWS);
        let tile = matrix.tile(t);
        let mut shares = [0.0; TILE_ROWS];
        let missing = match &self.distances {
            Distances::Here(closest) => {
                shares.copy_from_slice(&closest.distances2()[first..][..TILE_ROWS]);
                &self.rows[self.rows.len() - 1..]
            }
            Distances::InShards(_) => {
                shares[..tile.n_rows()].fill(f64::INFINITY);
                &self.rows[..]
            }
        };
        let mut lower = |point: &[f64]| level().run(Lower { tile: tile.values(), point, closest: &mut shares });
        missing.iter().for_each(|&row| lower(&matrix.row(row)));
        if let Some(weights) = &self.weights {
            shares.iter_mut().zip(&weights[first..]).for_each(|(share, weight)| *share *= weight);
        }
        shares
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
            let rows = plus_plus(&Urn::here(&matrix, None), 6, &mut rng, &Monitor::silent()).unwrap();
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
            let rows =
                plus_plus(&Urn::here(&matrix, Some(&[1.0, 0.0, 2.0, 1.0])), 3, &mut rng, &Monitor::silent()).unwrap();
            assert!(!rows.contains(&1), "{rows:?}");
        }
    }
}
