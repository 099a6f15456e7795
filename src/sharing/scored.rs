use jiff::civil::Date;
use serde::Serialize;

use super::{Rules, Shown, warnings};
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
    pub missing: Vec<SharedGaps>,
    /// Categories with levels that the fit has not seen.
    pub unseen: Vec<SharedUnseen>,
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
    pub n_observed: Shown<usize>,
}

/// How many values of a feature were missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedGaps {
    /// The column.
    pub feature: String,
    /// Missing values, those counted below among them.
    pub n_missing: Shown<usize>,
    /// Values that stand for a missing one.
    pub n_marked: Shown<usize>,
    /// Texts that are no number or no known level.
    pub n_unreadable: Shown<usize>,
}

/// A category with levels that the fit has not seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedUnseen {
    /// The column.
    pub feature: String,
    /// Customers with such a level.
    pub n_unseen: Shown<usize>,
    /// The level that most of them share; null where too few do.
    pub example: Option<String>,
}

impl SharedGaps {
    fn of(gaps: &FeatureGaps, rules: &Rules) -> Self {
        let FeatureGaps { n_missing, n_marked, n_unreadable, .. } = *gaps;
        let parts = [n_marked, n_unreadable, n_missing.saturating_sub(n_marked + n_unreadable)].map(|n| n as u64);
        let shown = rules.counts(&parts);
        let all = rules.count(n_missing as u64).is_some();
        SharedGaps {
            feature: gaps.feature.clone(),
            n_missing: Shown::when(all, n_missing),
            n_marked: Shown::when(all && shown[0].is_some() || n_marked == 0, n_marked),
            n_unreadable: Shown::when(all && shown[1].is_some() || n_unreadable == 0, n_unreadable),
        }
    }
}

impl SharedUnseen {
    fn of(unseen: &UnseenLevels, rules: &Rules) -> Self {
        SharedUnseen {
            feature: unseen.feature.clone(),
            n_unseen: Shown::when(rules.count(unseen.n_unseen as u64).is_some(), unseen.n_unseen),
            example: unseen.example.clone().filter(|_| unseen.n_example as u64 >= rules.min_cell),
        }
    }
}

impl SharedScore {
    /// What `rules` let be shown of `summary`.
    pub fn of(summary: &ScoreSummary, rules: &Rules) -> Self {
        // Who is dropped, or else in no segment, are parts of the total too.
        let mut sizes: Vec<u64> = summary.segments.iter().map(|segment| segment.size as u64).collect();
        let outside = summary.n_customers as u64 - sizes.iter().sum::<u64>();
        sizes.push(summary.n_dropped as u64);
        sizes.push(outside.saturating_sub(summary.n_dropped as u64));
        let n_segments = summary.segments.len();
        // Without those dropped as well, which is how the run that has these customers holds its segments back.
        let of_run = rules.counts(&[&sizes[..n_segments], &sizes[n_segments + 1..]].concat());
        let mut shown = rules.counts(&sizes);
        shown.iter_mut().zip(&of_run[..n_segments]).for_each(|(shown, of_run)| *shown = shown.and(*of_run));
        let (shown, rest) = shown.split_at(n_segments);
        let all_are_shown = shown.iter().all(Option::is_some);
        let is_no_handful = |n: usize| rules.count(n as u64).is_some();
        let segment = |(segment, size): (&SegmentCount, &Option<u64>)| SharedSegmentCount {
            segment_id: segment.segment_id.clone(),
            name: segment.name.clone(),
            size: Shown::when(size.is_some(), segment.size),
        };
        let outside = |outside: &OutsideRange| {
            let OutsideRange { n_below, n_above, n_observed, .. } = *outside;
            let missing = summary.n_customers - n_observed;
            let parts = [n_below, n_above, n_observed - n_below - n_above, missing].map(|n| n as u64);
            let shown = rules.counts(&parts);
            SharedOutsideRange {
                feature: outside.feature.clone(),
                n_below: Shown::when(shown[0].is_some(), n_below),
                n_above: Shown::when(shown[1].is_some(), n_above),
                n_observed: Shown::when(shown[3].is_some(), n_observed),
            }
        };
        SharedScore {
            n_customers: summary.n_customers,
            as_of: summary.as_of,
            n_dropped: Shown::when(rest[0].is_some(), summary.n_dropped),
            n_noise: Shown::maybe(rest[1].is_some() && is_no_handful(summary.n_noise.unwrap_or(0)), summary.n_noise),
            segments: summary.segments.iter().zip(shown).map(segment).collect(),
            missing: summary.missing.iter().map(|gaps| SharedGaps::of(gaps, rules)).collect(),
            unseen: summary.unseen.iter().map(|unseen| SharedUnseen::of(unseen, rules)).collect(),
            outside: summary.outside.iter().map(outside).collect(),
            warnings: warnings::of_score(summary, all_are_shown, rules.min_cell),
        }
    }
}
