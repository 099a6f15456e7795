//! Since the run before: what happened to the segments, who moved, and whether the run took its place.

use super::changes::{Words, drift_of_segments, in_detail, in_short};
use super::{Block, Cell, Section, Style, Table, alluvial, shown, words};
use crate::Text;
use crate::refit::SegmentId;
use crate::report::chart::Picture;
use crate::sharing::{SharedAccount, SharedName, SharedRefit, SharedRun, Shown};

/// What the table of who went where shows.
const MIGRATION: (&str, &str) = ("Customers from (rows) to (columns)", "客户去向：行为之前，列为现在");

/// The section; `None` when the run continues none.
pub(super) fn refit(run: &SharedRun) -> Option<Section> {
    let refit = run.refit.as_ref()?;
    let blocks = blocks(refit, &|column| words(run, column), &|id| place(run, id));
    Some(Section::new("refit", ("Since the run before", "与上次运行相比"), blocks))
}

/// The place of a segment among those of the run.
fn place(run: &SharedRun, id: SegmentId) -> Option<usize> {
    run.segments.iter().position(|segment| segment.segment_id == id.to_string())
}

/// Who went where, as a picture.
pub(super) fn flows(run: &SharedRun) -> Option<Picture> {
    alluvial::alluvial(run.refit.as_ref()?, &|id| place(run, id))
}

/// What is said on one screen.
pub(super) fn brief(run: &SharedRun) -> Vec<Text> {
    run.refit.iter().flat_map(|refit| in_short(refit, &|column| words(run, column))).collect()
}

/// Whether a table is the one of who went where.
pub(super) fn is_migration(table: &Table) -> bool {
    table.caption.en == MIGRATION.0
}

/// Five sentences, the picture, and every table.
pub(super) fn blocks(refit: &SharedRefit, words: Words<'_>, colour: &dyn Fn(SegmentId) -> Option<usize>) -> Vec<Block> {
    let mut blocks = vec![Block::List(in_short(refit, words))];
    blocks.extend(alluvial::alluvial(refit, colour).map(|picture| Block::Pictures(vec![picture])));
    if !refit.accounts.is_empty() {
        blocks.push(Block::Table(accounts(refit)));
        blocks.push(Block::Table(migration(refit).closed()));
    }
    let detail: Vec<Text> = in_detail(refit).into_iter().chain(drift_of_segments(refit, words)).collect();
    if !detail.is_empty() {
        blocks.push(Block::Heading(Text::new("In detail", "详情")));
        blocks.push(Block::List(detail));
    }
    if !refit.drifted.is_empty() {
        blocks.push(Block::Table(drifted(refit).closed()));
    }
    if let Some(table) = gate(refit) {
        blocks.push(Block::Table(table.closed()));
    }
    blocks
}

/// What has drifted, where, and by how much.
fn drifted(refit: &SharedRefit) -> Table {
    let mut table = Table::new(
        (
            "Features that have drifted; effect in standard deviations of before, of levels Cramér's V; of missing values their share",
            "发生漂移的特征；效应以之前的标准差计，类别以 Cramér's V 计；缺失值为其占比",
        ),
        [
            ("feature", "特征"),
            ("customers of", "客户"),
            ("PSI", "PSI"),
            ("effect", "效应"),
            ("median before", "之前中位数"),
            ("median now", "现在中位数"),
        ],
    );
    for drift in &refit.drifted {
        let of = match &drift.segment {
            Some(name) => Text::new(
                format!("{} {}", name.segment_id, name.name.en),
                format!("{} {}", name.segment_id, name.name.zh),
            ),
            None => Text::new("all", "全部"),
        };
        table.rows.push(vec![
            Cell::Data(drift.feature.clone()),
            Cell::Text(of),
            shown::figure(drift.value, Style::Decimal(2)),
            shown::figure(drift.effect, Style::Decimal(2)),
            shown::figure(drift.before, Style::Plain),
            shown::figure(drift.now, Style::Plain),
        ]);
    }
    table
}

/// Per segment, where its customers come from and went.
fn accounts(refit: &SharedRefit) -> Table {
    let mut table = Table::new(
        (
            "Customers: before + moved + joined + left + redefined = now",
            "客户数：之前 + 移动 + 新增 + 流失 + 重新定义 = 现在",
        ),
        [
            ("segment", "客群"),
            ("before", "之前"),
            ("moved", "移动"),
            ("joined", "新增"),
            ("left", "流失"),
            ("redefined", "重新定义"),
            ("now", "现在"),
        ],
    );
    let has_value = refit.accounts.iter().any(|account| account.value_share.exists());
    if has_value {
        table.headings.push(Text::new("value before", "之前价值占比"));
        table.headings.push(Text::new("value now", "现在价值占比"));
    }
    table.rows = refit.accounts.iter().map(|one| account(one, has_value)).collect();
    table
}

fn account(account: &SharedAccount, has_value: bool) -> Vec<Cell> {
    let named = |one: &SharedName| {
        let named = |name: &str| format!("{} {name}", one.segment_id);
        Text::new(named(&one.name.en), named(&one.name.zh))
    };
    let name = account.segment.as_ref().map_or_else(|| Text::new("no segment", "无客群"), named);
    let figure = |n: Shown<i64>, style| shown::known(n.map(|n| n as f64), style);
    let (total, change) = (|n| figure(n, Style::Count), |n| figure(n, Style::Change));
    let mut cells = vec![
        Cell::Text(name),
        total(account.before),
        change(account.moved),
        change(account.joined),
        change(account.left),
        change(account.redefined),
        total(account.after),
    ];
    if has_value {
        cells.extend(
            [account.value_share_before, account.value_share].map(|share| shown::figure(share, Style::Percent)),
        );
    }
    cells
}

/// Who went where.
fn migration(refit: &SharedRefit) -> Table {
    let moved = &refit.migration;
    let mut table = Table::new(MIGRATION, [("from", "之前")]);
    let label = |label: &Option<String>| match label {
        Some(id) => Text::new(id, id),
        None => Text::new("no segment", "无客群"),
    };
    table.headings.extend(moved.to.iter().map(label));
    table.headings.push(Text::new("left", "流失"));
    let cell = |n: &Shown<u64>| shown::customers(*n);
    for ((from, counts), left) in moved.from.iter().zip(&moved.counts).zip(&moved.left) {
        let cells = counts.iter().chain([left]).map(cell);
        table.rows.push([Cell::Text(label(from))].into_iter().chain(cells).collect());
    }
    let new = moved.new.iter().map(cell).chain([Cell::Empty]);
    table.rows.push([Cell::Text(Text::new("joined", "新增"))].into_iter().chain(new).collect());
    table
}

/// Every rule of the gate.
fn gate(refit: &SharedRefit) -> Option<Table> {
    let gate = refit.gate.as_ref()?;
    let mut table = Table::new(
        ("What the run was asked before it may take the place of the one before", "接替上次运行须满足的规则"),
        [("rule", "规则"), ("value", "数值"), ("limit", "界限"), ("holds", "满足")],
    );
    for rule in &gate.rules {
        let holds = match rule.passed {
            None => Text::new("does not apply", "不适用"),
            Some(true) => Text::new("yes", "是"),
            Some(false) => Text::new("no", "否"),
        };
        table.rows.push(vec![
            Cell::Text(rule.rule.words()),
            Cell::number(rule.value, Style::Decimal(3)).if_shown(!refit.gate_held_back.contains(&rule.rule)),
            Cell::number(Some(rule.limit), Style::Decimal(3)),
            Cell::Text(holds),
        ]);
    }
    Some(table)
}
