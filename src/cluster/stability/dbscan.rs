use super::Stability;
use super::resample::{BOOTSTRAPS, over_samples};
use crate::cluster::ClusterError;
use crate::cluster::dbscan::{BlockTree, DbscanParams, kth_distances};
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;

/// The fewest neighbours that still mean something, unless the plan asks for fewer.
const FEWEST: usize = 5;

/// Rows of samples of few features.
pub(super) const MOST_ROWS: f64 = 5_000.0;

/// The rows from which samples of d features are drawn: neighbourhoods cost more than centroids, and the more the wider
/// the rows are. 5,000 to 16 features.
fn dbscan_rows(d: usize) -> usize {
    (MOST_ROWS * (20.0 / (d as f64 + 4.0)).sqrt().min(1.0)) as usize
}

/// The stability of every DBSCAN cluster of `matrix`, of which the share `core_share` of the `n_fitted` rows was core with
/// `min_samples` neighbours.
///
/// A sample is sparser than the table, so it is not clustered with the same eps and min_samples but at the same level:
/// min_samples shrinks with the rows (never below 5, or the given number if that is smaller), and eps is the radius at
/// which the same share of the rows is core. Samples are drawn from 5,000 rows at most, from fewer of more than 16
/// features.
///
/// Cost: 50 fits of at most 3,200 rows. Deterministic for any number of threads.
///
/// # Errors
/// When the monitor ends the computation.
pub fn dbscan_stability(
    matrix: &TiledMatrix,
    partition: &Partition,
    min_samples: usize,
    core_share: f64,
    n_fitted: usize,
    seed: u64,
    monitor: &Monitor,
) -> Result<Vec<Option<Stability>>, ClusterError> {
    let quiet = monitor.without_progress();
    let again = |rows: &TiledMatrix, _: u64| dbscan_at_level(rows, min_samples, core_share, n_fitted, &quiet);
    let draws = (BOOTSTRAPS, dbscan_rows(matrix.n_features()));
    over_samples(matrix, partition, draws, seed, monitor, again)
}

/// The clusters of fewer rows at the level of a fit of `n_fitted` rows, of which `core_share` was core with `min_samples`.
pub(in crate::cluster) fn dbscan_at_level(
    rows: &TiledMatrix,
    min_samples: usize,
    core_share: f64,
    n_fitted: usize,
    monitor: &Monitor,
) -> Result<Partition, ClusterError> {
    let n = rows.n_customers();
    let scaled = (min_samples as f64 * n as f64 / n_fitted as f64).round() as usize;
    let neighbours = scaled.max(FEWEST).min(min_samples).min(n);
    let tree = BlockTree::over(rows, |i| i, n);
    let all: Vec<u32> = (0..n as u32).collect();
    let [mut distances] = kth_distances(&tree, &all, [neighbours], monitor)?;
    drop(tree);
    distances.sort_unstable_by(f64::total_cmp);
    let n_core = ((core_share * n as f64).round() as usize).clamp(1, n);
    // Equal rows have distance 0, which is no radius.
    let eps = distances[n_core - 1..].iter().copied().find(|&distance| distance > 0.0);
    Ok(DbscanParams::new(eps.unwrap_or(1.0), neighbours).check()?.fit(rows, monitor)?.partition)
}
