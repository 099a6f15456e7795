use rand::RngExt;
use statrs::function::erf::erfc;

use super::levels::{DRAWS, Method};
use crate::random::stream;

/// From so many customers on the normal distribution is taken.
const MANY: usize = 100;
/// Up to so many differences that are not 0 all their signs are tried.
const FEW: usize = 16;

/// Whether customers who were there before and are there now have changed: a test of x₁ − x₀ by flipping signs.
///
/// If nothing but chance moves a customer, up and down are alike, and Σ ±d has the mean 0 and the variance Σ d²:
/// z = Σ d / √(Σ d²). p is two-sided: normal from 100 customers on; below, by all signs of up to 16 differences that are not 0, else
/// by 9,999 signs drawn with a fixed seed. The two-sample tests take the same customers for strangers and are then too
/// careful.
///
/// ```
/// use segmint::refit::drift::{Method, Paired};
/// let before = [10.0, 12.0, 9.0, f64::NAN, 20.0];
/// let now = [11.0, 14.0, 12.0, 5.0, 24.0];
/// let found = Paired::of(&before, &now, 5.0, 42).unwrap();
/// assert_eq!((found.n, found.mean, found.effect), (4, 2.5, Some(0.5)));
/// assert_eq!((found.p, found.method), (2.0 / 16.0, Method::Exact));
/// ```
///
/// Source: Fisher (1935), "The Design of Experiments", section 21.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Customers with a value before and now.
    pub n: usize,
    /// The mean of now − before.
    pub mean: f64,
    /// The mean in standard deviations of the reference; `None` where that is 0.
    pub effect: Option<f64>,
    /// z, which is 0 where nobody has changed.
    pub z: f64,
    /// P(as far from 0 or farther), if up and down are alike.
    pub p: f64,
    /// How p was found.
    pub method: Method,
}

impl Paired {
    /// Of the values before and now of the same customers, NaN where one is missing; `deviation` is the standard deviation of the
    /// reference. `None` where no customer has both values. The order of the customers changes nothing.
    ///
    /// # Panics
    /// When there are not as many values before as now.
    pub fn of(before: &[f64], now: &[f64], deviation: f64, seed: u64) -> Option<Paired> {
        assert_eq!(before.len(), now.len(), "the same customers");
        // Halves, and units of the largest one, so that nothing overflows.
        let mut halves: Vec<f64> =
            before.iter().zip(now).map(|(a, b)| b / 2.0 - a / 2.0).filter(|half| !half.is_nan()).collect();
        halves.sort_by(f64::total_cmp);
        let n = halves.len();
        let largest = halves.first()?.abs().max(halves[n - 1].abs());
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let differences: Vec<f64> = halves.iter().map(|half| half / unit).filter(|d| *d != 0.0).collect();
        let sum: f64 = differences.iter().sum();
        let squares: f64 = differences.iter().map(|d| d * d).sum();
        let z = if squares > 0.0 { sum / squares.sqrt() } else { 0.0 };
        let (p, method) = match differences.len() {
            0 => (1.0, Method::Exact),
            _ if n >= MANY => (erfc(z.abs() / std::f64::consts::SQRT_2), Method::Asymptotic),
            few if few <= FEW => (exact(&differences, sum), Method::Exact),
            _ => (drawn(&differences, sum, seed), Method::Drawn),
        };
        let mean = sum / n as f64 * unit * 2.0;
        Some(Paired { n, mean, effect: (deviation > 0.0).then(|| mean / deviation), z, p, method })
    }
}

/// What a sum of this size has to reach to be as far from 0, but for rounding.
fn limit(sum: f64, n: usize) -> f64 {
    sum.abs() - 1e-12 * n as f64
}

