use std::path::{Path, PathBuf};

use serde::Serialize;

use super::agreement::shown_indices;
use super::comparison::{expected_tiers, shown_rows};
use super::covers::is_small;
use super::crossing::Crossing;
use super::settled::Line;
use super::sums::{disagreeing, told_of};
use super::{Rules, Screen, SharingError, Shown};
use crate::compare::{Comparison, Estimate, Indices, Presence, ShownCells, Told};
use crate::config::Duplicates;
use crate::registry::{Joined, Repeats, Run};
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
    /// Their names in both languages.
    #[serde(skip)]
    pub names: Vec<Text>,
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
    /// The run's files: where it holds the same tiers, the same cells are held back.
    pub files: Option<&'a RunFiles>,
}

/// The files of a run whose segments are held against a table, for what they hold back.
#[derive(Debug, Clone)]
pub struct RunFiles(Run);

impl RunFiles {
    /// Those in `folder`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(folder: &Path) -> Result<Self, SharingError> {
        Ok(RunFiles(Run::open(folder)?))
    }

    /// `comparison`, whose segments have the names of the run's tables, with their names in both languages.
    fn named(&self, comparison: &Comparison) -> Comparison {
        let mut named = comparison.clone();
        for name in &mut named.contingency.cluster_names {
            if let Some(in_both) = self.0.segment_name(&name.en) {
                *name = in_both.clone();
            }
        }
        named
    }
}

impl SharedTiersCompared {
    /// What `rules` let be shown of `comparison`, of the tiers in `table` with the segments of its run.
    pub fn of(table: TiersBeside<'_>, comparison: &Comparison, rules: &Rules) -> Self {
        let recorded = comparison.contingency.cluster_names.iter().map(|name| name.en.clone()).collect();
        let comparison = &table.files.map_or_else(|| comparison.clone(), |files| files.named(comparison));
        let of_run = table.files.and_then(|files| Cells::of_run(&files.0, comparison, rules));
        let cells = of_run.unwrap_or_else(|| Cells::of(table.joined, comparison, rules.min_cell));
        let Cells { counts, totals, indices, disagreeing } = cells;
        let only = |seen: Presence| rules.count(table.joined.count(seen) as u64);
        let n_is_shown = totals.n && only(Presence::After).is_some();
        let shown = ShownCells {
            counts: &counts,
            values: &[],
            tiers: &totals.tiers,
            clusters: &totals.clusters,
            indices: &indices,
            disagreeing,
            disagreeing_value: Told::HeldBack,
        };
        SharedTiersCompared {
            run_id: table.run.to_owned(),
            tiers: table.table.to_owned(),
            tier: comparison.tier.clone(),
            n: Shown::when(n_is_shown, comparison.n),
            n_without_tier: rules.count(comparison.n_without_tier).filter(|_| n_is_shown).into(),
            coverage: Shown::maybe(n_is_shown && only(Presence::Before).is_some(), comparison.coverage),
            n_only_in_tiers: only(Presence::Before).into(),
            // All customers of the run less these are those that are compared.
            n_only_in_run: only(Presence::After).filter(|_| n_is_shown).into(),
            n_repeated_ids: table.repeats.n_ids,
            warnings: table.warnings.to_vec(),
            n_conflicting_ids: table.repeats.n_conflicting,
            sentences: rules.sentences(comparison, shown),
            expected_tiers: expected_tiers(comparison, &counts),
            contingency: SharedTierTable {
                tiers: comparison.contingency.tiers.clone(),
                segments: recorded,
                names: comparison.contingency.cluster_names.clone(),
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

/// What may be shown of a comparison.
struct Cells {
    counts: Vec<Vec<Option<u64>>>,
    totals: Totals,
    indices: Indices<Estimate>,
    disagreeing: Told,
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
        let mut settled = crossing.settled(min_cell);
        let mut shown = crossing.told_of(&settled);
        let clusters = match shown.get(n_tiers) {
            Some(rest) => rest.iter().map(Option::is_some).collect(),
            None => vec![true; n_clusters],
        };
        shown.truncate(n_tiers);
        let only_in_run = joined.count(Presence::After) as u64;
        let n_is_shown = n && !is_small(only_in_run, min_cell);
        let cells = disagreeing(comparison, &shown).filter(|_| n_is_shown);
        let disagreeing = cells.map_or(Told::HeldBack, |cells| told_of(&mut settled, &cells, comparison));
        let indices = shown_indices(comparison, &comparison.contingency.counts, &shown, settled.told(), min_cell);
        Cells { counts: shown, totals: Totals { tiers: vec![true; n_tiers], clusters, n }, indices, disagreeing }
    }

    /// What the run itself shows of these cells, where a tier of its own has the same customers in all of them: two ways of holding
    /// back the same table would tell more than either. `None` where it has no such tier.
    fn of_run(run: &Run, comparison: &Comparison, rules: &Rules) -> Option<Cells> {
        let screen = Screen::of(run, rules);
        let primary = run.record.primary.name();
        let mut of_primary = run.comparisons.comparisons.iter().filter(|own| own.clustering == primary);
        of_primary.find_map(|own| Cells::of_own(&screen, own, comparison))
    }

    /// What `screen` shows of the cells of `own`, as `comparison` orders them; `None` where they are not the same cells.
    fn of_own(screen: &Screen<'_>, own: &Comparison, comparison: &Comparison) -> Option<Cells> {
        let (table, of_own) = (&comparison.contingency, &own.contingency);
        let tier = |name: &String| of_own.tiers.iter().position(|other| other == name);
        let named = |name: &Text| {
            let mut found = of_own.cluster_names.iter().enumerate().filter(|(_, own)| *own == name);
            // A name that two segments have tells neither.
            found.next().filter(|_| found.next().is_none()).map(|(at, _)| at)
        };
        let tiers: Vec<usize> = table.tiers.iter().map(tier).collect::<Option<_>>()?;
        let clusters: Vec<usize> = table.cluster_names.iter().map(named).collect::<Option<_>>()?;
        let in_order = |t: usize| clusters.iter().map(|&c| of_own.counts[t][c]).collect::<Vec<u64>>();
        let is_same = tiers.iter().zip(&table.counts).all(|(&t, row)| in_order(t) == *row);
        if !is_same || own.n != comparison.n {
            return None;
        }
        let (shown, [of_tiers, of_clusters]) = (screen.counts(own), screen.tables.totals(own));
        Some(Cells {
            counts: tiers.iter().map(|&t| clusters.iter().map(|&c| shown[t][c]).collect()).collect(),
            totals: Totals {
                tiers: tiers.iter().map(|&t| of_tiers[t]).collect(),
                clusters: clusters.iter().map(|&c| of_clusters[c]).collect(),
                n: screen.n_is_shown(own),
            },
            indices: screen.indices(own),
            disagreeing: screen.tables.disagreeing(own).customers,
        })
    }
}

impl SharedTierTable {
    /// Whether a cell is held back.
    pub fn holds_back(&self) -> bool {
        self.counts.iter().flatten().any(|cell| !cell.is_shown())
    }
}
