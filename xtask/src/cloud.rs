//! Tables in object stores: what the feature `cloud` builds, and the program beside a store on loopback.

use std::path::Path;
use std::process::Command;

use crate::command::{cargo, run, target};
use crate::python;

/// Checks and tests the library with the feature, builds the program with it, and runs `tests/cloud` in an environment of its own,
/// whose tests start a server that speaks as S3 does and end it.
pub fn check(root: &Path) -> Result<(), String> {
    let with = ["--package", "segmint", "--features", "cloud", "--locked"];
    cargo(root, &[&["clippy", "--lib", "--tests"], &with[..], &["--", "-D", "warnings"]].concat(), &[])?;
    cargo(root, &[&["test", "--lib"], &with[..], &["--", "load::", "object_url::"]].concat(), &[])?;
    cargo(root, &[&["build", "--bin", "segmint"], &with[..]].concat(), &[])?;
    let program = target(root).join("debug").join(format!("segmint{}", std::env::consts::EXE_SUFFIX));
    let tests = root.join("tests/cloud");
    let python = python::environment(&tests.join("requirements.txt"), &target(root).join("cloud/venv"))?;
    let mut pytest = Command::new(python);
    pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(&tests);
    run(pytest.current_dir(root).env("SEGMINT_PROGRAM", program))
}
