//! `segmint simulate`: customers whose truth is known.

use super::args::{Arguments, SimulateArguments};
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use crate::language::counted;
use crate::printable::shown;
use crate::report::Table;
use crate::simulate::{SimulateOptions, SimulateSummary, simulate};

pub(super) fn run(arguments: &Arguments, wanted: &SimulateArguments) -> Result<(), Failed> {
    let files = ["customers.parquet", "truth.parquet", "pipeline.toml"].map(|name| wanted.output.join(name));
    if let Some(path) = files.into_iter().find(|path| path.exists()).filter(|_| !wanted.force) {
        return Err(CliError::Exists { path }.into());
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

fn text(made: &SimulateSummary, wanted: &SimulateArguments) -> String {
    let mut groups = Table::new(["planted", "customers"]);
    for group in &made.groups {
        let name = group.archetype.clone().unwrap_or_else(|| "(known to no catalog)".to_owned());
        groups.row([name, group.customers.to_string()]);
    }
    let mut text =
        format!("{}, seed {}\n\n{groups}\n", counted(made.customers as u64, "customer", "customers"), wanted.seed);
    if made.months.len() > 1 {
        let mut months = Table::new(["month", "customers", "joined", "left", "moved"]);
        for month in &made.months {
            let counts = [month.customers, month.joined, month.left, month.moved].map(|count| count.to_string());
            let [customers, joined, left, moved] = counts;
            months.row([month.month.clone(), customers, joined, left, moved]);
        }
        text.push_str(&format!("\n{months}\n"));
    }
    let files: Vec<String> = made.files.iter().map(|file| format!("  {}", shown(file))).collect();
    let next = wanted.output.join("pipeline.toml");
    text.push_str(&format!("\n{}\n\nnext: segmint run -c {}", files.join("\n"), shown(&next)));
    text
}
