//! Names of clusters no archetype fits, and the additions that make equal names different.

use std::collections::BTreeSet;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::Text;
use crate::label::catalog::Level;
use crate::label::profile::{ClusterProfile, ColumnFigures, Profiles};

/// The features in the name of an unmatched cluster, at most.
const NAMED_FEATURES: usize = 2;
/// The parts of a name, additions included, at most; the name of an archetype is one.
const PARTS: usize = 3;
/// Columns of a terminal that the features of a name fill at most, and a name with additions.
const WIDTH: usize = 60;
const WIDTH_WITH_ADDITIONS: usize = 80;

/// A part of a name: a feature, and what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    column: usize,
    word: Word,
}

/// What a name says of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// Higher than the others and than the middle of everyone.
    High,
    Low,
    /// Most members have no value, unlike the others.
    Without,
    /// Higher than the clusters of the same name, whatever that is among everyone.
    Higher,
    Lower,
}

impl Mark {
    fn spelled(self, profiles: &Profiles) -> Text {
        let column = &profiles.columns[self.column];
        let spoken = match self.word {
            // What is missing is what the column holds.
            Word::Without => Text::new(column.name.as_str(), column.name.as_str()),
            _ => column.words(),
        };
        let [name, name_zh] = [&spoken.en, &spoken.zh].map(|name| shortened(name, WIDTH / 2));
        let (en, zh) = match self.word {
            Word::High => (format!("high {name}"), format!("高 {name_zh}")),
            Word::Low => (format!("low {name}"), format!("低 {name_zh}")),
            Word::Without => (format!("without {name}"), format!("无 {name_zh}")),
            Word::Higher => (format!("higher {name}"), format!("{name_zh} 较高")),
            Word::Lower => (format!("lower {name}"), format!("{name_zh} 较低")),
        };
        Text::new(en, zh)
    }
}

/// `Average Annual … of the Household`: a long text without its middle.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let upto = |letters: &mut dyn Iterator<Item = char>| -> Vec<char> {
        let mut used = 0;
        letters
            .take_while(|letter| {
                used += letter.width().unwrap_or(0);
                used <= (width - 1) / 2
            })
            .collect()
    };
    let (begin, end) = (upto(&mut text.chars()), upto(&mut text.chars().rev()));
    begin.iter().chain(&['…']).chain(end.iter().rev()).collect()
}

/// What sets a cluster apart, strongest first: features in which it is at least `high` or at most `low` and away from the
/// middle of everyone too, and those most of its members have no value in.
pub(super) fn marks(cluster: &ClusterProfile, profiles: &Profiles) -> Vec<Mark> {
    let level = |&column: &usize| {
        let here = &cluster.columns[column];
        let (position, all) = (here.position?, &profiles.columns[column].figures);
        let word = if position >= Level::High.band().0 {
            Word::High
        } else if position <= Level::Low.band().1 {
            Word::Low
        } else {
            return None;
        };
        let mark = Mark { column, word };
        is_off_the_middle(all, here, word).then_some(((2.0 * position - 1.0).abs(), mark))
    };
    let absent = |column: usize| {
        let strength = missing_beside_others(cluster, profiles, column)?;
        Some((strength, Mark { column, word: Word::Without }))
    };
    let mut marks: Vec<(f64, Mark)> = cluster.distinctive.iter().filter_map(level).collect();
    marks.extend((0..profiles.columns.len()).filter_map(absent));
    marks.sort_by(|a, b| b.0.total_cmp(&a.0));
    marks.into_iter().map(|(_, mark)| mark).take(NAMED_FEATURES).collect()
}

/// Whether the median of a cluster lies beyond half the way from the median of all to their quartile on that side.
fn is_off_the_middle(all: &ColumnFigures, here: &ColumnFigures, word: Word) -> bool {
    let Some((all, here)) = all.distribution.zip(here.distribution) else { return false };
    match word {
        Word::High => here.median > all.median && here.median >= f64::midpoint(all.median, all.q75),
        _ => here.median < all.median && here.median <= f64::midpoint(all.median, all.q25),
    }
}

