//! Opens reports in a headless Chromium: a run of the sample data, and one of data that is out to do harm.

use std::path::Path;
use std::process::Command;

use crate::command::{program, run};
use crate::python;

/// Names of the browser on Linux.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// What Debian calls it, and a font with Chinese characters.
const PACKAGES: [&str; 2] = ["chromium", "fonts-noto-cjk"];

/// Installs what is missing where that is possible, and runs `tests/browser`.
pub fn check(root: &Path) -> Result<(), String> {
    let browser = browser()?;
    let tests = root.join("tests/browser");
    let python = python::environment(&tests.join("requirements.txt"), &root.join("target/browser/venv"))?;
    let mut pytest = Command::new(python);
    pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(&tests);
    run(pytest.current_dir(root).env("SEGMINT_PROGRAM", program(root)?).env("SEGMINT_BROWSER", browser))
}

/// The path of the browser; as root on a Debian, it is installed when there is none.
fn browser() -> Result<String, String> {
    if let Some(found) = found() {
        return Ok(found);
    }
    let packages = PACKAGES.join(" ");
    let missing = |why: String| format!("{why}; this needs a browser (Debian: apt-get install {packages})");
    run(Command::new("apt-get").args(["update", "--quiet=2"])).map_err(missing)?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--quiet=2", "--no-install-recommends"]).args(PACKAGES);
    run(install.env("DEBIAN_FRONTEND", "noninteractive")).map_err(missing)?;
    found().ok_or_else(|| missing("no browser after the installation".to_owned()))
}

fn found() -> Option<String> {
    let folders: Vec<_> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let mut paths = BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    paths.find(|path| path.is_file()).map(|path| path.display().to_string())
}
