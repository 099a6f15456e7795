//! Progress bars on a terminal, lines of a log when asked for, silence elsewhere.

use std::fmt;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::output::say;
use crate::monitor::{Progress, TaskSink};
use crate::printable::printable;

/// What is told on standard error: a line for every task that ends (`-v`), and for every one that begins (`-vv`); without
/// either, bars on a terminal and nothing elsewhere.
pub fn on_stderr(verbosity: u8) -> Arc<dyn Progress> {
    match verbosity {
        0 if std::io::stderr().is_terminal() => Arc::new(Bars { bars: MultiProgress::new() }),
        0 => Arc::new(Quiet),
        verbosity => Arc::new(Log { begins: verbosity > 1 }),
    }
}

/// One bar per running task, with its name and rate, on standard error.
struct Bars {
    bars: MultiProgress,
}

impl Progress for Bars {
    fn begin(&self, name: &str, total: u64) -> Box<dyn TaskSink> {
        let style = ProgressStyle::with_template("{prefix:<18} {bar:32} {percent:>3}%  {rate:>10}  {eta}")
            .expect("the template is ours")
            .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
                let _ = write!(out, "{:.0}/s", state.per_sec());
            })
            .progress_chars("━╸ ");
        let bar = self.bars.add(ProgressBar::new(total).with_style(style).with_prefix(printable(name).into_owned()));
        Box::new(Bar(bar))
    }
}

struct Bar(ProgressBar);

impl TaskSink for Bar {
    fn advance(&self, units: u64) {
        self.0.inc(units);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// One line per task that ends, with what was done and the seconds it took.
struct Log {
    /// Whether a task that begins has a line too.
    begins: bool,
}

struct Logged {
    name: String,
    total: u64,
    done: AtomicU64,
    start: Instant,
}

impl Progress for Log {
    fn begin(&self, name: &str, total: u64) -> Box<dyn TaskSink> {
        if self.begins {
            say(&format!("segmint: {name}: begins, {total} to do"));
        }
        Box::new(Logged { name: name.to_owned(), total, done: AtomicU64::new(0), start: Instant::now() })
    }
}

impl TaskSink for Logged {
    fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        let (done, seconds) = (self.done.load(Ordering::Relaxed), self.start.elapsed().as_secs_f64());
        say(&format!("segmint: {}: {done} of {} in {seconds:.3} s", self.name, self.total));
    }
}

struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: &str, _: u64) -> Box<dyn TaskSink> {
        Box::new(Quiet)
    }
}

impl TaskSink for Quiet {
    fn advance(&self, _: u64) {}
}
