//! DBSCAN behind linfa's traits, for users of linfa and ndarray.
//!
//! Arrays are n_customers × n_features. Values are rounded to `f32`, the precision segmint clusters in.

use linfa::ParamGuard;
use linfa::dataset::{AsTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace, Transformer};
use ndarray::{Array1, ArrayBase, Data, Ix2};

use super::{DbscanModel, DbscanParams, DbscanValidParams};
use crate::cluster::{ClusterError, records};
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
    /// The cluster of every row, `None` for noise.
    fn transform(&self, records: &ArrayBase<D, Ix2>) -> Result<Array1<Option<usize>>, ClusterError> {
        let fit = DbscanValidParams::fit(self, &records::matrix(records)?, &Monitor::silent())?;
        Ok(fit.partition.labels().iter().map(|label| label.map(|cluster| cluster.index())).collect())
    }
}

impl<F, D, T> Fit<ArrayBase<D, Ix2>, T, ClusterError> for DbscanValidParams
where
    F: linfa::Float,
    D: Data<Elem = F>,
    T: AsTargets,
{
    type Object = DbscanModel;

    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<DbscanModel, ClusterError> {
        Ok(DbscanValidParams::fit(self, &records::matrix(dataset.records())?, &Monitor::silent())?.model)
    }
}

/// ```
/// use linfa::prelude::*;
/// use ndarray::array;
/// use segmint::cluster::dbscan::DbscanParams;
/// let customers = DatasetBase::from(array![[0.0], [1.0], [2.0], [50.0]]);
/// let model = DbscanParams::new(1.0, 2).fit(&customers)?;
/// assert_eq!(model.predict(&array![[2.5], [40.0]]), array![Some(0), None]);
/// # Ok::<(), segmint::cluster::ClusterError>(())
/// ```
impl<F: linfa::Float, D: Data<Elem = F>> PredictInplace<ArrayBase<D, Ix2>, Array1<Option<usize>>> for DbscanModel {
    /// Writes the lowest-numbered cluster within eps of every row; see [`DbscanModel::score`].
    fn predict_inplace(&self, records: &ArrayBase<D, Ix2>, labels: &mut Array1<Option<usize>>) {
        assert_eq!(records.nrows(), labels.len(), "there is a label for every row");
        for (label, row) in labels.iter_mut().zip(records.rows()) {
            let row: Vec<f32> = row.iter().map(|&value| records::narrowed(value)).collect();
            *label = self.score(&row).map(|cluster| cluster.index());
        }
    }

    fn default_target(&self, records: &ArrayBase<D, Ix2>) -> Array1<Option<usize>> {
        Array1::from_elem(records.nrows(), None)
    }
}
