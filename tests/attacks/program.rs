//! The program in a folder of its own, with a simulated table to work on.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with `d/customers.parquet`, and the registry `r` when something has run.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    /// A folder with `customers` simulated customers.
    pub fn new(customers: usize) -> Bench {
        let bench = Bench { folder: tempfile::tempdir().unwrap() };
        let made = bench.plain(["simulate", "--customers", &customers.to_string(), "-o", "d"]).output().unwrap();
        assert!(made.status.success(), "{}", text(&made));
        bench
    }

    /// [`new`](Bench::new) with one run recorded.
    pub fn with_run(customers: usize) -> Bench {
        let bench = Bench::new(customers);
        bench.must(["run"]);
        bench
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The program with these arguments alone.
    pub fn plain<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segmint"));
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null()).env_remove("SOURCE_DATE_EPOCH");
        command
    }

    /// The program with these arguments and a small plan.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.plain(arguments);
        command.args(["-c", "d/pipeline.toml", "--set", "registry.path=r", "--set", "cluster.kmeans.k=4"]);
        command
    }

    pub fn output<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program, which must succeed, and gives its standard output.
    pub fn must<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The folders of the runs, oldest first.
    pub fn runs(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.at("r")).unwrap().map(|entry| entry.unwrap().path());
        let is_run = |path: &PathBuf| path.is_dir() && !path.file_name().unwrap().to_string_lossy().starts_with('.');
        let mut runs: Vec<PathBuf> = entries.filter(is_run).collect();
        runs.sort();
        runs
    }
}

/// What a program said, and how it ended.
pub fn text(output: &Output) -> String {
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status, said(&output.stdout), said(&output.stderr))
}

/// The program ended by itself, neither by a signal nor as one with a bug.
pub fn is_orderly(output: &Output) -> bool {
    output.status.code().is_some_and(|code| ![70, 101, 134].contains(&code))
        && !String::from_utf8_lossy(&output.stderr).contains("panicked")
}
