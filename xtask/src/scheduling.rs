//! Runs the examples of schedulers, each in an environment with its scheduler.

use std::path::Path;
use std::process::Command;

use crate::command::{program, run};
use crate::python;

/// The schedulers; no two fit into one environment.
const SCHEDULERS: [&str; 3] = ["airflow", "dagster", "prefect"];

/// Installs every scheduler and runs `examples/scheduling` in it.
pub fn check(root: &Path) -> Result<(), String> {
    let examples = root.join("examples/scheduling");
    for scheduler in SCHEDULERS {
        let venv = root.join("target/scheduling").join(scheduler);
        let python = python::environment(&examples.join(scheduler).join("requirements.txt"), &venv)?;
        let mut pytest = Command::new(python);
        pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs"]);
        pytest.arg(examples.join("test_scheduling.py")).current_dir(root);
        run(pytest.env("SEGMINT_PROGRAM", program(root)?).env("SEGMINT_SCHEDULER", scheduler))?;
    }
    Ok(())
}
