//! What the choice of eps costs. Rates are of one thread, as measured (docs/methods.md).

use super::SAMPLE_ROWS;
use crate::metrics::internal::PAIR;

/// Values of rows whose neighbour distances make the curve, in a second.
const CURVE_VALUES: f64 = 3.3e5;
/// Terms of the distances between the rows from whose clusters eps is chosen, in a second.
const SPANNING_TERMS: f64 = 1.9e9;

/// Seconds of `threads` threads together for `n` fitted rows with `d` features: the spanning tree is one thread's work, for
/// which the others wait.
pub(crate) fn seconds(n: f64, d: f64, threads: f64) -> f64 {
    let sampled = n.min(SAMPLE_ROWS as f64);
    sampled * d / CURVE_VALUES + threads * sampled * sampled / 2.0 * (d + PAIR) / SPANNING_TERMS
}
