//! What a comparison says, in English and Chinese.

use super::{Comparison, Contrast, DisagreementCell, Estimate, Indices, OverRepresented};
use crate::config::Algorithm;
use crate::figures::{count, whole};
use crate::label::NEGLIGIBLE_DELTA;
use crate::language::noun;
use crate::metrics::Contingency;
use crate::{Language, Text};

/// A cluster is a behaviour of a tier when it holds at least this share of the tier.
const BEHAVIOUR: f64 = 0.1;
/// A tier is part of a cluster's mixture when it has at least this share of the cluster.
const MIXED_IN: f64 = 0.2;
/// At most so many mixed clusters, and tiers, are spoken of.
const SPOKEN_OF: usize = 10;

/// What may be told of a sum over cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Told {
    /// The sum.
    Sum,
    /// Which part of all it is, in whole percent.
    Share,
    /// Nothing.
    #[default]
    HeldBack,
}

/// Which cells of a comparison may be told of.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ShownCells<'a> {
    /// The counts that are shown, tiers × clusters; `None` where one is held back.
    pub counts: &'a [Vec<Option<u64>>],
    /// Whether the value of every cell may be told; nothing where there are no values.
    pub values: &'a [Vec<bool>],
    /// Whether the total of every tier may be told.
    pub tiers: &'a [bool],
    /// Whether the total of every cluster may be told.
    pub clusters: &'a [bool],
    /// The indices as they are shown.
    pub indices: &'a Indices<Estimate>,
    /// What may be told of how many customers disagree in all.
    pub disagreeing: Told,
    /// What may be told of their value, beside that of all.
    pub disagreeing_value: Told,
}

impl ShownCells<'_> {
    fn shows(&self, tier: usize, cluster: usize) -> bool {
        self.counts[tier][cluster].is_some()
    }

    /// Whether nothing is held back.
    pub fn shows_all(&self) -> bool {
        let values = self.values.iter().flatten().all(|&is_shown| is_shown);
        self.counts.iter().flatten().all(Option::is_some) && values && self.shows_totals()
    }

    fn shows_totals(&self) -> bool {
        self.tiers.iter().chain(self.clusters).all(|&is_shown| is_shown)
    }

    fn shows_value(&self, tier: usize, cluster: usize) -> bool {
        self.shows(tier, cluster) && self.values.get(tier).is_none_or(|row| row[cluster])
    }

    /// Whether everything is shown of a tier.
    fn shows_tier(&self, tier: usize) -> bool {
        self.tiers[tier] && self.counts[tier].iter().all(Option::is_some)
    }
}

/// The sentences of a comparison, the most general first; with `shown` those that are made of what is shown alone: a cell that is
/// held back is not spoken of, neither by its share nor by being among the large ones, or not among them.
pub fn sentences(comparison: &Comparison, shown: Option<ShownCells<'_>>) -> Vec<Text> {
    let table = comparison.contingency.table();
    if table.n_clusters() == 1 {
        return vec![of_one_cluster(comparison)];
    }
    let mut sentences: Vec<Text> = agreement(comparison, shown).into_iter().collect();
    sentences.extend(at_stake(comparison, &table, shown));
    sentences
        .extend(comparison.over_represented.iter().filter_map(|over| surplus(comparison, over, shown)).take(SPOKEN_OF));
    sentences
        .extend((0..table.n_tiers().min(SPOKEN_OF)).filter_map(|tier| behaviours(comparison, &table, tier, shown)));
    let mut clusters: Vec<usize> = (0..table.n_clusters()).collect();
    clusters.sort_by_key(|&cluster| std::cmp::Reverse(table.cluster_totals()[cluster]));
    sentences
        .extend(clusters.iter().filter_map(|&cluster| mixture(comparison, &table, cluster, shown)).take(SPOKEN_OF));
    sentences
}

/// What one cluster says of a tier.
fn of_one_cluster(comparison: &Comparison) -> Text {
    let (tier, cluster) = (&comparison.tier, one_cluster(&comparison.clustering));
    Text::new(
        format!("there is one {} alone, which says nothing of {tier}", cluster.en),
        format!("只有一个{}，不能说明“{tier}”的任何差异", cluster.zh),
    )
}

/// Why the customers of a cell are listed, before their features are known.
pub(super) fn plain_reason(cluster: &Text, tier: &str, expected: &str) -> Text {
    Text::new(
        format!("{} is typical of tier {expected}, not {tier}", cluster.en),
        format!("“{}”的典型等级是 {expected}，而非 {tier}", cluster.zh),
    )
}

