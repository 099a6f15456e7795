use crate::failure::{Category, Failure};
use crate::monitor::Stopped;

/// Why no clusters could be found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A parameter is wrong whatever the customers are.
    #[error("{key} must be {allowed}, got {value}")]
    Parameter {
        /// The configuration key, such as `cluster.kmeans.k`.
        key: &'static str,
        /// The value as it was given.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// More clusters are wanted than there are customers.
    #[error("{key} must be at most the number of customers, got {k} clusters for {n_customers} customers")]
    TooManyClusters {
        /// The configuration key that asks for them.
        key: &'static str,
        /// The clusters wanted.
        k: usize,
        /// The customers there are.
        n_customers: usize,
    },
    /// Starting centroids that do not fit the matrix.
    #[error("starting centroids have {got} features, the customers have {n_features}")]
    StartShape {
        /// Features of the starting centroids.
        got: usize,
        /// Features of the matrix.
        n_features: usize,
    },
    /// Weights of rows that cannot be weights.
    #[error("{problem}")]
    Weights {
        /// Which one, and what is allowed.
        problem: String,
    },
    /// A value that is NaN or infinite, also after rounding to `f32`.
    #[error("row {row}, feature {feature} is {value}, only numbers within the range of f32 can be clustered")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The feature, from 0.
        feature: usize,
        /// The value.
        value: String,
    },
    /// A refusal by linfa.
    #[error("linfa: {0}")]
    Linfa(String),
    /// No Gaussian mixture could be fitted.
    #[error("no mixture of {k} Gaussians fits {n_customers} customers: {reason}")]
    Mixture {
        /// Components.
        k: usize,
        /// Customers it was to be learned from.
        n_customers: usize,
        /// What went wrong in the last attempt.
        reason: String,
    },
    /// A mixture is wanted of a program that cannot fit one.
    #[error("cluster.gmm.enabled = true needs the Gaussian mixture, which this segmint was built without")]
    NoMixture,
    /// A mixture is wanted of rows that others go over.
    #[error("cluster.gmm.enabled = true cannot be combined with workers: one process fits the mixture")]
    MixtureInShards,
    /// Parts of a stored model that do not fit together.
    #[error("the stored model is damaged: {problem}")]
    ModelParts {
        /// What does not fit.
        problem: String,
    },
    /// The work would exceed a limit and was not started.
    #[error("{what} would need {needed}, the limit is {limit}")]
    Refused {
        /// What would need it.
        what: String,
        /// The need, with its unit.
        needed: String,
        /// The limit, with its unit and the key that sets it.
        limit: String,
    },
    /// Whoever has the rows in shards could not be made to answer.
    #[error("{message}")]
    Elsewhere {
        /// What went wrong where.
        message: String,
        /// Whose fault it is.
        category: Category,
        /// What the user could do.
        hint: Option<String>,
    },
    /// The user or the time limit ended the computation.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Failure for ClusterError {
    fn category(&self) -> Category {
        match self {
            ClusterError::Parameter { .. } | ClusterError::NoMixture | ClusterError::MixtureInShards => {
                Category::Config
            }
            ClusterError::TooManyClusters { .. }
            | ClusterError::StartShape { .. }
            | ClusterError::Weights { .. }
            | ClusterError::NotFinite { .. }
            | ClusterError::Linfa(_)
            | ClusterError::Mixture { .. }
            | ClusterError::ModelParts { .. } => Category::Input,
            ClusterError::Refused { .. } => Category::Refused,
            ClusterError::Elsewhere { category, .. } => *category,
            ClusterError::Stopped(stopped) => stopped.category(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            ClusterError::TooManyClusters { key, n_customers, .. } => {
                Some(format!("set {key} to at most {n_customers}, or use more customers"))
            }
            ClusterError::Mixture { .. } => {
                Some("lower cluster.kmeans.k, or set cluster.gmm.enabled = false".to_owned())
            }
            ClusterError::MixtureInShards => {
                Some("run without --workers, or set cluster.gmm.enabled = false".to_owned())
            }
            ClusterError::NoMixture => {
                Some("build segmint with its feature \"linfa\", or set cluster.gmm.enabled = false".to_owned())
            }
            ClusterError::Elsewhere { hint, .. } => hint.clone(),
            ClusterError::Stopped(stopped) => stopped.hint(),
            _ => None,
        }
    }
}
