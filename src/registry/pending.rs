use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::folder::read_record;
use super::lock::Lock;
use super::{AliasName, LATEST, Registry, RegistryError, RunFolder, RunId, alias, disk, write_checksums};
use crate::refit::Gate;
use crate::{Text, Warning};

/// The right to write the next run of a registry, until it is dropped.
#[derive(Debug)]
pub struct RunLock {
    registry: Registry,
    lock: Lock,
}

impl RunLock {
    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Makes a folder to write a run into that began at `now`; see [`Registry::begin`].
    ///
    /// # Errors
    /// [`RegistryError::Io`] when the folder cannot be written.
    pub fn begin(self, now: Timestamp, work: &[u8]) -> Result<PendingRun, RegistryError> {
        let mut id = RunId::new(now, work);
        while fs::symlink_metadata(self.registry.path().join(id.to_string())).is_ok() {
            id = id.next();
        }
        PendingRun::create(self.registry, id, self.lock)
    }
}

impl Registry {
    /// Takes the right to write the next run, and clears away what killed processes left.
    ///
    /// # Errors
    /// [`RegistryError::Locked`] at once when another run is going on; [`RegistryError::Io`] when the folder cannot be
    /// written.
    pub fn lock(&self) -> Result<RunLock, RegistryError> {
        self.create()?;
        let lock = Lock::of_run(self.path())?;
        let _edit = Lock::of_edit(self.path())?;
        disk::clear_unfinished(self.path())?;
        Ok(RunLock { registry: self.clone(), lock })
    }

    /// Begins a run: takes the [lock](Registry::lock) until the run is committed or dropped, and makes a folder to write into.
    ///
    /// `work` is what the run computes, in bytes; see [`RunId`]. When a run of that id is there already (two runs within
    /// a millisecond, or a pinned clock), the id moves on by a millisecond.
    ///
    /// # Errors
    /// As [`lock`](Registry::lock).
    pub fn begin(&self, now: Timestamp, work: &[u8]) -> Result<PendingRun, RegistryError> {
        self.lock()?.begin(now, work)
    }
}

/// A run being written; nobody else sees it until [`PendingRun::commit`].
///
/// Dropped without a commit, its folder is deleted and the lock ends.
#[derive(Debug)]
pub struct PendingRun {
    registry: Registry,
    id: RunId,
    path: PathBuf,
    committed: bool,
    /// Last, so that the folder is gone before another run may begin.
    _lock: Lock,
}

/// A run that is in the registry.
#[derive(Debug)]
#[non_exhaustive]
pub struct CommittedRun {
    /// Where it is.
    pub folder: RunFolder,
    /// The old runs that retention deleted.
    pub removed: Vec<RunId>,
    /// What went wrong after the run was safe.
    pub warnings: Vec<Warning>,
    /// Whether it took the place of the run it continues; `None` when nothing asked that.
    pub gate: Option<Gate>,
    /// Whether it was there already.
    pub is_reused: bool,
}

impl CommittedRun {
    /// A run that was there already, which `why` says.
    pub(crate) fn reused(folder: RunFolder, why: Warning) -> CommittedRun {
        CommittedRun { folder, removed: Vec::new(), warnings: vec![why], gate: None, is_reused: true }
    }
}

/// An alias that moves with a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// The alias.
    pub alias: AliasName,
    /// The run it pointed to when the new one was held against it; `None` = there was no such alias.
    pub from: Option<String>,
}

impl Promotion {
    fn carry_out(&self, _: &Lock, registry: &Registry, run: RunId) -> Result<(), RegistryError> {
        let name = self.alias.as_str();
        let now = alias::read(registry.path(), name)?;
        if now.map(|run| run.to_string()) != self.from {
            return Err(RegistryError::AliasMoved { name: name.to_owned(), run: now });
        }
        alias::write(registry.path(), name, run)
    }
}

