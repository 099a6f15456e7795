//! Measures of clusterings.
//!
//! - [`Partition`]: which cluster every row is in, if any.
//! - [`external`]: how two partitions agree, by one [`Contingency`] table.
//! - [`internal`]: how compact and how separate the clusters of a partition are.

pub mod external;
pub mod internal;
mod partition;

pub use external::{BestAssignment, Contingency, Information, Pairs};
pub use partition::{ClusterId, Partition};
