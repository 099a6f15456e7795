//! k-means.

use numpy::ndarray::{ArrayView2, Axis};
use numpy::{Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::prelude::*;
use segmint::cluster::choose_k::choose_k;
use segmint::cluster::kmeans::{Centroids, KMeansModel, KMeansParams, Precision, RowWeights, Starts};
use segmint::config::{Auto, KMeansPlan};
use segmint::monitor::Monitor;

use super::floats::{Floats, PART_ROWS};
use crate::watch::watched_in_pool;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(kmeans_fit, module)?)?;
    module.add_function(wrap_pyfunction!(kmeans_choose, module)?)?;
    module.add_function(wrap_pyfunction!(kmeans_labels, module)?)?;
    module.add_function(wrap_pyfunction!(kmeans_distances, module)?)
}

/// Centroids from Python, k × n_features, less the `shift` of the features.
fn centroids(values: &PyReadonlyArray2<'_, f64>, shift: &[f64]) -> PyResult<Centroids> {
    let values = values.as_array();
    Centroids::new(
        values
            .rows()
            .into_iter()
            .flat_map(|row| row.iter().zip(shift).map(|(x, s)| x - s).collect::<Vec<_>>())
            .collect(),
        values.ncols(),
    )
    .ok_or_else(|| PyValueError::new_err("centers must be finite numbers, at least one row of them"))
}

fn row_weights(weights: Option<&PyReadonlyArray1<'_, f64>>) -> PyResult<Option<RowWeights>> {
    let weights: Option<Vec<f64>> = weights.map(|weights| weights.as_array().iter().copied().collect());
    let checked = weights.map(|weights| RowWeights::new(&weights)).transpose();
    checked.map_err(|error| PyValueError::new_err(format!("sample_weight: {error}")))
}

/// Centroids, labels, inertia, passes, and the shift that the features were measured with.
type Fitted<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<i32>>, f64, usize, Bound<'py, PyArray1<f64>>);

fn fitted<'py>(
    py: Python<'py>,
    model: &KMeansModel,
    labels: Vec<i32>,
    n_iter: usize,
    shift: Vec<f64>,
) -> PyResult<Fitted<'py>> {
    let centers: Vec<f64> =
        model.centroids.iter().flat_map(|center| center.iter().zip(&shift).map(|(c, s)| c + s)).collect();
    let centers = PyArray1::from_vec(py, centers).reshape([model.k(), model.centroids.n_features()])?;
    Ok((centers, PyArray1::from_vec(py, labels), model.inertia, n_iter, PyArray1::from_vec(py, shift)))
}

/// Fits `n_clusters` clusters. `init` is "k-means++", "random", or a list of starts.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "parameters of an estimator, handed over once")]
fn kmeans_fit<'py>(
    py: Python<'py>,
    x: Floats<'py>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    n_clusters: usize,
    init: Init<'py>,
    n_init: Option<usize>,
    max_iter: usize,
    tol: f64,
    seed: u64,
) -> PyResult<Fitted<'py>> {
    let weights = row_weights(sample_weight.as_ref())?;
    let x = x.view();
    let shift = py.detach(|| x.shift());
    let starts = init.starts(&shift)?;
    let fit = watched_in_pool(py, None, |monitor| {
        let params = KMeansParams::new(n_clusters).max_iter(max_iter).tol(tol).seed(seed);
        let params = n_init.map_or(params.clone(), |n_init| params.n_init(n_init)).check()?;
        let matrix = match x.matrix(&shift) {
            Ok(matrix) => matrix,
            Err(beyond) => return Ok(Err(beyond)),
        };
        Ok(Ok(params.fit_multiset(matrix, weights.as_ref(), &starts, x.precision(), monitor)?))
    })?;
    let fit = fit.map_err(PyValueError::new_err)?;
    fitted(py, &fit.model, signed(&fit.labels), fit.n_iter, shift)
}

/// Where a fit begins.
#[derive(FromPyObject)]
enum Init<'py> {
    Name(String),
    Given(Vec<PyReadonlyArray2<'py, f64>>),
}

impl Init<'_> {
    fn starts(&self, shift: &[f64]) -> PyResult<Starts> {
        Ok(match self {
            Init::Name(name) if name == "random" => Starts::Random,
            Init::Name(_) => Starts::PlusPlus,
            Init::Given(given) => {
                Starts::Given(given.iter().map(|start| centroids(start, shift)).collect::<PyResult<_>>()?)
            }
        })
    }
}

fn signed(labels: &[u32]) -> Vec<i32> {
    labels.iter().map(|&label| label as i32).collect()
}

