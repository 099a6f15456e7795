use rand::RngExt;
use rayon::prelude::*;

use super::{Match, Stability, Steadiness, best_matches};
use crate::cluster::ClusterError;
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;
use crate::random::{sample_rows, stream};

/// Bootstrap samples behind a stability.
pub const BOOTSTRAPS: usize = 50;
/// Rows they are drawn from, at most: a fixed sample of a larger table.
pub const SAMPLE_ROWS: usize = 20_000;

/// How much work a stability is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// [`BOOTSTRAPS`] samples from at most [`SAMPLE_ROWS`] rows: what is reported and what a gate compares.
    Full,
    /// 20 samples from at most 5,000 rows: enough to hold neighbouring k against each other.
    Screening,
}

impl Effort {
    /// Bootstrap samples.
    pub fn bootstraps(self) -> usize {
        match self {
            Effort::Full => BOOTSTRAPS,
            Effort::Screening => 20,
        }
    }

    /// Rows they are drawn from, at most.
    pub fn rows(self) -> usize {
        match self {
            Effort::Full => SAMPLE_ROWS,
            Effort::Screening => 5_000,
        }
    }
}

/// The stability of every cluster of `partition`, whose rows are those of `matrix`; `None` where no sample has a member.
///
/// From at most `limit` rows, `bootstraps` times as many rows are drawn with replacement; a row drawn twice counts
/// once, so a sample holds about 63 % of them. `again` clusters a sample, of which it is given the rows and the number
/// (for random streams).
pub(super) fn over_samples(
    matrix: &TiledMatrix,
    partition: &Partition,
    (bootstraps, limit): (usize, usize),
    seed: u64,
    monitor: &Monitor,
    again: impl Fn(&TiledMatrix, u64) -> Result<Partition, ClusterError> + Sync,
) -> Result<Vec<Option<Stability>>, ClusterError> {
    let rows = sample_rows(matrix.n_customers(), limit, seed, "stability.rows");
    let rows: Vec<usize> = rows.into_iter().map(|row| row as usize).collect();
    // Draws are taken from a copy that fits the cache: rows of a large table are far apart.
    let sample = matrix.select(&rows).expect("a table has rows");
    let task = monitor.task("stability", bootstraps as u64);
    let of_sample = |number: usize| -> Result<Vec<Option<f64>>, ClusterError> {
        monitor.check()?;
        let drawn = distinct_draws(rows.len(), seed, number as u64);
        let found = again(&sample.select(&drawn).expect("a draw has a row"), number as u64)?;
        let labels = drawn.iter().map(|&i| partition.labels()[rows[i]]).collect();
        let before = Partition::new(labels, partition.n_clusters());
        task.advance(1);
        Ok(similarities(&before, &found))
    };
    let samples = (0..bootstraps).into_par_iter().map(of_sample).collect::<Result<Vec<_>, _>>()?;
    let of_cluster = |cluster: usize| {
        let seen: Vec<f64> = samples.iter().filter_map(|sample| sample[cluster]).collect();
        let n = seen.len() as f64;
        let jaccard = seen.iter().sum::<f64>() / n;
        let squares: f64 = seen.iter().map(|similarity| (similarity - jaccard).powi(2)).sum();
        (!seen.is_empty()).then(|| Stability {
            jaccard,
            standard_error: (squares / (n - 1.0).max(1.0) / n).sqrt(),
            verdict: Steadiness::of(jaccard),
            n_bootstraps: seen.len(),
            n_rows: rows.len(),
        })
    };
    Ok((0..partition.n_clusters()).map(of_cluster).collect())
}

/// How much each cluster of `before` is like the cluster of `found` most like it; `None` where it has no members.
fn similarities(before: &Partition, found: &Partition) -> Vec<Option<f64>> {
    let of_cluster = |(found, size): (Option<Match>, usize)| {
        let jaccard = found.map_or(0.0, |found| found.jaccard);
        (size > 0).then_some(jaccard)
    };
    best_matches(before, found).into_iter().zip(before.sizes()).map(of_cluster).collect()
}

/// The places among `n` that as many draws with replacement hit, ascending, each once.
fn distinct_draws(n: usize, seed: u64, number: u64) -> Vec<usize> {
    let mut numbers = stream(seed, "stability.draw", number);
    let mut drawn = vec![false; n];
    (0..n).for_each(|_| drawn[numbers.random_range(0..n as u64) as usize] = true);
    (0..n).filter(|&place| drawn[place]).collect()
}
