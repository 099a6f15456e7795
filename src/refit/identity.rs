//! Which cluster is which segment.

use super::{Edge, Fate, SegmentId, View, ViewKind};
use crate::stats::wilson;

/// The share of customers that another view has to carry to contest an id: one in which hardly anybody goes on tells that the table or its
/// customers changed, not who is who.
const CONTESTS: f64 = 0.5;

/// What speaks against relying on an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Flag {
    /// So few customers that the share that decides may as well be ½: the lower end of its 95 % interval is not above that.
    Uncertain,
    /// Another view gives one of its ids to another cluster.
    Contested,
}

/// A cluster held against a segment that vanished in an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The segment.
    pub id: SegmentId,
    /// The cluster.
    pub cluster: usize,
    /// Customers of the new table whom the old model gives that segment.
    pub claimed: u64,
    /// Customers of the cluster.
    pub size: u64,
    /// Customers who are both.
    pub both: u64,
}

impl Claim {
    /// Whether each is more than half of the other.
    pub fn is_mutual(&self) -> bool {
        2 * self.both > self.claimed && 2 * self.both > self.size
    }
}

/// The ids of the clusters of a new fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identities {
    /// Of every cluster, in order; no two are equal.
    pub ids: Vec<SegmentId>,
    /// For every cluster, whether its id is one of the run that is continued or of one before it.
    pub inherited: Vec<bool>,
    /// The segments that came back: id and cluster.
    pub revived: Vec<(SegmentId, usize)>,
    /// The lowest id that was never given.
    pub next: SegmentId,
}

impl Identities {
    /// Gives every cluster of `view` an id. The old segments are called `old`, in the order of the rows; ids from `next` on were
    /// never given; `claims` are those of segments that vanished before.
    ///
    /// b takes the id of a where they share more than half of a and more than half of b (no other a or b can), or where a survived
    /// in b. Of segments that merged it takes the id of the one that had more customers than the others together by `sizes`, those of the
    /// old segments: between their centroids an old model gives each of them half, however large they were; where `people` decide they
    /// are counted as they are. Of what is left, a cluster that a vanished segment claims, and claims it, takes that id. Every other cluster gets the
    /// next number. An id is given to one cluster at most, and never to anything but what was called so.
    ///
    /// # Panics
    /// When `old` has not one id a row, or `sizes` not one number.
    pub fn of(view: &View, old: &[SegmentId], sizes: &[u64], next: SegmentId, claims: &[Claim]) -> Identities {
        let n_new = view.table.n_clusters();
        let mut ids = inherited(view, old, sizes);
        let inherited: Vec<bool> = ids.iter().map(Option::is_some).collect();
        let mut revived = Vec::new();
        for claim in claims.iter().filter(|claim| claim.is_mutual()) {
            if ids[claim.cluster].is_none() && !ids.contains(&Some(claim.id)) {
                ids[claim.cluster] = Some(claim.id);
                revived.push((claim.id, claim.cluster));
            }
        }
        let mut next = next;
        let mut give = || {
            let given = next;
            next = next.next();
            given
        };
        let ids = ids.into_iter().map(|id| id.unwrap_or_else(&mut give)).collect();
        let came_back = |b: usize| revived.iter().any(|&(_, cluster)| cluster == b);
        let inherited = (0..n_new).map(|b| inherited[b] || came_back(b)).collect();
        Identities { ids, inherited, revived, next }
    }

    /// Those of a first run, by the order of the clusters.
    pub fn first(n_clusters: usize) -> Identities {
        Identities::new_from(SegmentId::FIRST, n_clusters)
    }

    /// Those of a run that continues none, by the order of the clusters: `first` is the lowest id that was never given.
    pub fn new_from(first: SegmentId, n_clusters: usize) -> Identities {
        let ids: Vec<SegmentId> = std::iter::successors(Some(first), |id| Some(id.next())).take(n_clusters).collect();
        let next = ids.last().map_or(first, |id| id.next());
        Identities { ids, inherited: vec![false; n_clusters], revived: Vec::new(), next }
    }
}

