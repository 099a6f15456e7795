//! What silhouettes cost. Rates are of one thread, as measured (docs/methods.md).

use super::EXACT_ROWS;
use super::sample::sampled_rows;
use super::silhouette::MAX_SUMS;

/// Terms of distances between sampled rows and all, in single precision, in a second.
const SAMPLED_TERMS: f64 = 1.8e10;
/// Terms of distances between all rows, in double precision, in a second.
const EXACT_TERMS: f64 = 6e9;
/// What a pair of rows costs beside its features, in features.
pub(crate) const PAIR: f64 = 4.0;

/// Seconds of the silhouettes of `n` rows with `d` features: one look at every pair serves every k.
pub(crate) fn silhouette_seconds(n: f64, d: f64) -> f64 {
    if n <= EXACT_ROWS as f64 {
        return all_pairs_seconds(n, d);
    }
    sampled_rows(n) * n * (d + PAIR) / SAMPLED_TERMS
}

/// Seconds of the silhouettes of `n` rows held against each other, however many there are.
pub(crate) fn all_pairs_seconds(n: f64, d: f64) -> f64 {
    n * n * (d + PAIR) / EXACT_TERMS
}

/// Bytes of the silhouettes of `n` rows in partitions of `clusters` clusters altogether, while they are computed: sums of
/// distances of some rows at a time.
pub(crate) fn silhouette_bytes(n: u64, clusters: u64) -> u64 {
    let rows = if n <= EXACT_ROWS as u64 { n } else { sampled_rows(n as f64) as u64 };
    8 * (rows * clusters).min(MAX_SUMS as u64 + clusters)
}

/// Bytes of the silhouettes of `n` rows in `partitions` partitions that stay: the rows, and the value of each.
pub(crate) fn measured_bytes(n: u64, partitions: u64) -> u64 {
    let rows = if n <= EXACT_ROWS as u64 { n } else { sampled_rows(n as f64) as u64 };
    16 * rows * partitions
}
