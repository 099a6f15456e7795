//! Every table of a run.

use unicode_width::UnicodeWidthStr;

use crate::Language;
use crate::cluster::choose_k::Verdict;
use crate::compare::Estimate;
use crate::label::segment_id;
use crate::language::noun;
use crate::limits::{readable_bytes, readable_seconds};
use crate::report::candidates::candidates;
use crate::report::figures::{bar, count, decimal, percent, plain};
use crate::report::table::wrapped;
use crate::report::verdict::{evidence, verdict};
use crate::report::{REPORT_FILE, Table};
use crate::sharing::{SharedCluster, SharedComparison, SharedLevel, SharedRun, Shown};

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

/// What stands for a cell that is held back.
pub(in crate::report) const HELD_BACK: &str = "*";
/// Columns from which there is room for bars, and for features beside a segment.
const FOR_BARS: usize = 120;
const FOR_FEATURES: usize = 100;
/// Columns of the longest bar.
const BAR_WIDTH: usize = 12;
/// Features named beside a segment.
const NAMED_FEATURES: usize = 3;
/// Levels of categories named beside a segment.
const NAMED_LEVELS: usize = 2;
/// Sentences shown per comparison.
const SENTENCES: usize = 4;

/// The summary of a run in its language, with colours; who prints it strips them where they are not welcome. Tables and
/// warnings keep within `width` columns where one is given.
pub fn terminal(run: &SharedRun, width: Option<usize>) -> String {
    let page = Page { run, language: run.language, width };
    let mut parts = vec![page.head(), page.segments()];
    parts.extend(candidates(run, width));
    parts.push(page.ks());
    parts.extend(page.outcome());
    parts.extend(page.tiers());
    parts.extend(run.tiers.iter().map(|report| page.tier_report(report)));
    parts.extend(page.moves());
    parts.extend(page.targets());
    parts.extend(page.warnings());
    parts.push(page.files());
    let lines = parts.join("\n\n");
    // Tables fit already; sentences are wrapped here, those without colours.
    let fits = |line: &str| line.contains('\x1b') || width.is_none_or(|width| line.width() <= width);
    let lines = lines.lines().map(|line| if fits(line) { line.to_owned() } else { wrapped(line, width).join("\n  ") });
    lines.collect::<Vec<String>>().join("\n")
}

/// Text that stands out; without colours just the text.
pub(in crate::report) fn bold(text: &str) -> String {
    format!("{BOLD}{text}{RESET}")
}

pub(in crate::report) struct Page<'a> {
    pub(in crate::report) run: &'a SharedRun,
    pub(in crate::report) language: Language,
    pub(in crate::report) width: Option<usize>,
}

