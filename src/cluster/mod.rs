//! Clusters of customers with similar features.
//!
//! - [`Clusterings::find`]: every clustering that a plan asks for, each a [`Clustering`]: partition, [`ClusterModel`], evidence.
//! - [`kmeans`]: k clusters around k centroids.
//! - [`choose_k`]: how many clusters there are, and whether there are any.
//! - [`dbscan`]: dense places, and noise between them.
//! - [`gmm`]: a Gaussian mixture, whose memberships are probabilities.
//! - [`choose_eps`]: the radius of a neighbourhood, from the rows.
//! - [`reconcile`]: what the two clusterings make of each other.
//! - [`Isolation`]: whether a cluster is compact, and apart from the others.
//! - `noise_groups`: dense groups among what DBSCAN calls noise.
//! - [`stability`]: whether a cluster comes back when the customers change a little.

pub mod choose_eps;
pub mod choose_k;
mod cluster_model;
mod clustering;
mod clusterings;
pub mod dbscan;
mod distinct;
mod error;
pub mod gmm;
mod isolation;
pub mod kmeans;
mod membership;
// Public for this project's own tests alone; no promise.
#[doc(hidden)]
pub mod noise_groups;
pub mod reconcile;
#[cfg(feature = "linfa")]
mod records;
pub mod stability;

pub use cluster_model::{Assigned, ClusterModel, RowFacts, TableFacts};
pub use clustering::{Clustering, DbscanEvidence, Evidence, KMeansEvidence};
pub use clusterings::{Clusterings, FoundDbscan, FoundKMeans};
pub(crate) use clusterings::{further_bytes, n_further, refuse_in_shards, refuse_unavailable};
use distinct::distinct_rows;
pub use error::ClusterError;
pub use isolation::Isolation;
pub(crate) use isolation::isolation;
pub use membership::Membership;
