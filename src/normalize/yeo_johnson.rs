//! Yeo and Johnson's power family.
//!
//! ψ(x) = ((1+x)^λ − 1)/λ for x ≥ 0 (ln(1+x) at λ = 0), −((1−x)^(2−λ) − 1)/(2−λ) for x < 0 (−ln(1−x) at λ = 2).
//! With u = ln(1+|x|) both branches are ±(e^(κu) − 1)/κ, κ = λ or 2 − λ.
//!
//! Source: Yeo, I.-K. and Johnson, R. A. (2000), "A new family of power transformations to improve normality or
//! symmetry", Biometrika 87(4), 954–959. `scipy.stats.yeojohnson` and scikit-learn's `PowerTransformer` find the same λ.
//!
//! Logarithms and exponentials are `libm`'s, in Rust: a platform's own differ in the last bit between processors, and a
//! model must score alike wherever it is opened.

/// ψ(x).
pub(super) fn forward(x: f64, lambda: f64) -> f64 {
    if lambda == 1.0 {
        // The identity, exactly.
        return x;
    }
    if x >= 0.0 { branch(libm::log1p(x), lambda) } else { -branch(libm::log1p(-x), 2.0 - lambda) }
}

/// ψ⁻¹(y); infinite beyond the limit of a branch that levels off.
pub(super) fn inverse(y: f64, lambda: f64) -> f64 {
    if lambda == 1.0 {
        return y;
    }
    if y >= 0.0 { libm::expm1(unbranch(y, lambda)) } else { -libm::expm1(unbranch(-y, 2.0 - lambda)) }
}

/// (e^(κu) − 1)/κ.
pub(super) fn branch(u: f64, kappa: f64) -> f64 {
    if kappa.abs() < f64::EPSILON { u } else { libm::expm1(kappa * u) / kappa }
}

fn unbranch(y: f64, kappa: f64) -> f64 {
    if kappa.abs() < f64::EPSILON { y } else { libm::log1p((kappa * y).max(-1.0)) / kappa }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_one_is_the_identity() {
        for x in [-1e6, -3.5, -0.0, 0.0, 1e-12, 7.0, 1e12] {
            let near = 1.0 + 1e-15;
            assert!((forward(x, near) - x).abs() <= 1e-13 * x.abs(), "{x}");
            assert_eq!((forward(x, 1.0), inverse(x, 1.0)), (x, x));
        }
    }
}
