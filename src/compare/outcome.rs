//! A two-level column told per segment: how often it is positive there, and how often elsewhere.

use serde::{Deserialize, Serialize};

use crate::load::Levels;
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Partition};
use crate::stats::wilson;
use crate::{Text, Warning};

/// Levels that say yes, in lower case.
const YES: [&str; 14] = ["yes", "y", "true", "t", "1", "是", "有", "已流失", "流失", "sí", "si", "ja", "oui", "sim"];
/// Levels that say no, in lower case.
const NO: [&str; 13] = ["no", "n", "false", "f", "0", "否", "无", "未流失", "nein", "non", "não", "nao", "nej"];

/// What a two-level column is in every segment. It is told, never compared: nobody is expected to have an outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OutcomeReport {
    /// The column.
    pub column: String,
    /// The level that is counted: the one that says yes, else the rarer.
    pub positive: String,
    /// The other level.
    pub negative: String,
    /// Customers in a cluster, or noise, whose level is known.
    pub customers: u64,
    /// Those of them with the positive level.
    pub positives: u64,
    /// positives / customers; `None` without customers.
    pub rate: Option<f64>,
    /// The clusters of the primary clustering in order, then noise where there is some.
    pub segments: Vec<OutcomeRate>,
}

/// A segment's part of an outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OutcomeRate {
    /// The cluster; `None` = noise.
    pub cluster: Option<ClusterId>,
    /// What it is called.
    pub name: Text,
    /// Its customers whose level is known.
    pub customers: u64,
    /// Those of them with the positive level.
    pub positives: u64,
    /// positives / customers; `None` without customers, as all that follows.
    pub rate: Option<f64>,
    /// Lower end of the 95 % interval of the rate (Wilson).
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// The rate over that of all customers; `None` where nobody is positive.
    pub lift: Option<f64>,
}

impl OutcomeReport {
    /// Of the table column `outcome`, which has two levels, in the clusters of `partition`.
    ///
    /// # Panics
    /// When the column does not have two levels, or rows, partition and names do not belong together.
    pub fn of(outcome: &Levels, partition: &Partition, rows: &RowMap, names: &[Text]) -> OutcomeReport {
        assert_eq!(outcome.levels().len(), 2, "load refuses other outcomes");
        assert_eq!((partition.n_clusters(), partition.n_rows()), (names.len(), rows.n_matrix()), "one name a cluster");
        let mut counts = vec![[0_u64; 2]; partition.n_clusters() + 1];
        for (matrix_row, label) in partition.labels().iter().enumerate() {
            if let Some(code) = outcome.code(rows.table_row(matrix_row)) {
                counts[label.map_or(partition.n_clusters(), ClusterId::index)][code] += 1;
            }
        }
        let total = |code: usize| counts.iter().map(|count| count[code]).sum::<u64>();
        let positive = positive_level(outcome.levels(), [total(0), total(1)]);
        let (customers, positives) = (total(0) + total(1), total(positive));
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        let rate = share(positives, customers);
        let segment = |(c, count): (usize, &[u64; 2])| {
            let (customers, positives) = (count[0] + count[1], count[positive]);
            let here = share(positives, customers);
            let ends = here.map(|_| wilson(positives as f64, customers as f64));
            OutcomeRate {
                cluster: (c < names.len()).then(|| ClusterId::new(c)),
                name: names.get(c).cloned().unwrap_or_else(|| Text::new("noise", "噪声")),
                customers,
                positives,
                rate: here,
                low: ends.map(|ends| ends.0),
                high: ends.map(|ends| ends.1),
                lift: here.zip(rate.filter(|&rate| rate > 0.0)).map(|(here, rate)| here / rate),
            }
        };
        let shown = counts.iter().enumerate().filter(|(c, count)| *c < names.len() || count.iter().sum::<u64>() > 0);
        OutcomeReport {
            column: outcome.name().to_owned(),
            positive: outcome.levels()[positive].clone(),
            negative: outcome.levels()[1 - positive].clone(),
            customers,
            positives,
            rate,
            segments: shown.map(segment).collect(),
        }
    }
}

