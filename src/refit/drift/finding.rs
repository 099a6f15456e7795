use serde::{Deserialize, Serialize};

use crate::metrics::ClusterId;

/// Whether customers are like those of an earlier run: the whole table, and every segment of that run as its model finds it now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Drift {
    /// The probability of any false finding.
    pub alpha: f64,
    /// The PSI that is tolerated.
    pub tolerance: f64,
    /// The Cramér's V that is tolerated.
    pub smallest_effect: f64,
    /// Tests that Holm's procedure takes together: whole and segments, all features.
    pub n_tests: usize,
    /// The features of the whole table, those with the largest effect first.
    pub features: Vec<FeatureDrift>,
    /// The segments.
    pub segments: Vec<SegmentDrift>,
}

/// A segment of the earlier run, before and now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentDrift {
    /// The cluster of the earlier run.
    pub cluster: ClusterId,
    /// Its customers then.
    pub before: u64,
    /// The customers that the model of that run places there now.
    pub now: u64,
    /// Its features, those with the largest effect first.
    pub features: Vec<FeatureDrift>,
}

/// One feature, before and now, by one measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FeatureDrift {
    /// The column.
    pub feature: String,
    /// What is measured.
    pub measure: Measure,
    /// PSI, or χ² of levels and of missing values; null where nothing was measured.
    pub value: Option<f64>,
    /// What the value has to exceed at the level of its step in Holm's procedure; null where p is exact.
    pub critical_value: Option<f64>,
    /// How large the change is, whatever the number of customers: of PSI the Wasserstein distance in standard deviations of the same
    /// customers before, of levels and missing values Cramér's V.
    pub effect: Option<f64>,
    /// The median before, of missing values their share.
    pub before: Option<f64>,
    /// The median now, of missing values their share.
    pub now: Option<f64>,
    /// The probability of such a value where the population has not moved by more than the tolerance.
    pub p: Option<f64>,
    /// p after Holm.
    pub p_adjusted: Option<f64>,
    /// What was found.
    pub verdict: Finding,
    /// Why nothing was measured.
    pub reason: Option<Unmeasured>,
}

/// A measure of drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The population stability index of a numeric feature, tested beyond the tolerance.
    Psi,
    /// χ² of the levels of a category.
    Levels,
    /// χ² of missing and observed values of a numeric feature.
    Missing,
}

/// What a measure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// No more than chance or the tolerance allows.
    None,
    /// More than both.
    Drifted,
    /// It could not be measured.
    NotMeasured,
}

/// Why something could not be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unmeasured {
    /// Fewer than 50 customers, before or now.
    FewCustomers,
    /// There is no such column, before or now.
    NoColumn,
    /// It was counted in other bins.
    OtherBins,
}

impl Drift {
    /// What has drifted, in the whole (`None`) and in segments, those with the largest effect first.
    pub fn found(&self) -> Vec<(Option<ClusterId>, &FeatureDrift)> {
        let segments = self.segments.iter().flat_map(|one| one.features.iter().map(|drift| (Some(one.cluster), drift)));
        let all = self.features.iter().map(|drift| (None, drift)).chain(segments);
        let mut found: Vec<_> = all.filter(|(_, drift)| drift.verdict == Finding::Drifted).collect();
        found.sort_by(|a, b| b.1.effect.unwrap_or(0.0).total_cmp(&a.1.effect.unwrap_or(0.0)));
        found
    }
}
