use serde::{Deserialize, Serialize};

use super::{AttributeEffect, FeatureEffect, MatrixPlace, Strength};
use crate::Text;
use crate::label::naming::CatalogMatch;
use crate::label::rule::RuleTree;
use crate::metrics::ClusterId;

/// What a person wants to read about a segment, beside its size, value and name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Portrait {
    /// How its members differ from everybody else, strongest first; every column that was observed.
    pub features: Vec<FeatureEffect>,
    /// Levels of attributes that are visibly more or less common than elsewhere, strongest first.
    pub attributes: Vec<AttributeEffect>,
    /// What the catalog `lifecycle` says; null when there is none or its roles have no columns.
    pub lifecycle: Option<CatalogMatch>,
    /// The cell of value and frequency; null without these columns.
    pub matrix: Option<MatrixPlace>,
    /// What to do about these customers, of the archetype they are named after; where there are clusters but no archetype
    /// fits this one, to look at it.
    pub action: Option<Text>,
    /// The nearest other segment and in what it differs.
    pub neighbour: Option<NeighbourContrast>,
    /// Who is in it, as conditions on original units; null before [`add_rules`](super::add_rules), and when the tree
    /// does not tell it apart.
    pub rule: Option<SegmentRule>,
    /// Typical customers, the most typical first.
    pub representatives: Vec<Representative>,
}

/// A typical customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Representative {
    /// The row of the table from 0.
    pub row: usize,
    /// What the customer has in every column of [`Portrait::features`], in that order; null where it is missing.
    pub values: Vec<Option<f64>>,
}

/// In what a cluster differs from the nearest other one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NeighbourContrast {
    /// The neighbour's number.
    pub cluster: ClusterId,
    /// `S01` ….
    pub id: Option<String>,
    /// Its name.
    pub name: Text,
    /// The Euclidean distance of the two means, in normalized units.
    pub distance: f64,
    /// The columns that separate the two most, strongest first; those of negligible difference are left out.
    pub features: Vec<PairEffect>,
}

/// How the members of a cluster differ from those of another in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PairEffect {
    /// The column.
    pub feature: String,
    /// Of a category the level in whose share the two differ most; absent for a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// P(member > member of the neighbour) + ½ P(equal); of a level ½ + ½ (share − share in the neighbour).
    pub position: f64,
    /// The members' median.
    pub median: Option<f64>,
    /// The neighbour's.
    pub neighbour_median: Option<f64>,
    /// |2·position − 1|, Cliff's delta, in a word.
    pub strength: Strength,
    /// The same for people: "much higher".
    pub words: Text,
}

/// The segments as a small tree on original units: what can be remembered, checked, and pasted into a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentRules {
    /// What the classes of the tree are: `S01` …, then `noise` if there is any.
    pub segments: Vec<String>,
    /// The tree, and how well it tells the segments apart among customers it was not grown on.
    pub tree: RuleTree,
    /// The tree as an SQL expression that gives the segment id; missing values are nulls there.
    pub sql: String,
}

/// The part of the tree that is one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentRule {
    /// The conditions for people; a customer of the segment fulfils one of them.
    pub any_of: Vec<Text>,
    /// The same as an SQL condition.
    pub sql: String,
    /// P(in the segment | the rule holds) among customers held out; null when it holds for nobody.
    pub precision: Option<f64>,
    /// P(the rule holds | in the segment); null when nobody was held out.
    pub recall: Option<f64>,
    /// Customers of the segment that were held out.
    pub n_held_out: usize,
}
