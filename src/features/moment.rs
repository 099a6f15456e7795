//! Moments as microseconds since 1970, whatever type the time column has.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowTimestampType, DataType, Date32Type, Date64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

/// Microseconds since 1970-01-01T00:00:00. Columns with a zone count in UTC, those without in their own time.
pub(super) type Moment = i64;

/// Microseconds of a day.
pub(super) const DAY: Moment = 86_400_000_000;

/// What is wrong in a time column.
pub(super) enum TimeProblem {
    /// The row that holds no time, and what it holds.
    Row(usize, String),
    /// The column cannot be decoded.
    Column(String),
}

/// The moments of `array`, a column of dates, timestamps or text; null and empty text are missing.
pub(super) fn moments(array: &ArrayRef) -> Result<Vec<Option<Moment>>, TimeProblem> {
    match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().iter();
            Ok(days.map(|day| day.map(|day| Moment::from(day) * DAY)).collect())
        }
        DataType::Date64 => scaled(array.as_primitive::<Date64Type>().iter(), 1000, 1),
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Second => stamps::<TimestampSecondType>(array, 1_000_000, 1),
            TimeUnit::Millisecond => stamps::<TimestampMillisecondType>(array, 1000, 1),
            TimeUnit::Microsecond => stamps::<TimestampMicrosecondType>(array, 1, 1),
            TimeUnit::Nanosecond => stamps::<TimestampNanosecondType>(array, 1, 1000),
        },
        _ => texts(array),
    }
}

fn stamps<T: ArrowTimestampType>(array: &ArrayRef, up: i64, down: i64) -> Result<Vec<Option<Moment>>, TimeProblem> {
    scaled(array.as_primitive::<T>().reinterpret_cast::<Int64Type>().iter(), up, down)
}

fn scaled(values: impl Iterator<Item = Option<i64>>, up: i64, down: i64) -> Result<Vec<Option<Moment>>, TimeProblem> {
    let moment = |(row, value): (usize, Option<i64>)| match value {
        None => Ok(None),
        Some(value) => value
            .div_euclid(down)
            .checked_mul(up)
            .filter(|&moment| is_on_the_calendar(moment))
            .map(Some)
            .ok_or_else(|| TimeProblem::Row(row, value.to_string())),
    };
    values.enumerate().map(moment).collect()
}

/// Whether the year has at most four digits.
fn is_on_the_calendar(moment: Moment) -> bool {
    (Timestamp::MIN.as_microsecond()..=Timestamp::MAX.as_microsecond()).contains(&moment)
}

fn texts(array: &ArrayRef) -> Result<Vec<Option<Moment>>, TimeProblem> {
    let texts = cast(array, &DataType::LargeUtf8).map_err(|error| TimeProblem::Column(error.to_string()))?;
    let moment = |(row, text): (usize, Option<&str>)| match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => parse(text).map(Some).ok_or_else(|| TimeProblem::Row(row, text.to_owned())),
    };
    texts.as_string::<i64>().iter().enumerate().map(moment).collect()
}

/// ISO 8601: a date, a date and time, or one with an offset, which is taken to UTC.
fn parse(text: &str) -> Option<Moment> {
    // A calendar time is read past an offset, so what may have one is tried first.
    match text.parse::<Timestamp>() {
        Ok(stamp) => Some(stamp.as_microsecond()),
        Err(_) => text.parse::<DateTime>().ok().map(from_civil),
    }
}

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
    use std::sync::Arc;

    use arrow::array::{
        Date32Array, Date64Array, StringArray, TimestampMillisecondArray, TimestampNanosecondArray,
        TimestampSecondArray,
    };

    use super::*;

    fn first(array: impl Array + 'static) -> Option<Moment> {
        moments(&(Arc::new(array) as ArrayRef)).ok().and_then(|moments| moments[0])
    }

    #[test]
    fn every_type_means_the_same_moment() {
        // 2024-02-29T12:30:00
        let moment = 1_709_209_800_000_000;
        assert_eq!(first(TimestampSecondArray::from(vec![1_709_209_800])), Some(moment));
        assert_eq!(first(TimestampMillisecondArray::from(vec![1_709_209_800_000])), Some(moment));
        assert_eq!(first(TimestampNanosecondArray::from(vec![1_709_209_800_000_000_999])), Some(moment));
        let zoned = TimestampSecondArray::from(vec![1_709_209_800]).with_timezone("Asia/Shanghai");
        assert_eq!(first(zoned), Some(moment));
        for text in ["2024-02-29 12:30", "2024-02-29T12:30:00", "2024-02-29T20:30:00+08:00", " 2024-02-29 12:30:00Z "] {
            assert_eq!(first(StringArray::from(vec![text])), Some(moment), "{text}");
        }
        let midnight = moment - 12 * 3_600_000_000 - 30 * 60_000_000;
        assert_eq!(first(Date32Array::from(vec![19_782])), Some(midnight));
        assert_eq!(first(Date64Array::from(vec![19_782 * 86_400_000])), Some(midnight));
        assert_eq!(first(StringArray::from(vec!["2024-02-29"])), Some(midnight));
        assert_eq!(to_civil(moment).to_string(), "2024-02-29T12:30:00");
        assert_eq!(from_civil(to_civil(moment)), moment);
    }

    #[test]
    fn days_and_months_before_1970_are_counted_down() {
        let moment = from_civil(civil::date(1969, 12, 31).at(23, 59, 59, 0));
        assert_eq!(day(moment), -1);
        assert_eq!(month(moment), 1969 * 12 + 11);
    }

    #[test]
    fn what_is_no_time_is_told_with_its_row() {
        let array: ArrayRef = Arc::new(StringArray::from(vec!["2024-01-31", "", "31/01/2024"]));
        assert!(matches!(moments(&array), Err(TimeProblem::Row(2, text)) if text == "31/01/2024"));
        let array: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX]));
        assert!(matches!(moments(&array), Err(TimeProblem::Row(0, _))));
    }
}
