//! Why a customer is in its segment, for a terminal.

use serde::Serialize;

use super::Table;
use super::figures::{count, decimal, percent, plain, signed};
use super::terminal::bold;
use crate::compare::{Cell, Comparison};
use crate::label::Labelled;
use crate::label::rule::{RuleCondition, conjunction};
use crate::language::noun;
use crate::model::{CentroidReason, Customer, FeatureChange, NamedCluster, Reason};
use crate::{Language, Text};

/// Features shown that could move the customer, or nearly.
const CHANGES: usize = 5;

/// A customer, and what is known of why it is where it is.
pub struct Explanation<'a> {
    /// The id that was asked for.
    pub id: &'a str,
    /// The customer.
    pub customer: &'a Customer,
    /// The features of [`Customer::raw`], in order.
    pub features: Vec<&'a str>,
    /// Why it is in its clusters.
    pub reason: &'a Reason,
    /// What would have to be different.
    pub changes: &'a [FeatureChange],
    /// The tier expected of the customer's segment; `None` when no tier is typical of it or tiers were not compared.
    pub expected_tier: Option<&'a str>,
    /// The segments, with their readable rules.
    pub labelled: &'a Labelled,
    /// Why the customer's tier is not that one; `None` when it is.
    pub disagreement: Option<&'a Disagreeing>,
}

/// A tier that is not the one expected of the segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreeing {
    /// The customer's tier.
    pub tier: String,
    /// The tier expected of the segment.
    pub expected_tier: String,
    /// Customers of that tier in that segment; null when they are fewer than min_cell.
    pub customers: Option<u64>,
    /// What sets them apart.
    pub reason: Text,
}

impl Disagreeing {
    /// The cell of `comparison` that a customer of tier `tier` in the cluster of `reason` is in, if the two disagree there.
    pub fn find(comparison: &Comparison, reason: &Reason, tier: &str, min_cell: u64) -> Option<Self> {
        let cluster = reason.segment()?.cluster;
        let here = |cell: &&Cell| cell.cluster == Some(cluster) && cell.tier == tier;
        let cell = comparison.disagreements.iter().find(here)?;
        Some(Disagreeing {
            tier: cell.tier.clone(),
            expected_tier: cell.expected_tier.clone(),
            customers: Some(cell.customers).filter(|&customers| customers >= min_cell),
            reason: cell.reason.clone(),
        })
    }
}

/// The explanation in `language`, with colours.
pub fn explanation(explained: &Explanation<'_>, language: Language) -> String {
    let page = Page { explained, language };
    let reason = explained.reason;
    let mut parts = Vec::new();
    if !reason.dropped_for.is_empty() {
        let why = page.say("is in no segment, these values are missing:", "不属于任何客群，缺失以下数值：");
        parts.push(format!("{} {why} {}", explained.id, reason.dropped_for.join(page.say(", ", "、"))));
    }
    if let Some(kmeans) = &reason.kmeans {
        parts.push(page.home(kmeans));
        parts.extend(page.votes(kmeans));
        parts.extend(page.changes(kmeans));
    }
    parts.extend(page.rule());
    parts.extend(page.density());
    parts.extend(page.tier());
    parts.join("\n\n")
}

struct Page<'a> {
    explained: &'a Explanation<'a>,
    language: Language,
}

