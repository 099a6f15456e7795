//! Clusters of customers with similar features.

mod error;

pub use error::ClusterError;
