use std::io;
use std::path::{Path, PathBuf};

use super::{RUN_FORMAT, RunId};
use crate::failure::{Category, Failure, advice_on_writing};
use crate::language::counted;
use crate::printable::shown;
use crate::refit::SegmentId;

/// Why the registry could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Another process is writing a run.
    #[error("registry {} is in use by another run{}", shown(path), process(*pid))]
    Locked {
        /// The registry's folder.
        path: PathBuf,
        /// The process that holds the lock, where the system lets us read it.
        pid: Option<u32>,
    },
    /// A file or folder refused an operation: no permission, full disk, broken medium.
    #[error("cannot {action} {}: {source}", shown(path))]
    Io {
        /// What was tried, such as `create` or `rename`.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No run goes by that name.
    #[error("no run {text:?} in registry {}", shown(path))]
    UnknownRun {
        /// What the user typed.
        text: String,
        /// The registry's folder.
        path: PathBuf,
        /// The newest runs there are, newest first.
        newest: Vec<RunId>,
        /// The aliases there are.
        aliases: Vec<String>,
    },
    /// The beginning of more than one run id.
    #[error("{prefix:?} is the beginning of {} run ids in registry {}", matches.len(), shown(path))]
    AmbiguousRun {
        /// What the user typed.
        prefix: String,
        /// The registry's folder.
        path: PathBuf,
        /// The runs it could mean, newest first.
        matches: Vec<RunId>,
    },
    /// A folder without a whole `run.json`.
    #[error("{} is not a run: {reason}", shown(path))]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is wrong with its `run.json`.
        reason: String,
    },
    /// A file of a run cannot be read.
    #[error("cannot read {}: {source}", shown(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of a run is not there.
    #[error("{} is missing", shown(path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A folder that another process deleted while it was in use.
    #[error("{} was deleted meanwhile", shown(path))]
    Deleted {
        /// The folder.
        path: PathBuf,
    },
    /// A file of a run is not as it was written.
    #[error("{} is damaged: {how}", shown(path))]
    Altered {
        /// The file.
        path: PathBuf,
        /// How that shows.
        how: String,
    },
    /// A run that is in its place, though not all that belongs to it could be done.
    #[error("the run is recorded as {run}, but {what}: {source}")]
    PartlyRecorded {
        /// The run.
        run: RunId,
        /// What could not be done.
        what: &'static str,
        /// Why.
        source: Box<RegistryError>,
    },
    /// Some of the runs that were to be deleted are.
    #[error("{} deleted ({}), but not all that were to go: {source}", counted(removed.len() as u64, "run is", "runs are"), listed(removed))]
    PartlyPruned {
        /// The runs that are gone, oldest first.
        removed: Vec<RunId>,
        /// Why the next one is not.
        source: Box<RegistryError>,
    },
    /// A file of a run does not hold what its format says.
    #[error("{} does not fit this version of segmint: {message}", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// The names that people gave to segments cannot be read.
    #[error("{} cannot be read: {message}", shown(path))]
    Names {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// A run of another major format.
    #[error("{} has format {found}; this version of segmint reads format {}.x", shown(path), major(RUN_FORMAT))]
    Format {
        /// The `run.json`.
        path: PathBuf,
        /// The format it names.
        found: String,
    },
    /// An alias whose run is gone.
    #[error("alias {alias:?} points to run {run}, which is not in registry {} any more", shown(path))]
    LostRun {
        /// The alias.
        alias: String,
        /// The run it names.
        run: RunId,
        /// The registry's folder.
        path: PathBuf,
        /// The newest runs there are, newest first.
        newest: Vec<RunId>,
    },
    /// An alias that somebody set while a run was held against the one it pointed to.
    #[error("alias {name:?} {} meanwhile", run.map_or("was removed".to_owned(), |run| format!("was set to {run}")))]
    AliasMoved {
        /// The alias.
        name: String,
        /// The run it points to now.
        run: Option<RunId>,
    },
    /// An alias file that does not hold a run id.
    #[error("alias file {} does not hold a run id", shown(path))]
    DamagedAlias {
        /// The file.
        path: PathBuf,
    },
    /// Text that cannot be the name of an alias.
    #[error("alias name {name:?} must be 1 to 64 of a-z, 0-9, - and _, beginning with a letter")]
    BadAliasName {
        /// What the user typed.
        name: String,
    },
    /// `latest`, which only a finished run moves.
    #[error("alias \"latest\" is set by every finished run and cannot be changed by hand")]
    ReservedAlias,
    /// A run without the segment that is meant.
    #[error("the run {run} has no segment {segment:?}")]
    UnknownSegment {
        /// What the user typed.
        segment: String,
        /// The run.
        run: String,
        /// The segments it has.
        segments: Vec<SegmentId>,
    },
    /// Text that cannot be the name of a segment.
    #[error("the name of a segment must have 1 to 100 characters, got {name:?}")]
    BadName {
        /// What the user typed.
        name: String,
    },
    /// The name of another segment.
    #[error("{segment} is called {name:?} already, in one of the languages")]
    NameTaken {
        /// What the user typed.
        name: String,
        /// The other segment.
        segment: SegmentId,
    },
    /// Text that is not a run id.
    #[error("{text:?} is not a run id (YYYYMMDDThhmmss.mmmZ-<8 hex digits>)")]
    BadRunId {
        /// The text.
        text: String,
    },
    /// An environment variable that does not hold a time.
    #[error("SOURCE_DATE_EPOCH must be whole seconds since 1970 before the year 9999, got {value:?}")]
    BadSourceDateEpoch {
        /// What it holds.
        value: String,
    },
}

