//! The tiers people gave, held against the segments.

use super::{Block, Cell, Figure, Section, Style, Table, in_both, pictures};
use crate::Text;
use crate::compare::{Comparison, Direction, Estimate, Matrix, TierReport};
use crate::label::segment_id;
use crate::report::evidence_facts::ReportInput;
use crate::sharing::suppress_list;

/// Sentences of a comparison that stand beside its table; the others are about single tiers.
const SENTENCES: usize = 4;

/// The section; `None` without tiers.
pub(super) fn tiers(input: &ReportInput) -> Option<Section> {
    let summary = &input.summary;
    let mut blocks = Vec::new();
    let primary = summary.labelled.primary().map(|clustering| clustering.algorithm.name());
    let mut seen: Vec<&str> = Vec::new();
    for (at, comparison) in summary.comparisons.iter().enumerate() {
        if Some(comparison.clustering.as_str()) == primary && !seen.contains(&comparison.tier.as_str()) {
            seen.push(&comparison.tier);
            blocks.extend(of_tier(input, at, comparison));
        }
    }
    for (at, report) in summary.tiers.iter().enumerate() {
        let table = match &report.matrix {
            Some(matrix) => customer_matrix(input, at, report, matrix),
            None => classes(input, at, report),
        };
        blocks.push(Block::Table(table.closed()));
    }
    blocks.extend(targets(input).map(|table| Block::Table(table.closed())));
    blocks.extend(moves(input).map(|table| Block::Table(table.closed())));
    if blocks.is_empty() {
        return None;
    }
    blocks.extend(pictures::lorenz(input).map(|picture| {
        Block::Fold(Text::new("How the value is concentrated", "价值的集中程度"), vec![Block::Pictures(vec![picture])])
    }));
    Some(Section { id: "tiers".into(), title: Text::new("Tiers", "等级"), blocks })
}

fn of_tier(input: &ReportInput, at: usize, comparison: &Comparison) -> Vec<Block> {
    let heading = Text::new(format!("“{}” and the segments", comparison.tier), format!("“{}”与客群", comparison.tier));
    let mut blocks = vec![Block::Heading(heading)];
    let mut sentences = input.summary.shown_sentences(comparison);
    let more = sentences.split_off(sentences.len().min(SENTENCES));
    blocks.push(Block::List(sentences));
    blocks.push(Block::Table(contingency(input, at, comparison)));
    if !more.is_empty() {
        blocks.push(Block::Fold(Text::new("Behaviours in every tier", "各等级中的行为"), vec![Block::List(more)]));
    }
    blocks.extend(values(input, at, comparison).map(|table| Block::Table(table.closed())));
    blocks.push(Block::Table(agreement(at, comparison).closed()));
    blocks.extend(disagreements(input, at, comparison).map(|table| Block::Table(table.closed())));
    blocks
}

/// An empty table of tiers (rows) and segments (columns).
fn crossed(caption: (&str, &str), comparison: &Comparison) -> Table {
    let mut table = Table::new(caption, [("tier", "等级")]);
    table.headings.extend(comparison.contingency.clusters.iter().map(|cluster| match cluster {
        Some(cluster) => in_both(|_| segment_id(*cluster)),
        None => Text::new("noise", "噪声"),
    }));
    table
}

/// The value of the customers of every cell; `None` without a money column.
fn values(input: &ReportInput, at: usize, comparison: &Comparison) -> Option<Table> {
    let value = comparison.contingency.value.as_ref()?;
    let counts = input.summary.shown_counts(comparison);
    let mut table = crossed(("Their value", "对应的价值"), comparison);
    for (t, tier) in comparison.contingency.tiers.iter().enumerate() {
        let mut row = vec![Cell::Data(tier.clone())];
        row.extend(value[t].iter().zip(&counts[t]).enumerate().map(|(c, (&value, shown))| {
            let source = format!("comparison.json#/comparisons/{at}/contingency/value/{t}/{c}");
            Cell::of(Some(value), Style::Plain, source).if_shown(shown.is_some())
        }));
        table.rows.push(row);
    }
    Some(table)
}

