//! `segmint runs history` and `segmint runs promote`: the runs that continue each other.

use serde_json::{Value, json};

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use crate::config::Plan;
use crate::printable::printable;
use crate::registry::{AliasName, Registry};
use crate::report::Table;
use crate::sharing::{SharedRun, SharedSegment};

/// The alias of the runs that continue each other where nothing else is said.
const CHAMPION: &str = "champion";

/// The alias that `wanted` names, else the plan's, else `champion`.
fn alias_of(wanted: Option<&str>, plan: Option<&Plan>) -> String {
    let planned = plan.and_then(|plan| plan.gate.promote.as_deref());
    wanted.or(planned).unwrap_or(CHAMPION).to_owned()
}

/// Prints what became of every segment over the runs that led to the one that an alias points to, oldest first.
pub(super) fn history(
    arguments: &Arguments,
    registry: &Registry,
    plan: Option<&Plan>,
    alias: Option<&str>,
) -> Result<(), Failed> {
    let alias = alias_of(alias, plan);
    let mut runs = Vec::new();
    let mut next = Some(alias.clone());
    let mut lost = None;
    while let Some(name) = next.filter(|name| runs.iter().all(|run: &SharedRun| run.run_id != *name)) {
        // Retention deletes the oldest ones.
        let Ok(folder) = registry.resolve(&name) else {
            lost = (name != alias).then_some(name);
            break;
        };
        let run = SharedRun::open(&folder.path)?;
        next = run.refit.as_ref().map(|refit| refit.against.clone());
        runs.push(run);
    }
    if runs.is_empty() {
        registry.resolve(&alias)?;
    }
    runs.reverse();
    if arguments.json {
        let runs: Vec<Value> = runs.iter().map(facts).collect();
        return print_json(&json!({ "alias": alias, "before": lost, "runs": runs }));
    }
    let before = lost.map(|run| format!("\nruns before {run} are not in the registry any more")).unwrap_or_default();
    print_text(&format!("{}{before}", sizes(&runs)))
}

/// Segments by rows, runs by columns, customers in the cells.
fn sizes(runs: &[SharedRun]) -> Table {
    let began = |run: &SharedRun| run.run_id.split('T').next().unwrap_or_default().to_owned();
    let headings = ["".to_owned(), "segment".to_owned()].into_iter().chain(runs.iter().map(began));
    let mut table = Table::new(headings);
    let mut ids: Vec<&str> =
        runs.iter().flat_map(|run| &run.segments).map(|segment| segment.segment_id.as_str()).collect();
    // `S100` is after `S99`.
    ids.sort_by_key(|id| (id.len(), *id));
    ids.dedup();
    for id in ids {
        let of = |run: &SharedRun| run.segments.iter().find(|segment| segment.segment_id == id).cloned();
        let name = runs.iter().rev().find_map(of).map(|segment: SharedSegment| segment.segment).unwrap_or_default();
        let cell = |run: &SharedRun| match of(run).map(|segment| segment.size) {
            None => "–".to_owned(),
            Some(size) => size.value().map_or_else(|| "*".to_owned(), ToString::to_string),
        };
        table.row([id.to_owned(), printable(&name).into_owned()].into_iter().chain(runs.iter().map(cell)));
    }
    let all = runs.iter().map(|run| run.n_customers.to_string());
    table.row([String::new(), "all customers".to_owned()].into_iter().chain(all));
    table
}

fn facts(run: &SharedRun) -> Value {
    let segment = |segment: &SharedSegment| {
        json!({
            "segment_id": segment.segment_id,
            "segment": segment.segment,
            "customers": segment.size,
            "value_share": segment.value_share,
        })
    };
    json!({
        "run_id": run.run_id,
        "n_customers": run.n_customers,
        "against": run.refit.as_ref().map(|refit| &refit.against),
        "segments": run.segments.iter().map(segment).collect::<Vec<Value>>(),
        "events": run.refit.as_ref().map(|refit| &refit.events),
    })
}

/// Lets a run take the place of the one that it was held against.
pub(super) fn promote(
    arguments: &Arguments,
    registry: &Registry,
    plan: Option<&Plan>,
    run: &str,
    alias: Option<&str>,
) -> Result<(), Failed> {
    let name: AliasName = alias_of(alias, plan).parse()?;
    let folder = registry.resolve(run)?;
    let opened = SharedRun::open(&folder.path)?;
    let against = opened.refit.as_ref().map(|refit| refit.against.as_str());
    let now = registry.aliases()?.get(name.as_str()).map(ToString::to_string);
    if now.is_some() && now.as_deref() != against && now.as_deref() != Some(&*opened.run_id) {
        return Err(CliError::OutOfOrder {
            run: opened.run_id.clone(),
            against: against.map_or_else(|| "none".to_owned(), str::to_owned),
            alias: name.as_str().to_owned(),
            now: now.unwrap_or_default(),
        }
        .into());
    }
    let id = registry.set_alias(&name, run)?;
    match arguments.json {
        true => print_json(&json!({ "alias": name.as_str(), "run_id": id.to_string() })),
        false => print_text(&format!("{} → {id}", name.as_str())),
    }
}
