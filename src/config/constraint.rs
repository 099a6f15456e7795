//! What a configuration value may be. The same constraint checks a value and words the error.

use toml::Value;

/// What a configuration value may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Constraint {
    /// Any text that is not empty.
    Text,
    /// Any text; empty = absent.
    OptionalText,
    /// A list of texts.
    TextList,
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
    /// A list of tables, checked when it is read.
    Rules,
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
            Constraint::OptionalText => value.is_str(),
            Constraint::TextList => value.as_array().is_some_and(|list| list.iter().all(Value::is_str)),
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
            Constraint::Rules => value.as_array().is_some_and(|list| list.iter().all(Value::is_table)),
        }
    }

    /// What is allowed, as a phrase that fits after "must be".
    pub fn allowed(&self) -> String {
        match self {
            Constraint::Text => "a text that is not empty".into(),
            Constraint::OptionalText => "a text".into(),
            Constraint::TextList => "a list of texts".into(),
            Constraint::Scalars => "a list of texts and numbers".into(),
            Constraint::OptionalDate => "a date such as \"2024-01-31\"".into(),
            Constraint::Bool => "true or false".into(),
            Constraint::Whole { low, high } if *high >= i64::from(u32::MAX) => format!("a whole number from {low}"),
            Constraint::Whole { low, high } => format!("a whole number from {low} to {high}"),
            Constraint::Number { low, low_included, high, high_included } => {
                let low = format!("a number {} {low}", if *low_included { "≥" } else { ">" });
                if high.is_finite() {
                    format!("{low} and {} {high}", if *high_included { "≤" } else { "<" })
                } else {
                    low
                }
            }
            Constraint::OneOf(words) => {
                words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ").replace(", ", " | ")
            }
            Constraint::WordOr(word, other) => format!("{word:?} or {}", other.allowed()),
            Constraint::Range { min } => format!("two whole numbers [low, high], {min} ≤ low ≤ high"),
            Constraint::Size => "a size such as \"8 GB\"".into(),
            Constraint::Duration => "a time such as \"90m\" or \"2h\"".into(),
            Constraint::Rules => "a list of tables such as { kind = \"abc\", column = \"monetary\" }".into(),
        }
    }

    /// A value this constraint refuses, for tests that walk every key.
    #[cfg(test)]
    pub(super) fn refused_example(&self) -> Value {
        match self {
            Constraint::Text => Value::from(""),
            Constraint::OptionalText | Constraint::TextList | Constraint::Scalars | Constraint::Rules => Value::from(7),
            Constraint::OptionalDate => Value::from("31/01/2024"),
            Constraint::Bool => Value::from("yes"),
            Constraint::Whole { low, .. } => Value::from(low - 1),
            Constraint::Number { .. } => Value::from(f64::NAN),
            Constraint::OneOf(_) => Value::from("no such word"),
            Constraint::WordOr(_, other) => other.refused_example(),
            Constraint::Range { .. } => Value::from(vec![9, 3]),
            Constraint::Size | Constraint::Duration => Value::from("seven"),
        }
    }
}

/// A number, whole or not.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|v| v as f64))
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
        Value::Datetime(date) if date.time.is_none() => date.to_string().parse().ok(),
        _ => value.as_str()?.parse().ok(),
    }
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
