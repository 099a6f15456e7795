//! Clusters of customers with similar features.
//!
//! - [`kmeans`]: k clusters around k centroids.
//! - [`choose_k`]: how many clusters there are, and whether there are any.
//! - [`dbscan`]: dense places, and noise between them.
//! - [`gmm`]: a Gaussian mixture, whose memberships are probabilities.
//! - [`choose_eps`]: the radius of a neighbourhood, from the rows.
//! - [`reconcile`]: what the two clusterings make of each other.

pub mod choose_eps;
pub mod choose_k;
pub mod dbscan;
mod distinct;
mod error;
pub mod gmm;
pub mod kmeans;
pub mod reconcile;
mod records;
mod sample;

use distinct::distinct_rows;
pub use error::ClusterError;
pub(crate) use sample::rows as sample_rows;
