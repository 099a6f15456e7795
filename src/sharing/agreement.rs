//! Agreement indices of a table with hidden cells, to as few digits as leave these hidden.
//!
//! An index is one equation more for whoever tries out whole tables. With the totals fixed, AMI and homogeneity both rise with one
//! sum over the cells; the other indices, intervals and p values would be further equations. So these two are shown, rounded, where
//! whole tables are found that agree with everything shown and between which every hidden cell differs by `min_cell`; everything
//! else is held back.

use super::interval::{OpenTable, ToldSum};
use super::witness::Search;
use crate::compare::{Comparison, Estimate, Indices};
use crate::metrics::Contingency;

/// Tables that may be looked at before the indices are held back.
const TABLES: usize = 4000;
/// The same where who is in no row or no column is hidden too, so that totals change and with them what chance gives.
const OPEN_TABLES: usize = 150;

/// The indices of a comparison as they may be shown beside its cells; `counts` and what is `shown` of them may have further rows and
/// columns, of customers who are not compared. `told` is a sum over cells that is told besides.
pub(super) fn shown_indices(
    comparison: &Comparison,
    counts: &[Vec<u64>],
    shown: &[Vec<Option<u64>>],
    told: Option<&ToldSum>,
    min_cell: u64,
) -> Indices<Estimate> {
    let (n_tiers, n_clusters) = (comparison.contingency.tiers.len(), comparison.contingency.clusters.len());
    if shown.iter().take(n_tiers).all(|row| row.iter().take(n_clusters).all(Option::is_some)) {
        return comparison.indices;
    }
    let mut open = OpenTable::new(counts);
    let n_columns = counts.first().map_or(0, Vec::len);
    for (r, row) in shown.iter().enumerate() {
        row.iter().enumerate().filter(|(_, cell)| cell.is_none()).for_each(|(c, _)| open.hide(r * n_columns + c));
    }
    let is_bare = open.n_cells() == n_tiers * n_clusters;
    let is_compared = |cell: usize| cell / n_columns < n_tiers && cell % n_columns < n_clusters;
    let compared = |counts: &[u64]| {
        let own = (0..counts.len()).filter(|&cell| is_compared(cell)).map(|cell| counts[cell]);
        Contingency::new(n_tiers, n_clusters, own.collect())
    };
    let both = [comparison.indices.ami.value, comparison.indices.homogeneity.value];
    let mut indices = no_indices();
    let ([Some(ami), Some(homogeneity)], true) = (both, open.n_cells() <= TABLES) else { return indices };
    let table = comparison.contingency.table();
    let expected = table.expected_information();
    for steps in [100.0, 10.0] {
        let rounded = [ami, homogeneity].map(|index| (index * steps).round());
        let off = |found: f64, rounded: f64| ((found * steps - rounded).abs() - 0.49).max(0.0);
        let agrees = |counts: &[u64]| {
            let table = compared(counts);
            let expected = if is_bare { expected } else { table.expected_information() };
            let found = table.information().map(|found| [found.adjusted(expected), found.homogeneity()]);
            found.map_or(f64::INFINITY, |[ami, homogeneity]| off(ami, rounded[0]) + off(homogeneity, rounded[1]))
        };
        let hidden: Vec<usize> = open.hidden().into_iter().filter(|&cell| is_compared(cell)).collect();
        let tables = if is_bare { TABLES } else { OPEN_TABLES };
        let mut search = Search { open: &mut open, off: &agrees, sum: told, tables };
        if search.leaves_open(&hidden, |_| min_cell) {
            let estimate = |rounded: f64| Estimate { value: Some(rounded / steps), ..Estimate::default() };
            (indices.ami, indices.homogeneity) = (estimate(rounded[0]), estimate(rounded[1]));
            return indices;
        }
    }
    indices
}

/// Every index held back.
pub(super) fn no_indices() -> Indices<Estimate> {
    Indices::from_fn(|_| Estimate::default())
}
