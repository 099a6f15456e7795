use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::folder::{damage, is_run, read_record};
use super::lock::Lock;
use super::{AliasName, RegistryError, RunId, alias, disk, expired};
use crate::config::Permissions;

/// The folder of all runs.
///
/// Reading never locks and never writes; a registry that does not exist yet has no runs. See the
/// [module](crate::registry) for the layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    path: PathBuf,
    permissions: Permissions,
}

/// A run in a listing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RunEntry {
    /// The run.
    pub id: RunId,
    /// Its folder.
    pub path: PathBuf,
    /// The aliases that point to it, sorted.
    pub aliases: Vec<String>,
    /// What its `run.json` says of it.
    pub facts: RunFacts,
    /// What is wrong with its files, as far as their names and `run.json` tell.
    pub damage: Option<String>,
}

/// What a listing tells of a run; `None` where the version that wrote it does not say, or `run.json` is damaged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RunFacts {
    /// Customers of its table.
    pub n_customers: Option<u64>,
    /// Clusters of k-means.
    pub k: Option<u64>,
    /// Whether the clusters that are the segments show structure, as the record spells it.
    pub structure: Option<String>,
    /// Its segments.
    pub n_segments: Option<usize>,
    /// Those without an archetype.
    pub n_unmatched: Option<usize>,
}

impl RunFacts {
    fn of(record: &Map<String, Value>) -> Self {
        let under = |section: &str, key: &str| record.get(section)?.get(key);
        // Of the clusters that are the segments, as `RunRecord::verdict` has it.
        let dense = under("dbscan", "structure").filter(|_| record.get("primary").is_some_and(|one| one == "dbscan"));
        let structure = dense.and_then(|dense| dense.get("verdict")).or_else(|| under("structure", "verdict"));
        let segments = record.get("segments").and_then(Value::as_array);
        let is_unmatched = |segment: &&Value| segment["archetype"].is_null();
        RunFacts {
            n_customers: under("input", "n_customers").and_then(Value::as_u64),
            k: under("kmeans", "k").and_then(Value::as_u64),
            structure: structure.and_then(Value::as_str).map(str::to_owned),
            n_segments: segments.map(Vec::len),
            n_unmatched: segments.map(|all| all.iter().filter(is_unmatched).count()),
        }
    }
}

impl Registry {
    /// The registry in the folder `path`, which need not exist yet.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Registry { path: path.into(), permissions: Permissions::default() }
    }

    /// The same registry, whose folder gets these permissions when it is made; one that is there keeps its own.
    #[must_use]
    pub fn with_permissions(self, permissions: Permissions) -> Self {
        Registry { permissions, ..self }
    }

    /// Makes the folder when it is not there.
    pub(super) fn create(&self) -> Result<(), RegistryError> {
        disk::create_registry(&self.path, self.permissions == Permissions::Owner)
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
        let folders = self.folders()?;
        Ok(folders.into_iter().filter(|id| is_run(&self.path.join(id.to_string()))).collect())
    }

    /// The ids of all folders of runs, oldest first.
    pub(super) fn folders(&self) -> Result<Vec<RunId>, RegistryError> {
        let failed = || RegistryError::io("read", &self.path);
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed()(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed())?;
            ids.extend(entry.file_name().to_str().and_then(|name| name.parse::<RunId>().ok()));
        }
        ids.sort();
        Ok(ids)
    }

    /// All runs, oldest first, with what their `run.json` says; those with a file that is missing or damaged say so.
    ///
    /// # Errors
    /// When the folder or an alias cannot be read.
    pub fn list(&self) -> Result<Vec<RunEntry>, RegistryError> {
        self.listed(false)
    }

    /// [`list`](Self::list) where every file is held against its checksum, which reads all of them.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn list_verified(&self) -> Result<Vec<RunEntry>, RegistryError> {
        self.listed(true)
    }

    fn listed(&self, all_files: bool) -> Result<Vec<RunEntry>, RegistryError> {
        let mut names: BTreeMap<RunId, Vec<String>> = BTreeMap::new();
        for (name, run) in self.aliases()? {
            names.entry(run).or_default().push(name);
        }
        let mut runs = Vec::new();
        for id in self.folders()? {
            let path = self.path.join(id.to_string());
            let damage = damage(&path, all_files);
            let record = if damage.is_none() { read_record(&path).ok() } else { None };
            let facts = record.as_ref().map(RunFacts::of).unwrap_or_default();
            // A run that another process has deleted since is not there any more.
            if path.is_dir() {
                let damage = damage.map(|error| error.to_string());
                runs.push(RunEntry { id, path, aliases: names.remove(&id).unwrap_or_default(), facts, damage });
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

    /// Deletes the runs beyond the newest `keep` that have no alias (see [`expired`]) and are not `continued`, which names the run
    /// that a plan continues; with `dry_run` only says which.
    ///
    /// Each run vanishes in one step, so a killed prune leaves whole runs only.
    ///
    /// # Errors
    /// When a folder cannot be deleted; [`RegistryError::PartlyPruned`] says which runs before it are gone.
    pub fn prune(&self, keep: usize, continued: Option<&str>, dry_run: bool) -> Result<Vec<RunId>, RegistryError> {
        if !self.path.is_dir() {
            return Ok(Vec::new());
        }
        if dry_run {
            return self.expired(keep, continued);
        }
        self.prune_under(&Lock::of_edit(&self.path)?, keep, continued)
    }

    /// [`prune`](Registry::prune) for who holds the edit lock.
    pub(super) fn prune_under(
        &self,
        _: &Lock,
        keep: usize,
        continued: Option<&str>,
    ) -> Result<Vec<RunId>, RegistryError> {
        let mut removed = Vec::new();
        for id in self.expired(keep, continued)? {
            match disk::delete_run(&self.path, &self.path.join(id.to_string())) {
                Ok(()) => removed.push(id),
                Err(error) if removed.is_empty() => return Err(error),
                Err(error) => return Err(RegistryError::PartlyPruned { removed, source: Box::new(error) }),
            }
        }
        Ok(removed)
    }

    fn expired(&self, keep: usize, continued: Option<&str>) -> Result<Vec<RunId>, RegistryError> {
        let mut expired = expired(&self.ids()?, &self.aliases()?, keep);
        let continued = continued.and_then(|run| self.resolve(run).ok()?.id);
        expired.retain(|id| Some(*id) != continued);
        Ok(expired)
    }
}
