//! Figures that more than one stage needs, each by one formula.

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The quantile at `share`, 0 … 1, of ascending values, linear between neighbours (Hyndman and Fan's type 7).
///
/// # Panics
/// Without values.
pub(crate) fn quantile(ascending: &[f64], share: f64) -> f64 {
    let place = share * (ascending.len() - 1) as f64;
    between(ascending[place.floor() as usize], ascending[place.ceil() as usize], place.fract())
}

/// The quantile at `i`/`q`, its place found in whole numbers, so that one that falls on a value is that value.
///
/// # Panics
/// Without values.
pub(crate) fn quantile_of(ascending: &[f64], i: usize, q: usize) -> f64 {
    let place = i * (ascending.len() - 1);
    between(ascending[place / q], ascending[place.div_ceil(q)], (place % q) as f64 / q as f64)
}

fn between(below: f64, above: f64, part: f64) -> f64 {
    below + (above - below) * part
}

/// The quantile at `share` of ascending values as [`quantile`], also of values whose difference is beyond the range of
/// numbers; its last bit may differ.
///
/// # Panics
/// Without values.
pub(crate) fn quantile_of_any_size(ascending: &[f64], share: f64) -> f64 {
    let place = (ascending.len() - 1) as f64 * share;
    let low = place as usize;
    let (below, part) = (ascending[low], place - low as f64);
    let above = ascending[(low + 1).min(ascending.len() - 1)];
    if below == above { below } else { below * (1.0 - part) + above * part }
}

/// Where the smallest of `n` ascending values stands that at least `i`/`of` of them do not exceed (Hyndman and Fan's type 1).
pub(crate) fn rank_of(n: usize, i: usize, of: usize) -> usize {
    (n * i).div_ceil(of).max(1) - 1
}

/// Mean and standard deviation, n in the denominator, of ascending values, in two passes; values whose squares would overflow are
/// taken in units of the largest one.
///
/// # Panics
/// Without values.
pub(crate) fn mean_and_deviation(ascending: &[f64]) -> (f64, f64) {
    let n = ascending.len() as f64;
    let largest = ascending[0].abs().max(ascending[ascending.len() - 1].abs());
    if largest > 1e150 {
        let mean = ascending.iter().map(|x| x / largest).sum::<f64>() / n;
        let variance = ascending.iter().map(|x| (x / largest - mean) * (x / largest - mean)).sum::<f64>() / n;
        return (mean * largest, variance.sqrt() * largest);
    }
    let mean = ascending.iter().sum::<f64>() / n;
    let variance = ascending.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// The 95 % interval of the share of `count` among `total`.
///
/// Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22.
pub(crate) fn wilson(count: f64, total: f64) -> (f64, f64) {
    let (share, z2) = (count / total, Z * Z);
    let center = share + z2 / (2.0 * total);
    let spread = Z * (share * (1.0 - share) / total + z2 / (4.0 * total * total)).sqrt();
    let scale = 1.0 + z2 / total;
    (((center - spread) / scale).max(0.0), ((center + spread) / scale).min(1.0))
}

/// Gini = Σ (2i − n − 1) x₍ᵢ₎ / (n · total) of ascending values and their sum: 0 = everybody alike, 1 = one has all; above
/// 1 is possible with negative values.
pub(crate) fn gini(ascending: &[f64], total: f64) -> f64 {
    let n = ascending.len() as f64;
    let weighted: f64 = ascending.iter().enumerate().map(|(i, x)| (2.0 * i as f64 + 1.0 - n) * x).sum();
    weighted / (n * total)
}

/// What is below zero, over what is above, from which on parts of a sum are no longer told as shares of it.
const MATERIAL_BELOW_ZERO: f64 = 0.1;

/// Whether parts of a sum can be told as shares of it: there is something above zero, and what is below takes little of it.
/// Of a sum that is left of large amounts of either sign, a part may be many times the whole.
pub(crate) fn has_shares(values: impl Iterator<Item = f64>) -> bool {
    let (mut above, mut below) = (0.0, 0.0);
    values.for_each(|value| if value > 0.0 { above += value } else { below -= value });
    above > 0.0 && below <= MATERIAL_BELOW_ZERO * above
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_sum_are_shares_unless_much_of_it_is_below_zero() {
        let told = |values: &[f64]| has_shares(values.iter().copied());
        assert!(told(&[3.0, 0.0, 9.0]) && told(&[100.0, -10.0]));
        assert!(
            !told(&[100.0, -11.0]) && !told(&[300.0, 50.0, -349.9]) && !told(&[0.0]) && !told(&[]) && !told(&[-1.0])
        );
    }

    #[test]
    fn quantiles_are_linear_between_neighbours_and_values_where_they_fall_on_one() {
        let values = [1.0, 2.0, 4.0, 8.0];
        for of in [quantile, quantile_of_any_size] {
            assert_eq!([0.0, 0.25, 0.5, 1.0].map(|share| of(&values, share)), [1.0, 1.75, 3.0, 8.0]);
            assert_eq!(of(&[7.0], 0.3), 7.0);
        }
        assert_eq!([1, 2, 3].map(|i| quantile_of(&values, i, 3)), [2.0, 4.0, 8.0]);
        let ends = [f64::MIN, f64::MAX];
        assert_eq!(quantile_of_any_size(&ends, 0.5), 0.0);
    }

    #[test]
    fn ranks_are_those_of_the_inverse_distribution() {
        assert_eq!([1, 2, 3, 4].map(|i| rank_of(8, i, 4)), [1, 3, 5, 7]);
        assert_eq!([0, 1, 50, 99, 100].map(|i| rank_of(3, i, 100)), [0, 0, 1, 2, 2]);
    }

    #[test]
    fn deviations_of_huge_values_are_finite() {
        assert_eq!(mean_and_deviation(&[1.0, 2.0, 3.0, 6.0]), (3.0, 3.5_f64.sqrt()));
        assert_eq!(mean_and_deviation(&[-1e200, 1e200]), (0.0, 1e200));
    }

    #[test]
    fn intervals_of_shares_are_those_of_the_textbook() {
        // Agresti and Coull 1998: 10 of 10 have (.722, 1); 0 of 10 (0, .278); 5 of 10 (.237, .763)
        let rounded = |(low, high): (f64, f64)| [low, high].map(|end| (end * 1000.0).round() / 1000.0);
        assert_eq!(rounded(wilson(10.0, 10.0)), [0.722, 1.0]);
        assert_eq!(rounded(wilson(0.0, 10.0)), [0.0, 0.278]);
        assert_eq!(rounded(wilson(5.0, 10.0)), [0.237, 0.763]);
    }

    #[test]
    fn gini_is_nothing_for_equals_and_nearly_one_for_one_who_has_all() {
        assert_eq!(gini(&[2.0; 50], 100.0), 0.0);
        let mut rich = vec![0.0; 99];
        rich.push(7.0);
        assert!((gini(&rich, 7.0) - 0.99).abs() < 1e-12);
    }
}
