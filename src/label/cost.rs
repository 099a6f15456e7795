//! What descriptions of clusters cost. Bytes and rates of one thread were measured (docs/methods.md).

use crate::load::{IN_FLIGHT, TableShape};

/// Bytes of a level in a cluster, beside twice its text: in the profile, in the label and in the file that is read for the page.
const LEVEL_BYTES: f64 = 330.0;
/// Bytes of a column in a cluster.
const COLUMN_BYTES: u64 = 600;
/// Bytes of a cluster: its names, its portrait, what catalogs say of it.
const CLUSTER_BYTES: u64 = 12_000;
/// Levels in clusters that are listed, written and read in a second.
const LEVELS: f64 = 6e5;
/// Bytes of a value while its column is ranked.
const RANKED_BYTES: u64 = 24;

/// Bytes of the descriptions of `clusters` clusters, which part the customers, in `n_columns` numeric columns and all attributes.
///
/// A level is listed where it occurs: of L levels, spread over customers at random, L·(1 − exp(−n/(k·L))) occur in a cluster.
pub(crate) fn bytes(table: &TableShape, n_columns: u64, clusters: u64) -> u64 {
    let levels = table
        .described
        .iter()
        .map(|one| listed(table.n_rows, one.n_levels, clusters) * (LEVEL_BYTES + 2.0 * one.text_bytes as f64));
    levels.sum::<f64>() as u64 + clusters * (n_columns * COLUMN_BYTES + CLUSTER_BYTES)
}

/// The levels that are listed of one attribute in all clusters together.
fn listed(n: u64, n_levels: u64, clusters: u64) -> f64 {
    let cells = (clusters.max(1) * n_levels) as f64;
    cells * (1.0 - (-(n as f64) / cells.max(1.0)).exp())
}

/// Seconds of one thread to list the levels of all attributes in `clusters` clusters, to write them, and to read them for the page.
pub(crate) fn seconds(table: &TableShape, clusters: u64) -> f64 {
    table.described.iter().map(|one| listed(table.n_rows, one.n_levels, clusters)).sum::<f64>() / LEVELS
}

/// Bytes of the columns of `n` customers that are ranked at a time.
pub(crate) fn ranking_bytes(n: u64) -> u64 {
    IN_FLIGHT as u64 * RANKED_BYTES * n
}
