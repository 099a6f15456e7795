//! `segmint compare`: a run against another run, or against a table of tiers.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use super::tier_table::{Tiers, Wanted, hint_to_nobody_shared};
use super::{plain_monitor, plan_if_any, registry_of};
use crate::compare::{Comparison, Index, Migration, Presence, compare_assignments, migration};
use crate::config::{ClusterPlan, ComparePlan, Duplicates};
use crate::language::{counted, noun};
use crate::model::{FittedPipeline, ROW_NUMBER};
use crate::registry::{Joined, LabelsById, RunFolder};
use crate::report::Table;
use crate::sharing::{Rules, suppress};

pub(super) fn run(arguments: &Arguments, run: &str, other: &str, wanted: Wanted<'_>) -> Result<(), Failed> {
    let (registry, _) = registry_of(arguments)?;
    let run = registry.resolve(run)?;
    let model = FittedPipeline::load(&run.file("model.segmint"))?;
    let id = model.id_column.as_deref().unwrap_or(ROW_NUMBER);
    let segments = LabelsById::read(&run.file("assignments.parquet"), id, "segment", model.duplicates, &[])?;
    let plan = plan_if_any(arguments)?;
    let compare = plan.as_ref().map(|plan| ComparePlan { rules: Vec::new(), ..plan.compare.clone() });
    let mut settings = Settings {
        plan: compare.unwrap_or_default(),
        seed: plan.as_ref().map_or_else(|| ClusterPlan::default().seed, |plan| plan.cluster.seed),
        duplicates: model.duplicates,
        sharing: Rules::open(&run.path)?,
    };
    let table = Path::new(other);
    let is_run = table.join("run.json").is_file() || !table.exists();
    if is_run {
        let other = registry.resolve(other)?;
        // Of two rules the stricter one.
        let min_cell = Rules::open(&other.path)?.min_cell;
        settings.sharing.min_cell = settings.sharing.min_cell.max(min_cell);
        let other_model = FittedPipeline::load(&other.file("model.segmint"))?;
        let other_id = other_model.id_column.as_deref().unwrap_or(ROW_NUMBER);
        let (file, kept) = (other.file("assignments.parquet"), other_model.duplicates);
        let other_segments = LabelsById::read(&file, other_id, "segment", kept, &[])?;
        let joined = Joined::of(&segments, &name(&run), &other_segments, &name(&other));
        settings.runs(arguments, &joined, &run, &other)
    } else {
        let null_values = |tier: &str| plan.as_ref().map_or(&[][..], |plan| plan.source.null_values_of(tier));
        let tiers = Tiers::read(table, wanted, id, model.duplicates, null_values)?;
        let joined = Joined::of(&tiers.by_id, &tiers.column, &segments, "segment");
        if joined.n_shared() == 0 {
            return Err(nobody_shared(hint_to_nobody_shared(&tiers.by_id, &segments)));
        }
        settings.tiers(arguments, &joined, &tiers, &run, table)
    }
}

fn name(run: &RunFolder) -> String {
    run.id.map_or_else(|| run.path.display().to_string(), |id| id.to_string())
}

fn nobody_shared(hint: String) -> Failed {
    CliError::Input { message: "the two have no customer in common".to_owned(), hint }.into()
}

/// What a comparison needs besides the labels.
struct Settings {
    plan: ComparePlan,
    seed: u64,
    /// Which of two rows of a tier table counts.
    duplicates: Duplicates,
    sharing: Rules,
}

impl Settings {
    fn compare(&self, arguments: &Arguments, joined: &Joined, order: &[String]) -> Result<Comparison, Failed> {
        if joined.n_shared() == 0 {
            let hint = "both need the id column of the run, under the same name and in the same form";
            return Err(nobody_shared(hint.to_owned()));
        }
        let monitor = plain_monitor(arguments);
        Ok(compare_assignments(&joined.left, order, &joined.right, None, &self.plan, self.seed, &monitor)?)
    }

    fn runs(&self, arguments: &Arguments, joined: &Joined, run: &RunFolder, other: &RunFolder) -> Result<(), Failed> {
        let comparison = self.compare(arguments, joined, &[])?;
        let moved = migration(&joined.left, &joined.right, &joined.seen, None);
        let shown = self.migration(&moved);
        if arguments.json {
            return print_json(&json!({
                "from": name(run),
                "to": name(other),
                "n_shared": joined.n_shared(),
                "indices": comparison.indices,
                "migration": { "from": moved.from, "to": moved.to, "counts": shown.counts, "left": shown.left, "new": shown.new },
            }));
        }
        print_text(&format!(
            "{} → {}\n{} in both\n\n{}\n\n{}",
            name(run),
            name(other),
            counted(joined.n_shared() as u64, "customer", "customers"),
            migration_table(&moved, &shown),
            indices(&comparison)
        ))
    }

