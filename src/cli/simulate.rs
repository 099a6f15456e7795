//! `segmint simulate`: customers whose truth is known.

use std::path::PathBuf;

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use super::simulate_args::SimulateArguments;
use crate::language::counted;
use crate::printable::shown;
use crate::report::ScreenTable;
use crate::simulate::{
    SCENARIO_FILES, Scenario, ScenarioOptions, ScenarioSummary, SimulateOptions, SimulateSummary, simulate,
    write_scenario,
};

pub(super) fn run(arguments: &Arguments, wanted: &SimulateArguments) -> Result<(), Failed> {
    let files: &[&str] = match wanted.scenario {
        Some(_) => &SCENARIO_FILES,
        None => &["customers.parquet", "truth.parquet", "pipeline.toml"],
    };
    let mut paths = files.iter().map(|name| wanted.output.join(name));
    if let Some(path) = paths.find(|path| path.exists()).filter(|_| !wanted.force) {
        return Err(CliError::Exists { path }.into());
    }
    if let Some(scenario) = wanted.scenario {
        let made = write_scenario(&wanted.output, &planted(wanted, scenario))?;
        return if arguments.json { print_json(&made) } else { print_text(&told(&made, wanted)) };
    }
    let options = SimulateOptions {
        customers: wanted.customers,
        seed: wanted.seed,
        months: wanted.months,
        separation: wanted.separation,
    };
    let made = simulate(&wanted.output, &options)?;
    if arguments.json { print_json(&made) } else { print_text(&text(&made, wanted)) }
}

fn planted(wanted: &SimulateArguments, scenario: Scenario) -> ScenarioOptions {
    let usual = ScenarioOptions::default();
    ScenarioOptions {
        scenario,
        customers: wanted.customers,
        seed: wanted.seed,
        shared: wanted.shared.unwrap_or(usual.shared),
        groups: wanted.groups.unwrap_or(usual.groups),
        features: wanted.features.unwrap_or(usual.features),
        separation: wanted.separation,
        heavy_tails: wanted.heavy_tails,
    }
}

fn text(made: &SimulateSummary, wanted: &SimulateArguments) -> String {
    let mut groups = ScreenTable::new(["planted", "customers"]);
    for group in &made.groups {
        let name = group.archetype.clone().unwrap_or_else(|| "(known to no catalog)".to_owned());
        groups.row([name, group.customers.to_string()]);
    }
    let mut text =
        format!("{}, seed {}\n\n{groups}\n", counted(made.customers as u64, "customer", "customers"), wanted.seed);
    if made.months.len() > 1 {
        let mut months = ScreenTable::new(["month", "customers", "joined", "left", "moved"]);
        for month in &made.months {
            let counts = [month.customers, month.joined, month.left, month.moved].map(|count| count.to_string());
            let [customers, joined, left, moved] = counts;
            months.row([month.month.clone(), customers, joined, left, moved]);
        }
        text.push_str(&format!("\n{months}\n"));
    }
    let next = wanted.output.join("pipeline.toml");
    text + &format!("\n{}\n\nnext: segmint run -c {}", listed(&made.files), shown(&next))
}

/// What happened between two tables.
fn told(made: &ScenarioSummary, wanted: &SimulateArguments) -> String {
    let mut events = ScreenTable::new(["happened", "before", "after"]);
    for event in &made.truth.events {
        events.row([event.kind.name().to_owned(), event.from.join(", "), event.to.join(", ")]);
    }
    let truth = &made.truth;
    let customers = counted(made.customers as u64, "customer", "customers");
    let head = format!(
        "two tables of {customers}, {} in both of whom {} moved; {}, seed {}",
        truth.shared, truth.moved, truth.scenario, truth.seed
    );
    let [plan, after] = ["pipeline.toml", "after.parquet"].map(|name| wanted.output.join(name));
    let next = format!("segmint run -c {}", shown(&plan));
    format!(
        "{head}\n\n{events}\n\n{}\n\nnext: {next}\nthen: {next} --set source.path={}",
        listed(&made.files),
        shown(&after)
    )
}

fn listed(files: &[PathBuf]) -> String {
    files.iter().map(|file| format!("  {}", shown(file))).collect::<Vec<_>>().join("\n")
}
