//! The judgement on a whole table, and what is said of it.

use super::copies::{Copied, copies};
use super::dependences::{Dependence, DependenceKind, dependences};
use super::facts::ColumnFacts;
use super::judge::{customer_id, judge, named};
use super::judgement::{ColumnNature, Judgement, Use};
use super::number_facts::Marker;
use super::unit_warnings::{units_mixed, units_unread};
use super::wording::{MAX_NAMED, more};
use super::{Certainty, best_match};
use crate::config::SourcePlan;
use crate::figures::percent;
use crate::{Text, Warning};

/// The judgement on the columns of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgements {
    /// Of every column that was judged, in the order of the table.
    pub columns: Vec<Judgement>,
    /// Features that repeat another feature.
    pub copies: Vec<Copied>,
    /// Features that follow from others.
    pub dependences: Vec<Dependence>,
    /// Whether columns of two values and categories are clustered because nothing else is there.
    pub has_only_categories: bool,
    /// Features that the plan names; empty when it leaves the choice to the judgement.
    named: Vec<String>,
    n_rows: usize,
}

impl Judgements {
    /// Judges the columns of `facts`. Features are those that `plan` names, else the judgement decides among the columns
    /// that the plan gives no other role; readings and markers that the plan gives are not judged again.
    ///
    /// Each column is judged alone but for copies and dependences, so neither the order of columns nor, in tables of at most
    /// 2,000 rows (100,000 but for these), the order of rows changes a judgement.
    pub fn of(facts: &[ColumnFacts], plan: &SourcePlan) -> Judgements {
        let mut columns: Vec<Judgement> = facts.iter().map(judge).collect();
        let has_role = |name: &String| {
            let roles = plan.id.iter().chain(&plan.tier).chain(&plan.outcome);
            roles.chain(&plan.attributes).chain(&plan.exclude).any(|taken| taken == name)
        };
        for judgement in &mut columns {
            if let Some(given) = plan.columns.get(&judgement.column) {
                judgement.reading = None;
                judgement.units.clear();
                judgement.role = judgement.role.filter(|_| given.read.is_some());
                if given.read.is_some() {
                    (judgement.usage, judgement.finding) = (Use::Feature, None);
                }
            }
            if has_role(&judgement.column) {
                (judgement.usage, judgement.finding, judgement.reading) = (Use::LeftOut, None, None);
                judgement.markers.clear();
                judgement.units.clear();
                judgement.marks.clear();
            }
        }
        for (finding, is_given) in
            [(ColumnNature::Tier, plan.tier.is_some()), (ColumnNature::Outcome, plan.outcome.is_some())]
        {
            let is_sure = |j: &Judgement| j.finding == Some(finding) && j.certainty == Certainty::Sure;
            if is_given || columns.iter().any(is_sure) {
                columns.iter_mut().filter(|j| j.finding == Some(finding)).for_each(Judgement::settle);
            }
        }
        let numeric = |judgement: &&mut Judgement| {
            let few = [ColumnNature::TwoValues, ColumnNature::Category, ColumnNature::FewValues].map(Some);
            few.contains(&judgement.finding) && !has_role(&judgement.column)
        };
        let has_only_categories = columns.iter().all(|judgement| judgement.usage != Use::Feature);
        if has_only_categories {
            columns.iter_mut().filter(numeric).for_each(|judgement| judgement.usage = Use::Feature);
        }
        let mut judged = Judgements {
            has_only_categories: has_only_categories && columns.iter().any(|c| c.usage == Use::Feature),
            columns,
            copies: Vec::new(),
            dependences: Vec::new(),
            named: plan.features.clone(),
            n_rows: facts.first().map_or(0, |facts| facts.n_rows),
        };
        let features = judged.features();
        let compared: Vec<&ColumnFacts> = facts.iter().filter(|column| features.contains(&column.name)).collect();
        judged.copies = copies(&compared);
        let originals: Vec<&ColumnFacts> =
            compared.into_iter().filter(|column| judged.copies.iter().all(|copy| copy.column != column.name)).collect();
        judged.dependences = dependences(&originals);
        judged
    }

    /// The columns that are clustered: those the plan names, else those the judgement calls features, without copies.
    pub fn features(&self) -> Vec<String> {
        if !self.named.is_empty() {
            return self.named.clone();
        }
        let mut features = self.used(Use::Feature);
        features.retain(|name| self.copies.iter().all(|copy| copy.column != *name));
        features
    }

    /// Columns that describe.
    pub fn attributes(&self) -> Vec<String> {
        self.used(Use::Attribute)
    }

    /// The columns that are no features, with the reason in English, for who asks why nothing is left.
    pub fn left_out(&self) -> Vec<(String, String)> {
        let reason = |judgement: &Judgement| Some((judgement.column.clone(), judgement.finding?.reason().en));
        self.columns.iter().filter(|judgement| judgement.usage != Use::Feature).filter_map(reason).collect()
    }

    fn used(&self, usage: Use) -> Vec<String> {
        let used = self.columns.iter().filter(|judgement| judgement.usage == usage);
        used.map(|judgement| judgement.column.clone()).collect()
    }

