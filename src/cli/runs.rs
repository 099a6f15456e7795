//! `segmint runs`: what was recorded.

use jiff::Timestamp;
use serde_json::json;

use super::args::{Arguments, RunsAction};
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use super::{history, plan_if_any, registry_of, run_of};
use crate::Text;
use crate::language::noun;
use crate::printable::{printable, shown};
use crate::registry::{AliasName, Registry, RunEntry};
use crate::report::ScreenTable;

pub(super) fn runs(arguments: &Arguments, action: &RunsAction) -> Result<(), Failed> {
    let (registry, keep) = registry_of(arguments)?;
    match action {
        RunsAction::List { verify } => {
            let runs = if *verify { registry.list_verified()? } else { registry.list()? };
            list(arguments, &registry, &runs)?;
            if *verify { all_are_whole(&runs) } else { Ok(()) }
        }
        RunsAction::Show { run, segment, full, sql, language } => {
            let run = run_of(arguments, run)?;
            match segment.as_slice() {
                [] if *sql => super::portraits::sql(arguments, &run.path, *language),
                [] => super::run::show(arguments, &run.path, &[], *full, *language),
                wanted => super::portraits::show(arguments, &run.path, wanted, *language),
            }
        }
        RunsAction::Alias { name, run } => {
            let name: AliasName = name.parse()?;
            let id = registry.set_alias(&name, run)?;
            if arguments.json {
                print_json(&json!({ "alias": name.as_str(), "run_id": id.to_string() }))
            } else {
                print_text(&format!("{} → {id}", name.as_str()))
            }
        }
        RunsAction::History { alias } => {
            history::history(arguments, &registry, plan_if_any(arguments)?.as_ref(), alias.as_deref())
        }
        RunsAction::Promote { run, alias } => {
            history::promote(arguments, &registry, plan_if_any(arguments)?.as_ref(), run, alias.as_deref())
        }
        RunsAction::Name { segment, en, zh, clear, run } => {
            let name = match (en.as_ref().or(zh.as_ref()), zh.as_ref().or(en.as_ref())) {
                (Some(en), Some(zh)) if !clear => Some(Text::new(en, zh)),
                _ => None,
            };
            history::name(arguments, &registry, plan_if_any(arguments)?.as_ref(), segment, name, run.as_deref())
        }
        RunsAction::Prune { keep: wanted, dry_run } => {
            let continued = plan_if_any(arguments)?.and_then(|plan| plan.refit.against);
            let gone = registry.prune(wanted.unwrap_or(keep), continued.as_deref(), *dry_run)?;
            let ids: Vec<String> = gone.iter().map(ToString::to_string).collect();
            if arguments.json {
                print_json(&json!({ "removed": ids, "dry_run": dry_run }))
            } else {
                let verb = if *dry_run { "would remove" } else { "removed" };
                print_text(&match ids.as_slice() {
                    [] => format!("{verb} nothing"),
                    ids => ids.iter().map(|id| format!("{verb} {id}")).collect::<Vec<_>>().join("\n"),
                })
            }
        }
    }
}

/// Refuses a list with a damaged run.
fn all_are_whole(runs: &[RunEntry]) -> Result<(), Failed> {
    let n = runs.iter().filter(|run| run.damage.is_some()).count();
    if n == 0 {
        return Ok(());
    }
    let message = format!("{n} {} damaged", noun(n as u64, "run is", "runs are"));
    let hint = "the list says which file; a damaged run can be deleted, or its folder restored from a backup";
    Err(CliError::Input { message, hint: hint.to_owned() }.into())
}

fn list(arguments: &Arguments, registry: &Registry, runs: &[RunEntry]) -> Result<(), Failed> {
    if arguments.json {
        let runs: Vec<_> = runs.iter().map(facts).collect();
        return print_json(&json!({ "registry": registry.path(), "runs": runs }));
    }
    if runs.is_empty() {
        return print_text(&format!("no runs in {}", shown(registry.path())));
    }
    let mut table =
        ScreenTable::new(["run", "began (UTC)", "customers", "k", "structure", "segments", "unmatched", "aliases"]);
    for run in runs {
        let facts = facts(run);
        let cell = |key: &str| match &facts[key] {
            serde_json::Value::Null => "–".to_owned(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        table.row([
            run.id.to_string(),
            cell("began"),
            cell("n_customers"),
            cell("k"),
            cell("structure"),
            cell("n_segments"),
            cell("n_unmatched"),
            run.aliases.join(" "),
        ]);
    }
    let damaged = runs.iter().filter_map(|run| run.damage.as_ref());
    let notes: String = damaged.map(|damage| format!("\n! {}", printable(damage))).collect();
    print_text(&format!("{table}{notes}"))
}

/// The few facts of a run that a listing shows; null where an older run does not say.
fn facts(run: &RunEntry) -> serde_json::Value {
    let began: Timestamp = run.id.began();
    let facts = &run.facts;
    json!({
        "run_id": run.id.to_string(),
        "path": run.path,
        "aliases": run.aliases,
        "began": began.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "n_customers": facts.n_customers,
        "k": facts.k,
        "structure": facts.structure,
        "n_segments": facts.n_segments,
        "damage": run.damage,
        "n_unmatched": facts.n_unmatched,
    })
}
