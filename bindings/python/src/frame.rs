//! Tables that go out to Python.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef};
use arrow::error::ArrowError;
use arrow::ffi::FFI_ArrowSchema;
use arrow::ffi_stream::FFI_ArrowArrayStream;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatchIterator;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList};
use segmint::printable::printable;
use segmint::report::ScreenTable;

use crate::errors::input_error;
use crate::table::{batches, matrix};

/// Rows and columns that are shown.
const SHOWN: (usize, usize) = (10, 12);

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Frame>()
}

/// A table, as Arrow data.
///
/// Every library that reads Arrow takes it without a copy: ``polars.DataFrame(frame)``, ``pyarrow.table(frame)``,
/// ``duckdb.sql("select * from frame")``, ``pandas.DataFrame.from_arrow(frame)``. ``to_dict`` needs none of them.
#[pyclass(frozen, module = "segmint")]
pub(crate) struct Frame {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Frame {
    pub(crate) fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Frame { schema, batches }
    }

    pub(crate) fn parts(&self) -> (SchemaRef, Vec<RecordBatch>) {
        (Arc::clone(&self.schema), self.batches.clone())
    }

    fn n_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The first rows as texts; `""` is a missing value.
    fn first_rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for batch in &self.batches {
            let n = batch.num_rows().min(SHOWN.0 - rows.len());
            let options = FormatOptions::new();
            let columns: Vec<_> =
                batch.columns().iter().take(SHOWN.1).map(|column| ArrayFormatter::try_new(column, &options)).collect();
            for row in 0..n {
                let text = |column: &Result<ArrayFormatter<'_>, _>| {
                    column.as_ref().map_or_else(|_| "?".to_owned(), |column| column.value(row).to_string())
                };
                rows.push(columns.iter().map(text).collect());
            }
        }
        rows
    }

    /// The names of the columns that are shown.
    fn first_names(&self) -> Vec<String> {
        self.schema.fields().iter().take(SHOWN.1).map(|field| field.name().clone()).collect()
    }

    /// How large it is, and what is not shown.
    fn size(&self) -> String {
        let (rows, columns) = (self.n_rows(), self.schema.fields().len());
        format!("{rows} rows × {columns} columns")
    }
}

#[pymethods]
impl Frame {
    /// A table of anything that hands over Arrow data (`__arrow_c_stream__` or `__arrow_c_array__`), without a copy.
    #[new]
    fn of(data: &Bound<'_, PyAny>) -> PyResult<Frame> {
        batches(data).map(|(schema, batches)| Frame { schema, batches })
    }

    /// A table of a matrix of numbers whose columns are called `names`.
    #[staticmethod]
    fn of_matrix(array: &Bound<'_, PyAny>, names: Vec<String>) -> PyResult<Frame> {
        let batch = matrix(array, &names)?;
        Ok(Frame { schema: batch.schema(), batches: vec![batch] })
    }

    /// A table of lists: (name, kind, values), where the kind is text, int, float or bool and None is missing.
    #[staticmethod]
    fn of_columns(columns: Vec<(String, String, Bound<'_, PyAny>)>) -> PyResult<Frame> {
        let mut named: Vec<(String, ArrayRef, bool)> = Vec::new();
        for (name, kind, values) in columns {
            let array: ArrayRef = match kind.as_str() {
                "int" => Arc::new(Int64Array::from(values.extract::<Vec<Option<i64>>>()?)),
                "float" => Arc::new(Float64Array::from(values.extract::<Vec<Option<f64>>>()?)),
                "bool" => Arc::new(BooleanArray::from(values.extract::<Vec<Option<bool>>>()?)),
                _ => Arc::new(StringArray::from(values.extract::<Vec<Option<String>>>()?)),
            };
            named.push((name, array, true));
        }
        let batch = RecordBatch::try_from_iter_with_nullable(named);
        let batch = batch.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Frame { schema: batch.schema(), batches: vec![batch] })
    }

    /// The table that `__reduce__` wrote.
    #[staticmethod]
    fn from_ipc(bytes: &[u8]) -> PyResult<Frame> {
        let failed = |error: ArrowError| PyValueError::new_err(format!("this is no Arrow stream: {error}"));
        let reader = StreamReader::try_new(bytes, None).map_err(failed)?;
        let schema = reader.schema();
        Ok(Frame { schema, batches: reader.collect::<Result<_, _>>().map_err(failed)? })
    }