/// By how much the missing share of a clustered column is larger inside than outside, where it is lacking to most members
/// and to at most half as large a part of the others.
pub(super) fn missing_beside_others(cluster: &ClusterProfile, profiles: &Profiles, column: usize) -> Option<f64> {
    let (all, here) = (&profiles.columns[column], &cluster.columns[column]);
    let n_outside = profiles.n_customers - cluster.size;
    let missing = |figures: &ColumnFigures, n: usize| n.saturating_sub(figures.n_observed);
    let outside = missing(&all.figures, profiles.n_customers).saturating_sub(missing(here, cluster.size)) as f64
        / n_outside.max(1) as f64;
    let told = all.clustered && here.missing_share > 0.5 && outside <= here.missing_share / 2.0;
    told.then_some(here.missing_share - outside)
}

/// A cluster without a name of a catalog.
pub(super) fn unmatched<'a>(cluster: &'a ClusterProfile, profiles: &Profiles, is_everyone: bool) -> Nameless<'a> {
    if is_everyone {
        return Nameless { cluster, name: Text::new("nearly everyone", "几乎全部客户"), marks: vec![] };
    }
    let mut marks = marks(cluster, profiles);
    let mut name = list(&marks, profiles);
    while marks.len() > 1 && is_wider(&name, WIDTH) {
        marks.pop();
        name = list(&marks, profiles);
    }
    if marks.is_empty() {
        name = Text::new("average customers", "平均水平客户");
    }
    Nameless { cluster, name, marks }
}

/// `high basket_mean, low return_rate`.
fn list(marks: &[Mark], profiles: &Profiles) -> Text {
    let parts: Vec<Text> = marks.iter().map(|mark| mark.spelled(profiles)).collect();
    let joined = |pick: fn(&Text) -> &str, gap: &str| parts.iter().map(pick).collect::<Vec<&str>>().join(gap);
    Text::new(joined(|text| &text.en, ", "), joined(|text| &text.zh, "、"))
}

fn is_wider(text: &Text, width: usize) -> bool {
    text.en.width().max(text.zh.width()) > width
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
    /// The features it speaks of.
    pub(super) marks: Vec<Mark>,
}

impl Nameless<'_> {
    fn n_parts(&self) -> usize {
        self.marks.len().max(1)
    }

    /// Whether two names say the same, be it in another order.
    fn says_the_same(&self, other: &Nameless<'_>) -> bool {
        let reordered = self.marks.len() == other.marks.len() && self.marks.iter().all(|m| other.marks.contains(m));
        self.name.en == other.name.en || self.name.zh == other.name.zh || (!self.marks.is_empty() && reordered)
    }
}

