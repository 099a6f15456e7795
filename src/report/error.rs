use crate::failure::{Category, Failure};
use crate::registry::RegistryError;
use crate::sharing::SharingError;

/// Why a run cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The run cannot be read, or not be shared.
    #[error(transparent)]
    Sharing(#[from] SharingError),
    /// A page says something else than the files it was made from: a bug.
    #[error("the report would say {shown:?} where {place} holds {found}; it was not written")]
    Contradiction {
        /// The file and the place in it.
        place: String,
        /// What the page says.
        shown: String,
        /// What the file holds.
        found: String,
    },
}

impl Failure for ReportError {
    fn category(&self) -> Category {
        match self {
            ReportError::Sharing(error) => error.category(),
            ReportError::Contradiction { .. } => Category::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            ReportError::Sharing(error) => error.hint(),
            ReportError::Contradiction { .. } => {
                Some("this is a bug in segmint, or the run's files were changed".into())
            }
        }
    }
}

impl From<RegistryError> for ReportError {
    fn from(error: RegistryError) -> Self {
        ReportError::Sharing(error.into())
    }
}
