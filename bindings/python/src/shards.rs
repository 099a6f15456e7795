//! Workers on other machines: an engine written in Python, and what is done where it has them.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use segmint::workers::{Engine, HeldShard, Workers};

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Shard>()
}

/// The workers of an engine written in Python, which has `reserve(n_shards, bytes)`,
/// `keep(shard, opening)` and `answers(order)`.
pub(crate) fn workers_of(engine: Py<PyAny>, n_shards: usize) -> Workers {
    Workers::of_engine(Arc::new(InPython(engine)), n_shards)
}

struct InPython(Py<PyAny>);

impl Engine for InPython {
    fn reserve(&self, n_shards: usize, bytes: u64) -> Result<(), String> {
        Python::attach(|py| {
            self.0.call_method1(py, "reserve", (n_shards, bytes)).map_err(|error| said(py, &error)).map(drop)
        })
    }

    fn keep(&self, shard: usize, opening: Vec<u8>) -> Result<(), String> {
        Python::attach(|py| {
            let opening = PyBytes::new(py, &opening);
            self.0.call_method1(py, "keep", (shard, opening)).map_err(|error| said(py, &error)).map(drop)
        })
    }

    fn answers(&self, order: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        Python::attach(|py| {
            let answers = self.0.call_method1(py, "answers", (PyBytes::new(py, order),));
            let answers = answers.and_then(|answers| answers.extract::<Vec<PyBackedBytes>>(py));
            answers
                .map_err(|error| said(py, &error))
                .map(|answers| answers.iter().map(|answer| answer.to_vec()).collect())
        })
    }
}

fn said(py: Python<'_>, error: &PyErr) -> String {
    error.value(py).to_string()
}

/// A part of a matrix, held by a worker.
#[pyclass(frozen, module = "segmint._native")]
pub(crate) struct Shard {
    held: Mutex<HeldShard>,
}

#[pymethods]
impl Shard {
    /// The shard that a message opens.
    #[new]
    fn open(py: Python<'_>, opening: &[u8]) -> PyResult<Shard> {
        let held = py.detach(|| HeldShard::open(&mut &*opening)).map_err(broken)?;
        Ok(Shard { held: Mutex::new(held) })
    }

    /// The message that answers the order in another one.
    fn answer<'py>(&self, py: Python<'py>, order: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let answer = || self.held.lock().unwrap_or_else(PoisonError::into_inner).answer(&mut &*order);
        Ok(PyBytes::new(py, &py.detach(answer).map_err(broken)?))
    }
}

fn broken(error: std::io::Error) -> PyErr {
    PyValueError::new_err(format!("this is no message of a driver: {error}"))
}
