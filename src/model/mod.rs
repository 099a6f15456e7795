//! The fitted pipeline, and what can be done with it.
//!
//! - [`AssignmentWriter`]: the table of customers and their segments, written by runs and by scoring alike.

mod assignments;

pub use assignments::{AssignmentRows, AssignmentWriter, MixtureRows, SegmentName, table_properties};
