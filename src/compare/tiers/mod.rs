//! Tiers by themselves: computed from columns, counted, spread over a matrix.
//!
//! - [`tiers_by_rule`]: the tier of every customer by a rule of the plan; `cut`: where a column is cut.
//! - [`TierReport`]: the classes of a tier ([`TierClass`]) with their services, its [`Concentration`] and its [`Matrix`].

mod class;
mod concentration;
mod cut;
mod matrix;
mod report;
mod rule;

pub use self::class::TierClass;
pub use self::concentration::Concentration;
pub(super) use self::cut::known_ascending;
pub use self::matrix::{Axis, AxisPair, Matrix, MatrixCell, Spread};
pub use self::report::{TierFacts, TierReport};
pub use self::rule::{RuleTiers, tiers_by_rule};
