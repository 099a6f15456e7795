//! Columns of dates, whatever they are stored as, and how their age is told.

use super::judgement::{ColumnNature, Judgement, Use};
use super::number_facts::NumberFacts;
use super::text_facts::TextFacts;
use super::{Certainty, match_name};
use crate::config::ReadAs;

/// Different dates from which on their age is a measurement.
pub(super) const MIN_DATES: usize = 10;

/// Share of texts that must be numbers, or dates, for a column to be taken for such.
pub(super) const NEARLY_ALL: f64 = 0.999;

/// The judgement on dates, of dates that are text: their notation has to be known, and nearly all must follow it.
pub(super) fn judge_date_texts(facts: &TextFacts, mut judgement: Judgement) -> Judgement {
    if let Some(reading) = &mut judgement.reading {
        // Where no text has the year last the order of day and month does not matter.
        reading.day_first = facts.day_first.filter(|&day_first| day_first || facts.has_year_last);
    }
    if judgement.usage == Use::Feature && (facts.dates < NEARLY_ALL || facts.day_first.is_none()) {
        (judgement.usage, judgement.certainty) = (Use::Attribute, Certainty::Doubtful);
    }
    judgement
}

/// Whether all values are in the range of the serial numbers spreadsheets give the days of 1927 to 2077, or of the seconds
/// or milliseconds since 1970 of the years from 1980 on.
pub(super) fn counts_days(facts: &NumberFacts) -> bool {
    let lies = |range: std::ops::Range<f64>| range.contains(&facts.min) && range.contains(&facts.max);
    lies(10_000.0..65_000.0) || lies(315_532_800.0..4_133_980_800.0) || lies(315_532_800_000.0..4_133_980_800_000.0)
}

/// The judgement on dates by their name; there must be enough of them.
pub(super) fn judge_dates(name: &str, days: &NumberFacts, is_long: bool) -> Judgement {
    let mut plain = Judgement::plain(name, Use::Attribute);
    plain.markers.clone_from(&days.markers);
    plain.marks_days = true;
    if !is_long || days.n_distinct < MIN_DATES {
        return plain;
    }
    match age_of(name) {
        Some((Certainty::Sure, read, role)) => plain.read(read, Some(role)).found(ColumnNature::Date, Use::Feature),
        Some((Certainty::Doubtful, read, role)) => plain.read(read, Some(role)).doubted(ColumnNature::Date),
        None => plain.read(ReadAs::AgeDays, None).doubted(ColumnNature::Date),
    }
}

/// How the age of a date under this name is told, and the role it then has.
pub(super) fn age_of(name: &str) -> Option<(Certainty, ReadAs, &'static str)> {
    let ages = [
        ("last_date", ReadAs::AgeDays, "recency"),
        ("first_date", ReadAs::AgeDays, "tenure"),
        ("birth_date", ReadAs::AgeYears, "age"),
    ];
    ages.into_iter().find_map(|(names, read, role)| Some((match_name(names, name)?.0, read, role)))
}
