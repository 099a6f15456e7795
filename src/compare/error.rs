use crate::failure::{Category, Failure};
use crate::label::LabelError;
use crate::load::LoadError;
use crate::monitor::Stopped;

/// Why clusters could not be held against tiers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A column a tier rule needs cannot be read.
    #[error("compare.rules {rule}: {source}")]
    Rule {
        /// The rule, by its name.
        rule: String,
        /// What is wrong with the column.
        source: Box<LoadError>,
    },
    /// Customers could not be drawn to learn a rule from.
    #[error(transparent)]
    Sample(#[from] LabelError),
    /// A feature cannot be read any more.
    #[error(transparent)]
    Feature(Box<LoadError>),
    /// The user or the time limit ended the computation.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<LoadError> for CompareError {
    fn from(error: LoadError) -> Self {
        CompareError::Feature(Box::new(error))
    }
}

impl Failure for CompareError {
    fn category(&self) -> Category {
        match self {
            CompareError::Rule { source, .. } => source.category(),
            CompareError::Feature(error) => error.category(),
            CompareError::Sample(error) => error.category(),
            CompareError::Stopped(stopped) => stopped.category(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            CompareError::Rule { .. } => {
                Some("a tier rule reads numeric columns of the source; name one of them".into())
            }
            CompareError::Feature(error) => error.hint(),
            CompareError::Sample(error) => error.hint(),
            CompareError::Stopped(stopped) => stopped.hint(),
        }
    }
}
