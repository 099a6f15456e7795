//! One named cluster.

use serde::{Deserialize, Serialize};

use super::{CatalogMatch, Extreme, Portrait};
use crate::Text;
use crate::metrics::ClusterId;

/// One named cluster, or noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ClusterLabel {
    /// `S01` …; null for noise and outside the primary clustering.
    pub id: Option<String>,
    /// The cluster's number; null is noise.
    pub cluster: Option<ClusterId>,
    /// Its name, unique in the clustering in both languages.
    pub name: Text,
    /// The matched archetype as `catalog/id`; null when none matches.
    pub archetype: Option<String>,
    /// Its customers.
    pub size: usize,
    /// Its share of all customers.
    pub share: f64,
    /// The sum of the money column over its customers.
    pub value: Option<f64>,
    /// Its part of that sum over all customers; null unless the sum is positive and little of it below zero.
    pub value_share: Option<f64>,
    /// The largest value of a single one of them, without its sign.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.2")))]
    pub largest_value: Option<f64>,
    /// What to do about these customers, from the archetype.
    pub action: Option<Text>,
    /// What every applicable catalog says, in catalog order.
    pub catalogs: Vec<CatalogMatch>,
    /// The features that set it apart most, strongest first; at most [`TOP_FEATURES`].
    pub top_features: Vec<TopFeature>,
    /// Per attribute: the levels that occur in it. A level that is not listed has share 0.
    pub attributes: Vec<AttributeLabel>,
    /// The customers nearest to its mean, nearest first: row numbers of the table from 0.
    pub representatives: Vec<usize>,
    /// What a person wants to read about a segment; null for noise and outside the primary clustering, and before
    /// [`portray`](super::portray).
    #[serde(default)]
    pub portrait: Option<Portrait>,
    /// The ids of the representatives as text; empty before the segments are recorded.
    #[serde(default)]
    pub representative_ids: Vec<String>,
}

impl ClusterLabel {
    /// The score of its archetype; the best that any catalog gave where none matches.
    pub fn score(&self) -> Option<f64> {
        let is_named = |found: &&CatalogMatch| {
            let id = format!("{}/{}", found.catalog, found.best.archetype);
            self.archetype.as_ref() == Some(&id)
        };
        let named = self.catalogs.iter().find(is_named).map(|found| found.best.score);
        named.or_else(|| self.catalogs.iter().map(|found| found.best.score).reduce(f64::max))
    }
}

/// Features shown per cluster.
pub const TOP_FEATURES: usize = 5;

/// A feature that sets a cluster apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TopFeature {
    /// The column.
    pub feature: String,
    /// P(member > non-member) + ½ P(equal).
    pub position: f64,
    /// The end of the column the cluster stands at, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extreme: Option<Extreme>,
    /// The cluster's median in original units.
    pub median: Option<f64>,
    /// The median of all customers.
    pub overall_median: Option<f64>,
}

/// An attribute inside a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AttributeLabel {
    /// The column.
    pub attribute: String,
    /// The levels that occur, in the table's order.
    pub levels: Vec<LevelLabel>,
}

/// A level of an attribute inside a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LevelLabel {
    /// The text; null where it is missing.
    pub level: Option<String>,
    /// The cluster's customers with it.
    pub n: usize,
    /// Their share of the cluster.
    pub share: f64,
    /// That share over the share among all customers.
    pub lift: f64,
}
