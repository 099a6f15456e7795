//! eps = "auto": the radius at which the clusters that last are apart.
//!
//! Every eps gives one DBSCAN clustering, and those of a growing eps form a hierarchy: clusters are born, grow and merge.
//! [`choose_eps`] looks at all of them at once, on a sample of at most [`SAMPLE_ROWS`] rows.
//!
//! - **hierarchy**: the single-linkage tree of the mutual reachability distance max(core distance of x, core distance of
//!   y, distance of x and y) (Campello, Moulavi, Sander 2013), whose cuts are the DBSCAN clusterings of the core rows.
//! - **branch**: a cluster of at least 1 % of the rows and 3 · min_samples, from the eps at which it is born to the eps at
//!   which it merges with another one. Where two merge, the one born later ends; if it has not lasted for longer than
//!   clusters by chance do in as many dimensions as the rows fill, it never counted.
//! - Many small groups are looked for as well: with half of that size, a quarter, … 3 · min_samples, and clusterings whose
//!   mean cluster is at most three times as large.
//! - **evidence** of an eps: Σ −p ln p · ln(death / √(birth · first birth)) over the branches that are there, p the share of
//!   the rows in one. The entropy says how much the clustering tells, the logarithm how long its clusters last.
//! - **answer**: the same branches over a range of eps; the one with the most evidence is taken, in the middle of the
//!   range over which it holds the same rows.
//! - Without two branches side by side there is nothing to separate, and eps is the **knee** of the curve of neighbour
//!   distances.

mod answers;
mod choose;
mod cost;
mod curve;
mod dimension;
mod hierarchy;
mod spanning_tree;
mod warnings;

pub use answers::EpsAnswer;
pub use choose::{ChosenEps, SAMPLE_ROWS, choose_eps};
pub(crate) use cost::seconds;
