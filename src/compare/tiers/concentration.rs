use serde::{Deserialize, Serialize};

use super::cut::known_ascending;
use crate::stats::gini;

/// The part of the total that Pareto's rule speaks of.
const PARETO: f64 = 0.8;
/// The part of the customers it speaks of.
const TOP: f64 = 0.2;

/// How unevenly a column is spread over the customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Concentration {
    /// The column.
    pub column: String,
    /// Customers whose value is known.
    pub n: u64,
    /// Their sum.
    pub total: f64,
    /// Gini = Σ (2i − n − 1) x₍ᵢ₎ / (n Σ x), x ascending: 0 = everybody alike, 1 = one has all; above 1 is possible with
    /// negative values.
    pub gini: f64,
    /// The smallest share of the customers that brings 80 % of the total.
    pub share_for_80: f64,
    /// The part of the total that the best fifth of the customers (rounded up) brings.
    pub top_20_share: f64,
}

impl Concentration {
    /// Of the known values of a column; `None` unless their sum is positive. O(n log n).
    ///
    /// Source: Gini 1912; Pareto 1896 for the 80 and 20.
    ///
    /// ```
    /// use segmint::compare::Concentration;
    /// let spread = Concentration::of("spend", &[10.0, 80.0, 5.0, 3.0, 2.0, f64::NAN]).unwrap();
    /// assert_eq!((spread.n, spread.share_for_80, spread.top_20_share), (5, 0.2, 0.8));
    /// ```
    pub fn of(column: &str, values: &[f64]) -> Option<Self> {
        let sorted = known_ascending(values);
        let n = sorted.len();
        let total: f64 = sorted.iter().rev().sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let mut sum = 0.0;
        let mut needed = 0;
        for value in sorted.iter().rev() {
            if sum >= PARETO * total {
                break;
            }
            sum += value;
            needed += 1;
        }
        let top: f64 = sorted.iter().rev().take((TOP * n as f64).ceil() as usize).sum();
        Some(Concentration {
            column: column.to_owned(),
            n: n as u64,
            total,
            gini: gini(&sorted, total),
            share_for_80: f64::from(needed) / n as f64,
            top_20_share: top / total,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_customers_are_not_concentrated_and_one_who_has_all_is_wholly() {
        let equal = Concentration::of("v", &[3.0; 10]).unwrap();
        assert_eq!((equal.gini, equal.share_for_80, equal.top_20_share), (0.0, 0.8, 0.2));
        let mut one = vec![0.0; 100];
        one[7] = 5.0;
        let one = Concentration::of("v", &one).unwrap();
        assert!((one.gini - 0.99).abs() < 1e-12);
        assert_eq!((one.share_for_80, one.top_20_share), (0.01, 1.0));
        assert_eq!(Concentration::of("v", &[1.0, -2.0]), None);
        assert_eq!(Concentration::of("v", &[f64::NAN]), None);
    }

    #[test]
    fn neither_order_nor_unit_changes_the_concentration() {
        let values: Vec<f64> = (0..500).map(|i| f64::from(i * 7919 % 503)).collect();
        let mut turned: Vec<f64> = values.iter().map(|x| x * 4.0).collect();
        turned.reverse();
        let (a, b) = (Concentration::of("v", &values).unwrap(), Concentration::of("v", &turned).unwrap());
        assert_eq!((a.gini, a.share_for_80, a.top_20_share), (b.gini, b.share_for_80, b.top_20_share));
    }
}
