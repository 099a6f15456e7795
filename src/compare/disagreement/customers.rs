use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::compare::{Comparison, NoisePolicy, Pairing};
use crate::metrics::ClusterId;

/// A customer whose tier is not the one expected of their cluster; one row of `disagreements.parquet`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Disagreement {
    /// The row of the customer in the table.
    pub row: usize,
    /// The position of their cell in [`Comparison::disagreements`], which holds tier, cluster, expected tier and reason.
    pub cell: usize,
    /// Their value; `None` where unknown.
    pub value: Option<f64>,
    /// Whether their tier looks too low or too high; `None` when one of the two tiers has no place in the order.
    pub direction: Option<Direction>,
    /// The mean value of the customers of the expected tier in the same cluster; `None` where nobody's is known.
    pub expected_value: Option<f64>,
    /// From 1, the clearest case of their direction; `None` without direction, value or expected value.
    pub rank: Option<u32>,
}

/// What is wrong with a tier, if the cluster is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A better tier is expected.
    TooLow,
    /// A worse tier is expected.
    TooHigh,
}

impl Direction {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Direction::TooLow => "too_low",
            Direction::TooHigh => "too_high",
        }
    }
}

/// Every customer who disagrees, in table order. `pairing` is the one the comparison was made of.
///
/// The expected value is that of their peers: the mean value of the customers who are in the same cluster and have the tier
/// expected of it. A tier that looks too low ranks by value − expected value from the largest (who already brings as much as
/// those of the better tier comes first), one that looks too high from the smallest; equal ones by row. O(n + m log m) for
/// m disagreeing customers.
pub fn disagreements(comparison: &Comparison, pairing: &Pairing<'_>) -> Vec<Disagreement> {
    let width = comparison.contingency.clusters.len();
    let codes = CellCodes::new(comparison, pairing);
    let mut listed: Vec<Option<usize>> = vec![None; comparison.contingency.tiers.len() * width];
    let codes_of_cells = codes.of_cells(comparison);
    codes_of_cells.iter().enumerate().for_each(|(cell, &code)| listed[code] = Some(cell));
    let known = |row: usize| pairing.value.map(|value| value[row]).filter(|value| !value.is_nan());
    let mut sums = vec![(0.0, 0u64); listed.len()];
    codes.of_rows(pairing).filter_map(|(row, code)| Some((known(row)?, code))).for_each(|(value, code)| {
        sums[code].0 += value;
        sums[code].1 += 1;
    });
    let place = |tier: &str| pairing.tier_order.iter().position(|listed| listed == tier);
    let of_tier = |tier: &str| comparison.contingency.tiers.iter().position(|name| name == tier);
    let peers = comparison.disagreements.iter().zip(&codes_of_cells).map(|(cell, &code)| {
        let direction = place(&cell.tier)
            .zip(place(&cell.expected_tier))
            .map(|(tier, expected)| if expected < tier { Direction::TooLow } else { Direction::TooHigh });
        let expected = of_tier(&cell.expected_tier).map(|tier| sums[tier * width + code % width]);
        let expected_value = expected.filter(|&(_, n)| n > 0).map(|(sum, n)| sum / n as f64);
        Peers { direction, expected_value }
    });
    let peers: Vec<Peers> = peers.collect();
    let found = codes.of_rows(pairing).filter_map(|(row, code)| {
        let cell = listed[code]?;
        let Peers { direction, expected_value } = peers[cell];
        Some(Disagreement { row, cell, value: known(row), direction, expected_value, rank: None })
    });
    let mut found: Vec<Disagreement> = found.collect();
    found.sort_unstable_by_key(|disagreement| disagreement.row);
    rank(&mut found);
    found
}

/// What holds for everybody in a cell.
#[derive(Clone, Copy)]
struct Peers {
    direction: Option<Direction>,
    expected_value: Option<f64>,
}

fn rank(found: &mut [Disagreement]) {
    for direction in [Direction::TooLow, Direction::TooHigh] {
        let gap = |d: &Disagreement| Some(d.value? - d.expected_value?).filter(|_| d.direction == Some(direction));
        let mut order: Vec<(f64, usize)> =
            found.iter().enumerate().filter_map(|(i, d)| gap(d).map(|gap| (gap, i))).collect();
        order.sort_by(|a, b| {
            let by_gap = match direction {
                Direction::TooLow => b.0.total_cmp(&a.0),
                Direction::TooHigh => a.0.total_cmp(&b.0),
            };
            by_gap.then(a.1.cmp(&b.1))
        });
        order.into_iter().zip(1..).for_each(|((_, i), rank)| found[i].rank = Some(rank));
    }
}

/// Cells of a comparison's table as numbers, tier × clusters + cluster.
pub(super) struct CellCodes {
    n_clusters: usize,
    tiers: Vec<Option<usize>>,
    noise: Option<usize>,
}

impl CellCodes {
    /// The numbers for the customers of `pairing`.
    pub(super) fn new(comparison: &Comparison, pairing: &Pairing<'_>) -> Self {
        let record = &comparison.contingency;
        let place: BTreeMap<&str, usize> =
            record.tiers.iter().enumerate().map(|(t, name)| (name.as_str(), t)).collect();
        let noise = record.clusters.iter().position(Option::is_none);
        CellCodes {
            n_clusters: record.clusters.len(),
            tiers: pairing.tier.levels().iter().map(|level| place.get(level.as_str()).copied()).collect(),
            noise: noise.filter(|_| pairing.noise == NoisePolicy::OwnCluster),
        }
    }

    /// (table row, code) of every compared customer, in the order of the matrix.
    pub(super) fn of_rows<'a>(&'a self, pairing: &'a Pairing<'_>) -> impl Iterator<Item = (usize, usize)> + 'a {
        pairing.partition.labels().iter().enumerate().filter_map(move |(matrix_row, label)| {
            let row = pairing.rows.table_row(matrix_row);
            let tier = self.tiers[pairing.tier.code(row)?]?;
            let cluster = label.map(ClusterId::index).or(self.noise)?;
            Some((row, tier * self.n_clusters + cluster))
        })
    }

    /// The code of every cell in [`Comparison::disagreements`].
    pub(super) fn of_cells(&self, comparison: &Comparison) -> Vec<usize> {
        let record = &comparison.contingency;
        let code = |tier: &str, cluster: Option<ClusterId>| {
            let tier = record.tiers.iter().position(|name| name == tier).expect("a cell's tier is in the table");
            let column = record.clusters.iter().position(|&other| other == cluster).expect("a cell's cluster is too");
            tier * self.n_clusters + column
        };
        comparison.disagreements.iter().map(|cell| code(&cell.tier, cell.cluster)).collect()
    }
}
