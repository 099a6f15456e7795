//! Exact figures: money and quantities in millionths.
//!
//! A sum of floats depends on the order of its terms, and on how many cents 0.1 is. Every figure is therefore rounded to a
//! millionth once, and summed as an integer: the order of rows, the splitting into files and the number of threads
//! cannot change a sum, and decimal columns are exact.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type};
use arrow::error::ArrowError;

use super::FeaturesError;
use crate::config::DecimalMark;
use crate::load::Source;
use crate::recognize::{is_missing, number};

/// Millionths in one.
const ONE: i128 = 1_000_000;
/// The largest figure that is believed, 10^15.
const LIMIT: i128 = 1_000_000_000_000_000 * ONE;

/// A figure in millionths.
pub(super) type Millionths = i128;

/// A number column of a chunk.
pub(super) enum Figures {
    /// Integers and decimals, in millionths.
    Exact(Vec<Option<Millionths>>),
    /// Floats and text; NaN is missing.
    Float(Vec<f64>),
}

/// What is wrong in a column of numbers.
pub(super) enum NumberProblem {
    /// The row whose text is no number, and the text.
    Row(usize, String),
    /// The column cannot be decoded.
    Column(String),
}

impl From<ArrowError> for NumberProblem {
    fn from(error: ArrowError) -> Self {
        NumberProblem::Column(error.to_string())
    }
}

impl NumberProblem {
    /// The error, in the column `column` of `source` from its row `first_row` on.
    pub fn at(self, source: &Source, column: &str, first_row: usize) -> FeaturesError {
        let column = column.to_owned();
        match self {
            NumberProblem::Row(row, value) => {
                FeaturesError::NoNumber { column, place: source.place(first_row + row), value }
            }
            NumberProblem::Column(detail) => FeaturesError::Unusable { column, source_name: source.name(), detail },
        }
    }
}

/// One number of a column.
#[derive(Clone, Copy)]
pub(super) enum Figure {
    /// In millionths.
    Exact(Millionths),
    /// As it is.
    Float(f64),
}

impl Figures {
    /// The numbers of `array`; null, NaN and ±inf are missing, and of text also what is blank or a word for missing. Text
    /// is read with the decimal mark `mark`.
    pub fn of(array: &ArrayRef, mark: Option<DecimalMark>) -> Result<Figures, NumberProblem> {
        if let Some(mark) = mark {
            let texts = cast(array, &DataType::LargeUtf8)?;
            let figure = |(row, text): (usize, Option<&str>)| match text.filter(|text| !is_missing(text)) {
                None => Ok(f64::NAN),
                Some(text) => number(text, mark).ok_or_else(|| NumberProblem::Row(row, text.to_owned())),
            };
            let figures: Result<Vec<f64>, NumberProblem> =
                texts.as_string::<i64>().iter().enumerate().map(figure).collect();
            return figures.map(Figures::Float);
        }
        if array.data_type().is_floating() {
            let floats = cast(array, &DataType::Float64)?;
            let finite = |x: Option<f64>| x.filter(|x| x.is_finite()).unwrap_or(f64::NAN);
            return Ok(Figures::Float(floats.as_primitive::<Float64Type>().iter().map(finite).collect()));
        }
        // Not safe means that what does not fit is an error rather than null.
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        let decimals = cast_with_options(array, &DataType::Decimal128(38, 6), &strict)?;
        Ok(Figures::Exact(decimals.as_primitive::<Decimal128Type>().iter().collect()))
    }

    /// The number of row `i`; `None` when missing.
    pub fn get(&self, i: usize) -> Option<Figure> {
        match self {
            Figures::Exact(values) => values[i].map(Figure::Exact),
            Figures::Float(values) => Some(values[i]).filter(|x| !x.is_nan()).map(Figure::Float),
        }
    }
}

impl Figure {
    /// In millionths, halves away from zero; the number itself when it is beyond ±10^15.
    pub fn millionths(self) -> Result<Millionths, f64> {
        match self {
            Figure::Exact(value) if value.abs() <= LIMIT => Ok(value),
            Figure::Float(value) if value.abs() <= 1e15 => Ok((value * ONE as f64).round() as i128),
            beyond => Err(beyond.as_f64()),
        }
    }

    /// The product; exact when both are.
    pub fn times(self, other: Figure) -> Figure {
        match (self, other) {
            (Figure::Exact(a), Figure::Exact(b)) => match a.checked_mul(b) {
                Some(product) => Figure::Exact((product + product.signum() * (ONE / 2)) / ONE),
                None => Figure::Float(self.as_f64() * other.as_f64()),
            },
            _ => Figure::Float(self.as_f64() * other.as_f64()),
        }
    }

    /// Whether the number is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            Figure::Exact(value) => value < 0,
            Figure::Float(value) => value < 0.0,
        }
    }

    fn as_f64(self) -> f64 {
        match self {
            Figure::Exact(value) => in_units(value),
            Figure::Float(value) => value,
        }
    }
}

/// Millionths as a float.
pub(super) fn in_units(millionths: Millionths) -> f64 {
    millionths as f64 / ONE as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Float32Array, Float64Array, Int64Array};

    use super::*;

    fn first(array: impl Array + 'static) -> Option<Figure> {
        Figures::of(&(Arc::new(array) as ArrayRef), None).ok().and_then(|figures| figures.get(0))
    }

    #[test]
    fn figures_of_any_type_are_the_same_millionths() {
        let decimal = Decimal128Array::from(vec![255]).with_precision_and_scale(12, 2).unwrap();
        for figure in [first(decimal), first(Float64Array::from(vec![2.55]))] {
            assert_eq!(figure.unwrap().millionths(), Ok(2_550_000));
        }
        assert_eq!(first(Int64Array::from(vec![-3])).unwrap().millionths(), Ok(-3_000_000));
        assert_eq!(first(Float32Array::from(vec![0.5])).unwrap().millionths(), Ok(500_000));
        assert!(first(Float64Array::from(vec![f64::INFINITY])).is_none());
        assert!(first(Int64Array::from(vec![None])).is_none());
    }

    #[test]
    fn products_of_exact_figures_are_exact() {
        let exact = |a, b| Figure::Exact(a).times(Figure::Exact(b)).millionths();
        assert_eq!(exact(6_000_000, 2_550_000), Ok(15_300_000));
        assert_eq!(exact(1, 500_000), Ok(1));
        assert_eq!(exact(-1, 500_000), Ok(-1));
        assert_eq!(exact(3_000_000, -100_000), Ok(-300_000));
    }

    #[test]
    fn what_cannot_be_money_is_told() {
        assert_eq!(Figure::Float(1.5e15).millionths(), Err(1.5e15));
        assert_eq!(Figure::Exact(LIMIT + ONE).millionths(), Err(1e15 + 1.0));
        let large = Figure::Exact(i128::from(i64::MAX) * ONE);
        assert!(large.times(large).millionths().is_err());
    }
}
