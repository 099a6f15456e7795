use std::path::Path;

use serde_json::Value;

use super::folder::{damage, is_run, read_record};
use super::{Registry, RegistryError, RunFolder, RunId, alias};

/// The fewest characters of a run id that are taken for the beginning of one: its year.
const SHORTEST_PREFIX: usize = 4;

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
            && self.folder(id).path.is_dir()
        {
            return self.whole(id);
        }
        if text.len() >= SHORTEST_PREFIX {
            let mut matches = self.folders()?;
            matches.retain(|id| id.to_string().starts_with(text));
            matches.reverse();
            match matches[..] {
                [] => {}
                [id] => return self.whole(id),
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
        if self.folder(run).path.is_dir() {
            return self.whole(run);
        }
        let mut newest = self.ids()?;
        newest.reverse();
        Err(RegistryError::LostRun { alias: name.to_owned(), run, path: self.path().to_owned(), newest })
    }

    /// The folder of a run that is there; a damaged one is refused by the name of the file.
    fn whole(&self, id: RunId) -> Result<RunFolder, RegistryError> {
        let folder = self.folder(id);
        match damage(&folder.path, false) {
            Some(damage) => Err(damage),
            None => Ok(folder),
        }
    }

    fn folder(&self, id: RunId) -> RunFolder {
        RunFolder { id: Some(id), path: self.path().join(id.to_string()) }
    }

    /// The id of the run that `text` names, which has to be one of this registry's.
    pub(super) fn resolve_here(&self, text: &str) -> Result<RunId, RegistryError> {
        let RunFolder { id, path } = self.resolve(text)?;
        match id {
            Some(id) if is_run(&self.path().join(id.to_string())) => Ok(id),
            _ => Err(RegistryError::NotARun { path, reason: format!("it is not in {}", self.path().display()) }),
        }
    }
}
