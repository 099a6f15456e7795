//! DBSCAN: clusters are places where rows lie dense, everything else is noise.
//!
//! - [`DbscanParams`], checked into [`DbscanValidParams`], which fit.
//! - [`DbscanFit`]: labels, core rows, and the [`DbscanModel`] that labels new rows.
//! - [`estimated_bytes`]: what a fit will need.
//!
//! A fit has three phases over block trees (`tree`, `bounds`): which rows are core (`core_flags`), which core rows are
//! connected (`components`, `union_find`), and the label of every row (`model`), which is the scoring of new rows.
//! `nearest` finds the k-th neighbour distances from which eps is chosen.

mod bounds;
mod components;
mod core_flags;
mod diagnosis;
mod fit;
mod linfa;
mod model;
mod nearest;
mod params;
mod tree;
mod union_find;

pub(super) use fit::fitted_rows;
pub use fit::{DbscanFit, estimated_bytes};
pub use model::DbscanModel;
pub(super) use nearest::{NearestSearch, nearest_other_point};
pub use params::{DbscanParams, DbscanValidParams};
pub(super) use tree::BlockTree;
