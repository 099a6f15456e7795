//! A run, read whole from its folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::checksums::{self, Checksums};
use super::shape::{self, Files};
use super::{Charts, REFERENCE, REFIT, RUN_FORMAT, RegistryError, RunRecord};
use crate::compare::Comparisons;
use crate::config::ReportPlan;
use crate::label::{ClusterLabel, Labelled, LabelledClustering};
use crate::printable::shown;
use crate::refit::{FoundName, GroupBefore, LeftBehind, Lineage, Refit, RunBefore, SegmentId};
use crate::{Text, Warning};

/// Everything the JSON files of a run hold.
///
/// Keys that a later version added are not looked at, and keys that an earlier one did not write have their defaults, so any
/// run of the same major format opens.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Run {
    /// Its folder.
    pub folder: PathBuf,
    /// `run.json`.
    pub record: RunRecord,
    /// `segments.json`.
    pub labelled: Labelled,
    /// `comparison.json`.
    pub comparisons: Comparisons,
    /// `charts.json`.
    pub charts: Charts,
    /// `refit.json`; `None` when the run continues none.
    pub refit: Option<Refit>,
    /// `reference.json`; `None` when the run neither continued another nor had a gate.
    pub left_behind: Option<LeftBehind>,
}

/// All that is read before the format is known.
#[derive(Deserialize)]
struct Versioned {
    #[serde(default)]
    format: Option<String>,
}

impl Run {
    /// Reads the run in `folder`, after all of its files were held against `checksums.txt`.
    ///
    /// # Errors
    /// [`RegistryError::Format`] when its format is of another major version than [`RUN_FORMAT`]; [`RegistryError::Missing`],
    /// [`RegistryError::Altered`], [`RegistryError::Unreadable`] and [`RegistryError::Damaged`] name the file.
    pub fn open(folder: &Path) -> Result<Run, RegistryError> {
        let mut record = Run::record_of(folder)?;
        record.plan.origins = record.origins.clone();
        let labelled = read_json(folder, "segments.json")?;
        let comparisons = read_json(folder, "comparison.json")?;
        let charts = read_json(folder, "charts.json")?;
        let refit = if_there(read_json(folder, REFIT))?;
        let left_behind: Option<LeftBehind> = if_there(read_json(folder, REFERENCE))?;
        let files = Files {
            record: &record,
            labelled: &labelled,
            comparisons: &comparisons,
            charts: &charts,
            refit: refit.as_ref(),
            left_behind: left_behind.as_ref(),
        };
        shape::check(folder, &files)?;
        Ok(Run { folder: folder.to_owned(), record, labelled, comparisons, charts, refit, left_behind })
    }

    /// The `run.json` in `folder`, after all files of the run were held against `checksums.txt`.
    ///
    /// # Errors
    /// As [`Run::open`].
    pub fn record_of(folder: &Path) -> Result<RunRecord, RegistryError> {
        verify(folder)?;
        read_json(folder, "run.json")
    }

    /// Where its ids and names come from, seen from outside.
    ///
    /// # Errors
    /// [`RegistryError::Damaged`] when a segment has an id that is none.
    pub fn lineage(&self) -> Result<Lineage, RegistryError> {
        let refit = self.refit.as_ref().map(|refit| refit.lineage.clone());
        Run::lineage_from(&self.folder, &self.record.run_id, refit, || Ok(self.labelled.clone()))
    }

    /// [`lineage`](Run::lineage) of the run called `run` in `folder`, of whose files only what is needed is read.
    pub(super) fn lineage_of(folder: &Path, run: &str) -> Result<Lineage, RegistryError> {
        let refit: Option<Refit> = if_there(read_json(folder, REFIT))?;
        Run::lineage_from(folder, run, refit.map(|refit| refit.lineage), || read_json(folder, "segments.json"))
    }

