//! Sums of the rows of every cluster, exact in any order.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::FeatureStats;

/// 1.5 · 2⁵². A number below 2⁵¹ that is added to it is rounded to a whole one, and the bits of the result are those of
/// this constant plus that whole number: an integer without a conversion.
const WHOLE: f64 = 6_755_399_441_055_744.0;

/// A value in units of its feature is below 2³¹; its fraction is kept in units of 2⁻³¹.
const FRACTION: f64 = 2_147_483_648.0;

/// What the rows of every cluster add up to, in the units of [`FeatureStats`].
///
/// Rows come and go one by one and the sums stay those of the rows that are there: integers do not round. Whole parts
/// and fractions are summed as the bits of [`WHOLE`] plus themselves, wrapping; every row adds the bits once. Sums of
/// fewer than 2³² rows stay within 63 bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    /// k × n_features.
    wholes: Vec<u64>,
    fractions: Vec<u64>,
    counts: Vec<i64>,
}

impl Sums {
    pub(super) fn zero(k: usize, n_features: usize) -> Self {
        Sums { wholes: vec![0; k * n_features], fractions: vec![0; k * n_features], counts: vec![0; k] }
    }

    /// Takes all rows out.
    pub(super) fn clear(&mut self) {
        self.wholes.fill(0);
        self.fractions.fill(0);
        self.counts.fill(0);
    }

    /// The clusters.
    pub(super) fn k(&self) -> usize {
        self.counts.len()
    }

    /// The rows of every cluster, in order.
    pub(super) fn counts(&self) -> impl Iterator<Item = u64> {
        (0..self.k()).map(|c| self.count(c))
    }

    /// Whether they are of as many clusters and features as `other`.
    pub(super) fn has_shape_of(&self, other: &Sums) -> bool {
        let shape = |sums: &Sums| (sums.counts.len(), sums.wholes.len(), sums.fractions.len());
        shape(self) == shape(other)
    }

    /// Adds the rows of `other`.
    pub(super) fn add(&mut self, other: &Sums) {
        self.wholes.iter_mut().zip(&other.wholes).for_each(|(a, b)| *a = a.wrapping_add(*b));
        self.fractions.iter_mut().zip(&other.fractions).for_each(|(a, b)| *a = a.wrapping_add(*b));
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
    }

    /// A row comes to cluster `c`. Inlined, so that it is compiled for the vectors of the level it is called on.
    #[inline(always)]
    pub(super) fn add_row(&mut self, c: u32, row: &[f32], stats: &FeatureStats) {
        self.counts[c as usize] += 1;
        let places = places(c, stats);
        let sums = self.wholes[places.clone()].iter_mut().zip(&mut self.fractions[places]);
        for ((whole, fraction), (x, unit)) in sums.zip(row.iter().zip(&stats.units)) {
            let bits = bits(*x, *unit);
            *whole = whole.wrapping_add(bits.0);
            *fraction = fraction.wrapping_add(bits.1);
        }
    }

    /// A row goes from cluster `from` to cluster `to`, another one.
    #[inline(always)]
    pub(super) fn move_row(&mut self, from: u32, to: u32, row: &[f32], stats: &FeatureStats) {
        self.counts[from as usize] -= 1;
        self.counts[to as usize] += 1;
        let both = [places(from, stats), places(to, stats)];
        let apart = "a row moves to another cluster";
        let [from, to] = self.wholes.get_disjoint_mut(both.clone()).expect(apart);
        let [from_rest, to_rest] = self.fractions.get_disjoint_mut(both).expect(apart);
        let wholes = from.iter_mut().zip(to);
        let fractions = from_rest.iter_mut().zip(to_rest);
        for ((wholes, fractions), (x, unit)) in wholes.zip(fractions).zip(row.iter().zip(&stats.units)) {
            let bits = bits(*x, *unit);
            *wholes.0 = wholes.0.wrapping_sub(bits.0);
            *wholes.1 = wholes.1.wrapping_add(bits.0);
            *fractions.0 = fractions.0.wrapping_sub(bits.1);
            *fractions.1 = fractions.1.wrapping_add(bits.1);
        }
    }