/// Why the customers of a cell are listed.
///
/// `spoken` tells what the numbers of a feature are called where they are not what its name says.
pub(super) fn reason(cell: &DisagreementCell, cluster: &Text, spoken: &dyn Fn(&str) -> Option<Text>) -> Text {
    let plain = plain_reason(cluster, &cell.tier, &cell.expected_tier);
    let within_tier = cell.features.iter().any(|contrast| contrast.against_tier.is_some());
    let contrasts =
        cell.features.iter().filter_map(|contrast| phrase(contrast, within_tier, spoken(&contrast.feature)));
    let (en, zh): (Vec<String>, Vec<String>) = contrasts.map(|text| (text.en, text.zh)).unzip();
    let (others_en, others_zh) = if within_tier {
        (format!("the other tier {} customers", cell.tier), format!("其他 {} 级客户", cell.tier))
    } else {
        ("the other customers there".to_owned(), "该聚类的其他客户".to_owned())
    };
    if en.is_empty() {
        return Text::new(
            format!("{}; no feature sets them apart from {others_en}", plain.en),
            format!("{}；没有特征能将其与{others_zh}明显区分", plain.zh),
        );
    }
    Text::new(
        format!("{}; compared with {others_en}: {}", plain.en, en.join(", ")),
        format!("{}；与{others_zh}相比：{}", plain.zh, zh.join("，")),
    )
}

fn phrase(contrast: &Contrast, within_tier: bool, spoken: Option<Text>) -> Option<Text> {
    let position = if within_tier { contrast.against_tier } else { contrast.against_cluster }?;
    if (2.0 * position - 1.0).abs() < NEGLIGIBLE_DELTA {
        return None;
    }
    let Text { en: feature, zh: feature_zh } =
        spoken.unwrap_or_else(|| Text::new(contrast.feature.as_str(), contrast.feature.as_str()));
    Some(if position > 0.5 {
        let share = (100.0 * position).floor();
        Text::new(format!("{feature} above {share} % of them"), format!("{feature_zh} 高于其中 {share}%"))
    } else {
        let share = (100.0 * (1.0 - position)).floor();
        Text::new(format!("{feature} below {share} % of them"), format!("{feature_zh} 低于其中 {share}%"))
    })
}

/// What one cluster of the clustering is called, in Chinese with the blank that parts Latin letters from a word before them; the columns of
/// runs that are held against each other are segments.
fn one_cluster(clustering: &str) -> Text {
    match Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == clustering) {
        Some(algorithm) => {
            let words = |language| algorithm.words(language);
            Text::new(format!("{} cluster", words(Language::En)), format!(" {} 聚类", words(Language::Zh)))
        }
        None => Text::new(clustering, "客群"),
    }
}

fn agreement(comparison: &Comparison, shown: Option<ShownCells<'_>>) -> Option<Text> {
    let indices = shown.map_or(&comparison.indices, |shown| shown.indices);
    let Estimate { value, low, high, p } = indices.ami;
    let (value, tier) = (value?, &comparison.tier);
    let Text { en: cluster, zh: cluster_zh } = one_cluster(&comparison.clustering);
    // Nothing below zero is told as zero below zero.
    let value = (100.0 * value).round() / 100.0 + 0.0;
    let (p_en, p_zh) = p.map_or_else(Default::default, |p| (format!(", p {p:.3}"), format!("，p {p:.3}")));
    if comparison.is_chance() {
        return Some(Text::new(
            format!("{tier} and the {cluster}s agree no better than chance (AMI {value:.2}{p_en})"),
            format!("“{tier}”与{cluster_zh}的一致程度不高于随机水平（AMI {value:.2}{p_zh}）"),
        ));
    }
    let (range_en, range_zh) = match (low, high) {
        (Some(low), Some(high)) => {
            (format!(", 95 % interval {low:.2} to {high:.2}"), format!("，95% 区间 {low:.2} 至 {high:.2}"))
        }
        _ => Default::default(),
    };
    let told = 100.0 * indices.homogeneity.value?;
    Some(Text::new(
        format!(
            "the {cluster} tells {told:.0} % of what there is to know about {tier} (AMI {value:.2}{range_en}{p_en})"
        ),
        format!("{}解释了“{tier}”信息量的 {told:.0}%（AMI {value:.2}{range_zh}{p_zh}）", cluster_zh.trim_start()),
    ))
}

/// Which part of the customers is where another tier is typical.
fn elsewhere_share(share: &str) -> Text {
    Text::new(
        format!("{share} % of the customers are in a cluster typical of another tier"),
        format!("{share}% 的客户所在聚类的典型等级与其等级不同"),
    )
}

