//! The tiers people gave, held against the segments.

use super::agreement::name as index_name;
use super::{Block, Cell, Figure, Section, Style, Table, in_both, pictures, shown};
use crate::Text;
use crate::compare::{Direction, Index};
use crate::sharing::{SharedComparison, SharedMatrix, SharedRun, SharedTier, Shown};

/// Sentences of a comparison that stand beside its table; the others are about single tiers.
const SENTENCES: usize = 4;

/// The section; `None` without tiers.
pub(super) fn tiers(run: &SharedRun) -> Option<Section> {
    let mut blocks: Vec<Block> = run.comparisons_of_segments().into_iter().flat_map(|one| of_tier(run, one)).collect();
    for (at, tier) in run.tiers.iter().enumerate() {
        let table = match &tier.matrix {
            Some(matrix) => customer_matrix(at, tier, matrix),
            None => classes(at, tier),
        };
        blocks.push(Block::Table(table.closed()));
    }
    blocks.extend(targets(run).map(|table| Block::Table(table.closed())));
    blocks.extend(moves(run).map(|table| Block::Table(table.closed())));
    if blocks.is_empty() {
        return None;
    }
    blocks.extend(pictures::lorenz(run).map(|picture| {
        Block::Fold(Text::new("How the value is concentrated", "价值的集中程度"), vec![Block::Pictures(vec![picture])])
    }));
    Some(Section { id: "tiers".into(), title: Text::new("Tiers", "等级"), blocks })
}

fn of_tier(run: &SharedRun, comparison: &SharedComparison) -> Vec<Block> {
    let heading = Text::new(format!("“{}” and the segments", comparison.tier), format!("“{}”与客群", comparison.tier));
    let mut blocks = vec![Block::Heading(heading)];
    let (sentences, more) = comparison.sentences.split_at(comparison.sentences.len().min(SENTENCES));
    match sentences {
        [] => blocks.push(Block::Paragraph(nothing_told(run, comparison))),
        _ => blocks.push(Block::List(sentences.to_vec())),
    }
    if comparison.contingency.clusters.is_empty() {
        return blocks;
    }
    blocks.push(Block::Table(contingency(run, comparison)));
    if !more.is_empty() {
        let more = vec![Block::List(more.to_vec())];
        blocks.push(Block::Fold(Text::new("Behaviours in every tier", "各等级中的行为"), more));
    }
    blocks.extend(values(run, comparison).map(|table| Block::Table(table.closed())));
    blocks.push(Block::Table(agreement(comparison).closed()));
    blocks.extend(disagreements(comparison).map(|table| Block::Table(table.closed())));
    blocks
}

/// What stands for the sentences on a tier where each would speak of a handful, or nobody is there to speak of.
pub(super) fn nothing_told(run: &SharedRun, comparison: &SharedComparison) -> Text {
    let (tier, n, min_cell) = (&comparison.tier, comparison.contingency.tiers.len(), run.min_cell);
    if comparison.contingency.clusters.is_empty() {
        return Text::new(
            format!("{tier}: no customer with a tier is in a segment"),
            format!("“{tier}”：有等级的客户均不属于任何客群"),
        );
    }
    Text::new(
        format!(
            "{tier}: nothing is told of its {n} tiers and the segments, which would be of fewer than {min_cell} customers each; \
             join tiers, or check that the column is a tier"
        ),
        format!(
            "“{tier}”：共 {n} 个等级，与客群的对照均涉及不足 {min_cell} 位客户，故不显示；请合并等级，或确认该列确为等级"
        ),
    )
}

/// An empty table of tiers (rows) and segments (columns).
fn crossed(run: &SharedRun, caption: (&str, &str), comparison: &SharedComparison) -> Table {
    let mut table = Table::new(caption, [("tier", "等级")]);
    table.headings.extend(comparison.contingency.clusters.iter().map(|cluster| match cluster {
        Some(cluster) => in_both(|_| run.id_of(*cluster).to_owned()),
        None => Text::new("noise", "噪声"),
    }));
    table
}

