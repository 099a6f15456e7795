use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{Registry, RegistryError, RunId, alias};

/// The file whose wholeness makes a folder a run.
const RECORD: &str = "run.json";

/// The fewest characters of a run id that are taken for the beginning of one: its year.
const SHORTEST_PREFIX: usize = 4;

/// A run as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    /// Its id; `None` for a folder outside the registry whose `run.json` does not say.
    pub id: Option<RunId>,
    /// Its folder.
    pub path: PathBuf,
}

impl RunFolder {
    /// The path of the file `name` of the run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Registry {
    /// The run that `text` names: an alias (`latest`, `champion`, …), a run id, the beginning of exactly one run id
    /// (at least four characters), or a folder anywhere.
    ///
    /// # Errors
    /// When nothing or more than one run goes by that name, an alias points to a run that is gone, or a folder is not
    /// a run. The hint names the runs there are.
    pub fn resolve(&self, text: &str) -> Result<RunFolder, RegistryError> {
        if alias::is_alias(text)
            && let Some(run) = alias::read(self.path(), text)?
        {
            return self.aliased(text, run);
        }
        let mut newest = self.ids()?;
        newest.reverse();
        if let Ok(id) = text.parse::<RunId>()
            && newest.contains(&id)
        {
            return Ok(self.folder(id));
        }
        if text.len() >= SHORTEST_PREFIX {
            let matches: Vec<RunId> = newest.iter().copied().filter(|id| id.to_string().starts_with(text)).collect();
            match matches[..] {
                [] => {}
                [id] => return Ok(self.folder(id)),
                _ => {
                    let (prefix, path) = (text.to_owned(), self.path().to_owned());
                    return Err(RegistryError::AmbiguousRun { prefix, path, matches });
                }
            }
        }
        let folder = Path::new(text);
        if !text.is_empty() && folder.is_dir() {
            let record = read_record(folder)?;
            let id = record.get("run_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
            return Ok(RunFolder { id, path: folder.to_owned() });
        }
        let (text, path, aliases) = (text.to_owned(), self.path().to_owned(), alias::names(self.path())?);
        Err(RegistryError::UnknownRun { text, path, newest, aliases })
    }

    fn aliased(&self, name: &str, run: RunId) -> Result<RunFolder, RegistryError> {
        let folder = self.folder(run);
        if is_run(&folder.path) {
            return Ok(folder);
        }
        let mut newest = self.ids()?;
        newest.reverse();
        Err(RegistryError::LostRun { alias: name.to_owned(), run, path: self.path().to_owned(), newest })
    }

    fn folder(&self, id: RunId) -> RunFolder {
        RunFolder { id: Some(id), path: self.path().join(id.to_string()) }
    }
}

/// Whether `folder` holds a whole `run.json`.
pub(super) fn is_run(folder: &Path) -> bool {
    read_record(folder).is_ok()
}

/// The `run.json` of `folder`, whatever fields it has.
pub(super) fn read_record(folder: &Path) -> Result<Map<String, Value>, RegistryError> {
    let not_a_run = |reason: String| RegistryError::NotARun { path: folder.to_owned(), reason };
    let bytes = fs::read(folder.join(RECORD)).map_err(|error| not_a_run(format!("{RECORD}: {error}")))?;
    serde_json::from_slice(&bytes).map_err(|error| not_a_run(format!("{RECORD} is damaged: {error}")))
}
