//! Executes the notebooks in a virtual environment with the wheel that the step `python` built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{run, target};
use crate::{package, python};

/// The longest that a cell may take, in seconds.
const TIMEOUT: u32 = 60;

/// The notebook that needs Sail: it is executed by the step `spark`, which has it.
const OF_SPARK: &str = "06_more_than_one_machine.ipynb";

/// Makes the environment, a run of the sample data, and executes every notebook in it but that of the step `spark`.
pub fn execute(root: &Path) -> Result<(), String> {
    let work = target(root).join("notebooks");
    let python = python::environment(&root.join("notebooks/requirements.txt"), &work.join("venv"))?;
    package::install(&python, &package::built(root)?)?;

    // What the first notebook reads.
    let runs = work.join("runs");
    let registry = format!("registry.path={}", runs.display());
    run(Command::new(&python).args(["-m", "segmint", "run", "--set", &registry]).current_dir(root))?;
    let all = files(&root.join("notebooks"), "ipynb")?;
    all.iter().filter(|notebook| !notebook.ends_with(OF_SPARK)).try_for_each(|notebook| one(&python, notebook, &work))
}

/// Executes the notebook of the step `spark` with its `python`, in the folder `work`.
pub fn execute_of_spark(root: &Path, python: &Path, work: &Path) -> Result<(), String> {
    one(python, &root.join("notebooks").join(OF_SPARK), work)
}

fn one(python: &Path, notebook: &Path, work: &Path) -> Result<(), String> {
    println!("── notebook: {}", notebook.file_name().unwrap_or_default().display());
    let mut execute = Command::new(python);
    execute.args(["-m", "jupyter", "execute", &format!("--timeout={TIMEOUT}")]).arg(notebook);
    run(execute.current_dir(work).env("SEGMINT_RUNS", work.join("runs")).env("MPLBACKEND", "Agg"))
}

/// The files of `folder` with this extension, by their names.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|path| path.extension().is_some_and(|own| own == extension));
    files.sort();
    Ok(files)
}
