use std::path::{Path, PathBuf};

use serde::Serialize;

use super::agreement::shown_indices;
use super::comparison::{expected_tiers, shown_rows};
use super::crossing::Crossing;
use super::settled::{Line, Settled};
use super::sums::disagreeing;
use super::{Rules, Shown};
use crate::compare::{Comparison, Estimate, Indices, Presence, ShownCells};
use crate::config::Duplicates;
use crate::registry::{Joined, Repeats};
use crate::{Text, Warning};

/// What may be shown of a run held against a table of tiers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedTiersCompared {
    /// The run.
    pub run_id: String,
    /// The table.
    pub tiers: PathBuf,
    /// Its tier column.
    pub tier: String,
    /// Customers that are compared.
    pub n: Shown<u64>,
    /// Customers of either without a tier.
    pub n_without_tier: Shown<u64>,
    /// Compared customers among those with a tier.
    pub coverage: Shown<Option<f64>>,
    /// Customers of the table who are not in the run.
    pub n_only_in_tiers: Shown<u64>,
    /// Customers of the run who are not in the table.
    pub n_only_in_run: Shown<u64>,
    /// Ids that stand in the table more than once.
    pub n_repeated_ids: usize,
    /// What was judged and noticed while the table was read.
    pub warnings: Vec<Warning>,
    /// Repeated ids with different tiers.
    pub n_conflicting_ids: usize,
    /// Customers of every tier in every segment.
    pub contingency: SharedTierTable,
    /// The agreement indices.
    pub indices: Indices<Estimate>,
    /// What the comparison says, in sentences that tell of no cell that is held back.
    pub sentences: Vec<Text>,
    /// The tier expected of every segment.
    #[serde(skip)]
    pub expected_tiers: Vec<Shown<Option<String>>>,
    /// Which row of a repeated id counts.
    #[serde(skip)]
    pub duplicates: Duplicates,
    /// Counts below this are held back.
    #[serde(skip)]
    pub min_cell: u64,
}

/// Tiers of a table against the segments of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedTierTable {
    /// The tiers.
    pub tiers: Vec<String>,
    /// The segments as the run recorded them.
    pub segments: Vec<String>,
    /// Customers, tiers × segments.
    pub counts: Vec<Vec<Shown<u64>>>,
}

/// A table of tiers beside a run.
#[derive(Debug, Clone, Copy)]
pub struct TiersBeside<'a> {
    /// The run.
    pub run: &'a str,
    /// Where the table is.
    pub table: &'a Path,
    /// Who is in the table, in the run, or in both.
    pub joined: &'a Joined,
    /// The ids that stand in it more than once.
    pub repeats: &'a Repeats,
    /// Which of their rows counts.
    pub duplicates: Duplicates,
    /// What was noticed while it was read.
    pub warnings: &'a [Warning],
}

impl SharedTiersCompared {
    /// What `rules` let be shown of `comparison`, of the tiers in `table` with the segments of its run.
    pub fn of(table: TiersBeside<'_>, comparison: &Comparison, rules: &Rules) -> Self {
        let Cells { counts, totals, mut settled } = Cells::of(table.joined, comparison, rules.min_cell);
        let only = |seen: Presence| rules.count(table.joined.count(seen) as u64);
        let n_is_shown = totals.n && only(Presence::After).is_some();
        let cells = disagreeing(comparison, &counts).filter(|_| n_is_shown);
        let disagreeing = cells.is_some_and(|cells| settled.tells(&cells));
        let told = settled.told().map(|told| &told[..comparison.contingency.counts.concat().len()]);
        let indices = shown_indices(comparison, &comparison.contingency.counts, &counts, told, rules.min_cell);
        let shown = ShownCells {
            counts: &counts,
            values: &[],
            tiers: &totals.tiers,
            clusters: &totals.clusters,
            indices: &indices,
            disagreeing,
            disagreeing_value: disagreeing,
        };
        let segments = comparison.contingency.cluster_names.iter();
        SharedTiersCompared {
            run_id: table.run.to_owned(),
            tiers: table.table.to_owned(),
            tier: comparison.tier.clone(),
            n: Shown::when(n_is_shown, comparison.n),
            n_without_tier: rules.count(comparison.n_without_tier).filter(|_| n_is_shown).into(),
            coverage: Shown::maybe(n_is_shown && only(Presence::Before).is_some(), comparison.coverage),
            n_only_in_tiers: only(Presence::Before).into(),
            n_only_in_run: only(Presence::After).into(),
            n_repeated_ids: table.repeats.n_ids,
            warnings: table.warnings.to_vec(),
            n_conflicting_ids: table.repeats.n_conflicting,
            sentences: rules.sentences(comparison, shown),
            expected_tiers: expected_tiers(comparison, &counts),
            contingency: SharedTierTable {
                tiers: comparison.contingency.tiers.clone(),
                // Names that were read from a table are the same in every language.
                segments: segments.map(|name| name.en.clone()).collect(),
                counts: shown_rows(counts),
            },
            indices,
            duplicates: table.duplicates,
            min_cell: rules.min_cell,
        }
    }
}

/// Of which tiers and segments the totals may be told.
struct Totals {
    tiers: Vec<bool>,
    clusters: Vec<bool>,
    /// Whether that of all may be told.
    n: bool,
}

/// The cells of a comparison as they may be shown.
struct Cells {
    counts: Vec<Vec<Option<u64>>>,
    totals: Totals,
    /// The table they were settled in, with who has no tier.
    settled: Settled,
}

impl Cells {
    /// Who of a segment has no tier is one of the parts of its size.
    fn of(joined: &Joined, comparison: &Comparison, min_cell: u64) -> Cells {
        let (n_tiers, n_clusters) = (comparison.contingency.tiers.len(), comparison.contingency.clusters.len());
        let mut rest = vec![0; n_clusters];
        for row in (0..joined.right.n_rows()).filter(|&row| joined.left.code(row).is_none()) {
            joined.right.code(row).into_iter().for_each(|code| rest[code] += 1);
        }
        let mut counts = comparison.contingency.counts.clone();
        if rest.iter().any(|&n| n > 0) {
            counts.push(rest);
        }
        let crossing = Crossing::of(counts, min_cell);
        let n = crossing.rows.get(n_tiers).is_none_or(|(_, line)| *line == Line::Listed);
        let settled = crossing.settled(min_cell);
        let mut shown = crossing.told_of(&settled);
        let clusters = match shown.get(n_tiers) {
            Some(rest) => rest.iter().map(Option::is_some).collect(),
            None => vec![true; n_clusters],
        };
        shown.truncate(n_tiers);
        Cells { counts: shown, totals: Totals { tiers: vec![true; n_tiers], clusters, n }, settled }
    }
}

impl SharedTierTable {
    /// Whether a cell is held back.
    pub fn holds_back(&self) -> bool {
        self.counts.iter().flatten().any(|cell| !cell.is_shown())
    }
}
