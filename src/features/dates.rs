//! The dates of the whole table, looked at before anything is counted back from one of them.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};

use super::AsOf;
use super::moment::{DAY, Moment, day, from_civil, to_civil};
use crate::{Text, Warning};

/// A part of the dates, one in this many, may lie far from the others and is then told.
const FAR_PART: u64 = 20;
/// Days that are never far.
const NEAR_DAYS: i64 = 30;
/// A part of the dates, one in this many, may be of one day that lies alone: 1900-01-01 or 9999-12-31 in place of no date.
const LONE_PART: u64 = 2;

/// The moments of the time column that are not later than the as-of moment.
pub(super) struct Dates {
    as_of: Option<AsOf>,
    lines_by_day: BTreeMap<i64, u64>,
    last: Option<Moment>,
    has_time_of_day: bool,
}

/// Which lines count, and from where is counted back.
pub(super) struct Period {
    pub as_of: Moment,
    /// The last moment that counts.
    pub end: Moment,
}

impl Dates {
    /// No date yet.
    pub fn until(as_of: Option<AsOf>) -> Dates {
        Dates { as_of, lines_by_day: BTreeMap::new(), last: None, has_time_of_day: false }
    }

    /// Takes a moment into account.
    pub fn enter(&mut self, moment: Moment) {
        let is_later = match self.as_of {
            None => false,
            Some(AsOf::Day(date)) => moment >= midnight(date) + DAY,
            Some(AsOf::Moment(as_of)) => moment > from_civil(as_of),
        };
        if !is_later {
            *self.lines_by_day.entry(day(moment)).or_default() += 1;
            self.last = self.last.max(Some(moment));
            self.has_time_of_day |= moment.rem_euclid(DAY) != 0;
        }
    }

    /// The period that ends with the as-of moment: the one asked for, else the last. A day ends with its last moment, but
    /// where no date has a time of day there is nothing in a day but its beginning.
    pub fn period(&self) -> Period {
        match self.as_of {
            // Without any time there is no purchase, which is an error later, with its figures.
            None => Period { as_of: self.last.unwrap_or(0), end: self.last.unwrap_or(0) },
            Some(AsOf::Moment(moment)) => Period { as_of: from_civil(moment), end: from_civil(moment) },
            Some(AsOf::Day(date)) if self.has_time_of_day => {
                Period { as_of: midnight(date) + DAY, end: midnight(date) + DAY - 1 }
            }
            Some(AsOf::Day(date)) => Period { as_of: midnight(date), end: midnight(date) },
        }
    }

    /// What to know of dates that lie further from all others than these span: a mistyped year, 1970-01-01 or 9999-12-31 in
    /// place of no date. At most one line in twenty counts as far, but where they are all of one day up to half of them.
    pub fn warnings(&self) -> Vec<Warning> {
        let Some((first, last)) = self.bulk() else { return Vec::new() };
        let n: u64 = self.lines_by_day.values().sum();
        let lie = |lines: u64| if lines == 1 { "lies" } else { "lie" };
        let mut warnings = Vec::new();
        let late: u64 = self.lines_by_day.range(last + 1..).map(|(_, lines)| lines).sum();
        if let Some((&end, _)) = self.lines_by_day.last_key_value().filter(|_| late > 0) {
            let (end, last, lie) = (date_text(end), date_text(last), lie(late));
            let (so, so_zh) = match self.as_of {
                None => (
                    "; recency is counted from there: name --as-of if that is wrong",
                    "；近度自该日算起，如日期有误请指定 --as-of",
                ),
                Some(_) => ("", ""),
            };
            let text = Text::new(
                format!("{late} of {n} dates {lie} far behind all others, which end on {last}; the last is {end}{so}"),
                format!("{n} 个日期中有 {late} 个远晚于其余日期（其余止于 {last}），最晚为 {end}{so_zh}"),
            );
            let warning = Warning::new("dates_far_behind", text).with("rows", late);
            warnings.push(warning.with("date", end).with("others", last));
        }
        let early: u64 = self.lines_by_day.range(..first).map(|(_, lines)| lines).sum();
        if let Some((&begin, _)) = self.lines_by_day.first_key_value().filter(|_| early > 0) {
            let (begin, first, lie) = (date_text(begin), date_text(first), lie(early));
            let text = Text::new(
                format!(
                    "{early} of {n} dates {lie} far before all others, which begin on {first}; the first is {begin}; tenure is \
                     counted from there: leave it out with --window-days if that is wrong"
                ),
                format!(
                    "{n} 个日期中有 {early} 个远早于其余日期（其余始于 {first}），最早为 {begin}；客龄自该日算起，如日期有误请用 --window-days 略去"
                ),
            );
            let warning = Warning::new("dates_far_before", text).with("rows", early);
            warnings.push(warning.with("date", begin).with("others", first));
        }
        warnings
    }

