//! What clusters are called.
//!
//! - [`match_catalog`] scores archetypes against clusters and decides (`one_to_one` gives every archetype to one cluster at
//!   most); `applicability` says whether a catalog can be used on a table at all.
//! - `names` makes names of features where no archetype fits (`categories` of levels), and tells equal names apart.
//! - [`label()`] puts it together; `caveats` is what to know before a name is believed.

mod applicability;
mod categories;
mod caveats;
mod label;
mod matching;
mod names;
mod one_to_one;

pub(super) use self::applicability::usage;
pub use self::applicability::{CatalogUse, RoleUse};
pub use self::label::{label, number};
pub(crate) use self::label::{label_as, label_noise};
pub use self::matching::{
    CatalogMatch, ConditionEvidence, MatchVerdict, ScoredArchetype, SkipReason, match_catalog, score,
};
