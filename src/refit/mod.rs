//! Segments that last: what became of the segments of an earlier run in a new fit.
//!
//! An earlier run and a new one are held against each other in up to three [`View`]s, each a table of customers: old segment by
//! new cluster. The [`Forest`] of a view says what became of every old segment and where every new cluster comes from; the view
//! that carries most customers decides. From it every cluster gets an id ([`Identities`]): inherited, or new and never used
//! before.
//!
//! What decides is a function of tables of counts and of labels; only [`Recorded`] reads a file.

pub mod drift;

mod against;
mod before;
mod continuation;
mod cost;
mod drifted;
mod event;
mod facets;
mod forest;
mod gate;
mod gate_wording;
mod identity;
mod ledger;
mod lineage;
mod movement;
mod pair;
mod placed;
mod prototype;
mod record;
mod recorded;
mod then;
mod view;

pub use crate::label::SegmentId;
pub use against::{Baseline, BaselineFacts, People, Seen};
pub use before::{GroupBefore, RunBefore};
pub use continuation::Continuation;
pub(crate) use cost::{bytes, seconds};
pub use drifted::{DriftRecord, LeftBehind};
pub use event::Event;
pub use facets::Facets;
pub use forest::{Edge, Fate, Forest};
pub use gate::{Challenger, Decision, Gate, Rule, RuleName};
pub use identity::{Claim, Flag, Identities};
pub use lineage::{FoundName, GivenName, Lineage, Nearer, SegmentHistory, Sleeper};
pub use movement::{
    Change, CustomerThenAndNow, Leaver, Migrated, MonthAccount, Movement, SegmentMovement, Whereabouts,
};
pub use pair::Pair;
pub use placed::Placed;
pub use prototype::Prototype;
pub use record::{Refit, ViewRecord};
pub use recorded::{Recorded, RecordedCustomer};
pub(crate) use then::placed_then;
pub use view::{View, ViewKind};
