use serde::{Deserialize, Serialize};

use super::{DisagreementCell, Estimate, Indices, OverRepresented};
use crate::metrics::{ClusterId, Contingency};
use crate::{Text, Warning};

/// How the tiers of customers and their clusters agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparison {
    /// The tier's column, or the name of the rule that made it.
    pub tier: String,
    /// The clustering, such as `kmeans`.
    pub clustering: String,
    /// What became of customers in no cluster.
    pub noise_policy: NoisePolicy,
    /// Customers with a tier and, unless noise is a cluster of its own, with a cluster: those that are compared.
    pub n: u64,
    /// Customers of the table without a tier, left out of everything else.
    pub n_without_tier: u64,
    /// Compared customers among those with a tier; `None` when nobody has one.
    pub coverage: Option<f64>,
    /// The table itself.
    pub contingency: ContingencyRecord,
    /// The agreement indices.
    #[serde(flatten)]
    pub indices: Indices<Estimate>,
    /// The one-to-one pairing of tiers and clusters that keeps the most customers.
    pub best_assignment: AssignmentRecord,
    /// The tier expected of every cluster, in the order of `contingency.clusters`; `None` = no tier is typical of it, as
    /// everywhere when tier and clusters agree no better than chance.
    pub expected_tiers: Vec<Option<String>>,
    /// Tiers that are more common in a cluster than among all but are not expected of it, being too small a part of it.
    #[serde(default)]
    pub over_represented: Vec<OverRepresented>,
    /// Customers whose tier is not the one expected of their cluster, by cell, most customers first; empty when tier and
    /// clusters agree no better than chance.
    pub disagreements: Vec<DisagreementCell>,
    /// What the comparison says, in sentences.
    pub sentences: Vec<Text>,
    /// What a reader should know besides.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
}

/// What becomes of customers that DBSCAN puts in no cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoisePolicy {
    /// The clustering has no noise (k-means).
    None,
    /// They are left out, and coverage is below 1.
    Excluded,
    /// Together they are one more cluster.
    OwnCluster,
}

impl NoisePolicy {
    /// The name in files and stream names.
    pub fn name(self) -> &'static str {
        match self {
            NoisePolicy::None => "none",
            NoisePolicy::Excluded => "excluded",
            NoisePolicy::OwnCluster => "own_cluster",
        }
    }
}

/// The contingency table with its names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContingencyRecord {
    /// The tiers that occur among the compared customers: those of the order, best first, then the others by name.
    pub tiers: Vec<String>,
    /// The clusters by number; `None` = noise as a cluster of its own.
    pub clusters: Vec<Option<ClusterId>>,
    /// What the clusters are called.
    pub cluster_names: Vec<Text>,
    /// Customers, tiers × clusters.
    pub counts: Vec<Vec<u64>>,
    /// Their summed value, where it is known; `None` without a value column.
    pub value: Option<Vec<Vec<f64>>>,
    /// The largest value of a single one of them, without its sign; `None` without a value column.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.2")))]
    pub largest: Option<Vec<Vec<f64>>>,
}

impl Comparison {
    /// Whether tier and clusters agree no better than chance: p of AMI above .05. Unknown is no.
    pub fn is_chance(&self) -> bool {
        is_chance(&self.indices)
    }
}

/// Whether these indices are no better than chance.
pub(super) fn is_chance(indices: &Indices<Estimate>) -> bool {
    indices.ami.p.is_some_and(|p| p > 0.05)
}

impl ContingencyRecord {
    /// The table as numbers.
    pub fn table(&self) -> Contingency {
        let table = Contingency::new(self.tiers.len(), self.clusters.len(), self.counts.concat());
        match &self.value {
            Some(value) => table.with_value(value.concat()),
            None => table,
        }
    }
}

/// The one-to-one pairing of tiers and clusters that keeps the most customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AssignmentRecord {
    /// Customers in a matched cell.
    pub matched: u64,
    /// Their share of the compared customers; `None` when there are none.
    pub share: Option<f64>,
    /// The matched cells in the order of the tiers.
    pub pairs: Vec<MatchedCell>,
}

/// One pair of a best assignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MatchedCell {
    /// The tier.
    pub tier: String,
    /// The cluster; `None` = noise as a cluster of its own.
    pub cluster: Option<ClusterId>,
    /// Customers in both.
    pub customers: u64,
}
