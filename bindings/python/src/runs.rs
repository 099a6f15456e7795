//! Runs: made, found, asked. A run is known by its folder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use segmint::cli::{Asked, Failed, Wanted, compared, explained, recorded_source};
use segmint::config::Plan;
use segmint::failure::{Category, Failure};
use segmint::load::Source;
use segmint::model::FittedPipeline;
use segmint::pipeline::{Finished, run as run_pipeline, run_by, run_on, run_on_by};
use segmint::refit::Decision;
use segmint::registry::{Registry, Run, RunFolder};
use segmint::report::{Document, Excerpt, Report, terminal};
use segmint::sharing::{SharedIds, SharedRun};
use tempfile::NamedTempFile;

use crate::frame::Frame;
use crate::shards::workers_of;
use crate::table::batches;
use crate::watch::{watched, watched_in_pool};

/// What a table in memory is called in messages.
const IN_MEMORY: &str = "the table in memory";

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(run, module)?)?;
    module.add_function(wrap_pyfunction!(find, module)?)?;
    module.add_function(wrap_pyfunction!(summary, module)?)?;
    module.add_function(wrap_pyfunction!(shared, module)?)?;
    module.add_function(wrap_pyfunction!(report, module)?)?;
    module.add_function(wrap_pyfunction!(excerpt, module)?)?;
    module.add_function(wrap_pyfunction!(score, module)?)?;
    module.add_function(wrap_pyfunction!(explain, module)?)?;
    module.add_function(wrap_pyfunction!(compare, module)?)
}

/// Where customers come from.
enum Customers {
    /// The path of the plan.
    Planned,
    Paths(Vec<PathBuf>),
    Memory(Vec<RecordBatch>),
}

impl Customers {
    fn of(paths: Vec<PathBuf>, data: Option<&Bound<'_, PyAny>>) -> PyResult<Customers> {
        Ok(match data {
            Some(data) => Customers::Memory(batches(data)?.1),
            None if paths.is_empty() => Customers::Planned,
            None => Customers::Paths(paths),
        })
    }

    /// As a table, also without rows.
    fn source(self) -> Result<Source, Failed> {
        Ok(match self {
            Customers::Planned => unreachable!("whoever asks for customers names them"),
            Customers::Paths(paths) if paths.len() == 1 => Source::open_even_empty(&paths[0])?,
            Customers::Paths(paths) => Source::open_all(&paths)?,
            Customers::Memory(batches) => Source::of_batches(IN_MEMORY, batches)?,
        })
    }
}

/// The plan of a configuration file, or of settings alone.
fn plan_of(config: Option<&Path>, settings: &[String]) -> Result<Plan, segmint::config::ConfigError> {
    match config {
        Some(file) => Plan::load(file, settings),
        None => Plan::parse("", "the settings", Path::new(""), settings),
    }
}

