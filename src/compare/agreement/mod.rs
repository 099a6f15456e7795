//! How well two labellings of the same customers agree: indices with intervals and p values.
//!
//! - [`Indices`]: the measures of a contingency table; [`estimate()`] adds an interval and a p value to each ([`Estimate`]).
//! - `resample`: tables drawn for them; `interval`: the interval of the drawn values.

mod estimate;
mod indices;
mod interval;
mod resample;

pub use self::estimate::{Estimate, Resampling, estimate};
pub use self::indices::{Index, Indices};
