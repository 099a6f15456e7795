//! Tiers against the segments and by themselves, the customer matrix, targets, and whose tier to look at.

use super::super::agreement::name;
use super::super::overview::moves_held_back;
use super::super::tiers::nothing_told;
use super::super::{Block, Cell, Section, Style, Table, in_both, shown};
use crate::Text;
use crate::compare::{self, CellRule, Direction, Estimate, Index, Indices};
use crate::figures::{count, decimal, percent};
use crate::language::noun;
use crate::sharing::{
    SharedComparison, SharedConcentration, SharedMatrix, SharedMoves, SharedRun, SharedTarget, SharedTargets,
    SharedTier, Shown,
};

/// Sentences shown of a comparison.
const SENTENCES: usize = 4;
/// Disagreement cells shown with their rule.
const RULES: usize = 3;
/// Classes of a tier shown.
const CLASSES: usize = 10;
/// Customers shown of each direction.
const CUSTOMERS: usize = 3;
/// The indices that stand on one line.
const INDICES: [Index; 5] = [Index::Ari, Index::Ami, Index::VMeasure, Index::CramersV, Index::KendallTauB];

/// Every section about tiers.
pub(super) fn tiers(run: &SharedRun) -> Vec<Section> {
    let mut sections: Vec<Section> =
        run.comparisons_of_segments().into_iter().map(|comparison| against_segments(run, comparison)).collect();
    sections.extend(run.tiers.iter().map(by_itself));
    sections.extend(run.moves.as_ref().map(moves));
    sections.extend(run.targets.as_ref().filter(|targets| targets.say_more_than_sizes).map(targets));
    sections
}

/// The matrix of a tier against the segments, and what it says.
fn against_segments(run: &SharedRun, comparison: &SharedComparison) -> Section {
    let contingency = &comparison.contingency;
    let title = ("Tiers and segments", "等级与客群");
    if contingency.clusters.is_empty() {
        return Section::new("tiers", title, vec![Block::Paragraph(nothing_told(run, comparison))]);
    }
    let mut table = Table::new(("", ""), []);
    table.headings.push(Text::new(&comparison.tier, &comparison.tier));
    table.headings.extend(contingency.clusters.iter().map(|cluster| match cluster {
        Some(cluster) => in_both(|_| run.id_of(*cluster).to_owned()),
        None => Text::new("noise", "噪声"),
    }));
    for (tier, counts) in contingency.tiers.iter().zip(&contingency.counts) {
        let counts = counts.iter().map(|&n| shown::customers(n));
        table.rows.push([Cell::Data(tier.clone())].into_iter().chain(counts).collect());
    }
    let expected = comparison.expected_tiers.iter().map(shown::name);
    table.rows.push([Cell::text("expected", "预期等级")].into_iter().chain(expected).collect());
    let mut blocks = vec![Block::Table(table)];
    if contingency.holds_back() {
        blocks.push(Block::Paragraph(shown::note(run.min_cell)));
    }
    let mut said = vec![agreement(&comparison.indices)];
    said.extend(comparison.sentences.iter().take(SENTENCES).cloned());
    let ruled = comparison.disagreements.iter().filter_map(|cell| Some((cell, cell.rule.as_ref()?)));
    said.extend(ruled.take(RULES).map(|(cell, rule)| cell_rule(cell, rule)));
    blocks.push(Block::List(said));
    Section::new("tiers", title, blocks)
}

/// The most telling indices that are defined, on one line.
fn agreement(indices: &Indices<Estimate>) -> Text {
    in_both(|language| {
        let told = INDICES.iter().filter_map(|&index| {
            let interval = interval(indices.get(index))?;
            Some(format!("{} {interval}", name(index).get(language)))
        });
        told.collect::<Vec<String>>().join(" · ")
    })
}

/// 0.312 [0.298, 0.326] p 0.001; `None` when the index is undefined.
fn interval(estimate: &Estimate) -> Option<String> {
    let mut text = decimal(Some(estimate.value?), 3);
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        text.push_str(&format!(" [{}, {}]", decimal(Some(low), 3), decimal(Some(high), 3)));
    }
    if let Some(p) = estimate.p {
        text.push_str(&format!(" p {}", decimal(Some(p), 3)));
    }
    Some(text)
}

/// A disagreement cell that a rule describes.
fn cell_rule(cell: &compare::DisagreementCell, rule: &CellRule) -> Text {
    let part = |share: Option<f64>| share.map_or("–".to_owned(), percent);
    let (precision, recall, share) = (part(rule.precision), part(rule.recall), part(rule.share));
    let (tier, expected, customers) = (&cell.tier, &cell.expected_tier, count(cell.customers));
    Text::new(
        format!(
            "{customers} of tier {tier} where {expected} is typical: {} (right for {precision} against {share} by guessing, finds {recall})",
            rule.text.en
        ),
        format!(
            "{customers} 名 {tier} 级客户（典型等级 {expected}）：{}（准确率 {precision}，随机 {share}；覆盖率 {recall}）",
            rule.text.zh
        ),
    )
}

/// A tier by itself: size, value and service of its classes, or the cells of its matrix.
fn by_itself(report: &SharedTier) -> Section {
    let mut blocks = match &report.matrix {
        Some(matrix) => vec![Block::Table(customer_matrix(matrix))],
        None => classes(report),
    };
    blocks.extend(report.concentration.as_ref().map(|spread| Block::Paragraph(concentration(spread))));
    let tier = &report.tier;
    Section { id: "tier".into(), title: Text::new(format!("Tier {tier}"), format!("等级 {tier}")), blocks }
}

