//! k-means: k clusters around k centroids, every customer in the cluster of its nearest centroid.
//!
//! - [`KMeansParams`] → [`KMeansValidParams`]: what is wanted; only checked parameters can fit.
//! - [`KMeansFit`]: the model, the clusters of the fitted rows and how they were found.
//! - [`KMeansModel`]: the centroids; [`nearest`](KMeansModel::nearest) is the one definition of "in which cluster".
//! - [`RowWeights`], [`MultisetFit`]: rows that count more than once, and fits that no order of the rows changes.
//!
//! The distance of row x to centroid c is D²(x, c) = Σ_j (x_j − c_j)², the `f32` values widened, j ascending, plain
//! `f64` multiplications and additions. The label is the lowest c that minimises it. Fit, batch assignment and scoring
//! of one row use that same sum, so they never disagree, and no result depends on threads or instruction sets.
//!
//! How a fit is fast without being another fit: `kernel` decides nearly every row in `f32` with a bound of its error and
//! leaves the rest to `f64`; `sums` are integers, so a row that moves is taken from one sum and added to another without a
//! trace; `bounds` tell which rows cannot have moved. `pass` puts them together, `assigning` goes on from one to the next, `lloyd`
//! asks for it until nothing moves.
//!
//! Whoever goes over the rows may be elsewhere: `rows` asks this process or a `shard`, and both give the same bits. Fits of rows in
//! shards go over them `together`.
//!
//! For linfa and ndarray users the parameters implement `ParamGuard` and `Fit`, the model `Predict` and `Transformer`.

mod assign;
mod assigning;
mod bounds;
mod centroids;
mod cost;
mod distances;
mod feature_stats;
mod fit;
mod fit_each;
mod init;
mod kernel;
#[cfg(feature = "linfa")]
mod linfa;
mod lloyd;
mod model;
mod multiset;
mod nearest;
mod numbering;
mod params;
mod pass;
mod race;
mod rows;
mod samples;
mod shard;
mod share;
mod starts;
mod sums;
mod tile;
mod together;
mod weights;

pub use assign::{Assignment, RunnersUp};
pub use centroids::Centroids;
pub(crate) use cost::{answers_bytes, fit_bytes, fit_seconds, fits_bytes, shard_bytes, starts};
use feature_stats::FeatureStats;
pub use fit::{KMeansFit, StartMethod};
pub(in crate::cluster) use fit_each::fit_each;
pub use model::{KMeansModel, Nearest};
pub use multiset::{MultisetFit, Precision, Starts};
pub use params::{KMeansParams, KMeansValidParams};
pub(in crate::cluster) use rows::Rows;
#[cfg(test)]
pub(crate) use shard::ShardTask;
pub(crate) use shard::{Opening, Question, Shard, ShardAnswer, ShardCut, ShardFound, Shards};
pub use weights::RowWeights;
