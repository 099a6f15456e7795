//! Tiers, the customer matrix, targets and whose tier to look at, as a terminal shows them.

use super::Table;
use super::figures::{count, percent, plain};
use super::terminal::{HELD_BACK, Page};
use crate::Language;
use crate::compare::{Cell, CellRule, Direction, Move};
use crate::sharing::{SharedComparison, SharedMatrix, SharedTarget, SharedTier, Shown};

/// Classes of a tier shown.
const CLASSES: usize = 10;
/// Disagreement cells shown with their rule.
const RULES: usize = 3;
/// Customers shown for each direction.
const CUSTOMERS: usize = 3;

impl Page<'_> {
    /// A tier by itself: size, value and service of its classes.
    pub(super) fn tier_report(&self, report: &SharedTier) -> String {
        let mut lines = vec![format!("{} {}", self.heading("Tier", "等级"), report.tier)];
        lines.push(match &report.matrix {
            Some(matrix) => self.matrix(matrix),
            None => self.classes(report),
        });
        if let Some(spread) = &report.concentration {
            let [customers, top] = [percent(spread.share_for_80), percent(spread.top_20_share)];
            lines.push(match self.language {
                Language::En => format!(
                    "{customers} of the customers bring 80 % of {}; the best 20 % bring {top}; Gini {:.2}",
                    spread.column, spread.gini
                ),
                Language::Zh => format!(
                    "{customers} 的客户贡献了“{}”的 80%；前 20% 的客户贡献 {top}；基尼系数 {:.2}",
                    spread.column, spread.gini
                ),
            });
        }
        lines.join("\n")
    }

    fn classes(&self, report: &SharedTier) -> String {
        let mut table = Table::new([
            "",
            self.say("customers", "客户"),
            self.say("share", "占比"),
            self.say("value", "价值"),
            self.say("service", "服务级别"),
        ]);
        for class in report.classes.iter().take(CLASSES) {
            table.row([
                class.tier.clone(),
                customers(class.customers),
                part(class.share),
                part(class.value_share),
                class.service.as_ref().map_or("–", |service| service.get(self.language)).to_owned(),
            ]);
        }
        let rest = report.classes.len().saturating_sub(CLASSES);
        let table = table.within(self.width);
        match rest {
            0 => table.to_string(),
            _ => format!("{table}\n… {rest} {}", self.say("more in comparison.json", "个更多等级见 comparison.json")),
        }
    }

    fn matrix(&self, matrix: &SharedMatrix) -> String {
        let mut table = Table::new([
            matrix.x.column.as_str(),
            matrix.y.column.as_str(),
            "",
            self.say("customers", "客户"),
            self.say("share", "占比"),
            self.say("value", "价值"),
            self.say("action", "建议"),
        ]);
        for cell in &matrix.cells {
            table.row([
                matrix.x.levels[cell.x].get(self.language).to_owned(),
                matrix.y.levels[cell.y].get(self.language).to_owned(),
                cell.name.get(self.language).to_owned(),
                customers(cell.customers),
                part(cell.share),
                part(cell.value_share),
                cell.action.as_ref().map_or("", |action| action.get(self.language)).to_owned(),
            ]);
        }
        table.within(self.width).to_string()
    }

    /// The largest disagreements that a rule describes.
    pub(super) fn cell_rules(&self, comparison: &SharedComparison) -> Vec<String> {
        let ruled = comparison.disagreements.iter().filter_map(|cell| Some((cell, cell.rule.as_ref()?)));
        let line = |(cell, rule): (&Cell, &CellRule)| {
            let part = |share: Option<f64>| share.map_or("–".to_owned(), percent);
            let (precision, recall, share) = (part(rule.precision), part(rule.recall), part(rule.share));
            let (tier, expected, text) = (&cell.tier, &cell.expected_tier, rule.text.get(self.language));
            let customers = count(cell.customers);
            match self.language {
                Language::En => format!(
                    "{customers} of tier {tier} where {expected} is typical: {text} (right for {precision} against {share} by guessing, finds {recall})"
                ),
                Language::Zh => format!(
                    "{customers} 名 {tier} 级客户（典型等级 {expected}）：{text}（准确率 {precision}，随机 {share}；覆盖率 {recall}）"
                ),
            }
        };
        ruled.take(RULES).map(line).collect()
    }

    /// The segments as targets.
    pub(super) fn targets(&self) -> Option<String> {
        let targets = self.run.targets.as_ref().filter(|targets| targets.say_more_than_sizes)?;
        let any = |told: fn(&SharedTarget) -> bool| targets.segments.iter().any(told);
        let with_value = any(|target| !matches!(target.mean_value, Shown::Value(None)));
        let with_service = any(|target| target.service.is_some());
        let mut headings = vec!["", self.say("segment", "客群"), self.say("customers", "客户")];
        if with_value {
            headings.push(self.say("mean value", "人均价值"));
        }
        if targets.reach.is_some() {
            headings.push(self.say("reachable", "可触达"));
        }
        headings.push(self.say("score", "得分"));
        if with_service {
            headings.push(self.say("service", "服务级别"));
        }
        let mut table = Table::new(headings);
        for target in &targets.segments {
            let figure = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
            let mut row = vec![
                target.rank.to_string(),
                format!("{} {}", target.segment_id, target.segment.get(self.language)),
                customers(target.customers),
            ];
            if with_value {
                row.push(figure(target.mean_value.known().map(plain)));
            }
            if targets.reach.is_some() {
                row.push(figure(target.reachability.known().map(percent)));
            }
            row.push(figure(target.score.value().copied().map(plain)));
            if with_service {
                row.push(target.service.as_ref().map_or("–", |service| service.get(self.language)).to_owned());
            }
            table.row(row);
        }
        let by = self.say("score", "得分");
        let (heading, table) = (self.heading("Targets", "目标客群"), table.within(self.width));
        Some(format!("{heading}\n{table}\n{by} = {}", targets.formula.get(self.language)))
    }

    /// Whose tier to look at first.
    pub(super) fn moves(&self) -> Option<String> {
        let moves = self.run.moves.as_ref()?;
        let mut table = Table::new([
            "",
            self.say("customer", "客户"),
            self.say("tier", "等级"),
            self.say("expected", "预期等级"),
            self.say("segment", "客群"),
            self.say("value", "价值"),
            self.say("expected value", "预期价值"),
        ]);
        for direction in [Direction::TooLow, Direction::TooHigh] {
            let word = match direction {
                Direction::TooLow => self.say("too low", "偏低"),
                Direction::TooHigh => self.say("too high", "偏高"),
            };
            let of_direction = moves.customers.iter().filter(|customer| customer.direction == direction);
            for customer in of_direction.take(CUSTOMERS) {
                let Move { id, tier, expected_tier, value, expected_value, .. } = customer;
                table.row([
                    word.to_owned(),
                    id.clone(),
                    tier.clone(),
                    expected_tier.clone(),
                    customer.segment.get(self.language).to_owned(),
                    plain(*value),
                    plain(*expected_value),
                ]);
            }
        }
        let (low, high) = (customers(moves.n_too_low), customers(moves.n_too_high));
        let line = match self.language {
            Language::En => {
                let look = match moves.n_too_low {
                    Shown::Value(1) => "customer looks",
                    _ => "customers look",
                };
                format!("{low} {look} too low, {high} too high; ranked in disagreements.parquet")
            }
            Language::Zh => format!("{low} 名客户等级偏低，{high} 名偏高；完整排序见 disagreements.parquet"),
        };
        let table = table.within(self.width);
        Some(format!("{}\n{table}\n{line}", self.heading("Tiers to look at", "需复核的等级")))
    }
}

fn customers(shown: Shown<u64>) -> String {
    shown.value().map_or_else(|| HELD_BACK.to_owned(), |&n| count(n))
}

fn part(share: Shown<Option<f64>>) -> String {
    share.known().map_or("–".to_owned(), percent)
}
