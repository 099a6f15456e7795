//! What DBSCAN costs. Rates are of one thread, as measured (docs/methods.md).

/// Values of rows whose neighbours are looked for in a second, where there are clusters.
const VALUES: f64 = 6e6;

/// Seconds to find the neighbours of `n` rows with `d` features.
pub(crate) fn seconds(n: f64, d: f64) -> f64 {
    n * d / VALUES
}

/// Bytes of a row beside its values: boxes, order, counts, components, labels.
const ROW_BYTES: u64 = 32;

/// Bytes of the index of `n` rows with `d` features and of the model it leads to: each has a copy of the values.
pub(crate) fn bytes(n: u64, d: u64) -> u64 {
    8 * n * d + ROW_BYTES * n
}
