use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::folder::{is_run, read_record};
use super::lock::Lock;
use super::{AliasName, LATEST, RegistryError, RunId, alias, disk, expired};

/// The folder of all runs.
///
/// Reading never locks and never writes; a registry that does not exist yet has no runs. See the
/// [module](crate::registry) for the layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    path: PathBuf,
}

/// A run in a listing, with its `run.json` as it is written there.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RunEntry {
    /// The run.
    pub id: RunId,
    /// Its folder.
    pub path: PathBuf,
    /// The aliases that point to it, sorted.
    pub aliases: Vec<String>,
    /// The object in `run.json`.
    pub record: Map<String, Value>,
}

impl RunEntry {
    /// The value under nested keys, such as `["kmeans", "k"]`; `None` when the run was written by a version without it.
    pub fn fact(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.record.get(*first)?, |value, key| value.get(*key))
    }
}

impl Registry {
    /// The registry in the folder `path`, which need not exist yet.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Registry { path: path.into() }
    }

    /// The registry's folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The ids of all whole runs, oldest first.
    ///
    /// # Errors
    /// When the folder exists and cannot be read.
    pub fn ids(&self) -> Result<Vec<RunId>, RegistryError> {
        let failed = || RegistryError::io("read", &self.path);
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed()(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed())?;
            let id = entry.file_name().to_str().and_then(|name| name.parse::<RunId>().ok());
            ids.extend(id.filter(|_| is_run(&entry.path())));
        }
        ids.sort();
        Ok(ids)
    }

    /// All whole runs, oldest first, with what their `run.json` says.
    ///
    /// # Errors
    /// When the folder or an alias cannot be read.
    pub fn list(&self) -> Result<Vec<RunEntry>, RegistryError> {
        let mut names: BTreeMap<RunId, Vec<String>> = BTreeMap::new();
        for (name, run) in self.aliases()? {
            names.entry(run).or_default().push(name);
        }
        let mut runs = Vec::new();
        for id in self.ids()? {
            let path = self.path.join(id.to_string());
            // A run that another process has deleted since is not there any more.
            if let Ok(record) = read_record(&path) {
                runs.push(RunEntry { id, path, aliases: names.remove(&id).unwrap_or_default(), record });
            }
        }
        Ok(runs)
    }

    /// Every alias and the run it points to.
    ///
    /// # Errors
    /// When an alias cannot be read or does not hold a run id.
    pub fn aliases(&self) -> Result<BTreeMap<String, RunId>, RegistryError> {
        alias::read_all(&self.path)
    }

    /// Points the alias `name` to the run that `run` names (see [`Registry::resolve`]), in one step.
    ///
    /// # Errors
    /// When there is no such run in this registry, or the alias cannot be written.
    pub fn set_alias(&self, name: &AliasName, run: &str) -> Result<RunId, RegistryError> {
        // Asked first so that a registry that does not exist is reported as having no such run.
        self.resolve_here(run)?;
        let _edit = Lock::of_edit(&self.path)?;
        let id = self.resolve_here(run)?;
        alias::write(&self.path, name.as_str(), id)?;
        Ok(id)
    }

    /// Removes the alias `name`; its run stays.
    ///
    /// # Errors
    /// When there is no such alias, or it cannot be deleted.
    pub fn remove_alias(&self, name: &AliasName) -> Result<(), RegistryError> {
        let unknown =
            |aliases| RegistryError::UnknownAlias { name: name.as_str().to_owned(), path: self.path.clone(), aliases };
        let aliases = alias::names(&self.path)?;
        if !aliases.iter().any(|there| there == name.as_str()) {
            return Err(unknown(aliases));
        }
        let _edit = Lock::of_edit(&self.path)?;
        if !alias::remove(&self.path, name.as_str())? {
            return Err(unknown(alias::names(&self.path)?));
        }
        Ok(())
    }

    /// Deletes the runs beyond the newest `keep` that have no alias (see [`expired`]); with `dry_run` only says which.
    ///
    /// Each run vanishes in one step, so a killed prune leaves whole runs only.
    ///
    /// # Errors
    /// When a folder cannot be deleted; the runs before it are gone.
    pub fn prune(&self, keep: usize, dry_run: bool) -> Result<Vec<RunId>, RegistryError> {
        if !self.path.is_dir() {
            return Ok(Vec::new());
        }
        if dry_run {
            return Ok(expired(&self.ids()?, &self.aliases()?, keep));
        }
        let _edit = Lock::of_edit(&self.path)?;
        let gone = expired(&self.ids()?, &self.aliases()?, keep);
        for id in &gone {
            disk::delete_run(&self.path, &self.path.join(id.to_string()))?;
        }
        Ok(gone)
    }

    /// Points `latest` to `run`.
    pub(super) fn set_latest(&self, run: RunId) -> Result<(), RegistryError> {
        let _edit = Lock::of_edit(&self.path)?;
        alias::write(&self.path, LATEST, run)
    }
}
