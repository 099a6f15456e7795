//! `[source]`: what is read, and how.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Algorithm;

/// Columns of `assignments.parquet` and `disagreements.parquet` that stand beside the id, which keeps its own name there.
const OWN_COLUMNS: [&str; 16] = [
    "segment_id",
    "segment",
    "archetype",
    "kmeans_margin",
    "runner_up",
    "dbscan_core",
    "tier",
    "expected_tier",
    "value",
    "reason",
    "direction",
    "expected_value",
    "rank",
    "rule",
    "previous_segment_id",
    "change",
];

/// Whether the tables of a run need this name for a column of their own, so that no id can be called so.
pub(super) fn is_own_column(name: &str) -> bool {
    let of_clustering = ["_cluster", "_probability"].into_iter().find_map(|end| name.strip_suffix(end));
    OWN_COLUMNS.contains(&name)
        || of_clustering.is_some_and(|name| Algorithm::ALL.iter().any(|algorithm| algorithm.name() == name))
}

/// `[source]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SourcePlan {
    /// File, folder or glob, resolved against the configuration's folder.
    pub path: PathBuf,
    /// The id column; `None` = row number.
    pub id: Option<String>,
    /// What happens when an id occurs twice.
    pub duplicates: Duplicates,
    /// The clustered columns; empty = every numeric column without another role.
    pub features: Vec<String>,
    /// Columns that only describe; empty = every text, bool and date column.
    pub attributes: Vec<String>,
    /// Columns that are not read.
    pub exclude: Vec<String>,
    /// The tier people gave.
    pub tier: Option<String>,
    /// The money column.
    pub value: Option<String>,
    /// A two-level column that is described per segment and never a tier.
    #[serde(default)]
    pub outcome: Option<String>,
    /// The date ages are counted to; `None` = the latest date in the columns read as ages.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// Markers of missing in every column.
    #[serde(default)]
    pub null_values: Vec<NullValue>,
    /// `[source.columns.NAME]`: how single columns are read.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnPlan>,
}

impl SourcePlan {
    /// The markers of missing in the column `name`: its own, else those of every column.
    pub fn null_values_of(&self, name: &str) -> &[NullValue] {
        let own = self.columns.get(name).and_then(|column| column.null_values.as_deref());
        own.unwrap_or(&self.null_values)
    }
}

/// A value that stands for a missing one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum NullValue {
    /// A number, in columns that hold or are read as numbers.
    Number(f64),
    /// A text, compared without spaces around it.
    Text(String),
}

impl NullValue {
    /// Whether the text of a cell is this value: as a text without spaces around it, or as the number it writes.
    pub fn is(&self, text: &str) -> bool {
        match self {
            NullValue::Number(number) => text.trim().parse() == Ok(*number),
            NullValue::Text(marker) => text.trim() == marker.trim(),
        }
    }
}

impl fmt::Display for NullValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NullValue::Number(number) => write!(f, "{number}"),
            NullValue::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// `[source.columns.NAME]`: how one column is read. What is absent is judged from its type and values.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ColumnPlan {
    /// What its values become; `None` = what its type says.
    pub read: Option<ReadAs>,
    /// The decimal mark of text read as numbers; `None` = judged from the values.
    pub decimal: Option<DecimalMark>,
    /// Whether the day comes before the month in text read as dates with the year last; `None` = judged from the values.
    pub day_first: Option<bool>,
    /// Markers of missing, in place of those of every column; `None` = those of every column.
    pub null_values: Option<Vec<NullValue>>,
    /// The levels of an ordinal, low to high; empty = none.
    pub levels: Vec<String>,
}

/// What the values of a column become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReadAs {
    /// Numbers, also where they are written as text such as `1,234.50`, `12 %` or `¥3,000`.
    Number,
    /// Days from the date to the as-of date.
    AgeDays,
    /// Years from the year or date to the as-of date.
    AgeYears,
}

/// The decimal mark of numbers written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum DecimalMark {
    /// `1,234.50`.
    #[serde(rename = ".")]
    Point,
    /// `1.234,50`.
    #[serde(rename = ",")]
    Comma,
}

/// What happens when an id occurs twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// The table is refused.
    Error,
    /// The first row is kept.
    First,
    /// The last row is kept.
    Last,
}
