//! What DBSCAN costs. Rates are of one thread, as measured (docs/methods.md).

/// Values of rows whose neighbours are looked for in a second, where there are clusters.
const VALUES: f64 = 6e6;

/// Seconds to find the neighbours of `n` rows with `d` features.
pub(crate) fn seconds(n: f64, d: f64) -> f64 {
    n * d / VALUES
}

/// Bytes of the index of `n` rows with `d` features: a copy of the values; boxes, order and components stay within what is
/// set aside for every row of a run.
pub(crate) fn bytes(n: u64, d: u64) -> u64 {
    4 * n * d
}
