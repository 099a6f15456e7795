//! How compact and how separate clusters are, judged from the rows themselves.
//!
//! Rows in no cluster (noise) are left out of every measure; [`Silhouette::coverage`] and [`ClusterMoments::coverage`]
//! say which share of the rows is judged. Distances are Euclidean, in `f64` on the `f32` values widened, but for silhouettes
//! of more than [`EXACT_ROWS`] rows.
//!
//! - [`silhouette`]: Rousseeuw's, exact to [`EXACT_ROWS`] rows, then on a stratified sample with a standard error.
//! - [`ClusterMoments`]: sizes, means and spreads of the clusters; from them Calinski-Harabasz, Davies-Bouldin and the
//!   two silhouettes whose cost is linear in the rows.

mod cost;
mod distances;
mod float;
mod linear;
mod moments;
mod sample;
mod silhouette;

pub(crate) use cost::{PAIR, all_pairs_seconds, measured_bytes, silhouette_bytes, silhouette_seconds};
pub use moments::ClusterMoments;
pub use sample::EXACT_ROWS;
pub use silhouette::{Silhouette, silhouette, silhouettes};
