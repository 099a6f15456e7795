//! Portraits: what a person wants to read about a segment, ready to be shown.
//!
//! - [`portray`] gives every cluster of the primary clustering its [`Portrait`].
//! - `effect`: how far a cluster differs, as effect sizes with a plain word ([`Strength`]); `place`: its cell in the matrix
//!   of value and frequency; `contrast`: in what it differs from its nearest neighbour.
//! - [`add_rules`] says who is in it as conditions on original units ([`SegmentRules`]).

mod contrast;
mod effect;
mod place;
mod portray;
mod record;
mod rules;

pub(crate) use self::effect::NEGLIGIBLE_DELTA;
pub use self::effect::{AttributeEffect, FeatureEffect, Strength};
pub use self::place::{MatrixPlace, MatrixSide};
pub use self::portray::portray;
pub use self::record::{NeighbourContrast, PairEffect, Portrait, Representative, SegmentRule, SegmentRules};
pub use self::rules::add_rules;
