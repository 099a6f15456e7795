//! Waiting for a store from threads that compute.

use std::io;
use std::sync::LazyLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::StoreFailure;
use crate::monitor::Monitor;

/// How often who waits is asked whether to go on.
const TICK: Duration = Duration::from_millis(50);

/// What requests run on. Nothing else does, and nobody else sees it: threads that compute wait for what it brings.
static RUNTIME: LazyLock<Result<Runtime, String>> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("segmint-store").enable_all().build();
    runtime.map_err(|error| error.to_string())
});

/// Waits until `task` is done or `monitor` says to stop.
pub(super) fn wait<T, F>(task: F, monitor: &Monitor) -> Result<T, StoreFailure>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    monitor.check().map_err(StoreFailure::Stopped)?;
    let runtime = RUNTIME.as_ref().map_err(|error| StoreFailure::Unreadable(io::ErrorKind::Other, error.clone()))?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let running = runtime.spawn(async move {
        // Nobody waits any more when they were told to stop.
        let _ = sender.send(task.await);
    });
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Timeout) => {
                if let Err(stopped) = monitor.check() {
                    running.abort();
                    return Err(StoreFailure::Stopped(stopped));
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                let ended = "the request ended without an answer".to_owned();
                return Err(StoreFailure::Unreadable(io::ErrorKind::Other, ended));
            }
        }
    }
}
