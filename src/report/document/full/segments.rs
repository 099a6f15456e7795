//! The segments, candidates for new ones, and every k.

use super::super::brief::segments_table;
use super::super::{Block, Cell, Mark, Section, Style, Table, in_both, shown};
use crate::figures::{percent, plain};
use crate::report::candidates::{found_by, steadiness};
use crate::sharing::{SharedCandidate, SharedCluster, SharedK, SharedLevel, SharedRun, SharedTopFeature, Shown};
use crate::{Language, Text};

/// Candidates shown, at most.
const CANDIDATES: usize = 8;
/// Features named beside a segment.
const NAMED_FEATURES: usize = 3;
/// Levels of categories named beside a segment.
const NAMED_LEVELS: usize = 2;

/// The table of segments.
pub(super) fn segments(run: &SharedRun) -> Section {
    Section::new("segments", ("Segments", "客群"), vec![Block::Table(segments_table(run))])
}

/// What is distinctive of every segment; `None` where nothing is.
pub(super) fn distinctive(run: &SharedRun) -> Option<Section> {
    let facts: Vec<(Text, Vec<Cell>)> =
        run.clusters.iter().filter_map(|cluster| most_distinctive(run, cluster)).collect();
    let title = ("Distinctive features", "突出特征");
    // Nothing sets customers apart from nobody.
    (!facts.is_empty() && run.clusters.len() > 1).then(|| Section::new("distinctive", title, vec![Block::Facts(facts)]))
}

/// Its strongest features; of a small one without the medians.
fn most_distinctive(run: &SharedRun, cluster: &SharedCluster) -> Option<(Text, Vec<Cell>)> {
    let id = cluster.id.as_ref()?;
    let words = in_both(|language| {
        let features = cluster.top_features.iter().take(NAMED_FEATURES);
        let features = features.map(|top| feature(run, cluster, top, language));
        features.chain(levels(cluster, language)).collect::<Vec<_>>().join(language.say(", ", "，"))
    });
    (!words.en.is_empty()).then(|| (Text::new(id, id), vec![Cell::Text(words)]))
}

fn feature(run: &SharedRun, cluster: &SharedCluster, top: &SharedTopFeature, language: Language) -> String {
    let arrow = match top.position {
        a if a >= 0.8 => "▲▲",
        a if a >= 0.6 => "▲",
        a if a <= 0.2 => "▼▼",
        a if a <= 0.4 => "▼",
        _ => "·",
    };
    let shown = top.median.known().filter(|_| cluster.size.is_shown());
    let median = shown.map(|median| format!(" {}", plain(median))).unwrap_or_default();
    format!("{} {arrow}{median}", run.words(&top.feature, language))
}

/// The levels of clustered categories that are much more common than elsewhere, where they may be told.
fn levels(cluster: &SharedCluster, language: Language) -> Vec<String> {
    let levels = cluster.portrait.iter().flat_map(|portrait| &portrait.attributes);
    let word = |level: &SharedLevel| {
        let (&share, &h) = level.share.value().zip(level.h.value())?;
        let is_common = level.clustered && share >= 0.5 && h > 0.0;
        let name = level.level.as_deref().unwrap_or(language.say("missing", "缺失"));
        is_common.then(|| format!("{} = {name} {}", level.attribute, percent(share)))
    };
    levels.filter_map(word).take(NAMED_LEVELS).collect()
}

/// What may be new segments; `None` when nothing may.
pub(super) fn candidates(run: &SharedRun) -> Option<Section> {
    let new: Vec<&SharedCandidate> = run.new_segments.candidates.iter().filter(|one| one.is_news()).collect();
    let with_value = new.iter().any(|candidate| !matches!(candidate.value_share, Shown::Value(None)));
    let mut table = Table::new(
        ("", ""),
        [("", ""), ("name", "名称"), ("found by", "来源"), ("customers", "客户"), ("share", "占比")],
    );
    table.headings.extend(with_value.then(|| Text::new("value", "价值")));
    table.headings.extend([Text::new("stability", "稳定性"), Text::new("", "")]);
    table.rows = new.iter().take(CANDIDATES).map(|candidate| row(candidate, with_value)).collect();
    let mut blocks = vec![Block::Table(table)];
    if let Some(rest @ 1..) = new.len().checked_sub(CANDIDATES) {
        blocks.push(Block::Paragraph(Text::new(
            format!("and {rest} more in segments.json"),
            format!("另有 {rest} 个，见 segments.json"),
        )));
    }
    let title = ("Candidates for new segments", "候选新客群");
    (!new.is_empty()).then(|| Section::new("candidates", title, blocks))
}

fn row(candidate: &SharedCandidate, with_value: bool) -> Vec<Cell> {
    let stability = candidate.stability;
    let word = stability.map(|stability| in_both(|language| steadiness(stability, language).to_owned()));
    let mut row = vec![
        Cell::Data(candidate.id.clone()),
        Cell::Text(candidate.name.clone()),
        Cell::Text(in_both(|language| found_by(candidate.found_in, language).to_owned())),
        Cell::number(candidate.size.value().map(|&size| size as f64), Style::Count).if_shown(candidate.size.is_shown()),
        shown::known(candidate.share, Style::Percent),
    ];
    row.extend(with_value.then(|| shown::figure(candidate.value_share, Style::Percent)));
    row.push(Cell::number(stability.map(|stability| stability.jaccard), Style::Decimal(2)));
    row.push(Cell::Text(word.unwrap_or(Text::new("", ""))));
    row
}

/// What was measured of every k.
pub(super) fn ks(run: &SharedRun) -> Section {
    let mut table = Table::new(
        ("", ""),
        [
            ("k", "k"),
            ("silhouette", "轮廓系数"),
            ("excess", "超出参照"),
            ("Calinski-Harabasz", "Calinski-Harabasz"),
            ("Davies-Bouldin", "Davies-Bouldin"),
            ("inertia", "惯性"),
            ("smallest", "最小占比"),
            ("stability", "稳定性"),
            ("", ""),
        ],
    );
    table.rows = run.k_table.iter().map(|row| k_row(row, row.k == run.k)).collect();
    Section::new("k", ("How many clusters", "聚类数"), vec![Block::Table(table)])
}

fn k_row(row: &SharedK, is_chosen: bool) -> Vec<Cell> {
    vec![
        Cell::Data(row.k.to_string()),
        Cell::number(row.silhouette, Style::Decimal(3)),
        Cell::number(row.excess, Style::Decimal(3)),
        Cell::number(row.calinski_harabasz, Style::Plain),
        Cell::number(row.davies_bouldin, Style::Decimal(3)),
        Cell::number(Some(row.inertia), Style::Plain),
        shown::known(row.smallest_share, Style::Percent),
        Cell::number(row.weakest_stability, Style::Decimal(2)),
        match (is_chosen, row.admissible) {
            (true, _) => Cell::Mark(Mark::Chosen),
            (false, false) => Cell::Mark(Mark::Inadmissible),
            (false, true) => Cell::text("", ""),
        },
    ]
}