/// The old id of every cluster that goes on.
fn inherited(view: &View, old: &[SegmentId], sizes: &[u64]) -> Vec<Option<SegmentId>> {
    let table = &view.table;
    assert_eq!((old.len(), sizes.len()), (table.n_tiers(), table.n_tiers()), "an id and a size a row");
    let mut ids = vec![None; table.n_clusters()];
    let edges = |outcome| view.forest.edges.iter().filter(move |edge| edge.outcome == outcome);
    let by_size: Vec<&Edge> = edges(Fate::Merged).filter(|_| view.kind != ViewKind::People).collect();
    for edge in &by_size {
        let total: u64 = edge.from.iter().map(|&a| sizes[a]).sum();
        ids[edge.to[0]] = edge.from.iter().find(|&&a| 2 * sizes[a] > total).map(|&a| old[a]);
    }
    let told = |a: &usize| by_size.iter().any(|edge| edge.from.contains(a));
    for (a, &id) in old.iter().enumerate().filter(|(a, _)| !told(a)) {
        let is_majority = |&b: &usize| {
            let both = table.count(a, b);
            2 * both > table.tier_totals()[a] && 2 * both > table.cluster_totals()[b]
        };
        if let Some(b) = (0..table.n_clusters()).find(is_majority) {
            ids[b] = Some(id);
        }
    }
    for edge in edges(Fate::Survived) {
        let (a, b) = (edge.from[0], edge.to[0]);
        if ids[b].is_none() && !ids.contains(&Some(old[a])) {
            ids[b] = Some(old[a]);
        }
    }
    ids
}

/// What speaks against an event of `view`: the shares that decided ids, and whether one of `others` decided another way.
pub(super) fn flags(edge: &Edge, view: &View, others: &[&View], old: &[SegmentId], sizes: &[u64]) -> Vec<Flag> {
    let ids = inherited(view, old, sizes);
    let carried: Vec<(usize, usize)> = edge
        .to
        .iter()
        .filter_map(|&b| Some((edge.from.iter().copied().find(|&a| ids[b] == Some(old[a]))?, b)))
        .collect();
    let is_uncertain =
        |&(a, b): &(usize, usize)| wilson_low(view.table.count(a, b), view.table.tier_totals()[a]) <= 0.5;
    let heir = |other: &View, a: usize| inherited(other, old, sizes).iter().position(|&id| id == Some(old[a]));
    let is_contested = |&(a, b): &(usize, usize)| {
        let others = others.iter().filter(|other| other.carried >= CONTESTS);
        others.filter_map(|other| heir(other, a)).any(|c| c != b)
    };
    let uncertain = carried.iter().any(is_uncertain).then_some(Flag::Uncertain);
    uncertain.into_iter().chain(carried.iter().any(is_contested).then_some(Flag::Contested)).collect()
}

