use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::WorkerError;
use super::engine::Engine;
use crate::cluster::kmeans::shard_bytes;
use crate::config::Plan;
use crate::limits::{Needs, PROCESS_BYTES, allowed_memory};
use crate::matrix::TILE_ROWS;

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

    /// Bytes of this machine that all of them need for `n` rows with `d` features, and the largest of them; those of an engine need
    /// none.
    pub fn bytes(&self, n: u64, d: u64) -> (u64, u64) {
        if self.engine.is_some() {
            return (0, 0);
        }
        let n_workers = (self.n as u64).min(n.div_ceil(TILE_ROWS as u64)).max(1);
        let each = PROCESS_BYTES + shard_bytes(n.div_ceil(n_workers) + TILE_ROWS as u64, d);
        (n_workers * each, each)
    }

    /// Refuses workers for `n` rows with `d` features that need more memory, beside what this process needs by `estimate`, than
    /// `limits.memory` of `plan` allows.
    ///
    /// # Errors
    /// [`WorkerError::Memory`], with the numbers.
    pub fn check_memory(&self, plan: &Plan, estimate: &Needs, n: u64, d: u64) -> Result<(), WorkerError> {
        let (all, each) = self.bytes(n, d);
        let needed = estimate.memory_bytes + all;
        match allowed_memory(plan) {
            Some(allowed) if needed > allowed => Err(WorkerError::Memory { n_workers: self.n, each, needed, allowed }),
            _ => Ok(()),
        }
    }
}
