//! What DBSCAN found, as lines on a terminal.

use super::figures::{count, decimal, percent};
use super::terminal::{Page, dash};
use crate::Language;
use crate::sharing::SharedDensity;

/// Answers to another eps on the line of DBSCAN; the page has them all.
const ALTERNATIVES: usize = 2;

impl Page<'_> {
    /// What DBSCAN found, and what it would find with another eps.
    pub(super) fn density(&self, dbscan: &SharedDensity) -> String {
        let share = |noise: &u64| percent(*noise as f64 / self.run.n_clustered as f64);
        let noise = dbscan.n_noise.value().map_or_else(dash, share);
        let clusters = count(dbscan.n_clusters as u64);
        let nouns = self.nouns(dbscan.n_clusters as u64, ["cluster", "clusters"], "个聚类");
        let (eps, min_samples) = (decimal(Some(dbscan.eps), 3), dbscan.min_samples);
        let line = match self.language {
            Language::En => {
                format!("DBSCAN     {clusters} {nouns}, noise {noise} (eps {eps}, min_samples {min_samples})")
            }
            Language::Zh => {
                format!("DBSCAN     {clusters} {nouns}，噪声 {noise}（eps {eps}，min_samples {min_samples}）")
            }
        };
        [line].into_iter().chain(self.other_eps(dbscan)).collect::<Vec<String>>().join("\n")
    }

    /// Over which eps DBSCAN finds the same, and what it finds with others.
    fn other_eps(&self, dbscan: &SharedDensity) -> Option<String> {
        if dbscan.is_one_density {
            let said = self.say("no two clusters stay apart at any eps", "任何 eps 下都没有两个持续分离的聚类");
            return Some(format!("           {said}"));
        }
        let answer = dbscan.answer.as_ref()?;
        let eps = |eps: f64| decimal(Some(eps), 3);
        let range = [eps(answer.low), eps(answer.high)];
        let others: Vec<String> = dbscan
            .alternatives
            .iter()
            .take(ALTERNATIVES)
            .map(|other| match self.language {
                Language::En => format!("{} at {}", other.n_clusters, eps(other.eps)),
                Language::Zh => format!("eps {} 为 {} 个", eps(other.eps), other.n_clusters),
            })
            .collect();
        let n = answer.n_clusters;
        let smallest = (1e4 * answer.smallest_share).round() / 100.0;
        Some(match self.language {
            Language::En => {
                let others = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
                format!("           {n} of {smallest} % or more from eps {} to {}{others}", range[0], range[1])
            }
            Language::Zh => {
                let others = if others.is_empty() { String::new() } else { format!("；{}", others.join("、")) };
                format!("           eps 从 {} 到 {}，不小于 {smallest} % 的聚类均为 {n} 个{others}", range[0], range[1])
            }
        })
    }
}
