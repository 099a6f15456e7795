use serde::Serialize;

use super::{Screen, Shown};
use crate::compare::{Direction, Move};

/// Whose tier to look at first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedMoves {
    /// The tier.
    pub tier: String,
    /// The clustering it is held against.
    pub clustering: String,
    /// Customers whose tier looks too low.
    pub n_too_low: Shown<u64>,
    /// Customers whose tier looks too high.
    pub n_too_high: Shown<u64>,
    /// The first of either direction, of cells that are shown, their ids as they are shared; too low before too high.
    pub customers: Vec<Move>,
}

impl SharedMoves {
    pub(super) fn of(screen: &Screen<'_>) -> Option<Self> {
        let moves = screen.run.comparisons.moves.as_ref()?;
        let listed = [Direction::TooLow, Direction::TooHigh].into_iter().flat_map(|direction| screen.moves(direction));
        let shared = |customer: &Move| Move { id: screen.rules.ids.shown(&customer.id), ..customer.clone() };
        Some(SharedMoves {
            tier: moves.tier.clone(),
            clustering: moves.clustering.clone(),
            n_too_low: Shown::when(screen.moves_are_counted(), moves.n_too_low),
            n_too_high: Shown::when(screen.moves_are_counted(), moves.n_too_high),
            customers: listed.map(shared).collect(),
        })
    }
}
