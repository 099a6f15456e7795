//! The time column, whatever its type, as moments.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowTimestampType, DataType, Date32Type, Date64Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::moment::{DAY, Moment, from_civil};
use crate::recognize::{is_missing, written_time};

/// How a column tells the time.
#[derive(Debug, Clone)]
pub(super) enum Clock {
    /// It shows the time that counts: dates, timestamps without a zone, text.
    Local,
    /// It counts in UTC and names the zone whose time counts.
    Zone { name: String, zone: TimeZone },
    /// Its numbers are written as dates: 20240131.
    Digits,
}

/// What is wrong in a time column.
pub(super) enum TimeProblem {
    /// The row that holds no time, and what it holds.
    Row(usize, String),
    /// The column cannot be decoded.
    Column(String),
}

impl Clock {
    /// The clock of a column of this type; the name of its zone when nobody knows it.
    pub fn of(data_type: &DataType) -> Result<Clock, String> {
        match data_type {
            DataType::Timestamp(_, Some(name)) => match zone(name) {
                Some(zone) => Ok(Clock::Zone { name: name.to_string(), zone }),
                None => Err(name.to_string()),
            },
            t if t.is_numeric() => Ok(Clock::Digits),
            _ => Ok(Clock::Local),
        }
    }

    /// The zone that the column names.
    pub fn zone_name(&self) -> Option<String> {
        match self {
            Clock::Zone { name, .. } => Some(name.clone()),
            Clock::Local | Clock::Digits => None,
        }
    }

    /// The moments of `array`; null, blank text and words for a missing value are missing.
    pub fn moments(&self, array: &ArrayRef) -> Result<Vec<Option<Moment>>, TimeProblem> {
        match array.data_type() {
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>().iter();
                Ok(days.map(|day| day.map(|day| Moment::from(day) * DAY)).collect())
            }
            DataType::Date64 => self.scaled(array.as_primitive::<Date64Type>().iter(), 1000, 1),
            DataType::Timestamp(unit, _) => match unit {
                TimeUnit::Second => self.stamps::<TimestampSecondType>(array, 1_000_000, 1),
                TimeUnit::Millisecond => self.stamps::<TimestampMillisecondType>(array, 1000, 1),
                TimeUnit::Microsecond => self.stamps::<TimestampMicrosecondType>(array, 1, 1),
                TimeUnit::Nanosecond => self.stamps::<TimestampNanosecondType>(array, 1, 1000),
            },
            t if t.is_numeric() => written_in_digits(array),
            _ => texts(array),
        }
    }

    fn stamps<T: ArrowTimestampType>(
        &self,
        array: &ArrayRef,
        up: i64,
        down: i64,
    ) -> Result<Vec<Option<Moment>>, TimeProblem> {
        self.scaled(array.as_primitive::<T>().reinterpret_cast::<Int64Type>().iter(), up, down)
    }

    fn scaled(
        &self,
        values: impl Iterator<Item = Option<i64>>,
        up: i64,
        down: i64,
    ) -> Result<Vec<Option<Moment>>, TimeProblem> {
        let moment = |(row, value): (usize, Option<i64>)| match value {
            None => Ok(None),
            Some(value) => {
                let stamp = value.div_euclid(down).checked_mul(up).and_then(|m| Timestamp::from_microsecond(m).ok());
                let stamp = stamp.ok_or_else(|| TimeProblem::Row(row, value.to_string()))?;
                Ok(Some(match self {
                    Clock::Zone { zone, .. } => from_civil(zone.to_datetime(stamp)),
                    Clock::Local | Clock::Digits => stamp.as_microsecond(),
                }))
            }
        };
        values.enumerate().map(moment).collect()
    }
}

