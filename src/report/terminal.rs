//! The summary a run ends with.

use super::candidates::candidates;
use super::figures::{bar, count, decimal, percent, plain};
use super::summary::DbscanFacts;
use super::{REPORT_FILE, Summary, Table};
use crate::Language;
use crate::cluster::choose_k::Verdict;
use crate::compare::{Comparison, Estimate};
use crate::label::ClusterLabel;
use crate::limits::{readable_bytes, readable_seconds};

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

/// What stands for a cell that is held back.
pub(super) const HELD_BACK: &str = "*";
/// Columns of the longest bar.
const BAR_WIDTH: usize = 12;
/// Features named beside a segment.
const NAMED_FEATURES: usize = 3;
/// Answers to another eps on the line of DBSCAN; the page has them all.
const ALTERNATIVES: usize = 2;
/// Sentences shown per comparison.
const SENTENCES: usize = 4;

/// The summary of a run in its language, with colours; who prints it strips them where they are not welcome.
pub fn terminal(summary: &Summary) -> String {
    let page = Page { summary, language: summary.language() };
    let mut parts = vec![page.head(), page.segments()];
    parts.extend(candidates(summary));
    parts.push(page.ks());
    parts.extend(page.tiers());
    parts.extend(summary.tiers.iter().map(|report| page.tier_report(report)));
    parts.extend(page.moves());
    parts.extend(page.targets());
    parts.extend(page.warnings());
    parts.push(page.files());
    parts.join("\n\n")
}

/// Text that stands out; without colours just the text.
pub(super) fn bold(text: &str) -> String {
    format!("{BOLD}{text}{RESET}")
}

pub(super) struct Page<'a> {
    pub(super) summary: &'a Summary,
    pub(super) language: Language,
}

