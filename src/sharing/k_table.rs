use serde::Serialize;

use super::{Screen, Shown};
use crate::cluster::choose_k::KRow;

/// What was measured of one number of clusters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedK {
    /// The number of clusters.
    pub k: usize,
    /// The mean silhouette.
    pub silhouette: Option<f64>,
    /// Its standard error, when it was measured on a sample.
    pub standard_error: Option<f64>,
    /// By how much it exceeds that of references without structure.
    pub excess: Option<f64>,
    /// The mean silhouette of the references.
    pub reference_mean: Option<f64>,
    /// Their standard deviation.
    pub reference_sd: Option<f64>,
    /// Calinski and Harabasz's index.
    pub calinski_harabasz: Option<f64>,
    /// Davies and Bouldin's index.
    pub davies_bouldin: Option<f64>,
    /// Σ of the squared distances to the nearest centroid.
    pub inertia: f64,
    /// The share of the customers in the smallest cluster.
    pub smallest_share: Shown<f64>,
    /// Whether that cluster is large enough for the k to be chosen.
    pub admissible: bool,
    /// The stability of the cluster that comes back least.
    pub weakest_stability: Option<f64>,
    /// Whether the excess is larger than at the neighbouring k.
    pub local_maximum: bool,
    /// Whether this is the k of the delivered clusters.
    pub chosen: bool,
}

impl SharedK {
    pub(super) fn of(screen: &Screen<'_>, row: &KRow) -> Self {
        SharedK {
            k: row.k,
            silhouette: row.silhouette,
            standard_error: row.standard_error,
            excess: row.excess,
            reference_mean: row.reference_mean,
            reference_sd: row.reference_sd,
            calinski_harabasz: row.calinski_harabasz,
            davies_bouldin: row.davies_bouldin,
            inertia: row.inertia,
            smallest_share: Shown::when(screen.smallest_is_shown(row), row.smallest_share),
            admissible: row.admissible,
            weakest_stability: row.weakest_stability,
            local_maximum: row.local_maximum,
            chosen: row.chosen,
        }
    }
}
