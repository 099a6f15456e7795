//! How steadily clusters come back when the customers change a little.
//!
//! - [`Stability`] of a cluster: its mean Jaccard similarity to the cluster most like it in bootstrap samples.
//! - [`kmeans_stability`], [`dbscan_stability`]: the clusters of a fit, clustered again on every sample.
//! - [`best_matches`]: for every cluster of one partition the cluster of another that is most like it.

mod cost;
mod dbscan;
mod jaccard;
mod kmeans;
mod resample;

pub(crate) use cost::seconds;
pub(in crate::cluster) use dbscan::dbscan_at_level;
pub use dbscan::dbscan_stability;
pub use jaccard::{Match, best_matches};
pub use kmeans::{STARTS, kmeans_rows, kmeans_stability};
pub use resample::{BOOTSTRAPS, Effort, SAMPLE_ROWS};

use serde::{Deserialize, Serialize};

/// Whether a cluster is a fact about the customers or about the draw of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stability {
    /// Mean over the bootstrap samples of the largest Jaccard similarity to a cluster found there, 0 … 1.
    pub jaccard: f64,
    /// Standard error of that mean; 0 in runs of versions that did not know it.
    #[serde(default)]
    pub standard_error: f64,
    /// In one word.
    pub verdict: Steadiness,
    /// Bootstrap samples in which the cluster had members.
    pub n_bootstraps: usize,
    /// Rows the samples were drawn from.
    pub n_rows: usize,
}

/// The mean Jaccard similarity from which a cluster is stable ([`Steadiness::Valid`]).
pub const VALID: f64 = 0.75;

/// What a mean Jaccard similarity says of a cluster.
///
/// Source of the limits: Hennig (2007), "Cluster-wise assessment of cluster stability", Computational Statistics and
/// Data Analysis 52, and the documentation of his `clusterboot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Steadiness {
    /// Below 0.6: it does not come back.
    Dissolved,
    /// From 0.6: there is a pattern, but who belongs to it is doubtful.
    Pattern,
    /// From [`VALID`]: a stable cluster.
    Valid,
    /// From 0.85.
    HighlyStable,
}

impl Steadiness {
    /// The word for a mean Jaccard similarity.
    ///
    /// ```
    /// use segmint::cluster::stability::Steadiness;
    /// assert_eq!(Steadiness::of(0.85), Steadiness::HighlyStable);
    /// assert_eq!(Steadiness::of(0.599), Steadiness::Dissolved);
    /// ```
    pub fn of(jaccard: f64) -> Self {
        match jaccard {
            j if j >= 0.85 => Steadiness::HighlyStable,
            j if j >= VALID => Steadiness::Valid,
            j if j >= 0.6 => Steadiness::Pattern,
            _ => Steadiness::Dissolved,
        }
    }
}
