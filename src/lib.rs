//! segmint turns a Parquet table of customer features into named customer segments.
#![deny(missing_docs)]

pub mod cli;
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
pub mod pipeline;
pub mod random;
pub mod registry;
pub mod report;
pub mod simulate;
mod warning;

pub use language::{Language, Text};
pub use warning::Warning;
