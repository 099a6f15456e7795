//! Moments as microseconds of a calendar.

use jiff::Timestamp;
use jiff::civil::{self, DateTime};
use jiff::tz::TimeZone;

/// Microseconds since 1970-01-01T00:00:00 in the time of the column: that of its zone, or the one written. A day is a day
/// where the shop is, and as long as any other.
pub(super) type Moment = i64;

/// Microseconds of a day.
pub(super) const DAY: Moment = 86_400_000_000;

/// The moment of a calendar time.
pub(super) fn from_civil(local: DateTime) -> Moment {
    // UTC has no gaps; only the last day of the year 9999 has no timestamp.
    TimeZone::UTC.to_timestamp(local).unwrap_or(Timestamp::MAX).as_microsecond()
}

/// The calendar time of a moment.
pub(super) fn to_civil(moment: Moment) -> DateTime {
    let stamp = Timestamp::from_microsecond(moment).unwrap_or(Timestamp::MAX);
    TimeZone::UTC.to_datetime(stamp)
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
}