fn major(format: &str) -> &str {
    format.split('.').next().unwrap_or(format)
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

impl RegistryError {
    /// For `map_err` on an operation on `path`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RegistryError {
        let path = path.to_owned();
        move |source| RegistryError::Io { action, path, source }
    }
}

impl Failure for RegistryError {
    fn category(&self) -> Category {
        match self {
            RegistryError::Locked { .. } | RegistryError::AliasMoved { .. } => Category::Locked,
            RegistryError::PartlyRecorded { source, .. } | RegistryError::PartlyPruned { source, .. } => {
                source.category()
            }
            RegistryError::Io { .. } => Category::Io,
            RegistryError::UnknownRun { .. }
            | RegistryError::AmbiguousRun { .. }
            | RegistryError::NotARun { .. }
            | RegistryError::Unreadable { .. }
            | RegistryError::Missing { .. }
            | RegistryError::Deleted { .. }
            | RegistryError::Altered { .. }
            | RegistryError::Damaged { .. }
            | RegistryError::Names { .. }
            | RegistryError::Format { .. }
            | RegistryError::LostRun { .. }
            | RegistryError::DamagedAlias { .. }
            | RegistryError::UnknownSegment { .. } => Category::Input,
            RegistryError::BadAliasName { .. }
            | RegistryError::ReservedAlias
            | RegistryError::BadName { .. }
            | RegistryError::NameTaken { .. }
            | RegistryError::BadRunId { .. }
            | RegistryError::BadSourceDateEpoch { .. } => Category::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            // Folders above it would have been made.
            RegistryError::Io { action: "create", source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("no folder can be made there; name another place with registry.path".into())
            }
            RegistryError::Io { action: "create" | "write" | "rename" | "open", source, .. } => {
                advice_on_writing(source).map(|advice| format!("{advice}; registry.path says where runs are kept"))
            }
            RegistryError::Io { action: "read", source, .. } => Some(advice_on_reading(source).into()),
            RegistryError::Io { source, .. } => advice_on_writing(source),
            RegistryError::Locked { .. } => {
                Some("wait until that run has ended, or write to another folder with --set registry.path=FOLDER".into())
            }
            RegistryError::AliasMoved { .. } => Some("run again, and the new run is held against that one".into()),
            RegistryError::UnknownRun { newest, aliases, .. } => Some(match (newest.is_empty(), aliases.is_empty()) {
                (true, _) => "the registry has no runs yet; check registry.path, or make one with `segmint run`".into(),
                (false, true) => format!("newest runs: {}", listed(newest)),
                (false, false) => format!("newest runs: {}; aliases: {}", listed(newest), aliases.join(", ")),
            }),
            RegistryError::AmbiguousRun { matches, .. } => Some(format!("it could be {}", listed(matches))),
            RegistryError::LostRun { alias, newest, .. } if newest.is_empty() => {
                Some(format!("no run is left; the next finished run can take the alias {alias:?}"))
            }
            RegistryError::LostRun { newest, .. } => Some(format!("newest runs: {}", listed(newest))),
            RegistryError::NotARun { .. } => Some("name a folder that holds the run.json of a finished run".into()),
            RegistryError::Unreadable { .. } | RegistryError::Deleted { .. } => {
                Some("`segmint runs list` shows the runs that are whole".into())
            }
            RegistryError::Missing { .. } | RegistryError::Altered { .. } => {
                Some(
                    "copy the folder of the run again from where it is whole; an alias that points to it can be given to another run with \
                     `segmint runs alias NAME RUN`"
                        .into(),
                )
            }
            RegistryError::PartlyRecorded { source, .. } | RegistryError::PartlyPruned { source, .. } => source.hint(),
            RegistryError::Damaged { .. } => Some("run the plan again, or use the version that wrote the run".into()),
            RegistryError::Names { .. } => Some(
                "it holds nothing but the names that people gave to segments: mend it, or move it away and give them again with \
                 `segmint runs name`"
                    .into(),
            ),
            RegistryError::Format { .. } => Some(
                "open it with the version that wrote it, which its software.segmint names, or run the plan again; where an alias points \
                 to it, `segmint runs alias NAME RUN` gives it to another run, and without its file in .aliases the next run begins anew, \
                 with ids that were not given before"
                    .into(),
            ),
            RegistryError::DamagedAlias { .. } => {
                Some("set the alias again with `segmint runs alias NAME RUN`, or delete the file".into())
            }
            RegistryError::UnknownSegment { segments, .. } => {
                let ids: Vec<String> = segments.iter().map(ToString::to_string).collect();
                Some(format!("its segments: {}", ids.join(", ")))
            }
            RegistryError::NameTaken { .. } => Some("every segment of a run has a name of its own".into()),
            _ => advice_on_arguments(self),
        }
    }
}

