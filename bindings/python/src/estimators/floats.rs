//! Matrices of numpy.

use numpy::PyReadonlyArray2;
use numpy::ndarray::{ArrayView2, Axis};
use pyo3::prelude::*;
use rayon::prelude::*;
use segmint::cluster::kmeans::Precision;
use segmint::matrix::TiledMatrix;

/// Rows that a thread copies at a time.
pub(super) const PART_ROWS: usize = 4096;
/// Rows of which a column is copied at a time; they stay in the first cache level meanwhile.
const BLOCK_ROWS: usize = 256;

/// A matrix of numpy.
#[derive(FromPyObject)]
pub(super) enum Floats<'py> {
    Single(PyReadonlyArray2<'py, f32>),
    Double(PyReadonlyArray2<'py, f64>),
}

/// The same where the lock of Python is not held.
#[derive(Clone, Copy)]
pub(super) enum View<'a> {
    Single(ArrayView2<'a, f32>),
    Double(ArrayView2<'a, f64>),
}

impl Floats<'_> {
    pub(super) fn view(&self) -> View<'_> {
        match self {
            Floats::Single(array) => View::Single(array.as_array()),
            Floats::Double(array) => View::Double(array.as_array()),
        }
    }
}

/// A feature whose values are more than so many ranges away from 0 is measured from its middle: `f32` would leave it too few digits.
const FAR: f64 = 256.0;

impl View<'_> {
    /// What is taken from the values of every feature before they are rounded: the middle of one that lies far from 0, else 0.
    pub(super) fn shift(self) -> Vec<f64> {
        match self {
            View::Single(values) => vec![0.0; values.ncols()],
            View::Double(values) => ranges(values).into_iter().map(|(low, high)| middle_if_far(low, high)).collect(),
        }
    }

    /// The matrix of the values less their `shift`; on failure what is not in the range of `f32`.
    pub(super) fn matrix(self, shift: &[f64]) -> Result<TiledMatrix, String> {
        match self {
            View::Single(values) => {
                tiled(values, |x, j| if shift[j] == 0.0 { x } else { (f64::from(x) - shift[j]) as f32 })
            }
            View::Double(values) => tiled(values, |x, j| (x - shift[j]) as f32),
        }
    }

    pub(super) fn n_features(self) -> usize {
        match self {
            View::Single(values) => values.ncols(),
            View::Double(values) => values.ncols(),
        }
    }

    pub(super) fn precision(self) -> Precision {
        match self {
            View::Single(_) => Precision::Single,
            View::Double(_) => Precision::Double,
        }
    }
}

/// The least and the largest value of every column.
fn ranges(values: ArrayView2<'_, f64>) -> Vec<(f64, f64)> {
    let d = values.ncols();
    let nothing = || vec![(f64::INFINITY, f64::NEG_INFINITY); d];
    let wider = |mut a: Vec<(f64, f64)>, b: Vec<(f64, f64)>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = (a.0.min(b.0), a.1.max(b.1)));
        a
    };
    let parts: Vec<ArrayView2<'_, f64>> = values.axis_chunks_iter(Axis(0), PART_ROWS).collect();
    let of_part = |rows: ArrayView2<'_, f64>| {
        let mut found = nothing();
        for rows in rows.axis_chunks_iter(Axis(0), BLOCK_ROWS) {
            for (range, column) in found.iter_mut().zip(rows.columns()) {
                *range = column.iter().fold(*range, |(low, high), &x| (low.min(x), high.max(x)));
            }
        }
        found
    };
    // The least of the least: how the parts were shared out does not show.
    parts.into_par_iter().map(of_part).reduce(nothing, wider)
}

fn middle_if_far(low: f64, high: f64) -> f64 {
    let middle = low + (high - low) / 2.0;
    if middle.abs() > FAR * (high - low) && middle.is_finite() && high > low { middle } else { 0.0 }
}

fn tiled<T: Copy + Into<f64> + Sync>(
    values: ArrayView2<'_, T>,
    rounded: impl Fn(T, usize) -> f32 + Sync,
) -> Result<TiledMatrix, String> {
    let (n, d) = values.dim();
    let mut builder = TiledMatrix::builder(n, d);
    let lengths: Vec<usize> = (0..n).step_by(PART_ROWS).map(|first| PART_ROWS.min(n - first)).collect();
    let mut parts: Vec<Vec<_>> = lengths.iter().map(|_| Vec::with_capacity(d)).collect();
    for column in builder.columns() {
        parts.iter_mut().zip(column.split(&lengths)).for_each(|(part, writer)| part.push(writer));
    }
    let rows: Vec<ArrayView2<'_, T>> = values.axis_chunks_iter(Axis(0), PART_ROWS).collect();
    parts.into_par_iter().zip(rows).for_each(|(mut columns, rows)| {
        let mut block = [0.0_f32; BLOCK_ROWS];
        for rows in rows.axis_chunks_iter(Axis(0), BLOCK_ROWS) {
            for (j, (writer, column)) in columns.iter_mut().zip(rows.columns()).enumerate() {
                block.iter_mut().zip(column).for_each(|(out, &x)| *out = rounded(x, j));
                writer.append(&block[..rows.nrows()], |x| x);
            }
        }
    });
    builder.finish().ok_or_else(|| {
        let beyond = values.indexed_iter().find(|&((_, j), &x)| !rounded(x, j).is_finite());
        let ((row, feature), &value) = beyond.expect("a value is not finite");
        let value: f64 = value.into();
        format!("row {row}, feature {feature} of X is {value:e}; segmint computes in float32, whose largest value is about 3.4e38")
    })
}
