//! Drift: whether customers are still like those of the run before.
//!
//! - [`Psi`]: the population stability index of two counts with its critical value, and beyond a tolerance; [`joined_bins`].
//! - [`Homogeneity`]: frequencies of levels by χ² and Cramér's V, exact where they are few.
//! - [`wasserstein`]: how far a distribution has moved, in the unit of its values.
//! - [`Paired`]: customers who were there before, held against themselves.
//! - [`holm`]: many tests at once.
//!
//! docs/drift.md says how to read what comes out.

#[cfg(test)]
mod golden;
mod holm;
mod levels;
mod noncentral;
mod paired;
mod psi;
mod wasserstein;

pub use holm::{holm, holm_levels};
pub use levels::{Homogeneity, Method};
pub use paired::Paired;
pub use psi::{Psi, joined_bins};
pub use wasserstein::{wasserstein, wasserstein_of_quantiles};
