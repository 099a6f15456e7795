//! Sums over many cells of a table that are told beside them: how many customers have another tier than is expected of their
//! cluster, what they are worth, and how many of them look too low and too high.
//!
//! Each is one more fact about the hidden cells among them, and is told where [`Settled::tells`](super::settled::Settled::tells)
//! says that it leaves them open.

use super::settled::Settled;
use crate::compare::{Comparison, Moves, Told};

/// Cells of a table, tier and cluster.
pub(super) type Cells = Vec<(usize, usize)>;

/// What may be told of all who disagree together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Disagreeing {
    /// Of how many they are.
    pub(super) customers: Told,
    /// Of what they are worth beside all who are compared.
    pub(super) value: Told,
}

/// What may be told of the sum over `cells` beside that of all who are compared, who have the first lines of the table; takes it for
/// told.
pub(super) fn told_of(settled: &mut Settled, cells: &Cells, comparison: &Comparison) -> Told {
    let table = &comparison.contingency;
    told_beside(settled, cells, &all_cells(table.tiers.len(), table.clusters.len()))
}

/// [`told_of`] where all who are compared are in the cells `all`, whose sum is told.
pub(super) fn told_beside(settled: &mut Settled, cells: &Cells, all: &Cells) -> Told {
    if settled.tells(cells) {
        Told::Sum
    } else if settled.tells_share(cells, all, 100.0) {
        Told::Share
    } else {
        Told::HeldBack
    }
}

/// Every cell of a table.
pub(super) fn all_cells(n_tiers: usize, n_clusters: usize) -> Cells {
    (0..n_tiers).flat_map(|t| (0..n_clusters).map(move |c| (t, c))).collect()
}

/// The cells of a comparison whose tier is not the one expected of their cluster, empty ones included; `None` where the cell that says
/// which is expected is held back, since then nobody knows what is added up.
pub(super) fn disagreeing(comparison: &Comparison, shown: &[Vec<Option<u64>>]) -> Option<Cells> {
    let tiers = &comparison.contingency.tiers;
    let mut cells = Vec::new();
    for (c, expected) in comparison.expected_tiers.iter().enumerate() {
        let Some(expected) = expected else { continue };
        let expected = tiers.iter().position(|tier| tier == expected)?;
        shown[expected][c]?;
        cells.extend((0..tiers.len()).filter(|&t| t != expected).map(|t| (t, c)));
    }
    Some(cells)
}

/// The cells of customers whose tier looks too low, and of those whose tier looks too high, by the `order` of the tiers; `None` where
/// they are not as many as `moves` says.
pub(super) fn directions(
    comparison: &Comparison,
    cells: &Cells,
    order: &[String],
    moves: &Moves,
) -> Option<[Cells; 2]> {
    let table = &comparison.contingency;
    let place = |tier: &String| order.iter().position(|listed| listed == tier);
    let looks_too_low = |&(t, c): &(usize, usize)| {
        let expected = comparison.expected_tiers[c].as_ref().and_then(place)?;
        Some(expected < place(&table.tiers[t])?)
    };
    let of = |too_low: bool| -> Cells {
        cells.iter().filter(|cell| looks_too_low(cell) == Some(too_low)).copied().collect()
    };
    let both = [of(true), of(false)];
    let count = |cells: &Cells| cells.iter().map(|&(t, c)| table.counts[t][c]).sum::<u64>();
    (both.each_ref().map(count) == [moves.n_too_low, moves.n_too_high]).then_some(both)
}
