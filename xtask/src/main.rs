//! The project's tasks: `cargo xtask test` passes everything a change must pass, `cargo xtask bench` measures.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task runner talks to the person who runs it")]

mod bench;
mod browser;
mod cloud;
mod command;
mod generate;
mod memcheck;
mod notebook;
mod package;
mod python;
mod scheduling;
mod spark;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Sets up and passes everything a change must pass, or the named steps of it.
    Test {
        /// fmt, clippy, tests, library, docs, attacks, python, notebook, browser, spark; without a name, these. memcheck, which
        /// needs valgrind, scheduling, which installs three schedulers, and cloud, which builds a client of object stores, only
        /// by their names.
        #[arg(value_parser = test::step_named)]
        steps: Vec<&'static test::Step>,
        /// The steps that need nothing but Rust: fmt, clippy, tests, library, docs.
        #[arg(long, conflicts_with = "steps")]
        quick: bool,
    },
    /// Writes the files that are made from the program's own types: pages and tables of keys and commands.
    Generate {
        /// Write nothing; fail when one is not current.
        #[arg(long)]
        check: bool,
    },
    /// Times segmint, beside rivals where there is a folder of them, and writes the figures down.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Test { quick: true, .. } => test::run(&root(), &test::quick()),
        Task::Test { steps, .. } => test::run(&root(), &steps),
        Task::Generate { check } => generate::run(&root(), check),
        Task::Bench(options) => bench::run(&root(), options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace").to_owned()
}
