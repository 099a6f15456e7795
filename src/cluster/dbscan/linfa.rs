//! DBSCAN behind linfa's traits, for users of linfa and ndarray.
//!
//! Arrays are n_customers × n_features. Values are rounded to `f32`, the precision segmint clusters in.

use linfa::ParamGuard;
use linfa::traits::{PredictInplace, Transformer};
use ndarray::{Array1, ArrayBase, Data, Ix2};

use super::{DbscanModel, DbscanParams, DbscanValidParams};
use crate::cluster::ClusterError;
use crate::matrix::TiledMatrix;
use crate::monitor::Monitor;

impl ParamGuard for DbscanParams {
    type Checked = DbscanValidParams;
    type Error = ClusterError;

    fn check_ref(&self) -> Result<&DbscanValidParams, ClusterError> {
        self.check_fields()
    }

    fn check(self) -> Result<DbscanValidParams, ClusterError> {
        DbscanParams::check(self)
    }
}

/// ```
/// use linfa::prelude::*;
/// use ndarray::array;
/// use segmint::cluster::dbscan::DbscanParams;
/// let customers = array![[0.0], [1.0], [2.0], [50.0]];
/// let labels = DbscanParams::new(1.0, 2).check()?.transform(&customers)?;
/// assert_eq!(labels, array![Some(0), Some(0), Some(0), None]);
/// # Ok::<(), segmint::cluster::ClusterError>(())
/// ```
impl<F: linfa::Float, D: Data<Elem = F>> Transformer<&ArrayBase<D, Ix2>, Result<Array1<Option<usize>>, ClusterError>>
    for DbscanValidParams
{
    /// The cluster of every row, `None` for noise; no rows have no labels.
    fn transform(&self, records: &ArrayBase<D, Ix2>) -> Result<Array1<Option<usize>>, ClusterError> {
        if records.is_empty() {
            return Ok(Array1::from_elem(records.nrows(), None));
        }
        let matrix = matrix(records)?;
        let fit = self.fit(&matrix, &Monitor::silent())?;
        Ok(fit.partition.labels().iter().map(|label| label.map(|cluster| cluster.index())).collect())
    }
}

impl<F: linfa::Float, D: Data<Elem = F>> PredictInplace<ArrayBase<D, Ix2>, Array1<Option<usize>>> for DbscanModel {
    /// Writes the lowest-numbered cluster within eps of every row; see [`DbscanModel::score`].
    fn predict_inplace(&self, records: &ArrayBase<D, Ix2>, labels: &mut Array1<Option<usize>>) {
        assert_eq!(records.nrows(), labels.len(), "there is a label for every row");
        for (label, row) in labels.iter_mut().zip(records.rows()) {
            let row: Vec<f32> = row.iter().map(|&value| narrowed(value)).collect();
            *label = self.score(&row).map(|cluster| cluster.index());
        }
    }

    fn default_target(&self, records: &ArrayBase<D, Ix2>) -> Array1<Option<usize>> {
        Array1::from_elem(records.nrows(), None)
    }
}

fn matrix<F: linfa::Float, D: Data<Elem = F>>(records: &ArrayBase<D, Ix2>) -> Result<TiledMatrix, ClusterError> {
    let mut builder = TiledMatrix::builder(records.nrows(), records.ncols());
    for (mut column, values) in builder.columns().into_iter().zip(records.columns()) {
        column.fill(|i| narrowed(values[i]));
    }
    builder.finish().ok_or_else(|| {
        let outside = records.indexed_iter().find(|(_, value)| !narrowed(**value).is_finite());
        let ((row, feature), value) = outside.expect("a matrix is refused for a value that is not finite");
        ClusterError::NotFinite { row, feature, value: value.to_string() }
    })
}

fn narrowed<F: linfa::Float>(value: F) -> f32 {
    value.to_f32().unwrap_or(f32::NAN)
}
