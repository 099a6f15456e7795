//! `segmint run` and `segmint check`.

use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{as_cell, listed, print_document, print_json, print_text, say};
use super::{metrics, monitor, plan_of};
use crate::cluster::refuse_in_shards;
use crate::config::Plan;
use crate::language::counted;
use crate::limits::{Needs, allowed_memory, readable_bytes, readable_seconds};
use crate::pipeline::{self, Checked, Finished};
use crate::printable::{printable, shown};
use crate::refit::{Decision, Gate, RuleName};
use crate::registry::CommittedRun;
use crate::report::{Document, ScreenTable};
use crate::sharing::{SharedIds, SharedRun};
use crate::workers::Workers;
use crate::{Language, Text, Warning};

/// What is asked of a run beside its plan.
pub(super) struct Wanted<'a> {
    pub(super) dry_run: bool,
    pub(super) as_of: Option<Date>,
    pub(super) force: bool,
    pub(super) full: bool,
    pub(super) metrics: Option<&'a Path>,
    pub(super) workers: Option<Workers>,
}

pub(super) fn run(arguments: &Arguments, wanted: &Wanted<'_>) -> Result<(), Failed> {
    let &Wanted { dry_run, as_of, force, full, metrics, ref workers } = wanted;
    let mut settings = arguments.set.clone();
    settings.extend(as_of.map(|date| format!("source.as_of=\"{date}\"")));
    let plan = Plan::load(&arguments.config, &settings)?;
    if dry_run {
        return dry(arguments, &plan, workers.as_ref());
    }
    if let Some(path) = metrics {
        metrics::refuse_unwritable(path, arguments, &plan)?;
    }
    // What cannot be shown in the end is better known before.
    SharedIds::of(plan.report.id_salt.as_deref())?;
    let finished = if force { Finished::Recompute } else { Finished::Reuse };
    let monitor = monitor(arguments, &plan);
    let run = match workers {
        Some(workers) => pipeline::run_by(workers, &plan, finished, &monitor)?,
        None => pipeline::run(&plan, finished, &monitor)?,
    };
    let shown = show_run(arguments, &run, full).map_err(|failed| failed.after_run(&run.folder.name()));
    let is_held = run.gate.as_ref().is_some_and(|gate| gate.decision == Decision::Hold);
    if metrics.is_none() && !is_held {
        return shown;
    }
    let shared = SharedRun::open(&run.folder.path)?;
    let began = run.folder.id.map_or(0, |id| id.began().as_second());
    let measured = metrics.map_or(Ok(()), |path| metrics::write(path, &shared, began, !is_held));
    if !is_held {
        return shown.and(measured);
    }
    // Schedulers have to see the hold, whatever else went wrong.
    [shown, measured].into_iter().filter_map(Result::err).for_each(|failed| say(&failed.render()));
    // What is shared of the gate tells nothing of a handful of people; a run that continues none has only its own.
    let own = |gate: &Gate| (gate.alias.clone(), gate.failed().map(|rule| rule.said(false)).collect());
    let refit = shared.refit.as_ref().filter(|refit| refit.gate.is_some());
    let said = refit.and_then(|refit| Some((refit.gate.as_ref()?.alias.clone(), refit.failed())));
    let (alias, reasons) = said.or(run.gate.as_ref().map(own)).expect("a run that is held has a gate");
    let is_late = run.gate.iter().flat_map(Gate::failed).any(|rule| rule.rule == RuleName::OutOfOrder);
    Err(held(&shared.run_id, alias, &reasons, is_late).into())
}

/// That a run does not take the place of the one before, and why; `is_late` = a run of a later date has it.
fn held(run: &str, alias: String, reasons: &[Text], is_late: bool) -> CliError {
    let reasons: Vec<&str> = reasons.iter().map(|reason| reason.en.as_str()).collect();
    CliError::Held { run: run.to_owned(), alias, reasons: reasons.join("; "), is_late }
}

/// Prints a run that was just asked for; JSON says whether it was there already.
fn show_run(arguments: &Arguments, run: &CommittedRun, full: bool) -> Result<(), Failed> {
    let folder = &run.folder.path;
    if !arguments.json {
        return show(arguments, folder, &run.warnings, full, None);
    }
    let mut shared = SharedRun::open(folder)?;
    shared.warnings.extend_from_slice(&run.warnings);
    print_json(&Asked { shared: &shared, reused: run.is_reused })
}

/// A run, and whether it was there already.
#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    shared: &'a SharedRun,
    reused: bool,
}

