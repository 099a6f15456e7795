use serde::Serialize;

use super::{Screen, Shown};
use crate::Text;
use crate::compare::{CellRule, Comparison, DisagreementCell, Estimate, Indices, NoisePolicy};
use crate::metrics::ClusterId;

/// How the tiers of customers and their clusters agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedComparison {
    /// The tier's column, or the name of the rule that made it.
    pub tier: String,
    /// The clustering, such as `kmeans`.
    pub clustering: String,
    /// What became of customers in no cluster.
    pub noise_policy: NoisePolicy,
    /// Customers that are compared.
    pub n: Shown<u64>,
    /// Customers of the table without a tier.
    pub n_without_tier: Shown<u64>,
    /// Compared customers among those with a tier.
    pub coverage: Shown<Option<f64>>,
    /// The table itself.
    pub contingency: SharedContingency,
    /// The agreement indices; where a cell is held back only those, and so many digits, that do not tell it.
    pub indices: Indices<Estimate>,
    /// Cells of customers whose tier is not the one expected of their cluster; of those that are shown everything is.
    pub disagreements: Vec<DisagreementCell>,
    /// What the comparison says, in sentences that tell of no cell that is held back.
    pub sentences: Vec<Text>,
    /// The tier expected of every cluster.
    #[serde(skip)]
    pub expected_tiers: Vec<Shown<Option<String>>>,
    /// The place of every cell of [`disagreements`](Self::disagreements) in the run's own list.
    #[serde(skip)]
    pub disagreement_places: Vec<usize>,
    /// Where the run's files have it, `FILE#/POINTER`.
    #[serde(skip)]
    pub pointer: String,
}

/// A table of tiers × clusters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedContingency {
    /// The tiers.
    pub tiers: Vec<String>,
    /// The clusters; null = noise as a cluster of its own.
    pub clusters: Vec<Option<ClusterId>>,
    /// What they are called.
    pub cluster_names: Vec<Text>,
    /// Customers, tiers × clusters.
    pub counts: Vec<Vec<Shown<u64>>>,
    /// Their summed value.
    pub value: Option<Vec<Vec<Shown<f64>>>>,
    /// Their share of the customers of the tier.
    #[serde(skip)]
    pub tier_shares: Vec<Vec<Shown<f64>>>,
}

impl SharedComparison {
    pub(super) fn of(screen: &Screen<'_>, comparison: &Comparison, pointer: String) -> Self {
        let (disagreement_places, disagreements) = screen.disagreements(comparison).into_iter().unzip();
        let disagreements: Vec<&DisagreementCell> = disagreements;
        SharedComparison {
            tier: comparison.tier.clone(),
            clustering: comparison.clustering.clone(),
            noise_policy: comparison.noise_policy,
            n: Shown::when(screen.n_is_shown(comparison), comparison.n),
            n_without_tier: screen.without_tier(comparison).into(),
            coverage: Shown::maybe(screen.n_is_shown(comparison), comparison.coverage),
            contingency: SharedContingency::of(screen, comparison),
            indices: screen.indices(comparison),
            disagreements: disagreements.into_iter().map(|cell| shared_cell(screen, comparison, cell)).collect(),
            sentences: screen.sentences(comparison),
            expected_tiers: expected_tiers(comparison, &screen.counts(comparison)),
            disagreement_places,
            pointer,
        }
    }
}

impl SharedContingency {
    fn of(screen: &Screen<'_>, comparison: &Comparison) -> Self {
        let table = &comparison.contingency;
        let counts = screen.counts(comparison);
        let value_row = |(values, shown): (&Vec<f64>, &Vec<bool>)| -> Vec<Shown<f64>> {
            values.iter().zip(shown).map(|(&value, &shown)| Shown::when(shown, value)).collect()
        };
        let share = |count: Option<u64>, of_tier: f64| count.map(|count| count as f64 / of_tier).into();
        let share_row = |((row, shown), is_told): ((&Vec<u64>, &Vec<Option<u64>>), bool)| -> Vec<Shown<f64>> {
            let of_tier = row.iter().sum::<u64>().max(1) as f64;
            shown.iter().map(|&count| share(if is_told { count } else { None }, of_tier)).collect()
        };
        let (totals, values) = (screen.tier_totals(comparison), screen.values(comparison));
        let tier_shares = table.counts.iter().zip(&counts).zip(totals).map(share_row).collect();
        SharedContingency {
            tiers: table.tiers.clone(),
            clusters: table.clusters.clone(),
            cluster_names: table.cluster_names.clone(),
            value: table.value.as_ref().map(|value| value.iter().zip(&values).map(value_row).collect()),
            counts: shown_rows(counts),
            tier_shares,
        }
    }

    /// Whether a cell is held back.
    pub fn holds_back(&self) -> bool {
        self.counts.iter().flatten().any(|cell| !cell.is_shown())
    }
}

/// The tier expected of every cluster, where the cell that says so is shown.
pub(super) fn expected_tiers(comparison: &Comparison, counts: &[Vec<Option<u64>>]) -> Vec<Shown<Option<String>>> {
    let tiers = &comparison.contingency.tiers;
    let is_shown =
        |tier: &String, c: usize| tiers.iter().position(|other| other == tier).is_some_and(|t| counts[t][c].is_some());
    let expected = comparison.expected_tiers.iter().enumerate();
    expected.map(|(c, tier)| Shown::when(tier.as_ref().is_none_or(|tier| is_shown(tier, c)), tier.clone())).collect()
}

/// A cell that is shown, with its rule as it may be.
fn shared_cell(screen: &Screen<'_>, comparison: &Comparison, cell: &DisagreementCell) -> DisagreementCell {
    let value = cell.value.filter(|_| screen.cell_value_is_shown(comparison, cell));
    let rule = cell.rule.as_ref().map(|rule| {
        let ratio = |share: Option<f64>| screen.ratio(share, rule.n_held_out).known();
        CellRule {
            accuracy: ratio(rule.accuracy),
            precision: ratio(rule.precision),
            recall: ratio(rule.recall),
            share: ratio(rule.share),
            ..rule.clone()
        }
    });
    DisagreementCell { value, rule, ..cell.clone() }
}

/// Counts of a table, `None` where one is held back.
pub(super) fn shown_rows(counts: Vec<Vec<Option<u64>>>) -> Vec<Vec<Shown<u64>>> {
    counts.into_iter().map(|row| row.into_iter().map(Shown::from).collect()).collect()
}