/// Final names, different in both languages.
///
/// Clusters with the same name are compared with each other: the group is cut into a higher and a lower part by the feature
/// in which their positions lie furthest apart, at the widest gap; parts of several clusters are cut again by another
/// feature, up to three parts of a name. A feature counts only where the medians of the two parts say the same. What
/// nothing separates, or a name has no place for, is numbered.
pub(super) fn unique_names(clusters: &[Nameless<'_>], profiles: &Profiles) -> Vec<Text> {
    let mut marks: Vec<Vec<Mark>> = vec![Vec::new(); clusters.len()];
    for group in groups(clusters) {
        let spoken: Vec<usize> = group.iter().flat_map(|&i| clusters[i].marks.iter().map(|mark| mark.column)).collect();
        separate(&group, clusters, &spoken, &mut marks);
    }
    let noise = noise_name();
    let mut used: BTreeSet<String> = BTreeSet::from([noise.en, noise.zh]);
    clusters
        .iter()
        .zip(&mut marks)
        .map(|(cluster, marks)| {
            let mut name = added(&cluster.name, marks, profiles);
            while is_wider(&name, WIDTH_WITH_ADDITIONS) && marks.pop().is_some() {
                name = added(&cluster.name, marks, profiles);
            }
            let numbered = |number: usize| match number {
                1 => name.clone(),
                n => Text::new(format!("{} ({n})", name.en), format!("{}（{n}）", name.zh)),
            };
            let free = |name: &Text| !used.contains(&name.en) && !used.contains(&name.zh);
            let name = (1..).map(numbered).find(free).expect("numbers do not run out");
            used.extend([name.en.clone(), name.zh.clone()]);
            name
        })
        .collect()
}

/// A name and what tells it from its like: `champions · lower frequency`.
fn added(name: &Text, marks: &[Mark], profiles: &Profiles) -> Text {
    if marks.is_empty() {
        return name.clone();
    }
    let addition = list(marks, profiles);
    Text::new(format!("{} · {}", name.en, addition.en), format!("{} · {}", name.zh, addition.zh))
}

/// Clusters that share a name in either language, or what it says, in cluster order; single ones are left out.
fn groups(clusters: &[Nameless<'_>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (i, cluster) in clusters.iter().enumerate() {
        let same = |&j: &usize| clusters[j].says_the_same(cluster);
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

/// Cuts a group in two by the feature that separates it most, marks both parts and goes on with each. The columns `spoken`
/// are in the names already.
fn separate(group: &[usize], clusters: &[Nameless<'_>], spoken: &[usize], marks: &mut [Vec<Mark>]) {
    if group.iter().any(|&i| clusters[i].n_parts() + marks[i].len() >= PARTS) {
        return;
    }
    let first = clusters[group[0]].cluster;
    let columns = (0..first.columns.len()).filter(|j| first.distinctive.contains(j) && !spoken.contains(j));
    let cuts = columns.filter_map(|column| Cut::of(column, group, clusters));
    // Of equals the first.
    let widest = cuts.reduce(|widest, cut| if cut.spread > widest.spread { cut } else { widest });
    let Some(Cut { column, lower, higher, .. }) = widest else { return };
    let spoken = [spoken, &[column]].concat();
    for (part, word) in [(lower, Word::Lower), (higher, Word::Higher)] {
        part.iter().for_each(|&i| marks[i].push(Mark { column, word }));
        if part.len() > 1 {
            separate(&part, clusters, &spoken, marks);
        }
    }
}

/// A group of clusters, cut in two by their positions in a column.
struct Cut {
    column: usize,
    /// From the lowest position to the highest.
    spread: f64,
    lower: Vec<usize>,
    higher: Vec<usize>,
}

impl Cut {
    /// The cut at the widest gap; `None` where some cluster has no position, all have the same, or the medians disagree.
    fn of(column: usize, group: &[usize], clusters: &[Nameless<'_>]) -> Option<Cut> {
        let figures = |i: usize| &clusters[i].cluster.columns[column];
        let mut order: Vec<(f64, usize)> =
            group.iter().map(|&i| Some((figures(i).position?, i))).collect::<Option<_>>()?;
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let gap = |at: usize| order[at].0 - order[at - 1].0;
        let at = (1..order.len()).reduce(|widest, at| if gap(at) > gap(widest) { at } else { widest })?;
        let median = |&(_, i): &(f64, usize)| figures(i).median();
        let (lower, higher) = order.split_at(at);
        let top = lower.iter().filter_map(median).reduce(f64::max)?;
        let bottom = higher.iter().filter_map(median).reduce(f64::min)?;
        let members = |part: &[(f64, usize)]| {
            let mut members: Vec<usize> = part.iter().map(|&(_, i)| i).collect();
            members.sort_unstable();
            members
        };
        let spread = order[order.len() - 1].0 - order[0].0;
        (spread > 0.0 && top < bottom).then(|| Cut { column, spread, lower: members(lower), higher: members(higher) })
    }
}