    /// Pickled as a stream of Arrow.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let mut bytes = Vec::new();
        let write = |bytes| -> Result<(), ArrowError> {
            let mut writer = StreamWriter::try_new(bytes, &self.schema)?;
            self.batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.finish()
        };
        write(&mut bytes).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok((py.get_type::<Frame>().getattr("from_ipc")?, (PyBytes::new(py, &bytes),)))
    }

    /// A table of a Parquet file.
    #[staticmethod]
    fn of_file(py: Python<'_>, path: PathBuf) -> PyResult<Frame> {
        let read = || -> Result<Frame, Box<dyn std::error::Error>> {
            let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path)?)?.build()?;
            let schema: SchemaRef = arrow::record_batch::RecordBatchReader::schema(&reader);
            Ok(Frame { schema, batches: reader.collect::<Result<_, _>>()? })
        };
        let read = py.detach(|| read().map_err(|error| error.to_string()));
        read.map_err(|error| input_error(py, &format!("{}: {error}", path.display()), "the run is damaged; run again"))
    }

    /// The Arrow stream that other libraries read, once for every call.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // Whoever asks for other types gets what there is, as the protocol allows.
        let _ = requested_schema;
        let reader = RecordBatchIterator::new(self.batches.clone().into_iter().map(Ok), Arc::clone(&self.schema));
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
    }

    /// The Arrow schema that other libraries read.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.schema.as_ref());
        let schema = schema.map_err(|error| PyValueError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    fn __len__(&self) -> usize {
        self.n_rows()
    }

    /// The names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The numbers of rows and columns.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.n_rows(), self.schema.fields().len())
    }

    /// The values of the column `name` as a list; None is missing.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyList>> {
        let Ok(position) = self.schema.index_of(name) else {
            let known = self.columns().join(", ");
            return Err(PyKeyError::new_err(format!("there is no column {name:?}; there are: {known}")));
        };
        let list = PyList::empty(py);
        for batch in &self.batches {
            extend(&list, batch.column(position))?;
        }
        Ok(list)
    }

    /// The columns as lists, by name; None is missing. It needs no other library.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        for name in self.columns() {
            columns.set_item(&name, self.__getitem__(py, &name)?)?;
        }
        Ok(columns)
    }

    /// The table as a pandas data frame; through pyarrow where it is installed, else value by value.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        match py.import("pyarrow") {
            Ok(arrow) => arrow.call_method1("table", (slf,))?.call_method0("to_pandas"),
            Err(_) => py.import("pandas")?.call_method1("DataFrame", (slf.get().to_dict(py)?,)),
        }
    }

    /// The table as a polars data frame.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("polars")?.call_method1("DataFrame", (slf,))
    }

    /// The table as a pyarrow table.
    fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("pyarrow")?.call_method1("table", (slf,))
    }

    fn __repr__(&self) -> String {
        let mut table = ScreenTable::new(self.first_names());
        for row in self.first_rows() {
            table.row(row.iter().map(|text| printable(text).into_owned()));
        }
        format!("{table}\n{}", self.size())
    }

    fn _repr_html_(&self) -> String {
        let cells = |tag: &str, texts: &[String]| -> String {
            texts.iter().map(|text| format!("<{tag}>{}</{tag}>", escaped(text))).collect()
        };
        let rows: String = self.first_rows().iter().map(|row| format!("<tr>{}</tr>", cells("td", row))).collect();
        let names = cells("th", &self.first_names());
        format!("<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table><p>{}</p>", self.size())
    }
}

/// A text that is no markup, whatever it holds.
fn escaped(text: &str) -> String {
    let text = printable(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Adds the values of a column to a list.
fn extend(list: &Bound<'_, PyList>, column: &ArrayRef) -> PyResult<()> {
    let as_type = |wanted: &DataType| cast(column, wanted).map_err(|error| PyValueError::new_err(error.to_string()));
    match column.data_type() {
        DataType::Boolean => column.as_boolean().iter().try_for_each(|value| list.append(value)),
        whole if whole.is_integer() && *whole != DataType::UInt64 => {
            as_type(&DataType::Int64)?.as_primitive::<Int64Type>().iter().try_for_each(|value| list.append(value))
        }
        number if number.is_floating() => {
            as_type(&DataType::Float64)?.as_primitive::<Float64Type>().iter().try_for_each(|value| list.append(value))
        }
        _ => as_type(&DataType::Utf8)?.as_string::<i32>().iter().try_for_each(|value| list.append(value)),
    }
}
