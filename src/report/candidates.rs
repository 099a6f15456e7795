//! The part of the summary that speaks of new segments.

use super::Table;
use super::figures::{count, decimal, percent};
use crate::Language;
use crate::cluster::stability::{Stability, Steadiness};
use crate::label::FoundIn;
use crate::sharing::{SharedCandidate, SharedRun, Shown};

/// Candidates shown, at most.
const SHOWN: usize = 8;

/// The table of candidates; `None` when there are none.
pub(super) fn candidates(run: &SharedRun, width: Option<usize>) -> Option<String> {
    let language = run.language;
    let say = |en: &'static str, zh: &'static str| match language {
        Language::En => en,
        Language::Zh => zh,
    };
    let new: Vec<&SharedCandidate> = run.new_segments.candidates.iter().filter(|one| one.is_news()).collect();
    if new.is_empty() {
        return None;
    }
    let with_value = new.iter().any(|candidate| !matches!(candidate.value_share, Shown::Value(None)));
    let mut headings =
        vec!["", say("name", "名称"), say("found by", "来源"), say("customers", "客户"), say("share", "占比")];
    if with_value {
        headings.push(say("value", "价值"));
    }
    headings.extend([say("stability", "稳定性"), ""]);
    let mut table = Table::new(headings);
    for candidate in new.iter().take(SHOWN) {
        let dash = || "–".to_owned();
        let mut row = vec![
            candidate.id.clone(),
            candidate.name.get(language).to_owned(),
            found_by(candidate.found_in, language).to_owned(),
            candidate.size.value().map_or_else(|| "*".to_owned(), |&size| count(size as u64)),
            candidate.share.value().map_or_else(dash, |&share| percent(share)),
        ];
        if with_value {
            row.push(candidate.value_share.known().map_or_else(dash, percent));
        }
        row.push(candidate.stability.map_or_else(dash, |stability| decimal(Some(stability.jaccard), 2)));
        row.push(candidate.stability.map_or("", |stability| steadiness(stability, language)).to_owned());
        table.row(row);
    }
    let mut lines = vec![
        format!("\x1b[1m{}\x1b[0m", say("Candidates for new segments", "候选新客群")),
        table.within(width).to_string(),
    ];
    if let Some(rest @ 1..) = new.len().checked_sub(SHOWN) {
        lines.push(match language {
            Language::En => format!("and {rest} more in segments.json"),
            Language::Zh => format!("另有 {rest} 个，见 segments.json"),
        });
    }
    Some(lines.join("\n"))
}

pub(super) fn found_by(found_in: FoundIn, language: Language) -> &'static str {
    match found_in {
        FoundIn::Clustering(algorithm) => algorithm.words(language),
        FoundIn::Noise => language.say("noise", "噪声"),
    }
}

pub(super) fn steadiness(stability: Stability, language: Language) -> &'static str {
    let (en, zh) = match stability.verdict {
        Steadiness::HighlyStable => ("highly stable", "高度稳定"),
        Steadiness::Valid => ("stable", "稳定"),
        Steadiness::Pattern => ("a pattern", "仅有迹象"),
        Steadiness::Dissolved => ("dissolves", "不稳定"),
    };
    match language {
        Language::En => en,
        Language::Zh => zh,
    }
}
