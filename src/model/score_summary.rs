//! What became of the customers that were scored.

use jiff::civil::Date;
use serde::Serialize;

use super::{FeatureGaps, UnseenLevels};
use crate::{Text, Warning};

/// What became of the customers that were scored.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoreSummary {
    /// Customers: rows of the input and of the output.
    pub n_customers: usize,
    /// The date ages are counted to; null when no feature is one.
    pub as_of: Option<Date>,
    /// Those in no cluster because a value is missing that the plan asks for (`missing = "drop"`).
    pub n_dropped: usize,
    /// Those that DBSCAN calls noise; null when the model holds no core rows.
    pub n_noise: Option<usize>,
    /// The segments in order.
    pub segments: Vec<SegmentCount>,
    /// Features with missing values, in the order of the model.
    pub missing: Vec<FeatureGaps>,
    /// Categories with levels that the fit has not seen, in the order of the model.
    pub unseen: Vec<UnseenLevels>,
    /// Features of which many values lie outside the range that the model knows well.
    pub outside: Vec<OutsideRange>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// How many customers a segment got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SegmentCount {
    /// `S01` ….
    pub segment_id: String,
    /// Its name.
    pub name: Text,
    /// Its customers among those scored.
    pub size: usize,
}

/// How many values of a feature lie outside the range between the 1 % and the 99 % quantile of the fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OutsideRange {
    /// The column.
    pub feature: String,
    /// Values below the 1 % quantile.
    pub n_below: usize,
    /// Values above the 99 % quantile.
    pub n_above: usize,
    /// Values that are not missing.
    pub n_observed: usize,
}
