use super::core_flags::core_flags;
use super::tree::BlockTree;
use super::{DbscanModel, DbscanValidParams, diagnosis};
use crate::cluster::{ClusterError, sample};
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;
use crate::{Text, Warning};

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
    /// Memory beside the matrix: [`estimated_bytes`]; never a list of neighbours. The result does not depend on the
    /// number of threads.
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
        let n = matrix.n_customers();
        let (model, core) = self.learn(matrix, &|i| i, n, monitor)?;
        // Core rows and border rows alike get the label the model gives them.
        let partition = model.score_matrix(matrix, monitor)?;
        let warnings = diagnosis::diagnose(&partition, core.iter().filter(|&&core| core).count(), n);
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
        let (model, sampled_core) = self.learn(matrix, &|i| rows[i] as usize, n_sample, monitor)?;
        let mut core = vec![false; n];
        rows.iter().zip(&sampled_core).for_each(|(&row, &flag)| core[row as usize] = flag);
        let partition = model.score_matrix(matrix, monitor)?;
        let mut warnings = diagnosis::diagnose(&partition, model.n_core(), n_sample);
        let message = Text::new(
            format!("DBSCAN was fitted on a sample of {n_sample} of {n} customers; the others were labelled by it"),
            format!("DBSCAN 仅用 {n} 位客户中的 {n_sample} 位样本拟合,其余客户按该结果归类"),
        );
        warnings.insert(0, Warning::new("dbscan_sampled", message).with("n_sample", n_sample).with("n_customers", n));
        Ok(DbscanFit { model, partition, core, warnings })
    }

    /// The model of the rows `rows(0)` … `rows(n − 1)` and which of them are core.
    fn learn(
        &self,
        matrix: &TiledMatrix,
        rows: &(impl Fn(usize) -> usize + Sync),
        n: usize,
        monitor: &Monitor,
    ) -> Result<(DbscanModel, Vec<bool>), ClusterError> {
        let tree = BlockTree::over(matrix, rows, n);
        let core = core_flags(&tree, self.eps_squared(), self.min_samples(), monitor)?;
        // One copy of the rows at a time.
        drop(tree);
        let core_rows: Vec<u32> = (0..n as u32).filter(|&i| core[i as usize]).collect();
        let tree = BlockTree::over(matrix, |i| rows(core_rows[i] as usize), core_rows.len());
        Ok((DbscanModel::of_core_rows(*self, tree, monitor)?, core))
    }
}

/// The rows that are fitted under `[cluster.dbscan] rows`, ascending: all, or a fixed sample.
pub(in crate::cluster) fn fitted_rows(n: usize, n_sample: Option<usize>, seed: u64) -> Vec<u32> {
    sample::rows(n, n_sample.unwrap_or(n), seed, "dbscan.rows")
}

/// The most memory a fit of `n` rows with `d` features uses beside the matrix, in bytes: a copy of the values, a box per
/// node of the tree over them and about 40 bytes a row.
///
/// ```
/// assert!(segmint::cluster::dbscan::estimated_bytes(1_000_000, 8) < 100_000_000);
/// ```
pub fn estimated_bytes(n: usize, d: usize) -> u64 {
    let (n, d) = (n as u64, d as u64);
    let nodes = n / 16 + 1;
    4 * n * d + nodes * (16 + 8 * d) + 40 * n
}
