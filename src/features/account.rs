//! What is remembered of a customer while the lines pass by.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array};

use super::distinct::Distinct;
use super::figures::{Millionths, in_units};
use super::lines::Line;
use super::moment::{DAY, Moment, month};

/// A customer's purchases and returns so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// First and last purchase.
    purchased: Option<(Moment, Moment)>,
    lines: u64,
    purchases: Millionths,
    returns: Millionths,
    /// The part of the purchases in the recent days.
    recent: Millionths,
    units: Millionths,
    orders: Distinct,
    products: Distinct,
    months: Distinct,
}

impl Account {
    /// Enters a line; `is_recent` says whether it is one of the recent days.
    pub fn enter(&mut self, line: &Line, is_recent: bool) {
        self.lines += 1;
        if line.is_return {
            self.returns += line.value;
            return;
        }
        let (first, last) = self.purchased.unwrap_or((line.time, line.time));
        self.purchased = Some((first.min(line.time), last.max(line.time)));
        self.purchases += line.value;
        if is_recent {
            self.recent += line.value;
        }
        self.units += line.units;
        self.orders.insert(line.order);
        if let Some(product) = line.product {
            self.products.insert(product);
        }
        self.months.insert(month(line.time) as u64);
    }

    /// The customer's features as of `as_of`; `None` without a purchase.
    pub fn features(&mut self, as_of: Moment) -> Option<Row> {
        let (first, last) = self.purchased?;
        let days = |from: Moment, to: Moment| (to - from) as f64 / DAY as f64;
        let share = |part: Millionths| (self.purchases > 0).then(|| part as f64 / self.purchases as f64);
        let frequency = self.orders.count();
        Some(Row {
            recency_days: days(last, as_of),
            frequency: frequency as i64,
            monetary: in_units(self.purchases - self.returns),
            basket_mean: in_units(self.purchases) / frequency as f64,
            tenure_days: days(first, as_of),
            days_between_orders: (frequency > 1).then(|| days(first, last) / (frequency - 1) as f64),
            return_rate: share(self.returns),
            recent_share: share(self.recent),
            active_months: self.months.count() as i64,
            units: in_units(self.units),
            products: self.products.count() as i64,
        })
    }

    /// Bytes of what is remembered apart from the account itself.
    pub fn list_bytes(&self) -> usize {
        self.orders.bytes() + self.products.bytes() + self.months.bytes()
    }

    /// Lines, whether purchases or returns.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Value of the purchases and of the returns, in millionths.
    pub fn totals(&self) -> (Millionths, Millionths) {
        (self.purchases, self.returns)
    }
}

/// The features of one customer; [`build`](super::build()) says what they mean.
pub(super) struct Row {
    recency_days: f64,
    frequency: i64,
    monetary: f64,
    basket_mean: f64,
    tenure_days: f64,
    days_between_orders: Option<f64>,
    return_rate: Option<f64>,
    recent_share: Option<f64>,
    active_months: i64,
    units: f64,
    products: i64,
}

/// A feature: its name, whether it may be null, and its column.
pub(super) type Feature = (&'static str, bool, fn(&[Row]) -> ArrayRef);

/// The features of a table; `units` and `products` only where there is a quantity and a product column.
pub(super) fn features(has_quantity: bool, has_product: bool) -> Vec<Feature> {
    let mut features: Vec<Feature> = vec![
        ("recency_days", false, |rows| real(rows, |row| Some(row.recency_days))),
        ("frequency", false, |rows| whole(rows, |row| row.frequency)),
        ("monetary", false, |rows| real(rows, |row| Some(row.monetary))),
        ("basket_mean", false, |rows| real(rows, |row| Some(row.basket_mean))),
        ("tenure_days", false, |rows| real(rows, |row| Some(row.tenure_days))),
        ("days_between_orders", true, |rows| real(rows, |row| row.days_between_orders)),
        ("return_rate", true, |rows| real(rows, |row| row.return_rate)),
        ("recent_share", true, |rows| real(rows, |row| row.recent_share)),
        ("active_months", false, |rows| whole(rows, |row| row.active_months)),
    ];
    if has_quantity {
        features.push(("units", false, |rows| real(rows, |row| Some(row.units))));
    }
    if has_product {
        features.push(("products", false, |rows| whole(rows, |row| row.products)));
    }
    features
}

fn real(rows: &[Row], of: fn(&Row) -> Option<f64>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<Float64Array>())
}

fn whole(rows: &[Row], of: fn(&Row) -> i64) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(of(row))).collect::<Int64Array>())
}
