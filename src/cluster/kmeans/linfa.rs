//! k-means behind linfa's traits, for users of linfa and ndarray.
//!
//! Arrays are n_customers × n_features. Values are rounded to `f32`, the precision segmint clusters in.

use linfa::ParamGuard;
use linfa::dataset::{AsTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace, Transformer};
use ndarray::{Array1, Array2, ArrayBase, Data, Ix2};

use super::{KMeansModel, KMeansParams, KMeansValidParams};
use crate::cluster::{ClusterError, records};
use crate::monitor::Monitor;

impl ParamGuard for KMeansParams {
    type Checked = KMeansValidParams;
    type Error = ClusterError;

    fn check_ref(&self) -> Result<&KMeansValidParams, ClusterError> {
        self.check_fields()?;
        Ok(&self.0)
    }

    fn check(self) -> Result<KMeansValidParams, ClusterError> {
        KMeansParams::check(self)
    }
}

/// ```
/// use linfa::prelude::*;
/// use ndarray::array;
/// use segmint::cluster::kmeans::KMeansParams;
/// let customers = DatasetBase::from(array![[0.0], [1.0], [2.0], [9.0], [11.0]]);
/// let model = KMeansParams::new(2).fit(&customers)?;
/// assert_eq!(model.predict(&array![[1.5], [8.0]]), array![0, 1]);
/// # Ok::<(), segmint::cluster::ClusterError>(())
/// ```
impl<F, D, T> Fit<ArrayBase<D, Ix2>, T, ClusterError> for KMeansValidParams
where
    F: linfa::Float,
    D: Data<Elem = F>,
    T: AsTargets,
{
    type Object = KMeansModel;

    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<KMeansModel, ClusterError> {
        let matrix = records::matrix(dataset.records())?;
        Ok(KMeansValidParams::fit(self, &matrix, &Monitor::silent())?.model)
    }
}

fn widened<F: linfa::Float>(row: impl IntoIterator<Item = F>) -> Vec<f64> {
    row.into_iter().map(|value| f64::from(records::narrowed(value))).collect()
}

impl<F: linfa::Float, D: Data<Elem = F>> PredictInplace<ArrayBase<D, Ix2>, Array1<usize>> for KMeansModel {
    /// Writes the number of the nearest centroid of every row.
    fn predict_inplace(&self, records: &ArrayBase<D, Ix2>, labels: &mut Array1<usize>) {
        assert_eq!(records.nrows(), labels.len(), "there is a label for every row");
        for (label, row) in labels.iter_mut().zip(records.rows()) {
            *label = self.nearest(&widened(row.iter().copied())).cluster.index();
        }
    }

    fn default_target(&self, records: &ArrayBase<D, Ix2>) -> Array1<usize> {
        Array1::zeros(records.nrows())
    }
}

impl<F: linfa::Float, D: Data<Elem = F>> Transformer<&ArrayBase<D, Ix2>, Array2<f64>> for KMeansModel {
    /// The Euclidean distance of every row to every centroid, n × k.
    fn transform(&self, records: &ArrayBase<D, Ix2>) -> Array2<f64> {
        let mut distances = Array2::zeros((records.nrows(), self.k()));
        for (row, mut out) in records.rows().into_iter().zip(distances.rows_mut()) {
            let row = widened(row.iter().copied());
            for (centroid, d) in self.centroids.iter().zip(&mut out) {
                *d = row.iter().zip(centroid).map(|(x, c)| (x - c) * (x - c)).sum::<f64>().sqrt();
            }
        }
        distances
    }
}
