//! Measures of clusterings.
//!
//! - [`Partition`]: which cluster every row is in, if any.
//! - [`external`]: how two partitions agree, by one [`Contingency`] table.

pub mod external;
mod partition;

pub use external::{BestAssignment, Contingency, Information, Pairs};
pub use partition::{ClusterId, Partition};
