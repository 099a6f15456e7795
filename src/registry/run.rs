//! A run, read whole from its folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Charts, RUN_FORMAT, RegistryError, RunRecord};
use crate::compare::Comparisons;
use crate::label::Labelled;

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
}

/// All that is read before the format is known.
#[derive(Deserialize)]
struct Versioned {
    #[serde(default)]
    format: Option<String>,
}

impl Run {
    /// Reads the run in `folder`.
    ///
    /// # Errors
    /// [`RegistryError::Format`] when its format is of another major version than [`RUN_FORMAT`]; [`RegistryError::Unreadable`]
    /// and [`RegistryError::Damaged`] name the file.
    pub fn open(folder: &Path) -> Result<Run, RegistryError> {
        let mut record = Run::record_of(folder)?;
        record.plan.origins = record.origins.clone();
        Ok(Run {
            folder: folder.to_owned(),
            record,
            labelled: read_json(folder, "segments.json")?,
            comparisons: read_json(folder, "comparison.json")?,
            charts: read_json(folder, "charts.json")?,
        })
    }

    /// The `run.json` in `folder` alone, where the other files are not asked for.
    ///
    /// # Errors
    /// As [`Run::open`].
    pub fn record_of(folder: &Path) -> Result<RunRecord, RegistryError> {
        let Versioned { format } = read_json(folder, "run.json")?;
        check(folder, format.as_deref())?;
        read_json(folder, "run.json")
    }
}

/// Reads a JSON file of the run in `folder`.
///
/// # Errors
/// When it cannot be read, or does not hold a `T`; the error names the line.
pub fn read_json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, RegistryError> {
    let path = folder.join(name);
    let bytes = fs::read(&path).map_err(|source| RegistryError::Unreadable { path: path.clone(), source })?;
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
