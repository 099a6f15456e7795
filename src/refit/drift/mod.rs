//! Drift: whether customers are still like those of the run before.
//!
//! - [`Psi`]: the population stability index of two counts with its critical value, and beyond a tolerance; [`joined_bins`].
//! - [`Homogeneity`]: frequencies of levels by χ² and Cramér's V, exact where they are few.
//! - [`wasserstein`]: how far a distribution has moved, in the unit of its values.
//! - [`Paired`]: customers who were there before, held against themselves.
//! - [`holm`]: many tests at once.
//!
//! - [`Reference`]: what a run leaves behind to be compared with: a [`Summary`] per feature and segment.
//! - [`Drift::between`]: every feature of the whole and of every segment, with measure, critical value, effect and [`Finding`].
//! - [`TwoSample`]: whether a rule tells a [`Sample`] of now from one of before, and which; [`stayers`] holds the customers of both
//!   against themselves.
//!
//! docs/drift.md says how to read what comes out.

mod detect;
#[cfg(test)]
mod example;
mod finding;
#[cfg(test)]
mod golden;
mod holm;
mod levels;
mod noncentral;
mod paired;
mod psi;
mod reference;
mod sample;
mod stayers;
mod summary;
mod two_sample;
mod wasserstein;

pub use detect::DriftParams;
pub use finding::{Drift, FeatureDrift, Finding, Measure, SegmentDrift, Unmeasured};
pub use holm::{holm, holm_levels};
pub use levels::{Homogeneity, Method};
pub use paired::Paired;
pub use psi::{Psi, joined_bins};
pub use reference::{CategoryReference, FeatureReference, Reference, ReferenceInput, SegmentReference};
pub use sample::{SAMPLED_CUSTOMERS, Sample, SampleColumn};
pub use stayers::{StayerDrift, stayers};
pub use summary::{FEWEST_CUSTOMERS, Summary};
pub use two_sample::{ChangedGroup, TwoSample};
pub use wasserstein::{wasserstein, wasserstein_of_quantiles};
