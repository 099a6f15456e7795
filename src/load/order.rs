//! The order of the values of a column.

use rayon::prelude::*;

/// The rows of the observed values of a column, ascending by value, rows of equal values ascending; −0 is 0.
///
/// Rounded to single precision a value and its row fit one word, which is sorted; rounding keeps the order, so only the rows that it
/// makes equal are held against each other in full.
pub(crate) fn ascending(values: &[f64]) -> Vec<u32> {
    let observed = values.iter().zip(0_u64..).filter(|(x, _)| !x.is_nan());
    let mut keys = Vec::with_capacity(values.len());
    keys.extend(observed.map(|(&x, row)| u64::from(narrow_order((x + 0.0) as f32)) << 32 | row));
    keys.sort_unstable();
    let value = |key: &u64| values[*key as u32 as usize] + 0.0;
    for alike in keys.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|alike| alike.len() > 1) {
        alike.sort_unstable_by(|a, b| value(a).total_cmp(&value(b)).then(a.cmp(b)));
    }
    keys.into_iter().map(|key| key as u32).collect()
}

/// Observed values of a column in ascending order, each with a tag that its row had, such as its cluster; −0 is 0.
pub(crate) struct Sorted {
    values: Vec<f64>,
    tags: Vec<u32>,
}

impl Sorted {
    /// The values of the rows of `order`, which is that of [`ascending`]; rows without a tag are left out.
    pub(crate) fn new(order: &[u32], values: &[f64], tag: impl Fn(usize) -> Option<u32>) -> Self {
        let mut sorted = Sorted { values: Vec::with_capacity(order.len()), tags: Vec::with_capacity(order.len()) };
        for row in order.iter().map(|&row| row as usize) {
            if let Some(tag) = tag(row) {
                sorted.values.push(values[row] + 0.0);
                sorted.tags.push(tag);
            }
        }
        sorted
    }

    /// Values.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, ascending.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// The tag of the value of rank `i`.
    pub(crate) fn tag(&self, i: usize) -> u32 {
        self.tags[i]
    }

    /// The rank after the last value that equals the one of rank `first`.
    pub(crate) fn end_of_ties(&self, first: usize) -> usize {
        let ties = self.values[first..].iter().take_while(|&&value| value == self.values[first]);
        first + ties.count()
    }
}

/// A whole number that orders as the value does: the sign bit flipped, or every bit of a negative value.
pub(super) fn order(value: f64) -> u64 {
    let bits = value.to_bits();
    bits ^ ((bits as i64 >> 63) as u64 | 1 << 63)
}

/// The value of an [`order`].
pub(super) fn value(order: u64) -> f64 {
    f64::from_bits(order ^ (!((order as i64 >> 63) as u64) | 1 << 63))
}

fn narrow_order(value: f32) -> u32 {
    let bits = value.to_bits();
    bits ^ ((bits as i32 >> 31) as u32 | 1 << 31)
}

/// Columns that are read, sorted or ranked side by side where every customer has one: each takes tens of bytes per customer.
pub(crate) const IN_FLIGHT: usize = 2;

/// `visit` of every column and its number, `at_once` columns side by side, so that no more are in memory; the results
/// come in the order of `columns`, and the error is that of the first column that has one.
pub(crate) fn in_rounds<C: Sync, T: Send, E: Send>(
    columns: &[C],
    at_once: usize,
    visit: impl Fn(usize, &C) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let mut results = Vec::with_capacity(columns.len());
    for (round, some) in columns.chunks(at_once.max(1)).enumerate() {
        let first = round * at_once.max(1);
        // Collected before the first error is taken, so that the error does not depend on which thread was faster.
        let done: Vec<Result<T, E>> = some.par_iter().enumerate().map(|(i, column)| visit(first + i, column)).collect();
        for one in done {
            results.push(one?);
        }
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64]) {
        let tag = |row: usize| (row % 5 != 3).then_some(row as u32 * 2);
        let mut expected: Vec<(f64, u32)> =
            values.iter().zip(0..).filter(|(x, _)| !x.is_nan()).map(|(x, row)| (x + 0.0, row)).collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        let order = ascending(values);
        assert_eq!(order, expected.iter().map(|&(_, row)| row).collect::<Vec<u32>>());
        let sorted = Sorted::new(&order, values, tag);
        let tagged = expected.iter().filter_map(|&(x, row)| Some((x, tag(row as usize)?)));
        let found = (0..sorted.len()).map(|i| (sorted.values()[i], sorted.tag(i)));
        assert!(found.eq(tagged));
        let mut first = 0;
        for ties in sorted.values().chunk_by(|a, b| a == b) {
            assert_eq!(sorted.end_of_ties(first), first + ties.len());
            first += ties.len();
        }
    }

    #[test]
    fn values_are_in_order_with_the_tags_of_their_rows() {
        let spread = |i: u64| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1_u64 << 53) as f64;
        for n in [0, 1, 2, 50, 5_000] {
            check(&(0..n).map(|i| (spread(i) - 0.5) * 1e3).collect::<Vec<_>>());
            check(&(0..n).map(|i| (spread(i) * 20.0).floor() - 9.0).collect::<Vec<_>>());
            check(&(0..n).map(|i| if i % 3 == 0 { f64::NAN } else { 1e9 + spread(i) }).collect::<Vec<_>>());
            check(&(0..n).map(|i| f64::from((spread(i) - 0.5) as f32)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_ends_of_both_number_ranges_are_in_order() {
        let wide = [f64::MAX, -0.0, 5e-324, f64::MIN, 0.0, -5e-324, 1e39, -1e-46, 1e-46, f64::NAN, 1e300];
        let narrow = [f32::MAX, -0.0, 1e-45, f32::MIN, 0.0, -1e-45, f32::NAN, f32::MIN_POSITIVE].map(f64::from);
        check(&wide);
        check(&narrow);
    }
}