/// Chooses the number of clusters as the program does.
#[pyfunction]
fn kmeans_choose<'py>(
    py: Python<'py>,
    x: Floats<'py>,
    n_init: Option<usize>,
    max_iter: usize,
    tol: f64,
    seed: u64,
) -> PyResult<Fitted<'py>> {
    let x = x.view();
    let shift = py.detach(|| x.shift());
    let found = watched_in_pool(py, None, |monitor| {
        let matrix = match x.matrix(&shift) {
            Ok(matrix) => matrix,
            Err(beyond) => return Ok(Err(beyond)),
        };
        let plan =
            KMeansPlan { n_init: n_init.map_or(Auto::Auto, Auto::Given), max_iter, tol, ..KMeansPlan::default() };
        let (matrix, order) = matrix.into_content_order();
        let chosen = choose_k(&matrix, &plan, seed, monitor)?;
        // Those of the fit's own matrix, found by the centroids as Python keeps them.
        let model = match x.precision() {
            Precision::Single => chosen.fit.model.in_single_precision(&matrix),
            Precision::Double => chosen.fit.model,
        };
        let mut labels = vec![0; order.len()];
        order.iter().zip(model.labels(&matrix)).for_each(|(&row, label)| labels[row as usize] = label as i32);
        Ok(Ok((model, labels, chosen.fit.n_iter)))
    })?;
    let (model, labels, n_iter) = found.map_err(PyValueError::new_err)?;
    fitted(py, &model, labels, n_iter, shift)
}

/// The nearest of `centers` of every row, the lowest among equals, and the inertia; `shift` is that of the fit.
#[pyfunction]
#[pyo3(signature = (x, centers, shift, sample_weight=None))]
fn kmeans_labels<'py>(
    py: Python<'py>,
    x: Floats<'py>,
    centers: PyReadonlyArray2<'py, f64>,
    shift: PyReadonlyArray1<'py, f64>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
) -> PyResult<(Bound<'py, PyArray1<i32>>, f64)> {
    let weights = row_weights(sample_weight.as_ref())?;
    let shift: Vec<f64> = shift.as_array().iter().copied().collect();
    let centroids = centroids(&centers, &shift)?;
    let x = x.view();
    let found = watched_in_pool(py, None, |_: &Monitor| {
        Ok(x.matrix(&shift).map(|matrix| {
            let model = KMeansModel { sizes: vec![0; centroids.k()], centroids, inertia: 0.0 };
            let labels = model.labels(&matrix);
            let inertia = model.inertia_of(&matrix, &labels, weights.as_ref());
            (signed(&labels), inertia)
        }))
    })?;
    let (labels, inertia) = found.map_err(PyValueError::new_err)?;
    Ok((PyArray1::from_vec(py, labels), inertia))
}

/// The Euclidean distance of every row to each of `centers`, n × k, from the values as they are given, in `f64`.
#[pyfunction]
fn kmeans_distances<'py>(
    py: Python<'py>,
    x: Floats<'py>,
    centers: PyReadonlyArray2<'py, f64>,
) -> PyResult<Bound<'py, PyAny>> {
    let centroids = centroids(&centers, &vec![0.0; x.view().n_features()])?;
    match &x {
        Floats::Single(x) => Ok(distances(py, x.as_array(), &centroids, |x| x as f32)?.into_any()),
        Floats::Double(x) => Ok(distances(py, x.as_array(), &centroids, |x| x)?.into_any()),
    }
}

fn distances<'py, T: Element + Copy + Into<f64> + Send + Sync>(
    py: Python<'py>,
    x: ArrayView2<'_, T>,
    centroids: &Centroids,
    rounded: impl Fn(f64) -> T + Sync,
) -> PyResult<Bound<'py, PyArray2<T>>> {
    let (n, k) = (x.nrows(), centroids.k());
    let out = watched_in_pool(py, None, |_: &Monitor| {
        let mut out: Vec<T> = vec![rounded(0.0); n * k];
        let rows: Vec<ArrayView2<'_, T>> = x.axis_chunks_iter(Axis(0), PART_ROWS).collect();
        out.par_chunks_mut(PART_ROWS * k).zip(rows).for_each(|(out, rows)| {
            let mut row = vec![0.0; x.ncols()];
            for (out, values) in out.chunks_exact_mut(k).zip(rows.rows()) {
                row.iter_mut().zip(values).for_each(|(wide, &x)| *wide = x.into());
                for (out, centroid) in out.iter_mut().zip(centroids.iter()) {
                    let squared = row.iter().zip(centroid).fold(0.0, |sum, (x, c)| sum + (x - c) * (x - c));
                    *out = rounded(f64::sqrt(squared));
                }
            }
        });
        Ok(out)
    })?;
    PyArray1::from_vec(py, out).reshape([n, k])
}
