//! What may be told of features that have drifted.

use serde::Serialize;

use super::Shown;
use super::months::Months;
use super::named::SharedName;
use crate::refit::drift::{FeatureDrift, Measure};
use crate::refit::{Refit, SegmentId};

/// A feature that has drifted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedDrift {
    /// The column.
    pub feature: String,
    /// Among the customers of this old segment; null = among all.
    pub segment: Option<SharedName>,
    /// What was measured.
    pub measure: Measure,
    /// PSI; of levels and missing values it is held back.
    pub value: Shown<Option<f64>>,
    /// By how much: standard deviations of before, or Cramér's V.
    pub effect: Shown<Option<f64>>,
    /// The median before, of missing values their share.
    pub before: Shown<Option<f64>>,
    /// The median now, of missing values their share.
    pub now: Shown<Option<f64>>,
}

/// What has drifted, of groups that may be told of; segments are those of the run before.
pub(super) fn drifted(refit: &Refit, months: &Months, named: impl Fn(SegmentId) -> SharedName) -> Vec<SharedDrift> {
    let Some(found) = &refit.drift else { return Vec::new() };
    let mut told = Vec::new();
    for (cluster, drift) in found.drift.found() {
        let Some(cluster) = cluster else {
            told.push(shared(drift, None, months.n_customers(), months));
            continue;
        };
        let id = refit.before.groups.get(cluster.index()).and_then(|group| group.segment_id);
        let segment = found.drift.segments.iter().find(|one| one.cluster == cluster);
        let Some((id, segment)) = id.zip(segment) else { continue };
        let n = [segment.before, segment.now];
        if months.before.is_shown(Some(id)) && n.iter().all(|&n| months.is_no_handful(n)) {
            told.push(shared(drift, Some(named(id)), n, months));
        }
    }
    told
}

/// A drift among so many customers before and now. χ² of two parts is an equation for one of them, so it is not told, nor is more than a
/// digit of what is made of it where a part is a handful.
fn shared(drift: &FeatureDrift, segment: Option<SharedName>, n: [u64; 2], months: &Months) -> SharedDrift {
    let rounded = |value: Option<f64>, steps: f64| value.map(|value| (value * steps).round() / steps);
    let parts = [drift.before, drift.now].into_iter().zip(n).flat_map(|(share, n)| {
        let part = share.unwrap_or(0.0) * n as f64;
        [part, n as f64 - part].map(|part| part.max(0.0).round() as u64)
    });
    let no_handful = parts.into_iter().all(|part| months.is_no_handful(part));
    let (value, effect, ends) = match drift.measure {
        Measure::Psi => (true, 100.0, true),
        Measure::Levels => (false, 10.0, true),
        Measure::Missing => (false, if no_handful { 100.0 } else { 10.0 }, no_handful),
    };
    SharedDrift {
        feature: drift.feature.clone(),
        segment,
        measure: drift.measure,
        value: Shown::maybe(value, rounded(drift.value, 1000.0)),
        effect: Shown::Value(rounded(drift.effect, effect)),
        before: Shown::maybe(ends, drift.before),
        now: Shown::maybe(ends, drift.now),
    }
}
