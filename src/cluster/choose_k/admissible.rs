//! Which k leave every cluster enough customers.

use crate::metrics::Partition;

/// The share of the customers that every cluster of an admissible k holds, where k is at most 50.
pub const MIN_SHARE: f64 = 0.01;

/// The smallest share that every cluster of an admissible k holds: [`MIN_SHARE`], or half of an equal share where that is
/// less.
pub fn min_share(k: usize) -> f64 {
    MIN_SHARE.min(0.5 / k as f64)
}

/// The share of the rows that the smallest cluster holds.
pub(super) fn smallest_share(partition: &Partition) -> f64 {
    let smallest = partition.sizes().into_iter().min().unwrap_or(0);
    smallest as f64 / partition.n_rows() as f64
}

/// Whether every cluster holds at least [`min_share`].
pub(super) fn is_admissible(partition: &Partition) -> bool {
    smallest_share(partition) >= min_share(partition.n_clusters())
}
