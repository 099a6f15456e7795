//! A matrix on its way to those who go over it.

use super::crew::Crew;
use super::engine::Kept;
use super::{WorkerError, Workers};
use crate::cluster::kmeans::Shards;
use crate::config::KMeansPlan;
use crate::matrix::TiledMatrix;
use crate::monitor::Monitor;

/// Gives `workers` the shards of `matrix` for the fits of `plan`; processes of this machine have `threads` altogether.
pub(crate) fn start<'a>(
    workers: &'a Workers,
    matrix: &'a TiledMatrix,
    plan: &KMeansPlan,
    threads: usize,
    monitor: &Monitor,
) -> Result<Box<dyn Shards + 'a>, WorkerError> {
    Ok(match workers.engine() {
        None => Box::new(Crew::start(workers, matrix, threads, monitor)?),
        Some(engine) => {
            let (n, d) = (matrix.n_customers() as u64, matrix.n_features() as u64);
            let (_, shard) = workers.bytes(plan, n, d);
            Box::new(Kept::hand_over(engine, workers.n_shards(n, d), shard, matrix, monitor)?)
        }
    })
}
