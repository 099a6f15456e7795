//! Sums of the rows of every cluster, exact in any order.

use super::Frame;

/// `value` in units of its feature, without what is below one.
#[inline(always)]
fn in_units(value: f32, unit: f64) -> i128 {
    // The product is exact: the unit is a power of two.
    i128::from((f64::from(value) * unit) as i64)
}

/// What the rows of every cluster add up to, in the units of a frame.
///
/// Rows come and go one by one and the sums stay those of the rows that are there: integers do not round.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sums {
    /// k × n_features.
    values: Vec<i128>,
    counts: Vec<i64>,
}

impl Sums {
    pub(super) fn zero(k: usize, n_features: usize) -> Self {
        Sums { values: vec![0; k * n_features], counts: vec![0; k] }
    }

    pub(super) fn add(mut self, other: &Sums) -> Self {
        self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a += b);
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self
    }

    /// A row comes to cluster `c`.
    #[inline]
    pub(super) fn come(&mut self, c: u32, row: impl Iterator<Item = f32>, frame: &Frame) {
        self.counts[c as usize] += 1;
        let d = frame.units.len();
        let sums = self.values[c as usize * d..][..d].iter_mut();
        sums.zip(row).zip(&frame.units).for_each(|((sum, x), &unit)| *sum += in_units(x, unit));
    }

    /// A row goes from cluster `from` to cluster `to`.
    #[inline]
    pub(super) fn change(&mut self, from: u32, to: u32, row: impl Iterator<Item = f32>, frame: &Frame) {
        self.counts[from as usize] -= 1;
        self.counts[to as usize] += 1;
        let d = frame.units.len();
        let (left, joined) = (from as usize * d, to as usize * d);
        for ((j, x), &unit) in row.enumerate().zip(&frame.units) {
            let x = in_units(x, unit);
            self.values[left + j] -= x;
            self.values[joined + j] += x;
        }
    }

    /// Rows of cluster `c`.
    pub(super) fn count(&self, c: usize) -> u64 {
        self.counts[c].unsigned_abs()
    }

    /// The mean of cluster `c`, which has rows: the exact sum rounded, then divided.
    pub(super) fn mean<'a>(&'a self, c: usize, frame: &'a Frame) -> impl Iterator<Item = f64> + 'a {
        let (d, n) = (frame.units.len(), self.counts[c] as f64);
        self.values[c * d..][..d].iter().zip(&frame.units).map(move |(&sum, unit)| sum as f64 / unit / n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::TiledMatrix;

    #[test]
    fn rows_that_left_leave_no_trace() {
        let rows: Vec<f32> = (0..500).map(|i| (i as f32 * 0.37).sin() * 10.0_f32.powi(i % 9 - 4)).collect();
        let frame = Frame::of(&TiledMatrix::from_rows(&rows, 1).unwrap());
        let mut sums = Sums::zero(2, 1);
        rows.iter().for_each(|&x| sums.come(0, std::iter::once(x), &frame));
        let before = sums.clone();
        rows.iter().rev().for_each(|&x| sums.change(0, 1, std::iter::once(x), &frame));
        assert_eq!((sums.count(0), sums.values[0], sums.count(1)), (0, 0, 500));
        rows.iter().for_each(|&x| sums.change(1, 0, std::iter::once(x), &frame));
        assert_eq!(sums, before);
        let mean: f64 = rows.iter().copied().map(f64::from).sum::<f64>() / 500.0;
        assert!((sums.mean(0, &frame).next().unwrap() - mean).abs() < 1e-12);
    }

    #[test]
    fn equal_rows_have_exactly_themselves_as_mean() {
        let rows = [vec![3e7_f32], vec![0.1; 1001]].concat();
        let frame = Frame::of(&TiledMatrix::from_rows(&rows, 1).unwrap());
        let mut sums = Sums::zero(1, 1);
        rows[1..].iter().for_each(|&x| sums.come(0, std::iter::once(x), &frame));
        assert_eq!(sums.mean(0, &frame).next(), Some(f64::from(0.1_f32)));
    }
}
