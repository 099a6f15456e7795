use serde::{Deserialize, Serialize};

use super::Centroids;
use super::nearest::Nearest2;
use crate::metrics::ClusterId;

/// A fitted k-means: where the centroids are and what they held when they were fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansModel {
    /// The centroids; cluster c is around centroid c.
    pub centroids: Centroids,
    /// Fitted rows of every cluster, descending unless the starts were given or weighted. Zero only when centroids coincide or a fit ran out of passes.
    pub sizes: Vec<u64>,
    /// Σ of the squared distances of the fitted rows to their nearest centroid.
    pub inertia: f64,
}

/// Where one row belongs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// The nearest centroid; the lowest one among equals.
    pub cluster: ClusterId,
    /// The squared distance to it.
    pub distance2: f64,
    /// The nearest of the other centroids; `None` when there is only one.
    pub runner_up: Option<ClusterId>,
    /// The squared distance to the runner-up; infinite when there is none.
    pub runner_up_distance2: f64,
}

impl Nearest {
    /// How clear the decision is: (d₂ − d₁) / (d₂ + d₁) with the Euclidean distances to runner-up and nearest centroid.
    ///
    /// 1 on the centroid, 0 on the border and where both distances are 0; `None` without a runner-up.
    pub fn margin(&self) -> Option<f32> {
        self.runner_up.map(|_| margin(self.distance2, self.runner_up_distance2))
    }
}

/// The margin of squared distances d1² ≤ d2².
pub(super) fn margin(nearest2: f64, runner_up2: f64) -> f32 {
    let (d1, d2) = (nearest2.sqrt(), runner_up2.sqrt());
    if d2 > 0.0 { ((d2 - d1) / (d2 + d1)) as f32 } else { 0.0 }
}

impl KMeansModel {
    /// The number of clusters.
    pub fn k(&self) -> usize {
        self.centroids.k()
    }

    /// The cluster of `row` (n_features long) and its runner-up.
    ///
    /// A row of the fitted matrix, widened, gets the label it had in the fit.
    ///
    /// ```
    /// use segmint::cluster::kmeans::KMeansParams;
    /// use segmint::matrix::TiledMatrix;
    /// use segmint::monitor::Monitor;
    /// let matrix = TiledMatrix::from_rows(&[0.0, 1.0, 2.0, 9.0, 11.0], 1).unwrap();
    /// let fit = KMeansParams::new(2).check()?.fit(&matrix, &Monitor::silent())?;
    /// let nearest = fit.model.nearest(&[4.0]);
    /// assert_eq!((nearest.cluster.index(), nearest.distance2), (0, 9.0));
    /// assert_eq!((nearest.runner_up_distance2, nearest.margin()), (36.0, Some(1.0 / 3.0)));
    /// # Ok::<(), segmint::cluster::ClusterError>(())
    /// ```
    ///
    /// # Panics
    /// When the row has another number of features.
    pub fn nearest(&self, row: &[f64]) -> Nearest {
        assert_eq!(row.len(), self.centroids.n_features(), "a row has as many values as the model has features");
        let Nearest2 { clusters: [first, second], distances2: [distance2, runner_up_distance2] } =
            Nearest2::of(row, &self.centroids);
        Nearest {
            cluster: ClusterId::new(first),
            distance2,
            runner_up: (self.k() > 1).then(|| ClusterId::new(second)),
            runner_up_distance2,
        }
    }
}
