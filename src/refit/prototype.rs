//! What recognizes the customers of a segment that is no more.

use serde::{Deserialize, Serialize};

use crate::cluster::kmeans::Centroids;
use crate::normalize::Normalizer;

/// A segment of centroids as the run that it was last in saw it: enough to say which customers it would have today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Prototype {
    /// Columns → normalized space.
    #[cfg_attr(test, schemars(with = "Vec<serde_json::Value>"))]
    pub normalizer: Normalizer,
    /// The centroids of that run.
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    pub centroids: Centroids,
    /// Which of them was the segment's.
    pub cluster: usize,
    /// How far from its centroid its customers were; see [`Reach`](super::Reach).
    pub reach: Option<f64>,
}

impl Prototype {
    /// The segment around centroid `cluster`.
    pub fn of(normalizer: &Normalizer, centroids: &Centroids, cluster: usize, reach: Option<f64>) -> Self {
        Prototype { normalizer: normalizer.clone(), centroids: centroids.clone(), cluster, reach }
    }
}
