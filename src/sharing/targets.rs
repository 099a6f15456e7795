use serde::Serialize;

use super::{Screen, Shown};
use crate::Text;
use crate::compare::{Reach, Target};

/// The segments, ranked as targets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedTargets {
    /// What they are ranked by, in words.
    pub formula: Text,
    /// Who counts as reachable; null when no column tells.
    pub reach: Option<Reach>,
    /// One entry a segment.
    pub segments: Vec<SharedTarget>,
    /// Whether they tell more than how large the segments are.
    #[serde(skip)]
    pub say_more_than_sizes: bool,
}

/// A segment as a target.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedTarget {
    /// From 1, the first to go for.
    pub rank: usize,
    /// `S01` …
    pub segment_id: String,
    /// Its name.
    pub segment: Text,
    /// Its customers.
    pub customers: Shown<u64>,
    /// Their share of all clustered customers.
    pub share: Shown<f64>,
    /// Their summed value.
    pub value: Shown<Option<f64>>,
    /// Their mean value.
    pub mean_value: Shown<Option<f64>>,
    /// Reachable customers.
    pub reachable: Shown<Option<u64>>,
    /// Their share of the segment.
    pub reachability: Shown<Option<f64>>,
    /// What the segment is ranked by.
    pub score: Shown<f64>,
    /// The tier expected of it.
    pub expected_tier: Option<String>,
    /// What its customers are offered.
    pub service: Option<Text>,
    /// What to do about them.
    pub action: Option<Text>,
}

impl SharedTargets {
    pub(super) fn of(screen: &Screen<'_>) -> Option<Self> {
        let targets = screen.run.comparisons.targets.as_ref()?;
        Some(SharedTargets {
            formula: targets.formula.clone(),
            reach: targets.reach.clone(),
            segments: targets.segments.iter().map(|target| SharedTarget::of(screen, target)).collect(),
            say_more_than_sizes: targets.say_more_than_sizes(),
        })
    }
}

impl SharedTarget {
    fn of(screen: &Screen<'_>, target: &Target) -> Self {
        let shown = screen.target_is_shown(target);
        // Who is reached and which share that is tell the size.
        let told = shown && !screen.gives_away(target);
        // What a segment is ranked by is made of its value where there is one.
        let value = shown && screen.segment_value_is_shown(&target.segment_id);
        let ranked = told && (value || target.value.is_none());
        SharedTarget {
            rank: target.rank,
            segment_id: target.segment_id.clone(),
            segment: target.segment.clone(),
            customers: Shown::when(shown, target.customers),
            share: Shown::when(shown, target.share),
            value: Shown::maybe(value, target.value),
            mean_value: Shown::maybe(value, target.mean_value),
            reachable: Shown::maybe(told, target.reachable),
            reachability: Shown::maybe(told, target.reachability),
            score: Shown::when(ranked, target.score),
            expected_tier: target.expected_tier.clone(),
            service: target.service.clone(),
            action: target.action.clone(),
        }
    }
}
