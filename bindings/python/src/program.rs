//! The program `segmint`, run by the Python that it is installed in.

use std::ffi::OsString;
use std::io::Write;

use pyo3::prelude::*;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(main, module)?)
}

/// Runs the program with `arguments`, the first of them its name, and gives back its exit code; `run --workers` starts `worker`.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>, worker: Vec<OsString>) -> u8 {
    py.detach(|| {
        // Of a panic the program tells on standard error.
        drop(std::panic::take_hook());
        let exit = segmint::cli::main_with(arguments, worker);
        // A program in Rust does so when it ends; this one goes on.
        let _ = std::io::stdout().flush();
        exit as u8
    })
}
