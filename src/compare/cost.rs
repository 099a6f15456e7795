//! What comparisons of tiers with clusters cost in memory. Bytes were measured (docs/methods.md).

/// Bytes of a tier in a cluster: counts, sums, what is over-represented, in memory and in the files.
const CELL_BYTES: u64 = 500;

/// Bytes of the tables of `n_tiers` tiers against `clusters` clusters, of all clusterings together.
pub(crate) fn bytes(n_tiers: u64, clusters: u64) -> u64 {
    CELL_BYTES * n_tiers * clusters
}
