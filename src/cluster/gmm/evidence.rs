use serde::{Deserialize, Serialize};

/// How well a mixture fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GmmEvidence {
    /// Customers per component.
    pub sizes: Vec<usize>,
    /// Mean over customers of the probability of their component.
    pub mean_probability: f64,
    /// The mean of ln p(x) over all customers.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.1")))]
    pub log_likelihood: Option<f64>,
    /// Customers the parameters were learned from.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.1")))]
    pub n_fitted: Option<usize>,
}
