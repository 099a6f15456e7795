//! What comparisons of tiers with clusters cost. Bytes and rates of one thread were measured (docs/methods.md).

/// Bytes of a tier in a cluster: counts, sums, what is over-represented, in memory and in the files.
const CELL_BYTES: u64 = 500;

/// Cells of tables drawn at random, permuted or resampled, in a second.
const CELLS: f64 = 1.4e7;

/// Seconds of one thread to judge tables of `n_tiers` tiers against `clusters` clusters by `draws` tables drawn at random.
pub(crate) fn seconds(n_tiers: u64, clusters: u64, draws: usize) -> f64 {
    (n_tiers * clusters) as f64 * draws as f64 / CELLS
}

/// Bytes of the tables of `n_tiers` tiers against `clusters` clusters, of all clusterings together.
pub(crate) fn bytes(n_tiers: u64, clusters: u64) -> u64 {
    CELL_BYTES * n_tiers * clusters
}
