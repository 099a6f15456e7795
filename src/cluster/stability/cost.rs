//! What the stability of unmatched clusters costs.

use super::dbscan::MOST_ROWS;
use super::kmeans::WORK;
use super::{BOOTSTRAPS, SAMPLE_ROWS, STARTS};
use crate::cluster::{dbscan, kmeans};
use crate::config::{Auto, ClusterPlan};

/// The share of the rows that a draw with replacement holds.
const DRAWN: f64 = 0.632;

/// Seconds of one thread to cluster the bootstrap samples again, with k in the middle of its range, on as many rows as the
/// samples are drawn from.
pub(crate) fn seconds(plan: &ClusterPlan, n: f64, d: f64) -> f64 {
    let k = match plan.kmeans.k {
        Auto::Given(k) => k as f64,
        Auto::Auto => (plan.kmeans.k_range.low() + plan.kmeans.k_range.high()) as f64 / 2.0,
    };
    let rows = n.min(SAMPLE_ROWS as f64).min(WORK as f64 / (k * d));
    let refits = kmeans::fit_seconds(rows, d, k, plan.kmeans.few_starts(STARTS) as f64, plan.kmeans.max_iter);
    let dense = if plan.dbscan.enabled { dbscan::seconds(n.min(MOST_ROWS), d) } else { 0.0 };
    BOOTSTRAPS as f64 * DRAWN * (refits + dense)
}
