//! Chunks of the transactions as lines of customers.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, UInt64Type};
use arrow::error::ArrowError;

use super::FeaturesError;
use super::columns::{Columns, Worth};
use super::customers::{Customers, IdProblem, bytes};
use super::figures::{Figure, Figures, Millionths};
use super::moment::{Moment, day};
use super::times::TimeProblem;
use crate::config::DecimalMark;
use crate::load::{Chunk, Source};
use crate::recognize::is_missing;

/// One line of a customer that has a time and a value.
pub(super) struct Line {
    pub customer: u32,
    pub time: Moment,
    /// The value, never negative.
    pub value: Millionths,
    /// The quantity, never negative; 0 without a quantity column.
    pub units: Millionths,
    pub is_return: bool,
    /// Identifies the order among those of the customer.
    pub order: u64,
    /// Whether that is an id and not the day.
    has_order_id: bool,
    pub product: Option<u64>,
}

impl Line {
    /// A hash of all that was read of the line; `None` without an order id, for a customer may buy the same twice on a day.
    pub fn key(&self, customers: &Customers) -> Option<u64> {
        if !self.has_order_id {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        customers.hash_id(self.customer, &mut hasher);
        (self.time, self.value, self.units, self.is_return, self.order, self.product).hash(&mut hasher);
        Some(hasher.finish())
    }
}

/// Why a row is not a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    Customer,
    Time,
    Amount,
}

/// A chunk with its columns decoded.
pub(super) struct Lines<'a> {
    source: &'a Source,
    columns: &'a Columns,
    first_row: usize,
    n_rows: usize,
    customers: Vec<Option<u32>>,
    times: Vec<Option<Moment>>,
    worth: Figures,
    quantity: Option<Figures>,
    orders: Option<Vec<Option<u64>>>,
    cancelled: Option<Vec<bool>>,
    products: Option<Vec<Option<u64>>>,
}

impl<'a> Lines<'a> {
    /// The lines of `chunk`, whose arrays are the columns [`Columns::names`] lists; `marks` are the decimal marks of those
    /// that are numbers as text.
    pub fn decode(
        source: &'a Source,
        columns: &'a Columns,
        marks: &BTreeMap<String, DecimalMark>,
        cancelled_prefix: Option<&str>,
        chunk: &Chunk,
        customers: &mut Customers,
    ) -> Result<Self, FeaturesError> {
        let mut arrays = chunk.arrays.iter();
        let mut next = || arrays.next().expect("the stream gives the columns it was asked for");
        let unusable = |column: &str| {
            let (column, source_name) = (column.to_owned(), source.name());
            move |detail: String| FeaturesError::Unusable { column, source_name, detail }
        };
        let numbers = customers.number(next()).map_err(|problem| match problem {
            IdProblem::Column(detail) => unusable(&columns.customer)(detail),
            IdProblem::Row(row, value) => {
                let place = source.place(chunk.first_row + row);
                FeaturesError::BadId { column: columns.customer.clone(), place, value }
            }
        })?;
        let times = decoded_times(source, columns, chunk.first_row, next())?;
        let (Worth::Amount(worth) | Worth::Price(worth)) = &columns.worth;
        let figures = |array: &ArrayRef, column: &str| {
            let figures = Figures::of(array, marks.get(column).copied());
            figures.map_err(|problem| problem.at(source, column, chunk.first_row))
        };
        let worth = figures(next(), worth)?;
        let quantity = columns.quantity.as_ref().map(|column| figures(next(), column)).transpose()?;
        let (mut orders, mut cancelled, mut products) = (None, None, None);
        if let Some(column) = &columns.order {
            let array = next();
            let failed = |error: ArrowError| unusable(column)(error.to_string());
            orders = Some(keys(array).map_err(failed)?);
            let prefix = cancelled_prefix.filter(|_| array.data_type().is_string());
            cancelled = prefix.map(|prefix| starting_with(array, prefix)).transpose().map_err(failed)?;
        }
        if let Some(column) = &columns.product {
            products = Some(keys(next()).map_err(|error| unusable(column)(error.to_string()))?);
        }
        Ok(Lines {
            source,
            columns,
            first_row: chunk.first_row,
            n_rows: chunk.n_rows,
            customers: numbers,
            times,
            worth,
            quantity,
            orders,
            cancelled,
            products,
        })
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.n_rows
    }

