//! k-means and DBSCAN on matrices, as scikit-learn's estimators ask for them.

use pyo3::prelude::*;

pub(crate) fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
