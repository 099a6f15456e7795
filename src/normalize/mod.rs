//! Columns in original units → features of comparable size.
//!
//! Each column goes through **missing → clip → transform → scale → weight**. Every step is learned once, in [`fit`],
//! and kept in a [`Normalizer`]: the model file holds it, scoring applies it to new customers, and the report inverts it
//! to show centroids in original units. What [`fit`] writes into the matrix is what [`Normalizer::apply`] gives for the
//! same row, bit for bit.
//!
//! - [`fit`]: customer table and plan → [`Normalized`].
//! - [`Normalizer`], [`FeatureNormalizer`]: what was learned; apply and invert.
//! - [`CategoryEncoder`]: a nominal column whose levels count in distances (`normalize.categories = "cluster"`); up to
//!   [`MAX_CATEGORY_LEVELS`].
//! - [`FeatureChoice`]: the record of what was chosen for a feature and why.
//!
//! # What the statistics see
//! `mean` and `median` are guesses, so imputed cells count for distances only: clip bounds, transform and scale are
//! learned from observed values. Half a column of medians would otherwise halve its spread and stretch the customers it
//! does know. `zero` is no guess but a statement – a missing amount *is* 0 – and gives exactly what zeros in the file
//! would give.

mod category;
mod choice;
mod column;
mod error;
mod feature;
mod fit;
mod likelihood;
mod normalizer;
mod quantile;
mod scale;
mod skew;
mod statistics;
mod transform;
mod warnings;
mod yeo_johnson;

pub use category::{CategoryEncoder, MAX_CATEGORY_LEVELS};
pub use choice::{FeatureChoice, TriedSkewness};
pub use error::NormalizeError;
pub use feature::FeatureNormalizer;
pub use fit::{Normalized, fit};
pub use normalizer::{Normalizer, RowOutcome};
pub use quantile::QuantileMap;
pub use scale::LearnedScale;
pub use transform::LearnedTransform;