/// How many customers are where another tier is typical, and which part of all that is.
fn elsewhere(customers: u64, share: &str) -> Text {
    let n = count(customers);
    let (nouns, are) = (noun(customers, "customer", "customers"), noun(customers, "is", "are"));
    Text::new(
        format!("{n} {nouns} ({share} %) {are} in a cluster typical of another tier"),
        format!("{n} 名客户（{share}%）所在聚类的典型等级与其等级不同"),
    )
}

fn at_stake(comparison: &Comparison, table: &Contingency, shown: Option<ShownCells<'_>>) -> Vec<Text> {
    let cells = &comparison.disagreements;
    let customers: u64 = cells.iter().map(|cell| cell.customers).sum();
    if customers == 0 {
        return Vec::new();
    }
    let place = |cell: &DisagreementCell| {
        let tier = comparison.contingency.tiers.iter().position(|tier| *tier == cell.tier)?;
        Some((tier, comparison.contingency.clusters.iter().position(|&cluster| cluster == cell.cluster)?))
    };
    let is_shown = |cell: &&DisagreementCell| match shown {
        None => true,
        Some(shown) => place(cell).is_some_and(|(tier, cluster)| shown.shows_value(tier, cluster)),
    };
    let share = of_100(customers as f64, table.n() as f64);
    let told = shown.map_or(Told::Sum, |shown| shown.disagreeing);
    let Text { mut en, mut zh } =
        if told == Told::Sum { elsewhere(customers, &share) } else { elsewhere_share(&share) };
    let mut sentences = Vec::new();
    if let Some(values) = comparison.contingency.value.as_ref() {
        let value: f64 = cells.iter().filter_map(|cell| cell.value).sum();
        let all: f64 = values.iter().flatten().sum();
        let told = match shown.map_or(Told::Sum, |shown| shown.disagreeing_value) {
            // Of amounts of either sign a part may be many times the whole.
            Told::Share if !(0.0..=1.0).contains(&(value / all)) => Told::HeldBack,
            told => told,
        };
        let of = stake(value, all, noun(customers, "its", "their"), told);
        en += &of.en;
        zh += &of.zh;
    }
    // The largest of all says something of each.
    if comparison.contingency.value.is_some() && cells.iter().all(|cell| is_shown(&cell)) {
        let largest =
            cells.iter().filter(is_shown).reduce(|best, cell| if cell.value > best.value { cell } else { best });
        let named = largest.and_then(|cell| {
            let clusters = comparison.contingency.clusters.iter().zip(&comparison.contingency.cluster_names);
            let name = clusters.clone().find(|&(&cluster, _)| cluster == cell.cluster)?.1;
            Some((cell, name, whole(cell.value?)))
        });
        sentences.extend(named.map(|(cell, name, value)| {
            let DisagreementCell { tier, expected_tier, .. } = cell;
            let (customers, nouns) = (count(cell.customers), noun(cell.customers, "customer", "customers"));
            Text::new(
                format!("most value at stake: {customers} {nouns} of tier {tier} in {}, typical of {expected_tier}, with {value}", name.en),
                format!("金额最大的分歧：“{}”（典型等级 {expected_tier}）中的 {customers} 名 {tier} 级客户，金额 {value}", name.zh),
            )
        }));
    }
    if told != Told::HeldBack {
        sentences.insert(0, Text::new(en, zh));
    }
    sentences
}

/// The value of those who disagree beside that of all, as the end of a sentence.
fn stake(value: f64, all: f64, whose: &str, told: Told) -> Text {
    let total = whole(all);
    match told {
        Told::Sum if all > 0.0 => Text::new(
            format!("; {whose} value is {} of {total}", whole(value)),
            format!("，涉及金额 {}（总额 {total}）", whole(value)),
        ),
        Told::Sum => Text::new(format!("; {whose} value is {}", whole(value)), format!("，涉及金额 {}", whole(value))),
        Told::Share => {
            let share = of_100(value, all);
            Text::new(
                format!("; {whose} value is {share} % of {total}"),
                format!("，涉及金额占总额 {total} 的 {share}%"),
            )
        }
        Told::HeldBack => Text::new("", ""),
    }
}

/// A tier that is more common in a cluster than elsewhere, and still a small part of it.
fn surplus(comparison: &Comparison, over: &OverRepresented, shown: Option<ShownCells<'_>>) -> Option<Text> {
    let tier = comparison.contingency.tiers.iter().position(|tier| *tier == over.tier)?;
    let cluster = comparison.contingency.clusters.iter().position(|&cluster| cluster == over.cluster)?;
    if shown.is_some_and(|shown| !shown.shows(tier, cluster) || !shown.shows_totals()) {
        return None;
    }
    let (name, OverRepresented { tier, share, lift, .. }) = (&comparison.contingency.cluster_names[cluster], over);
    let share = 100.0 * share;
    Some(Text::new(
        format!(
            "tier {tier} is over-represented in {} ({share:.1} % of it, {lift:.1} times its share of all), but too small a part to be expected there",
            name.en
        ),
        format!(
            "等级 {tier} 在“{}”中偏多（占 {share:.1}%，为总体占比的 {lift:.1} 倍），但占比过小，不作为该处的预期等级",
            name.zh
        ),
    ))
}

