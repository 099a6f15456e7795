//! What a configuration value may be. The same constraint checks a value and words the error.

use std::path::Path;

use toml::Value;

use crate::Language;
use crate::object_url::is_url;

/// What a configuration value may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Constraint {
    /// Any text that is not empty.
    Text,
    /// A folder on disk: any text that is not empty and no URL.
    Folder,
    /// Any text; empty = absent.
    OptionalText,
    /// A list of texts.
    TextList,
    /// A list of texts, none of them twice.
    DistinctTexts,
    /// A list of texts and finite numbers.
    Scalars,
    /// A calendar date such as `"2024-01-31"`; empty = absent.
    OptionalDate,
    /// true or false.
    Bool,
    /// A whole number in `low..=high`.
    Whole {
        /// The smallest.
        low: i64,
        /// The largest.
        high: i64,
    },
    /// A finite number in an interval.
    Number {
        /// The lower end.
        low: f64,
        /// Whether the lower end itself is allowed.
        low_included: bool,
        /// The upper end; infinity = none.
        high: f64,
        /// Whether the upper end itself is allowed.
        high_included: bool,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A word, or what another constraint allows.
    WordOr(&'static str, &'static Constraint),
    /// `[low, high]`, whole, `low ≥ min`, ascending.
    Range {
        /// The smallest `low`.
        min: i64,
    },
    /// A size such as `"8 GB"`, or whole bytes.
    Size,
    /// A time such as `"2h"` or `"90m"`.
    Duration,
    /// So many numbers in ascending or descending order.
    Numbers {
        /// The fewest.
        fewest: usize,
        /// The most.
        most: usize,
        /// Whether they ascend; else they descend.
        ascending: bool,
        /// Whether each is a share, in (0, 1).
        shares: bool,
    },
    /// A list of tables such as this one, each checked when it is read.
    Tables(&'static str),
    /// What these words say, checked when it is read.
    Form(&'static str),
}

/// Any finite number above zero.
pub const POSITIVE: Constraint =
    Constraint::Number { low: 0.0, low_included: false, high: f64::INFINITY, high_included: false };

/// Any finite number from zero.
pub const NOT_NEGATIVE: Constraint =
    Constraint::Number { low: 0.0, low_included: true, high: f64::INFINITY, high_included: false };

/// A number from 0 to 1.
pub const SHARE: Constraint = Constraint::Number { low: 0.0, low_included: true, high: 1.0, high_included: true };

/// A whole number from 1 that fits 32 bits.
pub const COUNT: Constraint = Constraint::Whole { low: 1, high: u32::MAX as i64 };

impl Constraint {
    /// Whether `value` is allowed.
    pub fn admits(&self, value: &Value) -> bool {
        match self {
            Constraint::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Constraint::Folder => value.as_str().is_some_and(|text| !text.is_empty() && !is_url(Path::new(text))),
            Constraint::OptionalText => value.is_str(),
            Constraint::TextList => value.as_array().is_some_and(|list| list.iter().all(Value::is_str)),
            Constraint::DistinctTexts => {
                let all_texts = Constraint::TextList.admits(value);
                let texts: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                all_texts && texts.iter().enumerate().all(|(i, text)| !texts[..i].contains(text))
            }
            Constraint::Scalars => value
                .as_array()
                .is_some_and(|list| list.iter().all(|v| v.is_str() || number(v).is_some_and(f64::is_finite))),
            Constraint::OptionalDate => value.as_str() == Some("") || date(value).is_some(),
            Constraint::Bool => value.is_bool(),
            Constraint::Whole { low, high } => value.as_integer().is_some_and(|v| (*low..=*high).contains(&v)),
            Constraint::Number { low, low_included, high, high_included } => number(value).is_some_and(|v| {
                v.is_finite()
                    && (v > *low || (*low_included && v == *low))
                    && (v < *high || (*high_included && v == *high))
            }),
            Constraint::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Constraint::WordOr(word, other) => value.as_str() == Some(word) || other.admits(value),
            Constraint::Range { min } => range(value).is_some_and(|(low, high)| *min <= low && low <= high),
            Constraint::Size => size(value).is_some(),
            Constraint::Duration => seconds(value).is_some(),
            Constraint::Numbers { fewest, most, ascending, shares } => numbers(value).is_some_and(|list| {
                let in_order = |pair: &[f64]| if *ascending { pair[0] < pair[1] } else { pair[0] > pair[1] };
                (*fewest..=*most).contains(&list.len())
                    && list.iter().all(|v| v.is_finite() && (!shares || (0.0 < *v && *v < 1.0)))
                    && list.windows(2).all(in_order)
            }),
            Constraint::Tables(_) => value.as_array().is_some_and(|list| list.iter().all(Value::is_table)),
            Constraint::Form(_) => true,
        }
    }

    /// What is allowed, as a phrase that fits after "must be".
    pub fn allowed(&self) -> String {
        self.allowed_in(Language::En)
    }

    /// What is allowed, in a language.
    pub fn allowed_in(&self, language: Language) -> String {
        let say = |en: &'static str, zh: &'static str| language.say(en, zh).to_owned();
        match self {
            Constraint::Text => say("a text that is not empty", "非空文本"),
            Constraint::Folder => say("a folder on disk", "磁盘上的文件夹"),
            Constraint::OptionalText => say("a text", "文本"),
            Constraint::TextList => say("a list of texts", "文本列表"),
            Constraint::DistinctTexts => say("a list of texts, none of them twice", "文本列表，每项只出现一次"),
            Constraint::Scalars => say("a list of texts and numbers", "文本和数的列表"),
            Constraint::OptionalDate => say("a date such as \"2024-01-31\"", "日期，例如 \"2024-01-31\""),
            Constraint::Bool => say("true or false", "true 或 false"),
            Constraint::Whole { low, high } => whole(*low, *high, language),
            Constraint::Number { low, low_included, high, high_included } => {
                let low = format!("{} {low}", if *low_included { "≥" } else { ">" });
                let high = format!("{} {high}", if *high_included { "≤" } else { "<" });
                match (language, self.has_upper_end()) {
                    (Language::En, true) => format!("a number {low} and {high}"),
                    (Language::En, false) => format!("a number {low}"),
                    (Language::Zh, true) => format!("{low} 且 {high} 的数"),
                    (Language::Zh, false) => format!("{low} 的数"),
                }
            }
            Constraint::OneOf(words) => words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" | "),
            Constraint::WordOr(word, other) => {
                format!("{word:?}{}{}", language.say(" or ", " 或"), other.allowed_in(language))
            }
            Constraint::Range { min } => match language {
                Language::En => format!("two whole numbers [low, high], {min} ≤ low ≤ high"),
                Language::Zh => format!("两个整数 [low, high]，{min} ≤ low ≤ high"),
            },
            Constraint::Size => say("a size such as \"8 GB\"", "容量，例如 \"8 GB\""),
            Constraint::Duration => say("a time such as \"90m\" or \"2h\"", "时长，例如 \"90m\" 或 \"2h\""),
            Constraint::Numbers { fewest, most, ascending, shares } => {
                let count = match (fewest, most) {
                    (2, 2) => say("two", "两"),
                    (3, 3) => say("three", "三"),
                    _ => format!("{fewest} {} {most}", language.say("to", "到")),
                };
                let order = if *ascending { say("ascending", "升序") } else { say("descending", "降序") };
                match language {
                    Language::En => format!("{count} {order} numbers{}", if *shares { " in (0, 1)" } else { "" }),
                    Language::Zh => format!("{count}个{order}的数{}", if *shares { "，在 (0, 1) 之内" } else { "" }),
                }
            }
            Constraint::Tables(example) => {
                format!("{} {example}", language.say("a list of tables such as", "表的列表，例如"))
            }
            Constraint::Form(words) => (*words).to_owned(),
        }
    }

    /// Whether numbers end somewhere.
    fn has_upper_end(&self) -> bool {
        matches!(self, Constraint::Number { high, .. } if high.is_finite())
    }

    /// What kind of TOML value it is.
    pub fn type_in(&self, language: Language) -> &'static str {
        match self {
            Constraint::Text | Constraint::Folder | Constraint::OptionalText => language.say("text", "文本"),
            Constraint::OptionalDate | Constraint::OneOf(_) => language.say("text", "文本"),
            Constraint::Size | Constraint::Duration => language.say("text", "文本"),
            Constraint::TextList | Constraint::DistinctTexts | Constraint::Scalars => language.say("list", "列表"),
            Constraint::Range { .. } | Constraint::Numbers { .. } => language.say("list", "列表"),
            Constraint::Bool => language.say("truth", "真假"),
            Constraint::Whole { .. } => language.say("whole number", "整数"),
            Constraint::Number { .. } => language.say("number", "数"),
            Constraint::WordOr(_, other) => match (*other, language) {
                (Constraint::Whole { .. }, Language::En) => "text or whole number",
                (Constraint::Whole { .. }, Language::Zh) => "文本或整数",
                (Constraint::Number { .. }, Language::En) => "text or number",
                (Constraint::Number { .. }, Language::Zh) => "文本或数",
                _ => other.type_in(language),
            },
            Constraint::Tables(_) => language.say("list of tables", "表的列表"),
            Constraint::Form(_) => language.say("see docs/tiers.md", "见 docs/tiers.md"),
        }
    }

    /// A value that is allowed, to show how one is written; none where docs show it better.
    pub(super) fn example(&self) -> Option<Value> {
        Some(match self {
            Constraint::Text | Constraint::OptionalText => Value::from("…"),
            Constraint::Folder => Value::from("runs"),
            Constraint::TextList | Constraint::DistinctTexts => Value::from(vec!["A", "B", "C"]),
            Constraint::Scalars => Value::Array(vec![Value::from(-1), Value::from("n/a")]),
            Constraint::OptionalDate => Value::from("2024-01-31"),
            Constraint::Bool => Value::from(true),
            Constraint::Whole { low, high } => Value::from(6.clamp(*low, *high)),
            Constraint::Number { .. } => Value::from(if self.has_upper_end() { 0.1 } else { 0.5 }),
            Constraint::OneOf(words) => Value::from(words[0]),
            Constraint::WordOr(word, _) => Value::from(*word),
            Constraint::Range { min } => Value::from(vec![*min, min + 10]),
            Constraint::Size => Value::from("8 GB"),
            Constraint::Duration => Value::from("2h"),
            Constraint::Numbers { .. } | Constraint::Tables(_) | Constraint::Form(_) => return None,
        })
    }

    /// A value this constraint refuses, for tests that walk every key.
    #[cfg(test)]
    pub(super) fn refused_example(&self) -> Option<Value> {
        Some(match self {
            Constraint::Text => Value::from(""),
            Constraint::Folder => Value::from("s3://bucket/runs"),
            Constraint::OptionalText | Constraint::TextList | Constraint::Scalars | Constraint::Tables(_) => {
                Value::from(7)
            }
            Constraint::DistinctTexts => Value::from(vec!["A", "B", "A"]),
            Constraint::OptionalDate => Value::from("31/01/2024"),
            Constraint::Bool => Value::from("yes"),
            Constraint::Whole { low, .. } => Value::from(low - 1),
            Constraint::Number { .. } => Value::from(f64::NAN),
            Constraint::OneOf(_) => Value::from("no such word"),
            Constraint::WordOr(_, other) => return other.refused_example(),
            Constraint::Range { .. } => Value::from(vec![9, 3]),
            Constraint::Size | Constraint::Duration => Value::from("seven"),
            Constraint::Numbers { .. } => Value::from(vec![0.5, 0.5]),
            Constraint::Form(_) => return None,
        })
    }
}

