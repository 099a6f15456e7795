use rand::Rng;

use super::Stability;
use super::resample::{Effort, SAMPLE_ROWS, over_samples};
use crate::cluster::ClusterError;
use crate::cluster::kmeans::KMeansParams;
use crate::config::KMeansPlan;
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;
use crate::random::stream;

/// Starts of every refit, at most.
pub const STARTS: usize = 3;
/// rows · clusters · features of a refit, at most: samples of wide tables, or of many clusters, are smaller.
pub(super) const WORK: usize = SAMPLE_ROWS * 20 * 16;
/// Rows a cluster needs on average.
const ROWS_PER_CLUSTER: usize = 20;

/// The rows from which samples are drawn for k clusters of d features; `None` when they would be too few for k clusters.
///
/// ```
/// use segmint::cluster::stability::kmeans_rows;
/// assert_eq!([kmeans_rows(8, 16), kmeans_rows(40, 32), kmeans_rows(1000, 16)], [Some(20_000), Some(5_000), None]);
/// ```
pub fn kmeans_rows(k: usize, d: usize) -> Option<usize> {
    Some((WORK / (k * d).max(1)).min(SAMPLE_ROWS)).filter(|&rows| rows >= ROWS_PER_CLUSTER * k)
}

/// The stability of every k-means cluster of `matrix`, as carefully as `effort` says: each bootstrap sample is clustered again with the same k, from
/// up to three fresh starts, otherwise as planned. `None` for all when there are too many clusters for the sample
/// ([`kmeans_rows`]).
///
/// Cost: at most 50 fits of 12,700 rows. Deterministic for any number of threads.
///
/// # Errors
/// When the monitor ends the computation.
///
/// ```
/// use segmint::cluster::stability::{Effort, Steadiness, kmeans_stability};
/// use segmint::config::{Auto, KMeansPlan};
/// use segmint::{matrix::TiledMatrix, metrics::Partition, monitor::Monitor};
/// let rows: Vec<f32> = (0..40).map(|i| (i % 2 * 100 + i / 2) as f32).collect();
/// let labels: Vec<i64> = (0..40).map(|i| i % 2).collect();
/// let matrix = TiledMatrix::from_rows(&rows, 1).unwrap();
/// let plan = KMeansPlan { k: Auto::Given(2), ..KMeansPlan::default() };
/// let (partition, monitor) = (Partition::from_signed(&labels), Monitor::silent());
/// let found = kmeans_stability(&matrix, &partition, &plan, Effort::Full, 42, &monitor).unwrap();
/// assert_eq!(found[0].unwrap().verdict, Steadiness::HighlyStable);
/// ```
pub fn kmeans_stability(
    matrix: &TiledMatrix,
    partition: &Partition,
    plan: &KMeansPlan,
    effort: Effort,
    seed: u64,
    monitor: &Monitor,
) -> Result<Vec<Option<Stability>>, ClusterError> {
    let Some(limit) = kmeans_rows(partition.n_clusters(), matrix.n_features()) else {
        return Ok(vec![None; partition.n_clusters()]);
    };
    let quiet = monitor.without_progress();
    let again = |rows: &TiledMatrix, number: u64| {
        let fresh = stream(seed, "stability.kmeans", number).next_u64();
        let k = partition.n_clusters().min(rows.n_customers());
        let params = KMeansParams::from_plan(plan, k, fresh).n_init(plan.few_starts(STARTS)).check()?;
        Ok(params.fit(rows, &quiet)?.partition)
    };
    let draws = (effort.bootstraps(), limit.min(effort.rows()));
    over_samples(matrix, partition, draws, seed, monitor, again)
}
