//! What decides which figures of a run may be shown. Every decision is made here; the other files of the folder say what is
//! shown where.

use super::{Rules, suppress};
use crate::Text;
use crate::cluster::choose_eps::EpsAnswer;
use crate::cluster::choose_k::KRow;
use crate::compare::{Cell, Comparison, Direction, Matrix, Move, OutcomeRate, Target};
use crate::config::Algorithm;
use crate::label::{AttributeEffect, ClusterLabel, FoundIn, NewSegment};
use crate::metrics::ClusterId;
use crate::registry::Run;

/// Customers listed for each direction.
const MOVES: usize = 20;

/// A run behind the rules of what may be shown of it.
pub(crate) struct Screen<'a> {
    pub(crate) run: &'a Run,
    pub(crate) rules: &'a Rules,
    /// The sizes of the clusters of every clustering, noise included, as they may be shown.
    sizes: Vec<Vec<Option<u64>>>,
}

impl<'a> Screen<'a> {
    pub(crate) fn of(run: &'a Run, rules: &'a Rules) -> Self {
        let sizes = run.labelled.clusterings.iter().map(|clustering| {
            rules.counts(&clustering.clusters.iter().map(|cluster| cluster.size as u64).collect::<Vec<u64>>())
        });
        Screen { run, rules, sizes: sizes.collect() }
    }

