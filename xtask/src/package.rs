//! Builds the Python package from what its source distribution holds, and tests it where nothing else is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{run, target};
use crate::python;

/// The environments, by their lists of requirements: what the package needs alone, all that it works with, the oldest of that.
const ENVIRONMENTS: [&str; 3] = ["numpy", "full", "oldest"];

/// Builds the wheel and runs the tests of `bindings/python/tests` in every environment.
pub fn check(root: &Path) -> Result<(), String> {
    let work = target(root).join("python");
    let wheel = wheel(root, &work)?;
    let tests = root.join("bindings/python/tests");
    for name in ENVIRONMENTS {
        println!("── python: {name}");
        let python = python::environment(&tests.join(format!("requirements-{name}.txt")), &work.join(name))?;
        install(&python, &wheel)?;
        // From another folder, where the sources do not stand before the wheel.
        let mut pytest = Command::new(&python);
        pytest.args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"]).arg(&tests);
        run(pytest.current_dir(&work).env("PYTHONDONTWRITEBYTECODE", "1"))?;
    }
    Ok(())
}

/// The wheel that [`check`] built last.
pub fn built(root: &Path) -> Result<PathBuf, String> {
    only(&target(root).join("python/wheels"))
        .map_err(|_| "there is no wheel yet: `cargo xtask test python` builds it".to_owned())
}

/// Puts a wheel into the environment of `python`, whichever was there.
pub fn install(python: &Path, wheel: &Path) -> Result<(), String> {
    let mut install = Command::new(python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall", "--no-deps"]);
    run(install.arg(wheel))
}

/// The wheel, built from the source distribution: a file that is missing there is missing for everybody who installs.
fn wheel(root: &Path, work: &Path) -> Result<PathBuf, String> {
    let maturin = python::environment(&root.join("bindings/python/requirements-build.txt"), &work.join("build"))?;
    let (packed, unpacked, wheels) = (work.join("sdist"), work.join("sources"), work.join("wheels"));
    for folder in [&packed, &unpacked, &wheels] {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    run(Command::new(&maturin).args(["-m", "maturin", "sdist", "--out"]).arg(&packed).current_dir(root))?;
    // Times of now, for the archive has the same ones always and cargo would take changed files for those it knows.
    let unpack = Command::new("tar").args(["-xmzf"]).arg(only(&packed)?).arg("-C").arg(&unpacked).status();
    if !unpack.is_ok_and(|status| status.success()) {
        return Err("tar cannot unpack the source distribution".to_owned());
    }
    // Its lock file lists more than it needs, for not every member of the workspace is in it; versions stay as they are.
    let mut build = Command::new(&maturin);
    build.args(["-m", "maturin", "build", "--release", "--quiet", "--out"]).arg(&wheels);
    run(build.current_dir(only(&unpacked)?).env("CARGO_TARGET_DIR", target(root)))?;
    only(&wheels)
}

/// The one thing in a folder.
fn only(folder: &Path) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut entries: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    match (entries.pop(), entries.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(format!("{} does not hold one thing", folder.display())),
    }
}
