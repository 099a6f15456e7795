//! The whole pipeline: normalize, cluster, name.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use segmint::Text;
use segmint::cli::Failed;
use segmint::cluster::Evidence;
use segmint::config::Plan;
use segmint::load::Source;
use segmint::model::FittedPipeline;
use segmint::monitor::Monitor;
use segmint::pipeline::{Input, Segmentation, segment};
use serde_json::{Value, json};

use crate::table::batches;
use crate::watch::{watched, watched_in_pool};

/// What the table in memory is called in messages.
const IN_MEMORY: &str = "the table in memory";

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Model>()?;
    module.add_function(wrap_pyfunction!(segment_fit, module)?)
}

/// What was learned of a table: enough to place further customers.
#[pyclass(frozen, module = "segmint._native")]
pub(crate) struct Model(FittedPipeline);

#[pymethods]
impl Model {
    /// The model that `to_bytes` wrote.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Model> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("model.segmint");
        std::fs::write(&path, bytes)?;
        FittedPipeline::load(&path).map(Model).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// The model as its file, the same bytes for the same model.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("model.segmint");
        self.0.save(&path).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(PyBytes::new(py, &std::fs::read(&path)?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<Model>().getattr("from_bytes")?, (self.to_bytes(py)?,)))
    }

    /// The cluster of every row, −1 for rows that are dropped for missing values.
    fn labels<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let (_, batches) = batches(data)?;
        let labels = watched_in_pool(py, None, |monitor| {
            let source = self.source(batches)?;
            let (schema, scored) = self.0.score_source(&source, monitor)?;
            let column = schema.index_of("kmeans_cluster").expect("segments are those of k-means");
            let mut labels = Vec::with_capacity(source.n_rows());
            for batch in &scored {
                let clusters = batch.column(column).as_primitive::<Int32Type>();
                labels.extend(clusters.iter().map(|cluster| cluster.map_or(-1, i64::from)));
            }
            Ok(labels)
        })?;
        Ok(PyArray1::from_vec(py, labels))
    }

    /// The distance of every row to every centroid in normalized units, n × k; NaN in dropped rows.
    fn distances<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (_, batches) = batches(data)?;
        let (n, distances) = watched_in_pool(py, None, |monitor| {
            let source = self.source(batches)?;
            Ok((source.n_rows(), self.0.centroid_distances(&source, monitor)?))
        })?;
        PyArray1::from_vec(py, distances).reshape([n, self.0.kmeans().k()])
    }
}

impl Model {
    fn source(&self, batches: Vec<RecordBatch>) -> Result<Arc<Source>, Failed> {
        Ok(Arc::new(self.0.read(Source::of_batches(IN_MEMORY, batches)?, None)?))
    }
}

/// Finds the segments of a table: what was learned, the cluster of every row (−1 = dropped), and a JSON document of the rest.
#[pyfunction]
fn segment_fit<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    settings: Vec<String>,
) -> PyResult<(Model, Bound<'py, PyArray1<i64>>, String)> {
    let (_, batches) = batches(data)?;
    let (model, labels, found) = watched(py, None, |monitor: &Monitor| {
        let plan = Plan::parse("", "the settings", Path::new(""), &settings)?;
        let input = Input::of_batches(batches, &plan, monitor)?;
        let found = segment(&input, &plan, monitor)?;
        Ok((found.model(), labels(&found), document(&found, &plan)))
    })?;
    Ok((Model(model), PyArray1::from_vec(py, labels), found.to_string()))
}

fn labels(found: &Segmentation) -> Vec<i64> {
    let clustering = &found.clusterings().all[0];
    let signed = |label: &Option<_>| label.map_or(-1, |cluster: segmint::metrics::ClusterId| cluster.index() as i64);
    let labels: Vec<i64> = clustering.partition.labels().iter().map(signed).collect();
    found.normalized().rows.scatter(&labels, -1)
}

/// Segments, profiles, what was tried and what was noticed.
fn document(found: &Segmentation, plan: &Plan) -> Value {
    let say = |text: &Text| Text::get(text, plan.label.language).to_owned();
    let segments: Vec<Value> = found
        .segments()
        .map(|segment| {
            json!({
                "segment_id": segment.id, "segment": say(&segment.name), "archetype": segment.archetype, "score": segment.score(),
                "size": segment.size, "share": segment.share, "value_share": segment.value_share,
            })
        })
        .collect();
    let (table, structure) = match &found.clusterings().all[0].evidence {
        Evidence::KMeans(evidence) => (json!(evidence.table), json!(evidence.structure)),
        _ => (Value::Null, Value::Null),
    };
    let warnings: Vec<String> = found.warnings().iter().map(|warning| say(&warning.message)).collect();
    json!({
        "segments": segments, "profiles": found.profiles(), "k_table": table, "structure": structure, "warnings": warnings,
    })
}
