//! segmint turns a Parquet table of customer features into named customer segments.
#![deny(missing_docs)]

pub mod cluster;
pub mod compare;
pub mod config;
pub mod failure;
pub mod features;
pub mod label;
mod language;
pub mod limits;
pub mod load;
pub mod matrix;
pub mod metrics;
pub mod model;
pub mod monitor;
pub mod normalize;
pub mod random;
pub mod registry;
pub mod simulate;
mod warning;

pub use language::{Language, Text};
pub use warning::Warning;
