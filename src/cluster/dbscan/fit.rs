use rayon::prelude::*;

use super::components::{NONE, components};
use super::core_flags::{self, Counted};
use super::kernels::take_lowest;
use super::lowest::CoreClusters;
use super::radius::Radius;
use super::tree::{BLOCK, BlockTree};
use super::{DbscanModel, DbscanValidParams, diagnosis};
use crate::cluster::ClusterError;
use crate::matrix::TiledMatrix;
use crate::matrix::simd::{self, InstructionSet};
use crate::metrics::{ClusterId, Partition};
use crate::monitor::{Monitor, Stopped};
use crate::random::sample_rows;
use crate::{Text, Warning};

/// Blocks after which a thread asks whether to go on.
const BLOCKS_PER_STEP: usize = 32;

/// A finished DBSCAN.
#[derive(Debug, Clone)]
pub struct DbscanFit {
    /// What labels new rows.
    pub model: DbscanModel,
    /// The cluster of every row; `None` is noise. Clusters are numbered by their lowest core row.
    pub partition: Partition,
    /// Whether each row is a core row. A core row is never noise.
    pub core: Vec<bool>,
    /// Signs that the parameters or the rows give no useful clusters.
    pub warnings: Vec<Warning>,
}

impl DbscanValidParams {
    /// Finds the clusters of the rows of `matrix` (Ester, Kriegel, Sander, Xu 1996).
    ///
    /// Rows x and y are neighbours when Σ_j (x_j − y_j)² ≤ eps², computed in f64 on the matrix' values, features in
    /// ascending order, without fused operations; eps² is eps·eps rounded once. A row with at least min_samples
    /// neighbours, itself included, is a core row. Clusters are the connected components of the core rows, numbered by
    /// their lowest row. A row that is not core but has core neighbours joins the lowest-numbered of their clusters; all
    /// others are noise. These are scikit-learn's labels.
    ///
    /// Memory beside the matrix: a copy of the values and about 26 bytes a row; never a list of neighbours. The result does not depend on the
    /// number of threads or the instruction set.
    ///
    /// # Errors
    /// When the monitor ends the computation.
    ///
    /// ```
    /// use segmint::cluster::dbscan::DbscanParams;
    /// use segmint::{matrix::TiledMatrix, metrics::Partition, monitor::Monitor};
    /// let matrix = TiledMatrix::from_rows(&[0.0, 1.0, 2.0, 7.0, 8.0, 9.0, 50.0], 1).unwrap();
    /// let fit = DbscanParams::new(1.0, 3).check().unwrap().fit(&matrix, &Monitor::silent()).unwrap();
    /// assert_eq!(fit.partition, Partition::from_signed(&[0, 0, 0, 1, 1, 1, -1]));
    /// assert_eq!(fit.core, [false, true, false, false, true, false, false]);
    /// ```
    pub fn fit(&self, matrix: &TiledMatrix, monitor: &Monitor) -> Result<DbscanFit, ClusterError> {
        let (n, d) = (matrix.n_customers(), matrix.n_features());
        let found = self.learn(matrix, &|i| i, n, monitor)?;
        let labels = found.labels(monitor)?;
        let core: Vec<bool> = found.by_row(false, |position| found.is_core(position));
        let core_clusters = (0..n).filter(|&i| core[i]).filter_map(|i| labels[i]).map(u32::from).collect();
        let n_clusters = found.n_clusters;
        // One copy of the rows at a time.
        drop(found);
        let model = DbscanModel::of_fit(*self, d, core_rows(matrix, &core), core_clusters, n_clusters);
        let partition = Partition::new(labels, n_clusters);
        let warnings = diagnosis::diagnose(&partition, model.n_core(), n);
        Ok(DbscanFit { model, partition, core, warnings })
    }

