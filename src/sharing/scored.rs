use jiff::civil::Date;
use serde::Serialize;

use super::{Rules, Shown};
use crate::model::{FeatureGaps, OutsideRange, ScoreSummary, SegmentCount, UnseenLevels};
use crate::{Text, Warning};

/// What may be shown of customers that were scored.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedScore {
    /// Customers: rows of the input and of the output.
    pub n_customers: usize,
    /// The date ages are counted to; null when no feature is one.
    pub as_of: Option<Date>,
    /// Those in no cluster because a value is missing that the plan asks for.
    pub n_dropped: Shown<usize>,
    /// Those that DBSCAN calls noise; null when the model holds no core rows.
    pub n_noise: Shown<Option<usize>>,
    /// The segments in order.
    pub segments: Vec<SharedSegmentCount>,
    /// Features with missing values.
    pub missing: Vec<FeatureGaps>,
    /// Categories with levels that the fit has not seen.
    pub unseen: Vec<UnseenLevels>,
    /// Features of which many values lie outside the range that the model knows well.
    pub outside: Vec<SharedOutsideRange>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// How many customers a segment got.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedSegmentCount {
    /// `S01` ….
    pub segment_id: String,
    /// Its name.
    pub name: Text,
    /// Its customers among those scored.
    pub size: Shown<usize>,
}

/// How many values of a feature lie outside its usual range.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedOutsideRange {
    /// The column.
    pub feature: String,
    /// Values below the 1 % quantile.
    pub n_below: Shown<usize>,
    /// Values above the 99 % quantile.
    pub n_above: Shown<usize>,
    /// Values that are not missing.
    pub n_observed: usize,
}

impl SharedScore {
    /// What `rules` let be shown of `summary`.
    pub fn of(summary: &ScoreSummary, rules: &Rules) -> Self {
        // What is in no segment is the last part of the total.
        let mut sizes: Vec<u64> = summary.segments.iter().map(|segment| segment.size as u64).collect();
        sizes.push(summary.n_customers as u64 - sizes.iter().sum::<u64>());
        let mut shown = rules.counts(&sizes);
        shown.truncate(summary.segments.len());
        let rest_is_shown = shown.iter().filter(|size| size.is_none()).count() != 1;
        let rest = |n: usize| rest_is_shown && rules.count(n as u64).is_some();
        let segment = |(segment, size): (&SegmentCount, &Option<u64>)| SharedSegmentCount {
            segment_id: segment.segment_id.clone(),
            name: segment.name.clone(),
            size: Shown::when(size.is_some(), segment.size),
        };
        let count = |n: usize| Shown::when(rules.count(n as u64).is_some(), n);
        let outside = |outside: &OutsideRange| SharedOutsideRange {
            feature: outside.feature.clone(),
            n_below: count(outside.n_below),
            n_above: count(outside.n_above),
            n_observed: outside.n_observed,
        };
        SharedScore {
            n_customers: summary.n_customers,
            as_of: summary.as_of,
            n_dropped: Shown::when(rest(summary.n_dropped), summary.n_dropped),
            n_noise: Shown::maybe(summary.n_noise.is_some_and(rest), summary.n_noise),
            segments: summary.segments.iter().zip(&shown).map(segment).collect(),
            missing: summary.missing.clone(),
            unseen: summary.unseen.clone(),
            outside: summary.outside.iter().map(outside).collect(),
            warnings: summary.warnings.clone(),
        }
    }
}