/// The level that says yes beside one that does not, else the one of fewer customers, else the second.
fn positive_level(levels: &[String], counts: [u64; 2]) -> usize {
    let says = |words: &[&str], level: &String| words.contains(&level.trim().to_lowercase().as_str());
    match [says(&YES, &levels[0]), says(&YES, &levels[1])] {
        [true, false] => 0,
        [false, true] => 1,
        _ => usize::from(counts[1] <= counts[0]),
    }
}

/// A tier of yes and no is an outcome rather than a class: nobody of "no" has been given too low a tier.
pub fn tier_is_outcome(tier: &Levels) -> Option<Warning> {
    let says = |words: &[&str], level: &String| words.contains(&level.trim().to_lowercase().as_str());
    let levels = tier.levels();
    let is_answer = |level: &String| says(&YES, level) || says(&NO, level);
    if levels.len() != 2 || !levels.iter().all(is_answer) {
        return None;
    }
    let name = tier.name();
    let message = Text::new(
        format!(
            "tier {name:?} says yes or no, which is an outcome and no class; source.outcome = {name:?} tells its rate in every segment"
        ),
        format!(
            "等级列“{name}”只有“是/否”两种取值，更像结果而非等级；设置 source.outcome = {name:?} 可按客群给出其比率"
        ),
    );
    Some(Warning::new("tier_is_outcome", message).with("tier", name).with("levels", levels.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_yes_is_positive_whatever_its_share_and_else_the_rarer() {
        let levels = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        assert_eq!(positive_level(&levels("No", "Yes"), [10, 90]), 1);
        assert_eq!(positive_level(&levels("false", "true"), [10, 90]), 1);
        assert_eq!(positive_level(&levels("否", "是"), [10, 90]), 1);
        assert_eq!(positive_level(&levels("active", "gone"), [90, 10]), 1);
        assert_eq!(positive_level(&levels("active", "gone"), [10, 90]), 0);
        assert_eq!(positive_level(&levels("1", "2"), [90, 10]), 0);
    }

    #[test]
    fn rates_lifts_and_intervals_are_those_counted_by_hand() {
        let outcome = Levels::from_text("churn", &[Some("no"), Some("yes"), None, Some("yes"), Some("no"), Some("no")]);
        let partition = Partition::from_signed(&[0, 0, 0, 1, 1, -1]);
        let names = [Text::new("a", "甲"), Text::new("b", "乙")];
        let report = OutcomeReport::of(&outcome, &partition, &RowMap::all(6), &names);
        assert_eq!((report.positive.as_str(), report.customers, report.positives), ("yes", 5, 2));
        assert_eq!(report.rate, Some(0.4));
        let counted: Vec<_> = report.segments.iter().map(|s| (s.customers, s.positives, s.rate, s.lift)).collect();
        assert_eq!(counted[..2], [(2, 1, Some(0.5), Some(1.25)), (2, 1, Some(0.5), Some(1.25))]);
        assert_eq!(counted[2], (1, 0, Some(0.0), Some(0.0)), "noise stands last");
        let (low, high) = wilson(1.0, 2.0);
        assert_eq!((report.segments[0].low, report.segments[0].high), (Some(low), Some(high)));
    }

    #[test]
    fn yes_and_no_are_an_outcome_and_letters_are_a_tier() {
        let column = |values: &[&str]| Levels::from_text("c", &values.iter().map(|v| Some(*v)).collect::<Vec<_>>());
        assert!(tier_is_outcome(&column(&["Yes", "No"])).is_some());
        assert!(tier_is_outcome(&column(&["0", "1"])).is_some());
        assert!(tier_is_outcome(&column(&["A", "B"])).is_none());
        assert!(tier_is_outcome(&column(&["Yes", "No", "?"])).is_none());
    }
}
