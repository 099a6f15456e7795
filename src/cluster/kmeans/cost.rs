//! What k-means costs. Rates are of one thread, as measured (docs/methods.md).

/// Products of a row's features with centroids in a second.
const PRODUCTS: f64 = 8.7e9;
/// Passes a start needs on average.
const PASSES: f64 = 20.0;

/// Seconds of fits of `n` rows with `d` features, of `clusters` clusters altogether, from `starts` starts each.
pub(crate) fn fit_seconds(n: f64, d: f64, clusters: f64, starts: usize, max_iter: usize) -> f64 {
    n * d * clusters * starts as f64 * PASSES.min(max_iter as f64) / PRODUCTS
}

/// Bytes of a row of a fit: its label and bounds, those of the best start so far, and the distances that starts are drawn by.
const ROW_BYTES: u64 = 32;

/// Bytes of a fit of `n` rows with `d` features in `k` clusters.
pub(crate) fn fit_bytes(n: u64, d: u64, k: u64) -> u64 {
    ROW_BYTES * n + k * (k + 64 * d)
}
