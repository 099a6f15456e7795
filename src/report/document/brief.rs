//! The report on one screen: what a run ends with in a terminal.

use super::overview::{archetype, moves_held_back, verdict_in_words};
use super::tiers::nothing_told;
use super::{Block, Cell, Document, Section, Style, Table, in_both, refit, shown};
use crate::figures::{count, percent};
use crate::language::noun;
use crate::limits::{readable_bytes, readable_seconds};
use crate::report::REPORT_FILE;
use crate::report::candidates::{found_by, steadiness};
use crate::sharing::{SharedCandidate, SharedOutcome, SharedRate, SharedRun};
use crate::{Language, Text, Warning};

/// Lines about tiers, at most.
const TIER_LINES: usize = 5;
/// Sentences about one tier, at most.
const PER_TIER: usize = 2;
/// Candidates named, at most.
const CANDIDATES: usize = 3;
/// Columns named by a warning that is told of several, at most.
const COLUMNS: usize = 6;

impl Document {
    /// What of the report on a run fits one screen, with where its files are.
    pub fn brief(run: &SharedRun) -> Document {
        Document::screen(run, Some(files(run)))
    }

    /// [`brief`](Document::brief) for who holds the run itself: it does not say where the files are.
    pub fn summary(run: &SharedRun) -> Document {
        Document::screen(run, None)
    }

    fn screen(run: &SharedRun, files: Option<Text>) -> Document {
        let (words, evidence) = verdict_in_words(run);
        let sections = [
            ("overview", ("", ""), vec![Block::Aside(facts(run)), Block::Lead(words, evidence)]),
            ("segments", ("Segments", "客群"), vec![Block::Table(segments_table(run))]),
            ("refit", ("Since the run before", "与上次运行相比"), list(refit::brief(run))),
            ("tiers", ("Tiers", "等级"), list(tiers(run))),
            ("outcome", ("Outcome", "结果"), list(run.outcome.iter().map(|found| outcome(run, found)).collect())),
            ("look", ("What to look at", "值得关注"), look(run)),
            ("files", ("", ""), legend(run).into_iter().chain(files).map(Block::Paragraph).collect()),
        ];
        let section = |(id, title, blocks): (&str, (&str, &str), Vec<Block>)| Section {
            id: id.to_owned(),
            title: Text::new(title.0, title.1),
            blocks,
        };
        Document {
            title: run.source.clone(),
            language: run.language,
            run_id: run.run_id.clone(),
            version: String::new(),
            sections: sections.into_iter().filter(|section| !section.2.is_empty()).map(section).collect(),
        }
    }
}

fn list(texts: Vec<Text>) -> Vec<Block> {
    if texts.is_empty() { Vec::new() } else { vec![Block::List(texts)] }
}

/// What was read, and what it took.
fn facts(run: &SharedRun) -> Vec<(Text, Vec<Cell>)> {
    let counted = |n: u64, [one, many]: [&str; 2], zh: &str| {
        (Text::new(noun(n, one, many), zh), vec![Cell::number(Some(n as f64), Style::Count)])
    };
    let said = |text: String| (Text::new("", ""), vec![Cell::Data(text)]);
    let mut facts = vec![
        counted(run.n_customers as u64, ["customer", "customers"], "位客户"),
        counted(run.features.len() as u64, ["feature", "features"], "个特征"),
    ];
    let dropped = (run.n_customers - run.n_clustered) as u64;
    if dropped > 0 {
        facts.push(counted(dropped, ["not clustered: missing values"; 2], "位因缺失值未参与聚类"));
    }
    facts.push(said(readable_seconds(run.seconds)));
    facts.extend(run.peak_memory.map(|bytes| said(readable_bytes(bytes))));
    facts
}