    /// The first and the last day of the dates that are not far from each other; `None` when there are too few to tell.
    fn bulk(&self) -> Option<(i64, i64)> {
        let n = self.lines_by_day.values().sum::<u64>();
        if n < FAR_PART {
            return None;
        }
        let all: Vec<(i64, u64)> = self.lines_by_day.iter().map(|(&day, &lines)| (day, lines)).collect();
        let together = without_lone_days(&all, n / LONE_PART);
        let few = together.iter().map(|(_, lines)| lines).sum::<u64>() / FAR_PART;
        let days = || together.iter().copied();
        let (low, high) = (day_after(days(), few)?, day_after(days().rev(), few)?);
        // Outwards from the middle. What one side gains may close a gap on the other.
        let last = reach(days().map(|(day, _)| day).filter(|day| *day > high), high, low);
        let first = reach(days().rev().map(|(day, _)| day).filter(|day| *day < low), low, last);
        let last = reach(days().map(|(day, _)| day).filter(|day| *day > last), last, first);
        Some((first, last))
    }
}

/// The days between those at either end that have up to `most` lines and lie further from the others than these span.
fn without_lone_days(mut days: &[(i64, u64)], most: u64) -> &[(i64, u64)] {
    let is_far = |gap: i64, others: &[(i64, u64)]| match others {
        [(first, _), .., (last, _)] => last - first >= NEAR_DAYS && gap > last - first,
        _ => false,
    };
    loop {
        days = match days {
            [others @ .., (day, lines)]
                if *lines <= most && others.last().is_some_and(|o| is_far(day - o.0, others)) =>
            {
                others
            }
            [(day, lines), others @ ..]
                if *lines <= most && others.first().is_some_and(|o| is_far(o.0 - day, others)) =>
            {
                others
            }
            _ => return days,
        }
    }
}

/// The day with the first line after `few` lines.
fn day_after(mut days: impl Iterator<Item = (i64, u64)>, few: u64) -> Option<i64> {
    let mut lines = 0;
    let found = days.find(|(_, here)| {
        lines += here;
        lines > few
    });
    found.map(|(day, _)| day)
}

/// How far one gets from `from` over `days`, ever further away, without a gap wider than all from `other` on spans.
fn reach(days: impl Iterator<Item = i64>, from: i64, other: i64) -> i64 {
    let mut at = from;
    for day in days {
        if (day - at).abs() > (at - other).abs().max(NEAR_DAYS) {
            break;
        }
        at = day;
    }
    at
}

fn midnight(date: Date) -> Moment {
    from_civil(date.to_datetime(Time::midnight()))
}

fn date_text(day: i64) -> String {
    to_civil(day.saturating_mul(DAY)).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(days: impl IntoIterator<Item = i64>) -> Vec<String> {
        let mut dates = Dates::until(None);
        days.into_iter().for_each(|day| dates.enter(day * DAY));
        dates.warnings().into_iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn a_date_is_far_when_the_gap_is_wider_than_all_others_span() {
        let year = || 19_000..19_365;
        assert_eq!(codes(year()), Vec::<String>::new());
        assert_eq!(codes(year().chain([80_000])), ["dates_far_behind"]);
        assert_eq!(codes(year().chain([0, 0, 0])), ["dates_far_before"]);
        assert_eq!(codes(year().chain([0, 80_000])), ["dates_far_behind", "dates_far_before"]);
        // A gap of a year is as wide as the others are.
        assert_eq!(codes(year().chain([19_700])), Vec::<String>::new());
        assert_eq!(codes(year().chain([19_740])), ["dates_far_behind"]);
        // A tenth of the lines is a part of the table, unless it is one day.
        assert_eq!(codes(year().chain(80_000..80_040)), Vec::<String>::new());
        for share in [40, 80, 300] {
            assert_eq!(codes(year().chain(std::iter::repeat_n(80_000, share))), ["dates_far_behind"]);
            assert_eq!(codes(year().chain(std::iter::repeat_n(0, share))), ["dates_far_before"]);
        }
        let both = std::iter::repeat_n(0, 40).chain(std::iter::repeat_n(80_000, 40));
        assert_eq!(codes(year().chain(both)), ["dates_far_behind", "dates_far_before"]);
        // Most of the lines are the table.
        assert_eq!(codes((19_000..19_100).chain(std::iter::repeat_n(80_000, 400))), Vec::<String>::new());
        // In ten lines nothing is usual.
        assert_eq!(codes((0..9).chain([80_000])), Vec::<String>::new());
        // A few weeks are not far from a day.
        assert_eq!(codes(std::iter::repeat_n(5, 50).chain([35])), Vec::<String>::new());
    }

    #[test]
    fn a_day_ends_with_its_last_moment() {
        let day = AsOf::Day(jiff::civil::date(1970, 1, 2));
        let period = |moments: &[Moment]| {
            let mut dates = Dates::until(Some(day));
            moments.iter().for_each(|&moment| dates.enter(moment));
            let Period { as_of, end } = dates.period();
            (as_of, end)
        };
        assert_eq!(period(&[0, DAY]), (DAY, DAY));
        assert_eq!(period(&[0, DAY + 5]), (2 * DAY, 2 * DAY - 1));
        // What is later does not say whether the table has times of day.
        assert_eq!(period(&[0, DAY, 2 * DAY + 5]), (DAY, DAY));
    }
}