fn concentration(spread: &SharedConcentration) -> Text {
    let share = |share: Shown<f64>| share.value().map_or_else(|| "*".to_owned(), |&share| percent(share));
    let [customers, top] = [share(spread.share_for_80), share(spread.top_20_share)];
    let (column, gini) = (&spread.column, spread.gini);
    Text::new(
        format!("{customers} of the customers bring 80 % of {column}; the best 20 % bring {top}; Gini {gini:.2}"),
        format!("{customers} 的客户贡献了“{column}”的 80%；前 20% 的客户贡献 {top}；基尼系数 {gini:.2}"),
    )
}

fn classes(report: &SharedTier) -> Vec<Block> {
    let headings = [("", ""), ("customers", "客户"), ("share", "占比"), ("value", "价值"), ("service", "服务级别")];
    let mut table = Table::new(("", ""), headings);
    for class in report.classes.iter().take(CLASSES) {
        table.rows.push(vec![
            Cell::Data(class.tier.clone()),
            shown::customers(class.customers),
            shown::figure(class.share, Style::Percent),
            shown::figure(class.value_share, Style::Percent),
            class.service.clone().map_or(Cell::Empty, Cell::Text),
        ]);
    }
    let mut blocks = vec![Block::Table(table)];
    if let Some(rest @ 1..) = report.classes.len().checked_sub(CLASSES) {
        blocks.push(Block::Paragraph(Text::new(
            format!("… {rest} more in comparison.json"),
            format!("… {rest} 个更多等级见 comparison.json"),
        )));
    }
    blocks
}

fn customer_matrix(matrix: &SharedMatrix) -> Table {
    let mut table = Table::new(("", ""), []);
    table.headings.extend([&matrix.x, &matrix.y].map(|axis| Text::new(&axis.column, &axis.column)));
    let others = [("", ""), ("customers", "客户"), ("share", "占比"), ("value", "价值"), ("action", "建议")];
    table.headings.extend(others.map(|(en, zh)| Text::new(en, zh)));
    for cell in &matrix.cells {
        table.rows.push(vec![
            Cell::Text(matrix.x.levels[cell.x].clone()),
            Cell::Text(matrix.y.levels[cell.y].clone()),
            Cell::Text(cell.name.clone()),
            shown::customers(cell.customers),
            shown::figure(cell.share, Style::Percent),
            shown::figure(cell.value_share, Style::Percent),
            Cell::Text(cell.action.clone().unwrap_or(Text::new("", ""))),
        ]);
    }
    table
}

/// The segments as targets.
fn targets(targets: &SharedTargets) -> Section {
    let any = |told: fn(&SharedTarget) -> bool| targets.segments.iter().any(told);
    let with_value = any(|target| !matches!(target.mean_value, Shown::Value(None)));
    let (with_reach, with_service) = (targets.reach.is_some(), any(|target| target.service.is_some()));
    let mut table = Table::new(("", ""), [("", ""), ("segment", "客群"), ("customers", "客户")]);
    table.headings.extend(with_value.then(|| Text::new("mean value", "人均价值")));
    table.headings.extend(with_reach.then(|| Text::new("reachable", "可触达")));
    table.headings.push(Text::new("score", "得分"));
    table.headings.extend(with_service.then(|| Text::new("service", "服务级别")));
    for (at, target) in targets.segments.iter().enumerate() {
        let mut row = vec![
            Cell::Data(target.rank.to_string()),
            Cell::Segment(at, target.segment_id.clone(), target.segment.clone()),
            shown::customers(target.customers),
        ];
        row.extend(with_value.then(|| shown::figure(target.mean_value, Style::Plain)));
        row.extend(with_reach.then(|| shown::figure(target.reachability, Style::Percent)));
        row.push(shown::known(target.score, Style::Plain));
        row.extend(with_service.then(|| target.service.clone().map_or(Cell::Empty, Cell::Text)));
        table.rows.push(row);
    }
    let formula = &targets.formula;
    let formula = Text::new(format!("score = {}", formula.en), format!("得分 = {}", formula.zh));
    Section::new("targets", ("Targets", "目标客群"), vec![Block::Table(table), Block::Paragraph(formula)])
}

/// Whose tier to look at first.
fn moves(moves: &SharedMoves) -> Section {
    let mut table = Table::new(
        ("", ""),
        [
            ("", ""),
            ("customer", "客户"),
            ("tier", "等级"),
            ("expected", "预期等级"),
            ("segment", "客群"),
            ("value", "价值"),
            ("expected value", "预期价值"),
        ],
    );
    for direction in [Direction::TooLow, Direction::TooHigh] {
        let word = match direction {
            Direction::TooLow => Cell::text("too low", "偏低"),
            Direction::TooHigh => Cell::text("too high", "偏高"),
        };
        let of_direction = moves.customers.iter().filter(|customer| customer.direction == direction);
        for customer in of_direction.take(CUSTOMERS) {
            table.rows.push(vec![
                word.clone(),
                Cell::Data(customer.id.clone()),
                Cell::Data(customer.tier.clone()),
                Cell::Data(customer.expected_tier.clone()),
                Cell::Text(customer.segment.clone()),
                Cell::number(Some(customer.value), Style::Plain),
                Cell::number(Some(customer.expected_value), Style::Plain),
            ]);
        }
    }
    let said = match (moves.n_too_low.value(), moves.n_too_high.value()) {
        (Some(&low), Some(&high)) => {
            let look = noun(low, "customer looks", "customers look");
            let (low, high) = (count(low), count(high));
            Text::new(
                format!("{low} {look} too low, {high} too high; ranked in disagreements.parquet"),
                format!("{low} 名客户等级偏低，{high} 名偏高；完整排序见 disagreements.parquet"),
            )
        }
        _ => moves_held_back(&moves.tier),
    };
    let blocks = vec![Block::Table(table), Block::Paragraph(said)];
    Section::new("moves", ("Tiers to look at", "需复核的等级"), blocks)
}
