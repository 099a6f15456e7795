//! Work away from Python: without its lock, stopped by its signals, told to its progress bars.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use segmint::cli::Failed;
use segmint::monitor::{Monitor, Progress, TaskSink};

use crate::errors::{bug, raised};

/// How long a signal may wait.
const TICK: Duration = Duration::from_millis(50);

/// Does `work` on a thread of its own while this one, without Python's lock, looks after signals: what a handler raises, such as
/// `KeyboardInterrupt`, stops the work and is raised.
///
/// `bars` is called with `(number, name, total, done, ended)` of every task that changed; `None` = nobody is told.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    bars: Option<Py<PyAny>>,
    work: impl FnOnce(&Monitor) -> Result<T, Failed> + Send,
) -> PyResult<T> {
    let (stop, tasks) = (Arc::new(AtomicBool::new(false)), Arc::new(Tasks::default()));
    let monitor = Monitor::new(Arc::clone(&tasks) as Arc<dyn Progress>, Arc::clone(&stop));
    let (working, ended) = channel::<()>();
    let (outcome, signal) = py.detach(|| {
        let ended = ended;
        thread::scope(|scope| {
            let worker = scope.spawn(|| {
                // Dropped when the work ends, however it does.
                let _working = working;
                work(&monitor)
            });
            let mut signal = None;
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let looked = || Python::attach(|py| py.check_signals().and_then(|()| tasks.tell(py, bars.as_ref())));
                if signal.is_none()
                    && let Err(error) = looked()
                {
                    stop.store(true, Ordering::Relaxed);
                    signal = Some(error);
                }
            }
            (worker.join(), signal)
        })
    });
    if let Some(error) = signal {
        return Err(error);
    }
    tasks.tell(py, bars.as_ref())?;
    match outcome {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(failed)) => Err(raised(py, &failed)),
        Err(panic) => Err(bug(py, panic.as_ref())),
    }
}

/// [`watched`] on the threads of this process, for work that brings none of its own.
pub(crate) fn watched_in_pool<T: Send>(
    py: Python<'_>,
    bars: Option<Py<PyAny>>,
    work: impl FnOnce(&Monitor) -> Result<T, Failed> + Send,
) -> PyResult<T> {
    let pool = pool();
    watched(py, bars, |monitor| pool.install(|| work(monitor)))
}

/// The threads of this process. A process that was forked has none of those of its parent, and makes its own.
fn pool() -> Arc<ThreadPool> {
    static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);
    let process = std::process::id();
    let mut held = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    match &*held {
        Some((of, pool)) if *of == process => Arc::clone(pool),
        _ => {
            let pool = Arc::new(ThreadPoolBuilder::new().build().expect("a process can start threads"));
            // Ending the threads of the parent would wait for who is not there.
            std::mem::forget(held.replace((process, Arc::clone(&pool))));
            pool
        }
    }
}

/// The tasks that have begun and were not yet told of their end.
#[derive(Default)]
struct Tasks {
    begun: Mutex<Vec<(usize, Arc<Task>)>>,
}

struct Task {
    name: String,
    total: u64,
    done: AtomicU64,
    ended: AtomicBool,
}

/// The working side of a task.
struct Sink(Arc<Task>);

impl Progress for Tasks {
    fn begin(&self, name: &str, total: u64) -> Box<dyn TaskSink> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let task = Task { name: name.to_owned(), total, done: AtomicU64::new(0), ended: AtomicBool::new(false) };
        let task = Arc::new(task);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed) as usize;
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push((number, Arc::clone(&task)));
        Box::new(Sink(task))
    }
}

impl TaskSink for Sink {
    fn advance(&self, units: u64) {
        self.0.done.fetch_add(units, Ordering::Relaxed);
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
    }
}

impl Tasks {
    /// Tells `bars` how far every task is, and forgets those that have ended.
    fn tell(&self, py: Python<'_>, bars: Option<&Py<PyAny>>) -> PyResult<()> {
        let begun: Vec<(usize, Arc<Task>)> = self.begun.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (number, task) in &begun {
            // Read first: what is done when it has ended is all of it.
            let ended = task.ended.load(Ordering::Acquire);
            if let Some(bars) = bars {
                bars.call1(py, (*number, &task.name, task.total, task.done.load(Ordering::Relaxed), ended))?;
            }
            if ended {
                self.begun.lock().unwrap_or_else(PoisonError::into_inner).retain(|(other, _)| other != number);
            }
        }
        Ok(())
    }
}