/// A whole number between two ends.
fn whole(low: i64, high: i64, language: Language) -> String {
    match (language, high >= i64::from(u32::MAX)) {
        (Language::En, true) => format!("a whole number from {low}"),
        (Language::En, false) => format!("a whole number from {low} to {high}"),
        (Language::Zh, true) => format!("不小于 {low} 的整数"),
        (Language::Zh, false) => format!("{low} 到 {high} 的整数"),
    }
}

/// A number, whole or not.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|v| v as f64))
}

/// A list of numbers.
fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(number).collect()
}

/// `[low, high]`.
pub(super) fn range(value: &Value) -> Option<(i64, i64)> {
    match value.as_array()?.as_slice() {
        [low, high] => Some((low.as_integer()?, high.as_integer()?)),
        _ => None,
    }
}

/// Bytes of a size: whole bytes, or a number with B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (of 1024).
pub(super) fn size(value: &Value) -> Option<u64> {
    if let Some(bytes) = value.as_integer() {
        return u64::try_from(bytes).ok().filter(|&b| b > 0);
    }
    let text = value.as_str()?.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let amount: f64 = text[..split].trim().parse().ok()?;
    let unit = match text[split..].to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1048576.0,
        "gib" => 1073741824.0,
        "tib" => 1099511627776.0,
        _ => return None,
    };
    let bytes = amount * unit;
    (bytes.is_finite() && (1.0..1e18).contains(&bytes)).then_some(bytes as u64)
}

