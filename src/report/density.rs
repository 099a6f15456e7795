//! What DBSCAN found, as it may be shown, and its lines on a terminal.

use serde::Deserialize;
use serde_json::Value;

use super::Summary;
use super::figures::{count, decimal, percent};
use super::terminal::{Page, dash};
use crate::Language;
use crate::cluster::choose_eps::EpsAnswer;
use crate::cluster::choose_k::DensityStructure;
use crate::config::Algorithm;

/// Answers to another eps on the line of DBSCAN; the page has them all.
const ALTERNATIVES: usize = 2;

/// The DBSCAN clustering.
#[derive(Debug, Clone, Deserialize)]
pub struct DbscanFacts {
    /// The radius.
    pub eps: f64,
    /// What makes a customer core.
    pub min_samples: usize,
    /// Clusters.
    pub n_clusters: usize,
    /// Customers in none.
    pub n_noise: u64,
    /// Whether its clusters are more than fragments of one cloud, where that was asked.
    #[serde(default)]
    pub structure: Option<DensityStructure>,
    /// What eps was chosen for.
    #[serde(default)]
    pub answer: Option<EpsAnswer>,
    /// What another eps would give; `None` of a run that did not look.
    #[serde(default)]
    pub alternatives: Option<Vec<EpsAnswer>>,
    /// The knee of the curve of distances; `None` when eps was given.
    #[serde(default)]
    pub knee: Option<f64>,
}

impl DbscanFacts {
    /// Whether eps was chosen, and no two clusters were found apart.
    pub fn is_one_density(&self) -> bool {
        self.knee.is_some() && self.alternatives.is_some() && self.answer.is_none()
    }
}

impl Summary {
    /// The sizes of the clusters of DBSCAN as they may be shown, noise last if there is any.
    pub(super) fn density_sizes(&self) -> &[Option<u64>] {
        let density = self.labelled.clusterings.iter().position(|c| c.algorithm == Algorithm::Dbscan);
        density.map_or(&[], |density| &self.sizes[density])
    }

    /// Noise customers; held back when they are few, or cover a small segment.
    pub fn shown_noise(&self, dbscan: &DbscanFacts) -> Option<u64> {
        let clusters = self.labelled.primary().map_or(&[][..], |primary| &primary.clusters);
        let noise = clusters.iter().position(|cluster| cluster.cluster.is_none());
        let of_density = match self.density_sizes() {
            sizes if sizes.len() > dbscan.n_clusters => sizes[dbscan.n_clusters],
            _ => self.sharing.count(dbscan.n_noise),
        };
        of_density.filter(|_| noise.is_none_or(|position| self.is_shown(position)))
    }

    /// Takes the shares of DBSCAN's clusters and noise from the warnings where the noise is held back: one is what the other
    /// leaves.
    pub(super) fn hide_shares_of_density(&mut self) {
        if self.run.dbscan.as_ref().is_none_or(|dbscan| self.shown_noise(dbscan).is_some()) {
            return;
        }
        for warning in self.run.warnings.iter_mut().filter(|warning| warning.code == "no_separable_density") {
            warning.evidence.remove("largest_share");
            warning.evidence.remove("noise_share");
        }
    }

    /// Whether the noise of an answer to eps may be shown: it is not just a few customers.
    pub fn noise_of_answer_is_shown(&self, answer: &EpsAnswer) -> bool {
        let customers = (answer.noise_share * self.run.input.n_clustered as f64).round() as u64;
        self.sharing.count(customers).is_some()
    }

    pub(super) fn answer(&self, answer: &EpsAnswer) -> Value {
        let mut value = serde_json::to_value(answer).expect("an answer has text keys");
        if !self.noise_of_answer_is_shown(answer) {
            value["noise_share"] = Value::Null;
        }
        value
    }
}

impl Page<'_> {
    /// What DBSCAN found, and what it would find with another eps.
    pub(super) fn density(&self, dbscan: &DbscanFacts) -> String {
        let noise = self.summary.shown_noise(dbscan);
        let n_clustered = self.summary.run.input.n_clustered;
        let noise = noise.map_or_else(dash, |noise| percent(noise as f64 / n_clustered as f64));
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
    fn other_eps(&self, dbscan: &DbscanFacts) -> Option<String> {
        if dbscan.is_one_density() {
            let said = self.say("no two clusters stay apart at any eps", "任何 eps 下都没有两个持续分离的聚类");
            return Some(format!("           {said}"));
        }
        let answer = dbscan.answer.as_ref()?;
        let eps = |eps: f64| decimal(Some(eps), 3);
        let range = [eps(answer.low), eps(answer.high)];
        let others: Vec<String> = dbscan
            .alternatives
            .iter()
            .flatten()
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
