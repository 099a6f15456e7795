//! What can be counted of texts, and of the numbers and dates that they write.

use std::collections::BTreeMap;

use super::number_facts::{MAX_LEVELS, NumberFacts};
use super::units::{UnitCounts, units};
use super::{DayEvidence, DecimalEvidence, day_of, is_no_number, is_unknown, missing_levels, number, written_date};
use crate::config::DecimalMark;

/// What was counted of texts, in the rows looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct TextFacts {
    /// Rows with a text that is not blank.
    pub n_texts: usize,
    /// Different texts.
    pub n_distinct: usize,
    /// Bytes of a different text, on average.
    pub mean_bytes: f64,
    /// The different texts in ascending order, when there are at most 60.
    pub levels: Vec<String>,
    /// The share of texts that are numbers in the notation of the column, without words for what is missing such as `n/a`.
    pub numbers: f64,
    /// The decimal mark of the notation, when it can be told.
    pub decimal: Option<DecimalMark>,
    /// Whether some texts are digits after a zero, as codes are written: `0042`.
    pub has_leading_zeros: bool,
    /// The numbers the texts write, when at least 95 % do.
    pub as_numbers: Option<Box<NumberFacts>>,
    /// The words behind the numbers, such as `g` and `kg`, with their rows: when at least 95 % of the texts are numbers, at
    /// least one in twenty of them with such a word.
    pub units: Vec<(String, usize)>,
    /// The units of what writes numbers, where there are several.
    pub marks: Vec<(String, usize)>,
    /// The share of texts that are dates in the notation of the column, as of numbers.
    pub dates: f64,
    /// Whether the day comes before the month where the year comes last, when it can be told.
    pub day_first: Option<bool>,
    /// Whether some texts are dates with the year last.
    pub has_year_last: bool,
    /// The days the texts write, as [`Values::Dates`](super::Values::Dates), when at least 95 % write one.
    pub as_days: Option<Box<NumberFacts>>,
}

impl TextFacts {
    /// Counts texts; a missing or blank one is left out.
    pub fn of<'t>(texts: impl Iterator<Item = &'t str>) -> TextFacts {
        let texts: Vec<&str> = texts.map(bare).filter(|text| !text.is_empty()).collect();
        let mut distinct: BTreeMap<&str, f64> = texts.iter().map(|text| (*text, f64::NAN)).collect();
        let mut evidence = DecimalEvidence::default();
        distinct.keys().for_each(|text| evidence.add(text));
        let decimal = evidence.mark();
        distinct.iter_mut().for_each(|(text, value)| *value = written_number(text, decimal));
        let values: Vec<f64> = texts.iter().map(|text| distinct[text]).collect();
        let n_numbers = values.iter().filter(|x| !x.is_nan()).count();
        let is_missing = if 2 * n_numbers >= texts.len() { is_no_number } else { is_unknown };
        let known: Vec<&str> = texts.iter().copied().filter(|text| !is_missing(text)).collect();
        let numbers = n_numbers as f64 / known.len().max(1) as f64;
        let units = units(&known, n_numbers, decimal.unwrap_or(DecimalMark::Point));
        let mut marks = UnitCounts::default();
        texts.iter().zip(&values).filter(|(_, value)| !value.is_nan()).for_each(|(text, _)| marks.add(text));
        let (dates, evidence, as_days) = days_of(&known);
        let missing = missing_levels(distinct.keys().copied());
        let levels: Vec<&str> = distinct.keys().copied().filter(|level| !missing.contains(level)).collect();
        let is_code = |text: &&str| text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
        TextFacts {
            n_texts: texts.len(),
            n_distinct: levels.len(),
            mean_bytes: distinct.keys().map(|text| text.len()).sum::<usize>() as f64 / distinct.len().max(1) as f64,
            levels: levels.iter().filter(|_| levels.len() <= MAX_LEVELS).map(|&text| text.to_owned()).collect(),
            numbers,
            decimal,
            has_leading_zeros: texts.iter().any(is_code),
            as_numbers: (numbers >= 0.95).then(|| Box::new(NumberFacts::of(&values))),
            units,
            marks: marks.several(),
            dates,
            day_first: evidence.day_first(),
            has_year_last: evidence.has_year_last(),
            as_days,
        }
    }

    /// These facts, with the texts of the rows that columns are held against each other on, in the order of contents.
    pub fn comparing<'t>(mut self, texts: impl Iterator<Item = &'t str>) -> TextFacts {
        if let Some(numbers) = &mut self.as_numbers {
            numbers.compared = texts.map(|text| written_number(bare(text), self.decimal)).collect();
        }
        self
    }
}

/// A text without a byte-order mark before it and blanks around it.
fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

/// The number that a text writes in the notation with the mark `decimal`, in either where that cannot be told; NaN for none.
fn written_number(text: &str, decimal: Option<DecimalMark>) -> f64 {
    let comma = || decimal.is_none().then(|| number(text, DecimalMark::Comma)).flatten();
    number(text, decimal.unwrap_or(DecimalMark::Point)).or_else(comma).unwrap_or(f64::NAN)
}

/// The share of texts that are dates, what they say of the order of day and month, and the days where at least 95 % are dates.
fn days_of(texts: &[&str]) -> (f64, DayEvidence, Option<Box<NumberFacts>>) {
    let mut evidence = DayEvidence::default();
    texts.iter().for_each(|text| evidence.add(text));
    let day_first = evidence.day_first();
    let day = |text: &&str| match day_first {
        Some(day_first) => written_date(text, day_first),
        // Where the order cannot be told, either is a date.
        None => written_date(text, true).or_else(|| written_date(text, false)),
    };
    let days: Vec<f64> = texts.iter().map(|text| day(text).map_or(f64::NAN, |date| day_of(date) as f64)).collect();
    let n_dates = days.iter().filter(|day| !day.is_nan()).count();
    let share = if texts.is_empty() { 0.0 } else { n_dates as f64 / texts.len() as f64 };
    (share, evidence, (share >= 0.95).then(|| Box::new(NumberFacts::of(&days))))
}
