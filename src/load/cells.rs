//! Cells as numbers, and why one has none.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::kind;

/// Why a cell has no value. All are NaN; their bits tell the audit which.
pub(super) const NULL: f64 = f64::from_bits(0x7ff8_0000_0000_0001);
/// See [`NULL`].
pub(super) const INFINITE: f64 = f64::from_bits(0x7ff8_0000_0000_0002);
/// See [`NULL`]: a value that stands for a missing one.
pub(super) const MARKED: f64 = f64::from_bits(0x7ff8_0000_0000_0003);
/// See [`NULL`]: a text that is no number.
pub(super) const UNREADABLE: f64 = f64::from_bits(0x7ff8_0000_0000_0004);
/// See [`NULL`].
pub(super) const NOT_A_NUMBER: f64 = f64::from_bits(0x7ff8_0000_0000_0000);

/// Why a cell has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhyMissing {
    /// There is none.
    Null,
    /// NaN.
    NotANumber,
    /// ±inf.
    Infinite,
    /// A value that stands for a missing one.
    Marked,
    /// A text that is no number or no known level.
    Unreadable,
}

impl WhyMissing {
    /// Why `value` of a column that was read is missing; `None` when it is not.
    pub(crate) fn of(value: f64) -> Option<WhyMissing> {
        let is = |reason: f64| value.to_bits() == reason.to_bits();
        match value {
            value if !value.is_nan() => None,
            _ if is(NULL) => Some(WhyMissing::Null),
            _ if is(INFINITE) => Some(WhyMissing::Infinite),
            _ if is(MARKED) => Some(WhyMissing::Marked),
            _ if is(UNREADABLE) => Some(WhyMissing::Unreadable),
            _ => Some(WhyMissing::NotANumber),
        }
    }
}

/// Writes the values of `array` to `out`, which is as long.
///
/// Integers beyond 2⁵³ and decimals are rounded to the nearest f64; false is 0 and true is 1.
pub(super) fn decode(array: &ArrayRef, out: &mut [f64]) -> Result<(), String> {
    match array.data_type() {
        DataType::Float64 => primitive::<Float64Type>(array, out, marked),
        DataType::Float32 => primitive::<Float32Type>(array, out, |x| marked(f64::from(x))),
        DataType::Float16 => primitive::<Float16Type>(array, out, |x| marked(f64::from(x))),
        DataType::Int8 => primitive::<Int8Type>(array, out, f64::from),
        DataType::Int16 => primitive::<Int16Type>(array, out, f64::from),
        DataType::Int32 => primitive::<Int32Type>(array, out, f64::from),
        DataType::Int64 => primitive::<Int64Type>(array, out, |x| x as f64),
        DataType::UInt8 => primitive::<UInt8Type>(array, out, f64::from),
        DataType::UInt16 => primitive::<UInt16Type>(array, out, f64::from),
        DataType::UInt32 => primitive::<UInt32Type>(array, out, f64::from),
        DataType::UInt64 => primitive::<UInt64Type>(array, out, |x| x as f64),
        &DataType::Decimal32(_, scale) => primitive::<Decimal32Type>(array, out, |x| decimal(x.into(), scale)),
        &DataType::Decimal64(_, scale) => primitive::<Decimal64Type>(array, out, |x| decimal(x.into(), scale)),
        &DataType::Decimal128(_, scale) => primitive::<Decimal128Type>(array, out, |x| decimal(x, scale)),
        &DataType::Decimal256(_, scale) => primitive::<Decimal256Type>(array, out, |x| match x.to_i128() {
            Some(x) => decimal(x, scale),
            None => decimal_text(&x.to_string(), scale),
        }),
        DataType::Boolean => {
            let array = array.as_boolean();
            for (i, out) in out.iter_mut().enumerate() {
                *out = if array.is_null(i) { NULL } else { f64::from(u8::from(array.value(i))) };
            }
        }
        DataType::Null => out.fill(NULL),
        DataType::Dictionary(_, values) => {
            return decode(&cast(array, values).map_err(|error| error.to_string())?, out);
        }
        DataType::RunEndEncoded(_, values) => {
            return decode(&cast(array, values.data_type()).map_err(|error| error.to_string())?, out);
        }
        other => return Err(format!("{} is not numeric", kind::name(other))),
    }
    Ok(())
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef, out: &mut [f64], convert: impl Fn(T::Native) -> f64) {
    let array = array.as_primitive::<T>();
    for (out, &value) in out.iter_mut().zip(array.values()) {
        *out = convert(value);
    }
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        for (out, valid) in out.iter_mut().zip(nulls) {
            *out = if valid { *out } else { NULL };
        }
    }
}

pub(super) fn marked(x: f64) -> f64 {
    if x.is_finite() {
        x
    } else if x.is_nan() {
        NOT_A_NUMBER
    } else {
        INFINITE
    }
}

/// unscaled · 10^−scale, correctly rounded.
fn decimal(unscaled: i128, scale: i8) -> f64 {
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ];
    // Both operands are exact in f64, so the quotient is rounded once.
    match usize::try_from(scale) {
        Ok(scale) if scale < POWERS.len() && unscaled.unsigned_abs() <= 1 << 53 => unscaled as f64 / POWERS[scale],
        _ => decimal_text(&unscaled.to_string(), scale),
    }
}

fn decimal_text(unscaled: &str, scale: i8) -> f64 {
    format!("{unscaled}e{}", -i32::from(scale)).parse().map_or(NOT_A_NUMBER, marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_once() {
        assert_eq!(decimal(123_456, 2), 1234.56);
        assert_eq!(decimal(-5, -3), -5000.0);
        assert_eq!(decimal(9_007_199_254_740_993, 1), 900_719_925_474_099.3);
        assert_eq!(decimal(i128::MAX, 38), 1.701_411_834_604_692_3);
    }

    #[test]
    fn reasons_for_missing_values_can_be_told_apart() {
        assert!([NULL, INFINITE, NOT_A_NUMBER].iter().all(|x| x.is_nan()));
        assert_eq!(marked(f64::NEG_INFINITY).to_bits(), INFINITE.to_bits());
        assert_eq!(marked(-f64::NAN).to_bits(), NOT_A_NUMBER.to_bits());
    }
}
