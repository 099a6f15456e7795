use rayon::prelude::*;

use super::bounds::{self, LANES};
use super::components::components;
use super::tree::BlockTree;
use super::{DbscanParams, DbscanValidParams};
use crate::cluster::ClusterError;
use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::metrics::{ClusterId, Partition};
use crate::monitor::{Monitor, Stopped};

/// What DBSCAN learned: the core rows and the cluster of each.
///
/// The cluster of any row is the lowest-numbered cluster among the core rows within eps, none without one. On the rows
/// of the fit this gives exactly the fit's labels: the fit itself labels them so.
#[derive(Debug, Clone)]
pub struct DbscanModel {
    params: DbscanValidParams,
    tree: BlockTree,
    /// The cluster at every position of the tree.
    clusters: Vec<u32>,
    /// The lowest cluster in every node.
    lowest: Vec<u32>,
    n_clusters: usize,
}

impl DbscanModel {
    /// Finds the clusters of the core rows: the connected components of core rows within eps, by lowest row.
    pub(super) fn of_core_rows(
        params: DbscanValidParams,
        tree: BlockTree,
        monitor: &Monitor,
    ) -> Result<DbscanModel, Stopped> {
        let clusters = components(&tree, params.eps_squared(), monitor)?;
        Ok(DbscanModel::new(params, tree, &clusters))
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
        Ok(DbscanModel::new(params, BlockTree::from_rows(core_rows, n_features), core_clusters))
    }

    fn new(params: DbscanValidParams, tree: BlockTree, by_row: &[u32]) -> Self {
        let clusters: Vec<u32> = (0..tree.n_rows()).map(|position| by_row[tree.row_at(position)]).collect();
        let mut lowest = vec![0; tree.n_nodes()];
        // Children come after their parent.
        for node in (0..tree.n_nodes()).rev() {
            lowest[node] = match tree.children(node) {
                Some((left, right)) => lowest[left].min(lowest[right]),
                None => tree.positions(node).map(|position| clusters[position]).min().expect("a leaf has rows"),
            };
        }
        let n_clusters = clusters.iter().max().map_or(0, |&highest| highest as usize + 1);
        DbscanModel { params, tree, clusters, lowest, n_clusters }
    }

    /// The parameters of the fit.
    pub fn params(&self) -> DbscanValidParams {
        self.params
    }

    /// Columns.
    pub fn n_features(&self) -> usize {
        self.tree.n_features()
    }

    /// Clusters.
    pub fn n_clusters(&self) -> usize {
        self.n_clusters
    }

    /// Core rows.
    pub fn n_core(&self) -> usize {
        self.tree.n_rows()
    }

    /// The core rows, row-major, in the order of the fitted rows.
    pub fn core_rows(&self) -> Vec<f32> {
        self.tree.to_rows()
    }

    /// The cluster of every core row, in the order of [`DbscanModel::core_rows`].
    pub fn core_clusters(&self) -> Vec<u32> {
        let mut clusters = vec![0; self.n_core()];
        for (position, &cluster) in self.clusters.iter().enumerate() {
            clusters[self.tree.row_at(position)] = cluster;
        }
        clusters
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
        let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
        self.lowest_near(&row)
    }

    /// [`DbscanModel::score`] of every row of a matrix.
    ///
    /// # Errors
    /// When the monitor ends the computation.
    ///
    /// # Panics
    /// When the matrix does not have the model's number of features.
    pub fn score_matrix(&self, matrix: &TiledMatrix, monitor: &Monitor) -> Result<Partition, ClusterError> {
        assert_eq!(matrix.n_features(), self.n_features(), "a row has the model's features");
        let labels = self.score_rows(matrix, &|i| i, matrix.n_customers(), monitor)?;
        Ok(Partition::new(labels, self.n_clusters))
    }

    /// Scores the matrix rows `rows(0)` … `rows(n − 1)`.
    pub(super) fn score_rows(
        &self,
        matrix: &TiledMatrix,
        rows: &(impl Fn(usize) -> usize + Sync),
        n: usize,
        monitor: &Monitor,
    ) -> Result<Vec<Option<ClusterId>>, Stopped> {
        let task = monitor.task("dbscan: labels", n as u64);
        let mut labels = vec![None; n];
        labels.par_chunks_mut(TILE_ROWS).enumerate().try_for_each(|(c, labels)| {
            monitor.check()?;
            let mut row = vec![0.0; self.n_features()];
            for (i, label) in labels.iter_mut().enumerate() {
                matrix.copy_row(rows(c * TILE_ROWS + i), &mut row);
                *label = self.lowest_near(&row);
            }
            task.advance(labels.len() as u64);
            Ok(())
        })?;
        Ok(labels)
    }

    fn lowest_near(&self, row: &[f64]) -> Option<ClusterId> {
        const NONE: u32 = u32::MAX;
        if self.n_core() == 0 {
            return None;
        }
        let mut best = NONE;
        self.visit(0, row, &mut best);
        (best != NONE).then(|| ClusterId::from(best))
    }

    /// Lowers `best` to the lowest cluster within eps in a node; a node that holds no lower one is left out.
    fn visit(&self, node: usize, row: &[f64], best: &mut u32) {
        let (tree, eps_squared) = (&self.tree, self.params.eps_squared());
        let bounding_box = tree.bounding_box(node);
        if self.lowest[node] >= *best || bounds::gap_to(row, bounding_box) > eps_squared {
            return;
        }
        if bounds::reach_to(row, bounding_box) <= eps_squared {
            *best = self.lowest[node];
            return;
        }
        if let Some((left, right)) = tree.children(node) {
            let gap = |child| bounds::gap_to(row, tree.bounding_box(child));
            let (near, far) = if gap(right) < gap(left) { (right, left) } else { (left, right) };
            self.visit(near, row, best);
            self.visit(far, row, best);
            return;
        }
        let mut lanes = [0.0; LANES];
        let near = bounds::distances(row, |j| tree.column(node, j), eps_squared, &mut lanes);
        let clusters = &self.clusters[tree.positions(node)];
        for (&cluster, _) in clusters.iter().zip(near).filter(|&(_, &distance)| distance <= eps_squared) {
            *best = cluster.min(*best);
        }
    }
}
