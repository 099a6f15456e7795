//! Agreement of two partitions: one table of counts, many indices, each a small view of it.
//!
//! - [`Contingency`]: customers per tier (rows) and cluster (columns), with their margins and, on request, their value.
//! - [`Pairs`]: what the indices over pairs of customers need (adjusted Rand, Fowlkes-Mallows).
//! - [`Information`]: what the entropy indices need (AMI, NMI, homogeneity, completeness, V).
//! - Purity, inverse purity, Cramér's V, Kendall's tau-b and the best assignment read the table itself.
//!
//! Nothing here looks at customers again: after the table is counted, no index costs more than a pass over its cells
//! (the expected information of AMI: √n terms a cell; the best assignment: the cube of the shorter side). Where
//! scikit-learn has the index, its conventions for single clusters hold; an index that is undefined is `None`, and
//! without customers every index is.

mod assignment;
mod association;
mod contingency;
mod information;
mod pairs;

pub use assignment::BestAssignment;
pub use contingency::Contingency;
pub use information::Information;
pub use pairs::Pairs;
