//! DBSCAN: clusters are places where rows lie dense, everything else is noise.
//!
//! - [`DbscanParams`], checked into [`DbscanValidParams`], which fit.
//! - [`DbscanFit`]: labels, core rows, and the [`DbscanModel`] that labels new rows.
//!
//! The rows are arranged in blocks under a tree of boxes (`tree`). A fit has three phases over it: which rows are core
//! (`core_flags`), which core rows are connected (`components`, `union_find`), and the lowest cluster near the others
//! (`lowest`), which is also the scoring of new rows (`model`). `nearest` finds the k-th neighbour distances from which
//! eps is chosen. All of them prune and compare with the same few `kernels` within one `radius`, on the way of `search`.

mod components;
mod core_flags;
mod cost;
mod diagnosis;
mod fit;
mod kernels;
#[cfg(feature = "linfa")]
mod linfa;
mod lowest;
mod model;
mod nearest;
mod params;
mod radius;
mod search;
mod tree;
mod union_find;

pub(crate) use cost::{bytes, seconds};
pub use fit::DbscanFit;
pub(super) use fit::fitted_rows;
pub use model::DbscanModel;
pub(super) use nearest::{kth_distances, outward_root, smallest_gap};
pub use params::{DbscanParams, DbscanValidParams};
pub(super) use tree::BlockTree;