/// The value of the customers of every cell; `None` without a money column.
fn values(run: &SharedRun, comparison: &SharedComparison) -> Option<Table> {
    let values = comparison.contingency.value.as_ref()?;
    let mut table = crossed(run, ("Value of every tier in every segment", "各等级在各客群中的价值"), comparison);
    for (t, (tier, values)) in comparison.contingency.tiers.iter().zip(values).enumerate() {
        let source = |c: usize| format!("{}/contingency/value/{t}/{c}", comparison.pointer);
        let cells = values.iter().enumerate().map(|(c, &value)| Cell::shown(value, Style::Plain, source(c)));
        table.rows.push([Cell::Data(tier.clone())].into_iter().chain(cells).collect());
    }
    Some(table)
}

fn contingency(run: &SharedRun, comparison: &SharedComparison) -> Table {
    let contingency = &comparison.contingency;
    let caption = ("Customers of every tier in every segment", "各等级在各客群中的客户数");
    let mut table = crossed(run, caption, comparison);
    for (t, tier) in contingency.tiers.iter().enumerate() {
        let shaded = |(c, (count, share)): (usize, (&Shown<u64>, &Shown<f64>))| match (count, share) {
            (&Shown::Value(count), &Shown::Value(share)) => {
                let source = Some(format!("{}/contingency/counts/{t}/{c}", comparison.pointer));
                Cell::Shaded(Figure { value: count as f64, style: Style::Count, source }, share)
            }
            _ => Cell::HeldBack,
        };
        let cells = contingency.counts[t].iter().zip(&contingency.tier_shares[t]).enumerate().map(shaded);
        table.rows.push([Cell::Data(tier.clone())].into_iter().chain(cells).collect());
    }
    let last =
        [Cell::text("expected tier", "预期等级")].into_iter().chain(comparison.expected_tiers.iter().map(shown::name));
    table.rows.push(last.collect());
    table
}

fn agreement(comparison: &SharedComparison) -> Table {
    let mut table = Table::new(
        ("How far tiers and segments agree, with 95 % intervals", "等级与客群的一致程度（95% 区间）"),
        [("measure", "指标"), ("value", "值"), ("from", "下限"), ("to", "上限"), ("p", "p")],
    );
    for index in Index::ALL {
        let (key, estimate) = (index.name(), comparison.indices.get(index));
        let figure =
            |value, part: &str| Cell::of(value, Style::Decimal(3), format!("{}/{key}/{part}", comparison.pointer));
        table.rows.push(vec![
            Cell::Text(index_name(index)),
            figure(estimate.value, "value"),
            figure(estimate.low, "low"),
            figure(estimate.high, "high"),
            figure(estimate.p, "p"),
        ]);
    }
    table
}

fn disagreements(comparison: &SharedComparison) -> Option<Table> {
    let mut table = Table::new(
        ("Customers whose tier is not that of their segment", "等级与所在客群不符的客户"),
        [
            ("tier", "等级"),
            ("segment", "客群"),
            ("expected", "预期等级"),
            ("customers", "客户"),
            ("value", "价值"),
            ("why", "原因"),
            ("rule", "规则"),
        ],
    );
    for (cell, i) in comparison.disagreements.iter().zip(&comparison.disagreement_places) {
        let source = |key: &str| format!("{}/disagreements/{i}/{key}", comparison.pointer);
        let column = comparison.contingency.clusters.iter().position(|cluster| *cluster == cell.cluster);
        table.rows.push(vec![
            Cell::Data(cell.tier.clone()),
            column.map_or(Cell::Empty, |column| Cell::Text(comparison.contingency.cluster_names[column].clone())),
            Cell::Data(cell.expected_tier.clone()),
            Cell::of(Some(cell.customers as f64), Style::Count, source("customers")),
            Cell::of(cell.value, Style::Plain, source("value")),
            Cell::Text(cell.reason.clone()),
            cell.rule.as_ref().map_or(Cell::Empty, |rule| Cell::Text(rule.text.clone())),
        ]);
    }
    table.filter = table.rows.len() > 12;
    (!table.rows.is_empty()).then_some(table)
}

fn classes(at: usize, tier: &SharedTier) -> Table {
    let mut table = Table::new(
        ("", ""),
        [("tier", "等级"), ("customers", "客户"), ("share", "占比"), ("value", "价值占比"), ("service", "服务级别")],
    );
    table.caption = Text::new(
        format!("“{}”: customers, value and service", tier.tier),
        format!("“{}”：客户、价值与服务", tier.tier),
    );
    for (i, class) in tier.classes.iter().enumerate() {
        let source = |key: &str| format!("comparison.json#/tiers/{at}/classes/{i}/{key}");
        let share = |value, key: &str| Cell::shown(value, Style::Percent, source(key));
        table.rows.push(vec![
            Cell::Data(class.tier.clone()),
            Cell::shown(class.customers, Style::Count, source("customers")),
            share(class.share, "share"),
            share(class.value_share, "value_share"),
            class.service.clone().map_or(Cell::Empty, Cell::Text),
        ]);
    }
    table
}

