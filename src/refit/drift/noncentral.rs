//! The noncentral χ² distribution.

use libm::{exp, log};
use statrs::function::gamma::{gamma_ur, ln_gamma};

/// Terms of the mixture that are left out have less than this part of the sum.
const NEGLIGIBLE: f64 = 1e-17;

/// P(X > x) of a noncentral χ² variable with ν = `degrees` and noncentrality λ = `shift`; of a χ² variable where λ = 0.
///
/// The mixture Σⱼ Poisson(j; λ/2) · P(χ²(ν + 2j) > x), summed upwards from nine standard deviations below the mean of the
/// Poisson variable, where all terms are positive: P(χ²(a + 2) > x) − P(χ²(a) > x) = (x/2)^(a/2) e^(−x/2) / Γ(a/2 + 1).
/// Cost: O(√λ).
///
/// Source: Johnson, Kotz and Balakrishnan (1995), "Continuous Univariate Distributions" 2, chapter 29.
pub(super) fn survival(x: f64, degrees: f64, shift: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let (y, rate) = (x / 2.0, shift / 2.0);
    let mut j = (rate - 9.0 * rate.sqrt()).floor().max(0.0);
    let mut shape = degrees / 2.0 + j;
    let mut above = gamma_ur(shape, y);
    if rate == 0.0 {
        return above;
    }
    let mut step = exp(shape * log(y) - y - ln_gamma(shape + 1.0));
    let mut weight = exp(j * log(rate) - rate - ln_gamma(j + 1.0));
    let mut sum = 0.0;
    // Weights fall from λ/2 on, at the end faster than any geometric series.
    while j <= rate || weight > NEGLIGIBLE * (1.0 - rate / (j + 1.0)) * sum && weight > f64::MIN_POSITIVE {
        sum += weight * above.min(1.0);
        above += step;
        shape += 1.0;
        step *= y / shape;
        j += 1.0;
        weight *= rate / j;
    }
    sum.min(1.0)
}

/// The x with P(X > x) = `upper`, 0 < `upper` < 1, of the variable of [`survival`]; to 12 digits.
///
/// Regula falsi (Illinois) on the logarithm of the survival function, which is concave and nearly a parabola.
pub(super) fn upper_quantile(upper: f64, degrees: f64, shift: f64) -> f64 {
    let height = |x: f64| log(survival(x, degrees, shift)) - log(upper);
    let (mut low, mut at_low) = (0.0, -log(upper));
    let mut high = degrees + shift + 4.0 * (2.0 * (degrees + 2.0 * shift)).sqrt();
    let mut at_high = height(high);
    while at_high > 0.0 {
        (low, at_low) = (high, at_high);
        high *= 1.5;
        at_high = height(high);
    }
    for _ in 0..200 {
        if high - low <= 1e-13 * high {
            break;
        }
        // Beyond what a logarithm can hold the middle is as good a guess as any.
        let secant = (low * at_high - high * at_low) / (at_high - at_low);
        let x = if at_high.is_finite() && low < secant && secant < high { secant } else { low / 2.0 + high / 2.0 };
        let at_x = height(x);
        if at_x.abs() <= 1e-13 {
            return x;
        }
        if at_x > 0.0 {
            (low, at_low, at_high) = (x, at_x, at_high / 2.0);
        } else {
            (high, at_high, at_low) = (x, at_x, at_low / 2.0);
        }
    }
    low / 2.0 + high / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::drift::golden::golden;

    #[test]
    fn tails_and_quantiles_are_those_of_scipy() {
        let cases = golden()["noncentral"].as_array().unwrap().clone();
        assert!(cases.len() >= 30);
        for case in cases {
            let of = |name: &str| case[name].as_f64().unwrap();
            let (degrees, shift) = (of("degrees"), of("shift"));
            let found = survival(of("x"), degrees, shift);
            assert!((found / of("survival") - 1.0).abs() < 1e-8, "{case}: {found}");
            let found = upper_quantile(of("upper"), degrees, shift);
            assert!((found / of("quantile") - 1.0).abs() < 1e-8, "{case}: {found}");
        }
    }

    #[test]
    fn a_quantile_has_its_tail_above_it() {
        for (degrees, shift) in [(1.0, 0.0), (9.0, 0.4), (9.0, 250.0), (19.0, 50_000.0), (4.0, 5e6)] {
            for upper in [0.5, 0.05, 1e-3, 1e-7, 1e-12] {
                let found = survival(upper_quantile(upper, degrees, shift), degrees, shift);
                assert!((found / upper - 1.0).abs() < 1e-6, "{degrees} {shift} {upper}: {found}");
            }
        }
    }

    #[test]
    fn beyond_every_tail_is_nothing_and_below_everything() {
        assert_eq!(survival(-1.0, 3.0, 7.0), 1.0);
        assert_eq!(survival(1e9, 3.0, 7.0), 0.0);
        assert_eq!(survival(f64::MIN_POSITIVE, 3.0, 0.0), 1.0);
    }
}
