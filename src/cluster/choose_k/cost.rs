//! What the choice of k costs. Bytes were measured (docs/methods.md).

use super::curve::{STARTS, n_sample_rows};
use super::reference::REFERENCES;
use crate::cluster::kmeans::{fit_bytes, fit_seconds, fits_bytes, starts};
use crate::config::{Auto, KMeansPlan};
use crate::matrix::axes_seconds;
use crate::metrics::internal::{all_pairs_seconds, measured_bytes, silhouette_bytes, silhouette_seconds};

/// Bytes of a value of a table like the customers, from which references are drawn, and of the references: quantiles, scores, axes.
const SOURCE_BYTES: u64 = 60;
/// Bytes of a value of a reference: its coordinates, where they lead, and the value itself, twice.
const REFERENCE_BYTES: u64 = 24;
/// Bytes of an entry of a matrix of features × features: covariances, axes, and the sums that lead to them.
const AXES_BYTES: u64 = 24;

/// Multiplications in a second that draw a reference.
const DRAWN: f64 = 2.5e9;

/// The number of clusters of all k of the plan together, the largest k, and how many there are.
fn ks(plan: &KMeansPlan) -> (u64, u64, u64) {
    match plan.k {
        Auto::Given(k) => (k as u64, k as u64, 1),
        Auto::Auto => {
            let (low, high) = plan.k_range.into();
            let (low, high) = (low as u64, high as u64);
            ((low..=high).sum(), high, high + 1 - low)
        }
    }
}

/// Bytes while k is chosen for `n` rows with `d` features by `threads` threads, beside the matrix: the labels of every k with
/// their silhouettes, and what the fits at a time, a silhouette or the references need, whichever is most.
pub(crate) fn bytes(plan: &KMeansPlan, n: u64, d: u64, threads: u64) -> u64 {
    let (clusters, most, n_fits) = ks(plan);
    let kept = 4 * n * n_fits + measured_bytes(n, n_fits);
    let rows = n_sample_rows(n as usize, d as usize, most as usize) as u64;
    let reference =
        REFERENCE_BYTES * rows * d + fit_bytes(rows, d, most) + 20 * rows * n_fits + silhouette_bytes(rows, clusters);
    let references = SOURCE_BYTES * rows * d + AXES_BYTES * d * d + threads * reference;
    let fits = fits_bytes(plan.n_init, n, d, most, n_fits, threads);
    kept + fits.max(silhouette_bytes(n, clusters)).max(references)
}

/// Seconds of one thread for every k of the plan: fits, silhouettes and references. A verdict that is close asks for more
/// references, which nobody can foresee.
pub(crate) fn seconds(plan: &KMeansPlan, n: f64, d: f64) -> f64 {
    let (clusters, most, _) = ks(plan);
    let clusters = clusters as f64;
    let rows = n_sample_rows(n as usize, d as usize, most as usize) as f64;
    // References of more features than rows are fitted in as many dimensions as they have rows.
    let few = d.min(rows);
    let drawn = rows * few * (d + few / 2.0) / DRAWN;
    let starts_each = plan.few_starts(STARTS) as f64;
    let reference = drawn + all_pairs_seconds(rows, few) + fit_seconds(rows, few, clusters, starts_each, plan.max_iter);
    fit_seconds(n, d, clusters, starts(plan.init, plan.n_init, n as u64, most), plan.max_iter)
        + silhouette_seconds(n, d)
        + 2.0 * axes_seconds(rows, d, d)
        + (2 * REFERENCES) as f64 * reference
}