    /// The column that identifies the customers.
    pub fn customer_id(&self) -> Option<(&str, Certainty)> {
        customer_id(&self.columns, self.n_rows)
    }

    /// The tier that people gave.
    pub fn tier(&self) -> Option<&str> {
        named(&self.columns, ColumnNature::Tier, "tier")
    }

    /// The outcome.
    pub fn outcome(&self) -> Option<&str> {
        named(&self.columns, ColumnNature::Outcome, "outcome")
    }

    /// The money column among the features.
    pub fn value(&self) -> Option<(&str, Certainty)> {
        let features = self.columns.iter().filter(|judgement| judgement.usage == Use::Feature);
        best_match("monetary", features.map(|judgement| judgement.column.as_str()))
    }

    /// Columns that are ages once they are read so, with the role they then have: (role, column).
    pub fn ages(&self) -> impl Iterator<Item = (&str, &str)> {
        let sure = self.columns.iter().filter(|j| j.certainty == Certainty::Sure && j.usage == Use::Feature);
        sure.filter_map(|judgement| Some((judgement.role?, judgement.column.as_str())))
    }

    /// `plan` with the readings that are sure, and the outcome, where it says nothing of them and leaves the choice of
    /// features open.
    pub fn complete(&self, plan: &SourcePlan) -> SourcePlan {
        let mut plan = plan.clone();
        if !self.named.is_empty() {
            return plan;
        }
        for judgement in self.columns.iter().filter(|j| j.certainty == Certainty::Sure && j.usage == Use::Feature) {
            if let Some(reading) = &judgement.reading {
                let column = plan.columns.entry(judgement.column.clone()).or_default();
                column.read = column.read.or(reading.read);
                column.decimal = column.decimal.or(reading.decimal);
                column.day_first = column.day_first.or(reading.day_first);
            }
        }
        plan.outcome = plan.outcome.or_else(|| self.outcome().map(str::to_owned));
        plan
    }

