//! The folder of runs: every run in its own folder, names for some of them, and nothing half written.
//!
//! ```text
//! runs/
//!   20260801T020000.000Z-5f3a9c1e/   a run: run.json and the files beside it
//!   .aliases/latest                  a small file that holds a run id; replaced atomically
//!   .aliases/champion
//!   names.json                       names that people gave to segments
//!   lineage.json                     an index of promoted runs and their segments
//!   .tmp-20260802T…                  a run being written, or what a killed process left
//!   .lock                            held from the beginning of a run to its end
//!   .edit.lock                       held for moments, while aliases change or old runs are deleted
//! ```
//!
//! [`Registry::begin`] takes the lock and gives a [`PendingRun`] whose folder the caller fills; [`PendingRun::commit`]
//! makes the files durable and renames the folder into place. Whatever kills the process in between, the runs and
//! aliases that were there stay as they were, and the next `begin` clears the remains away.
//!
//! ```
//! use segmint::registry::Registry;
//! let folder = tempfile::tempdir()?;
//! let registry = Registry::open(folder.path().join("runs"));
//! let pending = registry.begin("2026-08-01T02:00:00Z".parse()?, b"plan and input")?;
//! std::fs::write(pending.path().join("run.json"), r#"{"kmeans": {"k": 4}}"#)?;
//! let run = pending.commit(50)?.folder;
//! assert_eq!(registry.resolve("latest")?, run);
//! assert_eq!(registry.list()?[0].facts.k, Some(4));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`RunRecord`] and the `write_…` functions say what the files of a run hold. A folder counts as a run when its `run.json` is
//! whole.

mod alias;
mod charts;
mod checksums;
mod cost;
mod disk;
mod error;
mod folder;
mod histogram;
mod labels;
mod lineage_index;
mod lock;
mod names;
mod pending;
mod promoted;
mod record;
mod resolve;
mod retention;
mod run;
mod run_id;
mod run_time;
#[cfg(test)]
mod schema;
mod segments_table;
mod shape;
mod store;
#[cfg(feature = "report")]
mod tier_table;
mod write;

pub use alias::{AliasName, LATEST};
pub use charts::{ChartInput, Charts};
pub use checksums::{PAGE, write_checksums};
pub use disk::replace_file;
pub use error::RegistryError;
pub use folder::RunFolder;
pub use labels::{Joined, LabelsById, Repeats};
pub use lineage_index::{IndexedRun, IndexedSegment, LineageIndex, PromotedLineage, SegmentState};
pub use names::{PinnedName, PinnedNames};
pub use pending::{CommittedRun, PendingRun, Promotion, RunLock};
pub use promoted::{LostRun, Promoted, PromotedRun};
pub use record::{
    DbscanRecord, InputRecord, KMeansRecord, OtherRecords, REFERENCE, REFIT, RUN_FORMAT, RunRecord, SegmentRecord,
    Software,
};
pub use retention::expired;
pub use run::Run;
pub(crate) use run::read_json;
pub use run_id::RunId;
pub use run_time::run_time;
pub(crate) use segments_table::write_segments;
pub use store::{Registry, RunEntry, RunFacts};
#[cfg(feature = "report")]
pub use tier_table::TierTable;
pub(crate) use write::{segments_document, write_assignments, write_disagreements, write_json};
