//! Arrow types as segmint sees them.

use arrow::datatypes::{DataType, TimeUnit};
use serde::{Deserialize, Serialize};

/// What a column can be used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Integers, floats and decimals.
    Number,
    /// True or false; a feature only when named as one.
    Bool,
    /// Text of any width, also as a dictionary.
    Text,
    /// Dates and timestamps.
    Date,
    /// What can only identify a customer: bytes, such as UUIDs.
    Bytes,
    /// What has no role: nested values, times of day, durations, columns of nulls.
    Other,
}

impl Kind {
    pub(super) fn of(data_type: &DataType) -> Kind {
        match data_type {
            t if t.is_numeric() => Kind::Number,
            DataType::Boolean => Kind::Bool,
            t if t.is_string() => Kind::Text,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Kind::Date,
            t if t.is_binary() => Kind::Bytes,
            _ => Kind::Other,
        }
    }
}

/// The type of the values, without dictionary or run-length encoding.
pub(super) fn unpacked(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => unpacked(values),
        DataType::RunEndEncoded(_, values) => unpacked(values.data_type()),
        plain => plain,
    }
}

/// The type in words.
pub(super) fn name(data_type: &DataType) -> String {
    match unpacked(data_type) {
        t if t.is_string() => "text".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        t if t.is_binary() => "binary".to_owned(),
        // Nested types spell out their fields after the first bracket.
        t if t.is_nested() => t.to_string().split(['(', '<']).next().unwrap_or_default().to_lowercase(),
        t => t.to_string().to_lowercase(),
    }
}

/// A type that holds the values of both, or `None` when they do not go together.
pub(super) fn common(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Date32, Date64, Float64, LargeUtf8, Null, Timestamp, Utf8};
    match (a, b) {
        _ if a == b => Some(a.clone()),
        (Null, other) | (other, Null) => Some(other.clone()),
        _ if a.is_integer() && b.is_integer() => Some(common_integer(a, b)),
        _ if a.is_numeric() && b.is_numeric() => Some(Float64),
        _ if a.is_string() && b.is_string() => Some(if *a == LargeUtf8 || *b == LargeUtf8 { LargeUtf8 } else { Utf8 }),
        (Date32 | Date64, Date32 | Date64) => Some(Date64),
        (Timestamp(unit, zone), Timestamp(other, same)) if zone == same => {
            Some(Timestamp(if fineness(unit) < fineness(other) { *other } else { *unit }, zone.clone()))
        }
        _ => None,
    }
}

fn fineness(unit: &TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    }
}

fn common_integer(a: &DataType, b: &DataType) -> DataType {
    use DataType::{Float64, Int64, UInt64};
    match (a.is_signed_integer(), b.is_signed_integer()) {
        (false, false) => UInt64,
        _ if *a == UInt64 || *b == UInt64 => Float64,
        _ => Int64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DataType::*;

    #[test]
    fn types_go_together_when_no_value_is_lost_or_numbers_are_meant() {
        assert_eq!(common(&Int32, &Int64), Some(Int64));
        assert_eq!(common(&UInt8, &Int8), Some(Int64));
        assert_eq!(common(&UInt64, &Int8), Some(Float64));
        assert_eq!(common(&Int32, &Float32), Some(Float64));
        assert_eq!(common(&Null, &Utf8), Some(Utf8));
        assert_eq!(common(&Utf8View, &LargeUtf8), Some(LargeUtf8));
        assert_eq!(common(&Int32, &Utf8), None);
        assert_eq!(common(&Boolean, &Int8), None);
        let stamp = |unit| Timestamp(unit, None);
        assert_eq!(common(&stamp(TimeUnit::Second), &stamp(TimeUnit::Nanosecond)), Some(stamp(TimeUnit::Nanosecond)));
        assert_eq!(common(&stamp(TimeUnit::Second), &Timestamp(TimeUnit::Second, Some("UTC".into()))), None);
    }

    #[test]
    fn names_are_words() {
        assert_eq!(name(&Dictionary(Box::new(Int8), Box::new(LargeUtf8))), "text");
        assert_eq!(name(&Decimal128(12, 2)), "decimal128(12, 2)");
        assert_eq!(name(&List(arrow::datatypes::Field::new("item", Int32, true).into())), "list");
    }
}