fn contingency(input: &ReportInput, at: usize, comparison: &Comparison) -> Table {
    let table_of = &comparison.contingency;
    let counts = input.summary.shown_counts(comparison);
    let caption = ("Customers of every tier in every segment", "各等级在各客群中的客户数");
    let mut table = crossed(caption, comparison);
    for (t, tier) in table_of.tiers.iter().enumerate() {
        let total: u64 = table_of.counts[t].iter().sum();
        let mut row = vec![Cell::Data(tier.clone())];
        row.extend(counts[t].iter().enumerate().map(|(c, shown)| match shown {
            Some(count) => Cell::Shaded(
                Figure {
                    value: *count as f64,
                    style: Style::Count,
                    source: Some(format!("comparison.json#/comparisons/{at}/contingency/counts/{t}/{c}")),
                },
                *count as f64 / total.max(1) as f64,
            ),
            None => Cell::HeldBack,
        }));
        table.rows.push(row);
    }
    let expected = |tier: &Option<String>| tier.clone().map_or(Cell::Empty, Cell::Data);
    let last =
        [Cell::text("expected tier", "预期等级")].into_iter().chain(comparison.expected_tiers.iter().map(expected));
    table.rows.push(last.collect());
    table
}

fn agreement(at: usize, comparison: &Comparison) -> Table {
    let indices = &comparison.indices;
    let named: [(&str, &str, &Estimate); 11] = [
        ("ARI", "ari", &indices.ari),
        ("AMI", "ami", &indices.ami),
        ("NMI", "nmi", &indices.nmi),
        ("homogeneity", "homogeneity", &indices.homogeneity),
        ("completeness", "completeness", &indices.completeness),
        ("V-measure", "v_measure", &indices.v_measure),
        ("Fowlkes-Mallows", "fowlkes_mallows", &indices.fowlkes_mallows),
        ("purity", "purity", &indices.purity),
        ("inverse purity", "inverse_purity", &indices.inverse_purity),
        ("Cramér's V", "cramers_v", &indices.cramers_v),
        ("Kendall's tau-b", "kendall_tau_b", &indices.kendall_tau_b),
    ];
    let mut table = Table::new(
        ("How far tiers and segments agree, with 95 % intervals", "等级与客群的一致程度（95 % 区间）"),
        [("measure", "指标"), ("value", "值"), ("from", "下限"), ("to", "上限"), ("p", "p")],
    );
    for (name, key, estimate) in named {
        let figure = |value, part: &str| {
            Cell::of(value, Style::Decimal(3), format!("comparison.json#/comparisons/{at}/{key}/{part}"))
        };
        table.rows.push(vec![
            Cell::Data(name.to_owned()),
            figure(estimate.value, "value"),
            figure(estimate.low, "low"),
            figure(estimate.high, "high"),
            figure(estimate.p, "p"),
        ]);
    }
    table
}

fn disagreements(input: &ReportInput, at: usize, comparison: &Comparison) -> Option<Table> {
    let shown = input.summary.shown_disagreements(comparison);
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
    for cell in shown {
        let i = comparison.disagreements.iter().position(|other| other == cell)?;
        let source = |key: &str| format!("comparison.json#/comparisons/{at}/disagreements/{i}/{key}");
        let column = comparison.contingency.clusters.iter().position(|cluster| *cluster == cell.cluster);
        table.rows.push(vec![
            Cell::Data(cell.tier.clone()),
            column.map_or(Cell::Empty, |column| Cell::Text(comparison.contingency.cluster_names[column].clone())),
            Cell::Data(cell.expected_tier.clone()),
            Cell::count(Some(cell.customers), source("customers")),
            Cell::of(cell.value, Style::Plain, source("value")),
            Cell::Text(cell.reason.clone()),
            cell.rule.as_ref().map_or(Cell::Empty, |rule| Cell::Text(rule.text.clone())),
        ]);
    }
    table.filter = table.rows.len() > 12;
    (!table.rows.is_empty()).then_some(table)
}

