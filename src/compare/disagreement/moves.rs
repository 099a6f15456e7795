//! The customers whose tier should be looked at first.

use serde::{Deserialize, Serialize};

use super::{Direction, Disagreement};
use crate::Text;
use crate::compare::Comparison;

/// Customers listed of each cell, so that those of the other cells are there where one is not shown.
const LISTED: usize = 20;

/// Customers whose tier looks too low or too high, the clearest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Moves {
    /// The tier.
    pub tier: String,
    /// The clustering it is held against.
    pub clustering: String,
    /// Customers whose tier looks too low.
    pub n_too_low: u64,
    /// Customers whose tier looks too high.
    pub n_too_high: u64,
    /// The first twenty of every cell, too low before too high, by rank.
    pub customers: Vec<Move>,
}

/// A customer whose tier should be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Move {
    /// Whether the tier looks too low or too high.
    pub direction: Direction,
    /// The customer.
    pub id: String,
    /// The tier.
    pub tier: String,
    /// The tier expected.
    pub expected_tier: String,
    /// The cluster's name.
    pub segment: Text,
    /// The customer's value.
    pub value: f64,
    /// The mean value of the customers of the expected tier in the same cluster.
    pub expected_value: f64,
    /// Why.
    pub reason: Text,
    /// Customers in the same cell; a small cell is not shown in what is shared.
    pub cell_customers: u64,
}

impl Moves {
    /// The first customers of `disagreements`, which are those of `comparison`; `id` writes the id of a row. `None` when no
    /// tier looks too low or too high.
    pub fn of(comparison: &Comparison, disagreements: &[Disagreement], id: impl Fn(usize) -> String) -> Option<Moves> {
        let count = |wanted| disagreements.iter().filter(|d| d.direction == Some(wanted)).count() as u64;
        let (n_too_low, n_too_high) = (count(Direction::TooLow), count(Direction::TooHigh));
        if n_too_low + n_too_high == 0 {
            return None;
        }
        let mut listed: Vec<&Disagreement> = disagreements.iter().filter(|d| d.rank.is_some()).collect();
        listed.sort_by_key(|d| (d.direction, d.rank));
        let mut of_cell = vec![0; comparison.disagreements.len()];
        listed.retain(|d| {
            of_cell[d.cell] += 1;
            of_cell[d.cell] <= LISTED
        });
        let table = &comparison.contingency;
        let customer = |d: &Disagreement| {
            let cell = &comparison.disagreements[d.cell];
            let column = table.clusters.iter().position(|&cluster| cluster == cell.cluster)?;
            Some(Move {
                direction: d.direction?,
                id: id(d.row),
                tier: cell.tier.clone(),
                expected_tier: cell.expected_tier.clone(),
                segment: table.cluster_names[column].clone(),
                value: d.value?,
                expected_value: d.expected_value?,
                reason: cell.reason.clone(),
                cell_customers: cell.customers,
            })
        };
        Some(Moves {
            tier: comparison.tier.clone(),
            clustering: comparison.clustering.clone(),
            n_too_low,
            n_too_high,
            customers: listed.into_iter().filter_map(customer).collect(),
        })
    }
}