    fn tiers(
        &self,
        arguments: &Arguments,
        joined: &Joined,
        tiers: &Tiers,
        run: &RunFolder,
        table: &Path,
    ) -> Result<(), Failed> {
        let repeats = tiers.by_id.repeats();
        let comparison = self.compare(arguments, joined, &self.plan.tier_order)?;
        let contingency = &comparison.contingency;
        let counts = suppress(&contingency.counts, self.sharing.min_cell);
        let sentences = self.sharing.sentences(&comparison, &counts);
        let segments: Vec<&str> = contingency.cluster_names.iter().map(|name| name.en.as_str()).collect();
        let only = [Presence::Before, Presence::After].map(|seen| joined.count(seen) as u64);
        let [only_tiers, only_run] = only.map(|count| self.sharing.count(count));
        if arguments.json {
            return print_json(&json!({
                "run_id": name(run),
                "tiers": PathBuf::from(table),
                "tier": comparison.tier,
                "n": comparison.n,
                "n_without_tier": comparison.n_without_tier,
                "coverage": comparison.coverage,
                "n_only_in_tiers": only_tiers,
                "n_only_in_run": only_run,
                "n_repeated_ids": repeats.n_ids,
                "warnings": tiers.warnings,
                "n_conflicting_ids": repeats.n_conflicting,
                "contingency": { "tiers": contingency.tiers, "segments": segments, "counts": counts },
                "indices": comparison.indices,
                "sentences": sentences,
            }));
        }
        let matrix = tier_matrix(&comparison, &counts);
        let mut lines = vec![format!(
            "{} against {} of {}: {}",
            name(run),
            comparison.tier,
            table.display(),
            counted(comparison.n, "customer", "customers")
        )];
        lines.extend(not_compared([
            (only[0], only_tiers, "of the table who are not in the run"),
            (only[1], only_run, "of the run who are not in the table"),
        ]));
        if repeats.n_ids > 0 {
            lines.push(format!(
                "! ids that stand in the table more than once: {}, with different tiers: {}; of such rows the {} counts",
                repeats.n_ids,
                repeats.n_conflicting,
                if self.duplicates == Duplicates::Last { "last" } else { "first" },
            ));
        }
        lines.extend(tiers.warnings.iter().map(|warning| format!("! {}", warning.message.en)));
        lines.extend([String::new(), matrix.to_string(), String::new(), indices(&comparison)]);
        lines.extend(sentences.iter().map(|sentence| sentence.en.clone()));
        print_text(&lines.join("\n"))
    }

    /// Who went where, as it may be shown. Those who left and the new ones complete the totals, so they are held back
    /// together with the cells.
    fn migration(&self, moved: &Migration) -> Shown {
        let rows = moved.counts.iter().zip(&moved.left).map(|(row, &left)| row.iter().copied().chain([left]).collect());
        let last = moved.new.iter().copied().chain([0]).collect();
        let mut counts = suppress(&rows.chain([last]).collect::<Vec<Vec<u64>>>(), self.sharing.min_cell);
        let mut new = counts.pop().expect("the new customers are the last row");
        new.pop();
        let left = counts.iter_mut().map(|row| row.pop().expect("those who left are the last column")).collect();
        Shown { counts, left, new }
    }
}

/// Who was on one side only: how many, how many of these may be told, and where they are.
fn not_compared(sides: [(u64, Option<u64>, &str); 2]) -> Option<String> {
    // What is held back is not given away by its noun.
    let customers = |cell: Option<u64>| noun(cell.unwrap_or(0), "customer", "customers");
    let told = sides.iter().filter(|(n, ..)| *n > 0);
    let told: Vec<String> = told.map(|&(_, cell, who)| format!("{} {} {who}", shown(cell), customers(cell))).collect();
    (!told.is_empty()).then(|| format!("not compared: {}", told.join(", ")))
}

/// Segments and the customers of every tier in them, as they may be shown.
fn tier_matrix(comparison: &Comparison, counts: &[Vec<Option<u64>>]) -> Table {
    let contingency = &comparison.contingency;
    let tiers = contingency.tiers.iter().map(String::as_str);
    let mut matrix = Table::new(["segment"].into_iter().chain(tiers).chain(["expected"]));
    for (column, segment) in contingency.cluster_names.iter().enumerate() {
        let cells = counts.iter().map(|row| shown(row[column]));
        let expected = comparison.expected_tiers[column].clone().unwrap_or_else(|| "–".to_owned());
        matrix.row([segment.en.clone()].into_iter().chain(cells).chain([expected]));
    }
    matrix
}

/// A migration with small cells held back.
struct Shown {
    counts: Vec<Vec<Option<u64>>>,
    left: Vec<Option<u64>>,
    new: Vec<Option<u64>>,
}

fn migration_table(moved: &Migration, cells: &Shown) -> String {
    let label = |label: &Option<String>| label.clone().unwrap_or_else(|| "(no segment)".to_owned());
    let headings = ["from ↓ to →".to_owned()].into_iter().chain(moved.to.iter().map(label)).chain(["left".to_owned()]);
    let mut table = Table::new(headings);
    for ((from, row), &left) in moved.from.iter().zip(&cells.counts).zip(&cells.left) {
        table.row([label(from)].into_iter().chain(row.iter().map(|&cell| shown(cell))).chain([shown(left)]));
    }
    table.row(["new".to_owned()].into_iter().chain(cells.new.iter().map(|&cell| shown(cell))));
    table.to_string()
}

fn shown(cell: Option<u64>) -> String {
    cell.map_or_else(|| "*".to_owned(), |count| count.to_string())
}

fn indices(comparison: &Comparison) -> String {
    let mut table = Table::new(["index", "value", "95 % low", "high", "p"]);
    for index in Index::ALL {
        let estimate = comparison.indices.get(index);
        let cell = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
        if estimate.value.is_some() {
            table.row([
                index.name().to_owned(),
                cell(estimate.value),
                cell(estimate.low),
                cell(estimate.high),
                cell(estimate.p),
            ]);
        }
    }
    table.to_string()
}
