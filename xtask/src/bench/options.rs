//! What to measure, and with what.

use std::path::PathBuf;
use std::time::Duration;

/// Rounds of what is published, at least.
const ROUNDS: usize = 5;

/// Times segmint, beside rivals where there is a folder of them, and writes the figures down.
///
/// All workloads beside rivals in five rounds or more go into docs/performance.md; anything less goes into the work folder.
#[derive(clap::Args)]
pub struct Options {
    /// A folder of rivals: requirements.txt, data.py, peers.py, pipeline_sklearn.py.
    #[arg(long, value_name = "FOLDER")]
    pub rivals: Option<PathBuf>,
    /// Where environment, tables and measurements go; default target/bench.
    #[arg(long, value_name = "FOLDER")]
    pub work: Option<PathBuf>,
    /// A Python that has the rivals; default: a virtual environment is made in the work folder.
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// The tables of the workloads, made where they are missing; default: data in the work folder.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Rounds; in each, every entrant is measured once. Default 5.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: Option<u32>,
    /// Seconds allowed for a measurement; who needs longer is not measured again. Default 200.
    #[arg(long, value_name = "SECONDS")]
    pub limit: Option<u64>,
    /// Only workloads whose name contains this, such as "k-means" or "db_100k" or "cost".
    #[arg(long, value_name = "PATTERN")]
    pub only: Option<String>,
    /// See whether everything works: one round, 20 seconds a measurement, short curves.
    #[arg(long)]
    pub quick: bool,
    /// Measure nothing: write the document again from the measurements.json of an earlier run.
    #[arg(long, value_name = "FILE")]
    pub again: Option<PathBuf>,
}

impl Options {
    /// Rounds.
    pub fn runs(&self) -> usize {
        self.runs.map_or(if self.quick { 1 } else { ROUNDS }, |runs| runs as usize)
    }

    /// The time allowed for a measurement.
    pub fn limit(&self) -> Duration {
        Duration::from_secs(self.limit.unwrap_or(if self.quick { 20 } else { 200 }))
    }

    /// Whether the workload called `name` is to be measured.
    pub fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|only| name.contains(only))
    }

    /// Whether everything is measured as it is to be published, in rounds enough for a median.
    pub fn is_whole(&self) -> bool {
        self.rivals.is_some() && self.only.is_none() && !self.quick && self.runs() >= ROUNDS
    }
}
