use rayon::prelude::*;

use super::model::margin;
use super::tile::{TileNearest, TileNearestTwo};
use super::{Centroids, KMeansModel};
use crate::matrix::{TILE_ROWS, TiledMatrix, reduce};
use crate::metrics::{ClusterId, Partition};

/// The clusters of all rows of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The nearest centroid of every row.
    pub partition: Partition,
    /// Who came second; `None` when there is one cluster only.
    pub runners_up: Option<RunnersUp>,
    /// Σ of the squared distances to the nearest centroid.
    pub inertia: f64,
}

/// The second nearest centroid of every row.
#[derive(Debug, Clone, PartialEq)]
pub struct RunnersUp {
    /// The second nearest centroid.
    pub clusters: Vec<ClusterId>,
    /// (d₂ − d₁) / (d₂ + d₁), Euclidean; 0 where both distances are 0. See [`Nearest::margin`](super::Nearest::margin).
    pub margins: Vec<f32>,
}

impl KMeansModel {
    /// The cluster, the runner-up and the margin of every row of `matrix`: [`nearest`](KMeansModel::nearest) in bulk.
    ///
    /// Time O(n·k·d), in parallel over tiles.
    ///
    /// # Panics
    /// When the matrix has another number of features than the model.
    pub fn assign(&self, matrix: &TiledMatrix) -> Assignment {
        assert_eq!(matrix.n_features(), self.centroids.n_features(), "matrix and model have the same features");
        if self.k() == 1 {
            let labels = vec![Some(ClusterId::new(0)); matrix.n_customers()];
            let inertia = inertia(matrix, &self.centroids);
            return Assignment { partition: Partition::new(labels, 1), runners_up: None, inertia };
        }
        let n = matrix.n_customers();
        let mut labels = vec![None; n];
        let mut clusters = vec![ClusterId::new(0); n];
        let mut margins = vec![0.0; n];
        let inertias: Vec<f64> = labels
            .par_chunks_mut(TILE_ROWS)
            .zip(clusters.par_chunks_mut(TILE_ROWS))
            .zip(margins.par_chunks_mut(TILE_ROWS))
            .enumerate()
            .map(|(t, ((labels, clusters), margins))| {
                let two = TileNearestTwo::of(&matrix.tile(t), &self.centroids);
                for i in 0..labels.len() {
                    labels[i] = Some(ClusterId::from(two.nearest.label[i]));
                    clusters[i] = ClusterId::from(two.runner_up.label[i]);
                    margins[i] = margin(two.nearest.distance2[i], two.runner_up.distance2[i]);
                }
                two.nearest.distance2[..labels.len()].iter().sum()
            })
            .collect();
        Assignment {
            partition: Partition::new(labels, self.k()),
            runners_up: Some(RunnersUp { clusters, margins }),
            inertia: reduce::ordered_sum(inertias.len(), &|t| inertias[t]),
        }
    }
}

/// Σ of the squared distances of all rows to their nearest centroid.
pub(super) fn inertia(matrix: &TiledMatrix, centroids: &Centroids) -> f64 {
    reduce::ordered_sum(matrix.n_tiles(), &|t| {
        let tile = matrix.tile(t);
        TileNearest::of(&tile, centroids).distance2[..tile.n_rows()].iter().sum()
    })
}

/// The nearest centroid of every row, without runners-up.
pub(super) fn labels(matrix: &TiledMatrix, centroids: &Centroids) -> Partition {
    let mut labels = vec![None; matrix.n_customers()];
    labels.par_chunks_mut(TILE_ROWS).enumerate().for_each(|(t, labels)| {
        let nearest = TileNearest::of(&matrix.tile(t), centroids);
        labels.iter_mut().zip(nearest.label).for_each(|(label, c)| *label = Some(ClusterId::from(c)));
    });
    Partition::new(labels, centroids.k())
}
