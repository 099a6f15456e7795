use std::cmp::Ordering;

use crate::metrics::Contingency;
use crate::stats::wilson;

/// The adjusted residual above which a tier is over-represented in a cluster; under independence about 2 % of cells exceed
/// it.
const TYPICAL: f64 = 2.0;
/// The share of a cluster's customers that a tier needs before anybody there is expected to have it.
const REAL_PART: f64 = 0.2;

/// The (tier, cluster) pairs in which the tier is over-represented: its adjusted residual is above 2 and the 95 % interval
/// of its lift above 1; by cluster, then tier. O(tiers · clusters).
pub(in crate::compare) fn over_represented(table: &Contingency) -> Vec<(usize, usize)> {
    let cells = (0..table.n_clusters()).flat_map(|cluster| (0..table.n_tiers()).map(move |tier| (tier, cluster)));
    let is_over = |&(tier, cluster): &(usize, usize)| {
        adjusted_residual(table, tier, cluster).is_some_and(|r| r > TYPICAL) && lift(table, tier, cluster)[1] > 1.0
    };
    cells.filter(is_over).collect()
}

/// Whether the tier is too small a part of the cluster to be expected of anybody there.
pub(in crate::compare) fn is_small_part(table: &Contingency, tier: usize, cluster: usize) -> bool {
    (table.count(tier, cluster) as f64) < REAL_PART * table.cluster_totals()[cluster] as f64
}

/// The lift of a tier in a cluster with the ends of its interval; of a cluster and a tier that are not empty.
pub(in crate::compare) fn lift(table: &Contingency, tier: usize, cluster: usize) -> [f64; 3] {
    let all = table.tier_totals()[tier] as f64 / table.n() as f64;
    let (count, total) = (table.count(tier, cluster) as f64, table.cluster_totals()[cluster] as f64);
    let (low, high) = wilson(count, total);
    [count / total, low, high].map(|share| share / all)
}

/// The tier expected of every cluster: among the tiers that are over-represented there (adjusted residual above 2, 95 %
/// interval of the lift above 1) and are at least a fifth of its customers, the one with the largest part of its customers
/// in the cluster (n_tc/n_t), ties by n_tc, then by the order of the tiers; `None` without any.
///
/// A tier of a handful of customers can be ten times as common in a cluster as elsewhere and still be nobody's expectation
/// there. The adjusted residual is (n_tc − e) / √(e (1 − n_t/n)(1 − n_c/n)) with e = n_t n_c / n, about standard normal when
/// tier and cluster are independent. Source: Haberman 1973, "The analysis of residuals in cross-classified tables",
/// Biometrics 29.
///
/// ```
/// use segmint::compare::expected_tiers;
/// use segmint::metrics::Contingency;
/// // the second cluster holds more of tier 1 than of tier 0, but a larger part of tier 0
/// let table = Contingency::new(2, 2, vec![20, 80, 900, 100]);
/// assert_eq!(expected_tiers(&table), [Some(1), Some(0)]);
/// // thirty times as common in the first cluster as in the second, and one in a hundred of it
/// let table = Contingency::new(2, 2, vec![20, 1, 1980, 2999]);
/// assert_eq!(expected_tiers(&table), [None, Some(1)]);
/// ```
pub fn expected_tiers(table: &Contingency) -> Vec<Option<usize>> {
    let over = over_represented(table);
    let typical = |cluster: usize| {
        let there = over.iter().filter(move |&&(_, c)| c == cluster).map(|&(tier, _)| tier);
        there.filter(move |&tier| !is_small_part(table, tier, cluster))
    };
    let part = |a: usize, b: usize, cluster: usize| {
        let (count_a, count_b) = (table.count(a, cluster), table.count(b, cluster));
        let (total_a, total_b) = (table.tier_totals()[a], table.tier_totals()[b]);
        let parts = (u128::from(count_a) * u128::from(total_b)).cmp(&(u128::from(count_b) * u128::from(total_a)));
        parts.then(count_a.cmp(&count_b))
    };
    let best = |cluster| {
        typical(cluster).reduce(|best, tier| if part(tier, best, cluster) == Ordering::Greater { tier } else { best })
    };
    (0..table.n_clusters()).map(best).collect()
}

/// `None` where the margins leave no choice.
fn adjusted_residual(table: &Contingency, tier: usize, cluster: usize) -> Option<f64> {
    let n = table.n() as f64;
    let (a, b) = (table.tier_totals()[tier] as f64, table.cluster_totals()[cluster] as f64);
    let expected = a / n * b;
    let scale = (expected * (1.0 - a / n) * (1.0 - b / n)).sqrt();
    (scale > 0.0).then(|| (table.count(tier, cluster) as f64 - expected) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independence_raises_no_expectation() {
        assert_eq!(expected_tiers(&Contingency::new(2, 3, vec![10, 20, 30, 20, 40, 60])), [None; 3]);
    }

    #[test]
    fn a_single_tier_or_cluster_raises_no_expectation() {
        assert_eq!(expected_tiers(&Contingency::new(1, 2, vec![10, 20])), [None; 2]);
        assert_eq!(expected_tiers(&Contingency::new(2, 1, vec![10, 20])), [None]);
        assert_eq!(expected_tiers(&Contingency::new(2, 2, vec![0; 4])), [None; 2]);
    }

    #[test]
    fn equal_parts_go_to_more_customers_then_to_the_better_tier() {
        // cluster 0 has half of tier 0 and half of tier 1
        assert_eq!(expected_tiers(&Contingency::new(3, 2, vec![50, 50, 60, 60, 10, 900]))[0], Some(1));
        assert_eq!(expected_tiers(&Contingency::new(3, 2, vec![50, 50, 50, 50, 10, 900]))[0], Some(0));
    }

    #[test]
    fn residuals_are_those_of_the_textbook() {
        // [[20, 30], [30, 20]]: e = 25, √(25 · .5 · .5) = 2.5
        let table = Contingency::new(2, 2, vec![20, 30, 30, 20]);
        assert_eq!(adjusted_residual(&table, 0, 0), Some(-2.0));
        assert_eq!(adjusted_residual(&table, 1, 0), Some(2.0));
        assert_eq!(expected_tiers(&table), [None, None], "2 is not above 2");
    }
}