    /// Rows of cluster `c`.
    pub(super) fn count(&self, c: usize) -> u64 {
        self.counts[c].unsigned_abs()
    }

    /// The mean of cluster `c`, which has rows: the exact sum rounded, then divided.
    pub(super) fn mean<'a>(&'a self, c: usize, stats: &'a FeatureStats) -> impl Iterator<Item = f64> + 'a {
        let (d, n) = (stats.units.len(), self.counts[c] as f64);
        let sums = (c * d..(c + 1) * d).map(move |i| self.sum(c, i));
        sums.zip(&stats.units).map(move |(sum, &unit)| value_of(sum, unit) / n)
    }

    /// The mean of cluster `c`; `None` when it has no rows.
    pub(super) fn mean_if_any(&self, c: usize, stats: &FeatureStats) -> Option<Vec<f64>> {
        (self.count(c) > 0).then(|| self.mean(c, stats).collect())
    }

    /// Sum `i`, of cluster `c`, in units of 2⁻³¹.
    fn sum(&self, c: usize, i: usize) -> i128 {
        let bits = self.count(c).wrapping_mul(WHOLE.to_bits());
        let [whole, fraction] =
            [self.wholes[i], self.fractions[i]].map(|sum| i128::from(sum.wrapping_sub(bits) as i64));
        (whole << 31) + fraction
    }
}

/// Where the sums of cluster `c` are.
#[inline(always)]
fn places(c: u32, stats: &FeatureStats) -> Range<usize> {
    let d = stats.units.len();
    c as usize * d..(c as usize + 1) * d
}

/// Whole part and fraction of a value in units of its feature, as the bits that are added up. All exact but for the last rounding: the
/// unit is a power of two.
#[inline(always)]
fn bits(x: f32, unit: f64) -> (u64, u64) {
    let x = f64::from(x) * unit;
    let rounded = x + WHOLE;
    let fraction = (x - (rounded - WHOLE)) * FRACTION + WHOLE;
    (rounded.to_bits(), fraction.to_bits())
}

/// A value in units of 2⁻³¹ of its feature's unit: what [`Sums`] add up, as one number.
#[inline]
pub(super) fn fixed(x: f32, unit: f64) -> i64 {
    let (whole, fraction) = bits(x, unit);
    let [whole, fraction] = [whole, fraction].map(|bits| bits.wrapping_sub(WHOLE.to_bits()) as i64);
    (whole << 31) + fraction
}

/// The exact `sum` of [`fixed`] values as a value.
pub(super) fn value_of(sum: i128, unit: f64) -> f64 {
    sum as f64 / (unit * FRACTION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::TiledMatrix;

    #[test]
    fn rows_that_left_leave_no_trace() {
        let rows: Vec<f32> = (0..500).map(|i| (i as f32 * 0.37).sin() * 10.0_f32.powi(i % 9 - 4)).collect();
        let stats = FeatureStats::of(&TiledMatrix::from_rows(&rows, 1).unwrap());
        let mut sums = Sums::zero(2, 1);
        rows.iter().for_each(|&x| sums.add_row(0, &[x], &stats));
        let before = sums.clone();
        rows.iter().rev().for_each(|&x| sums.move_row(0, 1, &[x], &stats));
        assert_eq!((sums.count(0), sums.sum(0, 0), sums.count(1)), (0, 0, 500));
        rows.iter().for_each(|&x| sums.move_row(1, 0, &[x], &stats));
        assert_eq!(sums, before);
        let mean: f64 = rows.iter().copied().map(f64::from).sum::<f64>() / 500.0;
        assert!((sums.mean(0, &stats).next().unwrap() - mean).abs() < 1e-12);
    }

    #[test]
    fn equal_rows_have_exactly_themselves_as_mean() {
        let rows = [vec![3e7_f32], vec![0.1; 1001]].concat();
        let stats = FeatureStats::of(&TiledMatrix::from_rows(&rows, 1).unwrap());
        let mut sums = Sums::zero(1, 1);
        rows[1..].iter().for_each(|&x| sums.add_row(0, &[x], &stats));
        assert_eq!(sums.mean(0, &stats).next(), Some(f64::from(0.1_f32)));
    }
}
