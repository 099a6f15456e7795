//! The moments of Yeo-Johnson transformed values for any λ, from one pass over the column.
//!
//! The likelihood is wanted for some fifty λ. Up to [`DIRECT`] values each is an atom of its own. Above, u = ln(1+|x|)
//! is cut into bins of width h, and a bin keeps the count and the sums of t, t², t³ with t = (u − centre)/h; inside
//! a bin e^(κu) is its Taylor polynomial of degree 3, whose relative error is below (|κ|h/2)⁴/24 – under 1e-10 as long
//! as |κ|·u ≤ 14 – so that a λ costs the number of bins, not of customers.

use super::statistics::{Compensated, Grids, extremes};
use super::yeo_johnson::branch;

const DIRECT: usize = 16_384;
const BINS: usize = 4096;
/// Range of the transformed values, relative to their size, below which rounding decides their shape.
const MERGED: f64 = 1e-10;

/// The values of a column as far as Yeo-Johnson transforms are concerned.
pub(super) struct Profile {
    n: f64,
    sum_of_signed_u: f64,
    negative: Side,
    positive: Side,
}

/// The values on one side of zero.
struct Side {
    sign: f64,
    width: f64,
    grids: Grids,
    atoms: Vec<Atom>,
    /// Of every bin, while values come in: the sums of t, t², t³ in their [parts](Grids::parts).
    sums: Vec<[[f64; 2]; 3]>,
}

/// Values whose u is near `u`.
#[derive(Clone, Copy)]
struct Atom {
    u: f64,
    n: f64,
    t1: f64,
    t2: f64,
    t3: f64,
}

/// Moments of ψ(x), in logarithms where they could leave the number range.
#[derive(Debug, Clone, Copy)]
pub(super) struct TransformedMoments {
    /// ln of the standard deviation (divisor n); −∞ when the values merge in rounding.
    pub log_deviation: f64,
    /// Fisher-Pearson skewness, biased; NaN when the values merge.
    pub skewness: f64,
}

impl Profile {
    /// The profile of `values`; NaN values do not count.
    pub fn new(values: &[f64]) -> Self {
        let (min, max) = extremes(values).unwrap_or((0.0, 0.0));
        let mut negative = Side::new(-1.0, values.len(), libm::log1p((-min).max(0.0)));
        let mut positive = Side::new(1.0, values.len(), libm::log1p(max.max(0.0)));
        let grids = Grids::new(values.len(), libm::log1p(max.abs().max(min.abs())));
        let mut sums = [0.0; 2];
        let mut n = 0u64;
        for &x in values.iter().filter(|x| !x.is_nan()) {
            let u = libm::log1p(x.abs());
            let side = if x >= 0.0 { &mut positive } else { &mut negative };
            side.insert(u);
            let parts = grids.parts(side.sign * u);
            sums = [sums[0] + parts[0], sums[1] + parts[1]];
            n += 1;
        }
        negative.finish();
        positive.finish();
        Profile { n: n as f64, sum_of_signed_u: sums[0] + sums[1], negative, positive }
    }

    /// Values.
    pub fn n(&self) -> f64 {
        self.n
    }

    /// Σ sign(x)·ln(1+|x|).
    pub fn sum_of_signed_u(&self) -> f64 {
        self.sum_of_signed_u
    }

    /// The moments of ψ(x) at `lambda`; λ = 0 gives those of log1p when no value is negative.
    pub fn moments(&self, lambda: f64) -> TransformedMoments {
        let sides = [(&self.negative, 2.0 - lambda), (&self.positive, lambda)];
        // (count, value at the centre, dψ/dt, κh and the sums of each atom)
        let mut terms = Vec::with_capacity(self.negative.atoms.len() + self.positive.atoms.len());
        for (side, kappa) in sides {
            for atom in &side.atoms {
                let value = side.sign * branch(atom.u, kappa);
                let slope = side.sign * side.width * libm::exp(kappa * atom.u);
                terms.push((value, slope, kappa * side.width, atom));
            }
        }
        let low = terms.iter().fold(f64::INFINITY, |low, term| low.min(term.0));
        let high = terms.iter().fold(f64::NEG_INFINITY, |high, term| high.max(term.0));
        let unit = high - low;
        if !(unit > MERGED * low.abs().max(high.abs()) && unit.is_finite()) {
            return TransformedMoments { log_deviation: f64::NEG_INFINITY, skewness: f64::NAN };
        }
        let mut mean = Compensated::default();
        for (value, slope, bend, atom) in &mut terms {
            *value = (*value - low) / unit;
            *slope /= unit;
            mean.add(atom.n * *value + atom.shift(*slope, *bend));
        }
        let mean = mean.value() / self.n;
        let (mut second, mut third) = (Compensated::default(), Compensated::default());
        for &(value, slope, bend, atom) in &terms {
            let q = value - mean;
            let d1 = atom.shift(slope, bend);
            let d2 = slope * slope * (atom.t2 + bend * atom.t3);
            let d3 = slope.powi(3) * atom.t3;
            second.add(atom.n * q * q + 2.0 * q * d1 + d2);
            third.add(atom.n * q.powi(3) + 3.0 * q * q * d1 + 3.0 * q * d2 + d3);
        }
        let variance = second.value() / self.n;
        TransformedMoments {
            log_deviation: 0.5 * libm::log(variance) + libm::log(unit),
            skewness: third.value() / self.n / variance.powf(1.5),
        }
    }
}

