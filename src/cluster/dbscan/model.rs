use std::sync::OnceLock;

use rayon::prelude::*;

use super::components::NONE;
use super::lowest::CoreClusters;
use super::radius::Radius;
use super::tree::BlockTree;
use super::{DbscanParams, DbscanValidParams};
use crate::cluster::ClusterError;
use crate::matrix::simd::{self, InstructionSet};
use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::metrics::{ClusterId, Partition};
use crate::monitor::{Monitor, Stopped};

/// What DBSCAN learned: the core rows and the cluster of each.
///
/// The cluster of any row is the lowest-numbered cluster among the core rows within eps, none without one. On the rows
/// of the fit this gives exactly the fit's labels.
#[derive(Debug, Clone)]
pub struct DbscanModel {
    params: DbscanValidParams,
    n_features: usize,
    n_clusters: usize,
    /// The core rows, row-major, and their clusters, where a fit left them.
    listed: Option<(Vec<f32>, Vec<u32>)>,
    /// The core rows for searching; a fit does not need it, so it is made when the first row is scored.
    index: OnceLock<Index>,
}

#[derive(Debug, Clone)]
struct Index {
    tree: BlockTree,
    clusters: CoreClusters,
}

impl Index {
    fn new(rows: &[f32], clusters: &[u32], n_features: usize) -> Self {
        let tree = BlockTree::from_rows(rows, n_features);
        let by_position = (0..tree.n_rows()).map(|position| clusters[tree.row_at(position)]).collect();
        Index { clusters: CoreClusters::new(&tree, by_position), tree }
    }
}

impl DbscanModel {
    /// A model of the core rows (row-major) that a fit found.
    pub(super) fn of_fit(
        params: DbscanValidParams,
        n_features: usize,
        core_rows: Vec<f32>,
        clusters: Vec<u32>,
        n_clusters: usize,
    ) -> Self {
        let listed = Some((core_rows, clusters));
        DbscanModel { params, n_features, n_clusters, listed, index: OnceLock::new() }
    }

    /// A model from its parts, as [`DbscanModel::core_rows`] and [`DbscanModel::core_clusters`] gave them.
    ///
    /// `core_rows` are row-major, n_core × n_features; clusters are numbered from 0 in the order of their lowest row.
    ///
    /// # Errors
    /// [`ClusterError::Parameter`] when a parameter is out of range, [`ClusterError::ModelParts`] when sizes disagree, a
    /// value is not finite or a cluster number is out of order.
    pub fn from_parts(
        eps: f64,
        min_samples: usize,
        core_rows: Vec<f32>,
        core_clusters: &[u32],
        n_features: usize,
    ) -> Result<DbscanModel, ClusterError> {
        let params = DbscanParams::new(eps, min_samples).check()?;
        let wrong = |problem: String| Err(ClusterError::ModelParts { problem });
        let (n_values, n_core) = (core_rows.len(), core_clusters.len());
        if n_features == 0 || Some(n_values) != n_core.checked_mul(n_features) {
            return wrong(format!("{n_values} values of {n_core} core rows with {n_features} features"));
        }
        if let Some(at) = core_rows.iter().position(|value| !value.is_finite()) {
            return wrong(format!("core row {} has the value {}", at / n_features, core_rows[at]));
        }
        let mut n_clusters = 0;
        for (row, &cluster) in core_clusters.iter().enumerate() {
            if cluster > n_clusters {
                return wrong(format!("core row {row} is in cluster {cluster}, the next new one is {n_clusters}"));
            }
            n_clusters = n_clusters.max(cluster + 1);
        }
        let index = OnceLock::from(Index::new(&core_rows, core_clusters, n_features));
        Ok(DbscanModel { params, n_features, n_clusters: n_clusters as usize, listed: None, index })
    }

    /// The parameters of the fit.
    pub fn params(&self) -> DbscanValidParams {
        self.params
    }

    /// Columns.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Clusters.
    pub fn n_clusters(&self) -> usize {
        self.n_clusters
    }

    /// Core rows.
    pub fn n_core(&self) -> usize {
        match &self.listed {
            Some((_, clusters)) => clusters.len(),
            None => self.index().tree.n_rows(),
        }
    }

    /// The core rows, row-major, in the order of the fitted rows.
    pub fn core_rows(&self) -> Vec<f32> {
        match &self.listed {
            Some((rows, _)) => rows.clone(),
            None => self.index().tree.to_rows(),
        }
    }

    /// The cluster of every core row, in the order of [`DbscanModel::core_rows`].
    pub fn core_clusters(&self) -> Vec<u32> {
        let Index { tree, clusters } = match &self.listed {
            Some((_, clusters)) => return clusters.clone(),
            None => self.index(),
        };
        let mut by_row = vec![0; tree.n_rows()];
        for (position, &cluster) in clusters.clusters().iter().enumerate() {
            by_row[tree.row_at(position)] = cluster;
        }
        by_row
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let (rows, clusters) = self.listed.as_ref().expect("a model has its core rows in one form or the other");
            Index::new(rows, clusters, self.n_features)
        })
    }

    /// The lowest-numbered cluster among the core rows within eps of `row`; `None` is noise.
    ///
    /// # Panics
    /// When the row does not have the model's number of features.
    ///
    /// ```
    /// use segmint::cluster::dbscan::DbscanModel;
    /// let model = DbscanModel::from_parts(1.0, 2, vec![0.0, 0.5, 9.0, 9.5], &[0, 0, 1, 1], 1).unwrap();
    /// assert_eq!(model.score(&[10.5]).map(|cluster| cluster.index()), Some(1));
    /// assert_eq!(model.score(&[5.0]), None);
    /// ```
    pub fn score(&self, row: &[f32]) -> Option<ClusterId> {
        assert_eq!(row.len(), self.n_features(), "a row has the model's features");
        self.lowest_near(row.iter().copied(), simd::level())
    }

    /// [`DbscanModel::score`] of every row of a matrix.
    ///
    /// # Errors
    /// When the monitor ends the computation.
    ///
    /// # Panics
    /// When the matrix does not have the model's number of features.
    pub fn score_matrix(&self, matrix: &TiledMatrix, monitor: &Monitor) -> Result<Partition, Stopped> {
        assert_eq!(matrix.n_features(), self.n_features(), "a row has the model's features");
        let task = monitor.task("dbscan: labels", matrix.n_customers() as u64);
        let (mut labels, simd) = (vec![None; matrix.n_customers()], simd::level());
        labels.par_chunks_mut(TILE_ROWS).enumerate().try_for_each(|(t, labels)| {
            monitor.check()?;
            let tile = matrix.tile(t);
            for (i, label) in labels.iter_mut().enumerate() {
                *label = self.lowest_near((0..self.n_features).map(|j| tile.column(j)[i]), simd);
            }
            task.advance(labels.len() as u64);
            Ok::<(), Stopped>(())
        })?;
        Ok(Partition::new(labels, self.n_clusters))
    }

    fn lowest_near(&self, row: impl Iterator<Item = f32>, simd: InstructionSet) -> Option<ClusterId> {
        let Index { tree, clusters } = self.index();
        if tree.n_rows() == 0 {
            return None;
        }
        let radius = Radius::new(self.params.eps_squared(), self.n_features);
        let lowest = clusters.near_row(tree, row, radius, simd);
        (lowest != NONE).then(|| ClusterId::from(lowest))
    }
}
