use serde::{Deserialize, Serialize};

use super::{AttributeProfile, ColumnFigures, LevelProfile, Neighbour};
use crate::Text;
use crate::label::FoundIn;
use crate::metrics::ClusterId;

/// Clusters and all customers together, in figures.
///
/// Rows that normalization dropped take no part: "all customers" are the rows of the matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profiles {
    /// Customers that take part.
    pub n_customers: usize,
    /// The columns that are described: the clustered features in matrix order, then columns of roles, then the value.
    pub columns: Vec<ColumnProfile>,
    /// The money column.
    pub value_column: Option<String>,
    /// Its sum; null without a money column.
    pub value: Option<f64>,
    /// The attributes.
    pub attributes: Vec<AttributeProfile>,
    /// One entry per clustering, in the order they were given.
    pub clusterings: Vec<ClusteringProfile>,
}

/// One column over all customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// What its numbers are called where they are not what the name says, such as `days since signup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Text>,
    /// Whether it was clustered; if not, it only describes.
    pub clustered: bool,
    /// Whether it tells nobody apart: all observed values are equal, or there are none.
    pub constant: bool,
    /// Its figures over all customers; position is 0.5.
    pub figures: ColumnFigures,
}

impl ColumnProfile {
    /// What its numbers are called.
    pub fn words(&self) -> Text {
        self.spoken.clone().unwrap_or_else(|| Text::new(self.name.as_str(), self.name.as_str()))
    }
}

/// The clusters of one clustering, or the groups of the noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusteringProfile {
    /// Where they were found.
    pub found_in: FoundIn,
    /// The clusters in order, then noise if there is any.
    pub clusters: Vec<ClusterProfile>,
}

/// One cluster, or noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterProfile {
    /// Its number; null is noise.
    pub cluster: Option<ClusterId>,
    /// Its customers.
    pub size: usize,
    /// Its share of all customers.
    pub share: f64,
    /// The sum of the money column over its customers; null without one.
    pub value: Option<f64>,
    /// Its part of the sum over all customers; null unless that sum is positive.
    pub value_share: Option<f64>,
    /// Figures of every column, in the order of [`Profiles::columns`].
    pub columns: Vec<ColumnFigures>,
    /// Per attribute, in the order of [`Profiles::attributes`]: the levels that occur in the cluster.
    pub attributes: Vec<Vec<LevelProfile>>,
    /// Clustered columns, most distinctive first: by |2A − 1| (Cliff's delta), ties in column order. Numbers in
    /// [`Profiles::columns`].
    pub distinctive: Vec<usize>,
    /// Up to five customers nearest to the cluster's mean, nearest first; row numbers of the customer
    /// table from 0. Empty for noise, which has no middle.
    pub representatives: Vec<usize>,
    /// What they have in every column, in the order of [`Profiles::columns`]; null where it is missing.
    pub representative_values: Vec<Vec<Option<f64>>>,
    /// The nearest other cluster; null for noise and when there is none.
    pub neighbour: Option<Neighbour>,
}

/// Customers shown as representatives of a cluster.
pub const REPRESENTATIVES: usize = 5;

impl Profiles {
    /// What was found in one place.
    pub fn found_in(&self, place: FoundIn) -> Option<&ClusteringProfile> {
        self.clusterings.iter().find(|clustering| clustering.found_in == place)
    }

    /// The number of the attribute `name` in [`Profiles::attributes`].
    pub fn attribute(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.name == name)
    }

    /// The number of the column `name` in [`Profiles::columns`].
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
