use std::path::PathBuf;

use crate::failure::{Category, Failure};

/// Why a run cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file of the run cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of the run does not hold what this version expects.
    #[error("{} does not fit this version of segmint: {message}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
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
    /// The secret that ids are hashed with is not there, or too short.
    #[error(
        "report.id_salt: the environment variable {variable} must hold a secret of at least {shortest} characters, it has \
         {characters}"
    )]
    Salt {
        /// The variable.
        variable: String,
        /// Characters in it; 0 when it is not set.
        characters: usize,
        /// Characters it needs.
        shortest: usize,
    },
}

impl Failure for ReportError {
    fn category(&self) -> Category {
        match self {
            ReportError::Salt { .. } => Category::Config,
            _ => Category::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            ReportError::Unreadable { .. } => Some("`segmint runs list` shows the runs that are whole".into()),
            ReportError::Salt { variable, .. } => Some(format!(
                "set {variable} to the secret that was used before, or to a new one such as `openssl rand -hex 16` gives"
            )),
            ReportError::Contradiction { .. } => {
                Some("this is a bug in segmint, or the run's files were changed".into())
            }
            ReportError::Format { .. } => Some("run the plan again, or use the version that wrote the run".into()),
        }
    }
}
