use std::path::{Path, PathBuf};

use serde::Serialize;

use super::comparison::shown_rows;
use super::{Rules, Shown, suppress};
use crate::compare::{Comparison, Estimate, Indices, Presence};
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
    pub n: u64,
    /// Customers of either without a tier.
    pub n_without_tier: u64,
    /// Compared customers among those with a tier.
    pub coverage: Option<f64>,
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
    pub expected_tiers: Vec<Option<String>>,
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
        let counts = suppress(&comparison.contingency.counts, rules.min_cell);
        let only = |seen: Presence| rules.count(table.joined.count(seen) as u64).into();
        let segments = comparison.contingency.cluster_names.iter();
        SharedTiersCompared {
            run_id: table.run.to_owned(),
            tiers: table.table.to_owned(),
            tier: comparison.tier.clone(),
            n: comparison.n,
            n_without_tier: comparison.n_without_tier,
            coverage: comparison.coverage,
            n_only_in_tiers: only(Presence::Before),
            n_only_in_run: only(Presence::After),
            n_repeated_ids: table.repeats.n_ids,
            warnings: table.warnings.to_vec(),
            n_conflicting_ids: table.repeats.n_conflicting,
            sentences: rules.sentences(comparison, &counts),
            contingency: SharedTierTable {
                tiers: comparison.contingency.tiers.clone(),
                // Names that were read from a table are the same in every language.
                segments: segments.map(|name| name.en.clone()).collect(),
                counts: shown_rows(counts),
            },
            indices: comparison.indices,
            expected_tiers: comparison.expected_tiers.clone(),
            duplicates: table.duplicates,
            min_cell: rules.min_cell,
        }
    }
}

impl SharedTierTable {
    /// Whether a cell is held back.
    pub fn holds_back(&self) -> bool {
        self.counts.iter().flatten().any(|cell| !cell.is_shown())
    }
}
