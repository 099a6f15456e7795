use std::fs;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::checksums::{self, Checksums};
use super::{RegistryError, RunId};

/// The file whose wholeness makes a folder a run.
const RECORD: &str = "run.json";

/// A run as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunFolder {
    /// Its id; `None` for a folder outside the registry whose `run.json` does not say.
    pub id: Option<RunId>,
    /// Its folder.
    pub path: PathBuf,
}

impl RunFolder {
    /// What messages call the run: its id, its folder where it has none.
    pub fn name(&self) -> String {
        self.id.map_or_else(|| self.path.display().to_string(), |id| id.to_string())
    }

    /// The path of the file `name` of the run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Whether `folder` holds a whole `run.json`.
pub(super) fn is_run(folder: &Path) -> bool {
    // Its grammar alone: a registry of a thousand runs is asked for all of them at every run's end.
    let is_whole = |bytes: Vec<u8>| {
        bytes.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(&bytes).is_ok()
    };
    fs::read(folder.join(RECORD)).is_ok_and(is_whole)
}

/// What is wrong with the run in `folder`, as far as `run.json` and the names of its files tell, or with `all` every byte of them.
pub(super) fn damage(folder: &Path, all: bool) -> Option<RegistryError> {
    let checked = Checksums::read(folder).and_then(|checksums| match checksums {
        Some(checksums) if all => checksums.verify(folder),
        Some(checksums) => checksums.verify_quickly(folder, RECORD),
        None => {
            let format = read_record(folder)?.get("format").and_then(Value::as_str).map(str::to_owned);
            if checksums::are_expected(format.as_deref()) { Err(checksums::missing(folder)) } else { Ok(()) }
        }
    });
    checked.err()
}

/// The `run.json` of `folder`, whatever fields it has.
pub(super) fn read_record(folder: &Path) -> Result<Map<String, Value>, RegistryError> {
    let not_a_run = |reason: String| RegistryError::NotARun { path: folder.to_owned(), reason };
    let bytes = fs::read(folder.join(RECORD)).map_err(|error| not_a_run(format!("{RECORD}: {error}")))?;
    serde_json::from_slice(&bytes).map_err(|error| not_a_run(format!("{RECORD} is damaged: {error}")))
}
