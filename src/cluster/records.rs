//! ndarray records as a feature matrix, for linfa's traits.

use ndarray::{ArrayBase, Data, Ix2};

use super::ClusterError;
use crate::matrix::TiledMatrix;

/// The records, rounded to `f32`.
///
/// # Errors
/// When there are none, or when a value is not finite after rounding.
pub(super) fn matrix<F, D>(records: &ArrayBase<D, Ix2>) -> Result<TiledMatrix, ClusterError>
where
    F: linfa::Float,
    D: Data<Elem = F>,
{
    if records.is_empty() {
        return Err(linfa::Error::NotEnoughSamples.into());
    }
    let mut builder = TiledMatrix::builder(records.nrows(), records.ncols());
    for (mut column, values) in builder.columns().into_iter().zip(records.columns()) {
        column.fill(|i| narrowed(values[i]));
    }
    builder.finish().ok_or_else(|| {
        let outside = records.indexed_iter().find(|(_, value)| !narrowed(**value).is_finite());
        let ((row, feature), value) = outside.expect("a matrix is refused for a value that is not finite");
        ClusterError::NotFinite { row, feature, value: value.to_string() }
    })
}

/// A value rounded to `f32`; what does not fit is infinite or NaN.
pub(super) fn narrowed<F: linfa::Float>(value: F) -> f32 {
    value.to_f32().unwrap_or(f32::NAN)
}

impl From<linfa::Error> for ClusterError {
    fn from(error: linfa::Error) -> Self {
        ClusterError::Linfa(error.to_string())
    }
}
