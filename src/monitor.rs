//! How a long computation can be watched and stopped.
//!
//! Stages receive a [`Monitor`], tell it how far they are and ask it, at coarse steps, whether to go on. Who listens
//! (a progress bar, a test, nobody) is not their business, and what they compute never depends on it. The monitor is also
//! who looks at the clock: stages say when they begin and end, and how long that took is asked of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::failure::{Category, Failure};

/// Receives the progress of tasks; implemented by the command line's progress bars.
pub trait Progress: Send + Sync {
    /// A task of `total` units (rows, fits, …) begins. The sink is told of every advance and dropped at the end.
    fn begin(&self, name: &str, total: u64) -> Box<dyn TaskSink>;
}

/// Where one task reports its advances.
pub trait TaskSink: Send + Sync {
    /// `units` more are done.
    fn advance(&self, units: u64);
}

/// Wall seconds of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StageSeconds {
    /// Its name.
    pub stage: String,
    /// Its wall seconds.
    pub seconds: f64,
}

/// Carries progress out of a computation and the wish to stop into it.
#[derive(Clone, Default)]
pub struct Monitor {
    stop: Arc<AtomicBool>,
    deadline: Option<(Instant, Duration)>,
    progress: Option<Arc<dyn Progress>>,
    /// Those of this job, in the order in which they began.
    stages: Arc<Mutex<Vec<StageSeconds>>>,
    /// When this job began.
    began: Option<Instant>,
}

impl Monitor {
    /// A monitor nobody listens to, which never stops anything.
    pub fn silent() -> Self {
        Monitor::default()
    }

    /// A monitor that reports to `progress` and stops when `stop` becomes true.
    pub fn new(progress: Arc<dyn Progress>, stop: Arc<AtomicBool>) -> Self {
        Monitor { stop, progress: Some(progress), ..Monitor::default() }
    }

    /// The same monitor, which also stops when `limit` from now has passed.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.deadline = Some((Instant::now() + limit, limit));
        self
    }

    /// The same monitor without progress, for the parts of a task that is already reported.
    #[must_use]
    pub fn without_progress(&self) -> Self {
        Monitor { progress: None, ..self.clone() }
    }

    /// The same monitor for a job that begins now: it notes the stages of that alone.
    #[must_use]
    pub fn for_job(&self) -> Self {
        Monitor { stages: Arc::default(), began: Some(Instant::now()), ..self.clone() }
    }

    /// Wall seconds since the job began.
    pub fn job_seconds(&self) -> f64 {
        self.began.map_or(0.0, |began| began.elapsed().as_secs_f64())
    }

    /// Begins a stage.
    pub fn stage(&self, name: &str) -> Stage {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        stages.push(StageSeconds { stage: name.to_owned(), seconds: 0.0 });
        Stage { began: Instant::now(), place: stages.len() - 1, stages: Arc::clone(&self.stages) }
    }

    /// The stages that have begun, in order, and how long each took.
    pub fn stage_seconds(&self) -> Vec<StageSeconds> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins a task of `total` units.
    pub fn task(&self, name: &str, total: u64) -> Task {
        Task { sink: self.progress.as_ref().map(|p| p.begin(name, total)) }
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Stopped`] when the user interrupted the program or the time limit has passed.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Stopped::Interrupted);
        }
        match self.deadline {
            Some((at, limit)) if Instant::now() >= at => Err(Stopped::TimeLimit(limit)),
            _ => Ok(()),
        }
    }
}

/// A running stage; dropping it ends it.
pub struct Stage {
    began: Instant,
    place: usize,
    stages: Arc<Mutex<Vec<StageSeconds>>>,
}

impl Stage {
    /// Ends it.
    pub fn end(self) {}
}

impl Drop for Stage {
    fn drop(&mut self) {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stage) = stages.get_mut(self.place) {
            stage.seconds = self.began.elapsed().as_secs_f64();
        }
    }
}

/// A running task; dropping it ends it.
pub struct Task {
    sink: Option<Box<dyn TaskSink>>,
}

impl Task {
    /// `units` more are done.
    pub fn advance(&self, units: u64) {
        if let Some(sink) = &self.sink {
            sink.advance(units);
        }
    }
}

/// Why a computation ended before its result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Ctrl-C or a termination signal.
    #[error("interrupted")]
    Interrupted,
    /// The time limit of the plan has passed.
    #[error("stopped at the time limit of {} s ([limits] time)", .0.as_secs_f64())]
    TimeLimit(Duration),
}

impl Failure for Stopped {
    fn category(&self) -> Category {
        match self {
            Stopped::Interrupted => Category::Interrupted,
            Stopped::TimeLimit(_) => Category::Refused,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Stopped::Interrupted => None,
            Stopped::TimeLimit(_) => Some("raise limits.time, or fix cluster.kmeans.k and cluster.dbscan.eps".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_stop_flag_interrupts() {
        struct Nobody;
        impl Progress for Nobody {
            fn begin(&self, _: &str, _: u64) -> Box<dyn TaskSink> {
                Box::new(Nobody)
            }
        }
        impl TaskSink for Nobody {
            fn advance(&self, _: u64) {}
        }
        let stop = Arc::new(AtomicBool::new(false));
        let monitor = Monitor::new(Arc::new(Nobody), Arc::clone(&stop));
        assert_eq!(monitor.check(), Ok(()));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(monitor.check(), Err(Stopped::Interrupted));
    }

    #[test]
    fn a_passed_deadline_stops() {
        let monitor = Monitor::silent().with_time_limit(Duration::ZERO);
        assert_eq!(monitor.check(), Err(Stopped::TimeLimit(Duration::ZERO)));
    }
}
