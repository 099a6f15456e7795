use serde::Serialize;

use super::comparison::shown_rows;
use super::lorenz::to;
use super::{Screen, Shown};
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
    pub n: Shown<u64>,
    /// Customers without.
    pub n_without_tier: Shown<u64>,
    /// The tiers that occur.
    pub classes: Vec<SharedClass>,
    /// How unevenly the column of the rule, or the value, is spread.
    pub concentration: Option<SharedConcentration>,
    /// The cells, when the rule is a matrix.
    pub matrix: Option<SharedMatrix>,
}

/// How unevenly a column is spread.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedConcentration {
    /// The column.
    pub column: String,
    /// Customers whose value is known.
    pub n: Shown<u64>,
    /// Their sum.
    pub total: Shown<f64>,
    /// The Gini coefficient, to two digits.
    pub gini: f64,
    /// The smallest share of the customers that brings 80 % of the total, to two digits.
    pub share_for_80: Shown<f64>,
    /// The part of the total that the best fifth of the customers brings, to two digits.
    pub top_20_share: Shown<f64>,
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
        let shown = report.classes.iter().map(|class| screen.class(&report.tier, Some(&class.tier)));
        SharedTier {
            tier: report.tier.clone(),
            n: screen.class(&report.tier, None).map(|_| report.n).into(),
            n_without_tier: screen.class(&report.tier, None).into(),
            classes: report
                .classes
                .iter()
                .zip(shown)
                .map(|(class, shown)| SharedClass::of(screen, report, class, shown))
                .collect(),
            concentration: report.concentration.as_ref().map(|spread| SharedConcentration::of(screen, spread)),
            matrix: report.matrix.as_ref().map(|matrix| SharedMatrix::of(screen, &report.tier, matrix)),
        }
    }
}

impl SharedConcentration {
    fn of(screen: &Screen<'_>, spread: &Concentration) -> Self {
        let unknown = (screen.run.record.input.n_customers as u64).saturating_sub(spread.n);
        let for_80 = (spread.share_for_80 * spread.n as f64).round() as u64;
        let best = spread.n.div_ceil(5);
        let top = spread.top_20_share * spread.total;
        let shown = |n: u64| screen.rules.count(n).is_some();
        SharedConcentration {
            column: spread.column.clone(),
            n: Shown::when(shown(unknown), spread.n),
            total: Shown::Value(spread.total),
            gini: to(2, spread.gini),
            share_for_80: Shown::when(shown(for_80) && shown(spread.n - for_80), to(2, spread.share_for_80)),
            top_20_share: Shown::when(
                shown(best) && !screen.is_one_customers(&spread.column, top),
                to(2, spread.top_20_share),
            ),
        }
    }
}

impl SharedClass {
    fn of(screen: &Screen<'_>, report: &TierReport, class: &TierClass, customers: Option<u64>) -> Self {
        let is_shown = customers.is_some();
        // Customers over their share are all who have a tier.
        let n_is_shown = screen.class(&report.tier, None).is_some();
        let value_is_shown = is_shown && screen.class_value_is_shown(&report.tier, &class.tier);
        SharedClass {
            tier: class.tier.clone(),
            customers: customers.into(),
            share: Shown::maybe(is_shown && n_is_shown, class.share),
            value: Shown::maybe(value_is_shown, class.value),
            value_share: Shown::maybe(value_is_shown, class.value_share),
            service: class.service.clone(),
        }
    }
}

impl SharedMatrix {
    fn of(screen: &Screen<'_>, tier: &str, matrix: &Matrix) -> Self {
        let cells = matrix.cells.iter().map(|cell| (cell, screen.class(tier, Some(&cell.tier))));
        let n_is_shown = screen.class(tier, None).is_some();
        let spread = |spread: &Spread| SharedSpread {
            clustering: spread.clustering.clone(),
            clusters: spread.clusters.clone(),
            cluster_names: spread.cluster_names.clone(),
            counts: shown_rows(screen.spread(tier, matrix, spread)),
        };
        SharedMatrix {
            x: matrix.x.clone(),
            y: matrix.y.clone(),
            cells: cells
                .map(|(cell, customers)| {
                    SharedMatrixCell::of(cell, customers, n_is_shown, screen.class_value_is_shown(tier, &cell.tier))
                })
                .collect(),
            spreads: matrix.spreads.iter().map(spread).collect(),
        }
    }
}

impl SharedMatrixCell {
    fn of(cell: &MatrixCell, customers: Option<u64>, n_is_shown: bool, value_is_shown: bool) -> Self {
        let is_shown = customers.is_some();
        let value_is_shown = is_shown && value_is_shown;
        SharedMatrixCell {
            x: cell.x,
            y: cell.y,
            tier: cell.tier.clone(),
            name: cell.name.clone(),
            action: cell.action.clone(),
            customers: customers.into(),
            share: Shown::maybe(is_shown && n_is_shown, cell.share),
            value: Shown::maybe(value_is_shown, cell.value),
            value_share: Shown::maybe(value_is_shown, cell.value_share),
        }
    }
}
