use std::path::PathBuf;

use crate::failure::{Category, Failure, advice_on_writing};

/// Why no customers could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// A population without customers, or one too large for row numbers.
    #[error("customers must be between 1 and {}, got {customers}", u32::MAX)]
    Customers {
        /// The number asked for.
        customers: usize,
    },
    /// A number of months outside its range.
    #[error("months must be between 1 and 120, got {months}")]
    Months {
        /// The number asked for.
        months: usize,
    },
    /// A number of something outside its range.
    #[error("{what} must be between {low} and {high}, got {value}")]
    Range {
        /// What there is a number of.
        what: &'static str,
        /// The fewest.
        low: usize,
        /// The most.
        high: usize,
        /// The number asked for.
        value: usize,
    },
    /// A share of customers of both tables outside its range.
    #[error("shared must be a number between 0 and 0.95, got {shared}")]
    Shared {
        /// The share asked for.
        shared: f64,
    },
    /// A separation that is not a positive number.
    #[error("separation must be a number between 0.05 and 20, got {separation}")]
    Separation {
        /// The number asked for.
        separation: f64,
    },
    /// A file or folder that cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
}

impl Failure for SimulateError {
    fn category(&self) -> Category {
        match self {
            SimulateError::Unwritable { .. } => Category::Io,
            _ => Category::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            SimulateError::Separation { .. } => {
                Some("1 keeps the groups apart, 0.4 lets them overlap, 0.2 hides them".into())
            }
            SimulateError::Unwritable { reason, .. } => advice_on_writing(reason),
            _ => None,
        }
    }
}
