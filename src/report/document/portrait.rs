//! The portrait of one segment.

use super::{Block, Cell, Document, Section, Style, Table, in_both, shown, words};
use crate::figures::{count, decimal, percent, plain, signed};
use crate::label::Strength;
use crate::language::noun;
use crate::report::wording;
use crate::sharing::{
    SharedCluster, SharedFeature, SharedPlace, SharedPortrait, SharedRule, SharedRun, SharedSide, SharedTypical, Shown,
};
use crate::{Language, Text};

/// Features shown, at most.
const FEATURES: usize = 8;
/// Levels of attributes shown, at most.
const LEVELS: usize = 8;
/// Features shown of a typical customer.
const TYPICAL_FEATURES: usize = 5;

impl Document {
    /// The portrait of a segment of the run in `language`.
    pub fn portrait(run: &SharedRun, cluster: &SharedCluster, language: Language) -> Document {
        let mut sections = vec![head(run, cluster)];
        if let Some(portrait) = &cluster.portrait {
            sections.extend(features(run, portrait));
            sections.extend(attributes(portrait));
            sections.extend(neighbour(portrait));
            sections.extend(portrait.rule.as_ref().map(rule));
            sections.extend(evidence(cluster));
            sections.extend(typical(run, cluster, portrait));
        }
        sections.extend(legend(run, &sections));
        Document::untitled(language, sections)
    }
}

/// What the signs in place of figures mean, where there are any.
fn legend(run: &SharedRun, sections: &[Section]) -> Option<Section> {
    let is_word = |text: &Text, sign: &str| text.en.split([' ', ',', ';', '(']).any(|word| word == sign);
    let is_in = |cell: &Cell, sign: &str| match cell {
        Cell::HeldBack => sign == "*",
        Cell::Empty => sign == "–",
        Cell::Data(text) => text == sign,
        // A dash between words is none.
        Cell::Text(text) => text.en == sign || (sign == "*" && is_word(text, sign)),
        _ => false,
    };
    let stands_in = |block: &Block, sign: &str| match block {
        Block::Facts(facts) => facts.iter().flat_map(|(_, values)| values).any(|cell| is_in(cell, sign)),
        Block::Table(table) => table.rows.iter().flatten().any(|cell| is_in(cell, sign)),
        Block::Paragraph(text) => is_word(text, sign),
        _ => false,
    };
    let signs = [
        ("*", shown::note(run.min_cell)),
        ("–", Text::new("– missing, or nothing that can be computed", "– 缺失，或无法计算")),
    ];
    let blocks = || sections.iter().flat_map(|section| &section.blocks);
    let met = signs.into_iter().filter(|(sign, _)| blocks().any(|block| stands_in(block, sign)));
    let said: Vec<Block> = met.map(|(_, meaning)| Block::Paragraph(meaning)).collect();
    (!said.is_empty()).then(|| Section::untitled("legend", said))
}

/// A figure as text, or the sign of what is held back.
fn held_or<T>(value: Shown<T>, text: impl Fn(T) -> String) -> String {
    match value {
        Shown::Value(value) => text(value),
        Shown::HeldBack => "*".to_owned(),
    }
}

fn head(run: &SharedRun, cluster: &SharedCluster) -> Section {
    let said = |name: (&str, &str), text: Text| (Text::new(name.0, name.1), vec![Cell::Text(text)]);
    let mut facts = vec![said(("size", "规模"), in_both(|language| size(run, cluster, language)))];
    if cluster.value != Shown::Value(None) {
        facts.push(said(("value", "价值"), in_both(|language| value(cluster, language))));
    }
    facts.push(said(("archetype", "原型"), in_both(|language| archetype(cluster, language))));
    if let Some(portrait) = &cluster.portrait {
        if let Some(stage) = &portrait.lifecycle {
            facts.push(said(("lifecycle", "生命周期"), in_both(|language| wording::stage(stage, language))));
        }
        if let Some(found) = &portrait.matrix {
            facts.push(said(("matrix", "矩阵位置"), place(found)));
        }
        let action = portrait.action.clone().unwrap_or(Text::new("none", "无"));
        facts.push(said(("action", "建议行动"), action));
    }
    let id = cluster.id.as_deref().unwrap_or_default();
    let title = in_both(|language| format!("{id} {}", cluster.name.get(language)).trim().to_owned());
    let mut blocks = vec![Block::Facts(facts)];
    blocks.extend(run.caution.as_ref().map(|caution| Block::Warnings(vec![caution.message.clone()])));
    Section { id: id.to_owned(), title, blocks }
}