/// The lower end of the 95 % interval of a share; 0 of nobody.
fn wilson_low(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { wilson(part as f64, whole as f64).0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::Contingency;

    fn view(n_old: usize, n_new: usize, counts: Vec<u64>) -> View {
        View::of(ViewKind::Rule, &Contingency::new(n_old, n_new, counts), vec![0; n_new], vec![0; n_old])
    }

    fn ids(texts: &[&str]) -> Vec<SegmentId> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn given(view: &View, old: &[&str], next: &str) -> Vec<String> {
        let found = Identities::of(view, &ids(old), view.table.tier_totals(), next.parse().unwrap(), &[]);
        found.ids.iter().map(SegmentId::to_string).collect()
    }

    #[test]
    fn the_majority_of_a_split_and_of_a_merge_keeps_the_id() {
        assert_eq!(given(&view(1, 2, vec![60, 40]), &["S03"], "S09"), ["S03", "S09"]);
        assert_eq!(given(&view(1, 2, vec![50, 50]), &["S03"], "S09"), ["S09", "S10"]);
        assert_eq!(given(&view(2, 1, vec![60, 40]), &["S03", "S05"], "S09"), ["S03"]);
        assert_eq!(given(&view(2, 1, vec![50, 50]), &["S03", "S05"], "S09"), ["S09"]);
    }

    #[test]
    fn of_segments_that_merged_between_their_centroids_the_larger_one_keeps_the_id() {
        // By the old centroids the smaller one has a little more of what lies between them.
        let rule = view(2, 1, vec![240, 260]);
        let old = ids(&["S03", "S05"]);
        let of = |view: &View| Identities::of(view, &old, &[350, 150], "S09".parse().unwrap(), &[]).ids;
        assert_eq!(of(&rule), ids(&["S03"]));
        // Where people decide, they are counted.
        assert_eq!(of(&View { kind: ViewKind::People, ..rule }), ids(&["S05"]));
    }

    #[test]
    fn a_segment_that_comes_back_gets_its_id_back() {
        let emerged = view(1, 2, vec![90, 0]);
        let claim = |both| Claim { id: "S04".parse().unwrap(), cluster: 1, claimed: 40, size: 30, both };
        let of = |claim| Identities::of(&emerged, &ids(&["S01"]), &[90], "S07".parse().unwrap(), &[claim]);
        let back = of(claim(25));
        assert_eq!(
            (back.ids, back.next, back.inherited),
            (ids(&["S01", "S04"]), "S07".parse().unwrap(), vec![true; 2])
        );
        assert_eq!(of(claim(20)).ids, ids(&["S01", "S07"]));
    }

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        // 81 of 263: the example of Newcombe (1998), method 3.
        assert!((wilson_low(81, 263) - 0.2553).abs() < 5e-5);
        assert_eq!(wilson_low(0, 0), 0.0);
    }

    #[test]
    fn an_event_of_a_few_customers_is_uncertain() {
        let flags_of = |n: u64| {
            let view = view(2, 2, vec![6 * n, 4 * n, 0, 100]);
            flags(&view.forest.edges[0], &view, &[], &ids(&["S01", "S02"]), &[10 * n, 100])
        };
        assert_eq!((flags_of(1), flags_of(100)), (vec![Flag::Uncertain], vec![]));
    }

    #[test]
    fn an_id_that_another_view_gives_to_another_cluster_is_contested() {
        let rule = view(2, 2, vec![90, 10, 10, 90]);
        let people = View { kind: ViewKind::People, ..view(2, 2, vec![10, 90, 90, 10]) };
        let old = ids(&["S01", "S02"]);
        assert_eq!(flags(&rule.forest.edges[0], &rule, &[&people], &old, &[100; 2]), [Flag::Contested]);
        assert!(flags(&rule.forest.edges[0], &rule, &[&rule.clone()], &old, &[100; 2]).is_empty());
    }

    #[test]
    fn a_view_in_which_hardly_anybody_goes_on_contests_nothing() {
        let rule = view(2, 4, vec![90, 10, 0, 0, 10, 90, 0, 0]);
        let scattered = view(2, 4, vec![0, 90, 0, 0, 100, 0, 120, 130]);
        let old = ids(&["S01", "S02"]);
        assert_eq!(inherited(&scattered, &old, &[90, 350])[1], Some(old[0]), "it gives the id to another cluster");
        assert!(scattered.carried < CONTESTS);
        assert!(flags(&rule.forest.edges[0], &rule, &[&scattered], &old, &[100; 2]).is_empty());
    }

    proptest! {
        #[test]
        fn no_id_is_given_twice_or_to_something_else(
            (n_old, n_new, counts) in (1_usize..7, 1_usize..7).prop_flat_map(|(a, b)| {
                (Just(a), Just(b), prop::collection::vec(0_u64..200, a * b))
            }),
            claimed in prop::collection::vec((0_usize..7, 0_u64..100, 0_u64..100, 0_u64..100), 0..4),
        ) {
            let view = view(n_old, n_new, counts);
            let old: Vec<SegmentId> = Identities::first(n_old).ids;
            let sleeping = |i: usize| format!("S{}", 20 + i).parse().unwrap();
            let next: SegmentId = "S40".parse().unwrap();
            let claims: Vec<Claim> = claimed
                .into_iter()
                .enumerate()
                .map(|(i, (b, claimed, size, both))| Claim { id: sleeping(i), cluster: b % n_new, claimed, size, both })
                .collect();
            let found = Identities::of(&view, &old, view.table.tier_totals(), next, &claims);
            let mut unique = found.ids.clone();
            unique.sort();
            unique.dedup();
            prop_assert_eq!(unique.len(), n_new);
            prop_assert!(found.ids.iter().all(|id| *id < found.next));
            let n_given = found.ids.iter().filter(|id| **id >= next).count();
            prop_assert_eq!(n_given, found.inherited.iter().filter(|inherited| !**inherited).count());
        }
    }
}
