//! What can be counted of numbers, of all rows and of some that are drawn.

use super::day_of_number;
use crate::random::sample_rows;

/// Rows that are looked at one by one; of a longer table that many are drawn.
pub const MAX_ROWS_LOOKED_AT: usize = 100_000;
/// Rows that columns are held against each other on; of a longer table that many are drawn.
pub const MAX_ROWS_COMPARED: usize = 2_000;
/// Different values that are listed.
pub(super) const MAX_LEVELS: usize = 60;

/// What was counted of numbers. Extremes are those of all rows; the rest is of the rows looked at
/// ([`MAX_ROWS_LOOKED_AT`]).
#[derive(Debug, Clone, PartialEq)]
pub struct NumberFacts {
    /// Rows with a value, of all.
    pub n_values: usize,
    /// The smallest value; NaN without values.
    pub min: f64,
    /// The largest value; NaN without values.
    pub max: f64,
    /// Whether every value is a whole number.
    pub is_whole: bool,
    /// Rows with a value among those looked at.
    pub n_looked_at: usize,
    /// Different values among them.
    pub n_distinct: usize,
    /// The values in ascending order with their counts, when there are at most 60.
    pub levels: Vec<(f64, usize)>,
    /// The largest distance between the share of values up to a point and the share of the way to it from the smallest to
    /// the largest value: 0 for numbers that fill their range evenly, as running numbers do.
    pub unevenness: f64,
    /// The share of values that are days written as numbers, such as 20240131.
    pub dates_as_numbers: f64,
    /// Values at an end, far from the rest and shared by many rows.
    pub markers: Vec<Marker>,
    /// The values of the rows compared ([`MAX_ROWS_COMPARED`]), NaN where missing; the same rows in every column.
    pub compared: Vec<f64>,
}

/// A value that many rows share and that lies apart from all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    /// The value.
    pub value: f64,
    /// The share of the rows with a value that have it, among the rows looked at.
    pub share: f64,
    /// The same as a number of rows.
    pub count: usize,
}

/// Rows of a table that are looked at: all of a table with at most so many, else some that are drawn.
///
/// They are drawn in an order of the rows that their contents give, by a fixed stream, so that the same customers are judged alike
/// whatever order they are stored in and whatever the seed of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnRows {
    /// The rows, ascending, each with its place among the drawn ones in the order of contents.
    rows: Vec<(u32, u32)>,
}

impl DrawnRows {
    /// Draws `limit` rows of a table; `order` has all of its rows in the order of their contents.
    pub fn of(order: &[u32], limit: usize) -> Self {
        let drawn = sample_rows(order.len(), limit, 0, "recognize.rows").into_iter().zip(0..);
        let mut rows: Vec<(u32, u32)> = drawn.map(|(at, place)| (order[at as usize], place)).collect();
        rows.sort_unstable();
        DrawnRows { rows }
    }

    /// The rows, ascending, each with its place among the drawn ones in the order of contents.
    pub fn rows(&self) -> &[(u32, u32)] {
        &self.rows
    }

    /// The values of these rows, which come in the order of the rows, in the order of contents.
    fn by_content(&self, values: &[f64]) -> Vec<f64> {
        let mut ordered = vec![f64::NAN; values.len()];
        self.rows.iter().zip(values).for_each(|(&(_, place), &value)| ordered[place as usize] = value);
        ordered
    }
}

/// Counts the numbers of a column that come in parts, in the order of rows.
#[derive(Debug)]
pub struct NumberCounter<'a> {
    looked_at_rows: &'a DrawnRows,
    compared_rows: &'a DrawnRows,
    row: usize,
    n_values: usize,
    min: f64,
    max: f64,
    is_whole: bool,
    looked_at: Vec<f64>,
    compared: Vec<f64>,
}

impl<'a> NumberCounter<'a> {
    /// A counter that looks at the rows `looked_at` and compares those of `compared`.
    pub fn new(looked_at: &'a DrawnRows, compared: &'a DrawnRows) -> Self {
        NumberCounter {
            looked_at_rows: looked_at,
            compared_rows: compared,
            row: 0,
            n_values: 0,
            min: f64::NAN,
            max: f64::NAN,
            is_whole: true,
            looked_at: Vec::with_capacity(looked_at.rows.len()),
            compared: Vec::with_capacity(compared.rows.len()),
        }
    }

    /// Takes the next rows; NaN is missing.
    pub fn push(&mut self, values: &[f64]) {
        for &x in values.iter().filter(|x| !x.is_nan()) {
            self.n_values += 1;
            // The minimum of NaN and a number is the number.
            self.min = self.min.min(x);
            self.max = self.max.max(x);
            self.is_whole &= x.fract() == 0.0;
        }
        let end = self.row + values.len();
        for (drawn, taken) in [(self.looked_at_rows, &mut self.looked_at), (self.compared_rows, &mut self.compared)] {
            let rows = drawn.rows[taken.len()..].iter().map(|&(row, _)| row as usize).take_while(|&row| row < end);
            taken.extend(rows.map(|row| values[row - self.row]));
        }
        self.row = end;
    }

