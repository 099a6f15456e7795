//! Clusters with a name: what `segments.json` holds.

use serde::{Deserialize, Serialize};

use super::profile::{AttributeProfile, ColumnProfile};
use super::{CatalogUse, ClusterLabel, NewSegments, PairEffect, SegmentRules};
use crate::config::Algorithm;
use crate::{Text, Warning};

/// Named clusters of every clustering; the content of `segments.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Labelled {
    /// Customers that take part.
    pub n_customers: usize,
    /// The money column.
    pub value_column: Option<String>,
    /// Its sum over all customers.
    pub value: Option<f64>,
    /// The described columns over all customers.
    pub columns: Vec<ColumnProfile>,
    /// The attributes over all customers.
    pub attributes: Vec<AttributeProfile>,
    /// The catalogs in order of precedence, and whether they could be used.
    pub catalogs: Vec<CatalogUse>,
    /// One entry per clustering.
    pub clusterings: Vec<LabelledClustering>,
    /// The segments as readable rules; null before [`add_rules`](super::add_rules).
    #[serde(default)]
    pub rules: Option<SegmentRules>,
    /// What was left out, and why.
    pub warnings: Vec<Warning>,
    /// What may be segments that no catalog knows; empty before they are looked for.
    #[serde(default)]
    pub new_segments: NewSegments,
}

/// The named clusters of one clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LabelledClustering {
    /// What found them.
    pub algorithm: Algorithm,
    /// Whether its clusters are the segments of the run.
    pub primary: bool,
    /// The clusters in order, then noise if there is any.
    pub clusters: Vec<ClusterLabel>,
}

impl LabelledClustering {
    /// Its clusters without the noise.
    pub fn without_noise(&self) -> impl Iterator<Item = &ClusterLabel> {
        self.clusters.iter().filter(|cluster| cluster.cluster.is_some())
    }
}

impl Labelled {
    /// The clustering whose clusters are the segments.
    pub fn primary(&self) -> Option<&LabelledClustering> {
        self.clusterings.iter().find(|clustering| clustering.primary)
    }

    /// What the numbers of `column` are called; the name itself for what is no described column.
    pub fn words(&self, column: &str) -> Text {
        let described = self.columns.iter().find(|described| described.name == column);
        described.map_or_else(|| Text::new(column, column), ColumnProfile::words)
    }

    /// What two segments differ in: the numbers of a column, or `column = level`.
    pub fn subject(&self, pair: &PairEffect) -> Text {
        match &pair.level {
            Some(level) => {
                let subject = format!("{} = {level}", pair.feature);
                Text::new(subject.clone(), subject)
            }
            None => self.words(&pair.feature),
        }
    }
}
