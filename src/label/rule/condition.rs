use serde::{Deserialize, Serialize};

use crate::Text;

/// What a rule asks of one column: of a number an interval in original units, open below and closed above; of a category a
/// level, or that it is none of some levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RuleCondition {
    /// The column.
    pub column: String,
    /// The value is above this; `None` = no lower end.
    pub above: Option<f64>,
    /// The value is at most this; `None` = no upper end.
    pub at_most: Option<f64>,
    /// Whether a missing value fulfils the condition too.
    pub missing: bool,
    /// The level of a category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Levels that the category is none of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_levels: Vec<String>,
    /// Whether the column has cells that hold NaN or ±inf: missing here, numbers to a database, where NaN is mostly the
    /// largest of all.
    #[serde(default)]
    pub not_finite: bool,
    /// What the numbers of the column are called where they are not what its name says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Text>,
}

impl RuleCondition {
    /// Whether a category with this text fulfils the condition; `None` is missing.
    pub fn holds_text(&self, text: Option<&str>) -> bool {
        let Some(text) = text else { return self.missing };
        self.level.as_ref().is_none_or(|level| level == text) && self.not_levels.iter().all(|level| level != text)
    }

    /// Whether the number `value` fulfils the condition; NaN is missing.
    pub fn holds(&self, value: f64) -> bool {
        if value.is_nan() {
            return self.missing;
        }
        self.above.is_none_or(|low| value > low) && self.at_most.is_none_or(|high| value <= high)
    }

    /// The condition as people write it: `3 < orders ≤ 10`, `contract = monthly`.
    pub fn text(&self) -> Text {
        let spoken = self.spoken.clone().unwrap_or_else(|| Text::new(self.column.as_str(), self.column.as_str()));
        let [en, zh] = [&spoken.en, &spoken.zh].map(|column| self.about(column));
        match self.missing {
            true => Text::new(format!("{en} or missing"), format!("{zh} 或缺失")),
            false => Text::new(en, zh),
        }
    }

    /// The condition on what is called `column`.
    fn about(&self, column: &str) -> String {
        let of_levels = match &self.level {
            Some(level) => Some(format!("{column} = {level}")),
            None if self.not_levels.is_empty() => None,
            None => Some(format!("{column} ≠ {}", self.not_levels.join(", "))),
        };
        of_levels.unwrap_or_else(|| match (self.above, self.at_most) {
            (Some(low), Some(high)) => format!("{low} < {column} ≤ {high}"),
            (Some(low), None) => format!("{column} > {low}"),
            (None, Some(high)) => format!("{column} ≤ {high}"),
            (None, None) => column.to_owned(),
        })
    }

    fn sql(&self) -> String {
        let column = format!("\"{}\"", self.column.replace('"', "\"\""));
        let ends =
            [self.above.map(|low| format!("{column} > {low}")), self.at_most.map(|high| format!("{column} <= {high}"))];
        let interval = match &self.level {
            Some(level) => format!("{column} = {}", quoted(level)),
            None if self.not_levels.is_empty() => ends.into_iter().flatten().collect::<Vec<_>>().join(" AND "),
            None => {
                let levels: Vec<String> = self.not_levels.iter().map(|level| quoted(level)).collect();
                format!("{column} NOT IN ({})", levels.join(", "))
            }
        };
        // NaN and ±inf less themselves are NaN, which equals nothing. A comparison with the largest number would say the
        // same, but databases answer it from the statistics of a Parquet file, which leave NaN out.
        let [finite, not_finite] = ["=", "<>"].map(|sign| format!("{column} - {column} {sign} 0"));
        match (self.missing, self.not_finite) {
            (true, true) => format!("({interval} AND {finite} OR {column} IS NULL OR {not_finite})"),
            (true, false) => format!("({interval} OR {column} IS NULL)"),
            (false, true) => format!("{interval} AND {finite}"),
            (false, false) => interval,
        }
    }

    /// Both conditions on the same column at once.
    pub(super) fn and(&self, other: &RuleCondition) -> RuleCondition {
        let pick = |a: Option<f64>, b: Option<f64>, better: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(better(a, b)),
            (a, b) => a.or(b),
        };
        RuleCondition {
            column: self.column.clone(),
            above: pick(self.above, other.above, f64::max),
            at_most: pick(self.at_most, other.at_most, f64::min),
            missing: self.missing && other.missing,
            not_levels: match self.level.is_some() || other.level.is_some() {
                true => Vec::new(),
                false => self.not_levels.iter().chain(&other.not_levels).cloned().collect(),
            },
            level: self.level.clone().or_else(|| other.level.clone()),
            not_finite: self.not_finite,
            spoken: self.spoken.clone(),
        }
    }
}

/// A text as SQL writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Conditions that must all hold, as people write them; no condition holds for everybody.
pub fn conjunction(conditions: &[RuleCondition]) -> Text {
    if conditions.is_empty() {
        return Text::new("everybody", "所有客户");
    }
    let (en, zh): (Vec<String>, Vec<String>) =
        conditions.iter().map(RuleCondition::text).map(|text| (text.en, text.zh)).unzip();
    Text::new(en.join(" and "), zh.join(" 且 "))
}

