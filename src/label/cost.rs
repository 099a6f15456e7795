//! What descriptions of clusters cost in memory. Bytes were measured (docs/methods.md).

use crate::load::TableShape;

/// Bytes of a level in a cluster, beside twice its text: in the profile, in the label and in the file that is read for the page.
const LEVEL_BYTES: f64 = 330.0;
/// Bytes of a column in a cluster.
const COLUMN_BYTES: u64 = 600;
/// Bytes of a cluster: its names, its portrait, what catalogs say of it.
const CLUSTER_BYTES: u64 = 12_000;
/// Bytes of a value while its column is ranked, and columns that are ranked at a time.
const RANKED_BYTES: u64 = 2 * 24;

/// Bytes of the descriptions of `clusters` clusters, which part the customers, in `n_columns` numeric columns and all attributes.
///
/// A level is listed where it occurs: of L levels, spread over customers at random, L·(1 − exp(−n/(k·L))) occur in a cluster.
pub(crate) fn bytes(table: &TableShape, n_columns: u64, clusters: u64) -> u64 {
    let (n, k) = (table.n_rows as f64, clusters.max(1) as f64);
    let listed = |n_levels: f64| k * n_levels * (1.0 - (-n / (k * n_levels.max(1.0))).exp());
    let levels = table.described.iter().map(|one| {
        listed(one.n_levels as f64) * (LEVEL_BYTES + 2.0 * one.text_bytes as f64)
    });
    levels.sum::<f64>() as u64 + clusters * (n_columns * COLUMN_BYTES + CLUSTER_BYTES)
}

/// Bytes of the columns of `n` customers that are ranked at a time.
pub(crate) fn ranking_bytes(n: u64) -> u64 {
    RANKED_BYTES * n
}
