//! A tier against a clustering: which cells are shown, and which sums over them are told besides.

use super::settled::Settled;
use super::sums::{Cells, Disagreeing, all_cells, directions, disagreeing, told_beside};
use crate::compare::{Comparison, Moves, Told};
use crate::metrics::ClusterId;

/// A tier against a clustering, noise and who is in neither included.
#[derive(Debug, Clone)]
pub(super) struct CrossedTiers {
    pub(super) tier: String,
    pub(super) clustering: String,
    pub(super) tiers: Vec<String>,
    pub(super) clusters: Vec<Option<ClusterId>>,
    /// The counts, and behind them those of who is in no row, or no column.
    pub(super) counts: Vec<Vec<u64>>,
    pub(super) shown: Vec<Vec<Option<u64>>>,
    /// What may be shown of the counts, and of the values, sums included.
    pub(super) settled: Settled,
    pub(super) settled_values: Option<Settled>,
    /// What may be told of all who disagree, with the noise and without.
    pub(super) disagreeing: [Disagreeing; 2],
    /// Whether the number of those who are compared may be told, with the noise and without.
    pub(super) n_is_shown: [bool; 2],
}

impl CrossedTiers {
    /// Whether the value of every cell may be shown.
    pub(super) fn values(&self) -> &[Vec<bool>] {
        self.settled_values.as_ref().map_or(&[], |values| &values.shown)
    }

    /// Cells of a comparison that is a part of this table, by their places here.
    fn places(&self, comparison: &Comparison, cells: &Cells) -> Option<Cells> {
        let table = &comparison.contingency;
        let place = |&(t, c): &(usize, usize)| {
            let tier = self.tiers.iter().position(|tier| *tier == table.tiers[t])?;
            Some((tier, self.clusters.iter().position(|cluster| *cluster == table.clusters[c])?))
        };
        cells.iter().map(place).collect()
    }

    /// What may be told of all who disagree in a comparison that is a part of this table, of which `n` tells whether the number of all
    /// who are compared may be; takes it for told.
    pub(super) fn tell_disagreeing(
        &mut self,
        comparison: &Comparison,
        shown: &[Vec<Option<u64>>],
        n: bool,
    ) -> Disagreeing {
        let cells = disagreeing(comparison, shown).and_then(|cells| self.places(comparison, &cells));
        let Some(cells) = cells.filter(|_| n) else { return Disagreeing::default() };
        let table = &comparison.contingency;
        let all = all_cells(table.tiers.len(), table.clusters.len());
        let all = self.places(comparison, &all).unwrap_or_default();
        let customers = told_beside(&mut self.settled, &cells, &all);
        let mut value = Told::HeldBack;
        if let Some(values) = self.settled_values.as_mut().filter(|_| customers != Told::HeldBack)
            && values.tells(&all)
        {
            value = told_beside(values, &cells, &all);
        }
        Disagreeing { customers, value }
    }

    /// Whether it may be told how many look too low and how many too high; takes both for told.
    pub(super) fn tell_moves(
        &mut self,
        comparison: &Comparison,
        shown: &[Vec<Option<u64>>],
        order: &[String],
        moves: &Moves,
    ) -> bool {
        let both = disagreeing(comparison, shown).and_then(|cells| directions(comparison, &cells, order, moves));
        let both = both.and_then(|[low, high]| Some([self.places(comparison, &low)?, self.places(comparison, &high)?]));
        let Some([low, high]) = both else { return false };
        let mut settled = self.settled.clone();
        let is_told = settled.tells(&low) && settled.tells(&high);
        if is_told {
            self.settled = settled;
        }
        is_told
    }
}
