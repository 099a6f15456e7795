//! The units that numbers are written with.

use std::collections::BTreeMap;

use super::number;
use super::number_text::unit_of;
use crate::config::DecimalMark;

/// Different words behind numbers up to which they are units.
const MAX_UNITS: usize = 60;

/// The words behind numbers, in ascending order with their counts; empty where they are not what the column holds.
pub(super) fn units(texts: &[&str], n_plain: usize, decimal: DecimalMark) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts {
        let before = text.trim_end_matches(char::is_alphabetic);
        if before.len() < text.len() && number(text, decimal).is_none() && number(before, decimal).is_some() {
            *counts.entry(&text[before.len()..]).or_default() += 1;
        }
    }
    let n: usize = counts.values().sum();
    let is_it = n * 20 >= texts.len() && (n + n_plain) * 20 >= texts.len() * 19 && counts.len() <= MAX_UNITS;
    counts.into_iter().filter(|_| is_it).map(|(unit, n)| (unit.to_owned(), n)).collect()
}

/// The units around the numbers, in ascending order with their counts; those of a handful are slips, and one alone says nothing.
pub(super) fn marks(texts: &[&str], numbers: &[f64]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (text, _) in texts.iter().zip(numbers).filter(|(_, number)| !number.is_nan()) {
        *counts.entry(unit_of(text)).or_default() += 1;
    }
    counts.retain(|_, n| *n >= 10 && *n * 100 >= texts.len());
    let has_several = counts.len() > 1;
    let named = |mark: String| if mark.is_empty() { "–".to_owned() } else { mark };
    let mut marks: Vec<(String, usize)> =
        counts.into_iter().filter(|_| has_several).map(|(mark, n)| (named(mark), n)).collect();
    marks.sort();
    marks
}
