//! One part per segment: who they are, what sets them apart, and why they bear their name.

use super::{Block, Cell, Figure, Part, Section, Style, Table, in_both, pictures, words};
use crate::figures::{decimal, percent};
use crate::label::Strength;
use crate::report::wording;
use crate::sharing::{SharedCluster, SharedFeature, SharedPortrait, SharedRule, SharedRun, Shown};
use crate::{Language, Text};

/// Features, levels and distributions shown, at most.
const SHOWN: usize = 8;
/// Features named beside the heading.
const IN_HEADLINE: usize = 3;

pub(super) fn segments(run: &SharedRun) -> Section {
    let mut blocks = Vec::new();
    // Where there is one cluster, nobody is outside.
    if run.clusters.len() > 1 {
        blocks.push(Block::Table(positions(run)));
    }
    let named = run.clusters.iter().enumerate().filter(|(_, cluster)| cluster.id.is_some());
    blocks.extend(named.map(|(position, cluster)| Block::Part(segment(run, position, cluster))));
    Section { id: "segments".into(), title: Text::new("Segments", "客群"), blocks }
}

/// Segments × features: how likely a member has more than anybody else.
pub(super) fn positions(run: &SharedRun) -> Table {
    let caption = (
        "Positions: the chance that a customer of the segment has more than one outside (0.5 = like everyone)",
        "位置：本客群客户高于群外客户的概率（0.5 = 与其他客户持平）",
    );
    let mut table = Table::new(caption, [("segment", "客群")]);
    let columns = || run.words.iter().map(|(column, _)| column);
    table.headings.extend(columns().chain(&run.categories).map(|column| words(run, column)));
    for (position, cluster) in run.clusters.iter().enumerate().filter(|(_, cluster)| cluster.id.is_some()) {
        let Some(portrait) = &cluster.portrait else { continue };
        let mut row = vec![Cell::Segment(position, cluster.id.clone().unwrap_or_default(), cluster.name.clone())];
        for name in columns() {
            let delta = portrait.features.iter().find(|effect| effect.feature == *name).map(|effect| effect.delta);
            row.push(delta.map_or(Cell::Empty, |delta| {
                let value = (1.0 + delta) / 2.0;
                Cell::Shaded(Figure { value, style: Style::Decimal(2), source: None }, delta)
            }));
        }
        let level = |level: &Option<String>| level.clone().map_or(Cell::Empty, Cell::Data);
        let levels = cluster.commonest_levels.iter().map(|(_, commonest)| commonest.value());
        row.extend(levels.map(|shown| shown.map_or(Cell::Empty, level)));
        table.rows.push(row);
    }
    table
}

fn segment(run: &SharedRun, position: usize, cluster: &SharedCluster) -> Part {
    let id = cluster.id.clone().unwrap_or_default();
    let title = in_both(|language| format!("{id} {}", cluster.name.get(language)));
    let mut blocks = vec![Block::Facts(facts(cluster))];
    if let Some(portrait) = &cluster.portrait {
        let numbers = features(run, cluster, portrait);
        if !numbers.rows.is_empty() {
            blocks.push(Block::Table(numbers));
        } else if portrait.attributes.iter().all(|effect| !effect.clustered) {
            blocks.push(Block::Paragraph(Text::new(
                "Nothing sets it apart: in every column it is about like everyone.",
                "无突出之处：各列均与整体基本持平。",
            )));
        }
        let most = portrait.features.iter().filter(|effect| effect.clustered).take(SHOWN);
        blocks.extend(pictures::distributions_of(run, position, most.map(|effect| effect.feature.as_str())));
        blocks.extend(attributes(cluster, portrait).map(Block::Table));
        blocks.extend(portrait.rule.iter().flat_map(rule));
        blocks.extend(neighbour(cluster, portrait));
        blocks.extend(evidence(cluster).map(Block::Table));
    }
    Part { id, title, segment: position, headline: headline(cluster), words: striking(run, cluster), blocks }
}

/// Its share of the customers and of the value.
fn headline(cluster: &SharedCluster) -> Vec<(Text, Cell)> {
    let mut headline = vec![(Text::new("customers", "客户"), share(cluster))];
    if cluster.value_share.exists() {
        headline.push((Text::new("of the value", "价值占比"), value_share(cluster)));
    }
    headline
}

