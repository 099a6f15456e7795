//! Since the run before: what happened to the segments, who moved, and whether the run took its place.

use super::{Block, Cell, Section, Style, Table};
use crate::Text;
use crate::refit::{Decision, Outcome, ViewKind};
use crate::report::figures::count;
use crate::sharing::{SharedAccount, SharedEvent, SharedName, SharedRefit, SharedRun, Shown};

/// Features named, at most.
const NAMED: usize = 4;
/// Sentences on one screen, at most.
const LINES: usize = 5;

/// The section; `None` when the run continues none.
pub(super) fn refit(run: &SharedRun) -> Option<Section> {
    let refit = run.refit.as_ref()?;
    let mut blocks = vec![Block::List(sentences(refit))];
    if !refit.accounts.is_empty() {
        blocks.push(Block::Table(accounts(refit)));
        blocks.push(Block::Table(migration(refit).closed()));
    }
    if !refit.drifted.is_empty() {
        blocks.push(Block::Table(drifted(refit).closed()));
    }
    if let Some(table) = gate(refit) {
        blocks.push(Block::Table(table.closed()));
    }
    Some(Section::new("refit", ("Since the run before", "与上次运行相比"), blocks))
}

/// What is said on one screen.
pub(super) fn brief(refit: &SharedRefit) -> Vec<Text> {
    let mut lines = sentences(refit);
    if lines.len() > LINES {
        let n = lines.len() - LINES + 1;
        let last = lines.pop();
        lines.truncate(LINES - 2);
        lines.push(Text::new(format!("and {n} more, in the report"), format!("另有 {n} 条，见报告")));
        lines.extend(last);
    }
    lines
}

/// What happened, most telling first; what the gate says last.
fn sentences(refit: &SharedRefit) -> Vec<Text> {
    let mut sentences = Vec::new();
    let survived: Vec<&SharedEvent> = of_kind(refit, Outcome::Survived).collect();
    if !refit.events.is_empty() {
        let n_before = refit.events.iter().map(|event| event.from.len()).sum::<usize>();
        sentences.push(went_on(&survived, n_before, &refit.against));
    }
    sentences.extend(refit.events.iter().filter(|event| event.kind != Outcome::Survived).map(happened));
    sentences.extend(survived.iter().filter(|event| event.is_doubtful).map(|event| {
        let (en, zh) = both(&event.from);
        Text::new(format!("{en}: few customers decide that it went on"), format!("{zh}：判定其延续的客户很少"))
    }));
    sentences.extend(refit.nearer.iter().map(|(id, name)| {
        Text::new(
            format!("{id} is now nearer to {:?}; it is renamed when the next run says so too", name.en),
            format!("{id} 现更接近“{}”；若下次运行亦如此，则改用该名", name.zh),
        )
    }));
    sentences.extend(view(refit.view));
    sentences.extend(drift(refit));
    sentences.extend(refit.changed.iter().cloned());
    sentences.extend(decision(refit));
    sentences
}

fn of_kind(refit: &SharedRefit, kind: Outcome) -> impl Iterator<Item = &SharedEvent> {
    refit.events.iter().filter(move |event| event.kind == kind)
}

fn went_on(survived: &[&SharedEvent], n_before: usize, against: &str) -> Text {
    let n = survived.len();
    if n == n_before {
        return Text::new(
            format!("all {n} segments of {against} went on under their ids and names"),
            format!("{against} 的 {n} 个客群全部沿用原标识和名称"),
        );
    }
    Text::new(
        format!("{n} of the {n_before} segments of {against} went on under their ids and names"),
        format!("{against} 的 {n_before} 个客群中有 {n} 个沿用原标识和名称"),
    )
}

/// What happened to segments that did not simply go on.
fn happened(event: &SharedEvent) -> Text {
    let ((from, from_zh), (to, to_zh)) = (both(&event.from), both(&event.to));
    let (part, part_zh) = match event.forward.known() {
        Some(of_100) => (format!(" ({of_100} % of its customers)"), format!("（占其客户的 {of_100}%）")),
        None => (String::new(), String::new()),
    };
    let (en, zh) = match event.kind {
        Outcome::Survived => (format!("{from} went on"), format!("{from_zh} 得以延续")),
        Outcome::Split => (format!("{from} split into {to}{part}"), format!("{from_zh} 分裂为 {to_zh}{part_zh}")),
        Outcome::Merged => (format!("{from} merged into {to}"), format!("{from_zh} 合并为 {to_zh}")),
        Outcome::Vanished => (format!("{from} vanished"), format!("{from_zh} 消失")),
        Outcome::Emerged => (format!("{to} is new"), format!("{to_zh} 是新客群")),
        Outcome::Revived => (format!("{to} is back"), format!("{to_zh} 重新出现")),
    };
    match event.is_doubtful {
        true => Text::new(en + "; few customers decide that", zh + "；判定依据的客户很少"),
        false => Text::new(en, zh),
    }
}