    /// What was counted.
    pub fn finish(self) -> NumberFacts {
        let mut values: Vec<f64> = self.looked_at.into_iter().filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
        values.sort_unstable_by(f64::total_cmp);
        let mut runs: Vec<(f64, usize)> = Vec::new();
        for &x in &values {
            match runs.last_mut() {
                Some((value, count)) if *value == x => *count += 1,
                _ => runs.push((x, 1)),
            }
        }
        let n_dates = values.iter().filter(|x| is_day_number(**x)).count();
        NumberFacts {
            n_values: self.n_values,
            min: self.min,
            max: self.max,
            is_whole: self.is_whole && self.n_values > 0,
            n_looked_at: values.len(),
            n_distinct: runs.len(),
            unevenness: unevenness(&values),
            dates_as_numbers: if values.is_empty() { 0.0 } else { n_dates as f64 / values.len() as f64 },
            markers: markers(&runs, values.len()),
            levels: if runs.len() <= MAX_LEVELS { runs } else { Vec::new() },
            compared: self.compared_rows.by_content(&self.compared),
        }
    }
}

impl NumberFacts {
    /// Counts the numbers of one whole column, whose rows come in an order that their contents give; NaN is missing.
    pub fn of(values: &[f64]) -> NumberFacts {
        let order: Vec<u32> = (0..values.len() as u32).collect();
        let looked_at = DrawnRows::of(&order, MAX_ROWS_LOOKED_AT);
        let compared = DrawnRows::of(&order, MAX_ROWS_COMPARED);
        let mut counter = NumberCounter::new(&looked_at, &compared);
        counter.push(values);
        counter.finish()
    }
}

/// The largest distance between the steps of the sorted `values` and the straight line through their range.
fn unevenness(values: &[f64]) -> f64 {
    let (Some(&min), Some(&max)) = (values.first(), values.last()) else { return 1.0 };
    if max <= min {
        return 1.0;
    }
    let n = values.len() as f64;
    let distance = |(i, x): (usize, &f64)| ((i as f64 + 0.5) / n - (x - min) / (max - min)).abs();
    values.iter().enumerate().map(distance).fold(0.0, f64::max)
}

/// Whether `x` writes a day of 1900 to 2100 as yyyymmdd.
fn is_day_number(x: f64) -> bool {
    (19_000_101.0..=21_001_231.0).contains(&x) && day_of_number(x).is_some()
}

/// Values at either end that look like markers of something else than a number.
///
/// A value counts when at least 1 % of the rows and at least five share it, the others take at least five values, and
/// - it is the only negative one, and one of −1, −9, −99, …; or
/// - it lies further from its neighbour than the middle 98 % of the others span, and than a quarter of their range; or
/// - it is 0, the others take at least 20 values, and it lies further than a quarter of that span.
fn markers(runs: &[(f64, usize)], n: usize) -> Vec<Marker> {
    let mut found = Vec::new();
    let mut rest = runs;
    while let Some(marker) = lowest_marker(rest, n) {
        found.push(marker);
        rest = &rest[1..];
    }
    while let [others @ .., highest] = rest {
        let [.., neighbour] = others else { break };
        let is_apart = is_apart(highest.0 - neighbour.0, others);
        if !is_apart || others.len() < 5 || !is_shared(highest.1, n) {
            break;
        }
        found.push(Marker { value: highest.0, share: highest.1 as f64 / n as f64, count: highest.1 });
        rest = others;
    }
    found
}

fn lowest_marker(runs: &[(f64, usize)], n: usize) -> Option<Marker> {
    let [(value, count), others @ ..] = runs else { return None };
    if others.len() < 5 || !is_shared(*count, n) {
        return None;
    }
    let gap = others[0].0 - value;
    let is_usual = *value < 0.0 && others[0].0 >= 0.0 && is_minus_one_or_nines(*value);
    let is_zero = *value == 0.0 && others.len() >= 20 && gap > span(others) / 4.0;
    (is_usual || is_zero || is_apart(gap, others)).then(|| Marker {
        value: *value,
        share: *count as f64 / n as f64,
        count: *count,
    })
}

fn is_apart(gap: f64, others: &[(f64, usize)]) -> bool {
    let range = others[others.len() - 1].0 - others[0].0;
    gap > span(others) && gap > range / 4.0
}

fn is_shared(count: usize, n: usize) -> bool {
    count >= 5 && count * 100 >= n
}

