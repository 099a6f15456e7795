//! The tables of a run that share lines, and which of their cells may be shown: decided once, all together.
//!
//! Sizes of clusters, classes of tiers and parts of columns are lists with a known total. Every table of counts crosses two of them, so
//! a line whose total is held back in its list is held back in each table. All such lines of a table are one line to whoever knows
//! the totals of the others: nothing of it is shown, hence whatever its cells are in one table can be so in all of them. The others
//! are settled by [`suppress_lines`](super::suppression::suppress_lines), which takes their totals for known.

use super::crossed_tiers::CrossedTiers;
use super::crossing::{Crossing, Parts};
use super::interval::ToldSum;
use super::settled::Line;
use super::sums::Disagreeing;
use super::value_parts::{ValueParts, of_classes, of_clusters};
use super::{Rules, suppress};
use crate::compare::{Comparison, NoisePolicy, TierReport};
use crate::config::Algorithm;
use crate::metrics::ClusterId;
use crate::registry::Run;

/// The counts of a table, those that are shown, and a sum over cells that is told besides.
type CountsAndShown<'a> = (&'a [Vec<u64>], &'a [Vec<Option<u64>>], Option<&'a ToldSum>);

/// A tier's classes; `None` are the customers without one.
type Classes = Parts<Option<String>>;

/// Every table of tiers in a run.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    min_cell: u64,
    pub(super) dominance: f64,
    /// The clusters of every clustering, noise last if there is any.
    pub(super) sizes: Vec<(Algorithm, Parts<Option<ClusterId>>)>,
    classes: Vec<(String, Classes)>,
    /// The values of the clusters of every clustering, and of the classes of every tier.
    pub(super) cluster_values: Vec<(Algorithm, ValueParts<Option<ClusterId>>)>,
    pub(super) class_values: Vec<(String, ValueParts<String>)>,
    crossed: Vec<CrossedTiers>,
    /// Whether it may be told how many look too low and too high.
    pub(super) moves_are_told: bool,
}

impl Tables {
    pub(super) fn of(run: &Run, rules: &Rules) -> Self {
        let (min_cell, compared) = (rules.min_cell, &run.comparisons);
        let mut tables = Tables {
            min_cell,
            dominance: rules.dominance,
            sizes: Vec::new(),
            classes: Vec::new(),
            cluster_values: Vec::new(),
            class_values: Vec::new(),
            crossed: Vec::new(),
            moves_are_told: false,
        };
        for clustering in &run.labelled.clusterings {
            let clusters = clustering.clusters.iter().map(|cluster| (cluster.cluster, cluster.size as u64));
            let sizes = Parts::of(clusters, min_cell);
            let values = of_clusters(clustering, |cluster| sizes.shown(&cluster).is_none(), rules.dominance);
            tables.sizes.push((clustering.algorithm, sizes));
            tables.cluster_values.push((clustering.algorithm, values));
        }
        for report in &compared.tiers {
            let classes = classes_of(report, min_cell);
            let is_hidden = |class: &str| classes.shown(&Some(class.to_owned())).is_none();
            tables.class_values.push((report.tier.clone(), of_classes(report, is_hidden, rules.dominance)));
            tables.classes.push((report.tier.clone(), classes));
        }
        let dropped = run.record.input.n_customers.saturating_sub(run.record.input.n_clustered) as u64;
        for comparison in compared.comparisons.iter().filter(|one| whole(one, &compared.comparisons).is_none()) {
            let columns = tables.clusters(comparison);
            tables.crossed.push(tables.cross(comparison, columns, (dropped, Line::Unlisted)));
        }
        for pair in &compared.tier_pairs {
            let (columns, without) = tables.columns_of_pair(pair);
            tables.crossed.push(tables.cross(pair, columns, without));
        }
        tables.tell_sums(run);
        tables
    }