/// A date, quoted or as TOML writes it.
pub(super) fn date(value: &Value) -> Option<jiff::civil::Date> {
    match value {
        Value::Datetime(date) if date.time.is_none() => day(&date.to_string()),
        _ => day(value.as_str()?),
    }
}

/// A date without a time, which would be lost.
pub(crate) fn day(text: &str) -> Option<jiff::civil::Date> {
    text.parse().ok().filter(|date: &jiff::civil::Date| date.to_string() == text)
}

/// Seconds of a time such as `"2h"`, `"90m"`, `"1h 30m"`.
pub(super) fn seconds(value: &Value) -> Option<f64> {
    let span: jiff::SignedDuration = value.as_str()?.parse().ok()?;
    let seconds = span.as_secs_f64();
    (seconds > 0.0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read_in_usual_spellings() {
        assert_eq!(size(&Value::from("8 GB")), Some(8_000_000_000));
        assert_eq!(size(&Value::from("1.5GiB")), Some(1_610_612_736));
        assert_eq!(size(&Value::from("-1 GB")), None);
        assert_eq!(seconds(&Value::from("2h")), Some(7200.0));
        assert_eq!(seconds(&Value::from("1h 30m")), Some(5400.0));
        assert_eq!(seconds(&Value::from("0s")), None);
    }

    #[test]
    fn dates_are_read_quoted_or_bare() {
        let bare: toml::Table = "x = 2024-01-31".parse().unwrap();
        let time: toml::Table = "x = 2024-01-31T10:00:00Z".parse().unwrap();
        let expected = Some(jiff::civil::date(2024, 1, 31));
        assert_eq!([date(&bare["x"]), date(&Value::from("2024-01-31"))], [expected; 2]);
        assert_eq!([date(&time["x"]), date(&Value::from("2024-02-30"))], [None; 2]);
    }

    #[test]
    fn nan_is_no_number() {
        assert!(!POSITIVE.admits(&Value::from(f64::NAN)) && !NOT_NEGATIVE.admits(&Value::from(f64::INFINITY)));
        assert!(POSITIVE.admits(&Value::from(3)));
    }
}
