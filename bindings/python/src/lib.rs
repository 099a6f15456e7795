//! The doors of the Python package: everything is done by the library `segmint`.
#![deny(missing_docs)]

mod errors;
mod estimators;
mod frame;
mod program;
mod runs;
mod shards;
mod table;
mod watch;

use pyo3::prelude::*;

/// `segmint._native`; what people import is the package around it.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::keep_panics();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    program::register(module)?;
    frame::register(module)?;
    runs::register(module)?;
    shards::register(module)?;
    estimators::register(module)?;
    // The package says what is exported; another list would only have to be repeated in the stubs.
    module.delattr("__all__")
}
