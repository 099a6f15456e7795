//! The order of the values of a column.

use rayon::prelude::*;

/// The observed values of a column in ascending order, each with a tag that its row had; −0 is 0.
///
/// What is wanted of a value's row, such as its cluster, is sorted beside the value: looking it up afterwards would miss
/// the cache at every value. Values that single precision holds take 8 bytes each, others 16.
pub(crate) enum Sorted {
    /// The order of the value as `f32`, then the tag.
    Narrow(Vec<u64>),
    /// The order of the value and the tag; equal values in no particular order.
    Wide(Vec<(u64, u32)>),
}

impl Sorted {
    /// Sorts `values`; NaN and rows without a tag are left out.
    pub(crate) fn new(values: &[f64], tag: impl Fn(usize) -> Option<u32>) -> Self {
        let tagged = || {
            let observed = values.iter().enumerate().filter(|(_, x)| !x.is_nan());
            observed.filter_map(|(row, &x)| Some((x + 0.0, tag(row)?)))
        };
        if values.iter().all(|&x| x.is_nan() || f64::from(x as f32) == x) {
            let mut keys = Vec::with_capacity(values.len());
            keys.extend(tagged().map(|(x, tag)| u64::from(narrow_order(x as f32)) << 32 | u64::from(tag)));
            keys.sort_unstable();
            Sorted::Narrow(keys)
        } else {
            let mut keys = Vec::with_capacity(values.len());
            keys.extend(tagged().map(|(x, tag)| (order(x), tag)));
            keys.sort_unstable_by_key(|&(order, _)| order);
            Sorted::Wide(keys)
        }
    }

    /// Values.
    pub(crate) fn len(&self) -> usize {
        match self {
            Sorted::Narrow(keys) => keys.len(),
            Sorted::Wide(keys) => keys.len(),
        }
    }

    /// The value of rank `i`.
    pub(crate) fn value(&self, i: usize) -> f64 {
        match self {
            Sorted::Narrow(keys) => f64::from(narrow_value((keys[i] >> 32) as u32)),
            Sorted::Wide(keys) => value(keys[i].0),
        }
    }

    /// The tag of the value of rank `i`.
    pub(crate) fn tag(&self, i: usize) -> u32 {
        match self {
            Sorted::Narrow(keys) => keys[i] as u32,
            Sorted::Wide(keys) => keys[i].1,
        }
    }

    /// The rank after the last value that equals the one of rank `first`.
    pub(crate) fn end_of_ties(&self, first: usize) -> usize {
        let value = self.value(first);
        (first + 1..self.len()).find(|&i| self.value(i) != value).unwrap_or(self.len())
    }
}

/// The rows of the observed values, ascending by value; rows of equal values in no particular order.
pub(crate) fn ascending(values: &[f64]) -> Vec<u32> {
    let sorted = Sorted::new(values, |row| Some(row as u32));
    (0..sorted.len()).map(|i| sorted.tag(i)).collect()
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

fn narrow_value(order: u32) -> f32 {
    f32::from_bits(order ^ (!((order as i32 >> 31) as u32) | 1 << 31))
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
        let mut expected: Vec<(f64, u32)> = values
            .iter()
            .zip(0..)
            .filter(|&(x, row)| !x.is_nan() && row % 5 != 3)
            .map(|(x, row)| (x + 0.0, row))
            .collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sorted = Sorted::new(values, |row| (row % 5 != 3).then_some(row as u32));
        let mut found: Vec<(f64, u32)> = (0..sorted.len()).map(|i| (sorted.value(i), sorted.tag(i))).collect();
        let mut first = 0;
        while first < found.len() {
            let end = sorted.end_of_ties(first);
            assert!(found[first..end].iter().all(|other| other.0 == found[first].0));
            assert!(end == found.len() || found[end].0 > found[first].0);
            found[first..end].sort_by_key(|&(_, row)| row);
            first = end;
        }
        assert_eq!(found, expected);
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
