//! Two runs held against each other: what is told of both together has to fit what is told of either by itself.
//!
//! A size that a run holds back is held back in every table of the two, by the rule of the run it is of; whoever has both reports then has
//! one system of sums, in which whatever such sizes are in one table they can be in all.

use serde::Serialize;

use super::crossing::Parts;
use super::migration::SharedMigration;
use super::named::SharedName;
use super::settled::Line;
use super::value_parts::{ValueParts, of_before};
use super::{Screen, Shown};
use crate::compare::Migration;
use crate::label::ClusterLabel;
use crate::metrics::ClusterId;
use crate::refit::{MonthAccount, Refit, RunBefore, SegmentId, SegmentMovement, Whereabouts};

/// The customers of a segment before and now: before + moved + joined + left + redefined = after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedAccount {
    /// The segment; null = in none.
    pub segment: Option<SharedName>,
    /// Its customers before.
    pub before: Shown<i64>,
    /// By customers of both runs who changed.
    pub moved: Shown<i64>,
    /// By new customers.
    pub joined: Shown<i64>,
    /// By customers who left; not above zero.
    pub left: Shown<i64>,
    /// By a new definition alone, of customers of both runs.
    pub redefined: Shown<i64>,
    /// Its customers now.
    pub after: Shown<i64>,
    /// Its share of the value before.
    pub value_share_before: Shown<Option<f64>>,
    /// Its share of the value now.
    pub value_share: Shown<Option<f64>>,
}

/// A run of two, as it is told by itself.
pub(super) struct Side {
    pub(super) n_customers: u64,
    /// Segments in order, then whoever is in none: customers, and what is known of their number.
    lines: Vec<(Option<SegmentId>, u64, Line)>,
    /// Shares of the value that are told.
    values: Vec<(Option<SegmentId>, Shown<Option<f64>>)>,
    /// What all bring and the most that one does.
    total: Option<[f64; 2]>,
}

impl Side {
    /// The run that is continued.
    pub(super) fn before(before: &RunBefore) -> Side {
        let sizes = Parts::of(before.groups.iter().map(|group| (group.segment_id, group.size)), before.min_cell);
        let values = of_before(before, |id| sizes.shown(&id).is_none());
        let shares = before.groups.iter().map(|group| (group.segment_id, group.value_share));
        let sums = before.groups.iter().map(|group| group.value.zip(group.largest_value));
        Side::of(before.n_customers, &sizes, &values, shares, total(sums))
    }

    /// The run of `screen`, whose segments are called `ids`.
    pub(super) fn now(screen: &Screen<'_>, ids: &[SegmentId]) -> Side {
        let id = |cluster: Option<ClusterId>| cluster.and_then(|cluster| ids.get(cluster.index()).copied());
        let (clusters, n) = (screen.clusters(), screen.run.record.input.n_customers as u64);
        let is_shown = |cluster: &ClusterLabel| screen.cluster_is_shown(cluster);
        let parts = clusters.iter().map(|one| (id(one.cluster), one.size as u64, is_shown(one))).collect();
        let value = |one: &ClusterLabel| Shown::maybe(is_shown(one) && screen.value_is_shown(one), one.value_share);
        let sums = clusters.iter().map(|one| one.value.zip(one.largest_value));
        let mut side = Side {
            n_customers: n,
            lines: lines(n, &Parts { parts }),
            values: clusters.iter().map(|one| (id(one.cluster), value(one))).collect(),
            total: total(sums),
        };
        side.total = side.total.filter(|[all, largest]| *largest < screen.rules.dominance * all.abs());
        side
    }

    fn of(
        n_customers: u64,
        sizes: &Parts<Option<SegmentId>>,
        values: &ValueParts<Option<SegmentId>>,
        shares: impl Iterator<Item = (Option<SegmentId>, Option<f64>)>,
        total: Option<[f64; 2]>,
    ) -> Side {
        let told = |id: &Option<SegmentId>| sizes.shown(id).is_some() && values.shows(id);
        let values = shares.map(|(id, share)| (id, Shown::maybe(told(&id), share))).collect();
        Side { n_customers, lines: lines(n_customers, sizes), values, total }
    }

