use crate::failure::{Category, Failure};
use crate::registry::RegistryError;

/// Why a run cannot be shared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SharingError {
    /// The run cannot be read.
    #[error(transparent)]
    Run(#[from] RegistryError),
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

impl Failure for SharingError {
    fn category(&self) -> Category {
        match self {
            SharingError::Run(error) => error.category(),
            SharingError::Salt { .. } => Category::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            SharingError::Run(error) => error.hint(),
            SharingError::Salt { variable, .. } => Some(format!(
                "set {variable} to the secret that was used before, or to a new one such as `openssl rand -hex 16` gives"
            )),
        }
    }
}
