//! Clusters of customers with similar features.
//!
//! - [`kmeans`]: k clusters around k centroids.

mod distinct;
mod error;
pub mod kmeans;

use distinct::distinct_rows;
pub use error::ClusterError;
