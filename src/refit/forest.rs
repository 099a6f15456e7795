//! What became of every old segment, and where every new cluster comes from.

use serde::{Deserialize, Serialize};

use crate::metrics::Contingency;

/// The share of an old segment that its heir holds more than.
const HEIR_PERCENT: u64 = 50;
/// The share of a cluster that an old segment makes up at least to be worth a sentence.
const PART_PERCENT: u64 = 15;
/// The share of a cluster that comes from one segment more than, for it to be that segment's child.
const CHILD_PERCENT: u64 = 40;
/// The share of a cluster that its only source makes up at least, for the source to have survived in it.
const KEEP_PERCENT: u64 = 30;

/// What happened to segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// One segment went on as one cluster.
    Survived,
    /// One segment became several clusters.
    Split,
    /// Several segments became one cluster.
    Merged,
    /// A segment has no cluster that is its own any more.
    Vanished,
    /// A cluster comes from no segment.
    Emerged,
    /// A cluster is what a segment was that had vanished in an earlier run.
    Revived,
}

impl Fate {
    /// Whether it makes new segments of old ones.
    pub(super) fn has_parents(self) -> bool {
        matches!(self, Fate::Split | Fate::Merged)
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Survived => "survived",
            Fate::Split => "split",
            Fate::Merged => "merged",
            Fate::Vanished => "vanished",
            Fate::Emerged => "emerged",
            Fate::Revived => "revived",
        }
    }
}

/// One thing that happened: rows `from` of the table of counts became columns `to`, both ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edge {
    /// What happened.
    pub outcome: Fate,
    /// Old segments; empty for what emerged.
    pub from: Vec<usize>,
    /// New clusters; empty for what vanished.
    pub to: Vec<usize>,
}

/// What became of every old segment and where every new cluster comes from, by a table of counts C, old segments × new clusters.
///
/// With F the shares of rows and G the shares of columns:
///
/// - the **heir** of a is the b with the largest F\[a,b\], where that is above ½, and G\[a,b\] ≥ 0.15 or a is the largest source
///   of b;
/// - the **kids** of a are the b that are nobody's heir, have a as their largest source with G\[a,b\] > 0.4, and hold
///   F\[a,b\] ≥ 0.15 of it; where there are any, its heir is one too if nobody else has that heir;
/// - a **split** when it has two kids and more;
/// - b is **merged** when it is the heir of two segments and more that did not split;
/// - a **survived** in b when it alone has the heir b and G\[a,b\] ≥ 0.3;
/// - every other a **vanished**, every other b **emerged**.
///
/// Ties go to the larger count, then to the lower index. A segment has one heir at most and a cluster one parent, so the whole is
/// a forest, and every segment and cluster is in exactly one edge. The limits are those of a trial on planted tables (see
/// docs/refit.md); shares are compared in whole numbers.
///
/// ```
/// use segmint::metrics::Contingency;
/// use segmint::refit::{Forest, Fate};
/// // The first segment went on; the second became two clusters.
/// let forest = Forest::of(&Contingency::new(2, 3, vec![90, 5, 5, 0, 60, 40]));
/// let found: Vec<_> = forest.edges.iter().map(|edge| (edge.outcome, &edge.from[..], &edge.to[..])).collect();
/// assert_eq!(found, [(Fate::Survived, &[0][..], &[0][..]), (Fate::Split, &[1][..], &[1, 2][..])]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forest {
    /// What happened: old segments in order, then the clusters that emerged.
    pub edges: Vec<Edge>,
}

impl Forest {
    /// The forest of a table, old segments × new clusters. O(rows × columns).
    pub fn of(table: &Contingency) -> Forest {
        let kinship = Kinship::of(table);
        let (n_old, n_new) = (table.n_tiers(), table.n_clusters());
        let mut edges: Vec<Edge> = Vec::new();
        let (mut old_told, mut new_told) = (vec![false; n_old], vec![false; n_new]);
        for a in 0..n_old {
            if old_told[a] {
                continue;
            }
            let edge = kinship.edge_of(a);
            edge.from.iter().for_each(|&a| old_told[a] = true);
            edge.to.iter().for_each(|&b| new_told[b] = true);
            edges.push(edge);
        }
        let emerged = (0..n_new).filter(|&b| !new_told[b]);
        edges.extend(emerged.map(|b| Edge { outcome: Fate::Emerged, from: Vec::new(), to: vec![b] }));
        Forest { edges }
    }

