//! Moments as microseconds of a calendar.

use jiff::SignedDuration;
use jiff::civil::{self, Date, DateTime, Time};

use crate::recognize::{date_of, day_of};

/// Microseconds since 1970-01-01T00:00:00 in the time of the column: that of its zone, or the one written. A day is a day
/// where the shop is, and as long as any other.
pub(super) type Moment = i64;

/// Microseconds of a day.
pub(super) const DAY: Moment = 86_400_000_000;

/// The moment of a calendar time.
pub(super) fn from_civil(local: DateTime) -> Moment {
    let time = local.time();
    let seconds = (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    day_of(local.date()) * DAY + seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1_000
}

/// The calendar time of a moment; of one beyond the calendar the nearest day.
pub(super) fn to_civil(moment: Moment) -> DateTime {
    let beyond = if moment < 0 { Date::MIN } else { Date::MAX };
    let time = Time::midnight().wrapping_add(SignedDuration::from_micros(moment.rem_euclid(DAY)));
    date_of(day(moment)).unwrap_or(beyond).to_datetime(time)
}

/// Days since 1970.
pub(super) fn day(moment: Moment) -> i64 {
    moment.div_euclid(DAY)
}

/// Months since January of the year 0.
pub(super) fn month(moment: Moment) -> i64 {
    let date: civil::Date = to_civil(moment).date();
    i64::from(date.year()) * 12 + i64::from(date.month()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_before_1970_are_counted_down() {
        let moment = from_civil(civil::date(1969, 12, 31).at(23, 59, 59, 0));
        assert_eq!(day(moment), -1);
        assert_eq!(month(moment), 1969 * 12 + 11);
        assert_eq!(from_civil(to_civil(moment)), moment);
    }

    #[test]
    fn the_last_day_of_the_calendar_is_itself() {
        for last in [civil::date(9999, 12, 31).at(0, 0, 0, 0), civil::date(9999, 12, 31).at(23, 59, 59, 999_999_000)] {
            assert_eq!(to_civil(from_civil(last)), last);
        }
        assert_eq!(
            to_civil(from_civil(civil::date(-9999, 1, 1).at(1, 2, 3, 4_000))).to_string(),
            "-009999-01-01T01:02:03.000004"
        );
    }
}
