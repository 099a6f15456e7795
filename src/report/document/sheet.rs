//! The tables of a run for a spreadsheet: segments, tiers, candidates, and, inside the company, customers.

use super::overview::archetype;
use super::{Cell, Style, Table, shown};
use crate::report::candidates::{found_by, steadiness};
use crate::sharing::{SharedCluster, SharedComparison, SharedRun, Shown};
use crate::{Language, Text, Warning};

/// A table on a sheet of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub(in crate::report) name: Text,
    pub(in crate::report) table: Table,
}

/// What is told of a customer.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A text.
    Text(Option<String>),
    /// A number.
    Number(Option<f64>),
}

impl From<Entry> for Cell {
    fn from(entry: Entry) -> Cell {
        match entry {
            Entry::Text(text) => text.map_or(Cell::Empty, Cell::Data),
            Entry::Number(number) => Cell::number(number, Style::Plain),
        }
    }
}

impl Sheet {
    /// The segments in order, noise last: size, value, and the median of every described column.
    pub fn segments(run: &SharedRun) -> Sheet {
        let mut table = Table::new(
            ("", ""),
            [
                ("segment_id", "客群编号"),
                ("segment", "客群"),
                ("archetype", "原型"),
                ("score", "得分"),
                ("customers", "客户"),
                ("share", "占比"),
                ("value", "价值"),
                ("share of the value", "价值占比"),
                ("action", "建议行动"),
            ],
        );
        let median = |column: &(String, Text)| {
            let words = &column.1;
            Text::new(format!("median {}", words.en), format!("{}（中位数）", words.zh))
        };
        table.headings.extend(run.words.iter().map(median));
        table.rows = run.clusters.iter().map(|cluster| segment(run, cluster)).collect();
        Sheet { name: Text::new("segments", "客群"), table }
    }

    /// Every tier against the segments: customers, and the tier expected of each segment.
    pub fn tiers(run: &SharedRun) -> Sheet {
        let mut table = Table::new(("", ""), [("tier column", "等级列"), ("tier", "等级")]);
        let compared = run.comparisons_of_segments();
        if let Some(first) = compared.first() {
            let named = first.contingency.clusters.iter().zip(&first.contingency.cluster_names);
            table.headings.extend(named.map(|(cluster, name)| match cluster {
                Some(cluster) => {
                    let id = run.id_of(*cluster);
                    Text::new(format!("{id} {}", name.en), format!("{id} {}", name.zh))
                }
                None => Text::new("noise", "噪声"),
            }));
        }
        table.rows = compared.into_iter().flat_map(tier_rows).collect();
        Sheet { name: Text::new("tiers", "等级"), table }
    }

    /// What may be segments that no catalog knows.
    pub fn candidates(run: &SharedRun) -> Sheet {
        let mut table = Table::new(
            ("", ""),
            [
                ("id", "编号"),
                ("name", "名称"),
                ("found by", "来源"),
                ("customers", "客户"),
                ("share", "占比"),
                ("share of the value", "价值占比"),
                ("stability (Jaccard)", "稳定性（Jaccard）"),
                ("in a word", "评价"),
            ],
        );
        for one in run.new_segments.candidates.iter().filter(|one| one.is_news()) {
            let word = one.stability.map(|s| Text::new(steadiness(s, Language::En), steadiness(s, Language::Zh)));
            table.rows.push(vec![
                Cell::Data(one.id.clone()),
                Cell::Text(one.name.clone()),
                Cell::Text(Text::new(found_by(one.found_in, Language::En), found_by(one.found_in, Language::Zh))),
                shown::number(one.size.value().map(|&size| size as f64), one.size.is_shown(), Style::Count),
                shown::number(one.share.value().copied(), one.share.is_shown(), Style::Percent),
                shown::number(one.value_share.known(), one.value_share.is_shown(), Style::Percent),
                Cell::number(one.stability.map(|s| s.jaccard), Style::Decimal(2)),
                word.map_or(Cell::Empty, Cell::Text),
            ]);
        }
        Sheet { name: Text::new("candidates", "候选客群"), table }
    }