impl Side {
    /// For at most `n` values, u up to `longest`.
    fn new(sign: f64, n: usize, longest: f64) -> Self {
        let width = if n > DIRECT { longest / BINS as f64 } else { 0.0 };
        let empty = |b: usize| Atom { u: (b as f64 + 0.5) * width, n: 0.0, t1: 0.0, t2: 0.0, t3: 0.0 };
        // A width of 0 is also a side without values, or with zeros only: those are atoms of their own, or one atom.
        let atoms: Vec<Atom> = if width > 0.0 { (0..BINS).map(empty).collect() } else { Vec::new() };
        Side { sign, width, grids: Grids::new(n, 1.0), sums: vec![[[0.0; 2]; 3]; atoms.len()], atoms }
    }

    fn insert(&mut self, u: f64) {
        if self.width > 0.0 {
            let bin = ((u / self.width) as usize).min(BINS - 1);
            let atom = &mut self.atoms[bin];
            let t = (u - atom.u) / self.width;
            atom.n += 1.0;
            for (sum, power) in self.sums[bin].iter_mut().zip([t, t * t, t * t * t]) {
                let parts = self.grids.parts(power);
                *sum = [sum[0] + parts[0], sum[1] + parts[1]];
            }
        } else if let Some(last) = self.atoms.last_mut().filter(|last| last.u == u) {
            last.n += 1.0;
        } else {
            self.atoms.push(Atom { u, n: 1.0, t1: 0.0, t2: 0.0, t3: 0.0 });
        }
    }

    /// The atoms in ascending order, whatever order the values came in.
    fn finish(&mut self) {
        for (atom, sums) in self.atoms.iter_mut().zip(std::mem::take(&mut self.sums)) {
            [atom.t1, atom.t2, atom.t3] = sums.map(|[coarse, fine]| coarse + fine);
        }
        self.atoms.retain(|atom| atom.n > 0.0);
        self.atoms.sort_unstable_by(|a, b| a.u.total_cmp(&b.u));
        self.atoms.dedup_by(|next, atom| {
            let is_same = next.u == atom.u;
            atom.n += if is_same { next.n } else { 0.0 };
            is_same
        });
    }
}

impl Atom {
    /// Σ (ψ(u) − ψ(centre)) over the atom, to the third order.
    fn shift(&self, slope: f64, bend: f64) -> f64 {
        slope * (self.t1 + bend * self.t2 / 2.0 + bend * bend * self.t3 / 6.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::statistics::moments;
    use crate::normalize::yeo_johnson::forward;

    fn column(n: usize, heavy: bool) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let p = (i as f64 * 0.618_033_988_75).fract();
                if heavy { (1.0 - p).powf(-1.0 / 1.1) } else { 40.0 * p * p - 3.0 }
            })
            .collect()
    }

    #[test]
    fn binned_moments_equal_direct_ones() {
        for heavy in [true, false] {
            let values = column(50_000, heavy);
            let profile = Profile::new(&values);
            for lambda in [-1.2, -0.3, 0.0, 0.4, 1.0, 2.5] {
                let transformed: Vec<f64> = values.iter().map(|&x| forward(x, lambda)).collect();
                let direct = moments(&transformed).unwrap();
                let binned = profile.moments(lambda);
                assert!((binned.log_deviation - direct.deviation.ln()).abs() < 1e-9, "λ {lambda} heavy {heavy}");
                let error = (binned.skewness - direct.skewness).abs();
                assert!(error < 1e-7 * (1.0 + direct.skewness.abs()), "λ {lambda} heavy {heavy}: {error:e}");
            }
        }
    }

    #[test]
    fn a_profile_does_not_depend_on_the_order_of_the_values() {
        for n in [5_000, 50_000] {
            let values = column(n, true);
            let mut shuffled = values.clone();
            shuffled.sort_by(|a, b| (a * 1e3).fract().total_cmp(&(b * 1e3).fract()));
            for lambda in [-0.3, 0.0, 0.7] {
                let of = |values: &[f64]| Profile::new(values).moments(lambda);
                let (before, after) = (of(&values), of(&shuffled));
                assert_eq!(before.log_deviation.to_bits(), after.log_deviation.to_bits(), "n {n} λ {lambda}");
                assert_eq!(before.skewness.to_bits(), after.skewness.to_bits(), "n {n} λ {lambda}");
            }
            let sum = |values: &[f64]| Profile::new(values).sum_of_signed_u();
            assert_eq!(sum(&values).to_bits(), sum(&shuffled).to_bits());
        }
    }

    #[test]
    fn many_zeros_are_one_atom() {
        let profile = Profile::new(&vec![0.0; 20_000]);
        assert_eq!(profile.positive.atoms.len(), 1);
        assert_eq!(profile.n(), 20_000.0);
    }
}
