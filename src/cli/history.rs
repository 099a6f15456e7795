//! `segmint runs history` and `segmint runs promote`: the runs that continue each other.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use crate::config::Plan;
use crate::printable::printable;
use crate::registry::{AliasName, LATEST, LostRun, PromotedRun, Promotion, Registry, RunId};
use crate::report::ScreenTable;
use crate::sharing::{SharedRun, SharedSegment};
use crate::{Language, Text};

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
    let promoted = registry.promoted(&alias)?;
    if promoted.runs.is_empty() {
        registry.resolve(&alias)?;
    }
    let mut runs = Vec::new();
    for PromotedRun { id, as_of, .. } in promoted.runs.iter().rev() {
        let folder = registry.resolve(&id.to_string())?;
        runs.push(Past { run: SharedRun::open(&folder.path)?, as_of: *as_of });
    }
    let lost = promoted.lost;
    if arguments.json {
        let runs: Vec<Value> = runs.iter().map(facts).collect();
        return print_json(&json!({ "alias": alias, "before": lost.map(|lost| lost.run), "runs": runs }));
    }
    let before = lost.map_or_else(String::new, |LostRun { run, why }| format!("\nbefore them: {run}; {why}"));
    print_text(&format!("{}{before}", sizes(&runs)))
}

/// What the signs in place of sizes mean, where there are any, each on a line.
fn legend(has_small: bool, has_gaps: bool, language: Language) -> String {
    let small = language.say(
        "\n* fewer customers than report.min_cell, or held back to cover such a cell",
        "\n* 人数少于 report.min_cell，或为掩护此类单元格而隐去",
    );
    let gap = language.say("\n– not in that run", "\n– 该次运行中没有此客群");
    [(has_small, small), (has_gaps, gap)].iter().filter(|(is_met, _)| *is_met).map(|(_, said)| *said).collect()
}

/// A run of the past, and the date its plan names.
struct Past {
    run: SharedRun,
    as_of: Option<Date>,
}

impl Past {
    /// What tells it from the others: its date, else when it began in UTC, to the minute.
    fn heading(&self) -> String {
        let began = || self.run.run_id.parse().map_or_else(|_| self.run.run_id.clone(), minute);
        self.as_of.map_or_else(began, |date| date.to_string())
    }
}

fn minute(id: RunId) -> String {
    id.began().strftime("%Y-%m-%d %H:%M").to_string()
}

/// Segments by rows, runs by columns, customers in the cells; in the language of the newest run, as the names are.
fn sizes(runs: &[Past]) -> String {
    let language = runs.last().map_or(Language::En, |past| past.run.language);
    let headings =
        ["".to_owned(), language.say("segment", "客群").to_owned()].into_iter().chain(runs.iter().map(Past::heading));
    let mut table = ScreenTable::new(headings);
    let mut ids: Vec<&str> =
        runs.iter().flat_map(|past| &past.run.segments).map(|segment| segment.segment_id.as_str()).collect();
    // `S100` is after `S99`.
    ids.sort_by_key(|id| (id.len(), *id));
    ids.dedup();
    let (mut has_small, mut has_gaps) = (false, false);
    for id in ids {
        let of = |past: &Past| past.run.segments.iter().find(|segment| segment.segment_id == id).cloned();
        let name = runs.iter().rev().find_map(of).map(|segment: SharedSegment| segment.segment).unwrap_or_default();
        let cell = |past: &Past| match of(past).map(|segment| segment.size.value().copied()) {
            None => {
                has_gaps = true;
                "–".to_owned()
            }
            Some(None) => {
                has_small = true;
                "*".to_owned()
            }
            Some(Some(size)) => size.to_string(),
        };
        table.row([id.to_owned(), printable(&name).into_owned()].into_iter().chain(runs.iter().map(cell)));
    }
    let all = runs.iter().map(|past| past.run.n_customers.to_string());
    table.row([String::new(), language.say("all customers", "全部客户").to_owned()].into_iter().chain(all));
    format!("{table}{}", legend(has_small, has_gaps, language))
}

fn facts(past: &Past) -> Value {
    let Past { run, as_of } = past;
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
        "as_of": as_of,
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
    let wanted = registry.in_line(run)?;
    let champion = registry.promoted(name.as_str())?.runs.into_iter().next();
    if let Some(champion) = champion.as_ref().filter(|champion| !takes_place(&wanted, champion)) {
        return Err(CliError::OutOfOrder {
            is_late: wanted.date() < champion.date(),
            run: wanted.id.to_string(),
            against: wanted.against.unwrap_or_else(|| "none".to_owned()),
            alias: name.as_str().to_owned(),
            now: champion.id.to_string(),
        }
        .into());
    }
    let promotion = Promotion { alias: name.clone(), from: champion.map(|champion| champion.id.to_string()) };
    let id = registry.promote(&promotion, &wanted.id.to_string())?;
    match arguments.json {
        true => print_json(&json!({ "alias": name.as_str(), "run_id": id.to_string() })),
        false => print_text(&format!("{} → {id}", name.as_str())),
    }
}

/// Whether `run` was held against `champion`, or is the same date made again.
fn takes_place(run: &PromotedRun, champion: &PromotedRun) -> bool {
    let is = |other: &Option<String>| other.as_deref() == Some(&*champion.id.to_string());
    let is_again = run.date() == champion.date() && run.against == champion.against && run.as_of.is_some();
    run.id == champion.id || is(&run.against) || is(&run.instead_of) || is_again
}

/// Gives a segment of a run the name `name`, or takes away the one it has.
pub(super) fn name(
    arguments: &Arguments,
    registry: &Registry,
    plan: Option<&Plan>,
    segment: &str,
    name: Option<Text>,
    run: Option<&str>,
) -> Result<(), Failed> {
    let alias = alias_of(None, plan);
    let is_there = registry.aliases()?.contains_key(&alias);
    let run = run.unwrap_or(if is_there { &alias } else { LATEST });
    let found = registry.pin_name(run, segment, name.clone())?;
    let recorded = &found.name().name;
    if arguments.json {
        return print_json(&json!({ "segment_id": found.segment_id, "name": name, "recorded": recorded }));
    }
    let id = found.segment_id;
    let now = name.as_ref().unwrap_or(recorded);
    let beside = if now.zh == now.en { String::new() } else { format!(" ({})", now.zh) };
    let page = format!("pages that are there already are as they were; `segmint report {run}` makes one again");
    print_text(&format!("{id} is called {}{}\n{page}", printable(&now.en), printable(&beside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_signs_that_are_met_are_explained() {
        assert_eq!(legend(false, false, Language::En), "");
        let both = "\n* fewer customers than report.min_cell, or held back to cover such a cell\n– not in that run";
        assert_eq!(legend(true, true, Language::En), both);
        assert_eq!(legend(false, true, Language::Zh), "\n– 该次运行中没有此客群");
    }
}