fn both(names: &[SharedName]) -> (String, String) {
    let listed = |name: fn(&SharedName) -> &str, and: &str| {
        names.iter().map(|one| format!("{} {}", one.segment_id, name(one))).collect::<Vec<_>>().join(and)
    };
    (listed(|one| &one.name.en, " and "), listed(|one| &one.name.zh, "、"))
}

/// How the runs were held against each other, where that says something of the table.
fn view(view: Option<ViewKind>) -> Option<Text> {
    match view {
        None => Some(Text::new(
            "the run could not be held against the one before; its segments are numbered anew",
            "无法与上次运行对照，客群重新编号",
        )),
        Some(ViewKind::Rule) => None,
        Some(ViewKind::Standing) => Some(Text::new(
            "the whole table moved: customers keep their standing, at other values",
            "全表整体移动：客户的相对位置不变，数值不同",
        )),
        Some(ViewKind::People) => Some(Text::new(
            "segments are defined by other values than before; they are followed by their customers",
            "客群的定义已不同，按客户归属追踪",
        )),
    }
}

/// The features of all customers that have drifted.
fn drift(refit: &SharedRefit) -> Option<Text> {
    let of_all = refit.drifted.iter().filter(|drift| drift.segment.is_none());
    let mut features: Vec<&str> = of_all.map(|drift| drift.feature.as_str()).collect();
    features.dedup();
    let more = features.len().saturating_sub(NAMED);
    features.truncate(NAMED);
    if features.is_empty() {
        return None;
    }
    let (more, more_zh) = match more {
        0 => (String::new(), String::new()),
        n => (format!(" and {n} more"), format!(" 等，另有 {n} 个")),
    };
    Some(Text::new(
        format!("drifted since, beyond chance: {}{more}", features.join(", ")),
        format!("发生漂移（超出偶然）：{}{more_zh}", features.join("、")),
    ))
}

/// What has drifted, where, and by how much.
fn drifted(refit: &SharedRefit) -> Table {
    let mut table = Table::new(
        (
            "Features that have drifted; effect in standard deviations of before, of levels Cramér's V",
            "发生漂移的特征；效应以之前的标准差计，类别以 Cramér's V 计",
        ),
        [("feature", "特征"), ("customers of", "客户"), ("PSI or V", "PSI 或 V"), ("effect", "效应")],
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
            Cell::number(drift.value, Style::Decimal(2)),
            Cell::number(drift.effect, Style::Decimal(2)),
        ]);
    }
    table
}

fn decision(refit: &SharedRefit) -> Option<Text> {
    let gate = refit.gate.as_ref()?;
    let alias = &gate.alias;
    if gate.decision == Decision::Promote {
        return Some(Text::new(format!("promoted: {alias} is this run now"), format!("通过：{alias} 现指向本次运行")));
    }
    let said: Vec<Text> = gate.failed().map(crate::refit::Rule::said).collect();
    let reasons = |of: fn(&Text) -> &str, gap: &str| said.iter().map(of).collect::<Vec<_>>().join(gap);
    Some(Text::new(
        format!("held: {}; {alias} stays", reasons(|text| &text.en, "; ")),
        format!("未通过：{}；{alias} 不变", reasons(|text| &text.zh, "；")),
    ))
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
    table.rows = refit.accounts.iter().map(account).collect();
    table
}

fn account(account: &SharedAccount) -> Vec<Cell> {
    let named = |one: &SharedName| {
        let named = |name: &str| format!("{} {name}", one.segment_id);
        Text::new(named(&one.name.en), named(&one.name.zh))
    };
    let name = account.segment.as_ref().map_or_else(|| Text::new("no segment", "无客群"), named);
    let total = |n: Shown<i64>| written(n.map(|n| count(n as u64)));
    let change = |n: Shown<i64>| {
        written(n.map(|n| match n {
            0 => "0".to_owned(),
            n if n > 0 => format!("+{}", count(n as u64)),
            n => format!("−{}", count(n.unsigned_abs())),
        }))
    };
    vec![
        Cell::Text(name),
        total(account.before),
        change(account.moved),
        change(account.joined),
        change(account.left),
        change(account.redefined),
        total(account.after),
    ]
}

fn written(text: Shown<String>) -> Cell {
    match text {
        Shown::Value(text) => Cell::Data(text),
        Shown::HeldBack => Cell::HeldBack,
    }
}

/// Who went where.
fn migration(refit: &SharedRefit) -> Table {
    let moved = &refit.migration;
    let mut table =
        Table::new(("Customers from (rows) to (columns)", "客户去向：行为之前，列为现在"), [("from", "之前")]);
    let label = |label: &Option<String>| match label {
        Some(id) => Text::new(id, id),
        None => Text::new("no segment", "无客群"),
    };
    table.headings.extend(moved.to.iter().map(label));
    table.headings.push(Text::new("left", "流失"));
    let cell = |n: &Shown<u64>| written(n.map(count));
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
            Cell::number(rule.value, Style::Decimal(3)),
            Cell::number(Some(rule.limit), Style::Decimal(3)),
            Cell::Text(holds),
        ]);
    }
    Some(table)
}
