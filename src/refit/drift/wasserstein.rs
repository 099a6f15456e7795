/// The Wasserstein-1 distance of two weighted empirical distributions of (value, weight): W₁ = ∫ |F(x) − G(x)| dx, exact.
///
/// What a customer has to move on average for the one to become the other, in the unit of the values. Weights need not add up to
/// 1, and those that are 0 do not count. `None` when one has no weight. O(n log n).
///
/// ```
/// use segmint::refit::drift::wasserstein;
/// let before = [(1.0, 1.0), (3.0, 1.0)];
/// let now = [(2.0, 5.0), (4.0, 5.0)];
/// assert_eq!(wasserstein(&before, &now), Some(1.0));
/// ```
///
/// # Panics
/// When a value is not finite or a weight is negative.
///
/// Source: Vallender (1974), "Calculation of the Wasserstein distance between probability distributions on the line".
pub fn wasserstein(before: &[(f64, f64)], now: &[(f64, f64)]) -> Option<f64> {
    let sorted = |points: &[(f64, f64)]| {
        assert!(points.iter().all(|(x, w)| x.is_finite() && *w >= 0.0), "finite values, weights of 0 and more");
        let mut sorted = points.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
        (total > 0.0).then_some((sorted, total))
    };
    let ((before, n), (now, m)) = (sorted(before)?, sorted(now)?);
    let (mut i, mut j) = (0, 0);
    let (mut below, mut below_now) = (0.0, 0.0);
    let (mut distance, mut last) = (0.0, None);
    while i < before.len() || j < now.len() {
        let next = |points: &[(f64, f64)], at: usize| points.get(at).map_or(f64::INFINITY, |point| point.0);
        let x = next(&before, i).min(next(&now, j));
        if let Some(last) = last {
            let gap: f64 = below / n - below_now / m;
            distance += gap.abs() * (x - last);
        }
        while i < before.len() && before[i].0 <= x {
            below += before[i].1;
            i += 1;
        }
        while j < now.len() && now[j].0 <= x {
            below_now += now[j].1;
            j += 1;
        }
        last = Some(x);
    }
    Some(distance)
}

/// W₁ of two distributions given by as many quantiles each, at the shares (i + ½)/m: the mean of |Q(i) − R(i)|, exact where every
/// quantile stands for as many customers.
///
/// What lies beyond the first and the last quantile does not count, so a few extreme customers do not either. 0 without quantiles.
///
/// ```
/// use segmint::refit::drift::wasserstein_of_quantiles;
/// assert_eq!(wasserstein_of_quantiles(&[1.0, 3.0], &[2.0, 7.0]), 2.5);
/// ```
///
/// # Panics
/// When there are not as many quantiles of both.
pub fn wasserstein_of_quantiles(before: &[f64], now: &[f64]) -> f64 {
    assert_eq!(before.len(), now.len(), "the same grid");
    let n = before.len().max(1) as f64;
    before.iter().zip(now).map(|(a, b)| (a / n - b / n).abs()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::refit::drift::golden::{golden, numbers};

    fn even(values: &[f64]) -> Vec<(f64, f64)> {
        values.iter().map(|&x| (x, 1.0)).collect()
    }

    #[test]
    fn distances_are_those_of_scipy() {
        let cases = golden()["wasserstein"].as_array().unwrap().clone();
        assert!(cases.len() >= 3);
        for case in cases {
            let points = |values: &str, weights: &str| -> Vec<(f64, f64)> {
                numbers(&case[values]).into_iter().zip(numbers(&case[weights])).collect()
            };
            let found = wasserstein(&points("u", "u_weights"), &points("v", "v_weights")).unwrap();
            assert!((found - case["distance"].as_f64().unwrap()).abs() < 1e-10, "{case} {found}");
        }
        assert_eq!(wasserstein(&[], &[(1.0, 1.0)]), None);
        assert_eq!(wasserstein(&[(1.0, 0.0)], &[(1.0, 1.0)]), None);
    }

    proptest! {
        #[test]
        fn a_shift_is_as_far_as_it_goes(
            values in prop::collection::vec(-1e3..1e3_f64, 1..60),
            shift in -50.0..50.0_f64,
        ) {
            let moved: Vec<f64> = values.iter().map(|x| x + shift).collect();
            prop_assert!((wasserstein(&even(&values), &even(&moved)).unwrap() - shift.abs()).abs() < 1e-9);
        }

        #[test]
        fn quantiles_and_points_agree_where_both_are_exact(
            pairs in prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 1..40),
        ) {
            let (mut a, mut b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            a.sort_by(f64::total_cmp);
            b.sort_by(f64::total_cmp);
            let exact = wasserstein(&even(&a), &even(&b)).unwrap();
            prop_assert!((wasserstein_of_quantiles(&a, &b) - exact).abs() < 1e-8);
        }

        #[test]
        fn the_order_of_the_points_changes_nothing(
            points in prop::collection::vec((-9i8..9, 0u8..4), 2..40),
        ) {
            let of = |points: &[(i8, u8)]| -> Vec<(f64, f64)> {
                points.iter().map(|&(x, w)| (f64::from(x) / 7.0, f64::from(w) / 3.0)).collect()
            };
            let mut turned = points.clone();
            turned.reverse();
            let other = [(0.0, 1.0), (1.0, 2.0)];
            prop_assert_eq!(wasserstein(&of(&points), &other), wasserstein(&of(&turned), &other));
        }
    }
}