fn classes(input: &ReportInput, at: usize, report: &TierReport) -> Table {
    let counts: Vec<u64> = report.classes.iter().map(|class| class.customers).collect();
    let shown = suppress_list(&counts, input.summary.min_cell());
    let mut table = Table::new(
        ("", ""),
        [("tier", "等级"), ("customers", "客户"), ("share", "占比"), ("value", "价值占比"), ("service", "服务级别")],
    );
    table.caption = Text::new(format!("Tier {}", report.tier), format!("等级“{}”", report.tier));
    for (i, (class, shown)) in report.classes.iter().zip(shown).enumerate() {
        let source = |key: &str| format!("comparison.json#/tiers/{at}/classes/{i}/{key}");
        let share = |value, key: &str| Cell::of(value, Style::Percent, source(key)).if_shown(shown.is_some());
        table.rows.push(vec![
            Cell::Data(class.tier.clone()),
            Cell::count(shown, source("customers")),
            share(class.share, "share"),
            share(class.value_share, "value_share"),
            class.service.clone().map_or(Cell::Empty, Cell::Text),
        ]);
    }
    table
}

fn customer_matrix(input: &ReportInput, at: usize, report: &TierReport, matrix: &Matrix) -> Table {
    let mut table = Table::new(("", ""), []);
    table.caption = Text::new(format!("Customer matrix {}", report.tier), format!("客户矩阵“{}”", report.tier));
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
    for (i, (cell, shown)) in matrix.cells.iter().zip(input.summary.shown_cells(matrix)).enumerate() {
        let source = |key: &str| format!("comparison.json#/tiers/{at}/matrix/cells/{i}/{key}");
        let share = |value, key: &str| Cell::of(value, Style::Percent, source(key)).if_shown(shown.is_some());
        table.rows.push(vec![
            Cell::Text(matrix.x.levels[cell.x].clone()),
            Cell::Text(matrix.y.levels[cell.y].clone()),
            Cell::Text(cell.name.clone()),
            Cell::count(shown, source("customers")),
            share(cell.share, "share"),
            share(cell.value_share, "value_share"),
            cell.action.clone().map_or(Cell::Empty, Cell::Text),
        ]);
    }
    table
}

fn targets(input: &ReportInput) -> Option<Table> {
    let targets = input.summary.targets.as_ref().filter(|targets| targets.say_more_than_sizes())?;
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
        let (shown, told) = (input.summary.target_is_shown(target), !input.summary.gives_away(target));
        let position = input.summary.run.segments.iter().position(|segment| segment.segment_id == target.segment_id);
        table.rows.push(vec![
            Cell::Segment(position.unwrap_or(0), target.segment_id.clone(), target.segment.clone()),
            Cell::count(shown.then_some(target.customers), source("customers")),
            Cell::of(target.mean_value, Style::Plain, source("mean_value")).if_shown(shown),
            Cell::of(target.reachability, Style::Percent, source("reachability")).if_shown(shown && told),
            Cell::of(Some(target.score), Style::Plain, source("score")).if_shown(shown && told),
            target.service.clone().map_or(Cell::Empty, Cell::Text),
            target.action.clone().map_or(Cell::Empty, Cell::Text),
        ]);
    }
    Some(table)
}

/// Whose tier to look at first.
fn moves(input: &ReportInput) -> Option<Table> {
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
    for direction in [Direction::TooLow, Direction::TooHigh] {
        let word = match direction {
            Direction::TooLow => Cell::text("too low", "偏低"),
            Direction::TooHigh => Cell::text("too high", "偏高"),
        };
        for m in input.summary.shown_moves(direction) {
            table.rows.push(vec![
                word.clone(),
                Cell::Data(m.id.clone()),
                Cell::Data(m.tier.clone()),
                Cell::Data(m.expected_tier.clone()),
                Cell::Text(m.segment.clone()),
                Cell::number(Some(m.value), Style::Plain),
                Cell::number(Some(m.expected_value), Style::Plain),
            ]);
        }
    }
    table.filter = true;
    (!table.rows.is_empty()).then_some(table)
}
