//! Drift: whether customers are still like those of the run before.
//!
//! - [`Psi`]: the population stability index of two counts with its critical value, and beyond a tolerance.
//! - [`Homogeneity`]: frequencies of levels by χ² and Cramér's V, exact where they are few.
//! - [`wasserstein`]: how far a distribution has moved, in the unit of its values.
//! - [`Paired`]: customers who were there before, held against themselves.
//! - [`holm`]: many tests at once.
//!
//! - [`Reference`]: what a run leaves behind to be compared with: a [`Summary`] per feature and segment.
//! - [`Drift::between`]: every feature of the whole and of every segment, with measure, critical value, effect and [`Finding`].
//! - [`TwoSample`]: whether a rule tells a [`Sample`] of now from one of before, and which; [`stayers`] holds the customers of both
//!   against themselves.
//!
//! docs/drift.md says how to read what comes out.
//!
//! ```
//! use std::sync::Arc;
//! use arrow::array::Int64Array;
//! use segmint::load::{CustomerTable, Ids};
//! use segmint::matrix::{RowMap, TiledMatrix};
//! use segmint::metrics::Partition;
//! use segmint::monitor::Monitor;
//! use segmint::refit::drift::{Drift, DriftParams, Finding, Reference, ReferenceInput, Sample, TwoSample, stayers};
//!
//! let (n, monitor, params) = (600, Monitor::silent(), DriftParams::default());
//! // The same customers in two months; they spend more in the second.
//! let [before, now] = [0.0, 40.0].map(|more| CustomerTable {
//!     ids: Ids::Column { name: "id".into(), values: Arc::new(Int64Array::from_iter_values(0..n as i64)) },
//!     features: vec!["spend".to_owned()],
//!     attributes: vec![],
//!     tier: None,
//!     outcome: None,
//!     value: None,
//!     numeric: Box::new(vec![("spend".to_owned(), (0..n).map(|i| (i * 7 % 100) as f64 + more).collect())]),
//! });
//! let (rows, matrix) = (RowMap::all(n), TiledMatrix::from_rows(&vec![0.0; n], 1).unwrap());
//! let partition = Partition::from_signed(&vec![0; n]);
//! let features = ["spend".to_owned()];
//! let input = |table| ReferenceInput {
//!     table,
//!     rows: &rows,
//!     features: &features,
//!     matrix: &matrix,
//!     partition: &partition,
//!     centroids: None,
//! };
//!
//! let reference = Reference::of(&input(&before), None, &monitor)?;
//! let drift = Drift::between(&reference, &Reference::of(&input(&now), Some(&reference), &monitor)?, &params);
//! assert_eq!(drift.found().len(), 2, "in the whole and in its one segment");
//!
//! let before = Sample::of(&input(&before), 500, 42, &monitor)?;
//! let now = Sample::of(&input(&now), 500, 42, &monitor)?;
//! let told = TwoSample::of(&before, &now, &params, &monitor)?.unwrap();
//! assert!(told.more.unwrap().text().en.contains("% of the customers now have spend > "));
//! let stayed = stayers(&before, &now, &reference, &params);
//! assert_eq!((stayed[0].n, stayed[0].mean, stayed[0].verdict), (500, Some(40.0), Finding::Drifted));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod detect;
#[cfg(test)]
mod example;
mod finding;
#[cfg(test)]
mod golden;
mod holm;
mod levels;
mod noncentral;
mod paired;
mod psi;
mod reference;
mod sample;
mod stayers;
mod summary;
mod two_sample;
mod wasserstein;

pub use detect::DriftParams;
pub use finding::{Drift, FeatureDrift, Finding, Measure, SegmentDrift, Unmeasured};
pub use holm::{holm, holm_levels};
pub use levels::{Homogeneity, Method};
pub use paired::Paired;
pub use psi::Psi;
pub use reference::{CategoryReference, FeatureReference, Reference, ReferenceInput, SegmentReference};
pub use sample::{SAMPLED_CUSTOMERS, Sample, SampleColumn};
pub use stayers::{StayerDrift, stayers};
pub use summary::{FEWEST_CUSTOMERS, Summary};
pub use two_sample::{ChangedGroup, TwoSample};
pub use wasserstein::{wasserstein, wasserstein_of_quantiles};