/// The zone that a column names: `Asia/Shanghai`, or an offset such as `+08:00`, `+0800` and `+08`.
fn zone(name: &str) -> Option<TimeZone> {
    if let Some(rest) = name.strip_prefix(['+', '-']) {
        let digits: String = rest.chars().filter(|&c| c != ':').collect();
        let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i32>().ok();
        let (hours, minutes) = match digits.len() {
            2 => (number(0..2)?, 0),
            4 => (number(0..2)?, number(2..4)?),
            _ => return None,
        };
        let seconds = (hours * 60 + minutes) * 60;
        let offset = Offset::from_seconds(if name.starts_with('-') { -seconds } else { seconds });
        return offset.ok().map(TimeZone::fixed);
    }
    // The rules that come with the program are the same everywhere; those of the system are not.
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Whole numbers such as 20240131.
fn written_in_digits(array: &ArrayRef) -> Result<Vec<Option<Moment>>, TimeProblem> {
    let numbers = cast(array, &DataType::Float64).map_err(|error| TimeProblem::Column(error.to_string()))?;
    let moment = |(row, number): (usize, Option<f64>)| match number.filter(|number| !number.is_nan()) {
        None => Ok(None),
        Some(number) => date(number)
            .map(|date| Some(from_civil(date.to_datetime(Time::midnight()))))
            .ok_or_else(|| TimeProblem::Row(row, number.to_string())),
    };
    numbers.as_primitive::<Float64Type>().iter().enumerate().map(moment).collect()
}

fn date(number: f64) -> Option<Date> {
    let is_of_eight_digits = number.fract() == 0.0 && (1e7..1e8).contains(&number);
    let digits = is_of_eight_digits.then_some(number as i64)?;
    Date::new((digits / 10_000) as i16, (digits / 100 % 100) as i8, (digits % 100) as i8).ok()
}

fn texts(array: &ArrayRef) -> Result<Vec<Option<Moment>>, TimeProblem> {
    let texts = cast(array, &DataType::LargeUtf8).map_err(|error| TimeProblem::Column(error.to_string()))?;
    let moment = |(row, text): (usize, Option<&str>)| match text.filter(|text| !is_missing(text)) {
        None => Ok(None),
        Some(text) => {
            let local = written_time(text).ok_or_else(|| TimeProblem::Row(row, text.trim().to_owned()))?;
            Ok(Some(from_civil(local)))
        }
    };
    texts.as_string::<i64>().iter().enumerate().map(moment).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Date32Array, Date64Array, Float64Array, Int32Array, StringArray, TimestampMillisecondArray,
        TimestampNanosecondArray, TimestampSecondArray,
    };

    use super::super::moment::to_civil;
    use super::*;

    fn all(array: ArrayRef) -> Result<Vec<Option<Moment>>, TimeProblem> {
        Clock::of(array.data_type()).unwrap().moments(&array)
    }

    fn first(array: impl Array + 'static) -> Option<Moment> {
        all(Arc::new(array)).ok().and_then(|moments| moments[0])
    }

    #[test]
    fn every_type_means_the_same_moment() {
        // 2024-02-29T12:30:00
        let moment = 1_709_209_800_000_000;
        assert_eq!(first(TimestampSecondArray::from(vec![1_709_209_800])), Some(moment));
        assert_eq!(first(TimestampMillisecondArray::from(vec![1_709_209_800_000])), Some(moment));
        assert_eq!(first(TimestampNanosecondArray::from(vec![1_709_209_800_000_000_999])), Some(moment));
        for text in ["2024-02-29 12:30", "2024-02-29T12:30:00", "2024-02-29T12:30:00+08:00", " 2024-02-29 12:30:00Z "] {
            assert_eq!(first(StringArray::from(vec![text])), Some(moment), "{text}");
        }
        let midnight = moment - 12 * 3_600_000_000 - 30 * 60_000_000;
        assert_eq!(first(Date32Array::from(vec![19_782])), Some(midnight));
        assert_eq!(first(Date64Array::from(vec![19_782 * 86_400_000])), Some(midnight));
        assert_eq!(first(StringArray::from(vec!["2024-02-29"])), Some(midnight));
        assert_eq!(first(Int32Array::from(vec![20_240_229])), Some(midnight));
        assert_eq!(first(Float64Array::from(vec![20_240_229.0])), Some(midnight));
        assert_eq!(to_civil(moment).to_string(), "2024-02-29T12:30:00");
    }

    #[test]
    fn a_column_with_a_zone_tells_the_time_of_that_zone() {
        let stamp = 1_709_209_800;
        let in_zone =
            |zone: &str| to_civil(first(TimestampSecondArray::from(vec![stamp]).with_timezone(zone)).unwrap());
        for (zone, local) in [
            ("UTC", "2024-02-29T12:30:00"),
            ("+08:00", "2024-02-29T20:30:00"),
            ("+0800", "2024-02-29T20:30:00"),
            ("-05", "2024-02-29T07:30:00"),
            ("-03:30", "2024-02-29T09:00:00"),
            ("Asia/Shanghai", "2024-02-29T20:30:00"),
            ("America/New_York", "2024-02-29T07:30:00"),
        ] {
            assert_eq!(in_zone(zone).to_string(), local, "{zone}");
        }
        // In summer New York is four hours behind.
        let summer = TimestampSecondArray::from(vec![stamp + 150 * 86_400]).with_timezone("America/New_York");
        assert_eq!(to_civil(first(summer).unwrap()).to_string(), "2024-07-28T08:30:00");
        let unknown = DataType::Timestamp(TimeUnit::Second, Some("Mars/Olympus".into()));
        assert_eq!(Clock::of(&unknown).unwrap_err(), "Mars/Olympus");
    }

    #[test]
    fn what_is_no_time_is_told_with_its_row() {
        let texts = StringArray::from(vec!["2024-01-31", "", "NaT", "31/01/2024"]);
        assert!(matches!(all(Arc::new(texts)), Err(TimeProblem::Row(3, text)) if text == "31/01/2024"));
        assert!(matches!(all(Arc::new(TimestampSecondArray::from(vec![i64::MAX]))), Err(TimeProblem::Row(0, _))));
        for number in [20_241_301, 20_240_230, 5, 0, 1_706_659_200] {
            let numbers = Int32Array::from(vec![20_240_131, number]);
            assert!(matches!(all(Arc::new(numbers)), Err(TimeProblem::Row(1, _))), "{number}");
        }
    }
}
