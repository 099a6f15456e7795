//! A new fit held against the run that it continues.

use super::then::was_empty;
use super::{Baseline, Claim, Event, Identities, Seen, SegmentId, View, ViewKind};
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Contingency, Partition};

/// The fewest customers in both tables whose segments are held against each other.
const FEWEST_SHARED: usize = 100;

/// Which segment every cluster of a new fit is, and what happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Continuation {
    /// The ways to hold the runs against each other that there are.
    pub views: Vec<View>,
    /// The place of the one that decided.
    pub chosen: usize,
    /// The ids of the clusters.
    pub identities: Identities,
    /// What happened.
    pub events: Vec<Event>,
}

impl Continuation {
    /// Holds the clusters `partition` of a table, whose matrix rows are `rows` of the table, against `baseline`, which has `seen`
    /// the table. `standing` are the clusters that its centroids give the new matrix. `None` when there is no way to do so: the
    /// features are others, and fewer than half of the customers of either table are in both.
    pub fn of(
        baseline: &Baseline,
        seen: &Seen,
        partition: &Partition,
        rows: &RowMap,
        standing: Option<&Partition>,
    ) -> Option<Continuation> {
        let count = Count { n_old: baseline.lineage.ids.len(), partition, rows, then: &seen.then };
        let rule = seen.rule.as_ref().map(|placed| {
            let of_row = |row: usize, _| Some((placed.clusters[row]?.index(), placed.outside[row]));
            count.view(ViewKind::Rule, of_row, vec![0; count.n_old])
        });
        let standing = standing.map(|standing| {
            let of_row = |_, place: usize| Some((standing.labels()[place]?.index(), false));
            count.view(ViewKind::Standing, of_row, vec![0; count.n_old])
        });
        let views: Vec<View> = rule.into_iter().chain(standing).chain(count.people(seen)).collect();
        let chosen = View::choose(&views)?;
        let old = baseline.ids();
        let claims = count.claims(seen);
        let sizes = &baseline.facts.sizes;
        let identities = Identities::of(&views[chosen], &old, sizes, baseline.lineage.next_id, &claims);
        let others: Vec<&View> =
            views.iter().enumerate().filter(|(place, _)| *place != chosen).map(|(_, view)| view).collect();
        let events = Event::of_view(&views[chosen], &others, &old, sizes, &identities);
        Some(Continuation { views, chosen, identities, events })
    }

    /// The view that decided.
    pub fn view(&self) -> &View {
        &self.views[self.chosen]
    }

    /// The segments that the new segment `cluster` came from.
    pub fn parents(&self, cluster: usize) -> Vec<SegmentId> {
        let id = self.identities.ids[cluster];
        let parts = self.events.iter().filter(|event| event.kind.has_parents() && event.to.contains(&id));
        parts.flat_map(|event| event.from.clone()).collect()
    }
}

/// Customers of a new table by old segment and new cluster.
struct Count<'a> {
    n_old: usize,
    partition: &'a Partition,
    rows: &'a RowMap,
    then: &'a [(ViewKind, Vec<u64>)],
}

impl Count<'_> {
    /// Rows in a cluster: of the table, of the matrix, and the cluster.
    fn clustered(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let labels = self.partition.labels().iter().enumerate();
        labels.filter_map(|(place, label)| Some((self.rows.table_row(place), place, label.map(ClusterId::index)?)))
    }

    /// The view by the old segment that `of_row` gives a row of the table and of the matrix, and whether it is outside.
    fn view(&self, kind: ViewKind, of_row: impl Fn(usize, usize) -> Option<(usize, bool)>, absent: Vec<u64>) -> View {
        let n_new = self.partition.n_clusters();
        let mut outside = vec![0; n_new];
        let mut counts = vec![0; self.n_old * n_new];
        for (row, place, b) in self.clustered() {
            match of_row(row, place) {
                Some((_, true)) => outside[b] += 1,
                Some((a, false)) => counts[a * n_new + b] += 1,
                None => {}
            }
        }
        self.put_new_outside(kind, &mut counts, &mut outside);
        View::of(kind, &Contingency::new(self.n_old, n_new, counts), outside, absent)
    }

    /// Puts the customers of a cluster outside where hardly anybody was before, if it is not most of an old segment and that segment
    /// most of it: what grew in its place has survived.
    fn put_new_outside(&self, kind: ViewKind, counts: &mut [u64], outside: &mut [u64]) {
        let Some((_, then)) = self.then.iter().find(|(other, _)| *other == kind) else { return };
        let n_new = self.partition.n_clusters();
        let table = Contingency::new(self.n_old, n_new, counts.to_vec());
        let is_new = was_empty(then, self.partition);
        for b in (0..n_new).filter(|&b| is_new[b]) {
            let is_old = |a: usize| 2 * table.count(a, b) > table.tier_totals()[a].max(table.cluster_totals()[b]);
            if !(0..self.n_old).any(is_old) {
                outside[b] += table.cluster_totals()[b];
                (0..self.n_old).for_each(|a| counts[a * n_new + b] = 0);
            }
        }
    }

    /// The view of customers of both tables, where they are half of either and a hundred at least.
    fn people(&self, seen: &Seen) -> Option<View> {
        let people = seen.people.as_ref()?;
        let n_shared = people.n_shared();
        let most = people.before.len().max(n_shared + people.leavers.len());
        if n_shared < FEWEST_SHARED || 2 * n_shared < most {
            return None;
        }
        let mut absent = vec![0; self.n_old];
        people.leavers.iter().filter_map(|leaver| leaver.cluster).for_each(|cluster| absent[cluster as usize] += 1);
        let of_row = |row: usize, _| Some((people.before[row]?.cluster? as usize, false));
        Some(self.view(ViewKind::People, of_row, absent))
    }

    /// What segments that vanished before have in common with the clusters.
    fn claims(&self, seen: &Seen) -> Vec<Claim> {
        let sizes = self.partition.sizes();
        let of = |(id, claimed): &(SegmentId, Vec<bool>)| {
            let mut both = vec![0; sizes.len()];
            self.clustered().filter(|&(row, ..)| claimed[row]).for_each(|(.., b)| both[b] += 1);
            let n_claimed = both.iter().sum();
            let claim =
                |b: usize| Claim { id: *id, cluster: b, claimed: n_claimed, size: sizes[b] as u64, both: both[b] };
            (0..sizes.len()).map(claim).collect::<Vec<_>>()
        };
        seen.sleepers.iter().flat_map(of).collect()
    }
}
