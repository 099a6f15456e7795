//! Catalogs of known customer types.

use serde::{Deserialize, Serialize};

use super::catalog_file;
use super::review::review;
use super::{LabelError, Mistake};
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

/// Where a cluster stands among all customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Position ≤ 0.2.
    VeryLow,
    /// Position ≤ 0.4.
    Low,
    /// Position 0.35 … 0.65.
    Medium,
    /// Position ≥ 0.6.
    High,
    /// Position ≥ 0.8.
    VeryHigh,
}

impl Level {
    /// Every level, ascending.
    pub const ALL: [Level; 5] = [Level::VeryLow, Level::Low, Level::Medium, Level::High, Level::VeryHigh];

    /// The word in catalogs.
    pub fn word(self) -> &'static str {
        match self {
            Level::VeryLow => "very_low",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::VeryHigh => "very_high",
        }
    }

    /// The positions that fully are this level, both ends included.
    pub fn band(self) -> (f64, f64) {
        match self {
            Level::VeryLow => (0.0, 0.2),
            Level::Low => (0.0, 0.4),
            Level::Medium => (0.35, 0.65),
            Level::High => (0.6, 1.0),
            Level::VeryHigh => (0.8, 1.0),
        }
    }

    /// The level a position is at: the bands, from the outside in, with medium between 0.4 and 0.6.
    ///
    /// ```
    /// use segmint::label::Level;
    /// assert_eq!([0.2, 0.4, 0.5, 0.6, 0.8].map(Level::at), Level::ALL);
    /// ```
    pub fn at(position: f64) -> Level {
        match position {
            p if p <= Level::VeryLow.band().1 => Level::VeryLow,
            p if p >= Level::VeryHigh.band().0 => Level::VeryHigh,
            p if p <= Level::Low.band().1 => Level::Low,
            p if p >= Level::High.band().0 => Level::High,
            _ => Level::Medium,
        }
    }

    /// The degree to which `position` is this level: 1 in its band, falling linearly to 0 over [`RAMP`] outside.
    ///
    /// Degrees are multiples of 1e-12, so that 0.45 is exactly half low.
    ///
    /// ```
    /// use segmint::label::Level;
    /// assert_eq!(Level::Low.membership(0.4), 1.0);
    /// assert_eq!(Level::Low.membership(0.45), 0.5);
    /// assert_eq!(Level::Low.membership(0.5), 0.0);
    /// ```
    pub fn membership(self, position: f64) -> f64 {
        let (low, high) = self.band();
        let outside = (low - position).max(position - high).max(0.0);
        settle((1.0 - outside / RAMP).max(0.0))
    }
}

/// How far outside its band a level fades to nothing.
pub const RAMP: f64 = 0.1;

/// Rounds to a multiple of 1e-12, so that thresholds written in decimals are met by figures that equal them on paper.
pub(super) fn settle(figure: f64) -> f64 {
    (figure * 1e12).round() / 1e12
}

impl Catalog {
    /// A catalog from TOML text, checked; `file` is named in messages.
    ///
    /// ```
    /// use segmint::label::Catalog;
    /// let text = r#"
    /// id = "visits"
    /// name = { en = "visits", zh = "到访" }
    /// [[archetypes]]
    /// id = "weekly"
    /// name = { en = "weekly visitors", zh = "每周到访" }
    /// profile = { visits = "hihg" }
    /// "#;
    /// let error = Catalog::parse(text, "visits.toml").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "visits.toml:7: archetypes.weekly.profile.visits must be very_low, low, medium, high or very_high, \
    ///      got \"hihg\"; did you mean high?"
    /// );
    /// ```
    ///
    /// # Errors
    /// Every mistake with its line.
    pub fn parse(text: &str, file: &str) -> Result<Catalog, LabelError> {
        let read = catalog_file::read(text);
        read.map(|read| read.catalog).map_err(|mistakes| LabelError::BadCatalog { file: file.to_owned(), mistakes })
    }

    /// A catalog from TOML text, as [`Catalog::parse`] reads it, whose archetypes are also held against each other.
    ///
    /// A mistake is an archetype that no cluster can be named by: its conditions cannot hold together, or another
    /// archetype fits whatever fits it, so that no margin of 0.1 (the default of `label.min_margin`) is possible. The
    /// warnings are pairs that some clusters fit both in full; these clusters get neither name.
    ///
    /// ```
    /// use segmint::label::Catalog;
    /// let text = r#"
    /// id = "visits"
    /// name = { en = "visits", zh = "到访" }
    /// [[archetypes]]
    /// id = "often"
    /// name = { en = "frequent visitors", zh = "常客" }
    /// profile = { visits = "high" }
    /// [[archetypes]]
    /// id = "daily"
    /// name = { en = "daily visitors", zh = "每日到访" }
    /// profile = { visits = "very_high" }
    /// "#;
    /// let error = Catalog::check(text, "visits.toml").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "visits.toml:9: archetypes.daily can never be told from often (line 5): whatever fits it in full fits that one \
    ///      in full too"
    /// );
    /// ```
    ///
    /// # Errors
    /// Every mistake with its line.
    pub fn check(text: &str, file: &str) -> Result<(Catalog, Vec<Mistake>), LabelError> {
        let bad = |mistakes| LabelError::BadCatalog { file: file.to_owned(), mistakes };
        let read = catalog_file::read(text).map_err(bad)?;
        let (mistakes, warnings) = review(&read);
        if mistakes.is_empty() { Ok((read.catalog, warnings)) } else { Err(bad(mistakes)) }
    }

    /// The archetype with this id.
    pub fn archetype(&self, id: &str) -> Option<&Archetype> {
        self.archetypes.iter().find(|archetype| archetype.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_closed_and_fade_over_a_tenth() {
        let expected = [
            (Level::VeryLow, [(0.2, 1.0), (0.25, 0.5), (0.3, 0.0)]),
            (Level::Low, [(0.4, 1.0), (0.45, 0.5), (0.5, 0.0)]),
            (Level::Medium, [(0.35, 1.0), (0.3, 0.5), (0.25, 0.0)]),
            (Level::Medium, [(0.65, 1.0), (0.675, 0.75), (0.75, 0.0)]),
            (Level::High, [(0.6, 1.0), (0.59, 0.9), (0.5, 0.0)]),
            (Level::VeryHigh, [(0.8, 1.0), (0.75, 0.5), (0.7, 0.0)]),
        ];
        for (level, points) in expected {
            for (position, membership) in points {
                assert_eq!(level.membership(position), membership, "{level:?} at {position}");
            }
        }
    }

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
