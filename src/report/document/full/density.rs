//! What DBSCAN found, in two lines.

use super::super::{Cell, in_both};
use crate::Language;
use crate::figures::{count, decimal, percent};
use crate::language::noun;
use crate::sharing::{SharedAnswer, SharedDensity, SharedRun};

/// Answers to another eps; the page has them all.
const ALTERNATIVES: usize = 2;

/// How many clusters, how much noise, and with which parameters.
pub(super) fn found(run: &SharedRun, dbscan: &SharedDensity) -> Cell {
    let share = |noise: &u64| percent(*noise as f64 / run.n_clustered as f64);
    let noise = dbscan.n_noise.value().map_or_else(|| "–".to_owned(), share);
    let n = dbscan.n_clusters as u64;
    let (clusters, nouns) = (count(n), noun(n, "cluster", "clusters"));
    let (eps, min_samples) = (decimal(Some(dbscan.eps), 3), dbscan.min_samples);
    Cell::Text(in_both(|language| match language {
        Language::En => format!("{clusters} {nouns}, noise {noise} (eps {eps}, min_samples {min_samples})"),
        Language::Zh => format!("{clusters} 个聚类，噪声 {noise}（eps {eps}，min_samples {min_samples}）"),
    }))
}

/// Over which eps DBSCAN finds the same, and what it finds with others.
pub(super) fn other_eps(dbscan: &SharedDensity) -> Option<Cell> {
    if dbscan.is_one_density {
        return Some(Cell::text(
            "no two clusters that are large enough stay apart over a range of eps",
            "没有哪段 eps 区间内有两个足够大且持续分离的聚类",
        ));
    }
    let answer = dbscan.answer.as_ref()?;
    let others = &dbscan.alternatives[..dbscan.alternatives.len().min(ALTERNATIVES)];
    Some(Cell::Text(in_both(|language| match language {
        Language::En => in_english(answer, others),
        Language::Zh => in_chinese(answer, others),
    })))
}

fn in_english(answer: &SharedAnswer, others: &[SharedAnswer]) -> String {
    let others: Vec<String> =
        others.iter().map(|other| format!("{} at {}", other.n_clusters, eps(other.eps))).collect();
    let others = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
    let (n, smallest, low, high) = (answer.n_clusters, smallest(answer), eps(answer.low), eps(answer.high));
    format!("{n} of {smallest} % or more from eps {low} to {high}{others}")
}

fn in_chinese(answer: &SharedAnswer, others: &[SharedAnswer]) -> String {
    let others: Vec<String> =
        others.iter().map(|other| format!("eps {} 为 {} 个", eps(other.eps), other.n_clusters)).collect();
    let others = if others.is_empty() { String::new() } else { format!("；{}", others.join("、")) };
    let (n, smallest, low, high) = (answer.n_clusters, smallest(answer), eps(answer.low), eps(answer.high));
    format!("eps 从 {low} 到 {high}，不小于 {smallest}% 的聚类均为 {n} 个{others}")
}

fn eps(eps: f64) -> String {
    decimal(Some(eps), 3)
}

/// The share from which on a cluster counts, in percent.
fn smallest(answer: &SharedAnswer) -> f64 {
    (1e4 * answer.smallest_share).round() / 100.0
}
