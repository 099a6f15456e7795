//! Segments that last: what happened between two runs of one table.
//!
//! - [`drift`]: whether customers are still like those of the run before, feature by feature and segment by segment.

pub mod drift;