    /// Decides which sums over many cells are told besides: those of a table with its noise before those of the one without.
    fn tell_sums(&mut self, run: &Run) {
        let (compare, source) = (&run.record.plan.compare, &run.record.plan.source);
        let all = &run.comparisons.comparisons;
        let (wholes, parts): (Vec<_>, Vec<_>) = all.iter().partition(|one| whole(one, all).is_none());
        for comparison in wholes.into_iter().chain(parts) {
            let (shown, n) = (self.counts(comparison), self.n_is_shown(comparison));
            if let Some(table) = self.table_mut(comparison) {
                table.disagreeing[without_noise(comparison)] = table.tell_disagreeing(comparison, &shown, n);
            }
        }
        let Some(moves) = &run.comparisons.moves else { return };
        // Customers are moved by the first comparison of the clustering.
        let of_moves = |one: &&Comparison| (&one.tier, &one.clustering) == (&moves.tier, &moves.clustering);
        let Some(comparison) = all.iter().find(of_moves) else { return };
        let is_given = source.tier.as_ref() == Some(&moves.tier);
        let order = if is_given { &compare.tier_order } else { &comparison.contingency.tiers };
        let shown = self.counts(comparison);
        let table = self.table_mut(comparison);
        self.moves_are_told = table.is_some_and(|table| table.tell_moves(comparison, &shown, order, moves));
    }

    /// The classes of a tier; those of a table that has no list of its own are listed as the table has them.
    fn classes(&self, comparison: &Comparison) -> Classes {
        let known = self.classes.iter().find(|(tier, _)| *tier == comparison.tier);
        known.map(|(_, classes)| classes.clone()).unwrap_or_else(|| {
            let table = &comparison.contingency;
            let totals =
                table.tiers.iter().zip(&table.counts).map(|(tier, row)| (Some(tier.clone()), row.iter().sum()));
            Parts::of(totals.chain([(None, comparison.n_without_tier)]), self.min_cell)
        })
    }

    /// The class of a tier by its name, where it may be told.
    pub(super) fn class(&self, tier: &str, class: Option<&str>) -> Option<u64> {
        let classes = self.classes.iter().find(|(other, _)| other == tier);
        classes.and_then(|(_, classes)| classes.shown(&class.map(str::to_owned)))
    }

    fn clusters(&self, comparison: &Comparison) -> Vec<(u64, Line)> {
        let sizes = self.sizes.iter().find(|(algorithm, _)| algorithm.name() == comparison.clustering);
        let table = &comparison.contingency;
        match sizes {
            Some((_, sizes)) => sizes.lines(&table.clusters),
            None => listed(comparison),
        }
    }

    /// The classes of the other tier of a pair, and those without one.
    fn columns_of_pair(&self, pair: &Comparison) -> (Vec<(u64, Line)>, (u64, Line)) {
        let names: Vec<Option<String>> =
            pair.contingency.cluster_names.iter().map(|name| Some(name.en.clone())).collect();
        let classes = self.classes.iter().find(|(tier, _)| *tier == pair.clustering);
        let listed = || (listed(pair), (0, Line::Unlisted));
        classes.map_or_else(listed, |(_, classes)| (classes.lines(&names), classes.lines(&[None])[0]))
    }

    /// A tier against columns; `outside` is who is in none of them.
    fn cross(&self, comparison: &Comparison, columns: Vec<(u64, Line)>, outside: (u64, Line)) -> CrossedTiers {
        let table = &comparison.contingency;
        let classes = self.classes(comparison);
        let names: Vec<Option<String>> = table.tiers.iter().cloned().map(Some).collect();
        let without = classes.lines(&[None])[0];
        let mut crossing = Crossing { counts: table.counts.clone(), rows: classes.lines(&names), columns };
        let n_tiers = crossing.rows.len();
        crossing.complete(without, outside);
        let settled = crossing.settled(self.min_cell);
        let (shown, n_clusters) = (crossing.told_of(&settled), table.clusters.len());
        let told = |r: usize, c: usize| shown.get(r).is_none_or(|row| row.get(c).is_none_or(Option::is_some));
        let noise = table.clusters.iter().position(Option::is_none);
        let all = without.1 != Line::HeldBack && told(n_tiers, n_clusters);
        let is_told = |noise: usize| crossing.columns[noise].1 != Line::HeldBack && told(n_tiers, noise);
        CrossedTiers {
            tier: comparison.tier.clone(),
            clustering: comparison.clustering.clone(),
            tiers: table.tiers.clone(),
            clusters: table.clusters.clone(),
            n_is_shown: [all, all && noise.is_none_or(is_told)],
            settled_values: self.values(comparison, &crossing, &shown),
            settled,
            disagreeing: Default::default(),
            counts: crossing.counts,
            shown,
        }
    }

