use std::ffi::OsString;
use std::time::Duration;

use super::WorkerError;
use crate::cluster::kmeans::shard_bytes;
use crate::config::Plan;
use crate::limits::{Estimate, allowed_memory};
use crate::matrix::TILE_ROWS;

/// What a worker needs before it has a row.
const BASE_BYTES: u64 = 28 << 20;

/// How long a worker may work on one answer before it counts as lost.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// The workers that a run is to have: processes of this machine that speak over their standard input and output.
#[derive(Debug, Clone)]
pub struct Workers {
    pub(super) n: usize,
    pub(super) command: Vec<OsString>,
    pub(super) patience: Duration,
}

impl Workers {
    /// `n` workers, at least one, each started by `command`: a program and its arguments. A table of few customers has fewer, one for
    /// every 64 of them.
    pub fn new(n: usize, command: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Workers { n: n.max(1), command: command.into_iter().map(Into::into).collect(), patience: PATIENCE }
    }

    /// The same workers, lost when they give no answer for `patience` instead of [`PATIENCE`].
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Workers { patience, ..self }
    }

    /// Bytes that all of them need for `n` rows with `d` features, and the largest of them.
    pub fn bytes(&self, n: u64, d: u64) -> (u64, u64) {
        let n_workers = (self.n as u64).min(n.div_ceil(TILE_ROWS as u64)).max(1);
        let each = BASE_BYTES + shard_bytes(n.div_ceil(n_workers) + TILE_ROWS as u64, d);
        (n_workers * each, each)
    }

    /// Refuses workers for `n` rows with `d` features that need more memory, beside what this process needs by `estimate`, than
    /// `limits.memory` of `plan` allows.
    ///
    /// # Errors
    /// [`WorkerError::Memory`], with the numbers.
    pub fn check_memory(&self, plan: &Plan, estimate: &Estimate, n: u64, d: u64) -> Result<(), WorkerError> {
        let (all, each) = self.bytes(n, d);
        let needed = estimate.memory_bytes + all;
        match allowed_memory(plan) {
            Some(allowed) if needed > allowed => Err(WorkerError::Memory { n_workers: self.n, each, needed, allowed }),
            _ => Ok(()),
        }
    }
}