/// P by all signs.
fn exact(differences: &[f64], sum: f64) -> f64 {
    let n = differences.len();
    let signed = |signs: u32| -> f64 {
        differences.iter().enumerate().map(|(i, d)| if signs >> i & 1 == 1 { -d } else { *d }).sum()
    };
    let far = (0..1_u32 << n).filter(|&signs| signed(signs).abs() >= limit(sum, n)).count();
    far as f64 / f64::from(1_u32 << n)
}

/// P by signs that are drawn, the observed ones counted among them.
fn drawn(differences: &[f64], sum: f64, seed: u64) -> f64 {
    let mut random = stream(seed, "drift.paired", 0);
    let mut far = 1;
    for _ in 0..DRAWS {
        let signed: f64 = differences.iter().map(|d| if random.random::<bool>() { -d } else { *d }).sum();
        far += u64::from(signed.abs() >= limit(sum, differences.len()));
    }
    far as f64 / (DRAWS + 1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::refit::drift::golden::{golden, numbers};

    #[test]
    fn few_customers_have_the_exact_p_of_scipy() {
        let cases = golden()["paired"].as_array().unwrap().clone();
        assert!(cases.len() >= 3);
        for case in cases {
            let found = Paired::of(&numbers(&case["before"]), &numbers(&case["now"]), 1.0, 1).unwrap();
            let expected = case["p"].as_f64().unwrap();
            assert_eq!(found.method, Method::Exact);
            assert!((found.p - expected).abs() < 1e-12, "{case}: {}", found.p);
        }
    }

    #[test]
    fn ways_to_find_p_agree() {
        let mut random = stream(3, "test.paired", 0);
        let before: Vec<f64> = (0..99).map(|_| random.random::<f64>()).collect();
        let now: Vec<f64> = before.iter().map(|x| x + random.random::<f64>() - 0.42).collect();
        let some = Paired::of(&before, &now, 0.29, 1).unwrap();
        let normal = erfc(some.z.abs() / std::f64::consts::SQRT_2);
        assert_eq!(some.method, Method::Drawn);
        assert!((some.p - normal).abs() < 0.015, "{some:?} {normal}");
        let few: Vec<f64> = (0..14).map(|i| now[i] - before[i]).collect();
        assert!((exact(&few, few.iter().sum()) - drawn(&few, few.iter().sum(), 2)).abs() < 0.02);
    }

    #[test]
    fn quiet_pairs_alarm_at_the_stated_rate() {
        let mut alarms = 0;
        for index in 0..2_000 {
            let mut random = stream(11, "test.paired", index);
            // Who spends much moves much: no two customers have the same spread.
            let before: Vec<f64> = (0..120).map(|_| random.random::<f64>().powi(-1)).collect();
            let now: Vec<f64> = before.iter().map(|x| x * (0.5 + random.random::<f64>())).collect();
            alarms += usize::from(Paired::of(&before, &now, 1.0, 1).unwrap().p <= 0.05);
        }
        assert!(alarms <= 130, "{alarms} of 2000 at 5 %");
    }

    #[test]
    fn nobody_changed_is_certain_and_sizes_of_any_kind_are_told() {
        let same = Paired::of(&[1.0, 2.0], &[1.0, 2.0], 0.0, 1).unwrap();
        assert_eq!((same.mean, same.effect, same.z, same.p), (0.0, None, 0.0, 1.0));
        assert_eq!(Paired::of(&[f64::NAN], &[1.0], 1.0, 1), None);
        let huge = Paired::of(&[-1e308; 3], &[1e308; 3], 1e308, 1).unwrap();
        assert!((huge.z - 3f64.sqrt()).abs() < 1e-12 && huge.p == 0.25, "{huge:?}");
    }

    proptest! {
        #[test]
        fn the_order_of_the_customers_changes_nothing(
            pairs in prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 1..140),
        ) {
            let (before, now): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            let turned: (Vec<f64>, Vec<f64>) = pairs.iter().rev().copied().unzip();
            prop_assert_eq!(Paired::of(&before, &now, 2.0, 1), Paired::of(&turned.0, &turned.1, 2.0, 1));
        }
    }
}
