//! Clusters of which every row is a member with a probability.

use rayon::prelude::*;

use crate::matrix::TiledMatrix;
use crate::metrics::ClusterId;
use crate::monitor::{Monitor, Stopped};

/// The cluster a row most likely belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Membership {
    /// The cluster; the lowest one among equals.
    pub cluster: ClusterId,
    /// Its probability given the row, 1/k … 1.
    pub probability: f64,
    /// ln p(x) of the row under the whole model.
    pub log_density: f64,
}

/// The membership of every row, in parallel over tiles; rows do not depend on each other.
///
/// # Errors
/// When `monitor` ends the work.
pub(super) fn memberships(
    matrix: &TiledMatrix,
    membership: impl Fn(&[f64]) -> Membership + Sync,
    monitor: &Monitor,
) -> Result<Vec<Membership>, Stopped> {
    let of_tile = |t: usize| -> Result<Vec<Membership>, Stopped> {
        monitor.check()?;
        let mut row = vec![0.0; matrix.n_features()];
        let mut found = Vec::new();
        for i in matrix.tile(t).rows() {
            matrix.copy_row(i, &mut row);
            found.push(membership(&row));
        }
        Ok(found)
    };
    let tiles: Result<Vec<Vec<Membership>>, Stopped> = (0..matrix.n_tiles()).into_par_iter().map(of_tile).collect();
    Ok(tiles?.concat())
}
