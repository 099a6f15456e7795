//! Runs tests of the kernels under valgrind, which sees reads and writes outside of what was allocated.
//!
//! The levels are chosen inside the tests (`tests/it/levels.rs`, `matrix::simd`): each runs the kernels as plain arrays
//! and on every instruction set that valgrind shows them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::command::{output, run};

/// Test binaries and the names in them that are run.
const TESTS: [(&str, &[&str]); 2] =
    [("segmint", &["matrix::", "metrics::", "cluster::kmeans", "cluster::dbscan"]), ("it", &["levels::"])];

/// Builds the tests as they are released, and fails at the first error of memory.
pub fn check(root: &Path) -> Result<(), String> {
    output(Command::new("valgrind").arg("--version")).map_err(|message| {
        format!("{message}; this step needs valgrind, which knows AVX2 from 3.10 on (Debian: apt-get install valgrind)")
    })?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["test", "--release", "--locked", "--no-run", "--lib", "--test", "it", "--message-format", "json"]);
    let messages = output(build.current_dir(root))?;
    let messages: Vec<Value> = messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for (name, filters) in TESTS {
        let binary = binary(&messages, name).ok_or_else(|| format!("cargo has built no test binary {name}"))?;
        let mut valgrind = Command::new("valgrind");
        // Threads take turns: without fairness one that waits for the others keeps them from working.
        valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=no", "--fair-sched=yes"]);
        valgrind.arg(binary).arg("--test-threads=1").args(filters);
        run(valgrind.current_dir(root))?;
    }
    Ok(())
}

/// The test binary of the target `name` among cargo's messages.
fn binary(messages: &[Value], name: &str) -> Option<PathBuf> {
    let is_it = |message: &&Value| message["target"]["name"] == name && message["executable"].is_string();
    messages.iter().find(is_it)?["executable"].as_str().map(PathBuf::from)
}
