use serde::Serialize;

use super::comparison::shown_rows;
use super::{Screen, Shown, suppress};
use crate::Text;
use crate::compare::{Axis, Concentration, Matrix, MatrixCell, Spread, TierClass, TierReport};
use crate::metrics::ClusterId;

/// A tier by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedTier {
    /// The tier's column, or the name of its rule.
    pub tier: String,
    /// Customers with a tier.
    pub n: u64,
    /// Customers without.
    pub n_without_tier: u64,
    /// The tiers that occur.
    pub classes: Vec<SharedClass>,
    /// How unevenly the column of the rule, or the value, is spread.
    pub concentration: Option<Concentration>,
    /// The cells, when the rule is a matrix.
    pub matrix: Option<SharedMatrix>,
}

/// One class of a tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedClass {
    /// The tier.
    pub tier: String,
    /// Its customers.
    pub customers: Shown<u64>,
    /// Their share of those with a tier.
    pub share: Shown<Option<f64>>,
    /// Their summed value.
    pub value: Shown<Option<f64>>,
    /// Their share of the value.
    pub value_share: Shown<Option<f64>>,
    /// What they are offered.
    pub service: Option<Text>,
}

/// A customer matrix.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedMatrix {
    /// The axis that counts first.
    pub x: Axis,
    /// The other axis.
    pub y: Axis,
    /// Every cell, the best first.
    pub cells: Vec<SharedMatrixCell>,
    /// How every clustering spreads over the cells.
    pub spreads: Vec<SharedSpread>,
}

/// A cell of a matrix.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedMatrixCell {
    /// The level of x, from 0.
    pub x: usize,
    /// The level of y, from 0.
    pub y: usize,
    /// The tier of its customers in comparisons.
    pub tier: String,
    /// What it is called.
    pub name: Text,
    /// What to do about its customers.
    pub action: Option<Text>,
    /// Its customers.
    pub customers: Shown<u64>,
    /// Their share.
    pub share: Shown<Option<f64>>,
    /// Their summed value.
    pub value: Shown<Option<f64>>,
    /// Their share of the value.
    pub value_share: Shown<Option<f64>>,
}

/// A clustering over the cells of a matrix.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedSpread {
    /// The clustering.
    pub clustering: String,
    /// Its clusters; null = noise.
    pub clusters: Vec<Option<ClusterId>>,
    /// What they are called.
    pub cluster_names: Vec<Text>,
    /// Customers, cells × clusters.
    pub counts: Vec<Vec<Shown<u64>>>,
}

impl SharedTier {
    pub(super) fn of(screen: &Screen<'_>, report: &TierReport) -> Self {
        let shown: Vec<Option<u64>> = match &report.matrix {
            // One table hides the same cells in both its forms.
            Some(matrix) => {
                let cells = matrix.cells.iter().zip(screen.cells(matrix));
                let shown: Vec<(&str, Option<u64>)> = cells.map(|(cell, shown)| (cell.tier.as_str(), shown)).collect();
                let of = |tier: &str| shown.iter().find(|(name, _)| *name == tier).and_then(|(_, shown)| *shown);
                report.classes.iter().map(|class| of(&class.tier)).collect()
            }
            None => screen.rules.counts(&report.classes.iter().map(|class| class.customers).collect::<Vec<u64>>()),
        };
        SharedTier {
            tier: report.tier.clone(),
            n: report.n,
            n_without_tier: report.n_without_tier,
            classes: report.classes.iter().zip(shown).map(|(class, shown)| SharedClass::of(class, shown)).collect(),
            concentration: report.concentration.clone(),
            matrix: report.matrix.as_ref().map(|matrix| SharedMatrix::of(screen, matrix)),
        }
    }
}

impl SharedClass {
    fn of(class: &TierClass, customers: Option<u64>) -> Self {
        let is_shown = customers.is_some();
        SharedClass {
            tier: class.tier.clone(),
            customers: customers.into(),
            share: Shown::maybe(is_shown, class.share),
            value: Shown::maybe(is_shown, class.value),
            value_share: Shown::maybe(is_shown, class.value_share),
            service: class.service.clone(),
        }
    }
}

impl SharedMatrix {
    fn of(screen: &Screen<'_>, matrix: &Matrix) -> Self {
        let cells = matrix.cells.iter().zip(screen.cells(matrix));
        let spread = |spread: &Spread| SharedSpread {
            clustering: spread.clustering.clone(),
            clusters: spread.clusters.clone(),
            cluster_names: spread.cluster_names.clone(),
            counts: shown_rows(suppress(&spread.counts, screen.rules.min_cell)),
        };
        SharedMatrix {
            x: matrix.x.clone(),
            y: matrix.y.clone(),
            cells: cells.map(|(cell, customers)| SharedMatrixCell::of(cell, customers)).collect(),
            spreads: matrix.spreads.iter().map(spread).collect(),
        }
    }
}

impl SharedMatrixCell {
    fn of(cell: &MatrixCell, customers: Option<u64>) -> Self {
        let is_shown = customers.is_some();
        SharedMatrixCell {
            x: cell.x,
            y: cell.y,
            tier: cell.tier.clone(),
            name: cell.name.clone(),
            action: cell.action.clone(),
            customers: customers.into(),
            share: Shown::maybe(is_shown, cell.share),
            value: Shown::maybe(is_shown, cell.value),
            value_share: Shown::maybe(is_shown, cell.value_share),
        }
    }
}
