//! `lineage.json`: every segment that promoted runs had, in one file.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::lock::Lock;
use super::{AliasName, Promoted, Registry, RegistryError, Run, disk, read_json};
use crate::refit::{GivenName, Lineage, SegmentHistory, SegmentId};

/// The file of a registry.
const LINEAGE: &str = "lineage.json";

/// `lineage.json` of a registry: an index for people and programs, made from the promoted runs whenever an alias moves. What
/// decides ids is in the runs; without the file nothing is lost but what it knows of runs that are deleted, and of those
/// that an alias was taken back from, whose ids are not given again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LineageIndex {
    /// By alias.
    pub aliases: BTreeMap<String, PromotedLineage>,
}

/// The segments of the runs that an alias led through.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PromotedLineage {
    /// The lowest id that was never given.
    pub next_id: Option<SegmentId>,
    /// The runs, by date, then by id.
    pub runs: Vec<IndexedRun>,
    /// Every segment, by id.
    pub segments: Vec<IndexedSegment>,
}

/// A promoted run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct IndexedRun {
    /// The run.
    pub run_id: String,
    /// Its date; null when its plan names none.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub as_of: Option<Date>,
    /// Its segments.
    pub segment_ids: Vec<SegmentId>,
}

/// A segment over all runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct IndexedSegment {
    /// The segment.
    pub segment_id: SegmentId,
    /// Whether it is in the last run, may come back, or is gone for good.
    pub state: SegmentState,
    /// The run it first was in.
    pub born: Option<String>,
    /// The last run it was in.
    pub last_run: String,
    /// The segments it came from.
    pub parents: Vec<SegmentId>,
    /// What it was called, the first name first.
    pub names: Vec<GivenName>,
}

/// What has become of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SegmentState {
    /// It is in the last run.
    Active,
    /// It vanished, and comes back under its id where its customers do.
    Dormant,
    /// It is gone for good, and so is its id.
    Retired,
}

impl PromotedLineage {
    /// Of the runs with their lineages seen from outside, oldest first; of runs that are not there any more what `before` knows.
    pub fn of(runs: &[(IndexedRun, Lineage)], before: &PromotedLineage) -> PromotedLineage {
        let is_here = |run: &IndexedRun| runs.iter().any(|(other, _)| other.run_id == run.run_id);
        let older = before.runs.iter().filter(|run| !is_here(run)).cloned();
        let mut segments: BTreeMap<SegmentId, IndexedSegment> = before
            .segments
            .iter()
            .map(|known| (known.segment_id, IndexedSegment { state: SegmentState::Retired, ..known.clone() }))
            .collect();
        let newest = runs.len().saturating_sub(1);
        for (place, (run, lineage)) in runs.iter().enumerate() {
            let state = if place == newest { SegmentState::Active } else { SegmentState::Retired };
            for history in &lineage.ids {
                segments.insert(history.segment_id, IndexedSegment::of(history, state, &run.run_id));
            }
            for sleeper in lineage.sleepers.iter().filter(|_| place == newest) {
                let found = IndexedSegment::of(&sleeper.history, SegmentState::Dormant, &sleeper.last_run);
                segments.insert(found.segment_id, found);
            }
        }
        let mut all: Vec<IndexedRun> = older.chain(runs.iter().map(|(run, _)| run.clone())).collect();
        all.sort_by(|a, b| (a.as_of, &a.run_id).cmp(&(b.as_of, &b.run_id)));
        PromotedLineage {
            next_id: runs.last().map(|(_, lineage)| lineage.next_id).max(before.next_id),
            runs: all,
            segments: segments.into_values().collect(),
        }
    }
}

impl IndexedSegment {
    fn of(history: &SegmentHistory, state: SegmentState, last_run: &str) -> Self {
        IndexedSegment {
            segment_id: history.segment_id,
            state,
            born: history.born.clone(),
            last_run: last_run.to_owned(),
            parents: history.parents.clone(),
            names: history.names.clone(),
        }
    }
}

impl Registry {
    /// The index; empty when there is none or it cannot be read, since it is made again from the runs.
    pub fn lineage_index(&self) -> LineageIndex {
        read_json(self.path(), LINEAGE).unwrap_or_default()
    }

    /// Makes the part of `alias` again, after the alias moved.
    pub(super) fn index_lineage(&self, _: &Lock, alias: &AliasName) -> Result<(), RegistryError> {
        let mut index = self.lineage_index();
        let name = alias.as_str();
        let runs = self.lineages(&self.promoted(name)?)?;
        let before = index.aliases.remove(name).unwrap_or_default();
        index.aliases.insert(name.to_owned(), PromotedLineage::of(&runs, &before));
        let text = serde_json::to_string_pretty(&index).expect("an index has text keys");
        disk::replace_file(self.path(), LINEAGE, text + "\n")
    }

    /// The lineages of promoted runs, oldest first.
    fn lineages(&self, promoted: &Promoted) -> Result<Vec<(IndexedRun, Lineage)>, RegistryError> {
        let of = |run: &super::PromotedRun| {
            let run_id = run.id.to_string();
            let lineage = Run::lineage_of(&self.path().join(&run_id), &run_id)?;
            let segment_ids = lineage.ids.iter().map(|history| history.segment_id).collect();
            Ok((IndexedRun { run_id, as_of: run.as_of, segment_ids }, lineage))
        };
        promoted.runs.iter().rev().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;
    use crate::refit::{FoundName, Identities};

    fn lineage(run: &str, n: usize) -> (IndexedRun, Lineage) {
        let ids = Identities::first(n).ids;
        let names = (0..n).map(|i| FoundName { name: Text::new(format!("n{i}"), format!("名{i}")), archetype: None });
        let lineage = Lineage::first(&ids, names.collect()).seen_from_outside(run);
        (IndexedRun { run_id: run.to_owned(), as_of: None, segment_ids: ids }, lineage)
    }

    #[test]
    fn segments_that_are_in_no_run_any_more_are_retired_and_stay_known() {
        let first = PromotedLineage::of(&[lineage("a", 3)], &PromotedLineage::default());
        assert!(first.segments.iter().all(|segment| segment.state == SegmentState::Active));
        // The run "a" is deleted, and "b" knows two of its segments.
        let second = PromotedLineage::of(&[lineage("b", 2)], &first);
        let states: Vec<SegmentState> = second.segments.iter().map(|segment| segment.state).collect();
        assert_eq!(states, [SegmentState::Active, SegmentState::Active, SegmentState::Retired]);
        let runs: Vec<&str> = second.runs.iter().map(|run| &*run.run_id).collect();
        assert_eq!((runs, &*second.segments[2].last_run), (vec!["a", "b"], "a"));
        assert_eq!(second.next_id, first.next_id, "an id is never given again");
    }
}
