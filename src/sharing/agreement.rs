//! Agreement indices of a table with hidden cells, to as few digits as leave these hidden.
//!
//! An index is one equation more for whoever tries out whole tables. With the totals fixed, AMI and homogeneity both rise with one
//! sum over the cells; the other indices, intervals and p values would be further equations. So these two are shown, rounded, where
//! whole tables are found that agree with everything shown and between which every hidden cell differs by `min_cell`; everything
//! else is held back.

use super::interval::OpenTable;
use crate::compare::{Comparison, Estimate, Indices};
use crate::metrics::Contingency;

/// Tables that may be looked at before the indices are held back.
const TABLES: usize = 4000;
/// The same where who is in no row or no column is hidden too, so that totals change and with them what chance gives.
const OPEN_TABLES: usize = 150;
/// Cycles of four cells that are tried to give back what a change of one cell did to an index.
const CYCLES: usize = 64;

/// The indices of a comparison as they may be shown beside its cells; `counts` and what is `shown` of them may have further rows and
/// columns, of customers who are not compared.
pub(super) fn shown_indices(
    comparison: &Comparison,
    counts: &[Vec<u64>],
    shown: &[Vec<Option<u64>>],
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
        let agrees = |counts: &[u64]| {
            let table = compared(counts);
            let expected = if is_bare { expected } else { table.expected_information() };
            let found = table.information().map(|found| [found.adjusted(expected), found.homogeneity()]);
            found.map_or(f64::INFINITY, |found| {
                let off = |i: usize| ((found[i] * steps - rounded[i]).abs() - 0.49).max(0.0);
                off(0) + off(1)
            })
        };
        let hidden: Vec<usize> = open.hidden().into_iter().filter(|&cell| is_compared(cell)).collect();
        let tables = if is_bare { TABLES } else { OPEN_TABLES };
        if (Search { open: &mut open, off: &agrees, tables }).leaves_open(&hidden, min_cell) {
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

/// A search for whole tables that agree with everything that is shown.
struct Search<'a> {
    open: &'a mut OpenTable,
    /// How far a table is from what is shown; 0 = it agrees.
    off: &'a dyn Fn(&[u64]) -> f64,
    tables: usize,
}

impl Search<'_> {
    /// Whether tables are found between which every cell of `wanted` differs by `enough`.
    fn leaves_open(&mut self, wanted: &[usize], enough: u64) -> bool {
        let hidden = self.open.hidden();
        let mut ends: Vec<[u64; 2]> = (0..self.open.n_cells()).map(|cell| [self.open.count(cell); 2]).collect();
        let is_open = |ends: &[u64; 2]| ends[1] - ends[0] >= enough;
        for &cell in wanted {
            for (larger, by) in [(true, enough), (false, enough), (true, enough / 2), (false, enough - enough / 2)] {
                if is_open(&ends[cell]) {
                    break;
                }
                let (counts, moved) = self.open.extreme(cell, larger, by);
                if moved == 0 {
                    continue;
                }
                if let Some(agreeing) = self.brought_back(counts, cell, &hidden) {
                    for (ends, count) in ends.iter_mut().zip(agreeing) {
                        *ends = [ends[0].min(count), ends[1].max(count)];
                    }
                }
            }
            if !is_open(&ends[cell]) {
                return false;
            }
        }
        true
    }

    /// Carries customers around cycles of four hidden cells, `fixed` left out, until the table agrees.
    fn brought_back(&mut self, mut counts: Vec<u64>, fixed: usize, hidden: &[usize]) -> Option<Vec<u64>> {
        self.tables = self.tables.checked_sub(1)?;
        let mut off = (self.off)(&counts);
        let cycles = if off > 0.0 { self.cycles(fixed, hidden) } else { Vec::new() };
        while off > 0.0 {
            let mut best: Option<(f64, Vec<u64>)> = None;
            for cycle in &cycles {
                for by in [1, 2, 4, 8] {
                    let Some(next) = carried(&counts, *cycle, by) else { break };
                    self.tables = self.tables.checked_sub(1)?;
                    let next_off = (self.off)(&next);
                    if next_off < best.as_ref().map_or(off, |best| best.0) {
                        best = Some((next_off, next));
                    }
                }
            }
            (off, counts) = best?;
        }
        Some(counts)
    }

    /// Some cycles of four hidden cells, in both directions: the first and the third rise.
    fn cycles(&self, fixed: usize, hidden: &[usize]) -> Vec<[usize; 4]> {
        let is_free = |cell: usize| cell != fixed && self.open.is_hidden(cell);
        let mut cycles = Vec::new();
        for (at, &one) in hidden.iter().enumerate() {
            for &other in &hidden[at + 1..] {
                let ([r, c], [s, d]) = (self.open.ends(one), self.open.ends(other));
                if r == s || c == d {
                    continue;
                }
                let (across, back) = (self.open.cell(r, d), self.open.cell(s, c));
                if [one, other, across, back].into_iter().all(is_free) {
                    cycles.push([one, across, other, back]);
                    cycles.push([across, one, back, other]);
                }
            }
        }
        let step = cycles.len().div_ceil(CYCLES).max(1);
        cycles.into_iter().step_by(step).collect()
    }
}

/// The counts after `by` customers went around a cycle; `None` where somebody is missing.
fn carried(counts: &[u64], [a, b, c, d]: [usize; 4], by: u64) -> Option<Vec<u64>> {
    let mut counts = counts.to_vec();
    counts[b] = counts[b].checked_sub(by)?;
    counts[d] = counts[d].checked_sub(by)?;
    counts[a] += by;
    counts[c] += by;
    Some(counts)
}
