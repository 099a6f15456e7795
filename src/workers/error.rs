use std::io;

use crate::cluster::ClusterError;
use crate::failure::{Category, Failure};
use crate::limits::{readable_bytes, readable_seconds};
use crate::monitor::Stopped;

/// Why workers could not do their part.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The program of a worker did not start.
    #[error("cannot start a worker ({command}): {source}")]
    Start {
        /// The command.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// A worker of another version, whose bits may differ.
    #[error("a worker of segmint {found} answered, and this is {}", env!("CARGO_PKG_VERSION"))]
    OtherVersion {
        /// What the worker says it is.
        found: String,
    },
    /// What answered does not speak as workers do.
    #[error("worker {shard} does not speak as workers do: {reason}")]
    NotAWorker {
        /// Its number, from 1.
        shard: usize,
        /// What is wrong.
        reason: String,
    },
    /// A worker was lost again and again.
    #[error("worker {shard} was lost {times} times, at last because {reason}")]
    Lost {
        /// Its number, from 1.
        shard: usize,
        /// How often.
        times: usize,
        /// Why, the last time.
        reason: String,
    },
    /// An engine of many machines that could not make its workers answer.
    #[error("the engine that has the workers failed: {reason}")]
    Engine {
        /// What it says.
        reason: String,
    },
    /// Two answers to one question.
    #[error("worker {shard} answered twice, and the answers differ")]
    TwoAnswers {
        /// Its number, from 1.
        shard: usize,
    },
    /// Workers that would need more memory than there may be.
    #[error(
        "refused: {n_workers} workers would need {} each, with this process {} in all; limits.memory allows {}",
        readable_bytes(*.each),
        readable_bytes(*.needed),
        readable_bytes(*.allowed)
    )]
    Memory {
        /// How many.
        n_workers: usize,
        /// Bytes of the largest.
        each: u64,
        /// Bytes of all of them and this process.
        needed: u64,
        /// Allowed bytes.
        allowed: u64,
    },
    /// The user or the time limit ended the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl WorkerError {
    /// That a worker did not answer for `seconds`.
    pub(super) fn no_answer(seconds: f64) -> String {
        format!("it gave no answer for {}", readable_seconds(seconds))
    }
}

impl Failure for WorkerError {
    fn category(&self) -> Category {
        match self {
            WorkerError::Memory { .. } => Category::Refused,
            WorkerError::Stopped(stopped) => stopped.category(),
            _ => Category::Io,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            WorkerError::Memory { .. } => Some(
                "run without --workers, which needs no second copy of the matrix, or allow more: limits.memory"
                    .to_owned(),
            ),
            WorkerError::Start { .. } => Some(
                "workers are started as this program was: call `segmint` by a name that is found, or leave --workers out"
                    .to_owned(),
            ),
            WorkerError::OtherVersion { .. } => Some("give every worker the same version of segmint".to_owned()),
            WorkerError::Lost { .. } => Some(
                "a worker that the system ends may have needed too much memory; without --workers none is needed"
                    .to_owned(),
            ),
            WorkerError::TwoAnswers { .. } => Some(
                "the same question has one answer, bit for bit: the memory or the processor of that machine is broken"
                    .to_owned(),
            ),
            WorkerError::Stopped(stopped) => stopped.hint(),
            _ => None,
        }
    }
}

impl From<WorkerError> for ClusterError {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Stopped(stopped) => ClusterError::Stopped(stopped),
            error => {
                ClusterError::Elsewhere { message: error.to_string(), category: error.category(), hint: error.hint() }
            }
        }
    }
}
