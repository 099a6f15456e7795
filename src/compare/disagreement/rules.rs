use super::customers::CellCodes;
use crate::Text;
use crate::compare::{CellRule, CompareError, Comparison, Pairing};
use crate::label::rule::{Grouping, Growth, Leaf, RuleSample, conjunction, sql};
use crate::load::{Levels, NumericColumns};
use crate::monitor::Monitor;

/// Cells that get a rule, the largest.
const RULED: usize = 10;

/// Finds, for the largest ten disagreement cells, a rule on `features` and `categories` that says which customers of the tier are in the
/// cluster, and writes it into the cell. `pairing` is the one the comparison was made of.
///
/// The rule is a tree of at most three conditions a path on original units ([`RuleSample::learn`]) that tells the
/// customers of the cell from the other customers of their tier, or of their cluster when the tier has no others. It is
/// grown with both sides counting alike, so that a small cell is told apart too, and measured, as they really are, among
/// customers it was not grown on. A cell that no rule describes has none, nor has one whose rule is right there no more often
/// than guessing is.
///
/// Cost: one sample for all cells, every feature is read once; trees on at most 20,000 customers each.
///
/// # Errors
/// When a column cannot be read, or the monitor says so.
pub fn rule_cells(
    comparison: &mut Comparison,
    pairing: &Pairing<'_>,
    columns: &dyn NumericColumns,
    features: &[String],
    categories: &[&Levels],
    seed: u64,
    monitor: &Monitor,
) -> Result<(), CompareError> {
    if comparison.disagreements.is_empty() {
        return Ok(());
    }
    let codes = CellCodes::new(comparison, pairing);
    let cells = codes.of_cells(comparison);
    let n_clusters = comparison.contingency.clusters.len();
    let n_groups = comparison.contingency.tiers.len() * n_clusters;
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); n_groups];
    codes.of_rows(pairing).for_each(|(row, code)| members[code].push(row as u32));
    let name = format!("{}/{}/{}", comparison.tier, comparison.clustering, comparison.noise_policy.name());
    let grouping = Grouping { name: &name, members: &members };
    let sample = RuleSample::draw(&grouping, columns, features, seed, monitor)?.with_categories(categories);
    let counts: Vec<u64> = comparison.contingency.counts.concat();
    let growth = Growth { balanced: true, ..Growth::default() };
    for (cell, &code) in comparison.disagreements.iter_mut().zip(&cells).take(RULED) {
        monitor.check()?;
        let same_tier = |group: usize| group / n_clusters == code / n_clusters;
        let same_cluster = |group: usize| group % n_clusters == code % n_clusters;
        let within_tier = (0..n_groups).any(|group| group != code && same_tier(group) && counts[group] > 0);
        let class = |group: usize| {
            let asked = if within_tier { same_tier(group) } else { same_cluster(group) };
            asked.then(|| usize::from(group == code))
        };
        let classes: Vec<Option<usize>> = (0..n_groups).map(class).collect();
        let tree = sample.learn(&classes, 2, &growth);
        let mut leaves: Vec<&Leaf> = tree.leaves_of(1).filter(|leaf| !leaf.conditions.is_empty()).collect();
        leaves.sort_by(|a, b| b.recall.unwrap_or(0.0).total_cmp(&a.recall.unwrap_or(0.0)));
        let fidelity = &tree.classes[1];
        let is_better = fidelity.precision.zip(fidelity.share).is_none_or(|(precision, share)| precision > share);
        if leaves.is_empty() || !is_better {
            continue;
        }
        cell.rule = Some(CellRule {
            within_tier,
            text: either(&leaves),
            sql: leaves.iter().map(|leaf| format!("({})", sql(&leaf.conditions))).collect::<Vec<_>>().join(" OR "),
            conditions: leaves.iter().map(|leaf| leaf.conditions.clone()).collect(),
            accuracy: tree.accuracy,
            precision: fidelity.precision,
            recall: fidelity.recall,
            share: fidelity.share,
            n_held_out: tree.n_held_out,
        });
    }
    Ok(())
}

/// One of several conjunctions.
fn either(leaves: &[&Leaf]) -> Text {
    let texts: Vec<Text> = leaves.iter().map(|leaf| conjunction(&leaf.conditions)).collect();
    match texts.as_slice() {
        [only] => only.clone(),
        several => {
            let join = |of: fn(&Text) -> &str, or: &str| {
                several.iter().map(|text| format!("({})", of(text))).collect::<Vec<_>>().join(or)
            };
            Text::new(join(|text| &text.en, " or "), join(|text| &text.zh, " 或 "))
        }
    }
}