    /// What is known of the number of customers in a segment; nobody is in what is none of the run.
    pub(super) fn line(&self, id: Option<SegmentId>) -> (u64, Line) {
        self.lines.iter().find(|(other, ..)| *other == id).map_or((0, Line::Listed), |&(_, n, line)| (n, line))
    }

    pub(super) fn is_shown(&self, id: Option<SegmentId>) -> bool {
        self.line(id).1 != Line::HeldBack
    }

    /// Whether the sum over the segments `ids` may be told: it divides none that are held back.
    pub(super) fn tells_sum(&self, ids: &[SegmentId]) -> bool {
        let mut hidden = self.lines.iter().filter(|(.., line)| *line == Line::HeldBack);
        let is_in = |id: &Option<SegmentId>| id.is_some_and(|id| ids.contains(&id));
        let first = hidden.next().map(|(id, ..)| is_in(id));
        hidden.all(|(id, ..)| Some(is_in(id)) == first)
    }

    /// The share of the value, where it is told.
    pub(super) fn value_share(&self, id: Option<SegmentId>) -> Shown<Option<f64>> {
        self.values.iter().find(|(other, _)| *other == id).map_or(Shown::Value(None), |(_, share)| *share)
    }

    /// Segments in order, then whoever is in none.
    fn ids(&self) -> impl Iterator<Item = Option<SegmentId>> + '_ {
        self.lines.iter().map(|(id, ..)| *id)
    }
}

/// The groups of a run and whoever is in none, of whom it is told how many there are beside a noise.
fn lines(n_customers: u64, sizes: &Parts<Option<SegmentId>>) -> Vec<(Option<SegmentId>, u64, Line)> {
    let all: u64 = sizes.parts.iter().map(|(_, n, _)| n).sum();
    let dropped = n_customers.saturating_sub(all);
    let mut lines: Vec<(Option<SegmentId>, u64, Line)> =
        sizes.parts.iter().zip(sizes.all()).map(|((id, ..), (n, line))| (*id, n, line)).collect();
    match lines.iter_mut().find(|(id, ..)| id.is_none()) {
        Some(noise) => noise.1 += dropped,
        None => lines.extend((dropped > 0).then_some((None, dropped, Line::Listed))),
    }
    lines
}

/// What all bring and the most that one does; `None` without a money column.
fn total(mut sums: impl Iterator<Item = Option<(f64, f64)>>) -> Option<[f64; 2]> {
    let add = |[all, largest]: [f64; 2], (sum, most): (f64, f64)| [all + sum, largest.max(most)];
    sums.try_fold([0.0, 0.0], |found, sum| sum.map(|sum| add(found, sum)))
}

/// Both runs.
pub(super) struct Months {
    pub(super) before: Side,
    pub(super) now: Side,
    /// The stricter of their rules.
    pub(super) min_cell: u64,
}

impl Months {
    pub(super) fn of(refit: &Refit, screen: &Screen<'_>) -> Months {
        let ids: Vec<SegmentId> = refit.lineage.ids.iter().map(|history| history.segment_id).collect();
        Months {
            before: Side::before(&refit.before),
            now: Side::now(screen, &ids),
            min_cell: screen.rules.min_cell.max(refit.before.min_cell),
        }
    }

    /// Customers before and now.
    pub(super) fn n_customers(&self) -> [u64; 2] {
        [self.before.n_customers, self.now.n_customers]
    }

    /// Whether a number of customers is none, or no handful.
    pub(super) fn is_no_handful(&self, n: u64) -> bool {
        n == 0 || n >= self.min_cell
    }

