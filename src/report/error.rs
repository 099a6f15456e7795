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
}

impl Failure for ReportError {
    fn category(&self) -> Category {
        Category::Input
    }

    fn hint(&self) -> Option<String> {
        match self {
            ReportError::Unreadable { .. } => Some("`segmint runs list` shows the runs that are whole".into()),
            ReportError::Format { .. } => Some("run the plan again, or use the version that wrote the run".into()),
        }
    }
}