    pub(super) fn table(&self, tier: &str, clustering: &str) -> Option<&CrossedTiers> {
        self.crossed.iter().find(|table| (table.tier.as_str(), table.clustering.as_str()) == (tier, clustering))
    }

    fn table_mut(&mut self, comparison: &Comparison) -> Option<&mut CrossedTiers> {
        let is_of =
            |table: &&mut CrossedTiers| (&table.tier, &table.clustering) == (&comparison.tier, &comparison.clustering);
        self.crossed.iter_mut().find(is_of)
    }

    /// What may be told of all who disagree in a comparison.
    pub(super) fn disagreeing(&self, comparison: &Comparison) -> Disagreeing {
        let table = self.table(&comparison.tier, &comparison.clustering);
        table.map(|table| table.disagreeing[without_noise(comparison)]).unwrap_or_default()
    }

    /// A cell of a tier × clustering, where it may be shown.
    pub(super) fn cell(&self, of: (&str, &str), tier: &str, cluster: Option<ClusterId>) -> Option<u64> {
        let table = self.table(of.0, of.1)?;
        let row = table.tiers.iter().position(|other| other == tier)?;
        table.shown[row][table.clusters.iter().position(|other| *other == cluster)?]
    }

    /// The counts of a table with its noise, and of whoever is in no row or column, beside what is shown of them.
    pub(super) fn whole(&self, comparison: &Comparison) -> Option<CountsAndShown<'_>> {
        let table = self.table(&comparison.tier, &comparison.clustering)?;
        Some((&table.counts, &table.shown, table.settled.told()))
    }

    /// The counts of a comparison as they may be shown.
    pub(super) fn counts(&self, comparison: &Comparison) -> Vec<Vec<Option<u64>>> {
        let (of, table) = ((comparison.tier.as_str(), comparison.clustering.as_str()), &comparison.contingency);
        let row = |tier: &String| table.clusters.iter().map(|&cluster| self.cell(of, tier, cluster)).collect();
        table.tiers.iter().map(row).collect()
    }

    /// Whether the number of those who are compared may be told.
    pub(super) fn n_is_shown(&self, comparison: &Comparison) -> bool {
        let table = self.table(&comparison.tier, &comparison.clustering);
        table.is_none_or(|table| table.n_is_shown[without_noise(comparison)])
    }

    /// Whether a clustering is in a table with what it says without its noise, and with it.
    pub(super) fn has_noise(&self, comparison: &Comparison) -> bool {
        let table = self.table(&comparison.tier, &comparison.clustering);
        table.is_some_and(|table| table.clusters.contains(&None))
    }

    /// Whether a table, with noise where there is any, holds a cell back.
    pub(super) fn hides(&self, comparison: &Comparison) -> bool {
        let table = self.table(&comparison.tier, &comparison.clustering);
        table.is_some_and(|table| table.shown.iter().flatten().any(Option::is_none))
    }

    /// Whether the totals of the tiers and of the clusters in a table may be told: of whoever is in no cluster, or has no tier,
    /// nothing is held back there.
    pub(super) fn totals(&self, comparison: &Comparison) -> [Vec<bool>; 2] {
        let Some(table) = self.table(&comparison.tier, &comparison.clustering) else {
            return [vec![true; comparison.contingency.tiers.len()], vec![true; comparison.contingency.clusters.len()]];
        };
        let (n_tiers, n_clusters) = (table.tiers.len(), table.clusters.len());
        let is_shown = |r: usize, c: usize| table.shown.get(r).is_none_or(|row| row.get(c).is_none_or(Option::is_some));
        let row = |tier: &String| {
            let r = table.tiers.iter().position(|other| other == tier);
            // Without the noise it is another total.
            r.is_some_and(|r| is_shown(r, n_clusters) && self.is_whole(table, comparison, r))
        };
        let column = |cluster: &Option<ClusterId>| {
            let c = table.clusters.iter().position(|other| other == cluster);
            c.is_some_and(|c| is_shown(n_tiers, c))
        };
        let (tiers, clusters) = (&comparison.contingency.tiers, &comparison.contingency.clusters);
        [tiers.iter().map(row).collect(), clusters.iter().map(column).collect()]
    }

    /// Whether what a table without its noise leaves out of a row is shown in the one with it.
    fn is_whole(&self, table: &CrossedTiers, comparison: &Comparison, row: usize) -> bool {
        let noise = table.clusters.iter().position(Option::is_none);
        let left_out = noise.filter(|_| comparison.noise_policy == NoisePolicy::Excluded);
        left_out.is_none_or(|noise| table.shown[row][noise].is_some())
    }

    /// A table of parts (rows) of the customers of an algorithm's clusters (columns), as it may be shown.
    pub(super) fn parts_of(
        &self,
        algorithm: Algorithm,
        counts: &[Vec<u64>],
        clusters: &[Option<ClusterId>],
    ) -> Vec<Vec<Option<u64>>> {
        let columns = self.lines(algorithm, clusters);
        Crossing { columns, ..Crossing::of(counts.to_vec(), self.min_cell) }.shown(self.min_cell)
    }

    /// The clusters of two algorithms against each other, as they may be shown.
    pub(super) fn both(
        &self,
        of: [Algorithm; 2],
        counts: &[Vec<u64>],
        lines: [&[Option<ClusterId>]; 2],
    ) -> Vec<Vec<Option<u64>>> {
        let [rows, columns] = [self.lines(of[0], lines[0]), self.lines(of[1], lines[1])];
        Crossing { counts: counts.to_vec(), rows, columns }.shown(self.min_cell)
    }

    fn lines(&self, algorithm: Algorithm, clusters: &[Option<ClusterId>]) -> Vec<(u64, Line)> {
        let sizes = self.sizes.iter().find(|(other, _)| *other == algorithm);
        sizes.map_or_else(|| vec![(0, Line::Listed); clusters.len()], |(_, sizes)| sizes.lines(clusters))
    }
}