    /// By how much more all bring than before, to a tenth of a percent; held back where one customer brings nearly all.
    pub(super) fn value_change(&self, refit: &Refit) -> Shown<Option<f64>> {
        let is_known = |side: &Side| side.values.iter().any(|(_, share)| *share != Shown::Value(None));
        if !is_known(&self.before) || !is_known(&self.now) {
            return Shown::Value(None);
        }
        let dominance = refit.before.dominance;
        let before = self.before.total.filter(|[all, largest]| *largest < dominance * all.abs());
        let Some(([before, _], [now, _])) = before.zip(self.now.total) else { return Shown::HeldBack };
        Shown::Value((before > 0.0).then(|| (1000.0 * (now / before - 1.0)).round() / 1000.0))
    }

    /// Who went where.
    pub(super) fn migration(&self, refit: &Refit) -> SharedMigration {
        let lines = &refit.movement.migration;
        let count = |from: Whereabouts, to: Whereabouts| -> u64 {
            lines.iter().filter(|line| line.from == from && line.to == to).map(|line| line.customers).sum()
        };
        let place = |id: Option<SegmentId>| id.map_or(Whereabouts::None, Whereabouts::Segment);
        let (from, to): (Vec<_>, Vec<_>) = (self.before.ids().collect(), self.now.ids().collect());
        let row = |&a: &Option<SegmentId>| to.iter().map(|&b| count(place(a), place(b))).collect();
        let label = |id: &Option<SegmentId>| id.map(|id| id.to_string());
        let labels = |ids: &[Option<SegmentId>]| ids.iter().map(label).collect();
        let moved = Migration {
            counts: from.iter().map(row).collect(),
            shares: Vec::new(),
            value: None,
            left: from.iter().map(|&a| count(place(a), Whereabouts::Absent)).collect(),
            new: to.iter().map(|&b| count(Whereabouts::Absent, place(b))).collect(),
            from: labels(&from),
            to: labels(&to),
        };
        let known = |side: &Side| side.lines.iter().map(|&(_, n, line)| (n, line)).collect::<Vec<_>>();
        SharedMigration::of(&moved, [&known(&self.before), &known(&self.now)], self.n_customers(), self.min_cell)
    }

    /// The account of every segment, as far as `migration` lets it be told.
    pub(super) fn accounts(
        &self,
        refit: &Refit,
        migration: &SharedMigration,
        named: impl Fn(SegmentId) -> SharedName,
    ) -> Vec<SharedAccount> {
        let segments = &refit.movement.segments;
        // Without ids nobody of the earlier run is in the movement.
        if self.before.n_customers > 0 && segments.iter().all(|segment| segment.customers.before == 0) {
            return Vec::new();
        }
        let changes = self.changes_told(segments, migration);
        let account = |(at, of): (usize, &SegmentMovement)| {
            let id = of.segment_id;
            let MonthAccount { before, moved, redefined, after, .. } = of.customers;
            let [joined, left] = ends(migration, id);
            SharedAccount {
                segment: id.map(&named),
                before: Shown::when(self.before.is_shown(id), before),
                moved: Shown::when(changes[at], moved),
                joined: joined.map(|n| n as i64),
                left: left.map(|n| -(n as i64)),
                redefined: Shown::when(changes[at], redefined),
                after: Shown::when(self.now.is_shown(id), after),
                value_share_before: self.before.value_share(id),
                value_share: self.now.value_share(id),
            }
        };
        segments.iter().enumerate().map(account).collect()
    }