    /// A list of customers, for use inside the company only, which the heading of its first column says too.
    pub fn customers(mut headings: Vec<Text>, rows: Vec<Vec<Entry>>) -> Sheet {
        if let Some(first) = headings.first_mut() {
            *first = Text::new(format!("INTERNAL {}", first.en), format!("内部 {}", first.zh));
        }
        let mut table = Table::new(("", ""), []);
        table.headings = headings;
        table.rows = rows.into_iter().map(|row| row.into_iter().map(Cell::from).collect()).collect();
        Sheet { name: Text::new("customers", "客户"), table }
    }

    /// What the file is and who may see it, as a sheet.
    pub fn about(run: &SharedRun, is_internal: bool) -> Sheet {
        let mut table = Table::new(("", ""), [("about this file", "关于本文件"), ("", "")]);
        let line = |name: Text, value: Cell| vec![Cell::Text(name), value];
        table.rows.push(line(Text::new("run", "运行"), Cell::Data(run.run_id.clone())));
        table.rows.push(line(Text::new("source", "数据来源"), Cell::Data(run.source.clone())));
        let held_back = Text::new(
            format!("* stands for fewer than {} customers, or covers such a cell", run.min_cell),
            format!("* 表示少于 {} 位客户，或为掩护此类单元格而隐去", run.min_cell),
        );
        table.rows.push(line(Text::new("held back", "隐去的数值"), Cell::Text(held_back)));
        let audience = match is_internal {
            true => Text::new(
                "INTERNAL: lists single customers; do not pass it on",
                "仅供内部使用：含逐个客户的名单，请勿外传",
            ),
            false => Text::new("may be shared: no single customers, no small groups", "可以共享：不含单个客户与小群体"),
        };
        table.rows.push(line(Text::new("audience", "使用范围"), Cell::Text(audience)));
        let caution = |caution: &Warning| line(Text::new("caution", "注意"), Cell::Text(caution.message.clone()));
        table.rows.extend(run.caution.as_ref().map(caution));
        Sheet { name: Text::new("about", "说明"), table }
    }

    /// Rows, the headings not counted.
    pub fn n_rows(&self) -> usize {
        self.table.rows.len()
    }
}

fn segment(run: &SharedRun, cluster: &SharedCluster) -> Vec<Cell> {
    let mut row = vec![
        Cell::Data(cluster.id.clone().unwrap_or_default()),
        Cell::Text(cluster.name.clone()),
        match &cluster.id {
            Some(id) => Cell::Text(archetype(run, id, cluster.archetype.as_deref())),
            None => Cell::Empty,
        },
        Cell::number(cluster.score, Style::Decimal(2)),
        shown::number(cluster.size.value().map(|&size| size as f64), cluster.size.is_shown(), Style::Count),
        shown::number(cluster.share.value().copied(), cluster.share.is_shown(), Style::Percent),
        shown::number(cluster.value.known(), cluster.value.is_shown(), Style::Plain),
        shown::number(cluster.value_share.known(), cluster.value_share.is_shown(), Style::Percent),
        cluster.action.clone().map_or(Cell::Empty, Cell::Text),
    ];
    row.extend(run.words.iter().map(|(column, _)| {
        let features = cluster.portrait.iter().flat_map(|portrait| &portrait.features);
        let found = features.filter(|feature| feature.feature == *column).map(|feature| &feature.median).next();
        found.map_or(Cell::Empty, |median| shown::number(median.value().copied(), median.is_shown(), Style::Plain))
    }));
    row
}

fn tier_rows(comparison: &SharedComparison) -> Vec<Vec<Cell>> {
    let column = || Cell::Data(comparison.tier.clone());
    let contingency = &comparison.contingency;
    let customers =
        |count: &Shown<u64>| shown::number(count.value().map(|&n| n as f64), count.is_shown(), Style::Count);
    let counts = contingency.tiers.iter().zip(&contingency.counts).map(|(tier, counts)| {
        [column(), Cell::Data(tier.clone())].into_iter().chain(counts.iter().map(customers)).collect()
    });
    let expected = comparison.expected_tiers.iter().map(shown::name);
    let expected = [column(), Cell::text("expected tier", "预期等级")].into_iter().chain(expected).collect();
    counts.chain([expected]).collect()
}