    /// The share of all customers of the table who are where their old segment went on: Σ C\[a,b\] / n over what survived; 0
    /// without customers.
    pub fn carried(&self, table: &Contingency) -> f64 {
        let survived = self.edges.iter().filter(|edge| edge.outcome == Fate::Survived);
        let n: u64 = survived.map(|edge| table.count(edge.from[0], edge.to[0])).sum();
        if table.n() == 0 { 0.0 } else { n as f64 / table.n() as f64 }
    }
}

/// Heirs and kids.
struct Kinship<'a> {
    table: &'a Contingency,
    heirs: Vec<Option<usize>>,
    kids: Vec<Vec<usize>>,
}

impl<'a> Kinship<'a> {
    fn of(table: &'a Contingency) -> Self {
        let mut kinship = Kinship { table, heirs: Vec::new(), kids: Vec::new() };
        let sources: Vec<Option<usize>> = (0..table.n_clusters()).map(|b| kinship.largest_source(b)).collect();
        kinship.heirs = (0..table.n_tiers()).map(|a| kinship.heir(a, &sources)).collect();
        kinship.kids = (0..table.n_tiers()).map(|a| kinship.children(a, &sources)).collect();
        kinship
    }

    /// Whether the cell is more than `percent` of its row.
    fn is_over_of_row(&self, a: usize, b: usize, percent: u64) -> bool {
        share_is_over(self.table.count(a, b), self.table.tier_totals()[a], percent)
    }

    fn is_over_of_column(&self, a: usize, b: usize, percent: u64) -> bool {
        share_is_over(self.table.count(a, b), self.table.cluster_totals()[b], percent)
    }

    fn is_at_least_of_column(&self, a: usize, b: usize, percent: u64) -> bool {
        share_is_at_least(self.table.count(a, b), self.table.cluster_totals()[b], percent)
    }

    fn largest_source(&self, b: usize) -> Option<usize> {
        largest((0..self.table.n_tiers()).map(|a| self.table.count(a, b)))
    }

    fn heir(&self, a: usize, sources: &[Option<usize>]) -> Option<usize> {
        let b = largest(self.table.row(a).iter().copied())?;
        let is_source = self.is_at_least_of_column(a, b, PART_PERCENT) || sources[b] == Some(a);
        (self.is_over_of_row(a, b, HEIR_PERCENT) && is_source).then_some(b)
    }

    /// The segments whose heir is `b`, ascending.
    fn parents(&self, b: usize) -> impl Iterator<Item = usize> + '_ {
        self.heirs.iter().enumerate().filter(move |(_, heir)| **heir == Some(b)).map(|(a, _)| a)
    }

    fn children(&self, a: usize, sources: &[Option<usize>]) -> Vec<usize> {
        let is_kid = |&b: &usize| {
            let large = share_is_at_least(self.table.count(a, b), self.table.tier_totals()[a], PART_PERCENT);
            sources[b] == Some(a) && large && self.is_over_of_column(a, b, CHILD_PERCENT)
        };
        let mut kids: Vec<usize> =
            (0..self.table.n_clusters()).filter(is_kid).filter(|&b| self.parents(b).next().is_none()).collect();
        let own_heir = self.heirs[a].filter(|&b| self.parents(b).eq([a]));
        if !kids.is_empty() {
            kids.extend(own_heir);
            kids.sort_unstable();
        }
        kids
    }

    fn is_split(&self, a: usize) -> bool {
        self.kids[a].len() >= 2
    }

    /// What happened to `a`.
    fn edge_of(&self, a: usize) -> Edge {
        if self.is_split(a) {
            return Edge { outcome: Fate::Split, from: vec![a], to: self.kids[a].clone() };
        }
        let vanished = Edge { outcome: Fate::Vanished, from: vec![a], to: Vec::new() };
        let Some(b) = self.heirs[a] else { return vanished };
        let parents: Vec<usize> = self.parents(b).filter(|&a| !self.is_split(a)).collect();
        match parents[..] {
            [_] if self.is_at_least_of_column(a, b, KEEP_PERCENT) => {
                Edge { outcome: Fate::Survived, from: vec![a], to: vec![b] }
            }
            [_] => vanished,
            _ => Edge { outcome: Fate::Merged, from: parents, to: vec![b] },
        }
    }
}

/// The place of the largest count, the first among equals; `None` when all are 0.
fn largest(counts: impl Iterator<Item = u64>) -> Option<usize> {
    let best = counts.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.filter(|&(_, count)| count > 0).map(|(place, _)| place)
}

