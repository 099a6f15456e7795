//! Names of clusters no archetype fits, and the additions that make equal names different.

use std::collections::BTreeSet;

use super::Level;
use super::profile::{ClusterProfile, Profiles};
use crate::Text;

/// The features in the name of an unmatched cluster, at most.
const NAMED_FEATURES: usize = 2;

/// A feature in a name, and whether the cluster is high or low in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    column: usize,
    high: bool,
}

/// What sets a cluster apart, strongest first: features in which it is at least `high` or at most `low`.
pub(super) fn marks(cluster: &ClusterProfile) -> Vec<Mark> {
    let mark = |&column: &usize| {
        let position = cluster.columns[column].position?;
        let high = position >= Level::High.band().0;
        (high || position <= Level::Low.band().1).then_some(Mark { column, high })
    };
    cluster.distinctive.iter().filter_map(mark).take(NAMED_FEATURES).collect()
}

/// The name that marks spell: `high basket_mean, low return_rate`.
pub(super) fn feature_name(marks: &[Mark], profiles: &Profiles) -> Text {
    if marks.is_empty() {
        return Text::new("close to average", "接近整体");
    }
    spelled(marks, profiles)
}

fn spelled(marks: &[Mark], profiles: &Profiles) -> Text {
    let form = |high: &str, low: &str, gap: &str| {
        let word =
            |mark: &Mark| format!("{} {}", if mark.high { high } else { low }, profiles.columns[mark.column].name);
        marks.iter().map(word).collect::<Vec<String>>().join(gap)
    };
    Text::new(form("high", "low", ", "), form("高", "低", "、"))
}

/// The name of noise.
pub(super) fn noise_name() -> Text {
    Text::new("noise", "噪声")
}

/// A cluster that waits for its final name.
pub(super) struct Nameless<'a> {
    /// Its profile.
    pub(super) cluster: &'a ClusterProfile,
    /// The name so far.
    pub(super) name: Text,
    /// Columns the name speaks of already.
    pub(super) spoken: Vec<usize>,
}

/// Final names, different in both languages.
///
/// Clusters with the same name get the feature appended in which their positions lie furthest apart: the group is cut
/// at the widest gap into a high and a low part, and parts of several clusters are cut again by another feature. What
/// no feature separates is numbered.
pub(super) fn unique_names(clusters: &[Nameless<'_>], profiles: &Profiles) -> Vec<Text> {
    let mut marks: Vec<Vec<Mark>> = vec![Vec::new(); clusters.len()];
    for group in groups(clusters) {
        let mut spoken: Vec<usize> = group.iter().flat_map(|&i| clusters[i].spoken.iter().copied()).collect();
        separate(&group, clusters, &mut spoken, &mut marks);
    }
    let noise = noise_name();
    let mut used: BTreeSet<String> = BTreeSet::from([noise.en, noise.zh]);
    clusters
        .iter()
        .zip(&marks)
        .map(|(cluster, marks)| {
            let mut name = cluster.name.clone();
            if !marks.is_empty() {
                let addition = spelled(marks, profiles);
                name = Text::new(format!("{} · {}", name.en, addition.en), format!("{} · {}", name.zh, addition.zh));
            }
            let numbered = |number: usize| match number {
                1 => name.clone(),
                n => Text::new(format!("{} ({n})", name.en), format!("{}({n})", name.zh)),
            };
            let free = |name: &Text| !used.contains(&name.en) && !used.contains(&name.zh);
            let name = (1..).map(numbered).find(free).expect("numbers do not run out");
            used.extend([name.en.clone(), name.zh.clone()]);
            name
        })
        .collect()
}

/// Clusters that share a name in either language, in cluster order; single ones are left out.
fn groups(clusters: &[Nameless<'_>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (i, cluster) in clusters.iter().enumerate() {
        let same = |&j: &usize| clusters[j].name.en == cluster.name.en || clusters[j].name.zh == cluster.name.zh;
        let (mut joined, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.iter().any(same));
        joined.push(vec![i]);
        let mut group = joined.concat();
        group.sort_unstable();
        groups = apart;
        groups.push(group);
    }
    groups.retain(|group| group.len() > 1);
    groups.sort();
    groups
}

/// Cuts a group in two by the feature that separates it most, marks both parts and goes on with each.
fn separate(group: &[usize], clusters: &[Nameless<'_>], spoken: &mut Vec<usize>, marks: &mut [Vec<Mark>]) {
    let n_columns = clusters[group[0]].cluster.columns.len();
    let position = |column: usize, i: usize| clusters[i].cluster.columns[column].position;
    let spread = |column: usize| -> Option<f64> {
        let positions: Option<Vec<f64>> = group.iter().map(|&i| position(column, i)).collect();
        let positions = positions?;
        let bound = |pick: fn(f64, f64) -> f64| positions.iter().copied().reduce(pick);
        Some(bound(f64::max)? - bound(f64::min)?).filter(|&spread| spread > 0.0)
    };
    let clustered = |column: &usize| clusters[group[0]].cluster.distinctive.contains(column);
    let candidates = (0..n_columns).filter(clustered).filter(|column| !spoken.contains(column));
    let most = candidates
        .filter_map(|column| Some((spread(column)?, column)))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let Some((_, column)) = most else { return };
    let mut order: Vec<(f64, usize)> =
        group.iter().map(|&i| (position(column, i).expect("a spread needs every position"), i)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let gap = |cut: &usize| order[*cut].0 - order[*cut - 1].0;
    let cut = (1..order.len()).max_by(|a, b| gap(a).total_cmp(&gap(b)).then(b.cmp(a))).expect("two clusters or more");
    spoken.push(column);
    for (part, high) in [(&order[..cut], false), (&order[cut..], true)] {
        let mut members: Vec<usize> = part.iter().map(|&(_, i)| i).collect();
        members.sort_unstable();
        members.iter().for_each(|&i| marks[i].push(Mark { column, high }));
        if members.len() > 1 {
            separate(&members, clusters, spoken, marks);
        }
    }
    spoken.pop();
}

impl Mark {
    /// The column's number in [`Profiles::columns`].
    pub(super) fn column(self) -> usize {
        self.column
    }
}