fn is_minus_one_or_nines(value: f64) -> bool {
    value == -1.0 || (value.fract() == 0.0 && value > -1e15 && format!("{}", -value).bytes().all(|digit| digit == b'9'))
}

/// The distance between the 1 % and the 99 % quantile.
fn span(runs: &[(f64, usize)]) -> f64 {
    let n: usize = runs.iter().map(|(_, count)| count).sum();
    let at = |wanted: usize| {
        let mut seen = 0;
        let run = runs.iter().find(|(_, count)| {
            seen += count;
            seen > wanted
        });
        run.map_or(f64::NAN, |(value, _)| *value)
    };
    at(n - 1 - n / 100) - at(n / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(values: &[f64]) -> Vec<f64> {
        NumberFacts::of(values).markers.iter().map(|marker| marker.value).collect()
    }

    #[test]
    fn a_value_apart_that_many_share_is_a_marker() {
        let with = |marker: f64, rest: fn(usize) -> f64| -> Vec<f64> {
            (0..400).map(|i| if i % 5 == 0 { marker } else { rest(i) }).collect()
        };
        assert_eq!(marked(&with(-1.0, |i| 18.0 + (i % 60) as f64)), [-1.0]);
        assert_eq!(marked(&with(-1.0, |i| 1.0 + (i * i % 800) as f64)), [-1.0]);
        assert_eq!(marked(&with(999.0, |i| (i % 28) as f64)), [999.0]);
        assert_eq!(marked(&with(999_999_999.0, |i| 20_000.0 + (i * 37 % 9000) as f64)), [999_999_999.0]);
        assert_eq!(marked(&with(0.0, |i| 18.0 + (i % 60) as f64)), [0.0]);
        // What a count, an amount with returns, or one rich customer looks like.
        assert!(marked(&with(0.0, |i| 1.0 + (i % 4) as f64)).is_empty());
        assert!(marked(&with(0.0, |i| 0.5 + (i % 300) as f64)).is_empty());
        assert!(marked(&with(-1.0, |i| (i % 30) as f64 - 15.0)).is_empty());
        let mut rich: Vec<f64> = (0..400).map(|i| (i % 100) as f64).collect();
        rich[7] = 1e9;
        assert!(marked(&rich).is_empty());
    }

    #[test]
    fn two_markers_of_one_column_are_both_found() {
        let values: Vec<f64> = (0..500)
            .map(|i| match i % 10 {
                0 => -1.0,
                1 => 9999.0,
                _ => 20.0 + (i % 50) as f64,
            })
            .collect();
        assert_eq!(marked(&values), [-1.0, 9999.0]);
    }

    #[test]
    fn rows_are_drawn_from_all_and_parts_count_as_the_whole() {
        let order: Vec<u32> = (0..1_000_003).rev().collect();
        let drawn = DrawnRows::of(&order, 500);
        let rows: Vec<u32> = drawn.rows().iter().map(|&(row, _)| row).collect();
        assert_eq!(rows.len(), 500);
        assert!(rows.is_sorted_by(|a, b| a < b) && rows[499] < 1_000_003);
        let in_parts: Vec<usize> =
            (0..5).map(|part| rows.iter().filter(|row| **row / 200_001 == part).count()).collect();
        assert!(in_parts.iter().all(|&n| n.abs_diff(100) < 40), "{in_parts:?}");
        let values: Vec<f64> = (0..3_000).map(|i| ((i * 7919) % 1009) as f64).collect();
        let order: Vec<u32> = (0..3_000).collect();
        let (rows, compared) = (DrawnRows::of(&order, MAX_ROWS_LOOKED_AT), DrawnRows::of(&order, MAX_ROWS_COMPARED));
        let mut counter = NumberCounter::new(&rows, &compared);
        values.chunks(7).for_each(|part| counter.push(part));
        assert_eq!(counter.finish(), NumberFacts::of(&values));
    }

    #[test]
    fn what_is_counted_of_drawn_rows_does_not_depend_on_the_order_they_are_stored_in() {
        let values: Vec<f64> = (0..500).map(|i| f64::from(i % 70)).collect();
        let counted = |order: &[u32]| {
            // Whatever order they are stored in, their contents give them the same one.
            let mut stored = vec![0.0; values.len()];
            order.iter().zip(&values).for_each(|(&row, &value)| stored[row as usize] = value);
            let (looked_at, compared) = (DrawnRows::of(order, 100), DrawnRows::of(order, 50));
            let mut counter = NumberCounter::new(&looked_at, &compared);
            stored.chunks(33).for_each(|part| counter.push(part));
            counter.finish()
        };
        let plain: Vec<u32> = (0..500).collect();
        let turned: Vec<u32> = plain.iter().map(|row| (row * 7 + 3) % 500).collect();
        assert_eq!(counted(&plain), counted(&turned));
        assert_eq!(counted(&plain).compared.len(), 50);
    }
}
