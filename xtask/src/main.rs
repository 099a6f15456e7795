//! The project's tasks. `cargo xtask test` sets up and passes everything a change must pass.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task runner talks to the person who runs it")]

mod notebook;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

const USAGE: &str = "usage: cargo xtask test [STEP …]

steps, in order: fmt clippy tests docs notebook; without a name, all of them";

/// A step of `cargo xtask test`.
struct Step {
    name: &'static str,
    run: fn(&Path) -> Result<(), String>,
}

const STEPS: &[Step] = &[
    Step { name: "fmt", run: |root| cargo(root, &["fmt", "--all", "--check"], &[]) },
    Step {
        name: "clippy",
        run: |root| cargo(root, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"], &[]),
    },
    // Unit, law, golden, bad-data and command-line tests, then the examples in the documentation.
    Step { name: "tests", run: |root| cargo(root, &["test", "--workspace", "--locked"], &[]) },
    Step {
        name: "docs",
        run: |root| cargo(root, &["doc", "--workspace", "--no-deps", "--locked"], &[("RUSTDOCFLAGS", "-D warnings")]),
    },
    Step { name: "notebook", run: notebook::execute },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(("test", wanted)) = arguments.split_first().map(|(verb, rest)| (verb.as_str(), rest)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if let Some(unknown) = wanted.iter().find(|name| STEPS.iter().all(|step| step.name != name.as_str())) {
        eprintln!("no step {unknown:?}\n\n{USAGE}");
        return ExitCode::from(2);
    }
    for step in STEPS.iter().filter(|step| wanted.is_empty() || wanted.iter().any(|name| name == step.name)) {
        println!("── {}", step.name);
        let start = Instant::now();
        if let Err(message) = (step.run)(&root()) {
            eprintln!("── {} failed after {:.0} s: {message}", step.name, start.elapsed().as_secs_f64());
            return ExitCode::FAILURE;
        }
        println!("── {} passed in {:.0} s", step.name, start.elapsed().as_secs_f64());
    }
    ExitCode::SUCCESS
}

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace").to_owned()
}

fn cargo(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo).args(arguments).envs(environment.iter().copied()).current_dir(root))
}

/// Runs a command to its end; its output goes where ours goes.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("cannot start {program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} ended with {status}")) }
}
