//! Virtual environments with what a list of requirements names.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run;

/// The Python of the virtual environment `venv` that holds `requirements`; installed again only when those change.
pub fn environment(requirements: &Path, venv: &Path) -> Result<PathBuf, String> {
    let wanted =
        std::fs::read_to_string(requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let installed = venv.join("installed.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    std::fs::create_dir_all(venv).map_err(|error| format!("{}: {error}", venv.display()))?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv))
        .map_err(|message| format!("{message}; this needs python3 with venv (Debian: apt-get install python3-venv)"))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(requirements))?;
    std::fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(python)
}