    fn lineage_from(
        folder: &Path,
        run: &str,
        refit: Option<Lineage>,
        labelled: impl FnOnce() -> Result<Labelled, RegistryError>,
    ) -> Result<Lineage, RegistryError> {
        if let Some(lineage) = refit {
            return Ok(lineage.seen_from_outside(run));
        }
        let labelled = labelled()?;
        let clusters = || labelled.primary().into_iter().flat_map(LabelledClustering::without_noise);
        let ids: Result<Vec<SegmentId>, String> =
            clusters().map(|cluster| cluster.id.as_deref().unwrap_or_default().parse()).collect();
        let damaged = |message: String| RegistryError::Damaged { path: folder.join("segments.json"), message };
        let named =
            clusters().map(|cluster| FoundName { name: cluster.name.clone(), archetype: cluster.archetype.clone() });
        Ok(Lineage::first(&ids.map_err(damaged)?, named.collect()).seen_from_outside(run))
    }

    /// The name in both languages of the segment that the tables of the run call `recorded`; `None` when it has no such segment.
    pub fn segment_name(&self, recorded: &str) -> Option<&Text> {
        let segment = self.record.segments.iter().position(|segment| segment.segment == recorded)?;
        let is_it = |label: &&ClusterLabel| label.cluster.is_some_and(|cluster| cluster.index() == segment);
        self.labelled.primary()?.clusters.iter().find(is_it).map(|label| &label.name)
    }

    /// The run by itself, as a run that continues it keeps it: whatever is told of both has to fit what is told of this one.
    pub fn seen_from_later(&self) -> RunBefore {
        let clusters = self.labelled.primary().map_or(&[][..], |primary| &primary.clusters);
        let group = |cluster: &ClusterLabel| {
            let segment = cluster.cluster.and_then(|cluster| self.record.segments.get(cluster.index()));
            let id = segment.and_then(|segment| segment.segment_id.parse().ok());
            let mut group = GroupBefore::new(id, cluster.size as u64);
            (group.value, group.value_share) = (cluster.value, cluster.value_share);
            group.largest_value = cluster.largest_value;
            group
        };
        let ReportPlan { min_cell, dominance, .. } = self.record.plan.report;
        let n_customers = self.record.input.n_customers as u64;
        RunBefore::new(min_cell, dominance, n_customers, clusters.iter().map(group).collect())
    }

    /// What to know of a run whose files nobody can hold against anything: runs before format 1.2 have no checksums.
    pub fn without_checksums(folder: &Path) -> Option<Warning> {
        let is_without = matches!(Checksums::read(folder), Ok(None));
        let message = || {
            let folder = shown(folder);
            Text::new(
                format!("the run {folder} is of a format without checksums: damage to its files would not be noticed"),
                format!("运行 {folder} 的格式没有校验和，其文件若有损坏将无法察觉"),
            )
        };
        is_without.then(|| Warning::new("no_checksums", message()).with("path", folder.display().to_string()))
    }
}

/// Holds the files of the run in `folder` against their checksums; runs before format 1.2 have none.
fn verify(folder: &Path) -> Result<(), RegistryError> {
    let checksums = Checksums::read(folder)?;
    let format = read_json::<Versioned>(folder, "run.json").map(|found| found.format);
    if let Ok(format) = &format {
        check(folder, format.as_deref())?;
    }
    match checksums {
        Some(checksums) => checksums.verify(folder),
        None if checksums::are_expected(format?.as_deref()) => Err(checksums::missing(folder)),
        None => Ok(()),
    }
}

/// `None` for a file that is not there.
fn if_there<T>(read: Result<T, RegistryError>) -> Result<Option<T>, RegistryError> {
    match read {
        Err(RegistryError::Missing { .. }) => Ok(None),
        read => read.map(Some),
    }
}

/// Reads a JSON file of the run in `folder`.
///
/// # Errors
/// When it cannot be read, or does not hold a `T`; the error names the line.
pub fn read_json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, RegistryError> {
    let path = folder.join(name);
    let bytes = fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => RegistryError::Missing { path: path.clone() },
        _ => RegistryError::Unreadable { path: path.clone(), source },
    })?;
    serde_json::from_slice(&bytes).map_err(|error| RegistryError::Damaged { path, message: error.to_string() })
}

/// Refuses a format of another major version; one that is not said is of before there was another.
fn check(folder: &Path, format: Option<&str>) -> Result<(), RegistryError> {
    let major = |format: &str| format.split('.').next().and_then(|major| major.parse::<u32>().ok());
    match format {
        Some(format) if major(format) != major(RUN_FORMAT) => {
            Err(RegistryError::Format { path: folder.join("run.json"), found: format.to_owned() })
        }
        _ => Ok(()),
    }
}