/// Finds segments and records the run; gives its folder, its id, whether it was there already, what holds it back, and what was
/// noticed after it was safe. With an `engine`, k-means is fitted by its workers.
#[pyfunction]
#[pyo3(signature = (config, settings, paths, data, bars, engine=None, n_shards=1))]
#[expect(clippy::type_complexity, reason = "a tuple is how Python takes several results apart")]
#[expect(clippy::too_many_arguments, reason = "what Python gives by name")]
fn run(
    py: Python<'_>,
    config: Option<PathBuf>,
    settings: Vec<String>,
    paths: Vec<PathBuf>,
    data: Option<&Bound<'_, PyAny>>,
    bars: Option<Py<PyAny>>,
    engine: Option<Py<PyAny>>,
    n_shards: usize,
) -> PyResult<(PathBuf, String, bool, Option<(String, String)>, Vec<String>)> {
    let customers = Customers::of(paths, data)?;
    let workers = engine.map(|engine| workers_of(engine, n_shards));
    let done = watched(py, bars, |monitor| {
        let plan = plan_of(config.as_deref(), &settings)?;
        // What cannot be shown in the end is better known before.
        SharedIds::of(plan.report.id_salt.as_deref())?;
        let monitor = match plan.limits.time {
            Some(seconds) => monitor.clone().with_time_limit(std::time::Duration::from_secs_f64(seconds)),
            None => monitor.clone(),
        };
        let is_planned = match &customers {
            Customers::Planned => true,
            Customers::Paths(paths) => paths.len() == 1,
            Customers::Memory(_) => false,
        };
        Ok(match (is_planned, &workers) {
            (true, None) => run_pipeline(&plan, Finished::Reuse, &monitor)?,
            (true, Some(workers)) => run_by(workers, &plan, Finished::Reuse, &monitor)?,
            (false, None) => run_on(customers.source()?, &plan, Finished::Reuse, &monitor)?,
            (false, Some(workers)) => run_on_by(workers, customers.source()?, &plan, Finished::Reuse, &monitor)?,
        })
    })?;
    let held = done.gate.filter(|gate| gate.decision == Decision::Hold);
    let held = held.map(|gate| {
        let reasons: Vec<String> = gate.failed().map(|rule| rule.said(false).en).collect();
        (gate.alias, reasons.join("; "))
    });
    let id = done.folder.id.map(|id| id.to_string()).unwrap_or_default();
    let warnings = done.warnings.into_iter().map(|warning| warning.message.en).collect();
    Ok((done.folder.path, id, done.is_reused, held, warnings))
}

/// The folder of the run that `name` names in `registry`: an alias, a run id, the beginning of one, or a folder anywhere.
#[pyfunction]
fn find(py: Python<'_>, registry: PathBuf, name: &str) -> PyResult<PathBuf> {
    watched(py, None, |_| {
        let folder = Registry::open(&registry).resolve(name)?;
        // Its files are held against their checksums here, so that whoever reads one later need not.
        Run::open(&folder.path)?;
        Ok(folder.path)
    })
}

/// What a run found, on one screen.
#[pyfunction]
fn summary(py: Python<'_>, folder: PathBuf) -> PyResult<String> {
    watched(py, None, |_| Ok(plain(&Document::summary(&SharedRun::open(&folder)?))))
}

/// A document without colours.
fn plain(document: &Document) -> String {
    terminal(document, Some(100), |_tone, text| text.to_owned())
}

/// What may be shown of a run, as the JSON of `--json`.
#[pyfunction]
fn shared(py: Python<'_>, folder: PathBuf) -> PyResult<String> {
    watched(py, None, |_| Ok(serde_json::to_string(&SharedRun::open(&folder)?).expect("what may be shared is JSON")))
}

/// The report of a run, as `html` or `md`.
#[pyfunction]
fn report(py: Python<'_>, folder: PathBuf, format: &str) -> PyResult<String> {
    watched(py, None, |_| {
        let report = Report::read(&folder)?;
        Ok(if format == "md" { report.markdown(None) } else { report.html()? })
    })
}

/// Every row of a table with the segment that the run gives it.
#[pyfunction]
fn score(
    py: Python<'_>,
    folder: PathBuf,
    paths: Vec<PathBuf>,
    data: Option<&Bound<'_, PyAny>>,
    as_of: Option<String>,
    bars: Option<Py<PyAny>>,
) -> PyResult<Frame> {
    let as_of =
        as_of.map(|date| date.parse::<Date>()).transpose().map_err(|error| PyValueError::new_err(error.to_string()))?;
    let customers = Customers::of(paths, data)?;
    watched_in_pool(py, bars, |monitor| {
        let model = FittedPipeline::load(&folder.join("model.segmint"))?;
        let source = Arc::new(model.read(customers.source()?, as_of)?);
        let (schema, scored) = model.score_source(&source, monitor)?;
        Ok(Frame::new(schema, scored))
    })
}

