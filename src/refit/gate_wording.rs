//! What a rule of the gate says.

use super::gate::{Rule, RuleName};
use crate::Text;
use crate::figures::percent;

impl Rule {
    /// What was found, in a sentence; a value that is not there is written `unknown`.
    pub fn said(&self, unknown: &str) -> Text {
        let (value, limit) = (self.value, self.limit);
        let percent = |share: Option<f64>| share.map_or_else(|| unknown.to_owned(), percent);
        let psi = value.map_or_else(|| unknown.to_owned(), |psi| format!("{psi:.2}"));
        let (now, at) = (percent(value), percent(Some(limit)));
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
            RuleName::Drift => (
                format!("the PSI of a feature is {psi}, {limit} is allowed"),
                format!("某特征的 PSI 为 {psi}，允许 {limit}"),
            ),
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
}