fn customer_matrix(at: usize, tier: &SharedTier, matrix: &SharedMatrix) -> Table {
    let mut table = Table::new(("", ""), []);
    table.caption = Text::new(format!("Customer matrix {}", tier.tier), format!("客户矩阵“{}”", tier.tier));
    let own = |name: &str| Text::new(name, name);
    table.headings = vec![
        own(&matrix.x.column),
        own(&matrix.y.column),
        Text::new("cell", "单元"),
        Text::new("customers", "客户"),
        Text::new("share", "占比"),
        Text::new("value", "价值占比"),
        Text::new("action", "建议行动"),
    ];
    for (i, cell) in matrix.cells.iter().enumerate() {
        let source = |key: &str| format!("comparison.json#/tiers/{at}/matrix/cells/{i}/{key}");
        let share = |value, key: &str| Cell::shown(value, Style::Percent, source(key));
        table.rows.push(vec![
            Cell::Text(matrix.x.levels[cell.x].clone()),
            Cell::Text(matrix.y.levels[cell.y].clone()),
            Cell::Text(cell.name.clone()),
            Cell::shown(cell.customers, Style::Count, source("customers")),
            share(cell.share, "share"),
            share(cell.value_share, "value_share"),
            cell.action.clone().map_or(Cell::Empty, Cell::Text),
        ]);
    }
    table
}

fn targets(run: &SharedRun) -> Option<Table> {
    let targets = run.targets.as_ref().filter(|targets| targets.say_more_than_sizes)?;
    let mut table = Table::new(
        ("", ""),
        [
            ("segment", "客群"),
            ("customers", "客户"),
            ("mean value", "人均价值"),
            ("reachable", "可触达"),
            ("score", "得分"),
            ("service", "服务级别"),
            ("action", "建议行动"),
        ],
    );
    let formula = &targets.formula;
    table.caption = Text::new(format!("Targets; score = {}", formula.en), format!("目标客群；得分 = {}", formula.zh));
    for (i, target) in targets.segments.iter().enumerate() {
        let source = |key: &str| format!("comparison.json#/targets/segments/{i}/{key}");
        let position = run.segments.iter().position(|segment| segment.segment_id == target.segment_id);
        table.rows.push(vec![
            Cell::Segment(position.unwrap_or(0), target.segment_id.clone(), target.segment.clone()),
            Cell::shown(target.customers, Style::Count, source("customers")),
            Cell::shown(target.mean_value, Style::Plain, source("mean_value")),
            Cell::shown(target.reachability, Style::Percent, source("reachability")),
            Cell::shown(target.score, Style::Plain, source("score")),
            target.service.clone().map_or(Cell::Empty, Cell::Text),
            target.action.clone().map_or(Cell::Empty, Cell::Text),
        ]);
    }
    Some(table)
}

/// Whose tier to look at first.
fn moves(run: &SharedRun) -> Option<Table> {
    let moves = run.moves.as_ref()?;
    let mut table = Table::new(
        ("Whose tier to look at first", "优先复核等级的客户"),
        [
            ("", ""),
            ("customer", "客户"),
            ("tier", "等级"),
            ("expected", "预期等级"),
            ("segment", "客群"),
            ("value", "价值"),
            ("usual there", "该客群通常"),
        ],
    );
    for customer in &moves.customers {
        table.rows.push(vec![
            match customer.direction {
                Direction::TooLow => Cell::text("too low", "偏低"),
                Direction::TooHigh => Cell::text("too high", "偏高"),
            },
            Cell::Data(customer.id.clone()),
            Cell::Data(customer.tier.clone()),
            Cell::Data(customer.expected_tier.clone()),
            Cell::Text(customer.segment.clone()),
            Cell::number(Some(customer.value), Style::Plain),
            Cell::number(Some(customer.expected_value), Style::Plain),
        ]);
    }
    table.filter = true;
    (!table.rows.is_empty()).then_some(table)
}
