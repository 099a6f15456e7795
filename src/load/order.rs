//! The order of the values of a column.

use rayon::prelude::*;

/// Bits of a digit of the radix sort.
const DIGIT: u32 = 11;
/// Rows below which comparing is faster than counting digits.
const FEW: usize = 2048;

/// The rows of `values` from the smallest value to the largest; equal values by row, −0 equal to 0, NaN left out.
///
/// O(n): a radix sort by the values rounded to `f32`, after which only values that round alike are compared. Takes 20
/// bytes a row while it runs and returns 4.
///
/// ```
/// use segmint::load::ascending;
/// assert_eq!(ascending(&[2.5, f64::NAN, -1.0, 2.5]), [2, 0, 3]);
/// ```
pub fn ascending(values: &[f64]) -> Vec<u32> {
    // The order of the rounded value, then the row: whole numbers of 8 bytes sort faster than pairs.
    let keys = values.iter().zip(0_u32..).filter(|(x, _)| !x.is_nan());
    let mut keys: Vec<u64> = keys.map(|(&x, row)| u64::from(order_of(x)) << 32 | u64::from(row)).collect();
    if keys.len() <= FEW {
        keys.sort_unstable();
    } else {
        sort_by_digits(&mut keys);
    }
    let value = |row: u32| values[row as usize] + 0.0;
    let mut exact: Vec<(u64, u32)> = Vec::new();
    for run in keys.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|run| run.len() > 1) {
        let first = value(run[0] as u32);
        if run.iter().any(|&other| value(other as u32) != first) {
            exact.clear();
            exact.extend(run.iter().map(|&key| (exact_order_of(value(key as u32)), key as u32)));
            exact.sort_unstable();
            run.iter_mut().zip(&exact).for_each(|(key, &(_, row))| *key = u64::from(row));
        }
    }
    keys.into_iter().map(|key| key as u32).collect()
}

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

/// A whole number that orders as the value rounded to `f32` does.
fn order_of(value: f64) -> u32 {
    // Adding zero makes −0 and 0 one value; negative values descend by their bits.
    let bits = (value as f32 + 0.0).to_bits();
    bits ^ ((bits as i32 >> 31) as u32 | 1 << 31)
}

/// A whole number that orders as the value does; −0 must have been made 0.
fn exact_order_of(value: f64) -> u64 {
    let bits = value.to_bits();
    bits ^ ((bits as i64 >> 63) as u64 | 1 << 63)
}

/// Sorts by the upper 32 bits, keeping the order of equal ones: counts every digit in one pass, then moves the keys once
/// a digit, least significant first.
fn sort_by_digits(keys: &mut Vec<u64>) {
    const DIGITS: [(u32, u32); 3] = [(32, DIGIT), (32 + DIGIT, DIGIT), (32 + 2 * DIGIT, 32 - 2 * DIGIT)];
    let digit = |key: u64, (shift, bits): (u32, u32)| (key >> shift) as usize & ((1 << bits) - 1);
    let mut counts = vec![[0_u32; 1 << DIGIT]; DIGITS.len()];
    for &key in keys.iter() {
        for (counts, place) in counts.iter_mut().zip(DIGITS) {
            counts[digit(key, place)] += 1;
        }
    }
    let mut moved = vec![0; keys.len()];
    for (counts, place) in counts.iter_mut().zip(DIGITS) {
        if counts.iter().any(|&count| count as usize == keys.len()) {
            continue;
        }
        let mut start = 0;
        for count in counts.iter_mut() {
            (start, *count) = (start + *count, start);
        }
        for &key in keys.iter() {
            let slot = &mut counts[digit(key, place)];
            moved[*slot as usize] = key;
            *slot += 1;
        }
        std::mem::swap(keys, &mut moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64]) {
        let mut expected: Vec<u32> = (0..values.len() as u32).filter(|&row| !values[row as usize].is_nan()).collect();
        expected.sort_by(|&a, &b| (values[a as usize] + 0.0).total_cmp(&(values[b as usize] + 0.0)));
        assert_eq!(ascending(values), expected);
    }

    #[test]
    fn the_order_is_that_of_a_stable_sort_by_value() {
        let spread = |i: u64| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1_u64 << 53) as f64;
        for n in [0, 1, 2, FEW as u64, FEW as u64 + 1, 20_000] {
            check(&(0..n).map(|i| (spread(i) - 0.5) * 1e3).collect::<Vec<_>>());
            check(&(0..n).map(|i| (spread(i) * 20.0).floor() - 9.0).collect::<Vec<_>>());
            check(&(0..n).map(|i| if i % 3 == 0 { f64::NAN } else { 1e9 + spread(i) }).collect::<Vec<_>>());
            check(&(0..n).map(|i| f64::from_bits((spread(i) * 2f64.powi(63)) as u64)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn values_beyond_single_precision_are_in_order() {
        let one = [f64::MAX, -0.0, 5e-324, f64::MIN, 0.0, -5e-324, 1e39, -1e-46, 1e-46, f64::NAN, 1e300];
        let many: Vec<f64> = one.iter().copied().cycle().take(5000).collect();
        check(&one);
        check(&many);
    }
}
