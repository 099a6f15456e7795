//! The Python package beside Spark: on Sail, and on a standalone cluster on loopback.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::{run, target};
use crate::{notebook, package, python};

/// Executes the notebook on Sail and runs `tests/spark` with every engine, in an environment with the wheel that the step
/// `python` built. The tests start a master and two workers on this machine and end them; where there is no Java they run on Sail
/// alone, and that is said.
pub fn check(root: &Path) -> Result<(), String> {
    let tests = root.join("tests/spark");
    let python = python::environment(&tests.join("requirements.txt"), &target(root).join("spark/venv"))?;
    package::install(&python, &package::built(root)?)?;
    notebook::execute_of_spark(root, &python, &target(root).join("spark"))?;
    let has_java = Command::new("java").arg("-version").stderr(Stdio::null()).status().is_ok_and(|java| java.success());
    let engines: &[&str] = if has_java { &["sail", "classic", "connect"] } else { &["sail"] };
    for engine in engines {
        println!("── spark: {engine}");
        let mut pytest = Command::new(&python);
        pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5"]).arg(&tests);
        // From another folder, where the sources do not stand before the wheel.
        run(pytest.current_dir(target(root)).env("SEGMINT_ENGINE", engine))?;
    }
    if !has_java {
        println!(
            "── spark: there is no Java (Debian: apt-get install default-jre-headless), so Spark itself was not tested"
        );
    }
    Ok(())
}
