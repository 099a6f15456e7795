//! k-means, DBSCAN and the whole pipeline, as scikit-learn's estimators ask for them.
//!
//! Matrices come as numpy has them, of any strides, and are read once: straight into the matrix that is computed on. The package's
//! `_estimators` has looked at everything that a user may get wrong.

mod dbscan;
mod floats;
mod kmeans;
mod segmenter;

use pyo3::prelude::*;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    kmeans::register(module)?;
    dbscan::register(module)?;
    segmenter::register(module)
}
