//! What k-means costs. Rates are of one thread, as measured (docs/methods.md).

use super::race::{first_rows, last_rows};
use super::starts::MOST;
use crate::config::Auto;

/// Products of a row's features with centroids in a second.
const PRODUCTS: f64 = 8.7e9;
/// Passes a start needs on average.
const PASSES: f64 = 20.0;

/// Starts that `auto` makes of a small table, on average, and on all rows of a large one.
const AUTO_STARTS: (f64, f64) = (9.0, 1.5);

/// Starts of a fit of `n` rows in up to `k` clusters, as far as can be known before; those that race count by the rows they have.
pub(crate) fn starts(n_init: Auto<usize>, n: f64, k: u64) -> f64 {
    let raced = MOST as f64 * first_rows(k as usize) as f64 / n;
    match n_init {
        Auto::Auto => (AUTO_STARTS.1 + raced).min(AUTO_STARTS.0),
        Auto::Given(n_init) => n_init as f64,
    }
}

/// Seconds of fits of `n` rows with `d` features, of `clusters` clusters altogether, from `starts` starts each.
pub(crate) fn fit_seconds(n: f64, d: f64, clusters: f64, starts: f64, max_iter: usize) -> f64 {
    n * d * clusters * starts * PASSES.min(max_iter as f64) / PRODUCTS
}

/// Bytes of a row of a fit: its label and bounds, those of the best start so far, and the distances that starts are drawn by.
const ROW_BYTES: u64 = 32;

/// Bytes of a fit of `n` rows with `d` features in `k` clusters.
pub(crate) fn fit_bytes(n: u64, d: u64, k: u64) -> u64 {
    ROW_BYTES * n + k * (k + 64 * d)
}

/// Bytes of the race before it: the values of the last sample, what every start knows of its rows, and a fit a thread.
pub(crate) fn race_bytes(n_init: Auto<usize>, n: u64, d: u64, k: u64, threads: u64) -> u64 {
    let rows = last_rows(n as usize, k as usize).filter(|_| n_init == Auto::Auto).unwrap_or(0) as u64;
    rows * (4 * d + 4 * MOST as u64 + 16) + threads * fit_bytes(rows, d, k)
}
