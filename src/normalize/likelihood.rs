//! The maximum-likelihood λ of [Yeo and Johnson's family](super::yeo_johnson).
//!
//! λ maximises the profile log-likelihood −n/2 · ln Var ψ + (λ−1) Σ sign(x)·ln(1+|x|), which is concave, so golden-section
//! search finds the maximum.

use super::skew::Profile;
use super::statistics::extremes;

/// How far a branch that levels off may bend: its rounding error, ε/|κ|, is one of (ε/|κ|)·e^(|κ|u) in u, so beyond a
/// |κ|·u of about 14 – less where |κ| is small – values that differ by 1e-9 of their size merge.
const MAX_BEND: f64 = 14.0;
/// How far a branch that grows may grow, as a logarithm: squares stay inside the number range.
const MAX_GROWTH: f64 = 336.0;
/// Growth keeps room for values at score time of up to this many times the largest one seen.
const ROOM: f64 = 20.0;

/// The λ that makes `values` (not all equal; NaN = missing) most normal, inside the interval where ψ can be inverted.
///
/// Values so far from zero that every λ would merge them keep their shape: λ = 1.
pub(super) fn most_likely_lambda(values: &[f64], profile: &Profile) -> f64 {
    let (low, high) = interval(values);
    let log_likelihood = |lambda: f64| {
        let spread = profile.moments(lambda).log_deviation;
        // Merged values have no spread; that is not the infinitely good fit that the formula makes of it.
        if spread.is_finite() {
            -profile.n() * spread + (lambda - 1.0) * profile.sum_of_signed_u()
        } else {
            f64::NEG_INFINITY
        }
    };
    let lambda = golden_section(low, high, log_likelihood);
    if log_likelihood(lambda).is_finite() { lambda } else { 1.0 }
}

/// The λ for which neither branch bends or grows too far on these values.
fn interval(values: &[f64]) -> (f64, f64) {
    let (min, max) = extremes(values).unwrap_or((0.0, 0.0));
    let bend = |size: f64| {
        let u = libm::log1p(size);
        ((MAX_BEND - libm::log((u / MAX_BEND).max(1.0))) / u).min(f64::MAX)
    };
    let growth = |size: f64| MAX_GROWTH / libm::log1p((ROOM * size).min(f64::MAX));
    let mut interval = (f64::MIN / 4.0, f64::MAX / 4.0);
    if max > 0.0 {
        interval = (interval.0.max(-bend(max)), interval.1.min(growth(max)));
    }
    if min < 0.0 {
        interval = (interval.0.max(2.0 - growth(-min)), interval.1.min(2.0 + bend(-min)));
    }
    interval
}

/// Where `f`, rising then falling in `low..high`, is largest; exact to 1e-9 of |x| + 1, as far as `f` itself is.
fn golden_section(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    const RATIO: f64 = 0.618_033_988_749_894_9;
    let (mut left, mut right) = (high - RATIO * (high - low), low + RATIO * (high - low));
    let (mut at_left, mut at_right) = (f(left), f(right));
    while high - low > 1e-9 * (1.0 + low.abs().min(high.abs())) {
        if at_left >= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - RATIO * (high - low);
            at_left = f(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + RATIO * (high - low);
            at_right = f(right);
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::super::yeo_johnson::{forward, inverse};
    use super::*;

    #[test]
    fn golden_section_finds_the_top_of_a_parabola() {
        assert!((golden_section(-5.0, 40.0, |x| -(x - 1.25) * (x - 1.25)) - 1.25).abs() < 1e-7);
        assert!((golden_section(-5.0, 40.0, |x| x) - 40.0).abs() < 1e-7);
    }

    #[test]
    fn the_interval_keeps_extreme_values_invertible() {
        for values in [vec![1.0, 1e300], vec![-1e300, 1.0], vec![1e-300, 3e-300], vec![-5e-324, 5e-324]] {
            let (low, high) = interval(&values);
            assert!(low < high && low.is_finite() && high.is_finite(), "{values:?} {low} {high}");
            for &x in &values {
                for lambda in [low, high] {
                    let back = inverse(forward(x, lambda), lambda);
                    let size = values.iter().fold(0.0f64, |s, v| s.max(v.abs()));
                    assert!((back - x).abs() <= 1e-9 * size, "{x} at {lambda}: {back}");
                }
            }
        }
    }
}
