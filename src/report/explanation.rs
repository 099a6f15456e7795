//! What is known of a customer whose segment is to be explained.

use serde::Serialize;

use crate::compare::{Comparison, DisagreementCell};
use crate::label::Labelled;
use crate::model::{FeatureChange, FoundCustomer, Reason};
use crate::{Text, Warning};

/// A customer, and what is known of why it is where it is.
pub struct Explanation<'a> {
    /// The id that was asked for.
    pub id: &'a str,
    /// The customer.
    pub customer: &'a FoundCustomer,
    /// The features of [`FoundCustomer::raw`], in order.
    pub features: Vec<&'a str>,
    /// Why it is in its clusters.
    pub reason: &'a Reason,
    /// What would have to be different.
    pub changes: &'a [FeatureChange],
    /// The tier expected of the customer's segment; `None` when no tier is typical of it or tiers were not compared.
    pub expected_tier: Option<&'a str>,
    /// The segments, with their readable rules.
    pub labelled: &'a Labelled,
    /// Why the customer's tier is not that one; `None` when it is.
    pub disagreement: Option<&'a Disagreeing>,
    /// What to know of the segments before relying on them.
    pub warnings: &'a [Warning],
}

/// A tier that is not the one expected of the segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreeing {
    /// The customer's tier.
    pub tier: String,
    /// The tier expected of the segment.
    pub expected_tier: String,
    /// Customers of that tier in that segment; null when they are fewer than min_cell.
    pub customers: Option<u64>,
    /// What sets them apart.
    pub reason: Text,
}

impl Disagreeing {
    /// The cell of `comparison` that a customer of tier `tier` in the cluster of `reason` is in, if the two disagree there.
    pub fn find(comparison: &Comparison, reason: &Reason, tier: &str, min_cell: u64) -> Option<Self> {
        let cluster = reason.segment()?.cluster;
        let here = |cell: &&DisagreementCell| cell.cluster == Some(cluster) && cell.tier == tier;
        let cell = comparison.disagreements.iter().find(here)?;
        Some(Disagreeing {
            tier: cell.tier.clone(),
            expected_tier: cell.expected_tier.clone(),
            customers: Some(cell.customers).filter(|&customers| customers >= min_cell),
            reason: cell.reason.clone(),
        })
    }
}