/// What to give in place of a text that is no name, alias, run id or time.
fn advice_on_arguments(error: &RegistryError) -> Option<String> {
    match error {
        RegistryError::BadAliasName { .. } => Some("for example champion".into()),
        RegistryError::ReservedAlias => {
            Some("give another name, as in `segmint runs alias champion RUN`, and use it in place of latest".into())
        }
        RegistryError::BadName { .. } => Some("for example \"Loyal regulars\"".into()),
        RegistryError::BadRunId { .. } => Some("`segmint runs list` shows the ids of all runs".into()),
        RegistryError::BadSourceDateEpoch { .. } => {
            Some("for example SOURCE_DATE_EPOCH=1735689600, or unset it".into())
        }
        _ => None,
    }
}

/// What to do about a registry, or something in it, that cannot be read.
fn advice_on_reading(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "ask its owner to let you read it, or name another folder with registry.path"
        }
        io::ErrorKind::NotADirectory => {
            "a file has the name of a folder of runs; name another place with registry.path"
        }
        _ => "registry.path says where runs are kept; name another folder if that one is not theirs",
    }
}

/// Up to five ids; the caller has sorted them.
fn listed(runs: &[RunId]) -> String {
    let mut text: Vec<String> = runs.iter().take(5).map(RunId::to_string).collect();
    if runs.len() > 5 {
        text.push(format!("… ({} in all)", runs.len()));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_runs_that_may_not_be_written_names_the_key_that_says_where_it_is() {
        for action in ["create", "open", "write", "rename"] {
            let error = RegistryError::io(action, Path::new("runs"))(io::ErrorKind::PermissionDenied.into());
            let hint = error.hint().unwrap();
            assert_eq!(hint, "name a folder that you may write to; registry.path says where runs are kept", "{action}");
        }
        let read = RegistryError::io("read", Path::new("runs"))(io::ErrorKind::PermissionDenied.into());
        assert!(read.hint().unwrap().contains("name another folder with registry.path"), "{:?}", read.hint());
        let nowhere = RegistryError::io("create", Path::new("/proc/x"))(io::ErrorKind::NotFound.into());
        assert_eq!(nowhere.hint().unwrap(), "no folder can be made there; name another place with registry.path");
        assert!(RegistryError::ReservedAlias.hint().unwrap().contains("segmint runs alias champion RUN"));
    }
}
