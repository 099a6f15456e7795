//! One part per segment: who they are, what sets them apart, and why they bear their name.

use super::{Block, Cell, Figure, Part, Section, Style, Table, in_both, pictures};
use crate::label::{ClusterLabel, FeatureEffect, Portrait, Strength};
use crate::report::evidence_facts::ReportInput;
use crate::report::figures::{decimal, percent};
use crate::report::wording;
use crate::{Language, Text};

/// Features, levels and distributions shown, at most.
const SHOWN: usize = 8;
/// Features named beside the heading.
const IN_HEADLINE: usize = 3;

pub(super) fn segments(input: &ReportInput) -> Section {
    let clusters = input.summary.labelled.primary().map_or(&[][..], |primary| &primary.clusters);
    let mut blocks = vec![Block::Table(positions(input, clusters))];
    let named = clusters.iter().enumerate().filter(|(_, cluster)| cluster.id.is_some());
    blocks.extend(named.map(|(position, cluster)| Block::Part(segment(input, position, cluster))));
    Section { id: "segments".into(), title: Text::new("Segments", "客群"), blocks }
}

/// Segments × features: how likely a member has more than anybody else.
fn positions(input: &ReportInput, clusters: &[ClusterLabel]) -> Table {
    let caption = (
        "Positions: the chance that a customer of the segment has more than one outside (.5 = like everyone)",
        "位置：本客群客户高于群外客户的概率（0.5 = 与其他客户持平）",
    );
    let mut table = Table::new(caption, [("segment", "客群")]);
    let columns: Vec<&str> = input.summary.labelled.columns.iter().map(|column| column.name.as_str()).collect();
    let categories: Vec<&str> = input
        .summary
        .labelled
        .attributes
        .iter()
        .filter(|a| a.clustered)
        .map(|attribute| attribute.name.as_str())
        .collect();
    table.headings.extend(columns.iter().chain(&categories).map(|name| input.summary.labelled.words(name)));
    for (position, cluster) in clusters.iter().enumerate().filter(|(_, cluster)| cluster.id.is_some()) {
        let Some(portrait) = &cluster.portrait else { continue };
        let mut row = vec![Cell::Segment(position, cluster.id.clone().unwrap_or_default(), cluster.name.clone())];
        for name in &columns {
            let delta = portrait.features.iter().find(|effect| effect.feature == *name).map(|effect| effect.delta);
            row.push(delta.map_or(Cell::Empty, |delta| {
                let value = (1.0 + delta) / 2.0;
                Cell::Shaded(Figure { value, style: Style::Decimal(2), source: None }, delta)
            }));
        }
        let shown = input.summary.is_shown(position) && cluster.size as u64 >= input.summary.min_cell();
        let level =
            |name: &&str| shown.then(|| commonest_level(cluster, name)).flatten().map_or(Cell::Empty, Cell::Data);
        row.extend(categories.iter().map(level));
        table.rows.push(row);
    }
    table
}

/// The level of a category that most members have.
fn commonest_level(cluster: &ClusterLabel, attribute: &str) -> Option<String> {
    let levels = &cluster.attributes.iter().find(|other| other.attribute == attribute)?.levels;
    levels.iter().reduce(|most, level| if level.n > most.n { level } else { most })?.level.clone()
}

fn segment(input: &ReportInput, position: usize, cluster: &ClusterLabel) -> Part {
    let id = cluster.id.clone().unwrap_or_default();
    let title = in_both(|language| format!("{id} {}", cluster.name.get(language)));
    let mut blocks = vec![Block::Facts(facts(input, position, cluster))];
    if let Some(portrait) = &cluster.portrait {
        let shown = input.summary.is_shown(position) && cluster.size as u64 >= input.summary.min_cell();
        let numbers = features(input, position, portrait, shown);
        if !numbers.rows.is_empty() || portrait.attributes.iter().all(|effect| !effect.clustered) {
            blocks.push(Block::Table(numbers));
        }
        if shown {
            let most = portrait.features.iter().filter(|effect| effect.clustered).take(SHOWN);
            blocks.extend(pictures::distributions_of(input, position, most.map(|effect| effect.feature.as_str())));
        }
        blocks.extend(attributes(input, position, cluster, portrait, shown).map(Block::Table));
        blocks.extend(rule(portrait, shown));
        blocks.extend(neighbour(input, position, portrait, shown));
        blocks.extend(evidence(cluster, shown).map(Block::Table));
    }
    Part {
        id,
        title,
        segment: position,
        headline: headline(input, position, cluster),
        words: words(input, cluster),
        blocks,
    }
}

