//! What a rule of the gate says.

use super::gate::{Rule, RuleName};
use crate::Text;
use crate::figures::percent;

impl Rule {
    /// What was found, in a sentence; a figure that is not there is held back where `is_held_back`, else it could not be
    /// measured.
    pub fn said(&self, is_held_back: bool) -> Text {
        let now = match (self.value, self.rule) {
            (None, rule) if rule.is_figure() => return self.without_figure(is_held_back),
            (value, RuleName::Drift) => format!("{:.2}", value.unwrap_or_default()),
            (value, _) => percent(value.unwrap_or_default()),
        };
        let at = self.limit();
        let about = if self.about.is_empty() { String::new() } else { format!(" ({})", self.about.join(", ")) };
        let (en, zh) = match self.rule {
            RuleName::Continued => {
                ("the run could not be held against the one before".to_owned(), "无法与上次运行对照".to_owned())
            }
            RuleName::Carried => (
                format!("{now} of the customers are in segments that went on, {at} are asked for"),
                format!("{now} 的客户所在客群得以延续，要求 {at}"),
            ),
            RuleName::Uncertain => {
                ("too few customers decide what became of segments".to_owned(), "决定客群去向的客户过少".to_owned())
            }
            RuleName::Contested => (
                "another way to hold the runs against each other gives an id to another cluster".to_owned(),
                "另一种对照方式将标识给了别的聚类".to_owned(),
            ),
            RuleName::Redefined => (
                format!("{now} of the customers are elsewhere by definition alone, {at} are allowed"),
                format!("{now} 的客户仅因定义改变而换了客群，允许 {at}"),
            ),
            RuleName::VanishedValue => (
                format!("segments with {now} of the value vanished, {at} are allowed"),
                format!("消失的客群占金额的 {now}，允许 {at}"),
            ),
            RuleName::Drift => {
                (format!("the PSI of a feature is {now}, {at} is allowed"), format!("某特征的 PSI 为 {now}，允许 {at}"))
            }
            RuleName::Stability => (
                format!("a segment that was stable comes back in {now} of the samples, {at} are asked for"),
                format!("原先稳定的客群在样本中的重现度为 {now}，要求 {at}"),
            ),
            RuleName::Structure => {
                ("there was structure, and there is none".to_owned(), "原先有客群结构，现在没有".to_owned())
            }
            RuleName::Rows => (
                format!("the table has {now} of the customers of the one before, {at} are asked for"),
                format!("客户数为上次的 {now}，要求 {at}"),
            ),
            RuleName::MissingRise => (
                format!("the missing share of a feature rose by {now}, {at} are allowed"),
                format!("某特征的缺失占比上升 {now}，允许 {at}"),
            ),
            RuleName::Columns => ("the features are others".to_owned(), "特征列不同".to_owned()),
            RuleName::OutOfOrder => {
                ("a run of a later date is promoted already".to_owned(), "已有更晚日期的运行上位".to_owned())
            }
        };
        Text::new(en + &about, zh + &about)
    }

    /// That the figure of the rule is not known, and its limit.
    fn without_figure(&self, is_held_back: bool) -> Text {
        let (Text { en, zh }, limit) = (self.rule.words(), self.limit());
        let (why, why_zh) = match is_held_back {
            true => ("held back, for it would tell of few customers", "已隐去，以免透露少数客户的情况"),
            false => ("it could not be measured", "无法计算"),
        };
        Text::new(format!("{en}: {why} (limit {limit})"), format!("{zh}：{why_zh}（限值 {limit}）"))
    }

    /// The limit as it is written.
    fn limit(&self) -> String {
        match self.rule {
            RuleName::Drift => self.limit.to_string(),
            _ => percent(self.limit),
        }
    }
}

impl RuleName {
    /// Whether a figure is held against a limit, and not only a yes or a no.
    fn is_figure(self) -> bool {
        match self {
            RuleName::Carried
            | RuleName::Redefined
            | RuleName::VanishedValue
            | RuleName::Drift
            | RuleName::Stability
            | RuleName::Rows
            | RuleName::MissingRise => true,
            RuleName::Continued
            | RuleName::Uncertain
            | RuleName::Contested
            | RuleName::Structure
            | RuleName::Columns
            | RuleName::OutOfOrder => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_its_figure_says_why_in_words() {
        let said = |rule, value, is_held_back| {
            let about = vec!["monetary".to_owned()];
            Rule { rule, value, limit: 0.25, sample: 900, passed: Some(false), about }.said(is_held_back)
        };
        assert_eq!(
            said(RuleName::Drift, Some(0.3049), false).en,
            "the PSI of a feature is 0.30, 0.25 is allowed (monetary)"
        );
        assert_eq!(
            said(RuleName::Drift, None, false),
            Text::new(
                "PSI of a feature, tested: it could not be measured (limit 0.25)",
                "特征的 PSI（经检验）：无法计算（限值 0.25）"
            )
        );
        assert_eq!(
            said(RuleName::MissingRise, None, true),
            Text::new(
                "largest rise of a missing share: held back, for it would tell of few customers (limit 25.0 %)",
                "缺失占比的最大上升：已隐去，以免透露少数客户的情况（限值 25.0 %）"
            )
        );
        assert_eq!(said(RuleName::Structure, None, false).en, "there was structure, and there is none (monetary)");
    }
}
