//! What the Gaussian mixture costs in memory.

/// Tables of rows × clusters and of rows × features that the fit holds at a time.
const COPIES: u64 = 3;

/// Bytes of a fit of `n` rows with `d` features in `k` clusters: values and responsibilities in double precision, covariances.
pub(crate) fn bytes(n: u64, d: u64, k: u64) -> u64 {
    8 * COPIES * (n * (d + k) + k * d * d)
}
