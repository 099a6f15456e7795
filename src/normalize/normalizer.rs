use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::config::Missing;

use super::{CategoryEncoder, FeatureNormalizer, NormalizeError};

/// The learned normalization of a table, one part a column; stored in the model file.
///
/// Numeric features are one matrix column each, in order; the columns of the categories follow. What was constant when it
/// was learned is not in it. Serialized with serde, every number comes back exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Part>", into = "Vec<Part>")]
pub struct Normalizer {
    features: Vec<FeatureNormalizer>,
    categories: Vec<CategoryEncoder>,
}

/// A column as it is stored; one without levels is numeric.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Part {
    Number(FeatureNormalizer),
    Category(CategoryEncoder),
}

impl From<Vec<Part>> for Normalizer {
    fn from(parts: Vec<Part>) -> Self {
        let mut normalizer = Normalizer::new(Vec::new(), Vec::new());
        for part in parts {
            match part {
                Part::Number(feature) => normalizer.features.push(feature),
                Part::Category(category) => normalizer.categories.push(category),
            }
        }
        normalizer
    }
}

impl From<Normalizer> for Vec<Part> {
    fn from(normalizer: Normalizer) -> Self {
        let categories = normalizer.categories.into_iter().map(Part::Category);
        normalizer.features.into_iter().map(Part::Number).chain(categories).collect()
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// The normalized row was written.
    Normalized,
    /// A value is missing where the plan drops such rows: the customer is in no cluster.
    Dropped,
}

impl Normalizer {
    pub(super) fn new(features: Vec<FeatureNormalizer>, categories: Vec<CategoryEncoder>) -> Self {
        Normalizer { features, categories }
    }

    /// The numeric features, in the order of the matrix columns.
    pub fn features(&self) -> &[FeatureNormalizer] {
        &self.features
    }

    /// The categories, in the order of the matrix columns.
    pub fn categories(&self) -> &[CategoryEncoder] {
        &self.categories
    }

    /// The names of the columns of the table: the numeric features, then the categories.
    pub fn names(&self) -> Vec<&str> {
        let categories = self.categories.iter().map(CategoryEncoder::name);
        self.features.iter().map(FeatureNormalizer::name).chain(categories).collect()
    }

    /// The matrix columns of every column of the table, in the order of [`Normalizer::names`].
    pub fn spans(&self) -> Vec<Range<usize>> {
        let widths = self.features.iter().map(|_| 1).chain(self.categories.iter().map(|c| c.levels().len()));
        let span = |start: &mut usize, width: usize| {
            let first = *start;
            *start += width;
            Some(first..*start)
        };
        widths.scan(0, span).collect()
    }

    /// Columns of the matrix.
    pub fn n_matrix_columns(&self) -> usize {
        self.features.len() + self.categories.iter().map(|category| category.levels().len()).sum::<usize>()
    }

    /// Normalizes one customer: `raw`, one value a column in the order of [`Normalizer::names`] (numbers in original
    /// units, NaN = missing; [codes](CategoryEncoder::code) of levels) → `out`, one value a matrix column.
    ///
    /// For a row of the training table the result has the same bits as the matrix. After [`RowOutcome::Dropped`] `out` is
    /// as it was.
    ///
    /// # Errors
    /// [`NormalizeError::MissingValue`] where the plan rejects missing values, [`NormalizeError::Overflow`] when a value
    /// is too large for the matrix.
    ///
    /// # Panics
    /// When `raw` has not one value a column or `out` not one a matrix column.
    pub fn apply(&self, raw: &[f64], out: &mut [f32]) -> Result<RowOutcome, NormalizeError> {
        let n_features = self.features.len();
        let shape = (n_features + self.categories.len(), self.n_matrix_columns());
        assert_eq!((raw.len(), out.len()), shape, "one value a column");
        let drops = |(feature, x): (&FeatureNormalizer, &f64)| x.is_nan() && feature.missing == Missing::Drop;
        if self.features.iter().zip(raw).any(drops) {
            return Ok(RowOutcome::Dropped);
        }
        let (numbers, mut indicators) = out.split_at_mut(n_features);
        for ((feature, &x), out) in self.features.iter().zip(raw).zip(numbers) {
            if x.is_nan() && feature.fill.is_none() {
                return Err(NormalizeError::MissingValue { column: feature.name.clone() });
            }
            let normalized = feature.apply(x);
            *out = normalized as f32;
            if !out.is_finite() {
                let (column, weight) = (feature.name.clone(), feature.weight);
                return Err(NormalizeError::Overflow { column, row: None, value: x, normalized, weight });
            }
        }
        for (category, &code) in self.categories.iter().zip(&raw[n_features..]) {
            let (own, rest) = indicators.split_at_mut(category.levels().len());
            own.fill(0.0);
            if let Some(column) = category.column(code) {
                own[column] = category.height();
            }
            indicators = rest;
        }
        Ok(RowOutcome::Normalized)
    }

    /// A point of the normalized space, such as a centroid, in original units; of the numeric features, the first columns
    /// of `point`.
    ///
    /// # Panics
    /// When `point` has fewer values than there are features.
    pub fn invert(&self, point: &[f64]) -> Vec<f64> {
        assert!(point.len() >= self.features.len(), "one value a feature");
        self.features.iter().zip(point).map(|(feature, &z)| feature.invert(z)).collect()
    }
}
