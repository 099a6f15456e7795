use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::Text;
use crate::label::rule::Condition;
use crate::metrics::{ClusterId, Contingency};

/// The adjusted residual above which a tier is typical of a cluster; under independence about 2 % of cells exceed it.
const TYPICAL: f64 = 2.0;

/// Customers of one tier in a cluster of which another tier is expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Their tier.
    pub tier: String,
    /// Their cluster; `None` = noise as a cluster of its own.
    pub cluster: Option<ClusterId>,
    /// The tier expected of the cluster.
    pub expected_tier: String,
    /// How many they are.
    pub customers: u64,
    /// Their summed value; `None` without a value column.
    pub value: Option<f64>,
    /// What sets them apart, the most distinctive feature first; empty until [`explain_cells`](super::explain_cells).
    pub features: Vec<Contrast>,
    /// Why they are listed, as one sentence; features are in it after [`explain_cells`](super::explain_cells).
    pub reason: Text,
    /// What describes them, in conditions on features; `None` until [`rule_cells`](super::rule_cells), and where no rule does.
    #[serde(default)]
    pub rule: Option<CellRule>,
}

/// A rule for the customers of a cell, measured among customers it was not learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellRule {
    /// Whether it tells them from the other customers of their tier; else from those of their cluster.
    pub within_tier: bool,
    /// The rule as people write it.
    pub text: Text,
    /// The rule as an SQL expression.
    pub sql: String,
    /// The rule: one of these lists, all of its conditions.
    pub conditions: Vec<Vec<Condition>>,
    /// The share of customers, inside the cell and outside, it is right about.
    pub accuracy: Option<f64>,
    /// P(in the cell | the rule holds).
    pub precision: Option<f64>,
    /// P(the rule holds | in the cell).
    pub recall: Option<f64>,
    /// The share of the cell among those it is told from and itself: the precision of guessing.
    pub share: Option<f64>,
    /// Customers held out.
    pub n_held_out: usize,
}

/// How the customers of a cell differ from others in one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// The feature.
    pub feature: String,
    /// P(value in the cell > value in the same tier, other clusters) + ½ P(equal); `None` when nobody can be compared.
    pub against_tier: Option<f64>,
    /// P(value in the cell > value in the same cluster, other tiers) + ½ P(equal).
    pub against_cluster: Option<f64>,
}

/// The tier expected of every cluster: among the tiers whose adjusted residual there is above 2, the one with the largest
/// part of its customers in the cluster (n_tc/n_t), ties by n_tc, then by the order of the tiers; `None` without any.
///
/// The adjusted residual is (n_tc − e) / √(e (1 − n_t/n)(1 − n_c/n)) with e = n_t n_c / n, about standard normal when
/// tier and cluster are independent. Source: Haberman 1973, "The analysis of residuals in cross-classified tables",
/// Biometrics 29.
///
/// ```
/// use segmint::compare::expected_tiers;
/// use segmint::metrics::Contingency;
/// // the second cluster holds more of tier 1 than of tier 0, but a larger part of tier 0
/// let table = Contingency::new(2, 2, vec![20, 80, 900, 100]);
/// assert_eq!(expected_tiers(&table), [Some(1), Some(0)]);
/// ```
pub fn expected_tiers(table: &Contingency) -> Vec<Option<usize>> {
    let typical = |cluster: usize| {
        (0..table.n_tiers()).filter(move |&tier| adjusted_residual(table, tier, cluster).is_some_and(|r| r > TYPICAL))
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
