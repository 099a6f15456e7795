//! The doors of the Python package: everything is done by the library `segmint`.
#![deny(missing_docs)]

mod estimators;
mod program;

use pyo3::prelude::*;

/// `segmint._native`; what people import is the package around it.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    program::register(module)?;
    estimators::register(module)?;
    Ok(())
}
