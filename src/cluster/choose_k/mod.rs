//! How many clusters there are, and whether there are any.
//!
//! [`choose_k`] fits every k of a range and judges each by how much its silhouette exceeds the silhouettes of reference
//! tables without clusters. The same references answer whether the table has cluster structure at all.
//!
//! - **excess** of k = s_k − mean of the reference silhouettes at k. The plain silhouette prefers k = 2 on one long
//!   cloud ("good half, bad half"); so do the references, and the difference no longer does.
//! - **references**: [`REFERENCES`] normal tables with the mean and the covariance of the customers, kept in the range of
//!   every feature, and as many uniform ones in the box that holds the middle 98 % along every principal axis. Features
//!   with few distinct values keep to these values, or counts alone would look like clusters.
//! - **admissible**: a k whose clusters all hold at least 1 % of the customers, above k = 50 half of an equal share.
//! - **choice**: of the admissible k whose excess is within a tenth of the largest, those whose weakest cluster is steady
//!   (Hennig's stability, at least 0.75; else at least 0.6), and of these the largest excess × stability of the weakest
//!   cluster. Where each of them has a cluster that dissolves, a steady k within a quarter of the largest excess, if there
//!   is one; else the largest excess.
//! - **structure** is present when the best admissible silhouette of a fixed sample of at most [`SAMPLE_ROWS`] rows beats
//!   the best of every single reference, and what one more reference of either kind would stay below with a
//!   probability of 99.9 % (the prediction limit of normal values). The first alone would let one in twenty tables without
//!   clusters through.

mod admissible;
mod choose;
mod curve;
mod reference;
mod steady;

mod structure;
mod table;
mod warnings;

pub use admissible::{MIN_SHARE, min_share};
pub use choose::{ChosenK, choose_k};
pub use curve::SAMPLE_ROWS;
pub use reference::REFERENCES;

pub use structure::{Structure, Verdict};
pub use table::KRow;
