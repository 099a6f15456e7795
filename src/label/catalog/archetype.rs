//! Catalogs of known customer types.

use serde::{Deserialize, Serialize};

use super::Level;
use crate::Text;

/// A list of archetypes that are alternatives to each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Its short name; the first half of `catalog/id`.
    pub id: String,
    /// Its name for people.
    pub name: Text,
    /// What its archetypes speak of, in the file's order.
    pub roles: Vec<Role>,
    /// The archetypes in the file's order, which decides ties.
    pub archetypes: Vec<Archetype>,
}

/// Something about customers that archetypes speak of; `[label.roles]` says which column shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What the column should hold.
    pub description: Option<Text>,
    /// The column that is taken when it exists and `[label.roles]` names none.
    pub column: Option<String>,
    /// Whether the catalog is still applicable without it.
    pub optional: bool,
    /// The levels of a categorical role, which is shown by an attribute; empty for a numeric one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<RoleLevel>,
}

impl Role {
    /// Whether an attribute shows it.
    pub fn is_categorical(&self) -> bool {
        !self.levels.is_empty()
    }
}

/// A level of a categorical role, and how tables write it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleLevel {
    /// Its name in the catalog.
    pub name: String,
    /// Its spellings in tables, lower case; the name is the first.
    pub spellings: Vec<String>,
}

/// A known customer type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Archetype {
    /// Its short name, unique in the catalog.
    pub id: String,
    /// Its name for people; a matched cluster is called by it.
    pub name: Text,
    /// What a cluster of this type looks like; at least one condition.
    pub conditions: Vec<Condition>,
    /// What to do about such customers.
    pub action: Option<Text>,
}

/// One thing that is asked of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Condition {
    /// What is asked.
    #[serde(flatten)]
    pub test: Test,
    /// Its weight in the score, > 0; 1 unless the catalog says otherwise.
    pub weight: f64,
}

/// What a condition asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Test {
    /// The cluster's position in the role's column lies in a band.
    Level {
        /// The role.
        role: String,
        /// The band.
        level: Level,
    },
    /// The cluster's median of the role's column, in original units, lies between two figures.
    Range {
        /// The role.
        role: String,
        /// The smallest admitted median.
        min: Option<f64>,
        /// The largest admitted median.
        max: Option<f64>,
    },
    /// The share of the cluster's customers that have a level of an attribute lies between two figures.
    Share {
        /// The categorical role, or the attribute's column where the catalog has no such role.
        attribute: String,
        /// The level.
        value: String,
        /// The texts that are the level, whatever their case; empty unless `attribute` is a role.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        spellings: Vec<String>,
        /// The smallest admitted share.
        min: Option<f64>,
        /// The largest admitted share.
        max: Option<f64>,
    },
}

impl Test {
    /// The degree, 0 … 1, to which an observed figure passes.
    ///
    /// Levels fade out over 0.1 beside their band ([`Level::membership`]). Ranges and shares state absolute ideas
    /// ("one order") and admit exactly what they say: 1 from `min` to `max`, both included, 0 elsewhere.
    pub fn membership(&self, observed: f64) -> f64 {
        match self {
            Test::Level { level, .. } => level.membership(observed),
            Test::Range { min, max, .. } | Test::Share { min, max, .. } => {
                let inside = min.is_none_or(|low| observed >= low) && max.is_none_or(|high| observed <= high);
                if inside { 1.0 } else { 0.0 }
            }
        }
    }
}

impl Catalog {
    /// The archetype with this id.
    pub fn archetype(&self, id: &str) -> Option<&Archetype> {
        self.archetypes.iter().find(|archetype| archetype.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_admit_exactly_what_they_say() {
        let once = Test::Range { role: "frequency".into(), min: Some(1.0), max: Some(1.0) };
        assert_eq!([0.5, 1.0, 1.5].map(|median| once.membership(median)), [0.0, 1.0, 0.0]);
        let most = Test::Share {
            attribute: "channel".into(),
            value: "online".into(),
            spellings: vec![],
            min: Some(0.7),
            max: None,
        };
        assert_eq!([0.69, 0.7, 1.0].map(|share| most.membership(share)), [0.0, 1.0, 1.0]);
    }
}