/// The classes of a tier, and those without one, as far as each may be shown.
fn classes_of(report: &TierReport, min_cell: u64) -> Classes {
    let classes = report.classes.iter().map(|class| (Some(class.tier.clone()), class.customers));
    let mut parts = Parts::of(classes.chain([(None, report.n_without_tier)]), min_cell);
    // The sums along either axis of a matrix are as good as known.
    if let Some(matrix) = &report.matrix {
        let width = matrix.y.levels.len().max(1);
        let counts: Vec<u64> = matrix.cells.iter().map(|cell| cell.customers).collect();
        let rows: Vec<Vec<u64>> = counts.chunks(width).map(<[u64]>::to_vec).collect();
        let shown = suppress(&rows, min_cell).concat();
        for (cell, shown) in matrix.cells.iter().zip(shown) {
            let part = parts.parts.iter_mut().find(|(tier, ..)| tier.as_ref() == Some(&cell.tier));
            part.into_iter().filter(|_| shown.is_none()).for_each(|part| part.2 = false);
        }
    }
    parts
}

/// Where a table keeps what it says of a comparison: 1 without its noise.
fn without_noise(comparison: &Comparison) -> usize {
    usize::from(comparison.noise_policy == NoisePolicy::Excluded)
}

/// The table with noise that one without is a part of.
fn whole<'a>(comparison: &Comparison, all: &'a [Comparison]) -> Option<&'a Comparison> {
    all.iter().find(|other| {
        comparison.noise_policy == NoisePolicy::Excluded
            && other.noise_policy == NoisePolicy::OwnCluster
            && (&other.tier, &other.clustering) == (&comparison.tier, &comparison.clustering)
    })
}

/// The columns of a table that no list tells of.
fn listed(comparison: &Comparison) -> Vec<(u64, Line)> {
    let counts = &comparison.contingency.counts;
    let total = |c: usize| counts.iter().map(|row| row[c]).sum();
    (0..comparison.contingency.clusters.len()).map(|c| (total(c), Line::Listed)).collect()
}
