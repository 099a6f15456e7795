//! Progress bars on a terminal, silence elsewhere.

use std::fmt;
use std::io::IsTerminal;
use std::sync::Arc;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::monitor::{Progress, TaskSink};

/// One bar per running task, with its name and rate, on standard error.
pub struct Bars {
    bars: MultiProgress,
}

impl Bars {
    /// Bars when standard error is a terminal; else a sink that shows nothing.
    pub fn on_stderr() -> Arc<dyn Progress> {
        if std::io::stderr().is_terminal() { Arc::new(Bars { bars: MultiProgress::new() }) } else { Arc::new(Quiet) }
    }
}

impl Progress for Bars {
    fn begin(&self, name: &str, total: u64) -> Box<dyn TaskSink> {
        let style = ProgressStyle::with_template("{prefix:<18} {bar:32} {percent:>3}%  {rate:>10}  {eta}")
            .expect("the template is ours")
            .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
                let _ = write!(out, "{:.0}/s", state.per_sec());
            })
            .progress_chars("━╸ ");
        let bar = self.bars.add(ProgressBar::new(total).with_style(style).with_prefix(name.to_owned()));
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

struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: &str, _: u64) -> Box<dyn TaskSink> {
        Box::new(Quiet)
    }
}

impl TaskSink for Quiet {
    fn advance(&self, _: u64) {}
}
