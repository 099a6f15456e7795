//! Everything that was held against clusters: what `comparison.json` holds.

use serde::{Deserialize, Serialize};

use super::{Comparison, Moves, OutcomeReport, Targets, TierReport};

/// `comparison.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparisons {
    /// One for every tier × clustering × noise policy.
    pub comparisons: Vec<Comparison>,
    /// Every tier by itself.
    #[serde(default)]
    pub tiers: Vec<TierReport>,
    /// The first tier (the manual one where there is one) against every other, which takes the place of the clusters.
    #[serde(default)]
    pub tier_pairs: Vec<Comparison>,
    /// The segments, ranked as targets.
    #[serde(default)]
    pub targets: Option<Targets>,
    /// The outcome column per segment; null without one.
    #[serde(default)]
    pub outcome: Option<OutcomeReport>,
    /// Customers whose tier looks too low or too high, from `disagreements.parquet`; null when nobody disagrees or the tiers
    /// have no order.
    #[serde(default)]
    pub moves: Option<Moves>,
}
