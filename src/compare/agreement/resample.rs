//! Random tables: from the shares of a table, and with its margins.

use rand::{Rng, RngExt};
use rand_distr::{Binomial, Distribution};
use statrs::function::factorial::ln_factorial;

use crate::metrics::Contingency;

/// A table of as many customers, each drawn into a cell with the cell's share: a multinomial resample.
///
/// Cells are drawn one after the other, each binomial given those before it, so the cost is a draw per occupied cell
/// whatever the number of customers.
pub(super) fn multinomial(table: &Contingency, random: &mut impl Rng) -> Contingency {
    let mut customers = table.n();
    let mut mass = table.n();
    let draw = |&count: &u64| {
        if count == 0 || customers == 0 {
            return 0;
        }
        let share = count as f64 / mass as f64;
        let drawn = Binomial::new(customers, share).expect("a share is in 0..=1").sample(random);
        customers -= drawn;
        mass -= count;
        drawn
    };
    Contingency::new(table.n_tiers(), table.n_clusters(), table.counts().iter().map(draw).collect())
}

/// A table drawn from all tables with the margins of `table`, as if tier and cluster were independent.
///
/// Cell after cell, each hypergeometric given the cells before it, by inversion from its mean outwards; the cost grows
/// with the standard deviations of the cells, that is with √n.
///
/// Source: Patefield 1981, "Algorithm AS 159: an efficient method of generating random r × c tables with given row and
/// column totals", Applied Statistics 30.
pub(super) fn with_margins(table: &Contingency, random: &mut impl Rng) -> Contingency {
    let mut left_in_cluster = table.cluster_totals().to_vec();
    let mut left = table.n();
    let mut counts = Vec::with_capacity(table.counts().len());
    for &total in table.tier_totals() {
        // of this tier, and of all tiers from this one on, in the clusters from this one on
        let (mut tier, mut others) = (total, left);
        for cluster in &mut left_in_cluster {
            let drawn = hypergeometric(tier, *cluster, others, random);
            counts.push(drawn);
            others -= *cluster;
            tier -= drawn;
            *cluster -= drawn;
        }
        left -= total;
    }
    Contingency::new(table.n_tiers(), table.n_clusters(), counts)
}

/// How many of `marked` customers are among `draws` out of `all`.
fn hypergeometric(draws: u64, marked: u64, all: u64, random: &mut impl Rng) -> u64 {
    let low = (draws + marked).saturating_sub(all);
    let high = draws.min(marked);
    if low == high {
        return low;
    }
    let mode = (u128::from(draws + 1) * u128::from(marked + 1) / u128::from(all + 2)) as u64;
    let unmarked = all - marked;
    let ln_choose = |n: u64, k: u64| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let at_mode = (ln_choose(marked, mode) + ln_choose(unmarked, draws - mode) - ln_choose(all, draws)).exp();
    // P(m + 1) / P(m)
    let up = |m: u64| ((draws - m) as f64 * (marked - m) as f64) / ((m + 1) as f64 * (unmarked + m + 1 - draws) as f64);
    loop {
        let mut rest = random.random::<f64>() - at_mode;
        if rest < 0.0 {
            return mode;
        }
        let (mut above, mut below) = ((mode, at_mode), (mode, at_mode));
        while above.0 < high || below.0 > low {
            if above.0 < high {
                above = (above.0 + 1, above.1 * up(above.0));
                rest -= above.1;
                if rest < 0.0 {
                    return above.0;
                }
            }
            if below.0 > low {
                below = (below.0 - 1, below.1 / up(below.0 - 1));
                rest -= below.1;
                if rest < 0.0 {
                    return below.0;
                }
            }
            if above.1 + below.1 < 1e-300 {
                break;
            }
        }
        // the probabilities add up to 1 but for rounding; the draw fell into what is missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    fn example() -> Contingency {
        Contingency::new(3, 4, vec![12, 0, 3, 7, 40, 2, 0, 1, 5, 5, 5, 5])
    }

    #[test]
    fn multinomial_resamples_keep_n_and_the_empty_cells() {
        let table = example();
        for index in 0..200 {
            let drawn = multinomial(&table, &mut stream(1, "test", index));
            assert_eq!(drawn.n(), table.n());
            assert!(drawn.counts().iter().zip(table.counts()).all(|(&drawn, &count)| count > 0 || drawn == 0));
        }
    }

    #[test]
    fn multinomial_cells_have_their_mean_and_variance() {
        let table = example();
        let n_draws = 4000;
        let draws: Vec<Contingency> = (0..n_draws).map(|i| multinomial(&table, &mut stream(2, "test", i))).collect();
        for cell in 0..table.counts().len() {
            let p = table.counts()[cell] as f64 / table.n() as f64;
            let expected = table.n() as f64 * p;
            let variance = expected * (1.0 - p);
            let mean = draws.iter().map(|t| t.counts()[cell] as f64).sum::<f64>() / n_draws as f64;
            let spread =
                draws.iter().map(|t| (t.counts()[cell] as f64 - expected).powi(2)).sum::<f64>() / n_draws as f64;
            assert!((mean - expected).abs() <= 4.0 * (variance / n_draws as f64).sqrt(), "cell {cell}: {mean}");
            assert!((spread - variance).abs() <= 0.15 * variance, "cell {cell}: {spread} for {variance}");
        }
    }

    #[test]
    fn random_tables_keep_both_margins() {
        let big = Contingency::new(2, 3, vec![3_000_000, 1, 500_000, 2_500_000, 9, 1_000_000]);
        for table in [example(), big, Contingency::new(2, 2, vec![0, 0, 0, 7])] {
            for index in 0..100 {
                let drawn = with_margins(&table, &mut stream(3, "test", index));
                assert_eq!(drawn.tier_totals(), table.tier_totals());
                assert_eq!(drawn.cluster_totals(), table.cluster_totals());
            }
        }
    }

    #[test]
    fn random_two_by_two_tables_are_hypergeometric() {
        let table = Contingency::new(2, 2, vec![5, 3, 2, 10]);
        let n_draws = 20_000u64;
        let mut seen = [0u64; 9];
        for index in 0..n_draws {
            seen[with_margins(&table, &mut stream(4, "test", index)).count(0, 0) as usize] += 1;
        }
        let choose = |n: u64, k: u64| (ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)).exp();
        for m in 0..=7 {
            let p = choose(7, m) * choose(13, 8 - m) / choose(20, 8);
            let share = seen[m as usize] as f64 / n_draws as f64;
            assert!((share - p).abs() < 4.0 * (p * (1.0 - p) / n_draws as f64).sqrt(), "{m}: {share}, not {p}");
        }
        assert_eq!(seen[8], 0);
    }

    #[test]
    fn random_tables_have_the_expected_cells() {
        let table = example();
        let n_draws = 4000;
        let draws: Vec<Contingency> = (0..n_draws).map(|i| with_margins(&table, &mut stream(5, "test", i))).collect();
        for (tier, &a) in table.tier_totals().iter().enumerate() {
            for (cluster, &b) in table.cluster_totals().iter().enumerate() {
                let (a, b, n) = (a as f64, b as f64, table.n() as f64);
                let variance = a * b / n * (1.0 - a / n) * (n - b) / (n - 1.0);
                let mean = draws.iter().map(|t| t.count(tier, cluster) as f64).sum::<f64>() / n_draws as f64;
                assert!(
                    (mean - a * b / n).abs() <= 4.0 * (variance / n_draws as f64).sqrt(),
                    "{tier}, {cluster}: {mean}"
                );
            }
        }
    }
}
