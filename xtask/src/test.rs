//! `cargo xtask test`: the steps a change must pass.

use std::path::Path;
use std::time::Instant;

use crate::command::cargo;
use crate::{browser, cloud, memcheck, notebook, package, scheduling, spark};

/// A step of `cargo xtask test`.
pub struct Step {
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
    // Without features it is the library another program wants.
    Step { name: "library", run: library },
    Step {
        name: "docs",
        run: |root| cargo(root, &["doc", "--workspace", "--no-deps", "--locked"], &[("RUSTDOCFLAGS", "-D warnings")]),
    },
    // Small cells that are solved for, damaged bytes, kills, limits.
    Step { name: "attacks", run: attacks },
    // The Python package, from a wheel in environments of its own.
    Step { name: "python", run: package::check },
    Step { name: "notebook", run: notebook::execute },
    Step { name: "browser", run: browser::check },
    // With the wheel of the step `python`, on Sail, and where there is Java on a cluster.
    Step { name: "spark", run: spark::check },
];

/// The steps that need nothing but Rust.
const QUICK: [&str; 5] = ["fmt", "clippy", "tests", "library", "docs"];

fn library(root: &Path) -> Result<(), String> {
    let bare = ["--package", "segmint", "--lib", "--no-default-features", "--locked"];
    // Checked by itself, for its tests may use what it must not.
    cargo(root, &[&["check"], &bare[..]].concat(), &[])?;
    cargo(root, &[&["test"], &bare[..]].concat(), &[])
}

fn attacks(root: &Path) -> Result<(), String> {
    let attacks = ["test", "--locked", "--test", "attacks", "--"];
    // What a run takes is measured while nothing else runs: beside other work an allocator keeps more.
    cargo(root, &[&attacks[..], &["--test-threads=1", "memory::"]].concat(), &[])?;
    cargo(root, &[&attacks[..], &["--skip", "memory::"]].concat(), &[])
}

/// The steps of `--quick`.
pub fn quick() -> Vec<&'static Step> {
    STEPS.iter().filter(|step| QUICK.contains(&step.name)).collect()
}

/// Steps that run only when they are named, because they need what not everybody has.
const NAMED_STEPS: &[Step] = &[
    Step { name: "memcheck", run: memcheck::check },
    // Schedulers are 1.2 GB and three minutes of installing.
    Step { name: "scheduling", run: scheduling::check },
    // A feature that is off by default, and a minute of building.
    Step { name: "cloud", run: cloud::check },
];

/// The step called `name`.
pub fn step_named(name: &str) -> Result<&'static Step, String> {
    let mut steps = STEPS.iter().chain(NAMED_STEPS);
    let names: Vec<&str> = steps.clone().map(|step| step.name).collect();
    steps.find(|step| step.name == name).ok_or_else(|| format!("the steps are {}", names.join(", ")))
}

/// Runs the wanted steps in their order, without one those of every change; the first that fails ends it.
pub fn run(root: &Path, wanted: &[&'static Step]) -> Result<(), String> {
    let is_wanted = |step: &Step| wanted.iter().any(|wanted| wanted.name == step.name);
    let steps = STEPS.iter().filter(|step| wanted.is_empty() || is_wanted(step));
    for step in steps.chain(NAMED_STEPS.iter().filter(|step| is_wanted(step))) {
        println!("── {}", step.name);
        let start = Instant::now();
        let seconds = || start.elapsed().as_secs_f64();
        (step.run)(root).map_err(|message| format!("{} failed after {:.0} s: {message}", step.name, seconds()))?;
        println!("── {} passed in {:.0} s", step.name, seconds());
    }
    Ok(())
}
