use libm::exp;
use rand_distr::{Distribution, Hypergeometric};
use serde::{Deserialize, Serialize};
use statrs::function::factorial::ln_factorial;

use super::noncentral::{survival, upper_quantile};
use crate::random::stream;

/// Below so many customers that a bin or a level would have if nothing had changed, χ² is no approximation any more.
pub(super) const FEWEST_EXPECTED: f64 = 5.0;
/// Tables that are counted one by one.
const MOST_TABLES: f64 = 100_000.0;
/// What is drawn where there are too many possibilities to count: tables here, signs in a paired test.
pub(super) const DRAWS: u64 = 9_999;
/// Probabilities that differ by rounding only are equal (R's `fisher.test` allows the same).
const ROUNDING: f64 = 1e-7;

/// How a p-value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By the distribution that large samples have.
    Asymptotic,
    /// By every possible outcome.
    Exact,
    /// By 9,999 outcomes drawn with a fixed seed; never below 1/10,000.
    Drawn,
}

/// Whether the levels of a category are as frequent now as before.
///
/// χ² = Σ (observed − expected)²/expected over the levels before and now, with as many customers of a level expected as its share
/// among all; Cramér's V = √(χ²/n) is 0 where the shares are equal and 1 where nobody has the same level. p is by χ²(L − 1); where
/// fewer than 5 are expected anywhere it is that of Fisher, Freeman and Halton: the probability of all tables with these margins
/// that are not likelier than this one.
///
/// ```
/// use segmint::refit::drift::{Homogeneity, Method};
/// let found = Homogeneity::of(&[60, 40], &[40, 60], 42).unwrap();
/// assert_eq!((found.chi2, found.cramers_v), (8.0, 0.2));
/// let small = Homogeneity::of(&[3, 1], &[1, 3], 42).unwrap();
/// assert_eq!(small.method, Method::Exact);
/// assert!((small.p - 34.0 / 70.0).abs() < 1e-12);
/// ```
///
/// Sources: Cramér (1946), "Mathematical Methods of Statistics"; Freeman and Halton (1951), "Note on an exact treatment of
/// contingency, goodness of fit and other problems of significance", Biometrika 38.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homogeneity {
    /// χ².
    pub chi2: f64,
    /// L − 1, for the L levels that somebody has before or now.
    pub degrees: usize,
    /// Cramér's V.
    pub cramers_v: f64,
    /// P(as uneven or more), if nothing has changed.
    pub p: f64,
    /// How p was found.
    pub method: Method,
}

impl Homogeneity {
    /// Of the counts of the same levels before and now; `None` where nobody is counted before or now. `seed` draws tables where
    /// there are too many; the order of the levels changes nothing.
    ///
    /// Cost: O(L log L); below 5 expected at most 10⁵ tables of L levels.
    ///
    /// # Panics
    /// When there are not as many levels before as now.
    pub fn of(before: &[u64], now: &[u64], seed: u64) -> Option<Homogeneity> {
        assert_eq!(before.len(), now.len(), "the same levels");
        let table = Table::of(before, now)?;
        let (chi2, degrees) = (table.chi2(), table.levels.len() - 1);
        let smallest = table.levels.iter().map(|&(total, _)| total).min().unwrap_or(0);
        let fewest = smallest as f64 * table.n.min(table.m) as f64 / (table.n + table.m) as f64;
        let (p, method) = match degrees {
            0 => (1.0, Method::Exact),
            _ if fewest >= FEWEST_EXPECTED => (survival(chi2, degrees as f64, 0.0), Method::Asymptotic),
            _ if table.n_possible() <= MOST_TABLES => (table.exact(), Method::Exact),
            _ => (table.drawn(seed), Method::Drawn),
        };
        Some(Homogeneity { chi2, degrees, cramers_v: (chi2 / (table.n + table.m) as f64).sqrt(), p, method })
    }

    /// The χ² that is exceeded with probability `level` if nothing has changed, in large samples; 0 where there is one level.
    ///
    /// # Panics
    /// Unless 0 < `level` < 1.
    pub fn critical_value(&self, level: f64) -> f64 {
        assert!(0.0 < level && level < 1.0, "a level is a probability");
        if self.degrees == 0 { 0.0 } else { upper_quantile(level, self.degrees as f64, 0.0) }
    }
}

/// A table of two rows.
struct Table {
    /// Customers before.
    n: u64,
    /// Customers now.
    m: u64,
    /// Of every level: customers before and now together, and before; ascending.
    levels: Vec<(u64, u64)>,
}

impl Table {
    fn of(before: &[u64], now: &[u64]) -> Option<Table> {
        let (n, m) = (before.iter().sum(), now.iter().sum());
        let mut levels: Vec<(u64, u64)> =
            before.iter().zip(now).map(|(&b, &w)| (b + w, b)).filter(|&(total, _)| total > 0).collect();
        levels.sort_unstable();
        (n > 0 && m > 0).then_some(Table { n, m, levels })
    }

    /// Σ over both rows of (observed − expected)²/expected: both deviate alike.
    fn chi2(&self) -> f64 {
        let (n, m) = (self.n as f64, self.m as f64);
        let term = |&(total, before): &(u64, u64)| {
            let off = before as f64 - total as f64 * (n / (n + m));
            off * off / total as f64
        };
        self.levels.iter().map(term).sum::<f64>() * ((n + m) / n) * ((n + m) / m)
    }