/// The segments with size, share, value and archetype.
pub(super) fn segments_table(run: &SharedRun) -> Table {
    let with_value = run.clusters.iter().any(|cluster| cluster.value_share.known().is_some());
    let mut table = Table::new(("", ""), [("", ""), ("segment", "客群"), ("customers", "客户"), ("share", "占比")]);
    table.headings.extend(with_value.then(|| Text::new("value", "价值")));
    table.headings.extend([Text::new("archetype", "原型"), Text::new("score", "得分")]);
    for cluster in &run.clusters {
        let share = |value: Option<f64>, shown| Cell::number(value, Style::Percent).if_shown(shown);
        let mut row = vec![
            Cell::Data(cluster.id.clone().unwrap_or_default()),
            Cell::Text(cluster.name.clone()),
            Cell::number(cluster.size.value().map(|&size| size as f64), Style::Count).if_shown(cluster.size.is_shown()),
            share(cluster.share.value().copied(), cluster.share.is_shown()),
        ];
        row.extend(with_value.then(|| share(cluster.value_share.known(), cluster.value_share.is_shown())));
        // Those who are in no segment have no archetype to miss.
        row.push(
            cluster.id.as_ref().map_or(Cell::Empty, |id| Cell::Text(archetype(run, id, cluster.archetype.as_deref()))),
        );
        row.push(Cell::number(cluster.score, Style::Decimal(2)));
        table.rows.push(row);
    }
    table
}

/// How every tier and the segments agree, what is at stake, and whose tier to look at.
fn tiers(run: &SharedRun) -> Vec<Text> {
    let mut lines: Vec<Text> = Vec::new();
    for comparison in run.comparisons_of_segments() {
        match &comparison.sentences[..] {
            [] => lines.push(nothing_told(run, comparison)),
            sentences => lines.extend(sentences.iter().take(PER_TIER).cloned()),
        }
    }
    lines.truncate(TIER_LINES);
    if let Some(moves) = &run.moves {
        lines.truncate(TIER_LINES - 1);
        let tier = &moves.tier;
        lines.push(match (moves.n_too_low.value(), moves.n_too_high.value()) {
            (Some(&low), Some(&high)) => {
                let (low, high) = (count(low), count(high));
                Text::new(
                    format!("{tier}: {low} look too low, {high} too high; ranked in disagreements.parquet"),
                    format!("“{tier}”：{low} 名客户偏低，{high} 名偏高；排序见 disagreements.parquet"),
                )
            }
            _ => moves_held_back(tier),
        });
    }
    lines
}

/// The outcome of all customers, and of the segments where it is least and most common.
fn outcome(run: &SharedRun, outcome: &SharedOutcome) -> Text {
    let told = outcome.segments.iter().filter_map(|segment| Some((segment, segment.rate.known()?)));
    let mut told: Vec<(&SharedRate, f64)> = told.collect();
    told.sort_by(|a, b| a.1.total_cmp(&b.1));
    let named = |(segment, rate): &(&SharedRate, f64), language| {
        let id = segment.cluster.map_or_else(String::new, |cluster| format!("{} ", run.id_of(cluster)));
        (percent(*rate), format!("{id}{}", segment.name.get(language)))
    };
    let (column, positive) = (&outcome.column, &outcome.positive);
    let all = outcome.rate.known().map_or_else(|| "*".to_owned(), percent);
    in_both(|language| {
        let of_all = match language {
            Language::En => format!("{column} = {positive}: {all} of all customers"),
            Language::Zh => format!("{column} = {positive}：占全部客户的 {all}"),
        };
        let [lowest, .., highest] = &told[..] else { return of_all };
        let ((low, low_name), (high, high_name)) = (named(lowest, language), named(highest, language));
        match language {
            Language::En => format!("{of_all}, from {low} in {low_name} to {high} in {high_name}"),
            Language::Zh => format!("{of_all}；最低 {low_name}，{low}；最高 {high_name}，{high}"),
        }
    })
}

