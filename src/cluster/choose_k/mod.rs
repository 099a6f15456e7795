//! How many clusters there are, and whether there are any.
//!
//! [`choose_k`] fits every k of a range and judges each by how much its silhouette exceeds the silhouettes of reference
//! tables without clusters. The same references answer whether the table has cluster structure at all.
//!
//! - **excess** of k = s_k − mean of the reference silhouettes at k. The plain silhouette prefers k = 2 on one long
//!   cloud ("good half, bad half"); so do the references, and the difference no longer does.
//! - **references**: [`REFERENCES`] tables that depend like normal ones, with the customers' own marginals as far as these
//!   have one peak, and as many uniform ones in the box that holds the middle 98 % along every principal axis. Values that
//!   many rows share keep their shares, or counts and flags alone would look like clusters.
//! - **admissible**: a k whose clusters all hold at least 1 % of the customers, above k = 50 half of an equal share.
//! - **choice**: of the admissible k the largest excess × min(1, stability of the weakest cluster / 0.75) (mean Jaccard
//!   similarity over bootstrap samples), measured where the excess is large enough to win.
//! - **structure** is present when the silhouette of the delivered clusters exceeds what the best choice of k finds in any
//!   reference, and for the normal ones 0.3 of the distance from the median to that best more. Where that is close, 149 references
//!   of either kind are asked instead. Nor may all delivered clusters lie on one mode: the customers thin out on the way from some
//!   of them to the others. [`density_structure`] judges DBSCAN's clusters.
//!
//! Sample and references come from streams of their own, so a verdict can differ only where the delivered clusters do.

mod admissible;
mod choose;
mod cost;
mod curve;
mod density;
mod kept;
mod marginal;
mod modes;
mod reference;
mod steady;
mod structure;
mod table;
mod warnings;

pub use admissible::{MIN_SHARE, min_share};
pub(in crate::cluster) use choose::choose_k_from;
pub use choose::{ChosenK, choose_k};
pub(crate) use cost::{bytes, seconds};
pub use curve::SAMPLE_ROWS;
pub use density::{DensityStructure, density_structure};
pub use reference::REFERENCES;

pub use structure::{Structure, StructureVerdict};
pub use table::KRow;
