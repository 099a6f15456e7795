//! Executes the notebooks on a fresh run of the sample data, in a virtual environment made for it.

use std::path::Path;
use std::process::Command;

use crate::command::{program, run};
use crate::python;

/// Makes the environment, a run of the sample data, and executes every notebook against it.
pub fn execute(root: &Path) -> Result<(), String> {
    let work = root.join("target/notebooks");
    let python = python::environment(&root.join("notebooks/requirements.txt"), &work.join("venv"))?;
    let runs = work.join("runs");
    let registry = format!("registry.path={}", runs.display());
    run(Command::new(program(root)?).args(["run", "--set", &registry]).current_dir(root))?;
    let mut notebooks: Vec<_> = std::fs::read_dir(root.join("notebooks"))
        .map_err(|error| format!("cannot list notebooks: {error}"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "ipynb"))
        .collect();
    notebooks.sort();
    for notebook in notebooks {
        let mut command = Command::new(&python);
        command.args(["-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--log-level", "WARN"]);
        command.arg("--output-dir").arg(&work).arg(&notebook);
        run(command.current_dir(root).env("SEGMINT_RUNS", &runs).env("MPLBACKEND", "Agg"))?;
    }
    Ok(())
}