fn share_is_over(part: u64, whole: u64, percent: u64) -> bool {
    u128::from(part) * 100 > u128::from(whole) * u128::from(percent)
}

fn share_is_at_least(part: u64, whole: u64, percent: u64) -> bool {
    part > 0 && u128::from(part) * 100 >= u128::from(whole) * u128::from(percent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(n_old: usize, n_new: usize, counts: &[u64]) -> Vec<(Fate, Vec<usize>, Vec<usize>)> {
        let forest = Forest::of(&Contingency::new(n_old, n_new, counts.to_vec()));
        forest.edges.into_iter().map(|edge| (edge.outcome, edge.from, edge.to)).collect()
    }

    #[test]
    fn every_kind_of_event_is_told_from_its_table() {
        use Fate::*;
        assert_eq!(told(1, 1, &[7]), [(Survived, vec![0], vec![0])]);
        assert_eq!(told(1, 2, &[60, 40]), [(Split, vec![0], vec![0, 1])]);
        assert_eq!(told(1, 3, &[34, 33, 33]), [(Split, vec![0], vec![0, 1, 2])]);
        assert_eq!(told(2, 1, &[60, 40]), [(Merged, vec![0, 1], vec![0])]);
        // Its customers went to the heirs of others.
        let vanished = [90, 0, 0, 90, 45, 45];
        assert_eq!(
            told(3, 2, &vanished),
            [(Survived, vec![0], vec![0]), (Survived, vec![1], vec![1]), (Vanished, vec![2], vec![])]
        );
        // Its customers come from three segments alike.
        let emerged = [80, 0, 0, 20, 0, 80, 0, 20, 0, 0, 80, 20];
        assert_eq!(told(3, 4, &emerged).last(), Some(&(Emerged, vec![], vec![3])));
    }

    #[test]
    fn a_cluster_without_customers_emerged_and_a_segment_without_any_vanished() {
        assert_eq!(
            told(2, 2, &[5, 0, 0, 0]),
            [(Fate::Survived, vec![0], vec![0]), (Fate::Vanished, vec![1], vec![]), (Fate::Emerged, vec![], vec![1])]
        );
        assert!(told(0, 0, &[]).is_empty());
    }

    fn tables() -> impl Strategy<Value = (usize, usize, Vec<u64>)> {
        (1_usize..7, 1_usize..7).prop_flat_map(|(n_old, n_new)| {
            (
                Just(n_old),
                Just(n_new),
                prop::collection::vec(prop_oneof![Just(0), 0_u64..40, 0_u64..1000], n_old * n_new),
            )
        })
    }

    proptest! {
        #[test]
        fn every_segment_and_every_cluster_is_in_one_event((n_old, n_new, counts) in tables()) {
            let edges = told(n_old, n_new, &counts);
            let mut from: Vec<usize> = edges.iter().flat_map(|(_, from, _)| from.clone()).collect();
            let mut to: Vec<usize> = edges.iter().flat_map(|(.., to)| to.clone()).collect();
            from.sort_unstable();
            to.sort_unstable();
            prop_assert_eq!(from, (0..n_old).collect::<Vec<_>>());
            prop_assert_eq!(to, (0..n_new).collect::<Vec<_>>());
        }

        #[test]
        fn the_numbers_of_segments_and_clusters_decide_nothing_but_ties(
            (n_old, n_new, counts) in tables(),
            seed in any::<u64>(),
        ) {
            // Different counts, so that there are no ties.
            let counts: Vec<u64> = counts.iter().enumerate().map(|(i, &count)| count * 64 + i as u64 + 1).collect();
            let order = |n: usize| {
                let mut order: Vec<usize> = (0..n).collect();
                order.sort_by_key(|&i| blake3::hash(&[seed.to_le_bytes(), (i as u64).to_le_bytes()].concat()).as_bytes()[0]);
                order
            };
            let (rows, columns) = (order(n_old), order(n_new));
            let permuted: Vec<u64> =
                rows.iter().flat_map(|&a| columns.iter().map(move |&b| (a, b))).map(|(a, b)| counts[a * n_new + b]).collect();
            let back = |places: &[usize], of: &[usize]| {
                let mut back: Vec<usize> = places.iter().map(|&place| of[place]).collect();
                back.sort_unstable();
                back
            };
            let mut found = told(n_old, n_new, &permuted);
            found.iter_mut().for_each(|(_, from, to)| (*from, *to) = (back(from, &rows), back(to, &columns)));
            let mut expected = told(n_old, n_new, &counts);
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }
}