/// Prints the summary of a recorded run, on one screen or in full, and what was noticed after it was safe.
pub(super) fn show(
    arguments: &Arguments,
    folder: &Path,
    after: &[Warning],
    full: bool,
    language: Option<Language>,
) -> Result<(), Failed> {
    let mut shared = SharedRun::open(folder)?;
    shared.language = language.unwrap_or(shared.language);
    shared.warnings.extend_from_slice(after);
    match (arguments.json, full) {
        (true, _) => print_json(&shared),
        (false, true) => print_document(&Document::full(&shared)),
        (false, false) => print_document(&Document::brief(&shared)),
    }
}

/// Says whether the configuration fits its input, without a run.
pub(super) fn check(arguments: &Arguments) -> Result<(), Failed> {
    let plan = plan_of(arguments)?;
    let checked = pipeline::check(&plan, &monitor(arguments, &plan))?;
    let Shape { n_customers, features, attributes } = Shape::of(&checked);
    if arguments.json {
        return print_json(&json!({
            "config": arguments.config,
            "source": checked.source.name(),
            "n_customers": n_customers,
            "features": features,
            "attributes": attributes,
            "estimate": checked.estimate,
            "warnings": checked.warnings,
        }));
    }
    let language = plan.label.language;
    let warnings: String =
        checked.warnings.iter().map(|warning| format!("\n! {}", printable(warning.message.get(language)))).collect();
    print_text(&format!(
        "{} fits {}\n  {}\n  {}: {}\n  {}: {}{warnings}",
        shown(&arguments.config),
        printable(&checked.source.name()),
        counted(n_customers as u64, "customer", "customers"),
        counted(features.len() as u64, "feature", "features"),
        printable(&listed(&features)),
        counted(attributes.len() as u64, "attribute", "attributes"),
        printable(&listed(&attributes))
    ))
}

/// Prints the plan and the estimates; refuses what a run would refuse, after it has said why.
fn dry(arguments: &Arguments, plan: &Plan, workers: Option<&Workers>) -> Result<(), Failed> {
    workers.map_or(Ok(()), |_| refuse_in_shards(&plan.cluster))?;
    let mut checked = pipeline::inspect(plan, &monitor(arguments, plan))?;
    let Shape { n_customers, features, .. } = Shape::of(&checked);
    let size = (n_customers as u64, features.len() as u64);
    let by_workers = workers.map_or(Ok(()), |workers| workers.check_memory(plan, &checked.estimate, size.0, size.1));
    if let Some(workers) = workers {
        checked.estimate.add("workers", workers.bytes(&plan.cluster.kmeans, size.0, size.1).0);
    }
    if arguments.json {
        print_json(&json!({
            "plan": plan,
            "origins": plan.origins,
            "n_customers": n_customers,
            "features": features,
            "estimate": checked.estimate,
            "allowed_memory": allowed_memory(plan),
        }))?;
    } else {
        let parts = [plan_table(plan), estimates(plan, &checked.estimate)];
        print_text(&format!(
            "{}: {} × {}\n\n{}",
            printable(&checked.source.name()),
            counted(n_customers as u64, "customer", "customers"),
            counted(features.len() as u64, "feature", "features"),
            parts.join("\n\n")
        ))?;
    }
    by_workers?;
    checked.estimate.check(plan)?;
    Ok(())
}

struct Shape {
    n_customers: usize,
    features: Vec<String>,
    attributes: Vec<String>,
}

impl Shape {
    fn of(checked: &Checked) -> Self {
        let columns = checked.source.columns();
        let uses = &checked.uses;
        let name = |&position: &usize| columns[position].name.clone();
        let describes = |position: &&usize| !uses.categories.contains(position);
        Shape {
            n_customers: checked.source.n_rows(),
            features: uses.features.iter().chain(&uses.categories).map(name).collect(),
            attributes: uses.attributes.iter().filter(describes).map(name).collect(),
        }
    }
}

/// Every key with its value and origin.
fn plan_table(plan: &Plan) -> String {
    let mut table = ScreenTable::new(["key", "value", "origin"]);
    for (key, origin) in plan.origins.iter() {
        table.row([key.to_owned(), as_cell(&plan.text_of(key)), origin.to_string()]);
    }
    table.to_string()
}

fn estimates(plan: &Plan, estimate: &Needs) -> String {
    let mut table = ScreenTable::new(["memory for", "about"]);
    for (part, bytes) in &estimate.parts {
        table.row([part.clone(), readable_bytes(*bytes)]);
    }
    let allowed = allowed_memory(plan).map_or_else(|| "unknown".to_owned(), readable_bytes);
    format!(
        "{table}\n\nmemory  about {} (allowed {allowed})\ntime    about {}, within a factor of two where there are clusters",
        readable_bytes(estimate.memory_bytes),
        readable_seconds(estimate.seconds)
    )
}