/// Its share of the customers and of the value.
fn headline(input: &ReportInput, position: usize, cluster: &ClusterLabel) -> Vec<(Text, Cell)> {
    let shown = input.summary.is_shown(position);
    let share = |value, key: &str| Cell::of(value, Style::Percent, input.cluster_at(position, key)).if_shown(shown);
    let mut headline = vec![(Text::new("customers", "客户"), share(Some(cluster.share), "share"))];
    if cluster.value_share.is_some() {
        headline.push((Text::new("of the value", "价值占比"), share(cluster.value_share, "value_share")));
    }
    headline
}

/// What sets it apart most.
fn words(input: &ReportInput, cluster: &ClusterLabel) -> Vec<Text> {
    let features = cluster.portrait.iter().flat_map(|portrait| &portrait.features);
    let striking = features.filter(|effect| effect.clustered && effect.strength > Strength::Negligible);
    let words = |effect: &FeatureEffect| {
        let (feature, words) = (input.summary.labelled.words(&effect.feature), &effect.words);
        in_both(|language| format!("{} {}", feature.get(language), words.get(language)))
    };
    striking.take(IN_HEADLINE).map(words).collect()
}

fn facts(input: &ReportInput, position: usize, cluster: &ClusterLabel) -> Vec<(Text, Vec<Cell>)> {
    let shown = input.summary.is_shown(position);
    let at = |key: &str| input.cluster_at(position, key);
    let share = |value, key: &str| Cell::of(value, Style::Percent, at(key)).if_shown(shown);
    let mut facts = vec![(
        Text::new("customers", "客户"),
        vec![Cell::count(shown.then_some(cluster.size as u64), at("size")), share(Some(cluster.share), "share")],
    )];
    if let Some(value) = cluster.value {
        let value = Cell::of(Some(value), Style::Plain, at("value")).if_shown(shown);
        facts.push((Text::new("value", "价值"), vec![value, share(cluster.value_share, "value_share")]));
    }
    let named = |said: &&crate::label::CatalogMatch| {
        cluster.archetype.as_deref().is_none_or(|id| id == format!("{}/{}", said.catalog, said.best.archetype))
    };
    if let Some(said) = cluster.catalogs.iter().find(named) {
        let said = in_both(|language| wording::stage(said, language));
        facts.push((Text::new("archetype", "原型"), vec![Cell::Text(said)]));
    }
    if let Some(portrait) = &cluster.portrait {
        if let Some(stage) = &portrait.lifecycle {
            let stage = in_both(|language| wording::stage(stage, language));
            facts.push((Text::new("lifecycle", "生命周期"), vec![Cell::Text(stage)]));
        }
        if let Some(place) = &portrait.matrix {
            facts.push((Text::new("matrix", "矩阵位置"), vec![Cell::Text(place.name.clone())]));
        }
        let none = || Text::new("none", "无");
        let action = portrait.action.clone().unwrap_or_else(none);
        facts.push((Text::new("action", "建议行动"), vec![Cell::Text(action)]));
    }
    facts
}

fn features(input: &ReportInput, position: usize, portrait: &Portrait, shown: bool) -> Table {
    let mut table = Table::new(
        ("What sets it apart from everyone else", "与其他客户的差异"),
        [
            ("feature", "特征"),
            ("median here", "本客群中位数"),
            ("median of all", "整体中位数"),
            ("Cliff δ", "Cliff δ"),
            ("std. difference", "标准化差异"),
            ("", ""),
        ],
    );
    let striking = portrait.features.iter().enumerate().filter(|(_, f)| f.strength > Strength::Negligible);
    for (i, effect) in striking.take(SHOWN) {
        let at = |key: &str| input.cluster_at(position, &format!("portrait/features/{i}/{key}"));
        table.rows.push(vec![
            Cell::Text(input.summary.labelled.words(&effect.feature)),
            Cell::of(Some(effect.median), Style::Plain, at("median")).if_shown(shown),
            Cell::of(Some(effect.overall_median), Style::Plain, at("overall_median")),
            Cell::of(Some(effect.delta), Style::Decimal(2), at("delta")),
            Cell::of(effect.standardized_difference, Style::Decimal(2), at("standardized_difference")).if_shown(shown),
            Cell::Text(effect.words.clone()),
        ]);
    }
    table
}