impl Registry {
    /// Moves the alias of `promotion` to `run`, unless it points to another run than the promotion is from.
    ///
    /// # Errors
    /// When there is no such run; [`RegistryError::AliasMoved`]; when the alias cannot be written.
    pub fn promote(&self, promotion: &Promotion, run: &str) -> Result<RunId, RegistryError> {
        self.resolve_here(run)?;
        let edit = Lock::of_edit(self.path())?;
        let id = self.resolve_here(run)?;
        promotion.carry_out(&edit, self, id)?;
        Ok(id)
    }
}

impl PendingRun {
    pub(super) fn create(registry: Registry, id: RunId, lock: Lock) -> Result<Self, RegistryError> {
        let path = registry.path().join(format!("{}{id}", disk::UNFINISHED));
        disk::create_folder_in(registry.path(), &path)?;
        Ok(PendingRun { registry, id, path, committed: false, _lock: lock })
    }

    /// The id the run will have.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// The folder to write the run's files into.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the checksums, makes the files durable, moves the folder to its place in one step, points `latest` to it, and
    /// deletes the runs beyond the newest `keep`. Nobody else changes aliases or deletes runs in between.
    ///
    /// # Errors
    /// [`RegistryError::NotARun`] when `run.json` is missing or damaged, [`RegistryError::Io`] when a file cannot be
    /// made durable or moved: there is no such run then. [`RegistryError::PartlyRecorded`] when the run is in its place, but may
    /// not outlast a power cut or is not the latest. A failure to delete old runs is a warning: the run itself is safe.
    pub fn commit(self, keep: usize) -> Result<CommittedRun, RegistryError> {
        self.commit_and_promote(keep, None)
    }

    /// [`commit`](PendingRun::commit), and the alias of `promotion` moves to the run too, unless it was set to another run since.
    ///
    /// # Errors
    /// As [`commit`](PendingRun::commit); [`RegistryError::PartlyRecorded`] also when the alias could not be moved.
    pub fn commit_and_promote(
        mut self,
        keep: usize,
        promotion: Option<&Promotion>,
    ) -> Result<CommittedRun, RegistryError> {
        read_record(&self.path)?;
        write_checksums(&self.path)?;
        disk::restrict(self.registry.path(), &self.path)?;
        disk::sync_tree(&self.path)?;
        let path = self.registry.path().join(self.id.to_string());
        // From here to the end, or a prune could take the run for an old one before it is the latest.
        let edit = Lock::of_edit(self.registry.path())?;
        fs::rename(&self.path, &path).map_err(RegistryError::io("create", &path))?;
        self.committed = true;
        let run = self.id;
        let partly = |what| move |source| RegistryError::PartlyRecorded { run, what, source: Box::new(source) };
        disk::sync_folder(self.registry.path()).map_err(partly("it may not outlast a power cut"))?;
        alias::write(self.registry.path(), LATEST, run).map_err(partly("the alias \"latest\" was not moved to it"))?;
        if let Some(promotion) = promotion {
            promotion.carry_out(&edit, &self.registry, run).map_err(partly("no alias was moved to it"))?;
        }
        let (removed, warnings) = match self.registry.prune_under(&edit, keep) {
            Ok(removed) => (removed, Vec::new()),
            Err(RegistryError::PartlyPruned { removed, source }) => (removed, vec![retention_failed(&source)]),
            Err(error) => (Vec::new(), vec![retention_failed(&error)]),
        };
        Ok(CommittedRun {
            folder: RunFolder { id: Some(self.id), path },
            removed,
            warnings,
            gate: None,
            is_reused: false,
        })
    }
}

impl Drop for PendingRun {
    fn drop(&mut self) {
        if !self.committed {
            // What cannot be deleted now is cleared away by the next run; there is nobody to tell.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn retention_failed(error: &RegistryError) -> Warning {
    let message = Text::new(
        format!("the run is saved, but old runs could not be deleted: {error}"),
        format!("本次运行已保存，但无法删除旧的运行：{error}"),
    );
    Warning::new("retention_failed", message).with("error", error.to_string())
}
