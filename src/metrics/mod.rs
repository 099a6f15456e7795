//! Measures of clusterings.
//!
//! - [`Partition`]: which cluster every row is in, if any.

mod partition;

pub use partition::{ClusterId, Partition};
