//! The program: arguments, one file per verb, what people read on failure, exit codes.
//!
//! Only this folder prints, and in it only `output` and the bars of `progress`. Results go to standard output, progress and logs to
//! standard error.

mod answer;
mod archetypes;
mod archetypes_add;
mod args;
mod compare;
mod compared_runs;
mod exit;
mod explain;
mod export;
mod features;
mod history;
mod init;
mod metrics;
mod output;
mod portraits;
mod progress;
mod reference;
mod report;
mod run;
mod runs;
mod score;
mod simulate;
mod simulate_args;
mod tier_table;
mod worker;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;

use crate::Language;
use crate::config::{LimitsPlan, Plan, RegistryPlan};
use crate::load;
use crate::monitor::Monitor;
use crate::registry::{Registry, Run, RunFolder};
use crate::workers::Workers;
pub use answer::Answer;
use args::{Arguments, Verb};
pub use compare::{Asked, compared};
pub use exit::{Exit, Failed};
pub use explain::{explained, recorded_source};
pub use reference::command;
pub use tier_table::Wanted;

/// Runs the program with the arguments of this process.
pub fn main() -> Exit {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let program = arguments.first().cloned().unwrap_or_else(|| "segmint".into());
    main_with(arguments, [program, "worker".into()])
}

/// Runs the program with `arguments`, of which the first is its name, as another program that carries it does; `run --workers` starts
/// `worker`, a program and its arguments, which has to do what `segmint worker` does.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>, worker: impl IntoIterator<Item = OsString>) -> Exit {
    let worker: Vec<OsString> = worker.into_iter().collect();
    let given: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(error) => {
            let wanted = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            output::say_usage(&error, &given, |arguments| Arguments::try_parse_from(arguments).err());
            return if wanted { Exit::Done } else { Exit::Config };
        }
    };
    stay_quiet_about_corrupt_bytes();
    match std::panic::catch_unwind(|| dispatch(&arguments, &worker)) {
        Ok(Ok(())) => Exit::Done,
        Ok(Err(failed)) => {
            output::say(&failed.render());
            failed.exit()
        }
        Err(_) => {
            output::say("segmint: this is a bug in segmint; please report it with the message above and the command");
            Exit::Bug
        }
    }
}

fn dispatch(arguments: &Arguments, worker: &[OsString]) -> Result<(), Failed> {
    match &arguments.verb {
        Verb::Run { dry_run, as_of, force, full, metrics, workers } => {
            let (dry_run, as_of, force, full) = (*dry_run, *as_of, *force, *full);
            let workers = workers.map(|n| Workers::new(n.into(), worker));
            run::run(arguments, &run::Wanted { dry_run, as_of, force, full, metrics: metrics.as_deref(), workers })
        }
        Verb::Worker => worker::run(),
        Verb::Check => run::check(arguments),
        Verb::Init { input, output, force, nightly } => {
            init::init(arguments, input.as_deref(), output, *force, *nightly)
        }
        Verb::Features(wanted) => features::run(arguments, wanted),
        Verb::Simulate(wanted) => simulate::run(arguments, wanted),
        Verb::Score { run, input, output, as_of, language } => {
            score::run(arguments, run, input, output, *as_of, *language)
        }
        Verb::Explain { run, customer, from, language } => {
            explain::run(arguments, run, customer, from.as_deref(), *language)
        }
        Verb::Report { run, format, output, language } => {
            report::report(arguments, run, *format, output.as_deref(), *language)
        }
        Verb::Export { run, output, table, internal, language } => export::export(
            arguments,
            run,
            output,
            export::Wanted { table: *table, internal: *internal, language: *language },
        ),
        Verb::Compare { run, other, id, tier, sheet, language } => {
            let wanted = Wanted { id: id.as_deref(), tier: tier.as_deref(), sheet: sheet.as_deref() };
            compare::run(arguments, run, other, wanted, *language)
        }
        Verb::Archetypes { action } => archetypes::run(arguments, action),
        Verb::Runs { action } => runs::runs(arguments, action),
        Verb::Completions { shell } => reference::completions(*shell),
        Verb::Man { output } => reference::man(arguments, output.as_deref()),
    }
}

/// The plan of `--config` and `--set`.
fn plan_of(arguments: &Arguments) -> Result<Plan, Failed> {
    Ok(Plan::load(&arguments.config, &arguments.set)?)
}

/// The plan, for verbs that do without one: `None` when there is no configuration at the default place.
fn plan_if_any(arguments: &Arguments) -> Result<Option<Plan>, Failed> {
    let at_default = arguments.config == Path::new("pipeline.toml");
    if at_default && !arguments.config.exists() {
        return Ok(None);
    }
    plan_of(arguments).map(Some)
}

/// What may be used: as the plan says, else as the arguments alone do.
fn limits_of(arguments: &Arguments) -> Result<LimitsPlan, Failed> {
    match plan_if_any(arguments)? {
        Some(plan) => Ok(plan.limits),
        None => Ok(LimitsPlan::from_flags(&arguments.set)?),
    }
}

/// The registry that a verb about runs speaks of, and how many runs it keeps: the plan's, else the default one here.
fn registry_of(arguments: &Arguments) -> Result<(Registry, usize), Failed> {
    let plan = match plan_if_any(arguments)? {
        Some(plan) => plan.registry,
        None => RegistryPlan::from_flags(&arguments.set)?,
    };
    Ok((Registry::open(&plan.path).with_permissions(plan.permissions), plan.keep))
}

/// The run that `text` names; says so when damage to its files would not be noticed.
fn run_of(arguments: &Arguments, text: &str) -> Result<RunFolder, Failed> {
    let run = registry_of(arguments)?.0.resolve(text)?;
    if let Some(warning) = Run::without_checksums(&run.path) {
        output::say(&format!("segmint: warning: {}", warning.message.get(Language::En)));
    }
    Ok(run)
}

/// A monitor with progress bars or a log and the plan's time limit, stopped by Ctrl-C and termination signals.
fn monitor(arguments: &Arguments, plan: &Plan) -> Monitor {
    match plan.limits.time {
        Some(seconds) => plain_monitor(arguments).with_time_limit(Duration::from_secs_f64(seconds)),
        None => plain_monitor(arguments),
    }
}

/// A monitor with progress bars or, with `-v`, a log; stopped by Ctrl-C and termination signals.
fn plain_monitor(arguments: &Arguments) -> Monitor {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stop);
    // Without the handler a signal ends the process at once, which is what a second one does anyway.
    let _ = ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    Monitor::new(progress::on_stderr(arguments.verbose), stop)
}

/// A decoder that panics on corrupt bytes is caught by `load` and becomes an error with the file's name; its panic message
/// would stand before ours and look like a bug.
fn stay_quiet_about_corrupt_bytes() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !load::is_decoding() {
            report(panic);
        }
    }));
}