impl Page<'_> {
    fn say<'w>(&self, en: &'w str, zh: &'w str) -> &'w str {
        self.language.say(en, zh)
    }

    fn heading(&self, en: &str, zh: &str) -> String {
        bold(self.say(en, zh))
    }

    fn named(&self, cluster: &NamedCluster) -> String {
        let id = cluster.segment_id.clone().unwrap_or_else(|| format!("#{}", cluster.cluster.index()));
        format!("{id} {}", cluster.name.get(self.language))
    }

    /// Where the customer is, and how clearly.
    fn home(&self, kmeans: &CentroidReason) -> String {
        let archetype = kmeans.cluster.archetype.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        let title = bold(&format!("{} → {}", self.explained.id, self.named(&kmeans.cluster))) + &archetype;
        let (Some(runner_up), Some(margin)) = (&kmeans.runner_up, kmeans.margin) else { return title };
        let next = self.named(runner_up);
        let (near, far) = (kmeans.distance2.sqrt(), kmeans.runner_up_distance2.map_or(0.0, f64::sqrt));
        let times = Some(far / near).filter(|times| times.is_finite()).map(|times| decimal(Some(times), 2));
        let margin = decimal(Some(f64::from(margin)), 3);
        let nearness = match (self.language, times) {
            (Language::En, Some(times)) => format!("the next, {next}, is {times} times as far (margin {margin})"),
            (Language::En, None) => format!("on its centroid; the next is {next} (margin {margin})"),
            (Language::Zh, Some(times)) => format!("到次近客群 {next} 的距离是到本客群的 {times} 倍（间隔 {margin}）"),
            (Language::Zh, None) => format!("位于本客群质心；次近为 {next}（间隔 {margin}）"),
        };
        format!("{title}\n  {nearness}")
    }

    fn votes(&self, kmeans: &CentroidReason) -> Option<String> {
        let gap = kmeans.gap?;
        let mut table = Table::new([
            "",
            self.say("feature", "特征"),
            self.say("value", "数值"),
            self.say("own centroid", "所属质心"),
            self.say("next centroid", "次近质心"),
            self.say("vote", "投票"),
            self.say("share of gap", "占差额"),
        ]);
        let figure = |value: Option<f64>| value.map_or_else(dash, plain);
        for term in &kmeans.features {
            let value = match (&term.category, term.value, term.imputed) {
                (Some(_), ..) => self.level(&term.feature),
                (None, None, Some(imputed)) => format!("{} ({})", plain(imputed), self.say("missing", "缺失")),
                (None, value, _) => figure(value),
            };
            let [own, next] = match &term.category {
                Some(category) => [Some(category.centroid_share), category.runner_up_share]
                    .map(|share| share.map_or_else(dash, percent)),
                None => [term.centroid, term.runner_up_centroid].map(figure),
            };
            table.row([
                String::new(),
                self.words(&term.feature),
                value,
                own,
                next,
                term.term.map_or_else(dash, |term| signed(term, 3)),
                term.share.map_or_else(dash, |share| format!("{} %", decimal(Some(100.0 * share), 1))),
            ]);
        }
        let heading = self.heading("Why", "原因");
        let gap = decimal(Some(gap), 3);
        let has_categories = kmeans.features.iter().any(|term| term.category.is_some());
        let shares = match has_categories {
            true => self
                .say("\n  a percentage is the share of that level in the segment", "\n  百分数为该类别在客群中的占比"),
            false => "",
        };
        let note = match self.language {
            Language::En => format!("votes of the features for it over the next; they add up to the gap of {gap}"),
            Language::Zh => format!("各特征对本客群（相对次近客群）的投票，合计即差额 {gap}"),
        };
        Some(format!("{heading} · {note}{shares}\n{table}"))
    }

    fn changes(&self, kmeans: &CentroidReason) -> Option<String> {
        let changes = self.explained.changes;
        let first = changes.first()?;
        let heading = self.heading("What would have to change", "怎样才会改变客群");
        let lead = match &first.cluster {
            Some(cluster) => self.smallest(first, cluster),
            None => self.none_alone(kmeans, changes)?,
        };
        let mut table = Table::new([
            "",
            self.say("feature", "特征"),
            self.say("now", "当前"),
            self.say("needed", "需达到"),
            self.say("then in", "将归入"),
            self.say("closes at most", "最多弥合差额"),
            self.say("observed", "观测范围"),
        ]);
        for change in changes.iter().take(CHANGES) {
            let range = match &change.levels {
                Some(_) => self.say("every level", "全部类别").to_owned(),
                None => format!("{} – {}", plain(change.range[0]), plain(change.range[1])),
            };
            table.row([
                String::new(),
                self.words(&change.feature),
                self.now(change).unwrap_or_else(|| self.say("missing", "缺失").to_owned()),
                self.needed(change).unwrap_or_else(dash),
                change.cluster.as_ref().map_or_else(dash, |cluster| self.named(cluster)),
                change.closes.map_or_else(dash, percent),
                range,
            ]);
        }
        Some(format!("{heading} · {lead}\n{table}"))
    }

    /// What the numbers of a feature are called.
    fn words(&self, feature: &str) -> String {
        self.explained.labelled.words(feature).get(self.language).to_owned()
    }

    /// The customer's text in a category.
    fn level(&self, feature: &str) -> String {
        let Explanation { customer, features, .. } = self.explained;
        let first = features.len() - customer.levels.len();
        let place = features.iter().position(|other| *other == feature).and_then(|f| f.checked_sub(first));
        let level = place.and_then(|place| customer.levels[place].clone());
        level.unwrap_or_else(|| self.say("missing", "缺失").to_owned())
    }

    /// What the customer has; `None` where a number is missing.
    fn now(&self, change: &FeatureChange) -> Option<String> {
        match &change.levels {
            Some(_) => Some(self.level(&change.feature)),
            None => change.from.map(plain),
        }
    }

    /// What it takes to be elsewhere; `None` when nothing does.
    fn needed(&self, change: &FeatureChange) -> Option<String> {
        match &change.levels {
            Some(levels) => {
                let missing = || self.say("missing", "缺失").to_owned();
                change.cluster.as_ref().map(|_| format!("= {}", levels.to_level.clone().unwrap_or_else(missing)))
            }
            None => change.to.map(|to| limit(to, change)),
        }
    }

    fn smallest(&self, change: &FeatureChange, cluster: &NamedCluster) -> String {
        let (feature, cluster) = (self.words(&change.feature), self.named(cluster));
        let (to, now) = (self.needed(change).unwrap_or_else(dash), self.now(change));
        match (self.language, now) {
            (Language::En, Some(now)) => {
                format!("the smallest change of one feature: {feature} {to} instead of {now} moves it to {cluster}")
            }
            (Language::En, None) => {
                format!("the smallest change of one feature: {feature}, which is missing, {to} moves it to {cluster}")
            }
            (Language::Zh, Some(now)) => format!("最小的单一变化：{feature} 由 {now} 变为 {to}，即归入 {cluster}"),
            (Language::Zh, None) => format!("最小的单一变化：缺失的 {feature} 若为 {to}，即归入 {cluster}"),
        }
    }

    fn none_alone(&self, kmeans: &CentroidReason, changes: &[FeatureChange]) -> Option<String> {
        let most = changes.iter().max_by(|a, b| a.closes.unwrap_or(0.0).total_cmp(&b.closes.unwrap_or(0.0)))?;
        let (feature, part) = (self.words(&most.feature), percent(most.closes?));
        let next = self.named(kmeans.runner_up.as_ref()?);
        Some(match self.language {
            Language::En => format!(
                "no single feature moves it within what was observed; {feature} closes most of the gap to {next}: {part}"
            ),
            Language::Zh => {
                format!("在观测范围内，任何单一特征都不足以改变归属；{feature} 最多可弥合与 {next} 之间差额的 {part}")
            }
        })
    }

    /// The leaf of the segments' tree that holds for the customer.
    fn rule(&self) -> Option<String> {
        let (rules, features) = (self.explained.labelled.rules.as_ref()?, &self.explained.features);
        let raw = &self.explained.customer.raw;
        let levels = &self.explained.customer.levels;
        let first = features.len() - levels.len();
        let holds = |condition: &RuleCondition| match features.iter().position(|feature| *feature == condition.column) {
            Some(position) if position >= first => condition.holds_text(levels[position - first].as_deref()),
            position => condition.holds(position.map_or(f64::NAN, |position| raw[position])),
        };
        let leaf = rules.tree.leaf_where(holds)?;
        let (conditions, says) = (conjunction(&leaf.conditions), &rules.segments[leaf.class]);
        let conditions = conditions.get(self.language);
        let right = leaf.precision.map_or_else(dash, percent);
        let heading = self.heading("Rule", "规则");
        Some(match self.language {
            Language::En => format!("{heading} {conditions} → {says}, right for {right} of such customers"),
            Language::Zh => format!("{heading} {conditions} → {says}，对此类客户的准确率为 {right}"),
        })
    }

    fn density(&self) -> Option<String> {
        let dbscan = self.explained.reason.dbscan.as_ref()?;
        let cluster = match &dbscan.cluster {
            Some(cluster) => self.named(cluster),
            None => self.say("noise", "噪声").to_owned(),
        };
        let eps = decimal(Some(dbscan.eps), 3);
        Some(format!("{} {cluster} (eps {eps}, min_samples {})", self.heading("DBSCAN", "DBSCAN"), dbscan.min_samples))
    }

    fn tier(&self) -> Option<String> {
        let tier = self.explained.customer.tier.as_ref()?;
        let mut text = format!("{} {tier}", self.heading("Tier", "等级"));
        match (self.explained.disagreement, self.explained.expected_tier) {
            (Some(found), _) => {
                text += &match self.language {
                    Language::En => format!(", but {} is expected of this segment", found.expected_tier),
                    Language::Zh => format!("，但该客群的预期等级为 {}", found.expected_tier),
                };
                if let Some(customers) = found.customers {
                    let nouns = noun(customers, "customer", "customers");
                    let customers = count(customers);
                    text += &match self.language {
                        Language::En => format!(" ({customers} {nouns} like that)"),
                        Language::Zh => format!("（此类客户共 {customers} 位）"),
                    };
                }
                text += &format!("\n  {}", found.reason.get(self.language));
            }
            (None, Some(expected)) if expected == tier => {
                text += self.say(", as expected of this segment", "，与该客群的预期等级一致");
            }
            (None, Some(expected)) => {
                text += &format!("; {} {expected}", self.say("expected of this segment:", "该客群的预期等级："));
            }
            (None, None) => text += self.say("; no tier is typical of this segment", "；该客群没有典型等级"),
        }
        Some(text)
    }
}

/// `≥ 24` or `≤ 96.5`, in the digits of the figure itself: rounded further it would not move the customer.
fn limit(to: f64, change: &FeatureChange) -> String {
    let sign = if change.from.is_some_and(|from| to < from) { "≤" } else { "≥" };
    let digits = if to.abs() >= 1000.0 && to.fract() == 0.0 && to.abs() < 1e15 { plain(to) } else { format!("{to}") };
    format!("{sign} {}", digits.replace('-', "−"))
}

/// What stands for a figure that there is not.
fn dash() -> String {
    "–".to_owned()
}
