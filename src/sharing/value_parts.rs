//! The sums of values of a run that share totals, beside its tables of counts.

use super::settled::Line;
use super::values::{Sum, shown_parts};
use crate::compare::TierReport;
use crate::label::{ClusterLabel, LabelledClustering};
use crate::metrics::ClusterId;
use crate::refit::{GroupBefore, RunBefore, SegmentId};

/// Sums that add up to a known total, as far as each may be shown.
#[derive(Debug, Clone)]
pub(super) struct ValueParts<K> {
    parts: Vec<(K, f64, bool)>,
}

impl<K: PartialEq> ValueParts<K> {
    /// Parts with their sums, and whether their number of customers is held back.
    fn of(parts: Vec<(K, Sum, bool)>, dominance: f64) -> Self {
        let sums: Vec<Sum> = parts.iter().map(|(_, sum, _)| *sum).collect();
        let hidden: Vec<bool> = parts.iter().map(|(.., hidden)| *hidden).collect();
        let shown = shown_parts(&sums, &hidden, dominance);
        ValueParts {
            parts: parts.into_iter().zip(shown).map(|((key, sum, _), shown)| (key, sum.value, shown)).collect(),
        }
    }

    /// Whether the sum of a part may be shown.
    pub(super) fn shows(&self, key: &K) -> bool {
        self.parts.iter().find(|(other, ..)| other == key).is_none_or(|(.., shown)| *shown)
    }

    /// The sums of parts, and what is known of each.
    pub(super) fn lines(&self, keys: &[K]) -> Vec<(f64, Line)> {
        let line = |key: &K| {
            let part = self.parts.iter().find(|(other, ..)| other == key);
            part.map_or((0.0, Line::Listed), |&(_, sum, shown)| {
                (sum, if shown { Line::Listed } else { Line::HeldBack })
            })
        };
        keys.iter().map(line).collect()
    }
}

/// The values of the clusters of a clustering; `hidden` tells whose sizes are held back.
pub(super) fn of_clusters(
    clustering: &LabelledClustering,
    hidden: impl Fn(Option<ClusterId>) -> bool,
    dominance: f64,
) -> ValueParts<Option<ClusterId>> {
    let part = |cluster: &ClusterLabel| {
        let sum = Sum { value: cluster.value.unwrap_or(0.0), largest: cluster.largest_value.unwrap_or(0.0) };
        (cluster.cluster, sum, hidden(cluster.cluster))
    };
    ValueParts::of(clustering.clusters.iter().map(part).collect(), dominance)
}

/// The values of the groups of a run that a later one continues; `hidden` tells whose sizes are held back.
pub(super) fn of_before(
    before: &RunBefore,
    hidden: impl Fn(Option<SegmentId>) -> bool,
) -> ValueParts<Option<SegmentId>> {
    let part = |group: &GroupBefore| {
        let sum = Sum { value: group.value.unwrap_or(0.0), largest: group.largest_value.unwrap_or(0.0) };
        (group.segment_id, sum, hidden(group.segment_id))
    };
    ValueParts::of(before.groups.iter().map(part).collect(), before.dominance)
}

/// The values of the classes of a tier; `hidden` tells whose customers are held back.
pub(super) fn of_classes(report: &TierReport, hidden: impl Fn(&str) -> bool, dominance: f64) -> ValueParts<String> {
    let parts = report.classes.iter().map(|class| {
        let sum = Sum { value: class.value.unwrap_or(0.0), largest: class.largest_value.unwrap_or(0.0) };
        (class.tier.clone(), sum, hidden(&class.tier))
    });
    ValueParts::of(parts.collect(), dominance)
}
