//! Which parts of segments may be told: members with a level, without a value, with an outcome, within reach. They are tables of
//! parts × segments like any other.

use super::segment_parts::{Cells, SegmentParts};
use super::{Screen, Shown};
use crate::compare::{OutcomeRate, OutcomeReport, Target};
use crate::label::{AttributeEffect, ClusterLabel, FeatureEffect};
use crate::metrics::ClusterId;

impl<'a> Screen<'a> {
    /// What may be told of the parts of segments.
    pub(super) fn segment_parts(&self) -> SegmentParts<'a> {
        SegmentParts {
            levels: self.levels(),
            missing: self.missing(),
            outcome: self.outcome(),
            reached: self.reached(),
        }
    }

    /// Whether the reach of a segment tells of a handful of people, those who are reached or those who are not.
    pub(crate) fn gives_away(&self, target: &Target) -> bool {
        let targets = self.run.comparisons.targets.iter().flat_map(|targets| &targets.segments);
        let at = targets.into_iter().position(|other| other.segment_id == target.segment_id);
        let is_shown = |row: &Vec<Option<u64>>| at.is_none_or(|at| row[at].is_some());
        target.reachable.is_some() && !self.parts.reached.iter().all(is_shown)
    }

    /// Who can be reached, and who cannot, in every target.
    fn reached(&self) -> Cells {
        let targets = self.run.comparisons.targets.iter().flat_map(|targets| &targets.segments);
        let cells = targets.map(|target| {
            let position = self.clusters().iter().position(|one| one.id.as_deref() == Some(&target.segment_id));
            let reachable = target.reachable.unwrap_or(0).min(target.customers);
            (position.map(ClusterId::new), [reachable, target.customers - reachable])
        });
        let (clusters, cells): (Vec<Option<ClusterId>>, Vec<[u64; 2]>) = cells.unzip();
        self.parts_of(&clusters, &cells)
    }

    /// Parts of every cluster of the primary clustering, as they may be shown: parts × clusters.
    fn parts_of<const N: usize>(&self, clusters: &[Option<ClusterId>], cells: &[[u64; N]]) -> Cells {
        let counts: Vec<Vec<u64>> = (0..N).map(|part| cells.iter().map(|cell| cell[part]).collect()).collect();
        self.tables.parts_of(self.run.record.primary, &counts, clusters)
    }

    /// Those with the level that is counted, those with the other, and those with neither, in every segment of the outcome.
    fn outcome(&self) -> Cells {
        let Some(outcome) = &self.run.comparisons.outcome else { return Vec::new() };
        let clusters: Vec<Option<ClusterId>> = outcome.segments.iter().map(|segment| segment.cluster).collect();
        let cells = outcome.segments.iter().map(|segment| {
            let size = self.clusters().iter().find(|one| one.cluster == segment.cluster).map_or(0, |one| one.size);
            let unknown = (size as u64).saturating_sub(segment.customers);
            [segment.positives, segment.customers - segment.positives, unknown]
        });
        let cells: Vec<[u64; 3]> = cells.collect();
        self.parts_of(&clusters, &cells)
    }

    /// The segments of the outcome, and whether each may be shown: neither those with the level nor those without are a
    /// handful, and they cover none.
    pub(crate) fn outcome_rates(&self) -> Vec<(&'a OutcomeRate, bool)> {
        let segments = self.run.comparisons.outcome.iter().flat_map(|outcome| &outcome.segments);
        let is_shown = |i: usize| self.parts.outcome.iter().all(|row| row[i].is_some());
        segments.enumerate().map(|(i, segment)| (segment, is_shown(i))).collect()
    }

    /// Those with the level that is counted, and those whose level is known, where they may be told.
    pub(crate) fn outcome_totals(&self, outcome: &OutcomeReport) -> [Option<u64>; 2] {
        let clustered = self.run.record.input.n_clustered as u64;
        let rest = outcome.customers - outcome.positives;
        let [positives, _, unknown] =
            self.rules.counts(&[outcome.positives, rest, clustered.saturating_sub(outcome.customers)])[..]
        else {
            return [None; 2];
        };
        [positives, unknown.map(|_| outcome.customers)]
    }

    /// The levels that portraits speak of, in the clusters.
    fn levels(&self) -> Vec<(&'a str, Vec<Option<&'a str>>, Cells)> {
        let clusters = self.clusters();
        let ids: Vec<Option<ClusterId>> = clusters.iter().map(|cluster| cluster.cluster).collect();
        let attributes = self.run.labelled.attributes.iter();
        attributes.map(|attribute| self.levels_of(&attribute.name, &ids)).collect()
    }

    /// The levels of one attribute, in the clusters.
    fn levels_of(&self, attribute: &'a str, ids: &[Option<ClusterId>]) -> (&'a str, Vec<Option<&'a str>>, Cells) {
        let clusters = self.clusters();
        let portraits = clusters.iter().filter_map(|cluster| cluster.portrait.as_ref());
        let effects = portraits.flat_map(|portrait| &portrait.attributes);
        let mut levels: Vec<Option<&str>> =
            effects.filter(|effect| effect.attribute == attribute).map(|effect| effect.level.as_deref()).collect();
        levels.sort();
        levels.dedup();
        let n = |cluster: &ClusterLabel, level: Option<&str>| {
            let levels = cluster.attributes.iter().find(|one| one.attribute == attribute).map(|one| &one.levels);
            let found = levels.into_iter().flatten().find(|other| other.level.as_deref() == level);
            found.map_or(0, |found| found.n as u64)
        };
        let row = |level: &Option<&str>| clusters.iter().map(|cluster| n(cluster, *level)).collect::<Vec<u64>>();
        let mut counts: Vec<Vec<u64>> = levels.iter().map(row).collect();
        let rest = clusters
            .iter()
            .enumerate()
            .map(|(c, cluster)| (cluster.size as u64).saturating_sub(counts.iter().map(|row| row[c]).sum::<u64>()));
        counts.push(rest.collect());
        (attribute, levels, self.tables.parts_of(self.run.record.primary, &counts, ids))
    }

    /// Whether the members with this level may be shown: they are no handful and cover none, and neither is or does the
    /// cluster, whose size is their number over their share.
    pub(crate) fn level_is_shown(&self, cluster: &ClusterLabel, effect: &AttributeEffect) -> bool {
        let Some(at) = self.clusters().iter().position(|other| other.cluster == cluster.cluster) else { return false };
        let table = self.parts.levels.iter().find(|(attribute, ..)| *attribute == effect.attribute);
        table.is_some_and(|(_, levels, shown)| {
            let level = levels.iter().position(|level| *level == effect.level.as_deref());
            level.is_some_and(|level| shown[level][at].is_some()) && self.is_shown(at) && !self.is_small(cluster)
        })
    }

    /// The members without a value, in the clusters, of every column that portraits speak of.
    fn missing(&self) -> Vec<(&'a str, Vec<bool>)> {
        let clusters = self.clusters();
        let mut columns: Vec<&'a str> =
            clusters.iter().flat_map(feature_effects).map(|effect| effect.feature.as_str()).collect();
        columns.sort_unstable();
        columns.dedup();
        let ids: Vec<Option<ClusterId>> = clusters.iter().map(|cluster| cluster.cluster).collect();
        let told = |column: &'a str| {
            let cells: Vec<[u64; 2]> = clusters.iter().map(|cluster| without_and_with(cluster, column)).collect();
            let shown = self.parts_of(&ids, &cells);
            // Where nobody lacks a value there is nobody to tell of.
            let is_shown = |c: usize| cells[c][0] == 0 || (shown[0][c].is_some() && shown[1][c].is_some());
            (column, (0..cells.len()).map(is_shown).collect())
        };
        columns.into_iter().map(told).collect()
    }

    /// Whether the share of the members without a value may be shown.
    pub(crate) fn missing_is_shown(&self, cluster: &ClusterLabel, column: &str) -> bool {
        let at = self.clusters().iter().position(|other| other.cluster == cluster.cluster);
        let shown = self.parts.missing.iter().find(|(other, _)| *other == column);
        self.cluster_is_shown(cluster) && shown.zip(at).is_some_and(|((_, shown), at)| shown[at])
    }

    /// A share of `n` customers to as many digits as tell of no handful, those in it or the others; held back where one digit is
    /// too many.
    pub(crate) fn ratio(&self, share: Option<f64>, n: usize) -> Shown<Option<f64>> {
        let Some(value) = share else { return Shown::Value(None) };
        let part = (value * n as f64).round() as u64;
        if self.is_no_handful(part) && self.is_no_handful((n as u64).saturating_sub(part)) {
            return Shown::Value(share);
        }
        // At either end a digit stands for half a step.
        let is_open = |steps: &&f64| n as f64 / (2.0 * **steps) >= self.rules.min_cell as f64;
        [100.0, 10.0].iter().find(is_open).map(|steps| Some((value * steps).round() / steps)).into()
    }

    /// Precision and recall of a rule for a class of `n` customers: who is of the class and found, found and not of it, of it and
    /// not found are three counts, and none may be a handful.
    pub(crate) fn fidelity(&self, precision: Option<f64>, recall: Option<f64>, n: usize) -> [Shown<Option<f64>>; 2] {
        let both = [self.ratio(precision, n), self.ratio(recall, n)];
        let hit = recall.map(|recall| recall * n as f64);
        let missed = precision.zip(hit).filter(|(precision, _)| *precision > 0.0);
        let missed = missed.map_or(0, |(precision, hit)| (hit / precision - hit).round() as u64);
        let is_exact = both == [Shown::Value(precision), Shown::Value(recall)] && self.is_no_handful(missed);
        if is_exact {
            return both;
        }
        let is_open = |steps: &&f64| n as f64 / (2.0 * **steps) >= self.rules.min_cell as f64;
        let steps = [100.0, 10.0].iter().find(is_open);
        [precision, recall].map(|share| match (share, steps) {
            (Some(value), Some(steps)) => Shown::Value(Some((value * steps).round() / steps)),
            (share, _) => Shown::maybe(false, share),
        })
    }
}

fn feature_effects(cluster: &ClusterLabel) -> impl Iterator<Item = &FeatureEffect> {
    cluster.portrait.iter().flat_map(|portrait| &portrait.features)
}

/// The members without a value in `column`, as far as the portrait of the cluster tells, and the others.
fn without_and_with(cluster: &ClusterLabel, column: &str) -> [u64; 2] {
    let effect = feature_effects(cluster).find(|effect| effect.feature == column);
    let missing = effect.map_or(0.0, |effect| (effect.missing_share * cluster.size as f64).round()) as u64;
    [missing.min(cluster.size as u64), (cluster.size as u64).saturating_sub(missing)]
}
