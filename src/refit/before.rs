//! The run that is continued, as its own report tells of it.

use serde::{Deserialize, Serialize};

use super::SegmentId;

/// The run that is continued by itself: what of it is told in its own report, and so may be told here.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RunBefore {
    /// Its `report.min_cell`.
    pub min_cell: u64,
    /// Its `report.dominance`.
    pub dominance: f64,
    /// Customers of its table.
    pub n_customers: u64,
    /// Its segments in order, its noise last where there is any.
    pub groups: Vec<GroupBefore>,
}

/// A segment of the run that is continued, or its noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GroupBefore {
    /// The segment; null = its noise.
    pub segment_id: Option<SegmentId>,
    /// Its customers.
    pub size: u64,
    /// What they brought; null without a money column.
    pub value: Option<f64>,
    /// The share of that in what all brought.
    pub value_share: Option<f64>,
    /// The largest single value of that, without its sign; null without a money column.
    pub largest_value: Option<f64>,
}

impl RunBefore {
    /// Of a run of `n_customers` whose report had this `min_cell` and `dominance`.
    pub fn new(min_cell: u64, dominance: f64, n_customers: u64, groups: Vec<GroupBefore>) -> RunBefore {
        RunBefore { min_cell, dominance, n_customers, groups }
    }
}

impl GroupBefore {
    /// `size` customers of a segment, `None` = noise, of whom no money is known.
    pub fn new(segment_id: Option<SegmentId>, size: u64) -> GroupBefore {
        GroupBefore { segment_id, size, value: None, value_share: None, largest_value: None }
    }
}