fn share(cluster: &SharedCluster) -> Cell {
    Cell::shown(cluster.share, Style::Percent, format!("{}/share", cluster.pointer))
}

fn value_share(cluster: &SharedCluster) -> Cell {
    Cell::shown(cluster.value_share, Style::Percent, format!("{}/value_share", cluster.pointer))
}

/// What sets it apart most, in words.
fn striking(run: &SharedRun, cluster: &SharedCluster) -> Vec<Text> {
    let features = cluster.portrait.iter().flat_map(|portrait| &portrait.features);
    let striking = features.filter(|effect| effect.clustered && effect.strength > Strength::Negligible);
    let said = |effect: &SharedFeature| {
        let words = |language| format!("{} {}", run.words(&effect.feature, language), effect.words.get(language));
        in_both(words)
    };
    striking.take(IN_HEADLINE).map(said).collect()
}

fn facts(cluster: &SharedCluster) -> Vec<(Text, Vec<Cell>)> {
    let size = Cell::shown(cluster.size, Style::Count, format!("{}/size", cluster.pointer));
    let mut facts = vec![(Text::new("customers", "客户"), vec![size, share(cluster)])];
    if cluster.value.exists() {
        let value = Cell::shown(cluster.value, Style::Plain, format!("{}/value", cluster.pointer));
        facts.push((Text::new("value", "价值"), vec![value, value_share(cluster)]));
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

fn features(run: &SharedRun, cluster: &SharedCluster, portrait: &SharedPortrait) -> Table {
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
        let at = |key: &str| format!("{}/portrait/features/{i}/{key}", cluster.pointer);
        table.rows.push(vec![
            Cell::Text(words(run, &effect.feature)),
            Cell::shown(effect.median, Style::Plain, at("median")),
            Cell::of(Some(effect.overall_median), Style::Plain, at("overall_median")),
            Cell::of(Some(effect.delta), Style::Decimal(2), at("delta")),
            Cell::shown(effect.standardized_difference, Style::Decimal(2), at("standardized_difference")),
            Cell::Text(effect.words.clone()),
        ]);
    }
    table
}

fn attributes(cluster: &SharedCluster, portrait: &SharedPortrait) -> Option<Table> {
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
        let figure = |value: Shown<f64>, style, key: &str| {
            Cell::shown(value, style, format!("{}/portrait/attributes/{i}/{key}", cluster.pointer))
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

fn rule(rule: &SharedRule) -> Vec<Block> {
    let share = |share: Shown<Option<f64>>| share.known().map_or_else(|| "–".to_owned(), percent);
    let (precision, recall) = (share(rule.precision), share(rule.recall));
    let fidelity = Text::new(
        format!(
            "Rule: holds for {recall} of the segment; {precision} of those it holds for are in it (customers it was not learned from)"
        ),
        format!("规则：覆盖本客群的 {recall}；符合规则者有 {precision} 属于本客群（以未参与学习的客户检验）"),
    );
    vec![Block::Paragraph(fidelity), Block::List(rule.any_of.clone())]
}

fn neighbour(cluster: &SharedCluster, portrait: &SharedPortrait) -> Vec<Block> {
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
        let at = |key: &str| format!("{}/portrait/neighbour/features/{i}/{key}", cluster.pointer);
        table.rows.push(vec![
            Cell::Text(pair.subject.clone()),
            Cell::shown(pair.median, Style::Plain, at("median")),
            Cell::of(Some(pair.position), Style::Percent, at("position")),
            Cell::Text(pair.words.clone()),
        ]);
    }
    vec![Block::Table(table)]
}

/// Every condition of the best archetype of every catalog.
fn evidence(cluster: &SharedCluster) -> Option<Table> {
    let mut table = Table::new(
        ("Evidence for the archetypes", "原型依据"),
        [("archetype", "原型"), ("condition", "条件"), ("observed", "观测值"), ("fits", "符合度")],
    );
    for said in &cluster.catalogs {
        for evidence in &said.best.evidence {
            table.rows.push(vec![
                Cell::Data(format!("{}/{}", said.catalog, said.best.archetype)),
                Cell::Text(in_both(|language| wording::condition(evidence, language))),
                Cell::Text(in_both(|language| wording::observed(evidence, language))).if_shown(!cluster.held_back),
                Cell::Text(in_both(|language| wording::fits(evidence, language))),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}
