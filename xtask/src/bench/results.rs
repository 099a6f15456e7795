//! All that was measured, as it is kept in `measurements.json`.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Options;
use super::cost::Curve;
use super::entrant::SEGMINT;
use super::machine::Machine;
use super::workload::Workload;

/// One run of the bench.
#[derive(Serialize, Deserialize)]
pub struct Results {
    /// Whether everything was measured as it is to be published.
    pub is_whole: bool,
    pub runs: usize,
    pub limit_s: u64,
    pub machine: Machine,
    /// Names and versions of what the rivals are made of.
    pub versions: Vec<(String, String)>,
    pub workloads: Vec<Measured>,
    pub curves: Vec<Curve>,
}

/// A workload and its entrants, segmint first.
#[derive(Serialize, Deserialize)]
pub struct Measured {
    pub workload: Workload,
    pub entries: Vec<Entry>,
}

/// The measurements of one program on one workload.
#[derive(Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    /// One line of figures a round.
    pub lines: Vec<Value>,
    /// Why it is not measured (any more).
    pub failure: Option<Failure>,
}

/// Why there are no figures.
#[derive(Serialize, Deserialize)]
pub enum Failure {
    /// It needed more than these seconds.
    Limit(u64),
    /// It ended with an error.
    Error(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Limit(seconds) => write!(f, "more than {seconds} s"),
            Failure::Error(message) => write!(f, "failed: {message}"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.failure, self.seconds()) {
            (Some(failure), _) => write!(f, "   {:24} {failure}", self.name),
            (None, Some(seconds)) => write!(f, "   {:24} {seconds:9.4} s", self.name),
            (None, None) => write!(f, "   {:24} no seconds", self.name),
        }
    }
}

impl Results {
    /// Nothing measured yet but the machine.
    pub fn new(machine: Machine, versions: Vec<(String, String)>, options: &Options) -> Self {
        Results {
            is_whole: options.is_whole(),
            runs: options.runs(),
            limit_s: options.limit().as_secs(),
            machine,
            versions,
            workloads: Vec::new(),
            curves: Vec::new(),
        }
    }

    pub fn add(&mut self, workload: Workload, entries: Vec<Entry>) {
        self.workloads.push(Measured { workload, entries });
    }

    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl Entry {
    /// Nothing measured yet.
    pub fn of(name: &str) -> Self {
        Entry { name: name.to_owned(), lines: Vec::new(), failure: None }
    }

    pub fn is_segmint(&self) -> bool {
        self.name == SEGMINT
    }

    /// The median of the seconds, of those who were measured to the end.
    pub fn seconds(&self) -> Option<f64> {
        self.median("s")
    }

    /// The median of the most memory held, in MiB.
    pub fn mebibytes(&self) -> Option<f64> {
        self.median("rss_mb")
    }

    /// The smallest and largest seconds.
    pub fn range(&self) -> Option<(f64, f64)> {
        let seconds = self.figures("s");
        Some((*seconds.first()?, *seconds.last()?))
    }

    /// What was found, in the last round; null when there is nothing.
    pub fn found(&self, name: &str) -> &Value {
        self.lines.last().filter(|_| self.failure.is_none()).map_or(&Value::Null, |line| &line[name])
    }

    fn median(&self, name: &str) -> Option<f64> {
        let figures = self.figures(name);
        let n = figures.len();
        (n > 0).then(|| (figures[(n - 1) / 2] + figures[n / 2]) / 2.0)
    }

    /// The figures called `name`, ascending; none of those who failed.
    fn figures(&self, name: &str) -> Vec<f64> {
        let lines = self.lines.iter().filter(|_| self.failure.is_none());
        let mut figures: Vec<f64> = lines.filter_map(|line| line[name].as_f64()).collect();
        figures.sort_by(f64::total_cmp);
        figures
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        let mut entry = Entry::of("x");
        entry.lines = [3.0, 1.0, 10.0, 2.0].map(|s| json!({"s": s})).to_vec();
        assert_eq!((entry.seconds(), entry.range()), (Some(2.5), Some((1.0, 10.0))));
    }

    #[test]
    fn whoever_failed_once_has_no_figures() {
        let mut entry = Entry::of("x");
        entry.lines = vec![json!({"s": 1.0, "clusters": 3})];
        entry.failure = Some(Failure::Limit(20));
        assert_eq!((entry.seconds(), entry.found("clusters")), (None, &Value::Null));
    }
}