    /// The clusters of the primary clustering in order, noise last if there is any.
    pub(crate) fn clusters(&self) -> &'a [ClusterLabel] {
        self.run.labelled.primary().map_or(&[], |primary| &primary.clusters)
    }

    /// The categories that count in distances.
    pub(crate) fn categories(&self) -> impl Iterator<Item = &'a str> {
        self.run.labelled.attributes.iter().filter(|one| one.clustered).map(|one| one.name.as_str())
    }

    /// Whether a number of customers that is no part of a table is none, or no handful.
    fn is_no_handful(&self, customers: u64) -> bool {
        self.rules.count(customers).is_some()
    }

    /// Whether size and value of the primary cluster at `position` (noise stands last) may be shown: it is no small cell,
    /// and covers none.
    pub(crate) fn is_shown(&self, position: usize) -> bool {
        self.primary_sizes().get(position).is_none_or(Option::is_some)
    }

    fn primary_sizes(&self) -> &[Option<u64>] {
        let primary = self.run.labelled.clusterings.iter().position(|clustering| clustering.primary);
        primary.map_or(&[], |primary| &self.sizes[primary])
    }

    /// [`Screen::is_shown`] for a cluster of the primary clustering.
    pub(crate) fn cluster_is_shown(&self, cluster: &ClusterLabel) -> bool {
        let position = self.clusters().iter().position(|other| other.cluster == cluster.cluster);
        position.is_none_or(|position| self.is_shown(position))
    }

    /// Whether a cluster is a handful of people, of whom nothing but the name is told.
    pub(crate) fn is_small(&self, cluster: &ClusterLabel) -> bool {
        (cluster.size as u64) < self.rules.min_cell
    }

    /// [`Screen::is_shown`] for the segment with this id; another id is no segment and stands alone.
    fn segment_is_shown(&self, id: &str) -> bool {
        let position = self.clusters().iter().position(|cluster| cluster.id.as_deref() == Some(id));
        position.is_none_or(|position| self.is_shown(position))
    }

    /// Whether size and value of a segment as a target may be shown.
    pub(crate) fn target_is_shown(&self, target: &Target) -> bool {
        self.segment_is_shown(&target.segment_id)
    }

    /// Whether the reach of a segment tells of a handful of people, those who are reached or those who are not.
    pub(crate) fn gives_away(&self, target: &Target) -> bool {
        let small = |n: u64| !self.is_no_handful(n);
        small(target.customers) || target.reachable.is_some_and(|n| small(n) || small(target.customers - n))
    }

    /// Whether size and value of a candidate may be shown.
    pub(crate) fn candidate_is_shown(&self, candidate: &NewSegment) -> bool {
        // A cluster of DBSCAN may cover another, or the noise.
        let covers = candidate.found_in == FoundIn::Clustering(Algorithm::Dbscan)
            && self.density_sizes().get(candidate.cluster.index()).is_some_and(Option::is_none);
        self.is_no_handful(candidate.size as u64) && !covers && self.segment_is_shown(&candidate.id)
    }

    /// Whether the share of the smallest cluster of a k may be shown.
    pub(crate) fn smallest_is_shown(&self, row: &KRow) -> bool {
        let is_chosen = row.k == self.run.record.kmeans.k && self.primary_sizes().iter().any(Option::is_none);
        self.is_no_handful(self.customers_of(row.smallest_share)) && !is_chosen
    }

    /// The customers behind a share of all that were clustered.
    fn customers_of(&self, share: f64) -> u64 {
        (share * self.run.record.input.n_clustered as f64).round() as u64
    }

    /// The sizes of the clusters of an algorithm as they may be shown, noise last if there is any.
    fn sizes_of(&self, algorithm: Algorithm) -> &[Option<u64>] {
        let clustering = self.run.labelled.clusterings.iter().position(|one| one.algorithm == algorithm);
        clustering.map_or(&[], |clustering| &self.sizes[clustering])
    }

    /// The sizes of the clusters of DBSCAN as they may be shown, noise last if there is any.
    pub(crate) fn density_sizes(&self) -> &[Option<u64>] {
        self.sizes_of(Algorithm::Dbscan)
    }

    /// Whether the size of a k-means cluster may be shown.
    pub(crate) fn kmeans_is_shown(&self, cluster: ClusterId) -> bool {
        self.sizes_of(Algorithm::KMeans).get(cluster.index()).is_none_or(Option::is_some)
    }

    /// The noise of DBSCAN; held back when it is a handful, or covers a small cluster or segment.
    pub(crate) fn noise(&self) -> Option<u64> {
        let dbscan = self.run.record.dbscan.as_ref()?;
        let of_density = match self.density_sizes() {
            sizes if sizes.len() > dbscan.n_clusters => sizes[dbscan.n_clusters],
            _ => self.rules.count(dbscan.n_noise as u64),
        };
        let noise = self.clusters().iter().position(|cluster| cluster.cluster.is_none());
        of_density.filter(|_| noise.is_none_or(|position| self.is_shown(position)))
    }

    /// Whether the noise of an answer to eps may be shown: it is not just a few customers.
    pub(crate) fn noise_of_answer_is_shown(&self, answer: &EpsAnswer) -> bool {
        self.is_no_handful(self.customers_of(answer.noise_share))
    }

    /// The counts of a comparison as they may be shown.
    pub(crate) fn counts(&self, comparison: &Comparison) -> Vec<Vec<Option<u64>>> {
        self.rules.table(comparison, &self.run.comparisons.comparisons)
    }

    /// The sentences of a comparison that give no small cell away.
    pub(crate) fn sentences(&self, comparison: &Comparison) -> Vec<Text> {
        self.rules.sentences(comparison, &self.counts(comparison))
    }

    /// The disagreement cells of a comparison that may be shown, with their places in its list.
    pub(crate) fn disagreements<'c>(&self, comparison: &'c Comparison) -> Vec<(usize, &'c Cell)> {
        let table = &comparison.contingency;
        let shown = self.counts(comparison);
        let is_shown = |(_, cell): &(usize, &Cell)| {
            let tier = table.tiers.iter().position(|tier| *tier == cell.tier);
            let cluster = table.clusters.iter().position(|cluster| *cluster == cell.cluster);
            tier.zip(cluster).is_some_and(|(t, c)| shown[t][c].is_some())
        };
        comparison.disagreements.iter().enumerate().filter(is_shown).collect()
    }

    /// The customers of every cell of a matrix as they may be shown, in the order of the cells.
    pub(crate) fn cells(&self, matrix: &Matrix) -> Vec<Option<u64>> {
        let width = matrix.y.levels.len().max(1);
        let counts: Vec<u64> = matrix.cells.iter().map(|cell| cell.customers).collect();
        let rows: Vec<Vec<u64>> = counts.chunks(width).map(<[u64]>::to_vec).collect();
        suppress(&rows, self.rules.min_cell).concat()
    }

    /// The first twenty customers of a direction whose cell is shown: it is no small one, and covers none.
    pub(crate) fn moves(&self, direction: Direction) -> Vec<&'a Move> {
        let Some(moves) = &self.run.comparisons.moves else { return Vec::new() };
        let of_moves = |c: &&Comparison| (&c.tier, &c.clustering) == (&moves.tier, &moves.clustering);
        let Some(comparison) = self.run.comparisons.comparisons.iter().find(of_moves) else { return Vec::new() };
        let table = &comparison.contingency;
        let segment = |cell: &Cell| {
            let column = table.clusters.iter().position(|cluster| *cluster == cell.cluster)?;
            Some(&table.cluster_names[column])
        };
        let shown: Vec<(&String, &Text)> = self
            .disagreements(comparison)
            .into_iter()
            .filter_map(|(_, cell)| Some((&cell.tier, segment(cell)?)))
            .collect();
        let is_shown = |m: &&Move| m.direction == direction && shown.contains(&(&m.tier, &m.segment));
        moves.customers.iter().filter(is_shown).take(MOVES).collect()
    }

    /// The segments of the outcome, and whether each may be shown: neither those with the level nor those without are a
    /// handful, and they cover none.
    pub(crate) fn outcome_rates(&self) -> Vec<(&'a OutcomeRate, bool)> {
        let Some(outcome) = &self.run.comparisons.outcome else { return Vec::new() };
        let counts: Vec<Vec<u64>> =
            outcome.segments.iter().map(|s| vec![s.positives, s.customers - s.positives]).collect();
        let shown = suppress(&counts, self.rules.min_cell);
        let is_shown = |(i, cells): (usize, &Vec<Option<u64>>)| cells.iter().all(Option::is_some) && self.is_shown(i);
        outcome.segments.iter().zip(shown.iter().enumerate().map(is_shown)).collect()
    }

    /// Whether the members with this level may be shown: they are no handful and cover none, and neither is or does the
    /// cluster, whose size is their number over their share.
    pub(crate) fn level_is_shown(&self, cluster: &ClusterLabel, effect: &AttributeEffect) -> bool {
        let Some(attribute) = cluster.attributes.iter().find(|a| a.attribute == effect.attribute) else { return false };
        let counts: Vec<u64> = attribute.levels.iter().map(|level| level.n as u64).collect();
        let at = attribute.levels.iter().position(|level| level.level == effect.level);
        let is_alone = at.is_none_or(|at| self.rules.counts(&counts)[at].is_some());
        is_alone && self.cluster_is_shown(cluster) && !self.is_small(cluster)
    }
}
