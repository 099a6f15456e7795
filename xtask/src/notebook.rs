//! Executes the notebooks on a fresh run of the sample data, in a virtual environment made for it.

use std::path::Path;
use std::process::Command;

use crate::{cargo, run};

/// Makes the environment, a run of the sample data, and executes every notebook against it.
pub fn execute(root: &Path) -> Result<(), String> {
    let work = root.join("target/notebooks");
    let python = environment(root, &work)?;
    let runs = work.join("runs");
    let registry = format!("registry.path={}", runs.display());
    // The program as the tests built it: `cargo run` would build it again, with the dependencies' features of a release.
    cargo(root, &["test", "--workspace", "--locked", "--no-run", "--quiet"], &[])?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    let program = target.join("debug").join(format!("segmint{}", std::env::consts::EXE_SUFFIX));
    run(Command::new(program).args(["run", "--set", &registry]).current_dir(root))?;
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

/// The Python of a virtual environment that holds `notebooks/requirements.txt`; installed again only when that changes.
fn environment(root: &Path, work: &Path) -> Result<std::path::PathBuf, String> {
    let requirements = root.join("notebooks/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).map_err(|error| format!("requirements.txt: {error}"))?;
    let venv = work.join("venv");
    let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let installed = venv.join("installed.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    std::fs::create_dir_all(work).map_err(|error| format!("{}: {error}", work.display()))?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).map_err(|message| {
        format!("{message}; the notebooks need python3 with venv (Debian: apt-get install python3-venv)")
    })?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements))?;
    std::fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(python)
}
