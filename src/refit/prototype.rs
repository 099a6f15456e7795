//! What recognizes the customers of a segment that is no more.

use serde::{Deserialize, Serialize};

use super::Placed;
use crate::cluster::ClusterModel;
use crate::cluster::kmeans::{Centroids, KMeansModel};
use crate::load::CustomerTable;
use crate::monitor::Monitor;
use crate::normalize::{NormalizeError, Normalizer};

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
    /// The distance from its centroid that 99 of 100 of its customers were within, in normalized units; `None` where it is not
    /// known.
    pub reach: Option<f64>,
}

impl Prototype {
    /// The segment around centroid `cluster`.
    pub fn of(normalizer: &Normalizer, centroids: &Centroids, cluster: usize, reach: Option<f64>) -> Self {
        Prototype { normalizer: normalizer.clone(), centroids: centroids.clone(), cluster, reach }
    }

    /// Which rows of `table` would be the segment's; `None` when the table lacks a column.
    ///
    /// # Errors
    /// When a column cannot be read, or `monitor` ends the work.
    pub fn claimed(&self, table: &CustomerTable, monitor: &Monitor) -> Result<Option<Vec<bool>>, NormalizeError> {
        let mut reach = vec![None; self.centroids.k()];
        if let Some(own) = reach.get_mut(self.cluster) {
            *own = self.reach;
        }
        let (sizes, inertia) = (vec![0; self.centroids.k()], 0.0);
        let model = ClusterModel::KMeans(KMeansModel { centroids: self.centroids.clone(), sizes, inertia });
        let placed = Placed::of(table, &self.normalizer, &model, &reach, monitor)?;
        let is_claimed = |placed: &Placed, row: usize| {
            placed.clusters[row].is_some_and(|cluster| cluster.index() == self.cluster) && !placed.outside[row]
        };
        Ok(placed.map(|placed| (0..table.ids.len()).map(|row| is_claimed(&placed, row)).collect()))
    }
}
