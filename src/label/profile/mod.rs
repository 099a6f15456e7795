//! What clusters look like: figures of every column, attributes, and the customers that represent them.
//!
//! - [`profile`] makes the [`Profiles`] of all clusterings of a run; every column is read and ranked once for all.
//! - `column`: moments, quantiles and position of one column; `attribute`: shares and lifts of levels;
//!   `representative`: the customers nearest to the mean of their cluster; `neighbour`: the cluster nearest to each, and
//!   how the two differ; [`Extreme`]: the end of a column at which a cluster stands.

mod attribute;
mod build;
mod column;
mod extreme;
mod members;
mod neighbour;
mod profiles;
mod representative;

pub use self::attribute::{AttributeProfile, LevelProfile, LevelShare};
pub use self::build::{Subject, profile};
pub use self::column::{ColumnFigures, Distribution};
pub use self::extreme::Extreme;
pub use self::neighbour::Neighbour;
pub use self::profiles::{ClusterProfile, ClusteringProfile, ColumnProfile, Profiles};
