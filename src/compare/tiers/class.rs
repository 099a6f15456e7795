use serde::{Deserialize, Serialize};

use crate::Text;

/// One class of a tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TierClass {
    /// The tier.
    pub tier: String,
    /// Its customers.
    pub customers: u64,
    /// Their share of those with a tier.
    pub share: Option<f64>,
    /// Their summed value, where it is known; null without a value column.
    pub value: Option<f64>,
    /// The largest value of a single one of them, without its sign; null without a value column.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.2")))]
    pub largest_value: Option<f64>,
    /// Their share of the value of those with a tier; null unless that is positive.
    pub value_share: Option<f64>,
    /// What its customers are offered; null for a tier without a place in an order.
    pub service: Option<Text>,
}