/// Conditions that must all hold, as an SQL expression with quoted column names.
///
/// Missing values are nulls there, or NaN and ±inf in columns that hold them; a missing value fulfils a condition only where
/// the rule says so.
pub fn sql(conditions: &[RuleCondition]) -> String {
    if conditions.is_empty() {
        return "TRUE".to_owned();
    }
    conditions.iter().map(RuleCondition::sql).collect::<Vec<_>>().join(" AND ")
}

/// A threshold t with low ≤ t < high in the fewest digits, near the middle: what people can remember.
pub(super) fn readable_between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    let inside = |t: f64| low <= t && t < high;
    for digits in 0..17 {
        let rounded: f64 = format!("{middle:.digits$e}").parse().expect("a number it wrote");
        // The logarithm of 0 is beyond every exponent.
        let unit = 10f64.powi((digits as i32).saturating_sub(middle.abs().log10().floor() as i32));
        let cut_off = (middle * unit).floor() / unit;
        if let Some(t) = [rounded, cut_off].into_iter().find(|&t| inside(t)) {
            return t + 0.0;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_have_the_fewest_digits_that_separate() {
        let cases = [
            (3.0, 4.0, 3.0),
            (19.9, 20.3, 20.0),
            (0.38, 0.41, 0.4),
            (-1.0, 1.0, 0.0),
            (118.2, 131.9, 130.0),
            (-4.0, -3.0, -4.0),
            (1e9 + 1.0, 1e9 + 2.0, 1e9 + 1.0),
        ];
        for (low, high, expected) in cases {
            assert_eq!(readable_between(low, high), expected, "{low} … {high}");
        }
    }

    #[test]
    fn thresholds_separate_whatever_the_neighbours() {
        let ends = [
            f64::MIN,
            -1e300,
            -2.5,
            -1e-300,
            -5e-324,
            0.0,
            5e-324,
            1e-12,
            0.1,
            1.0,
            1.0 + f64::EPSILON,
            7e18,
            f64::MAX,
        ];
        for pair in ends.windows(2) {
            let t = readable_between(pair[0], pair[1]);
            assert!(pair[0] <= t && t < pair[1], "{pair:?}: {t}");
        }
    }

    #[test]
    fn conditions_read_the_same_in_text_sql_and_on_values() {
        let condition = |above, at_most, missing| RuleCondition {
            column: "a\"b".into(),
            above,
            at_most,
            missing,
            not_finite: false,
            spoken: None,
            level: None,
            not_levels: Vec::new(),
        };
        let both = condition(Some(3.0), None, true).and(&condition(None, Some(10.5), true));
        assert_eq!(both.text(), Text::new("3 < a\"b ≤ 10.5 or missing", "3 < a\"b ≤ 10.5 或缺失"));
        assert_eq!(sql(std::slice::from_ref(&both)), "(\"a\"\"b\" > 3 AND \"a\"\"b\" <= 10.5 OR \"a\"\"b\" IS NULL)");
        assert_eq!([3.0, 3.1, 10.5, 10.6, f64::NAN].map(|x| both.holds(x)), [false, true, true, false, true]);
        let tighter = both.and(&condition(Some(5.0), None, false));
        assert_eq!((tighter.above, tighter.at_most, tighter.missing), (Some(5.0), Some(10.5), false));
        let strange = RuleCondition { column: "x".into(), not_finite: true, ..both };
        let expected = "(\"x\" > 3 AND \"x\" <= 10.5 AND \"x\" - \"x\" = 0 OR \"x\" IS NULL OR \"x\" - \"x\" <> 0)";
        assert_eq!(sql(&[strange]), expected, "NaN is missing to databases for which it is a number");
        assert_eq!((conjunction(&[]).en.as_str(), sql(&[]).as_str()), ("everybody", "TRUE"));
    }

    #[test]
    fn conditions_on_levels_read_the_same_in_text_sql_and_on_texts() {
        let condition = |level: Option<&str>, not_levels: &[&str], missing| RuleCondition {
            column: "plan".into(),
            above: None,
            at_most: None,
            missing,
            not_finite: false,
            spoken: None,
            level: level.map(str::to_owned),
            not_levels: not_levels.iter().map(|&level| level.to_owned()).collect(),
        };
        let neither = condition(None, &["a"], true).and(&condition(None, &["it's"], true));
        assert_eq!(neither.text(), Text::new("plan ≠ a, it's or missing", "plan ≠ a, it's 或缺失"));
        assert_eq!(sql(std::slice::from_ref(&neither)), "(\"plan\" NOT IN ('a', 'it''s') OR \"plan\" IS NULL)");
        assert_eq!([Some("a"), Some("b"), None].map(|text| neither.holds_text(text)), [false, true, true]);
        let one = neither.and(&condition(Some("b"), &[], false));
        assert_eq!((one.text().en.as_str(), sql(std::slice::from_ref(&one)).as_str()), ("plan = b", "\"plan\" = 'b'"));
        assert_eq!([Some("a"), Some("b"), None].map(|text| one.holds_text(text)), [false, true, false]);
    }
}
