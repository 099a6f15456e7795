//! Cells of a comparison that are told of: tier × cluster.

use serde::{Deserialize, Serialize};

use crate::Text;
use crate::label::rule::RuleCondition;
use crate::metrics::ClusterId;

/// Customers of one tier in a cluster of which another tier is expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DisagreementCell {
    /// Their tier.
    pub tier: String,
    /// Their cluster; `None` = noise as a cluster of its own.
    pub cluster: Option<ClusterId>,
    /// The tier expected of the cluster.
    pub expected_tier: String,
    /// How many they are.
    pub customers: u64,
    /// Their summed value; `None` without a value column.
    pub value: Option<f64>,
    /// What sets them apart, the most distinctive feature first; empty until [`explain_cells`](super::explain_cells).
    pub features: Vec<Contrast>,
    /// Why they are listed, as one sentence; features are in it after [`explain_cells`](super::explain_cells).
    pub reason: Text,
    /// What describes them, in conditions on features; `None` until [`rule_cells`](super::rule_cells), and where no rule does.
    #[serde(default)]
    pub rule: Option<CellRule>,
}

/// A rule for the customers of a cell, measured among customers it was not learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CellRule {
    /// Whether it tells them from the other customers of their tier; else from those of their cluster.
    pub within_tier: bool,
    /// The rule as people write it.
    pub text: Text,
    /// The rule as an SQL expression.
    pub sql: String,
    /// The rule: one of these lists, all of its conditions.
    pub conditions: Vec<Vec<RuleCondition>>,
    /// The share of customers, inside the cell and outside, it is right about.
    pub accuracy: Option<f64>,
    /// P(in the cell | the rule holds).
    pub precision: Option<f64>,
    /// P(the rule holds | in the cell).
    pub recall: Option<f64>,
    /// The share of the cell among those it is told from and itself: the precision of guessing.
    pub share: Option<f64>,
    /// Customers held out.
    pub n_held_out: usize,
}

/// How the customers of a cell differ from others in one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Contrast {
    /// The feature.
    pub feature: String,
    /// P(value in the cell > value in the same tier, other clusters) + ½ P(equal); `None` when nobody can be compared.
    pub against_tier: Option<f64>,
    /// P(value in the cell > value in the same cluster, other tiers) + ½ P(equal).
    pub against_cluster: Option<f64>,
}

/// A tier of which a cluster holds more than its share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OverRepresented {
    /// The tier.
    pub tier: String,
    /// The cluster; `None` = noise as a cluster of its own.
    pub cluster: Option<ClusterId>,
    /// Customers of the tier in the cluster.
    pub customers: u64,
    /// Their share of the cluster, n_tc/n_c.
    pub share: f64,
    /// That share over the tier's share of all, (n_tc/n_c)/(n_t/n).
    pub lift: f64,
    /// Lower end of its 95 % interval (Wilson's of the share, over n_t/n).
    pub low: f64,
    /// Upper end.
    pub high: f64,
}
