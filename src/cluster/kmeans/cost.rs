//! What k-means costs. Rates are of one thread, as measured (docs/methods.md).

/// Products of a row's features with centroids in a second.
const PRODUCTS: f64 = 8.7e9;
/// Passes a start needs on average.
const PASSES: f64 = 20.0;

/// Seconds of fits of `n` rows with `d` features, of `clusters` clusters altogether, from `starts` starts each.
pub(crate) fn fit_seconds(n: f64, d: f64, clusters: f64, starts: usize, max_iter: usize) -> f64 {
    n * d * clusters * starts as f64 * PASSES.min(max_iter as f64) / PRODUCTS
}
