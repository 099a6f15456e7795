//! DBSCAN.

use numpy::PyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use segmint::cluster::dbscan::DbscanParams;

use super::floats::Floats;
use crate::watch::watched_in_pool;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(dbscan_fit, module)?)
}

/// An array of numpy.
type Numbers<'py> = Bound<'py, PyArray1<i64>>;

/// The cluster of every row, −1 for noise, and the core rows, ascending.
#[pyfunction]
fn dbscan_fit<'py>(
    py: Python<'py>,
    x: Floats<'py>,
    eps: f64,
    min_samples: usize,
) -> PyResult<(Numbers<'py>, Numbers<'py>)> {
    let x = x.view();
    let found = watched_in_pool(py, None, |monitor| {
        let matrix = match x.matrix(&x.shift()) {
            Ok(matrix) => matrix,
            Err(beyond) => return Ok(Err(beyond)),
        };
        let fit = DbscanParams::new(eps, min_samples).check()?.fit(&matrix, monitor)?;
        let labels: Vec<i64> =
            fit.partition.labels().iter().map(|label| label.map_or(-1, |cluster| cluster.index() as i64)).collect();
        let core: Vec<i64> = (0_i64..).zip(&fit.core).filter(|(_, core)| **core).map(|(row, _)| row).collect();
        Ok(Ok((labels, core)))
    })?;
    let (labels, core) = found.map_err(PyValueError::new_err)?;
    Ok((PyArray1::from_vec(py, labels), PyArray1::from_vec(py, core)))
}
