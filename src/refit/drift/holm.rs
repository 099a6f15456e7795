/// Holm's step-down p-values: of m ascending ones, p′₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎), each at its own place.
///
/// Whoever rejects what has p′ ≤ α rejects any true hypothesis with probability α at most, however the tests depend on each other.
/// NaN is not allowed.
///
/// ```
/// use segmint::refit::drift::holm;
/// assert_eq!(holm(&[0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
/// ```
///
/// Source: Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, i) in ascending(p).into_iter().enumerate() {
        largest = largest.max(((p.len() - rank) as f64 * p[i]).min(1.0));
        adjusted[i] = largest;
    }
    adjusted
}

/// The level that every p-value is held against in Holm's procedure at `alpha`: α/(m − i + 1) for the i-th smallest, and where the
/// procedure has stopped that of the test it stopped at. What is below its level is rejected, nothing else.
///
/// ```
/// use segmint::refit::drift::holm_levels;
/// assert_eq!(holm_levels(&[0.001, 0.04, 0.03], 0.06), [0.02, 0.03, 0.03]);
/// ```
pub fn holm_levels(p: &[f64], alpha: f64) -> Vec<f64> {
    let mut levels = vec![0.0; p.len()];
    let (mut level, mut has_stopped) = (0.0, false);
    for (rank, i) in ascending(p).into_iter().enumerate() {
        if !has_stopped {
            level = alpha / (p.len() - rank) as f64;
            has_stopped = p[i] >= level;
        }
        levels[i] = level;
    }
    levels
}

/// The places of the p-values from the smallest on.
fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::refit::drift::golden::{golden, numbers};

    #[test]
    fn adjusted_values_are_those_of_statsmodels() {
        let cases = golden()["holm"].as_array().unwrap().clone();
        assert!(cases.len() >= 3);
        for case in cases {
            let found = holm(&numbers(&case["p"]));
            for (found, expected) in found.iter().zip(numbers(&case["adjusted"])) {
                assert!((found - expected).abs() < 1e-14, "{case}");
            }
        }
        assert!(holm(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn adjusted_values_keep_the_order_and_are_never_smaller(p in prop::collection::vec(0.0..1.0_f64, 0..40)) {
            let adjusted = holm(&p);
            for i in 0..p.len() {
                prop_assert!(p[i] <= adjusted[i] && adjusted[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }

        #[test]
        fn below_its_level_is_what_is_rejected(
            p in prop::collection::vec(prop_oneof![0.0..0.01_f64, 0.0..1.0_f64], 1..40),
        ) {
            let levels = holm_levels(&p, 0.05);
            for ((p, adjusted), level) in p.iter().zip(holm(&p)).zip(levels) {
                prop_assert_eq!(*p < level, adjusted < 0.05, "{} {} {}", p, adjusted, level);
            }
        }
    }
}
