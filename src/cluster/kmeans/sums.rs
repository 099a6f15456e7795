//! Sums of the rows of every cluster, exact in any order.

use super::Frame;

/// Adding it to a number below 2⁵¹ rounds to an integer, which the lower bits then hold.
const ROUNDER: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²

/// Rows whose integers an `i64` can add up: 2¹² · 2⁵⁰ < 2⁶³.
pub(super) const CHUNK_ROWS: usize = 4096;

/// `value` in units, rounded to the nearest integer.
#[inline(always)]
pub(super) fn in_units(value: f32, unit: f64) -> i64 {
    // The product is exact: the unit is a power of two.
    (f64::from(value) * unit + ROUNDER).to_bits().wrapping_sub(ROUNDER.to_bits()) as i64
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

/// Rows that came and went within one chunk of at most [`CHUNK_ROWS`] rows.
pub(super) struct ChunkSums {
    n_features: usize,
    /// k × n_features.
    values: Vec<i64>,
    counts: Vec<i64>,
}

impl ChunkSums {
    pub(super) fn zero(k: usize, n_features: usize) -> Self {
        ChunkSums { n_features, values: vec![0; k * n_features], counts: vec![0; k] }
    }

    /// A row comes to cluster `to`.
    #[inline(always)]
    pub(super) fn come(&mut self, to: u32, row: impl Iterator<Item = i64>) {
        self.counts[to as usize] += 1;
        let d = self.n_features;
        self.values[to as usize * d..][..d].iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }

    /// A row goes from cluster `from` to another.
    #[inline(always)]
    pub(super) fn change(&mut self, from: u32, to: u32, row: impl Iterator<Item = i64>) {
        self.counts[from as usize] -= 1;
        self.counts[to as usize] += 1;
        let d = self.n_features;
        let (left, joined) = (from as usize * d, to as usize * d);
        for (j, x) in row.enumerate() {
            self.values[left + j] -= x;
            self.values[joined + j] += x;
        }
    }

    /// Adds everything to `total` and starts again from zero.
    pub(super) fn flush(&mut self, total: &mut Sums) {
        total.values.iter_mut().zip(&mut self.values).for_each(|(sum, part)| *sum += i128::from(std::mem::take(part)));
        total.counts.iter_mut().zip(&mut self.counts).for_each(|(sum, part)| *sum += std::mem::take(part));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::TiledMatrix;

    #[test]
    fn integers_are_the_nearest() {
        for (value, unit, integer) in
            [(1.5, 1024.0, 1536), (-1.5, 1024.0, -1536), (0.3, 4.0, 1), (-0.4, 2.0, -1), (0.0, 1e9, 0), (5e-39, 1.0, 0)]
        {
            assert_eq!(in_units(value, unit), integer, "{value} · {unit}");
        }
    }

    #[test]
    fn rows_that_left_leave_no_trace() {
        let rows: Vec<f32> = (0..500).map(|i| (i as f32 * 0.37).sin() * 10.0_f32.powi(i % 9 - 4)).collect();
        let frame = Frame::of(&TiledMatrix::from_rows(&rows, 1).unwrap());
        let (mut total, mut part) = (Sums::zero(2, 1), ChunkSums::zero(2, 1));
        let integer = |x: f32| std::iter::once(in_units(x, frame.units[0]));
        rows.iter().for_each(|&x| part.come(0, integer(x)));
        part.flush(&mut total);
        let before = total.clone();
        rows.iter().rev().for_each(|&x| part.change(0, 1, integer(x)));
        part.flush(&mut total);
        assert_eq!((total.count(0), total.values[0]), (0, 0));
        rows.iter().for_each(|&x| part.change(1, 0, integer(x)));
        part.flush(&mut total);
        assert_eq!(total, before);
        let mean: f64 = rows.iter().copied().map(f64::from).sum::<f64>() / 500.0;
        assert!((total.mean(0, &frame).next().unwrap() - mean).abs() < 1e-15 * 1e4);
    }
}