    /// Finds the clusters of a fixed sample of `n_sample` rows and labels all rows by them, as [`DbscanModel::score`]
    /// labels new rows. Core rows are those of the sample.
    ///
    /// A sample is sparser than the whole: eps must have been chosen for it. A sample of all rows is [`Self::fit`].
    ///
    /// # Errors
    /// When `n_sample` is 0 or the monitor ends the computation.
    pub fn fit_sampled(
        &self,
        matrix: &TiledMatrix,
        n_sample: usize,
        seed: u64,
        monitor: &Monitor,
    ) -> Result<DbscanFit, ClusterError> {
        let n = matrix.n_customers();
        if n_sample == 0 {
            let (key, value) = ("cluster.dbscan.rows", n_sample.to_string());
            return Err(ClusterError::Parameter { key, value, allowed: "\"all\" or a whole number ≥ 1" });
        }
        if n_sample >= n {
            return self.fit(matrix, monitor);
        }
        let rows = fitted_rows(n, Some(n_sample), seed);
        let found = self.learn(matrix, &|i| rows[i] as usize, n_sample, monitor)?;
        let mut core = vec![false; n];
        let mut clusters = vec![NONE; n];
        for position in (0..n_sample).filter(|&position| found.is_core(position)) {
            let row = rows[found.tree.row_at(position)] as usize;
            (core[row], clusters[row]) = (true, found.clusters.clusters()[position]);
        }
        clusters.retain(|&cluster| cluster != NONE);
        let n_clusters = found.n_clusters;
        drop(found);
        let model = DbscanModel::of_fit(*self, matrix.n_features(), core_rows(matrix, &core), clusters, n_clusters);
        let partition = model.score_matrix(matrix, monitor)?;
        let mut warnings = diagnosis::diagnose(&partition, model.n_core(), n_sample);
        let message = Text::new(
            format!("DBSCAN was fitted on a sample of {n_sample} of {n} customers; the others were labelled by it"),
            format!("DBSCAN 仅用 {n} 位客户中的 {n_sample} 位样本拟合，其余客户按该结果归类"),
        );
        warnings.insert(0, Warning::new("dbscan_sampled", message).with("n_sample", n_sample).with("n_customers", n));
        Ok(DbscanFit { model, partition, core, warnings })
    }

    /// The clusters of the rows `rows(0)` … `rows(n − 1)`.
    fn learn(
        &self,
        matrix: &TiledMatrix,
        rows: &(impl Fn(usize) -> usize + Sync),
        n: usize,
        monitor: &Monitor,
    ) -> Result<Found, Stopped> {
        let (tree, simd) = (BlockTree::over(matrix, rows, n), simd::level());
        let radius = Radius::new(self.eps_squared(), matrix.n_features());
        let counted = core_flags::count(&tree, radius, self.min_samples(), simd, monitor)?;
        let core: Vec<u32> = counted.iter().map(|counted| counted.core).collect();
        let (clusters, n_clusters) = components(&tree, &core, radius, simd, monitor)?;
        let clusters = CoreClusters::new(&tree, clusters);
        Ok(Found { tree, radius, simd, counted, clusters, n_clusters })
    }
}

/// What was found, by position in the tree.
struct Found {
    tree: BlockTree,
    radius: Radius,
    simd: InstructionSet,
    counted: Vec<Counted>,
    clusters: CoreClusters,
    n_clusters: usize,
}

impl Found {
    fn is_core(&self, position: usize) -> bool {
        self.counted[position / BLOCK].core >> (position % BLOCK) & 1 == 1
    }

    /// The label of every row: core rows have their cluster, the others look for the lowest near them, unless they are
    /// alone.
    fn labels(&self, monitor: &Monitor) -> Result<Vec<Option<ClusterId>>, Stopped> {
        let task = monitor.task("dbscan: labels", self.tree.n_rows() as u64);
        let mut clusters = self.clusters.clusters().to_vec();
        clusters.par_chunks_mut(BLOCK * BLOCKS_PER_STEP).enumerate().try_for_each(|(step, clusters)| {
            monitor.check()?;
            for (block, clusters) in (step * BLOCKS_PER_STEP..).zip(clusters.chunks_mut(BLOCK)) {
                let Counted { core, alone } = self.counted[block];
                let mut queries = self.tree.lanes(block) & !core & !alone;
                if queries != 0 {
                    let near = self.clusters.near_block(&self.tree, block, queries, self.radius, self.simd);
                    while queries != 0 {
                        let lane = take_lowest(&mut queries);
                        clusters[lane] = near[lane];
                    }
                }
            }
            task.advance(clusters.len() as u64);
            Ok(())
        })?;
        Ok(self.by_row(None, |position| (clusters[position] != NONE).then(|| ClusterId::from(clusters[position]))))
    }

    /// The values of all positions in the order of the rows.
    fn by_row<T: Copy>(&self, fill: T, of_position: impl Fn(usize) -> T) -> Vec<T> {
        let mut out = vec![fill; self.tree.n_rows()];
        (0..out.len()).for_each(|position| out[self.tree.row_at(position)] = of_position(position));
        out
    }
}

/// The rows of `matrix` whose entry in `core` is true, row-major.
fn core_rows(matrix: &TiledMatrix, core: &[bool]) -> Vec<f32> {
    let (n, d) = (core.iter().filter(|&&core| core).count(), matrix.n_features());
    let mut out = Vec::with_capacity(n * d);
    for i in (0..core.len()).filter(|&i| core[i]) {
        out.extend((0..d).map(|j| matrix.get(i, j)));
    }
    out
}

/// The rows that are fitted under `[cluster.dbscan] rows`, ascending: all, or a fixed sample.
pub(in crate::cluster) fn fitted_rows(n: usize, n_sample: Option<usize>, seed: u64) -> Vec<u32> {
    sample_rows(n, n_sample.unwrap_or(n), seed, "dbscan.rows")
}
