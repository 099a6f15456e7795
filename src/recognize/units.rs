//! The units that numbers are written with.

use std::collections::BTreeMap;

use super::number;
use super::number_text::unit_of;
use crate::config::DecimalMark;

/// Different words behind numbers up to which they are units.
const MAX_UNITS: usize = 60;

/// The words behind numbers, and the brackets around them that make them none, in ascending order with their counts; empty where
/// they are not what the column holds.
pub(super) fn units(texts: &[&str], n_plain: usize, decimal: DecimalMark) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts.iter().filter(|text| number(text, decimal).is_none()) {
        if let Some(unit) = unread_unit(text) {
            *counts.entry(unit).or_default() += 1;
        }
    }
    let n: usize = counts.values().sum();
    let is_it = n * 20 >= texts.len() && (n + n_plain) * 20 >= texts.len() * 19 && counts.len() <= MAX_UNITS;
    counts.into_iter().filter(|_| is_it).collect()
}

/// What keeps `text`, which is no number, from being one: the word behind the number, as in `3 kg` and `(12.30 CR)`, or brackets
/// that do not enclose it once, as in `((12.30))` and `(12,30`. Of such texts nobody has told which mark is the decimal one, so
/// either may be.
fn unread_unit(text: &str) -> Option<String> {
    let is_number =
        |text: &str| [DecimalMark::Point, DecimalMark::Comma].iter().any(|&mark| number(text, mark).is_some());
    let is_bracket = |c: char| matches!(c, '(' | ')' | '（' | '）');
    let inner = text.trim_matches(|c: char| is_bracket(c) || c.is_whitespace());
    let before = inner.trim_end_matches(char::is_alphabetic);
    let unit = match inner.len() - before.len() {
        0 => text.chars().filter(|&c| is_bracket(c)).collect(),
        _ => inner[before.len()..].to_owned(),
    };
    (!unit.is_empty() && is_number(before)).then_some(unit)
}

/// The units around the numbers of a column, counted as they go by.
#[derive(Debug, Clone, Default)]
pub struct UnitCounts(BTreeMap<String, usize>);

impl UnitCounts {
    /// Counts the unit of a text that is a [`number`].
    pub fn add(&mut self, number: &str) {
        *self.0.entry(unit_of(number)).or_default() += 1;
    }

    /// The units in ascending order with their counts, `–` for none; those of less than ten numbers and of less than one in a
    /// hundred are slips, and one alone says nothing.
    pub fn several(mut self) -> Vec<(String, usize)> {
        let n_numbers: usize = self.0.values().sum();
        self.0.retain(|_, n| *n >= 10 && *n * 100 >= n_numbers);
        let has_several = self.0.len() > 1;
        let named = |unit: String| if unit.is_empty() { "–".to_owned() } else { unit };
        let mut units: Vec<(String, usize)> =
            self.0.into_iter().filter(|_| has_several).map(|(unit, n)| (named(unit), n)).collect();
        units.sort();
        units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_brackets_keep_numbers_with_either_mark_from_being_read() {
        let unit = |text| unread_unit(text).unwrap_or_default();
        assert_eq!(["3 kg", "3,5 kg", "(12.30 CR)"].map(unit), ["kg", "kg", "CR"]);
        assert_eq!(["((1,234.50))", "((1.234,50))", "(12,30"].map(unit), ["(())", "(())", "("]);
        assert_eq!(["1,5", "12", "kg", "()"].map(unit), [""; 4]);
    }
}