fn size(run: &SharedRun, cluster: &SharedCluster, language: Language) -> String {
    if cluster.held_back {
        let (fewer, customers) = (language.say("fewer than", "少于"), language.say("customers", "位客户"));
        return format!("{fewer} {} {customers}", run.min_cell);
    }
    let (Some(size), Some(&share)) = (cluster.size(), cluster.share.value()) else {
        // It covers a small one.
        return "*".to_owned();
    };
    let (n, share) = (count(size), percent(share));
    match language {
        Language::En => format!("{n} {}, {share} of all", noun(size, "customer", "customers")),
        Language::Zh => format!("{n} 位客户，占全部的 {share}"),
    }
}

/// Its value, and what that is of all and per customer.
fn value(cluster: &SharedCluster, language: Language) -> String {
    let Some(value) = cluster.value.known() else { return "*".to_owned() };
    let value = plain(value);
    let Some((share, &of_all)) = cluster.value_share.known().zip(cluster.share.value()) else { return value };
    let (share, times) = (percent(share), decimal(Some(share / of_all), 2));
    match language {
        Language::En => format!("{value}, {share} of all; per customer {times} times the average"),
        Language::Zh => format!("{value}，占全部的 {share}；人均为整体的 {times} 倍"),
    }
}

fn archetype(cluster: &SharedCluster, language: Language) -> String {
    let said = cluster.catalogs.iter().find(|said| {
        cluster.archetype.as_deref().is_none_or(|id| id == format!("{}/{}", said.catalog, said.best.archetype))
    });
    match said {
        Some(said) => wording::stage(said, language),
        None => language.say("no catalog applies to this table", "没有目录适用于此表").to_owned(),
    }
}

/// Its place in the customer matrix, and the medians that decide it.
fn place(place: &SharedPlace) -> Text {
    let side = |side: &SharedSide| {
        let sign = if side.high { ">" } else { "≤" };
        format!("{} {} {sign} {}", side.column, held_or(side.median, plain), plain(side.cut))
    };
    let (value, frequency) = (side(&place.value), side(&place.frequency));
    Text::new(
        format!("{} (medians of the segment and of all: {value}, {frequency})", place.name.en),
        format!("{}（客群与整体的中位数：{value}，{frequency}）", place.name.zh),
    )
}

/// In which numbers it differs; nothing where only categories were clustered.
fn features(run: &SharedRun, portrait: &SharedPortrait) -> Option<Section> {
    if portrait.features.is_empty() && portrait.attributes.iter().any(|effect| effect.clustered) {
        return None;
    }
    let mut table = Table::new(
        ("", ""),
        [
            ("feature", "特征"),
            ("median here", "本客群中位数"),
            ("median of all", "整体中位数"),
            ("Cliff δ", "Cliff δ"),
            ("std. difference", "标准化差异"),
            ("", ""),
        ],
    );
    let striking = portrait.features.iter().filter(|effect| effect.strength > Strength::Negligible);
    table.rows = striking.take(FEATURES).map(|effect| feature(run, effect)).collect();
    let block = match table.rows.as_slice() {
        [] => Block::Paragraph(Text::new(
            "nothing: in every column it is about like everyone",
            "无：各列均与整体基本持平",
        )),
        _ => Block::Table(table),
    };
    Some(Section::new("features", ("What sets it apart from everyone else", "与其他客户的差异"), vec![block]))
}

fn feature(run: &SharedRun, effect: &SharedFeature) -> Vec<Cell> {
    let signed_or_dash = |d: Option<f64>| d.map_or("–".to_owned(), |d| signed(d, 2));
    vec![
        Cell::Text(words(run, &effect.feature)),
        shown::known(effect.median, Style::Plain),
        Cell::number(Some(effect.overall_median), Style::Plain),
        Cell::Data(signed(effect.delta, 2)),
        Cell::Data(held_or(effect.standardized_difference, signed_or_dash)),
        Cell::Text(effect.words.clone()),
    ]
}

/// Which levels of attributes it has more or less of.
fn attributes(portrait: &SharedPortrait) -> Option<Section> {
    let mut table = Table::new(
        ("", ""),
        [
            ("attribute", "属性"),
            ("level", "取值"),
            ("share here", "本客群占比"),
            ("share elsewhere", "其他客户占比"),
            ("lift", "提升度"),
            ("", ""),
        ],
    );
    for effect in portrait.attributes.iter().take(LEVELS) {
        table.rows.push(vec![
            Cell::Data(effect.attribute.clone()),
            effect.level.clone().map_or(Cell::text("(missing)", "（缺失）"), Cell::Data),
            shown::known(effect.share, Style::Percent),
            shown::known(effect.others_share, Style::Percent),
            shown::known(effect.lift, Style::Decimal(2)),
            Cell::Text(effect.words.clone()),
        ]);
    }
    let is_told = !table.rows.is_empty();
    is_told.then(|| Section::new("attributes", ("Who they are", "客户构成"), vec![Block::Table(table)]))
}