    /// A bound of how many tables have these margins.
    fn n_possible(&self) -> f64 {
        let largest = self.levels.last().map_or(0, |&(total, _)| total);
        let smaller = self.n.min(self.m);
        let ways = |&(total, _): &(u64, u64)| total.min(smaller) as f64 + 1.0;
        // The last level has what is left.
        self.levels.iter().map(ways).product::<f64>() / (largest.min(smaller) as f64 + 1.0)
    }

    /// ln of the ways to have `before` of `total`.
    fn ln_ways(total: u64, before: u64) -> f64 {
        ln_factorial(total) - ln_factorial(before) - ln_factorial(total - before)
    }

    fn observed(&self) -> f64 {
        self.levels.iter().map(|&(total, before)| Table::ln_ways(total, before)).sum()
    }

    /// P(not likelier than this one) by every table.
    fn exact(&self) -> f64 {
        let all = Table::ln_ways(self.n + self.m, self.n);
        let limit = self.observed() + ROUNDING;
        // Levels that are left, customers before that are left, ln of the ways so far.
        let mut open = vec![(self.levels.len(), self.n, 0.0)];
        let rest: Vec<u64> = std::iter::once(0)
            .chain(self.levels.iter().scan(0, |sum, &(total, _)| {
                *sum += total;
                Some(*sum)
            }))
            .collect();
        let mut p = 0.0;
        while let Some((left, before, ways)) = open.pop() {
            if left == 0 {
                p += if ways <= limit { exp(ways - all) } else { 0.0 };
                continue;
            }
            let total = self.levels[left - 1].0;
            let fewest = before.saturating_sub(rest[left - 1]);
            open.extend((fewest..=total.min(before)).map(|b| (left - 1, before - b, ways + Table::ln_ways(total, b))));
        }
        p.min(1.0)
    }

    /// P(not likelier than this one) by tables drawn with these margins, this one counted among them.
    fn drawn(&self, seed: u64) -> f64 {
        let mut random = stream(seed, "drift.levels", 0);
        let limit = self.observed() + ROUNDING;
        let mut unlikely = 1;
        for _ in 0..DRAWS {
            let (mut left, mut before, mut ways) = (self.n + self.m, self.n, 0.0);
            for &(total, _) in &self.levels {
                let drawn = Hypergeometric::new(left, total, before).expect("parts of a whole").sample(&mut random);
                ways += Table::ln_ways(total, drawn);
                left -= total;
                before -= drawn;
            }
            unlikely += u64::from(ways <= limit);
        }
        unlikely as f64 / (DRAWS + 1) as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::refit::drift::golden::{counts, golden};

    #[test]
    fn large_tables_have_the_figures_of_scipy() {
        for case in golden()["levels"].as_array().unwrap() {
            let found = Homogeneity::of(&counts(&case["before"]), &counts(&case["now"]), 1).unwrap();
            let near = |found: f64, name: &str| {
                let expected = case[name].as_f64().unwrap();
                assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-9), "{case} {name}: {found}");
            };
            near(found.chi2, "chi2");
            near(found.cramers_v, "cramers_v");
            near(found.p, "p");
            assert_eq!(found.method, Method::Asymptotic);
        }
    }

    #[test]
    fn small_tables_have_the_exact_p_whether_all_are_counted_or_some_drawn() {
        let cases = golden()["exact"].as_array().unwrap().clone();
        assert!(cases.len() >= 4);
        for case in cases {
            let (before, now) = (counts(&case["before"]), counts(&case["now"]));
            let found = Homogeneity::of(&before, &now, 1).unwrap();
            let expected = case["p"].as_f64().unwrap();
            assert_eq!(found.method, Method::Exact, "{case}");
            assert!((found.p / expected - 1.0).abs() < 1e-9, "{case}: {}", found.p);
            let drawn = Table::of(&before, &now).unwrap().drawn(5);
            let error = 4.0 * (expected * (1.0 - expected) / DRAWS as f64).sqrt() + 2e-4;
            assert!((drawn - expected).abs() < error, "{case}: {drawn}");
        }
    }

    #[test]
    fn large_sparse_tables_are_drawn_and_one_level_says_nothing() {
        let before: Vec<u64> = (0..30).map(|i| 1 + i % 4).collect();
        let now: Vec<u64> = (0..30).map(|i| 1 + i % 3).collect();
        let found = Homogeneity::of(&before, &now, 1).unwrap();
        assert!(found.method == Method::Drawn && found.p > 0.05, "{found:?}");
        let one = Homogeneity::of(&[0, 9], &[0, 4], 1).unwrap();
        assert_eq!((one.chi2, one.degrees, one.p, one.critical_value(0.01)), (0.0, 0, 1.0, 0.0));
        assert_eq!(Homogeneity::of(&[1, 2], &[0, 0], 1), None);
    }

    proptest! {
        #[test]
        fn the_order_of_levels_and_sides_changes_nothing(
            table in prop::collection::vec((0u64..9, 0u64..9), 1..7),
        ) {
            let (before, now): (Vec<u64>, Vec<u64>) = table.iter().copied().unzip();
            let turned: (Vec<u64>, Vec<u64>) = table.iter().rev().copied().unzip();
            prop_assert_eq!(Homogeneity::of(&before, &now, 3), Homogeneity::of(&turned.0, &turned.1, 3));
            if let (Some(a), Some(b)) = (Homogeneity::of(&before, &now, 3), Homogeneity::of(&now, &before, 3)) {
                prop_assert!((a.chi2 - b.chi2).abs() < 1e-9 && a.cramers_v <= 1.0 + 1e-12);
                if a.method == Method::Exact {
                    prop_assert!((a.p - b.p).abs() < 1e-9);
                }
            }
        }
    }
}