    /// What a user should know, one warning a kind.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.named.is_empty() {
            for finding in ColumnNature::ALL {
                let (sure, doubtful) =
                    (self.worth_saying(finding, Certainty::Sure), self.worth_saying(finding, Certainty::Doubtful));
                let promoted = self.has_only_categories && finding.is_few();
                if !sure.is_empty() && !promoted {
                    warnings.push(listed(finding.code(), &sure, &finding.taken()));
                }
                if let Some(text) = finding.doubt().filter(|_| !doubtful.is_empty()) {
                    warnings.push(listed(finding.doubt_code(), &doubtful, &text));
                }
            }
            if self.has_only_categories {
                let features = self.features();
                let names: Vec<&str> = features.iter().map(String::as_str).collect();
                warnings.push(listed(
                    "categories_clustered",
                    &names,
                    &Text::new(
                        "few values only; clustered because no column measures anything",
                        "取值很少；由于没有其他数值列，仍参与聚类",
                    ),
                ));
            }
        } else {
            let identifies = |judgement: &&Judgement| judgement.identifies() && self.named.contains(&judgement.column);
            let names: Vec<&str> = self.columns.iter().filter(identifies).map(|j| j.column.as_str()).collect();
            if !names.is_empty() {
                warnings.push(listed(
                    "identifier_clustered",
                    &names,
                    &Text::new(
                        "clustered because source.features says so, but an identifier by name or values",
                        "按列名或取值应为标识符；因 source.features 指定而参与聚类",
                    ),
                ));
            }
        }
        warnings.extend(self.units());
        warnings.extend(self.markers());
        warnings.extend(self.repeated());
        warnings
    }

    /// The columns of one nature that are told of.
    fn worth_saying(&self, finding: ColumnNature, certainty: Certainty) -> Vec<&str> {
        let found = self.columns.iter().filter(|j| j.finding == Some(finding) && j.certainty == certainty);
        // Texts that identify are not clustered anyway.
        let said = found.filter(|j| finding != ColumnNature::Identifier || j.is_number);
        // A copy is told as such.
        let said = said.filter(|j| self.copies.iter().all(|copy| copy.column != j.column));
        said.map(|j| j.column.as_str()).collect()
    }

    /// Columns of numbers with words behind them, which are not read for the numbers, and those read for numbers of several units.
    fn units(&self) -> impl Iterator<Item = Warning> {
        let of = |units: fn(&Judgement) -> &[(String, usize)]| {
            self.columns.iter().map(|judgement| (judgement.column.as_str(), units(judgement))).collect::<Vec<_>>()
        };
        let unread = units_unread(&of(|judgement| &judgement.units));
        // A column is told of once.
        let mixed = units_mixed(&of(|judgement| if judgement.units.is_empty() { &judgement.marks } else { &[] }));
        unread.into_iter().chain(mixed)
    }

    /// Values of features that look like markers of missing ones.
    fn markers(&self) -> Option<Warning> {
        let features = self.features();
        let marked = |judgement: &&Judgement| !judgement.markers.is_empty() && features.contains(&judgement.column);
        let found: Vec<(&Judgement, Marker)> = self
            .columns
            .iter()
            .filter(marked)
            .flat_map(|judgement| judgement.markers.iter().map(move |marker| (judgement, *marker)))
            .collect();
        if found.is_empty() {
            return None;
        }
        let one = |(judgement, marker): &(&Judgement, Marker)| {
            format!("{} of {} are {}", percent(marker.share), judgement.column, judgement.marker_text(marker))
        };
        let one_zh = |(judgement, marker): &(&Judgement, Marker)| {
            format!("{} 中 {} 的值为 {}", judgement.column, percent(marker.share), judgement.marker_text(marker))
        };
        let list: Vec<String> = found.iter().take(MAX_NAMED).map(one).collect();
        let list_zh: Vec<String> = found.iter().take(MAX_NAMED).map(one_zh).collect();
        let (more, more_zh) = more(found.len());
        let evidence: Vec<serde_json::Value> = found
            .iter()
            .map(|(j, m)| serde_json::json!({"column": j.column, "value": m.value, "share": m.share, "count": m.count}))
            .collect();
        let text = Text::new(
            format!(
                "{}{more}, far from all other values: if they stand for a missing value, name them in source.null_values",
                list.join(", ")
            ),
            format!("{}{more_zh}，远离其余取值；若表示缺失，请在 source.null_values 中指定", list_zh.join("，")),
        );
        Some(Warning::new("markers_of_missing", text).with("markers", evidence))
    }

    /// Copies and sums among the features.
    fn repeated(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if !self.copies.is_empty() {
            let one = |c: &Copied| format!("{} repeats {} (|ρ| {:.3})", c.column, c.of, c.rho.abs());
            let one_zh = |c: &Copied| format!("{} 与 {} 重复（|ρ| {:.3}）", c.column, c.of, c.rho.abs());
            let list: Vec<String> = self.copies.iter().take(MAX_NAMED).map(one).collect();
            let list_zh: Vec<String> = self.copies.iter().take(MAX_NAMED).map(one_zh).collect();
            let (more, more_zh) = more(self.copies.len());
            let evidence: Vec<serde_json::Value> =
                self.copies.iter().map(|c| serde_json::json!({"column": c.column, "of": c.of, "rho": c.rho})).collect();
            let said = if self.named.is_empty() {
                Text::new(
                    "not clustered; source.features takes it all the same",
                    "不参与聚类；可在 source.features 中指定",
                )
            } else {
                Text::new(
                    "what both say counts twice; source.exclude leaves columns out",
                    "相同信息被重复计入；可用 source.exclude 排除",
                )
            };
            let text = Text::new(
                format!("{}{more}: {}", list.join(", "), said.en),
                format!("{}{more_zh}：{}", list_zh.join("，"), said.zh),
            );
            warnings.push(Warning::new("copied_features", text).with("copies", evidence));
        }
        let (sums, others): (Vec<_>, Vec<_>) =
            self.dependences.iter().partition(|found| found.kind == DependenceKind::Sum);
        let counted = Text::new(
            "its parts count twice; source.exclude leaves columns out",
            "其组成部分被重复计入；可用 source.exclude 排除",
        );
        warnings.extend(dependent("summed_features", "sums", &sums, &counted));
        let shaped = Text::new(
            "what follows from other features counts twice, and the shape that it gives the table may pass for structure; \
             source.exclude leaves columns out",
            "由其他特征决定的列被重复计入，由此形成的形状可能被误认为聚类结构；可用 source.exclude 排除",
        );
        warnings.extend(dependent("dependent_features", "dependences", &others, &shaped));
        warnings
    }
}

/// A warning that names up to six columns and holds all.
fn listed(code: &str, columns: &[&str], text: &Text) -> Warning {
    let named: Vec<&str> = columns.iter().take(MAX_NAMED).copied().collect();
    let (more, more_zh) = more(columns.len());
    let message = Text::new(
        format!("{}{more}: {}", named.join(", "), text.en),
        format!("{}{more_zh}：{}", named.join("、"), text.zh),
    );
    Warning::new(code, message).with("columns", columns.to_vec())
}

/// What to know of features that follow from others; `key` is what they are called in the evidence.
fn dependent(code: &str, key: &'static str, found: &[&Dependence], said: &Text) -> Option<Warning> {
    let list: Vec<Text> = found.iter().take(MAX_NAMED).map(|one| one.said(&str::to_owned)).collect();
    let (more, more_zh) = more(found.len());
    let joined = |words: fn(&Text) -> &str, gap: &str| list.iter().map(words).collect::<Vec<&str>>().join(gap);
    let text = Text::new(
        format!("{}{more}: {}", joined(|text| &text.en, ", "), said.en),
        format!("{}{more_zh}：{}", joined(|text| &text.zh, "，"), said.zh),
    );
    let evidence =
        |one: &&Dependence| serde_json::json!({"column": one.column, "parts": one.parts, "r_squared": one.r_squared});
    let evidence: Vec<serde_json::Value> = found.iter().map(evidence).collect();
    (!found.is_empty()).then(|| Warning::new(code, text).with(key, evidence))
}