/// Every condition of the best archetype of every catalog that was asked.
fn evidence(cluster: &SharedCluster) -> Option<Section> {
    let lifecycle = cluster.portrait.iter().filter_map(|portrait| portrait.lifecycle.as_ref());
    let said_before = |catalog: &str| cluster.catalogs.iter().any(|said| said.catalog == catalog);
    let extra = lifecycle.filter(|said| !said_before(&said.catalog));
    let mut table = Table::new(
        ("", ""),
        [("archetype", "原型"), ("condition", "条件"), ("observed", "观测值"), ("fits", "符合度")],
    );
    for said in cluster.catalogs.iter().chain(extra) {
        for (i, evidence) in said.best.evidence.iter().enumerate() {
            let name = format!("{}/{}", said.catalog, said.best.archetype);
            let observed = Cell::Text(in_both(|language| wording::observed(evidence, language)));
            table.rows.push(vec![
                Cell::Data(if i == 0 { name } else { String::new() }),
                Cell::Text(in_both(|language| wording::condition(evidence, language))),
                observed.if_shown(!cluster.held_back),
                Cell::Text(in_both(|language| wording::fits(evidence, language))),
            ]);
        }
    }
    let title = ("Evidence for the archetypes", "原型依据");
    (!table.rows.is_empty()).then(|| Section::new("evidence", title, vec![Block::Table(table)]))
}

/// The segment most like it, and what tells the two apart.
fn neighbour(portrait: &SharedPortrait) -> Option<Section> {
    let neighbour = portrait.neighbour.as_ref()?;
    let (id, distance) = (neighbour.id.as_deref().unwrap_or_default(), decimal(Some(neighbour.distance), 2));
    let title = Text::new(
        format!("Nearest segment: {id} {} (distance {distance})", neighbour.name.en),
        format!("最相近的客群：{id} {}（距离 {distance}）", neighbour.name.zh),
    );
    let mut table = Table::new(
        ("", ""),
        [
            ("feature", "特征"),
            ("median here", "本客群中位数"),
            ("median there", "对方中位数"),
            ("P(here > there)", "P(本 > 对方)"),
            ("", ""),
        ],
    );
    for pair in &neighbour.features {
        table.rows.push(vec![
            Cell::Text(pair.subject.clone()),
            shown::figure(pair.median, Style::Plain),
            shown::figure(pair.neighbour_median, Style::Plain),
            Cell::number(Some(pair.position), Style::Percent),
            Cell::Text(pair.words.clone()),
        ]);
    }
    let block = match table.rows.as_slice() {
        [] => Block::Paragraph(Text::new("no column tells the two apart", "没有任何一列能区分二者")),
        _ => Block::Table(table),
    };
    Some(Section { id: "neighbour".into(), title, blocks: vec![block] })
}

/// The conditions that hold for its customers, and how well.
fn rule(rule: &SharedRule) -> Section {
    let known = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent);
    let share = |share| held_or(share, known);
    let (precision, recall) = (share(rule.precision), share(rule.recall));
    let fidelity = Text::new(
        format!(
            "holds for {recall} of the segment; {precision} of those it holds for are in it (customers it was not learned from)"
        ),
        format!("覆盖本客群的 {recall}；符合规则者有 {precision} 属于本客群（以未参与学习的客户检验）"),
    );
    let either = |(i, text): (usize, &Text)| match i {
        0 => text.clone(),
        _ => Text::new(format!("or {}", text.en), format!("或 {}", text.zh)),
    };
    let conditions = rule.any_of.iter().enumerate().map(either).collect();
    Section::new("rule", ("Rule", "规则"), vec![Block::Paragraph(fidelity), Block::List(conditions)])
}

/// Customers in its middle.
fn typical(run: &SharedRun, cluster: &SharedCluster, portrait: &SharedPortrait) -> Option<Section> {
    let customers = portrait.representatives.value().filter(|customers| !customers.is_empty())?;
    let ids = cluster.representative_ids.value();
    let mut table = Table::new(("", ""), [("customer", "客户")]);
    let shown = portrait.features.iter().take(TYPICAL_FEATURES);
    table.headings.extend(shown.map(|effect| words(run, &effect.feature)));
    for (i, customer) in customers.iter().enumerate() {
        let id = ids.and_then(|ids| ids.get(i)).cloned();
        table.rows.push(typical_row(id, customer));
    }
    Some(Section::new("typical", ("Typical customers", "典型客户"), vec![Block::Table(table)]))
}

/// A customer under its id, or its row where ids are not told.
fn typical_row(id: Option<String>, customer: &SharedTypical) -> Vec<Cell> {
    let id = id.unwrap_or_else(|| held_or(customer.row, |row| row.to_string()));
    let values = customer.values.iter().take(TYPICAL_FEATURES);
    let values = values.map(|&value| Cell::number(value, Style::Plain));
    [Cell::Data(id)].into_iter().chain(values).collect()
}