fn behaviours(
    comparison: &Comparison,
    table: &Contingency,
    tier: usize,
    shown: Option<ShownCells<'_>>,
) -> Option<Text> {
    let names = &comparison.contingency.cluster_names;
    let (tier_name, total) = (&comparison.contingency.tiers[tier], table.tier_totals()[tier]);
    let mut held: Vec<usize> =
        (0..table.n_clusters()).filter(|&c| table.count(tier, c) as f64 >= BEHAVIOUR * total as f64).collect();
    let hides = shown.filter(|shown| !shown.shows_tier(tier));
    if let Some(shown) = hides {
        held.retain(|&c| shown.shows(tier, c));
        if !shown.tiers[tier] || held.is_empty() {
            return None;
        }
    }
    held.sort_by_key(|&c| std::cmp::Reverse(table.count(tier, c)));
    let list = |name: &dyn Fn(usize) -> String| -> Vec<String> {
        let told = |&c: &usize| format!("{} ({} %)", name(c), of_100(table.count(tier, c) as f64, total as f64));
        held.iter().map(told).collect()
    };
    let en = list(&|c| names[c].en.clone()).join(", ");
    let zh = list(&|c| names[c].zh.clone()).join("、").replace(" (", "（").replace(" %)", "%）");
    if hides.is_some() {
        // How many they are would tell of the cells that are held back.
        return Some(Text::new(
            format!("tier {tier_name}, as far as its cells are shown: {en}"),
            format!("等级 {tier_name}（仅限所示单元格）：{zh}"),
        ));
    }
    Some(match held.len() {
        0 => Text::new(
            format!("tier {tier_name} is spread over many clusters, none of which holds 10 % of it"),
            format!("等级 {tier_name} 分散在众多聚类中，没有一个达到 10%"),
        ),
        1 => Text::new(
            format!("tier {tier_name} is one behaviour: {en}"),
            format!("等级 {tier_name} 只有一种行为：{zh}"),
        ),
        n => Text::new(
            format!("tier {tier_name} holds {} behaviours: {en}", spelled(n)),
            format!("等级 {tier_name} 包含 {n} 种行为：{zh}"),
        ),
    })
}

fn mixture(
    comparison: &Comparison,
    table: &Contingency,
    cluster: usize,
    shown: Option<ShownCells<'_>>,
) -> Option<Text> {
    let (name, total) = (&comparison.contingency.cluster_names[cluster], table.cluster_totals()[cluster]);
    let mut mixed: Vec<usize> =
        (0..table.n_tiers()).filter(|&t| table.count(t, cluster) as f64 >= MIXED_IN * total as f64).collect();
    mixed.retain(|&t| shown.is_none_or(|shown| shown.shows(t, cluster)));
    mixed.sort_by_key(|&t| std::cmp::Reverse(table.count(t, cluster)));
    if mixed.len() < 2 || total == 0 || shown.is_some_and(|shown| !shown.clusters[cluster]) {
        return None;
    }
    let part = |&t: &usize| {
        let tier = &comparison.contingency.tiers[t];
        let share = of_100(table.count(t, cluster) as f64, total as f64);
        (format!("{tier} ({share} %)"), format!("{tier}（{share}%）"))
    };
    let (en, zh): (Vec<String>, Vec<String>) = mixed.iter().map(part).unzip();
    Some(Text::new(
        format!("{} mixes tiers {}", name.en, en.join(", ")),
        format!("“{}”混合了等级 {}", name.zh, zh.join("、")),
    ))
}

/// A part in percent, without the sign.
fn of_100(part: f64, of: f64) -> String {
    format!("{:.0}", 100.0 * part / of)
}

fn spelled(n: usize) -> String {
    let words = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    words.get(n.wrapping_sub(2)).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_is_singular() {
        let said = [1, 2, 1000].map(|n| elsewhere(n, "5").en);
        assert_eq!(said[0], "1 customer (5 %) is in a cluster typical of another tier");
        assert_eq!(said[1], "2 customers (5 %) are in a cluster typical of another tier");
        assert_eq!(said[2], "1,000 customers (5 %) are in a cluster typical of another tier");
    }
}
