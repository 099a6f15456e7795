use rand::RngExt;

use super::super::Centroids;
use super::super::assign::labels;
use super::super::rows::Rows;
use super::super::shard::{ShardFound, ShardTask, unasked};
use super::super::share::Share;
use super::closest::Closest;
use super::draw::Draw;
use super::{Urn, plus_plus};
use crate::cluster::ClusterError;
use crate::matrix::{TiledMatrix, reduce};
use crate::monitor::Monitor;
use crate::random::stream;

const ROUNDS: u64 = 5;

/// k-means||: `k` of the rows to start from; `None` when fewer than k candidates turned up.
///
/// In every round a row at squared distance d² from the candidates so far becomes one with probability
/// min(1, 2k·d²/Σd²). Its random number depends on seed, start, round and row alone.
pub(in crate::cluster::kmeans) fn parallel(
    rows: &Rows<'_>,
    k: usize,
    seed: u64,
    start: u64,
    monitor: &Monitor,
) -> Result<Option<Vec<usize>>, ClusterError> {
    let matrix = rows.matrix;
    let mut rng = stream(seed, "kmeans.parallel", start);
    let mut candidates = vec![rng.random_range(0..matrix.n_customers() as u64) as usize];
    let mut rounds = Rounds::of(rows);
    for round in 0..ROUNDS {
        monitor.check()?;
        let drawn = Centroids::from_rows(matrix, &candidates);
        let total = rounds.total(&drawn)?;
        if total <= 0.0 {
            break;
        }
        let name = format!("kmeans.parallel.start{start}.round{round}");
        let new = rounds.drawn(drawn, Draw { seed, name, factor: 2.0 * k as f64 / total })?;
        if new.is_empty() {
            break;
        }
        candidates.extend(new);
    }
    if candidates.len() < k {
        return Ok(None);
    }
    let weights = nearest_rows(rows, &Centroids::from_rows(matrix, &candidates))?;
    let reduced = matrix.select(&candidates).expect("there are candidates");
    let chosen = plus_plus(&Urn::here(&reduced, Some(&weights)), k, &mut rng, monitor)?;
    Ok(Some(chosen.into_iter().map(|c| candidates[c]).collect()))
}

/// The rounds of k-means||: here, or by those who have the rows.
enum Rounds<'a> {
    Here(&'a TiledMatrix, Closest),
    InShards(&'a TiledMatrix, &'a Share<'a>),
}

impl<'a> Rounds<'a> {
    fn of(rows: &Rows<'a>) -> Self {
        match rows.share {
            Some(share) => Rounds::InShards(rows.matrix, share),
            None => Rounds::Here(rows.matrix, Closest::of(rows.matrix)),
        }
    }

    /// The sum of the squared distances of all rows to the nearest of the points `drawn`.
    fn total(&mut self, drawn: &Centroids) -> Result<f64, ClusterError> {
        let tiles = match self {
            Rounds::Here(matrix, closest) => closest.sums(matrix, None, drawn, None),
            Rounds::InShards(matrix, share) => share.potential(matrix, drawn.clone(), None)?,
        };
        Ok(reduce::ordered_sum(tiles.len(), &|t| tiles[t]))
    }

    /// The rows that are drawn by their distances to `drawn`, of which the [`total`](Rounds::total) was asked before.
    fn drawn(&self, drawn: Centroids, draw: Draw) -> Result<Vec<usize>, ClusterError> {
        match self {
            Rounds::Here(matrix, closest) => Ok(draw.rows(&closest.distances2()[..matrix.n_customers()], 0)),
            Rounds::InShards(_, share) => {
                let mut all = Vec::new();
                for answer in share.ask(ShardTask::Draw { drawn, draw })? {
                    let ShardFound::Rows(rows) = &answer.found else { return Err(unasked()) };
                    all.extend(rows);
                }
                Ok(all)
            }
        }
    }
}

/// How many rows are nearest to each candidate.
fn nearest_rows(rows: &Rows<'_>, candidates: &Centroids) -> Result<Vec<f64>, ClusterError> {
    if let Some(share) = rows.share {
        return Ok(share.sums(candidates)?.counts().map(|count| count as f64).collect());
    }
    let mut counts = vec![0.0; candidates.k()];
    labels(rows.matrix, candidates).into_iter().for_each(|c| counts[c as usize] += 1.0);
    Ok(counts)
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
                pool.install(|| parallel(&Rows::of(&matrix), 6, 7, 0, &Monitor::silent()).unwrap().unwrap())
            })
            .collect();
        assert!(drawn.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(drawn[0].len(), 6);
    }

    #[test]
    fn too_few_distinct_rows_give_no_start() {
        let matrix = TiledMatrix::from_rows(&[4.0; 700], 1).unwrap();
        assert_eq!(parallel(&Rows::of(&matrix), 3, 1, 0, &Monitor::silent()), Ok(None));
    }
}