    /// Row `i` as a line, or what it lacks.
    pub fn get(&self, i: usize) -> Result<Result<Line, Gap>, FeaturesError> {
        let Some(customer) = self.customers[i] else { return Ok(Err(Gap::Customer)) };
        let Some(time) = self.times[i] else { return Ok(Err(Gap::Time)) };
        let Some(figure) = self.worth.get(i) else { return Ok(Err(Gap::Amount)) };
        let quantity = self.quantity.as_ref().map(|quantity| quantity.get(i));
        let (value, units) = match (&self.columns.worth, quantity) {
            (Worth::Price(_), None | Some(None)) => return Ok(Err(Gap::Amount)),
            (Worth::Price(_), Some(Some(units))) => (self.product(figure, units, i)?, Some(units)),
            (Worth::Amount(column), units) => (self.millionths(figure, column, i)?, units.flatten()),
        };
        let is_cancelled = self.cancelled.as_ref().is_some_and(|cancelled| cancelled[i]);
        let is_return = value < 0 || units.is_some_and(Figure::is_negative) || is_cancelled;
        let units = match (units, &self.columns.quantity) {
            (Some(units), Some(column)) => self.millionths(units, column, i)?.abs(),
            _ => 0,
        };
        // Without an order id, what a customer buys on a day is an order.
        let order_id = self.orders.as_ref().and_then(|orders| orders[i]);
        let (order, has_order_id) = (order_id.unwrap_or_else(|| day_key(time)), order_id.is_some());
        let product = self.products.as_ref().and_then(|products| products[i]);
        Ok(Ok(Line { customer, time, value: value.abs(), units, is_return, order, has_order_id, product }))
    }

    fn product(&self, price: Figure, units: Figure, i: usize) -> Result<Millionths, FeaturesError> {
        let place = || self.source.place(self.first_row + i);
        price.times(units).millionths().map_err(|value| FeaturesError::ProductTooLarge { place: place(), value })
    }

    fn millionths(&self, figure: Figure, column: &str, i: usize) -> Result<Millionths, FeaturesError> {
        let place = || self.source.place(self.first_row + i);
        figure.millionths().map_err(|value| FeaturesError::TooLarge {
            column: column.to_owned(),
            place: place(),
            value,
        })
    }
}

/// The moments of the time column, whose first row is row `first_row` of `source`.
pub(super) fn decoded_times(
    source: &Source,
    columns: &Columns,
    first_row: usize,
    array: &ArrayRef,
) -> Result<Vec<Option<Moment>>, FeaturesError> {
    let column = columns.time.clone();
    columns.clock.moments(array).map_err(|problem| match problem {
        TimeProblem::Row(row, value) => FeaturesError::BadTime { column, place: source.place(first_row + row), value },
        TimeProblem::Column(detail) => FeaturesError::Unusable { column, source_name: source.name(), detail },
    })
}

/// A key for every value of an order or product column; blank text and words for a missing value have none. Different values have different keys, but for one chance in 2^64
/// a pair.
fn keys(array: &ArrayRef) -> Result<Vec<Option<u64>>, ArrowError> {
    let of_bytes = |bytes: &[u8]| {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        hasher.finish()
    };
    match array.data_type() {
        DataType::UInt64 => Ok(array.as_primitive::<UInt64Type>().iter().collect()),
        t if t.is_integer() => {
            let ids = cast(array, &DataType::Int64)?;
            Ok(ids.as_primitive::<Int64Type>().iter().map(|id| id.map(|id| id as u64)).collect())
        }
        t if t.is_floating() => {
            let ids = cast(array, &DataType::Float64)?;
            let key = |id: Option<f64>| id.filter(|id| !id.is_nan()).map(f64::to_bits);
            Ok(ids.as_primitive::<Float64Type>().iter().map(key).collect())
        }
        t if t.is_decimal() => {
            let scale = match t {
                DataType::Decimal32(_, scale)
                | DataType::Decimal64(_, scale)
                | DataType::Decimal128(_, scale)
                | DataType::Decimal256(_, scale) => *scale,
                _ => 0,
            };
            let ids = cast(array, &DataType::Decimal128(38, scale))?;
            let key = |id: Option<i128>| id.map(|id| of_bytes(&id.to_le_bytes()));
            Ok(ids.as_primitive::<Decimal128Type>().iter().map(key).collect())
        }
        t => {
            let ids = bytes(array)?;
            let is_word = |id: &[u8]| t.is_string() && std::str::from_utf8(id).is_ok_and(is_missing);
            let key = |id: Option<&[u8]>| id.filter(|id| !id.is_empty() && !is_word(id)).map(of_bytes);
            Ok(ids.as_binary::<i64>().iter().map(key).collect())
        }
    }
}

fn day_key(time: Moment) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(b"day");
    hasher.write_i64(day(time));
    hasher.finish()
}

fn starting_with(array: &ArrayRef, prefix: &str) -> Result<Vec<bool>, ArrowError> {
    let texts = bytes(array)?;
    let starts = |id: Option<&[u8]>| id.is_some_and(|id| id.starts_with(prefix.as_bytes()));
    Ok(texts.as_binary::<i64>().iter().map(starts).collect())
}