    /// Of which segments it is told who moved and who was redefined. Together with the rest of an account either tells how many customers
    /// of both runs the old segments would have there now: that is a list of parts. All moves add up to nothing, as do all redefinitions,
    /// so where they are not told of one segment, they are not of another.
    fn changes_told(&self, segments: &[SegmentMovement], migration: &SharedMigration) -> Vec<bool> {
        let customers = |of: &SegmentMovement| of.customers;
        let by_old = segments.iter().map(customers).map(|of| (of.before + of.left + of.moved).max(0) as u64);
        let parts = Parts::of(by_old.enumerate(), self.min_cell);
        let is_told = |(at, of): (usize, &SegmentMovement)| {
            parts.shown(&at).is_some()
                && self.before.is_shown(of.segment_id)
                && self.now.is_shown(of.segment_id)
                && ends(migration, of.segment_id).iter().all(Shown::is_shown)
        };
        let mut told: Vec<bool> = segments.iter().enumerate().map(is_told).collect();
        if told.iter().filter(|told| !**told).count() == 1 {
            let size = |&at: &usize| segments[at].customers.moved.abs() + segments[at].customers.redefined.abs();
            let next = (0..told.len()).filter(|&at| told[at]).min_by_key(size);
            next.into_iter().for_each(|at| told[at] = false);
        }
        told
    }
}

/// Those who came to a segment and those who left it, as they are told.
fn ends(migration: &SharedMigration, id: Option<SegmentId>) -> [Shown<u64>; 2] {
    let label = id.map(|id| id.to_string());
    let of = |labels: &[Option<String>], counts: &[Shown<u64>]| {
        labels.iter().position(|other| *other == label).map_or(Shown::Value(0), |at| counts[at])
    };
    [of(&migration.to, &migration.new), of(&migration.from, &migration.left)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::GroupBefore;

    fn id(n: u32) -> SegmentId {
        format!("S{n:02}").parse().unwrap()
    }

    fn before(sizes: &[u64], n_customers: u64) -> Side {
        let groups = sizes.iter().zip(1..).map(|(&size, n)| GroupBefore::new(Some(id(n)), size)).collect();
        Side::before(&RunBefore::new(10, 1.0, n_customers, groups))
    }

    #[test]
    fn a_size_that_the_earlier_report_holds_back_is_held_back_whatever_it_is() {
        let side = before(&[200, 12, 3], 219);
        assert_eq!([1, 2, 3].map(|n| side.is_shown(Some(id(n)))), [true, false, false], "twelve cover three");
        assert_eq!(side.line(None), (4, Line::Listed), "how many are left out is told");
    }

    #[test]
    fn a_sum_that_divides_sizes_that_are_held_back_is_not_told() {
        let side = before(&[200, 12, 3, 40], 255);
        assert!(side.tells_sum(&[id(1), id(4)]) && side.tells_sum(&[id(1), id(2), id(3)]));
        assert!(!side.tells_sum(&[id(1), id(2)]), "the rest would be forty and three");
    }

    #[test]
    fn where_the_changes_of_one_segment_are_held_back_those_of_another_are() {
        let change = |n: u32, moved: i64, redefined: i64| SegmentMovement {
            segment_id: Some(id(n)),
            customers: MonthAccount {
                before: 100,
                moved,
                redefined,
                after: 100 + moved + redefined,
                ..MonthAccount::default()
            },
            value: None,
        };
        // The old segments would have nobody but three in the third any more.
        let segments = [change(1, 60, -15), change(2, 37, 15), change(3, -97, 0)];
        let lines = |sizes: [u64; 3]| {
            let lines = sizes.iter().zip(1..).map(|(&size, n)| (Some(id(n)), size, Line::Listed));
            Side { n_customers: 300, lines: lines.collect(), values: Vec::new(), total: None }
        };
        let months = Months { before: lines([100; 3]), now: lines([145, 152, 3]), min_cell: 10 };
        let nobody = SharedMigration::of(
            &Migration {
                from: Vec::new(),
                to: Vec::new(),
                counts: Vec::new(),
                shares: Vec::new(),
                value: None,
                left: Vec::new(),
                new: Vec::new(),
            },
            [&[], &[]],
            [0, 0],
            10,
        );
        assert_eq!(months.changes_told(&segments, &nobody), [true, false, false], "all moves add up to nothing");
    }
}
