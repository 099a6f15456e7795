//! The threads of a plan.

use super::PipelineError;
use crate::config::Plan;

/// Does `work` on the threads of the plan.
pub(super) fn in_pool<T: Send>(
    plan: &Plan,
    work: impl FnOnce() -> Result<T, PipelineError> + Send,
) -> Result<T, PipelineError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.cluster.threads)
        .build()
        .map_err(|error| PipelineError::Threads { wanted: plan.cluster.threads, message: error.to_string() })?;
    pool.install(work)
}
