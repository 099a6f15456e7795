use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::WorkerError;
use super::engine::Engine;
use crate::cluster::kmeans::{answers_bytes, shard_bytes};
use crate::config::{KMeansPlan, Plan};
use crate::limits::{Needs, PROCESS_BYTES, allowed_memory};
use crate::matrix::TILE_ROWS;

/// Bytes of the largest shard that is handed to an engine: what an engine takes in one piece is limited.
const SHARD_BYTES: u64 = 32 << 20;

/// How long a worker may work on one answer before it counts as lost.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// The workers that a run is to have: processes of this machine that speak over their standard input and output, or those of an
/// engine.
#[derive(Debug, Clone)]
pub struct Workers {
    pub(super) n: usize,
    pub(super) command: Vec<OsString>,
    pub(super) patience: Duration,
    /// Who has them; `None` = this machine.
    engine: Option<Carrier>,
}

#[derive(Clone)]
struct Carrier(Arc<dyn Engine>);

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

impl Workers {
    /// `n` workers, at least one, each started by `command`: a program and its arguments. A table of few customers has fewer, one for
    /// every 64 of them.
    pub fn new(n: usize, command: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let command = command.into_iter().map(Into::into).collect();
        Workers { n: n.max(1), command, patience: PATIENCE, engine: None }
    }

    /// Those of `engine`, for `n` shards, at least one; more where a shard would be larger than 32 MiB. How long to wait for an answer is
    /// for the engine to say.
    pub fn of_engine(engine: Arc<dyn Engine>, n: usize) -> Self {
        Workers { n: n.max(1), command: Vec::new(), patience: PATIENCE, engine: Some(Carrier(engine)) }
    }

    /// Who has them; `None` = this machine.
    pub(super) fn engine(&self) -> Option<&dyn Engine> {
        self.engine.as_ref().map(|Carrier(engine)| engine.as_ref())
    }

    /// The same workers, lost when they give no answer for `patience` instead of [`PATIENCE`].
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Workers { patience, ..self }
    }

    /// Bytes of this machine that all of them need for `n` rows with `d` features, with their answers while they are read, and those of
    /// the largest shard, wherever it is; of those of an engine the answers alone are here.
    pub fn bytes(&self, plan: &KMeansPlan, n: u64, d: u64) -> (u64, u64) {
        let answers = answers_bytes(plan, n);
        let n_shards = self.n_shards(n, d) as u64;
        let shard = shard_bytes(plan, n, d, n.div_ceil(n_shards) + TILE_ROWS as u64);
        match &self.engine {
            Some(_) => (answers, shard),
            None => (n_shards * (PROCESS_BYTES + shard) + answers, PROCESS_BYTES + shard),
        }
    }

    /// How many shards `n` rows with `d` features are cut into.
    pub(super) fn n_shards(&self, n: u64, d: u64) -> usize {
        let wanted = match &self.engine {
            Some(_) => (self.n as u64).max((4 * n * d).div_ceil(SHARD_BYTES)),
            None => self.n as u64,
        };
        wanted.min(n.div_ceil(TILE_ROWS as u64)).max(1) as usize
    }

    /// Refuses workers for `n` rows with `d` features that need more memory, beside what this process needs by `estimate`, than
    /// `limits.memory` of `plan` allows.
    ///
    /// # Errors
    /// [`WorkerError::Memory`], with the numbers.
    pub fn check_memory(&self, plan: &Plan, estimate: &Needs, n: u64, d: u64) -> Result<(), WorkerError> {
        let (all, each) = self.bytes(&plan.cluster.kmeans, n, d);
        let needed = estimate.memory_bytes + all;
        match allowed_memory(plan) {
            Some(allowed) if needed > allowed => Err(WorkerError::Memory { n_workers: self.n, each, needed, allowed }),
            _ => Ok(()),
        }
    }
}
