use serde::{Deserialize, Serialize};

use crate::matrix::TiledMatrix;

/// k points in feature space, k × n_features, row-major.
///
/// ```
/// use segmint::cluster::kmeans::Centroids;
/// let centroids = Centroids::new(vec![0.0, 1.0, 5.0, 6.0], 2).unwrap();
/// assert_eq!((centroids.k(), centroids.get(1)), (2, &[5.0, 6.0][..]));
/// assert!(Centroids::new(vec![0.0, f64::NAN], 2).is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "CentroidsForm")]
pub struct Centroids {
    n_features: usize,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct CentroidsForm {
    n_features: usize,
    values: Vec<f64>,
}

impl TryFrom<CentroidsForm> for Centroids {
    type Error = String;

    fn try_from(form: CentroidsForm) -> Result<Self, Self::Error> {
        let (n_values, n_features) = (form.values.len(), form.n_features);
        Centroids::new(form.values, n_features)
            .ok_or_else(|| format!("{n_values} values are not finite centroids of {n_features} features"))
    }
}

impl Centroids {
    /// Centroids from row-major values; `None` when there are none, one is not finite or the sizes do not fit.
    pub fn new(values: Vec<f64>, n_features: usize) -> Option<Self> {
        let fits = n_features > 0 && !values.is_empty() && values.len().is_multiple_of(n_features);
        (fits && values.iter().all(|v| v.is_finite())).then_some(Centroids { n_features, values })
    }

    /// The rows `rows` of `matrix`, in that order.
    ///
    /// # Panics
    /// When there are none or one is outside the matrix.
    pub fn from_rows(matrix: &TiledMatrix, rows: &[usize]) -> Self {
        let n_features = matrix.n_features();
        let values = rows.iter().flat_map(|&i| (0..n_features).map(move |j| f64::from(matrix.get(i, j)))).collect();
        Centroids::new(values, n_features).expect("rows of a matrix are finite")
    }

    /// The number of centroids.
    pub fn k(&self) -> usize {
        self.values.len() / self.n_features
    }

    /// The number of features.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Centroid `c`.
    pub fn get(&self, c: usize) -> &[f64] {
        &self.values[c * self.n_features..][..self.n_features]
    }

    /// The centroids in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.n_features)
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values, n_features × k.
    pub(super) fn by_feature(&self) -> Vec<f64> {
        (0..self.n_features).flat_map(|j| self.iter().map(move |centroid| centroid[j])).collect()
    }

    /// The same centroids in the order `order` (new number → old number).
    pub(super) fn reordered(&self, order: &[usize]) -> Self {
        let values = order.iter().flat_map(|&c| self.get(c)).copied().collect();
        Centroids { n_features: self.n_features, values }
    }

    /// The centroids rounded to `f32`. Means of `f32` values are within their range.
    pub(super) fn in_single_precision(&self) -> Self {
        let values = self.values.iter().map(|&value| f64::from(value as f32)).collect();
        Centroids { n_features: self.n_features, values }
    }

    pub(super) fn set(&mut self, c: usize, point: impl IntoIterator<Item = f64>) {
        self.values[c * self.n_features..][..self.n_features].iter_mut().zip(point).for_each(|(v, p)| *v = p);
    }
}
