//! k-means, DBSCAN and the whole pipeline, as scikit-learn's estimators ask for them.
//!
//! Matrices come as numpy has them, of any strides, and are read once: straight into the matrix that is computed on. The package's
//! `_estimators` has looked at everything that a user may get wrong.

mod dbscan;
mod floats;
mod kmeans;
mod segmenter;

use pyo3::prelude::*;
use segmint::config::Auto;
use segmint::limits::allowed_by;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(allowed_memory, module)?)?;
    kmeans::register(module)?;
    dbscan::register(module)?;
    segmenter::register(module)
}

/// The bytes that may be used, as `limits.memory = "auto"` counts them; None where the system does not tell.
#[pyfunction]
fn allowed_memory() -> Option<u64> {
    allowed_by(Auto::Auto)
}