/// What the sign of a held-back figure means, where there is one.
fn legend(run: &SharedRun) -> Option<Text> {
    let hidden = run.clusters.iter().any(|cluster| !cluster.size.is_shown())
        || run.new_segments.candidates.iter().any(|candidate| !candidate.size.is_shown())
        || run.outcome.iter().any(|outcome| !outcome.rate.is_shown());
    hidden.then(|| shown::note(run.min_cell))
}

/// Candidates for new segments and warnings.
fn look(run: &SharedRun) -> Vec<Block> {
    let found: Vec<&SharedCandidate> = run.new_segments.candidates.iter().filter(|one| one.is_news()).collect();
    let mut lines: Vec<Text> = found.iter().take(CANDIDATES).map(|candidate| candidate_line(candidate)).collect();
    if let Some(rest @ 1..) = found.len().checked_sub(CANDIDATES) {
        lines.push(Text::new(
            format!("and {rest} more candidates for new segments"),
            format!("另有 {rest} 个候选新客群"),
        ));
    }
    let mut blocks = list(lines);
    let warnings = warnings(&run.warnings);
    if !warnings.is_empty() {
        blocks.push(Block::Warnings(warnings));
    }
    blocks
}

fn candidate_line(candidate: &SharedCandidate) -> Text {
    let held_back = || "*".to_owned();
    let size = candidate.size.value().map_or_else(held_back, |&size| count(size as u64));
    let share = candidate.share.value().map_or_else(held_back, |&share| percent(share));
    let (id, name) = (&candidate.id, &candidate.name);
    let found = in_both(|language| match candidate.stability {
        Some(stability) => {
            [found_by(candidate.found_in, language), steadiness(stability, language)].join(language.say(", ", "，"))
        }
        None => found_by(candidate.found_in, language).to_owned(),
    });
    Text::new(
        format!("candidate for a new segment {id} {}: {size} customers, {share}, {}", name.en, found.en),
        format!("候选新客群 {id} {}：{size} 位客户，{share}，{}", name.zh, found.zh),
    )
}

/// One line a kind: what the first says, and the columns that the others are about.
fn warnings(all: &[Warning]) -> Vec<Text> {
    let mut lines = Vec::new();
    for (i, first) in all.iter().enumerate() {
        if all[..i].iter().any(|other| other.code == first.code) {
            continue;
        }
        let others: Vec<&Warning> = all[i + 1..].iter().filter(|other| other.code == first.code).collect();
        lines.push(if others.is_empty() { first.message.clone() } else { with_others(first, &others) });
    }
    lines
}

fn with_others(first: &Warning, others: &[&Warning]) -> Text {
    let columns: Vec<&str> = others.iter().filter_map(|other| other.evidence.get("column")?.as_str()).collect();
    let n = others.len();
    let Text { en, zh } = &first.message;
    if columns.len() < n {
        return Text::new(format!("{en} (and {n} more of this kind)"), format!("{zh}（另有 {n} 条同类警告）"));
    }
    // The first names its own column.
    let named = &columns[..n.min(COLUMNS - 1)];
    let rest = n - named.len();
    let (rest_en, rest_zh) = match rest {
        0 => (String::new(), String::new()),
        _ => (format!(" and {rest} more"), format!(" 等 {n} 列")),
    };
    Text::new(
        format!("{en} (likewise {}{rest_en})", named.join(", ")),
        format!("{zh}（{}{rest_zh} 亦然）", named.join("、")),
    )
}

/// Where everything is.
fn files(run: &SharedRun) -> Text {
    in_both(|language| {
        let more = language.say("; --full prints every table", "；--full 输出全部表格");
        format!("{}{more}", recorded(run, language))
    })
}

/// The folder of the run, and its page if there is one.
pub(super) fn recorded(run: &SharedRun, language: Language) -> String {
    let page = run.path.join(REPORT_FILE).is_file();
    let opened = language.say("; open report.html there in a browser", "；可在浏览器中打开其中的 report.html");
    let recorded = language.say("recorded in", "已记录于");
    format!("{recorded} {}{}", run.path.display(), if page { opened } else { "" })
}
