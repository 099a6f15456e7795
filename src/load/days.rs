//! Dates and timestamps as days since 1970.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::kind::unpacked;
pub(super) use crate::recognize::{date_of, day_of};

const DAY_SECONDS: i64 = 86_400;

/// Whether [`days`] can read the type: dates, timestamps without a zone or of a zone that is known.
pub(super) fn is_calendar(data_type: &DataType) -> bool {
    match unpacked(data_type) {
        DataType::Date32 | DataType::Date64 => true,
        DataType::Timestamp(_, zone) => zone.as_deref().is_none_or(|zone| zone_of(zone).is_some()),
        _ => false,
    }
}

/// The day of every value of a date or timestamp column, counted from 1970-01-01; the day of a zoned timestamp is the
/// local one.
pub(super) fn days(array: &ArrayRef) -> Result<Vec<Option<i64>>, String> {
    match array.data_type() {
        DataType::Date32 => Ok(array.as_primitive::<Date32Type>().iter().map(|day| day.map(i64::from)).collect()),
        DataType::Date64 => {
            let days = array.as_primitive::<Date64Type>().iter();
            Ok(days.map(|ms| ms.map(|ms| ms.div_euclid(DAY_SECONDS * 1000))).collect())
        }
        DataType::Timestamp(unit, zone) => {
            let per_second = match unit {
                TimeUnit::Second => 1,
                TimeUnit::Millisecond => 1000,
                TimeUnit::Microsecond => 1_000_000,
                TimeUnit::Nanosecond => 1_000_000_000,
            };
            let zone = match zone.as_deref() {
                Some(name) => Some(zone_of(name).ok_or_else(|| format!("the time zone {name:?} is not known"))?),
                None => None,
            };
            let day = |stamp: i64| {
                let seconds = stamp.div_euclid(per_second);
                // Beyond the calendar no zone has rules.
                let moment = zone.as_ref().zip(Timestamp::from_second(seconds).ok());
                let offset = moment.map_or(0, |(zone, moment)| i64::from(zone.to_offset(moment).seconds()));
                (seconds + offset).div_euclid(DAY_SECONDS)
            };
            Ok(stamps(array, unit).into_iter().map(|stamp| stamp.map(day)).collect())
        }
        DataType::Dictionary(..) | DataType::RunEndEncoded(..) => {
            days(&cast(array, unpacked(array.data_type())).map_err(|error| error.to_string())?)
        }
        DataType::Null => Ok(vec![None; array.len()]),
        other => Err(format!("{} is not a date", super::kind::name(other))),
    }
}

fn stamps(array: &ArrayRef, unit: &TimeUnit) -> Vec<Option<i64>> {
    match unit {
        TimeUnit::Second => {
            array.as_primitive::<TimestampSecondType>().reinterpret_cast::<Int64Type>().iter().collect()
        }
        TimeUnit::Millisecond => {
            array.as_primitive::<TimestampMillisecondType>().reinterpret_cast::<Int64Type>().iter().collect()
        }
        TimeUnit::Microsecond => {
            array.as_primitive::<TimestampMicrosecondType>().reinterpret_cast::<Int64Type>().iter().collect()
        }
        TimeUnit::Nanosecond => {
            array.as_primitive::<TimestampNanosecondType>().reinterpret_cast::<Int64Type>().iter().collect()
        }
    }
}

/// The zone of a name such as `Asia/Shanghai`, `UTC` or `+08:00`.
fn zone_of(name: &str) -> Option<TimeZone> {
    if let Ok(zone) = TimeZone::get(name) {
        return Some(zone);
    }
    let (sign, rest) =
        name.strip_prefix('+').map(|rest| (1, rest)).or(name.strip_prefix('-').map(|rest| (-1, rest)))?;
    let digits: String = rest.chars().filter(|&c| c != ':').collect();
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<i32>().ok());
    let hours = number(digits.get(..2))?;
    let minutes = if digits.len() > 2 { number(digits.get(2..))? } else { 0 };
    let offset = jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?;
    (minutes < 60).then(|| TimeZone::fixed(offset))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Date64Array, TimestampMicrosecondArray, TimestampSecondArray};
    use jiff::civil::Date;

    use super::*;

    #[test]
    fn the_day_of_a_moment_is_the_local_one() {
        // 2024-01-31T20:00:00Z is the first of February in Shanghai and still January in New York.
        let moment = 1_706_731_200;
        let of = |zone: Option<&str>| {
            let array: ArrayRef = Arc::new(TimestampSecondArray::from(vec![moment]).with_timezone_opt(zone));
            date_of(days(&array).unwrap()[0].unwrap()).unwrap().to_string()
        };
        assert_eq!(of(None), "2024-01-31");
        assert_eq!(of(Some("UTC")), "2024-01-31");
        assert_eq!(of(Some("Asia/Shanghai")), "2024-02-01");
        assert_eq!(of(Some("+08:00")), "2024-02-01");
        assert_eq!(of(Some("-0530")), "2024-01-31");
        let unknown = DataType::Timestamp(TimeUnit::Second, Some("Mars/Olympus".into()));
        assert!(!is_calendar(&unknown) && is_calendar(&DataType::Date64) && !is_calendar(&DataType::Int32));
    }

    #[test]
    fn every_resolution_gives_the_same_day_before_and_after_the_epoch() {
        for date in [Date::constant(1957, 3, 4), Date::constant(2031, 12, 31), Date::constant(1970, 1, 1)] {
            let day = day_of(date);
            assert_eq!(date_of(day), Some(date));
            let arrays: [ArrayRef; 3] = [
                Arc::new(Date32Array::from(vec![Some(day as i32), None])),
                Arc::new(Date64Array::from(vec![Some(day * 86_400_000), None])),
                Arc::new(TimestampMicrosecondArray::from(vec![Some(day * 86_400_000_000 + 86_399_999_999), None])),
            ];
            for array in arrays {
                assert_eq!(days(&array).unwrap(), [Some(day), None], "{date} as {}", array.data_type());
            }
        }
        assert_eq!(date_of(i64::from(i32::MAX)), None);
    }
}
