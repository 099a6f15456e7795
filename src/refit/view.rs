//! The ways to hold two runs against each other, and which of them decides.

use serde::{Deserialize, Serialize};

use super::Forest;
use crate::metrics::Contingency;

/// By how much more customers another view has to carry than the rule's.
const LEAD: f64 = 0.02;

/// How customers of the new table are given an old segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ViewKind {
    /// By the old model, as scoring does. Customers may move between segments that stay where they are, and nobody has to be
    /// in both tables.
    Rule,
    /// By the old centroids among customers normalized anew: by their standing among all. Prices, units or a season that lift
    /// everybody change nothing.
    Standing,
    /// By the segment they were recorded in. Any feature may be defined anew; only customers of both tables count.
    People,
}

impl ViewKind {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            ViewKind::Rule => "rule",
            ViewKind::Standing => "standing",
            ViewKind::People => "people",
        }
    }
}

/// One way to hold the runs against each other: customers by old segment and new cluster.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct View {
    /// Which way.
    pub kind: ViewKind,
    /// Customers, old segments × new clusters. Clusters that are mostly outside have none.
    pub table: Contingency,
    /// Per new cluster, its customers who are like none of the old run.
    pub outside: Vec<u64>,
    /// Per old segment, its customers who are not in the new table; 0 where that is not known.
    pub absent: Vec<u64>,
    /// What happened.
    pub forest: Forest,
    /// The share of customers who are where their old segment went on.
    pub carried: f64,
}

impl View {
    /// The view `kind` of a table of customers, old segments × new clusters. A cluster of whose customers more are `outside`
    /// than not takes no part: an old model gives a segment to whoever comes, so a far new group would look like a part of its
    /// nearest neighbour.
    ///
    /// # Panics
    /// When there is not one number of `outside` a column and one of `absent` a row.
    pub fn of(kind: ViewKind, table: &Contingency, outside: Vec<u64>, absent: Vec<u64>) -> View {
        assert_eq!((absent.len(), outside.len()), (table.n_tiers(), table.n_clusters()), "a number a row and column");
        let is_outside = |b: usize| outside[b] > table.cluster_totals()[b];
        let n_new = table.n_clusters();
        let counts = table.counts().iter().enumerate();
        let counts = counts.map(|(i, &count)| if is_outside(i % n_new) { 0 } else { count }).collect();
        let n = table.n() + outside.iter().sum::<u64>();
        let table = Contingency::new(table.n_tiers(), n_new, counts);
        let forest = Forest::of(&table);
        let carried = if n == 0 { 0.0 } else { forest.carried(&table) * table.n() as f64 / n as f64 };
        View { kind, table, outside, absent, forest, carried }
    }

    /// The place of the view that decides: the one that carries most customers, but the rule's unless another carries 0.02 more,
    /// and the earlier one among equals. `None` without views.
    pub fn choose(views: &[View]) -> Option<usize> {
        let lead = |view: &View| if view.kind == ViewKind::Rule { view.carried + LEAD } else { view.carried };
        let better = |best: (usize, f64), next: (usize, f64)| if next.1 > best.1 { next } else { best };
        views.iter().map(lead).enumerate().reduce(better).map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::Fate;

    fn view(kind: ViewKind, counts: Vec<u64>) -> View {
        View::of(kind, &Contingency::new(2, 2, counts), vec![0; 2], vec![0; 2])
    }

    #[test]
    fn a_far_new_group_emerges_though_an_old_model_gives_it_a_segment() {
        let table = Contingency::new(1, 2, vec![60, 40]);
        let split = View::of(ViewKind::Rule, &table, vec![0, 0], vec![0]);
        assert_eq!(split.forest.edges[0].outcome, Fate::Split);
        let emerged = View::of(ViewKind::Rule, &Contingency::new(1, 2, vec![60, 10]), vec![0, 30], vec![0]);
        let outcomes: Vec<_> = emerged.forest.edges.iter().map(|edge| edge.outcome).collect();
        assert_eq!((outcomes, emerged.carried), (vec![Fate::Survived, Fate::Emerged], 0.6));
    }

    #[test]
    fn the_rule_decides_unless_another_view_carries_clearly_more() {
        let all = view(ViewKind::People, vec![50, 0, 0, 50]);
        let nearly = view(ViewKind::Rule, vec![49, 1, 0, 50]);
        let few = view(ViewKind::Rule, vec![40, 10, 10, 40]);
        assert_eq!(View::choose(&[nearly, all.clone()]), Some(0));
        assert_eq!(View::choose(&[few, all.clone(), all]), Some(1));
        assert_eq!(View::choose(&[]), None);
    }
}
