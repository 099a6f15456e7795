use rayon::prelude::*;

use super::distances::inertia;
use super::model::margin;
use super::pass;
use super::sums::Sums;
use super::tile::{FEW_TILES, Lanes, squared_distances};
use super::{Centroids, FeatureStats, KMeansModel, RowWeights};
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
            let inertia = inertia(matrix, &self.centroids, &vec![0; labels.len()]);
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
            .with_min_len(FEW_TILES)
            .map(|(t, ((labels, clusters), margins))| {
                let [first, second] = nearest_two(matrix.tile(t).values(), &self.centroids);
                for i in 0..labels.len() {
                    labels[i] = Some(ClusterId::from(first.label[i]));
                    clusters[i] = ClusterId::from(second.label[i]);
                    margins[i] = margin(first.distance2[i], second.distance2[i]);
                }
                first.distance2[..labels.len()].iter().sum()
            })
            .collect();
        Assignment {
            partition: Partition::new(labels, self.k()),
            runners_up: Some(RunnersUp { clusters, margins }),
            inertia: reduce::ordered_sum(inertias.len(), &|t| inertias[t]),
        }
    }
}

impl KMeansModel {
    /// The nearest centroid of every row of `matrix`, the lowest among equals: [`nearest`](KMeansModel::nearest) in bulk, without
    /// who came second and many times faster.
    ///
    /// # Panics
    /// When the matrix has another number of features than the model.
    pub fn labels(&self, matrix: &TiledMatrix) -> Vec<u32> {
        assert_eq!(matrix.n_features(), self.centroids.n_features(), "matrix and model have the same features");
        labels(matrix, &self.centroids)
    }

    /// The Euclidean distance of every row of `matrix` to every centroid, n × k, row-major.
    ///
    /// # Panics
    /// When the matrix has another number of features than the model.
    pub fn distances(&self, matrix: &TiledMatrix) -> Vec<f64> {
        assert_eq!(matrix.n_features(), self.centroids.n_features(), "matrix and model have the same features");
        let k = self.k();
        let mut distances = vec![0.0; matrix.n_customers() * k];
        let tiles = distances.par_chunks_mut(TILE_ROWS * k).enumerate();
        tiles.with_min_len(FEW_TILES).for_each(|(t, out)| {
            let mut lanes = [0.0; TILE_ROWS];
            for (c, centroid) in self.centroids.iter().enumerate() {
                squared_distances(matrix.tile(t).values(), centroid, &mut lanes);
                out.iter_mut().skip(c).step_by(k).zip(&lanes).for_each(|(out, d2)| *out = d2.sqrt());
            }
        });
        distances
    }

    /// The model with its centroids rounded to `f32`, and the sizes and the inertia that `matrix` has with them.
    pub fn in_single_precision(&self, matrix: &TiledMatrix) -> Self {
        let model = KMeansModel { centroids: self.centroids.in_single_precision(), ..self.clone() };
        let labels = model.labels(matrix);
        let mut sizes = vec![0; model.k()];
        labels.iter().for_each(|&c| sizes[c as usize] += 1);
        KMeansModel { sizes, inertia: model.inertia_of(matrix, &labels, None), ..model }
    }

    /// Σ of the squared distances of all rows to the centroid that `labels` gives them, times their weights (`None` = 1).
    ///
    /// # Panics
    /// When there is not one label and one weight a row.
    pub fn inertia_of(&self, matrix: &TiledMatrix, labels: &[u32], weights: Option<&RowWeights>) -> f64 {
        assert_eq!(labels.len(), matrix.n_customers(), "one label a row");
        match weights {
            None => inertia(matrix, &self.centroids, labels),
            Some(weights) => {
                assert_eq!(labels.len(), weights.n_rows(), "one weight a row");
                weights.inertia(matrix, &self.centroids, labels)
            }
        }
    }
}

/// A centroid of every lane of a tile, and the squared distance to it.
struct TileNearest {
    label: Lanes<u32>,
    distance2: Lanes<f64>,
}

/// The nearest and the second nearest centroid of every lane, the lowest ones among equals.
fn nearest_two(tile: &[f32], centroids: &Centroids) -> [TileNearest; 2] {
    let nobody = || TileNearest { label: [0; TILE_ROWS], distance2: [f64::INFINITY; TILE_ROWS] };
    let (mut first, mut second) = (nobody(), nobody());
    let mut candidate = [0.0; TILE_ROWS];
    for (c, centroid) in (0..).zip(centroids.iter()) {
        squared_distances(tile, centroid, &mut candidate);
        for (i, &d2) in candidate.iter().enumerate() {
            let (wins, places) = (d2 < first.distance2[i], d2 < second.distance2[i]);
            second.label[i] = if wins {
                first.label[i]
            } else if places {
                c
            } else {
                second.label[i]
            };
            second.distance2[i] = if wins {
                first.distance2[i]
            } else if places {
                d2
            } else {
                second.distance2[i]
            };
            first.label[i] = if wins { c } else { first.label[i] };
            first.distance2[i] = if wins { d2 } else { first.distance2[i] };
        }
    }
    [first, second]
}

/// The nearest centroid of every row, the lowest among equals.
pub(super) fn labels(matrix: &TiledMatrix, centroids: &Centroids) -> Vec<u32> {
    let mut assigned = pass::AssignedLanes::unassigned(matrix);
    let mut sums = Sums::zero(centroids.k(), centroids.n_features());
    pass::assign(matrix, &FeatureStats::of(matrix), centroids, None, &mut assigned, &mut sums, false);
    assigned.into_labels(matrix.n_customers())
}