/// Why a customer is in its segment: for people, and as the JSON of `--json`. Without a table, of that the run was made of.
#[pyfunction]
#[pyo3(signature = (folder, customer, paths, data))]
fn explain(
    py: Python<'_>,
    folder: PathBuf,
    customer: &str,
    paths: Vec<PathBuf>,
    data: Option<&Bound<'_, PyAny>>,
) -> PyResult<(String, String)> {
    let customers = Customers::of(paths, data)?;
    let answer = watched_in_pool(py, None, |_| {
        let run = folder_of(&folder)?;
        let open = |whole: &Run, model: &FittedPipeline| -> Result<_, Failed> {
            match customers {
                Customers::Planned => recorded_source(whole, model, || Ok(None)),
                customers => Ok((model.read(customers.source()?, model.as_of())?, None)),
            }
        };
        explained(&run, customer, open, None)
    })?;
    Ok((plain(&answer.document), answer.json.to_string()))
}

/// A run held against another one, or against a table of tiers in a file or in memory: for people, and as the JSON of `--json`.
#[pyfunction]
#[pyo3(signature = (folder, data, other, registry, id, tier))]
fn compare(
    py: Python<'_>,
    folder: PathBuf,
    data: Option<&Bound<'_, PyAny>>,
    other: PathBuf,
    registry: PathBuf,
    id: Option<String>,
    tier: Option<String>,
) -> PyResult<(String, String)> {
    let tiers = data.map(batches).transpose()?;
    let answer = watched_in_pool(py, None, |monitor| {
        let run = folder_of(&folder)?;
        let wanted = Wanted { id: id.as_deref(), tier: tier.as_deref(), sheet: None };
        let registry = Registry::open(&registry);
        let called = tiers.as_ref().map(|_| Path::new(IN_MEMORY));
        let asked = Asked { registry: &registry, plan: None, wanted, called, language: None };
        // A table of tiers is read from a file, whatever it was before.
        let kept = tiers.map(|(schema, batches)| written(&schema, &batches)).transpose()?;
        let other = kept.as_ref().map_or(other.as_path(), |file| file.path());
        compared(&run, &other.to_string_lossy(), asked, monitor)
    })?;
    Ok((plain(&answer.document), answer.json.to_string()))
}

/// A table in memory as a Parquet file, which goes when it is dropped.
fn written(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<NamedTempFile, NotWritten> {
    let write = || -> Result<NamedTempFile, ParquetError> {
        let file = tempfile::Builder::new().suffix(".parquet").tempfile()?;
        let mut writer = ArrowWriter::try_new(file.reopen()?, Arc::clone(schema), None)?;
        batches.iter().try_for_each(|batch| writer.write(batch))?;
        writer.close()?;
        Ok(file)
    };
    write().map_err(NotWritten)
}

/// A table of tiers that has no place in a Parquet file.
#[derive(Debug)]
struct NotWritten(ParquetError);

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the table of tiers cannot be read: {}", self.0)
    }
}

impl std::error::Error for NotWritten {}

impl Failure for NotWritten {
    fn category(&self) -> Category {
        Category::Input
    }

    fn hint(&self) -> Option<String> {
        Some("give a data frame of two columns, the id and the tier".to_owned())
    }
}

fn folder_of(folder: &Path) -> Result<RunFolder, segmint::registry::RegistryError> {
    Registry::open(folder.parent().unwrap_or(Path::new("."))).resolve(&folder.to_string_lossy())
}

/// A part of the report of a run as a piece of HTML, or as an SVG file; `None` where the run does not tell.
#[pyfunction]
fn excerpt(py: Python<'_>, folder: PathBuf, name: &str, svg: bool) -> PyResult<Option<String>> {
    let which = match name {
        "cards" => Excerpt::Cards,
        "positions" => Excerpt::Positions,
        "map" => Excerpt::Map,
        "sizes" => Excerpt::Sizes,
        "k" => Excerpt::Ks,
        "migration" => Excerpt::Migration,
        _ => return Err(PyValueError::new_err(format!("there is no picture {name:?}"))),
    };
    watched(py, None, |_| {
        let run = SharedRun::open(&folder)?;
        Ok(if svg { segmint::report::excerpt_svg(&run, which) } else { segmint::report::excerpt(&run, which) })
    })
}
