//! Tables of Python as record batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray, RecordBatch};
use arrow::datatypes::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, SchemaRef, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::ffi_stream::RecordBatchStreamReader;
use arrow::record_batch::RecordBatchReader;
use arrow_pyarrow::FromPyArrow;
use pyo3::buffer::{Element, PyBuffer, ReadOnlyCell};
use pyo3::prelude::*;

use crate::errors::input_error;
use crate::frame::Frame;

/// Rows that are turned into columns at a time: their values stay in the cache until every column has its own.
const BLOCK: usize = 256;

/// The batches of anything that hands over Arrow data; nothing is copied.
pub(crate) fn batches(data: &Bound<'_, PyAny>) -> PyResult<(SchemaRef, Vec<RecordBatch>)> {
    let py = data.py();
    if let Ok(frame) = data.cast::<Frame>() {
        return Ok(frame.get().parts());
    }
    let kind = || data.get_type().fully_qualified_name().map_or_else(|_| "it".to_owned(), |name| name.to_string());
    let refused = |said: String| {
        let message = format!("a {} cannot be read as a table of customers: {said}", kind());
        input_error(
            py,
            &message,
            "give a data frame (pandas, polars, pyarrow), a path, or a matrix with features=[names]",
        )
    };
    if data.hasattr("__arrow_c_stream__")? {
        let reader = RecordBatchStreamReader::from_pyarrow_bound(data).map_err(|error| refused(said(py, &error)))?;
        let schema = reader.schema();
        // Whoever fills the stream may need Python's lock.
        let read = py.detach(|| reader.collect::<Result<Vec<_>, _>>());
        let mut batches = read.map_err(|error| refused(error.to_string()))?;
        if batches.is_empty() {
            // A table without rows has columns all the same.
            batches.push(RecordBatch::new_empty(Arc::clone(&schema)));
        }
        return Ok((schema, batches));
    }
    if data.hasattr("__arrow_c_array__")? {
        let batch = RecordBatch::from_pyarrow_bound(data).map_err(|error| refused(said(py, &error)))?;
        return Ok((batch.schema(), vec![batch]));
    }
    Err(refused("it has no Arrow data (__arrow_c_stream__)".to_owned()))
}

/// What an error says; errors of the package stay as they are.
fn said(py: Python<'_>, error: &PyErr) -> String {
    error.value(py).to_string()
}

/// The columns of a matrix of numbers, each value copied once, under `names`.
pub(crate) fn matrix(array: &Bound<'_, PyAny>, names: &[String]) -> PyResult<RecordBatch> {
    let kind: String = array.getattr("dtype")?.getattr("str")?.extract()?;
    let columns = match kind.get(1..).unwrap_or_default() {
        "f8" => columns::<Float64Type>(array)?,
        "f4" => columns::<Float32Type>(array)?,
        "i8" => columns::<Int64Type>(array)?,
        "i4" => columns::<Int32Type>(array)?,
        "i2" => columns::<Int16Type>(array)?,
        "i1" => columns::<Int8Type>(array)?,
        "u8" => columns::<UInt64Type>(array)?,
        "u4" => columns::<UInt32Type>(array)?,
        "u2" => columns::<UInt16Type>(array)?,
        "u1" => columns::<UInt8Type>(array)?,
        _ => {
            let message = format!("a matrix of {kind} is not one of numbers");
            return Err(input_error(array.py(), &message, "convert it: array.astype(float)"));
        }
    };
    let named = names.iter().cloned().zip(columns);
    RecordBatch::try_from_iter(named).map_err(|error| {
        input_error(array.py(), &error.to_string(), "features= needs one name, each of its own, for every column")
    })
}

fn columns<T>(array: &Bound<'_, PyAny>) -> PyResult<Vec<ArrayRef>>
where
    T: ArrowPrimitiveType,
    T::Native: Element,
{
    let py = array.py();
    let buffer = PyBuffer::<T::Native>::get(array)?;
    let [n_rows, n_columns] = *buffer.shape() else { unreachable!("whoever calls has looked") };
    let column = |values: Vec<T::Native>| Arc::new(PrimitiveArray::<T>::from_iter_values(values)) as ArrayRef;
    if n_rows == 0 {
        return Ok((0..n_columns).map(|_| column(Vec::new())).collect());
    }
    if let Some(values) = buffer.as_fortran_slice(py) {
        return Ok(values
            .chunks_exact(n_rows)
            .map(|part| column(part.iter().map(ReadOnlyCell::get).collect()))
            .collect());
    }
    if let Some(values) = buffer.as_slice(py) {
        let mut columns: Vec<Vec<T::Native>> = (0..n_columns).map(|_| Vec::with_capacity(n_rows)).collect();
        for block in values.chunks(BLOCK * n_columns) {
            for (j, column) in columns.iter_mut().enumerate() {
                column.extend(block.iter().skip(j).step_by(n_columns).map(ReadOnlyCell::get));
            }
        }
        return Ok(columns.into_iter().map(column).collect());
    }
    let strided = array.getattr("T")?;
    let part = |j: usize| Ok(column(PyBuffer::<T::Native>::get(&strided.get_item(j)?)?.to_vec(py)?));
    (0..n_columns).map(part).collect()
}