impl Page<'_> {
    /// One of two words.
    pub(super) fn say<'w>(&self, en: &'w str, zh: &'w str) -> &'w str {
        self.language.say(en, zh)
    }

    pub(super) fn heading(&self, en: &str, zh: &str) -> String {
        bold(self.say(en, zh))
    }

    /// What was read and what was found, in a few lines.
    fn head(&self) -> String {
        let run = &self.summary.run;
        let mut lines = vec![format!(
            "{BOLD}segmint{RESET} {} · {} {} × {} {} · {}{}",
            run.input.path,
            count(run.input.n_customers),
            self.say("customers", "位客户"),
            run.input.features.len(),
            self.say("features", "个特征"),
            readable_seconds(run.seconds),
            run.peak_memory.map(|bytes| format!(" · {}", readable_bytes(bytes))).unwrap_or_default(),
        )];
        let dropped = run.input.n_customers - run.input.n_clustered;
        if dropped > 0 {
            let rest = self.say("customers with missing values were not clustered", "位客户因缺失值未参与聚类");
            lines.push(format!("{} {rest}", count(dropped)));
        }
        lines.push(self.structure());
        if let Some(dbscan) = &run.dbscan {
            let noise = self.summary.shown_noise(dbscan);
            let noise = noise.map_or_else(dash, |noise| percent(noise as f64 / run.input.n_clustered as f64));
            lines.push(format!(
                "DBSCAN     {} {}, {} {noise} (eps {}, min_samples {})",
                dbscan.n_clusters,
                self.say("clusters", "个聚类"),
                self.say("noise", "噪声"),
                decimal(Some(dbscan.eps), 3),
                dbscan.min_samples
            ));
            lines.extend(self.other_eps(dbscan));
        }
        lines.join("\n")
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
        Some(match self.language {
            Language::En => {
                let others = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
                format!("           {n} of 1 % or more from eps {} to {}{others}", range[0], range[1])
            }
            Language::Zh => {
                let others = if others.is_empty() { String::new() } else { format!("；{}", others.join("、")) };
                format!("           eps 从 {} 到 {}，不小于 1 % 的聚类均为 {n} 个{others}", range[0], range[1])
            }
        })
    }

    fn structure(&self) -> String {
        let run = &self.summary.run;
        let found = &run.structure;
        let reference = found.threshold();
        let held = format!(
            "{} {}, {} {}",
            self.say("silhouette", "轮廓系数"),
            decimal(found.best_silhouette, 3),
            self.say("structureless references stay below", "无结构参照的上限"),
            decimal(reference, 3)
        );
        let verdict = match found.verdict {
            Verdict::Present => self.say("structure  present", "结构       存在").to_owned(),
            Verdict::None => format!(
                "{YELLOW}{}{RESET}",
                self.say(
                    "structure  none: these clusters cannot be told from one cloud, so no archetype is given",
                    "结构       不存在:这些聚类与单一云团无法区分,因此不给出原型"
                )
            ),
        };
        format!("{verdict} ({held})")
    }

    fn segments(&self) -> String {
        let summary = self.summary;
        let Some(primary) = summary.labelled.primary() else {
            return self.heading("Segments", "客群");
        };
        let largest = primary.clusters.iter().map(|cluster| cluster.share).fold(0.0, f64::max);
        let with_value = primary.clusters.iter().any(|cluster| cluster.value_share.is_some());
        let mut headings = vec!["", self.say("segment", "客群"), "", self.say("customers", "客户")];
        headings.push(self.say("share", "占比"));
        if with_value {
            headings.push(self.say("value", "价值"));
        }
        headings.extend([
            self.say("archetype", "原型"),
            self.say("score", "得分"),
            self.say("distinctive", "突出特征"),
        ]);
        let mut table = Table::new(headings);
        for (position, cluster) in primary.clusters.iter().enumerate() {
            let small = !summary.is_shown(position);
            let size = if small { HELD_BACK.to_owned() } else { count(cluster.size as u64) };
            let mut row = vec![
                cluster.id.clone().unwrap_or_default(),
                cluster.name.get(self.language).to_owned(),
                bar(if largest > 0.0 && !small { cluster.share / largest } else { 0.0 }, BAR_WIDTH),
                size,
                if small { dash() } else { percent(cluster.share) },
            ];
            if with_value {
                row.push(cluster.value_share.filter(|_| !small).map_or_else(dash, percent));
            }
            row.extend([self.archetype(cluster), score(cluster), self.distinctive(cluster, small)]);
            table.row(row);
        }
        format!("{}\n{table}", self.heading("Segments", "客群"))
    }

    fn archetype(&self, cluster: &ClusterLabel) -> String {
        match &cluster.archetype {
            Some(archetype) => archetype.clone(),
            None if cluster.cluster.is_none() => String::new(),
            None if self.summary.run.structure.verdict == Verdict::None => "–".to_owned(),
            None => self.say("unmatched: candidate", "未匹配:候选新客群").to_owned(),
        }
    }

    /// Its strongest features; of a small one without the medians.
    fn distinctive(&self, cluster: &ClusterLabel, small: bool) -> String {
        let words = cluster.top_features.iter().take(NAMED_FEATURES).map(|top| {
            let arrow = match top.position {
                a if a >= 0.8 => "▲▲",
                a if a >= 0.6 => "▲",
                a if a <= 0.2 => "▼▼",
                a if a <= 0.4 => "▼",
                _ => "·",
            };
            let median = top.median.filter(|_| !small).map(|median| format!(" {}", plain(median))).unwrap_or_default();
            format!("{} {arrow}{median}", top.feature)
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn ks(&self) -> String {
        let kmeans = &self.summary.run.kmeans;
        let mut table = Table::new([
            "k",
            self.say("silhouette", "轮廓系数"),
            self.say("excess", "超出参照"),
            "Calinski-Harabasz",
            "Davies-Bouldin",
            self.say("inertia", "惯性"),
            self.say("smallest", "最小占比"),
            "",
        ]);
        for row in &kmeans.table {
            let mark = if row.k == kmeans.k {
                self.say("◀ chosen", "◀ 选定")
            } else if !row.admissible {
                self.say("too small a cluster", "含过小聚类")
            } else {
                ""
            };
            table.row([
                row.k.to_string(),
                decimal(row.silhouette, 3),
                decimal(row.excess, 3),
                row.calinski_harabasz.map_or("–".to_owned(), plain),
                decimal(row.davies_bouldin, 3),
                plain(row.inertia),
                if self.summary.smallest_is_shown(row) { percent(row.smallest_share) } else { dash() },
                mark.to_owned(),
            ]);
        }
        format!("{}\n{table}", self.heading("How many clusters", "聚类数"))
    }

    /// The matrix of every tier against the segments.
    fn tiers(&self) -> Vec<String> {
        let primary = self.summary.labelled.primary().map(|clustering| clustering.algorithm.name());
        let mut shown: Vec<&str> = Vec::new();
        let mut parts = Vec::new();
        for comparison in &self.summary.comparisons {
            // One table a tier: of two noise policies the first, which leaves noise out.
            if Some(comparison.clustering.as_str()) == primary && !shown.contains(&comparison.tier.as_str()) {
                shown.push(&comparison.tier);
                parts.push(self.tier(comparison));
            }
        }
        parts
    }

    fn tier(&self, comparison: &Comparison) -> String {
        let contingency = &comparison.contingency;
        let counts = self.summary.shown_counts(comparison);
        let ids = contingency.clusters.iter().map(|cluster| match cluster {
            Some(cluster) => format!("S{:02}", cluster.index() + 1),
            None => self.say("noise", "噪声").to_owned(),
        });
        let mut table = Table::new([comparison.tier.clone()].into_iter().chain(ids));
        for (tier, row) in contingency.tiers.iter().zip(&counts) {
            let cells = row.iter().map(|cell| cell.map_or_else(|| HELD_BACK.to_owned(), count));
            table.row([tier.clone()].into_iter().chain(cells));
        }
        let expected = comparison.expected_tiers.iter().map(|tier| tier.clone().unwrap_or_else(|| "–".to_owned()));
        table.row([self.say("expected", "预期等级").to_owned()].into_iter().chain(expected));
        let indices = &comparison.indices;
        let named = [
            ("ARI", &indices.ari),
            ("AMI", &indices.ami),
            ("V", &indices.v_measure),
            ("Cramér V", &indices.cramers_v),
            ("tau-b", &indices.kendall_tau_b),
        ];
        let agreement: Vec<String> =
            named.iter().filter_map(|(name, estimate)| Some(format!("{name} {}", interval(estimate)?))).collect();
        let mut lines = vec![self.heading("Tiers and segments", "等级与客群"), table.to_string()];
        if counts.iter().flatten().any(Option::is_none) {
            lines.push(format!(
                "{HELD_BACK} {} {} {}",
                self.say("fewer than", "少于"),
                self.summary.min_cell(),
                self.say("customers, or held back to cover such a cell", "位客户,或为掩护此类单元格而隐去")
            ));
        }
        lines.push(agreement.join(" · "));
        let sentences = self.summary.shown_sentences(comparison);
        lines.extend(sentences.iter().take(SENTENCES).map(|text| text.get(self.language).to_owned()));
        lines.extend(self.cell_rules(comparison));
        lines.join("\n")
    }

    fn warnings(&self) -> Option<String> {
        let warnings = &self.summary.run.warnings;
        if warnings.is_empty() {
            return None;
        }
        let mut lines = vec![self.heading("Warnings", "警告")];
        lines.extend(warnings.iter().map(|warning| format!("{YELLOW}!{RESET} {}", warning.message.get(self.language))));
        Some(lines.join("\n"))
    }

    fn files(&self) -> String {
        let stages = self.summary.run.stages.iter();
        let stages: Vec<String> =
            stages.map(|stage| format!("{} {}", stage.stage, readable_seconds(stage.seconds))).collect();
        format!(
            "{DIM}{}{RESET}\n{} {}{}",
            stages.join(" · "),
            self.say("recorded in", "已记录于"),
            self.summary.folder.display(),
            if self.summary.folder.join(REPORT_FILE).is_file() {
                self.say("; open report.html there in a browser", "；可在浏览器中打开其中的 report.html")
            } else {
                ""
            }
        )
    }
}

/// What stands for a figure that there is not, or that is not shown.
fn dash() -> String {
    "–".to_owned()
}

/// The best score any catalog gave.
fn score(cluster: &ClusterLabel) -> String {
    let scores = cluster.catalogs.iter().map(|matched| matched.best.score);
    scores.reduce(f64::max).map_or(String::new(), |best| decimal(Some(best), 2))
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
