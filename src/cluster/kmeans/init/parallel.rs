use rand::RngExt;
use rayon::prelude::*;

use super::super::Centroids;
use super::super::assign::labels;
use super::super::tile::squared_distances;
use super::plus_plus;
use crate::matrix::{TILE_ROWS, TiledMatrix, reduce};
use crate::monitor::{Monitor, Stopped};
use crate::random::stream;

const ROUNDS: u64 = 5;

/// Rows that share one random stream.
const STREAM_ROWS: usize = 64 * TILE_ROWS;

/// k-means||: `k` rows of `matrix` to start from; `None` when fewer than k candidates turned up.
///
/// In every round a row at squared distance d² from the candidates so far becomes one with probability
/// min(1, 2k·d²/Σd²). Its random number depends on seed, start, round and row alone.
pub(in crate::cluster::kmeans) fn parallel(
    matrix: &TiledMatrix,
    k: usize,
    seed: u64,
    start: u64,
    monitor: &Monitor,
) -> Result<Option<Vec<usize>>, Stopped> {
    let mut rng = stream(seed, "kmeans.parallel", start);
    let mut candidates = vec![rng.random_range(0..matrix.n_customers() as u64) as usize];
    let mut closest = vec![f64::INFINITY; matrix.n_customers()];
    let mut new = candidates.clone();
    for round in 0..ROUNDS {
        monitor.check()?;
        let total = lower(matrix, &Centroids::from_rows(matrix, &new), &mut closest);
        if total <= 0.0 {
            break;
        }
        let name = format!("kmeans.parallel.start{start}.round{round}");
        let factor = 2.0 * k as f64 / total;
        new = closest
            .par_chunks(STREAM_ROWS)
            .enumerate()
            .flat_map_iter(|(c, closest)| {
                let mut rng = stream(seed, &name, c as u64);
                (c * STREAM_ROWS..).zip(closest).filter(move |(_, d2)| rng.random::<f64>() < factor * **d2)
            })
            .map(|(row, _)| row)
            .collect();
        candidates.extend(&new);
        if new.is_empty() {
            break;
        }
    }
    if candidates.len() < k {
        return Ok(None);
    }
    let weights = nearest_rows(matrix, &Centroids::from_rows(matrix, &candidates));
    let reduced = matrix.select(&candidates).expect("there are candidates");
    let chosen = plus_plus(&reduced, Some(&weights), k, &mut rng, monitor)?;
    Ok(Some(chosen.into_iter().map(|c| candidates[c]).collect()))
}

/// Lowers the distances to the nearest candidate; returns their sum.
fn lower(matrix: &TiledMatrix, new: &Centroids, closest: &mut [f64]) -> f64 {
    let sums: Vec<f64> = closest
        .par_chunks_mut(TILE_ROWS)
        .enumerate()
        .map(|(t, closest)| {
            let tile = matrix.tile(t);
            let mut distances = [0.0; TILE_ROWS];
            for candidate in new.iter() {
                squared_distances(tile.values(), candidate, &mut distances);
                closest.iter_mut().zip(&distances).for_each(|(old, &new)| *old = if new < *old { new } else { *old });
            }
            closest.iter().sum()
        })
        .collect();
    reduce::ordered_sum(sums.len(), &|t| sums[t])
}

/// How many rows are nearest to each candidate.
fn nearest_rows(matrix: &TiledMatrix, candidates: &Centroids) -> Vec<f64> {
    let mut counts = vec![0.0; candidates.k()];
    labels(matrix, candidates).into_iter().for_each(|c| counts[c as usize] += 1.0);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice(n: usize) -> TiledMatrix {
        TiledMatrix::from_rows(&(0..n).map(|i| (i % 97) as f32).collect::<Vec<_>>(), 1).unwrap()
    }

    #[test]
    fn draws_the_same_rows_for_1_2_3_and_8_threads() {
        let matrix = lattice(5000);
        let drawn: Vec<_> = [1, 2, 3, 8]
            .into_iter()
            .map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| parallel(&matrix, 6, 7, 0, &Monitor::silent()).unwrap().unwrap())
            })
            .collect();
        assert!(drawn.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(drawn[0].len(), 6);
    }

    #[test]
    fn too_few_distinct_rows_give_no_start() {
        let matrix = TiledMatrix::from_rows(&[4.0; 700], 1).unwrap();
        assert_eq!(parallel(&matrix, 3, 1, 0, &Monitor::silent()), Ok(None));
    }
}
