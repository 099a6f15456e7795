use serde::{Deserialize, Serialize};

use crate::config::Algorithm;

/// Where clusters were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FoundIn {
    /// Among what DBSCAN calls noise.
    Noise,
    /// By an algorithm, among all customers.
    #[serde(untagged)]
    Clustering(Algorithm),
}
