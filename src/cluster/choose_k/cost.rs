//! What the choice of k costs.

use super::curve::{ROWS_PER_CLUSTER, SAMPLE_ROWS, STARTS};
use super::reference::REFERENCES;
use crate::cluster::kmeans::fit_seconds;
use crate::config::{Auto, KMeansPlan};
use crate::metrics::internal::{all_pairs_seconds, silhouette_seconds};

/// Seconds of one thread for every k of the plan: fits, silhouettes and references. A verdict that is close asks for more
/// references, which nobody can foresee.
pub(crate) fn seconds(plan: &KMeansPlan, n: f64, d: f64) -> f64 {
    let (clusters, most) = match plan.k {
        Auto::Given(k) => (k as f64, k),
        Auto::Auto => {
            let (low, high) = plan.k_range.into();
            ((low..=high).map(|k| k as f64).sum::<f64>(), high)
        }
    };
    let rows = n.min((SAMPLE_ROWS as f64).max(ROWS_PER_CLUSTER as f64 * most as f64));
    let reference = all_pairs_seconds(rows, d) + fit_seconds(rows, d, clusters, plan.n_init.min(STARTS), plan.max_iter);
    fit_seconds(n, d, clusters, plan.n_init, plan.max_iter)
        + silhouette_seconds(n, d)
        + (2 * REFERENCES) as f64 * reference
}
