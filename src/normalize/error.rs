use crate::failure::{Category, Failure};
use crate::load::LoadError;
use crate::monitor::Stopped;

/// Why customers cannot be normalized.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NormalizeError {
    /// `[normalize.features.NAME]` names a column that is not a feature.
    #[error("[normalize.features.{column}] names a column that is not a feature")]
    UnknownFeature {
        /// The name in the configuration.
        column: String,
        /// The feature with the most similar name, if one is similar.
        nearest: Option<String>,
    },
    /// A table without customers or without features.
    #[error("nothing to normalize: {n_customers} customers with {n_features} features")]
    Empty {
        /// Rows.
        n_customers: usize,
        /// Features.
        n_features: usize,
    },
    /// Missing values where the plan rejects them.
    #[error(
        "column {column:?} has {n_missing} missing values in {n_customers} rows (the first in row {first_row}, counted \
         from 0), and its missing policy is \"reject\""
    )]
    Missing {
        /// The column.
        column: String,
        /// Missing values.
        n_missing: usize,
        /// Rows of the table.
        n_customers: usize,
        /// The first row with a missing value, from 0.
        first_row: usize,
    },
    /// A missing value in one row to score, where the plan rejects them.
    #[error("column {column:?} is missing, and its missing policy is \"reject\"")]
    MissingValue {
        /// The column.
        column: String,
    },
    /// Every row has a missing value somewhere, and such rows are dropped.
    #[error(
        "every one of {n_customers} rows has a missing value and would be dropped; column {column:?} alone misses {n_missing}"
    )]
    AllDropped {
        /// Rows of the table.
        n_customers: usize,
        /// The column with the most missing values.
        column: String,
        /// Its missing values.
        n_missing: usize,
    },
    /// No feature is left.
    #[error("all {n_features} features are constant over {n_customers} customers")]
    AllConstant {
        /// Features of the table.
        n_features: usize,
        /// Customers that were looked at.
        n_customers: usize,
    },
    /// A value too large for the matrix.
    #[error("column {column:?}: {}{} is {normalized:e} after normalization{}, allowed are values up to {:e}",
        short(*value), row.map(|row| format!(" in row {row} (counted from 0)")).unwrap_or_default(),
        if *weight == 1.0 { String::new() } else { format!(" with weight {}", short(*weight)) }, f32::MAX)]
    Overflow {
        /// The column.
        column: String,
        /// The row of the table, from 0; `None` when one row is scored.
        row: Option<usize>,
        /// The value in original units.
        value: f64,
        /// The value after normalization.
        normalized: f64,
        /// The weight of the column.
        weight: f64,
    },
    /// A column cannot be read.
    #[error(transparent)]
    Load(Box<LoadError>),
    /// The user or the time limit ended the computation.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<LoadError> for NormalizeError {
    fn from(error: LoadError) -> Self {
        NormalizeError::Load(Box::new(error))
    }
}

/// A number in the digits that it needs, of fifteen at most: computing back leaves noise in the others.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    if rounded == 0.0 || (1e-5..1e15).contains(&rounded.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}

impl Failure for NormalizeError {
    fn category(&self) -> Category {
        match self {
            NormalizeError::UnknownFeature { .. }
            | NormalizeError::Empty { .. }
            | NormalizeError::Missing { .. }
            | NormalizeError::MissingValue { .. }
            | NormalizeError::AllDropped { .. }
            | NormalizeError::AllConstant { .. }
            | NormalizeError::Overflow { .. } => Category::Input,
            NormalizeError::Load(error) => error.category(),
            NormalizeError::Stopped(stopped) => stopped.category(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            NormalizeError::UnknownFeature { nearest, .. } => Some(match nearest {
                Some(name) => format!("did you mean {name:?}?"),
                None => "source.features lists the features; without it every numeric column is one".into(),
            }),
            NormalizeError::Missing { column, .. } | NormalizeError::MissingValue { column } => Some(format!(
                "set missing = \"median\", \"mean\", \"zero\" or \"drop\" in [normalize.features.{column}]"
            )),
            NormalizeError::AllDropped { column, .. } => {
                Some(format!("fill column {column:?} (missing = \"median\"), or take it out with source.exclude"))
            }
            NormalizeError::AllConstant { .. } => {
                Some("choose features that differ between customers, or lower normalize.clip".into())
            }
            NormalizeError::Overflow { column, normalized, weight, .. }
                if (normalized / weight.sqrt()).abs() <= f64::from(f32::MAX) =>
            {
                Some(format!("lower weight in [normalize.features.{column}]: a column of weight 4 counts four times"))
            }
            NormalizeError::Overflow { column, .. } => Some(format!(
                "set transform = \"log1p\", scale = \"standard\" or clip = 0.001 in [normalize.features.{column}]"
            )),
            NormalizeError::Empty { .. } => None,
            NormalizeError::Load(error) => error.hint(),
            NormalizeError::Stopped(stopped) => stopped.hint(),
        }
    }
}