fn attributes(
    input: &ReportInput,
    position: usize,
    cluster: &ClusterLabel,
    portrait: &Portrait,
    shown: bool,
) -> Option<Table> {
    let mut table = Table::new(
        ("Who they are", "客户构成"),
        [
            ("attribute", "属性"),
            ("level", "取值"),
            ("share here", "本客群占比"),
            ("share elsewhere", "其他客户占比"),
            ("lift", "提升度"),
            ("", ""),
        ],
    );
    for (i, effect) in portrait.attributes.iter().enumerate().take(SHOWN) {
        let shown = shown && input.summary.level_is_shown(cluster, effect);
        let figure = |value: f64, style, key: &str| {
            let source = input.cluster_at(position, &format!("portrait/attributes/{i}/{key}"));
            Cell::of(Some(value), style, source).if_shown(shown)
        };
        table.rows.push(vec![
            Cell::Data(effect.attribute.clone()),
            effect.level.clone().map_or(Cell::text("(missing)", "（缺失）"), Cell::Data),
            figure(effect.share, Style::Percent, "share"),
            figure(effect.others_share, Style::Percent, "others_share"),
            figure(effect.lift, Style::Decimal(2), "lift"),
            Cell::Text(effect.words.clone()),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

fn rule(portrait: &Portrait, shown: bool) -> Vec<Block> {
    let Some(rule) = &portrait.rule else { return Vec::new() };
    let share = |share: Option<f64>| share.filter(|_| shown).map_or_else(|| "–".to_owned(), percent);
    let (precision, recall) = (share(rule.precision), share(rule.recall));
    let fidelity = Text::new(
        format!(
            "Rule: holds for {recall} of the segment; {precision} of those it holds for are in it (customers it was not learned from)"
        ),
        format!("规则：覆盖本客群的 {recall}；符合规则者有 {precision} 属于本客群（以未参与学习的客户检验）"),
    );
    vec![Block::Paragraph(fidelity), Block::List(rule.any_of.clone())]
}

fn neighbour(input: &ReportInput, position: usize, portrait: &Portrait, shown: bool) -> Vec<Block> {
    let Some(neighbour) = &portrait.neighbour else { return Vec::new() };
    let title = in_both(|language| {
        let id = neighbour.id.as_deref().unwrap_or_default();
        let (name, distance) = (neighbour.name.get(language), decimal(Some(neighbour.distance), 2));
        match language {
            Language::En => format!("Nearest segment: {id} {name} (distance {distance})"),
            Language::Zh => format!("最相近的客群：{id} {name}（距离 {distance}）"),
        }
    });
    let mut table = Table::new(
        ("", ""),
        [("feature", "特征"), ("median here", "本客群中位数"), ("P(here > there)", "P(本 > 对方)"), ("", "")],
    );
    table.caption = title;
    for (i, pair) in neighbour.features.iter().enumerate() {
        let at = |key: &str| input.cluster_at(position, &format!("portrait/neighbour/features/{i}/{key}"));
        table.rows.push(vec![
            Cell::Text(input.summary.labelled.subject(pair)),
            Cell::of(pair.median, Style::Plain, at("median")).if_shown(shown),
            Cell::of(Some(pair.position), Style::Percent, at("position")),
            Cell::Text(pair.words.clone()),
        ]);
    }
    vec![Block::Table(table)]
}

/// Every condition of the best archetype of every catalog.
fn evidence(cluster: &ClusterLabel, shown: bool) -> Option<Table> {
    let mut table = Table::new(
        ("Evidence for the archetypes", "原型依据"),
        [("archetype", "原型"), ("condition", "条件"), ("observed", "观测值"), ("fits", "符合度")],
    );
    for said in &cluster.catalogs {
        for evidence in &said.best.evidence {
            table.rows.push(vec![
                Cell::Data(format!("{}/{}", said.catalog, said.best.archetype)),
                Cell::Text(in_both(|language| wording::condition(evidence, language))),
                Cell::Text(in_both(|language| wording::observed(evidence, language))).if_shown(shown),
                Cell::Text(in_both(|language| wording::fits(evidence, language))),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}
