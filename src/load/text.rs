//! Values of any type as text: levels of attributes, ids in messages.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// The values of `array` as views of texts: a value that many rows share takes the memory of one.
///
/// Numbers are in their shortest form (`3`, not `3.0`), so that a column reads the same whether a missing value turned it
/// from integer to float or not; NaN and ±inf are missing. Dates are `2024-01-31`, timestamps `2024-01-31T12:00:00`, with
/// a `Z` when the column has a time zone (they are given in UTC); days beyond the calendar are their number. Bytes are
/// hexadecimal.
pub(super) fn as_text(array: &ArrayRef) -> Result<ArrayRef, String> {
    let text = |error: ArrowError| error.to_string();
    match array.data_type() {
        DataType::Utf8View => Ok(Arc::clone(array)),
        DataType::Float64 => Ok(floats(array.as_primitive::<Float64Type>().iter())),
        DataType::Float32 => Ok(floats(array.as_primitive::<Float32Type>().iter())),
        DataType::Float16 => Ok(floats(array.as_primitive::<Float16Type>().iter().map(|x| x.map(f32::from)))),
        DataType::Timestamp(unit, Some(_)) => {
            // Names of zones need a database; UTC needs none, and is the same everywhere.
            let utc: ArrayRef = match unit {
                TimeUnit::Second => {
                    Arc::new(array.as_primitive::<TimestampSecondType>().clone().with_timezone_opt(None::<&str>))
                }
                TimeUnit::Millisecond => {
                    Arc::new(array.as_primitive::<TimestampMillisecondType>().clone().with_timezone_opt(None::<&str>))
                }
                TimeUnit::Microsecond => {
                    Arc::new(array.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<&str>))
                }
                TimeUnit::Nanosecond => {
                    Arc::new(array.as_primitive::<TimestampNanosecondType>().clone().with_timezone_opt(None::<&str>))
                }
            };
            let local = moments(&utc).map_err(text)?;
            let zoned = local.as_string_view().iter().map(|value| value.map(|value| format!("{value}Z")));
            Ok(Arc::new(zoned.collect::<StringViewArray>()))
        }
        t if t.is_binary() => {
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(array, &options).map_err(text)?;
            let rows = (0..array.len()).map(|row| array.is_valid(row).then(|| formatter.value(row).to_string()));
            Ok(Arc::new(rows.collect::<StringViewArray>()))
        }
        DataType::Date64 => as_text(&cast(array, &DataType::Date32).map_err(text)?),
        t if t.is_temporal() => moments(array).map_err(text),
        _ => cast(array, &DataType::Utf8View).map_err(text),
    }
}

/// The bytes of the values of an array of views, one by one; nothing of an array of another type.
pub(super) fn text_lengths(array: &ArrayRef) -> impl Iterator<Item = usize> {
    let views: &[u128] = match array.data_type() {
        DataType::Utf8View => array.as_string_view().views(),
        DataType::BinaryView => array.as_binary_view().views(),
        _ => &[],
    };
    // The first four bytes of a view are the length of its value.
    views.iter().map(|&view| view as u32 as usize)
}

/// Dates, times and timestamps as text; those that no calendar has, which databases write for never and always, as their
/// number.
fn moments(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array, &options)?;
    let numbers = cast(array, &DataType::Int64)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    let written = |row: usize| formatter.value(row).try_to_string().unwrap_or_else(|_| numbers.value(row).to_string());
    let rows = (0..array.len()).map(|row| array.is_valid(row).then(|| written(row)));
    Ok(Arc::new(rows.collect::<StringViewArray>()))
}

/// The value of `array` at `row` as text; empty when it is null or has no text.
pub(super) fn value_as_text(array: &ArrayRef, row: usize) -> String {
    let text = as_text(&array.slice(row, 1)).ok();
    text.filter(|text| text.is_valid(0)).map_or_else(String::new, |text| text.as_string_view().value(0).to_owned())
}

fn floats<F: Into<f64> + std::fmt::Display + Copy>(values: impl Iterator<Item = Option<F>>) -> ArrayRef {
    let text = |x: F| x.into().is_finite().then(|| x.to_string());
    Arc::new(values.map(|x| x.and_then(text)).collect::<StringViewArray>())
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, TimestampMillisecondArray};

    use super::*;

    #[test]
    fn moments_beyond_the_calendar_are_their_numbers() {
        let days: ArrayRef = Arc::new(Date32Array::from(vec![Some(19_753), None, Some(i32::MAX)]));
        let far: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![0, i64::MIN]).with_timezone("UTC"));
        let texts = |array: &ArrayRef| -> Vec<Option<String>> {
            as_text(array).unwrap().as_string_view().iter().map(|text| text.map(str::to_owned)).collect()
        };
        assert_eq!(texts(&days), [Some("2024-01-31".to_owned()), None, Some("2147483647".to_owned())]);
        assert_eq!(texts(&far), ["1970-01-01T00:00:00Z", "-9223372036854775808Z"].map(|text| Some(text.to_owned())));
    }
}