impl Page<'_> {
    /// One of two words.
    pub(in crate::report) fn say<'w>(&self, en: &'w str, zh: &'w str) -> &'w str {
        self.language.say(en, zh)
    }

    /// The noun of a count: English has two forms, Chinese one.
    pub(in crate::report) fn nouns<'w>(&self, n: u64, [one, many]: [&'w str; 2], zh: &'w str) -> &'w str {
        self.say(noun(n, one, many), zh)
    }

    pub(in crate::report) fn heading(&self, en: &str, zh: &str) -> String {
        bold(self.say(en, zh))
    }

    /// What was read and what was found, in a few lines.
    fn head(&self) -> String {
        let run = self.run;
        let mut lines = vec![format!(
            "{BOLD}segmint{RESET} {} · {} {} × {} {} · {}{}",
            run.source,
            count(run.n_customers as u64),
            self.nouns(run.n_customers as u64, ["customer", "customers"], "位客户"),
            run.features.len(),
            self.nouns(run.features.len() as u64, ["feature", "features"], "个特征"),
            readable_seconds(run.seconds),
            run.peak_memory.map(|bytes| format!(" · {}", readable_bytes(bytes))).unwrap_or_default(),
        )];
        let dropped = run.n_customers - run.n_clustered;
        if dropped > 0 {
            let rest = match (self.language, dropped) {
                (Language::En, 1) => "customer with missing values was not clustered",
                (Language::En, _) => "customers with missing values were not clustered",
                (Language::Zh, _) => "位客户因缺失值未参与聚类",
            };
            lines.push(format!("{} {rest}", count(dropped as u64)));
        }
        lines.push(self.structure());
        lines.extend(run.dbscan.as_ref().map(|dbscan| self.density(dbscan)));
        lines.join("\n")
    }

    fn structure(&self) -> String {
        let run = self.run;
        let found = match verdict(run) {
            Verdict::Present => self.say("structure  present", "结构       存在").to_owned(),
            Verdict::None => format!(
                "{YELLOW}{}{RESET}",
                self.say(
                    "structure  none: these clusters cannot be told from one cloud, so no archetype is given",
                    "结构       不存在：这些聚类与单一云团无法区分，因此不给出原型"
                )
            ),
        };
        let evidence = evidence(run, self.language);
        match self.language {
            Language::En => format!("{found} ({evidence})"),
            Language::Zh => format!("{found}（{evidence}）"),
        }
    }

    fn segments(&self) -> String {
        let clusters = &self.run.clusters;
        if clusters.is_empty() {
            return self.heading("Segments", "客群");
        }
        let largest = clusters.iter().filter_map(|cluster| cluster.share.value()).copied().fold(0.0, f64::max);
        let with_value = clusters.iter().any(|cluster| !matches!(cluster.value_share, Shown::Value(None)));
        let (with_bar, with_features) = (self.has_room(FOR_BARS), self.has_room(FOR_FEATURES));
        let mut headings = vec!["", self.say("segment", "客群")];
        if with_bar {
            headings.push("");
        }
        headings.extend([self.say("customers", "客户"), self.say("share", "占比")]);
        if with_value {
            headings.push(self.say("value", "价值"));
        }
        headings.extend([self.say("archetype", "原型"), self.say("score", "得分")]);
        if with_features {
            headings.push(self.say("distinctive", "突出特征"));
        }
        let mut table = Table::new(headings);
        for cluster in clusters {
            let size = cluster.size().map_or_else(|| HELD_BACK.to_owned(), count);
            let share = cluster.share.value().copied();
            let mut row = vec![cluster.id.clone().unwrap_or_default(), cluster.name.get(self.language).to_owned()];
            if with_bar {
                row.push(bar(share.filter(|_| largest > 0.0).map_or(0.0, |share| share / largest), BAR_WIDTH));
            }
            row.extend([size, share.map_or_else(dash, percent)]);
            if with_value {
                row.push(cluster.value_share.known().map_or_else(dash, percent));
            }
            row.extend([self.archetype(cluster), score(cluster)]);
            if with_features {
                row.push(self.distinctive(cluster));
            }
            table.row(row);
        }
        format!("{}\n{}", self.heading("Segments", "客群"), table.within(self.width))
    }

    fn has_room(&self, columns: usize) -> bool {
        self.width.is_none_or(|width| width >= columns)
    }

    fn archetype(&self, cluster: &SharedCluster) -> String {
        match &cluster.archetype {
            Some(archetype) => archetype.clone(),
            None if cluster.cluster.is_none() => String::new(),
            None if verdict(self.run) == Verdict::None => "–".to_owned(),
            None if self.run.is_candidate(cluster.id.as_deref()) => {
                self.say("unmatched: candidate", "未匹配：候选新客群").to_owned()
            }
            None => self.say("unmatched", "未匹配").to_owned(),
        }
    }

    /// Its strongest features; of a small one without the medians.
    fn distinctive(&self, cluster: &SharedCluster) -> String {
        let words = cluster.top_features.iter().take(NAMED_FEATURES).map(|top| {
            let arrow = match top.position {
                a if a >= 0.8 => "▲▲",
                a if a >= 0.6 => "▲",
                a if a <= 0.2 => "▼▼",
                a if a <= 0.4 => "▼",
                _ => "·",
            };
            let shown = top.median.known().filter(|_| cluster.size.is_shown());
            let median = shown.map(|median| format!(" {}", plain(median))).unwrap_or_default();
            format!("{} {arrow}{median}", self.run.words(&top.feature, self.language))
        });
        words.chain(self.levels(cluster)).collect::<Vec<_>>().join(self.say(", ", "，"))
    }

    /// The levels of clustered categories that are much more common than elsewhere, where they may be told.
    fn levels(&self, cluster: &SharedCluster) -> Vec<String> {
        let levels = cluster.portrait.iter().flat_map(|portrait| &portrait.attributes);
        let missing = self.say("missing", "缺失");
        let word = |level: &SharedLevel| {
            let (&share, &h) = level.share.value().zip(level.h.value())?;
            let is_common = level.clustered && share >= 0.5 && h > 0.0;
            let name = level.level.as_deref().unwrap_or(missing);
            is_common.then(|| format!("{} = {name} {}", level.attribute, percent(share)))
        };
        levels.filter_map(word).take(NAMED_LEVELS).collect()
    }

    fn ks(&self) -> String {
        let mut table = Table::new([
            "k",
            self.say("silhouette", "轮廓系数"),
            self.say("excess", "超出参照"),
            "Calinski-Harabasz",
            "Davies-Bouldin",
            self.say("inertia", "惯性"),
            self.say("smallest", "最小占比"),
            self.say("stability", "稳定性"),
            "",
        ]);
        for row in &self.run.k_table {
            let mark = if row.k == self.run.k {
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
                row.smallest_share.value().map_or_else(dash, |&share| percent(share)),
                decimal(row.weakest_stability, 2),
                mark.to_owned(),
            ]);
        }
        format!("{}\n{}", self.heading("How many clusters", "聚类数"), table.within(self.width))
    }

    /// The matrix of every tier against the segments.
    fn tiers(&self) -> Vec<String> {
        self.run.comparisons_of_segments().into_iter().map(|comparison| self.tier(comparison)).collect()
    }

    fn tier(&self, comparison: &SharedComparison) -> String {
        let contingency = &comparison.contingency;
        let ids = contingency.clusters.iter().map(|cluster| match cluster {
            Some(cluster) => segment_id(*cluster),
            None => self.say("noise", "噪声").to_owned(),
        });
        let mut table = Table::new([comparison.tier.clone()].into_iter().chain(ids));
        for (tier, row) in contingency.tiers.iter().zip(&contingency.counts) {
            let cells = row.iter().map(|cell| cell.value().map_or_else(|| HELD_BACK.to_owned(), |&n| count(n)));
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
        let mut lines = vec![self.heading("Tiers and segments", "等级与客群"), table.within(self.width).to_string()];
        if contingency.holds_back() {
            lines.push(format!(
                "{HELD_BACK} {} {} {}",
                self.say("fewer than", "少于"),
                self.run.min_cell,
                self.say("customers, or held back to cover such a cell", "位客户，或为掩护此类单元格而隐去")
            ));
        }
        lines.push(agreement.join(" · "));
        lines.extend(comparison.sentences.iter().take(SENTENCES).map(|text| text.get(self.language).to_owned()));
        lines.extend(self.cell_rules(comparison));
        lines.join("\n")
    }

    fn warnings(&self) -> Option<String> {
        let warnings = &self.run.warnings;
        if warnings.is_empty() {
            return None;
        }
        let mut lines = vec![self.heading("Warnings", "警告")];
        lines.extend(warnings.iter().map(|warning| {
            let message = wrapped(warning.message.get(self.language), self.width);
            format!("{YELLOW}!{RESET} {}", message.join("\n  "))
        }));
        Some(lines.join("\n"))
    }

    fn files(&self) -> String {
        let stages = self.run.stages.iter();
        let stages: Vec<String> =
            stages.map(|stage| format!("{} {}", stage.stage, readable_seconds(stage.seconds))).collect();
        format!(
            "{DIM}{}{RESET}\n{} {}{}",
            stages.join(" · "),
            self.say("recorded in", "已记录于"),
            self.run.path.display(),
            if self.run.path.join(REPORT_FILE).is_file() {
                self.say("; open report.html there in a browser", "；可在浏览器中打开其中的 report.html")
            } else {
                ""
            }
        )
    }
}

/// What stands for a figure that there is not, or that is not shown.
pub(in crate::report) fn dash() -> String {
    "–".to_owned()
}

fn score(cluster: &SharedCluster) -> String {
    cluster.score.map_or(String::new(), |score| decimal(Some(score), 2))
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
