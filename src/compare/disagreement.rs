use std::collections::BTreeMap;

use super::pairing::Pairing;
use super::{Comparison, NoisePolicy};
use crate::metrics::ClusterId;

/// A customer whose tier is not the one expected of their cluster; one row of `disagreements.parquet`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disagreement {
    /// The row of the customer in the table.
    pub row: usize,
    /// The position of their cell in [`Comparison::disagreements`], which holds tier, cluster, expected tier and reason.
    pub cell: usize,
    /// Their value; `None` where unknown.
    pub value: Option<f64>,
}

/// Every customer who disagrees, in table order. `pairing` is the one the comparison was made of.
pub fn disagreements(comparison: &Comparison, pairing: &Pairing<'_>) -> Vec<Disagreement> {
    let width = comparison.contingency.clusters.len();
    let codes = CellCodes::new(comparison, pairing);
    let mut listed: Vec<Option<usize>> = vec![None; comparison.contingency.tiers.len() * width];
    let codes_of_cells = codes.of_cells(comparison);
    codes_of_cells.iter().enumerate().for_each(|(cell, &code)| listed[code] = Some(cell));
    let found = codes.of_rows(pairing).filter_map(|(row, code)| {
        let cell = listed[code]?;
        let value = pairing.value.map(|value| value[row]).filter(|value| !value.is_nan());
        Some(Disagreement { row, cell, value })
    });
    found.collect()
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

    /// (table row, code) of every compared customer, in table order.
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
