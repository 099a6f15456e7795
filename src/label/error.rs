use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::Serialize;

use crate::config::Origin;
use crate::failure::{Category, Failure};
use crate::load::LoadError;
use crate::monitor::Stopped;
use crate::printable::printable;

/// Why clusters cannot be profiled or named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// A catalog that does not ship with segmint.
    #[error("{}there is no built-in catalog {name:?}, only {}", before(*key), known.join(", "))]
    UnknownCatalog {
        /// The key that names it; `None` where somebody did by hand.
        key: Option<&'static str>,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// A catalog file that cannot be read.
    #[error("{}cannot read the catalog {}: {source}", before(*key), path.display())]
    Unreadable {
        /// The key that names it; `None` where somebody did by hand.
        key: Option<&'static str>,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A catalog with mistakes; all of them, in the order of their lines.
    #[error("{}", lines(file, mistakes))]
    BadCatalog {
        /// The file, or the name of a built-in catalog.
        file: String,
        /// What is wrong in it, at least one thing.
        mistakes: Vec<Mistake>,
    },
    /// An archetype cannot be added because its id is taken.
    #[error("{file}: there is an archetype {id:?} already")]
    ArchetypeTaken {
        /// The catalog file.
        file: String,
        /// The id.
        id: String,
        /// The ids that are taken.
        taken: Vec<String>,
    },
    /// An archetype cannot be added because another one fits the segment as well.
    #[error(
        "{file}: the archetype {other:?} fits this segment as well as {id:?} would, so no run could tell them apart"
    )]
    ArchetypeAlike {
        /// The catalog file.
        file: String,
        /// The archetype to add.
        id: String,
        /// The one that is there.
        other: String,
    },
    /// Two catalogs of one run with the same id.
    #[error("label.catalogs: two catalogs have the id {id:?}")]
    SameCatalog {
        /// The id.
        id: String,
    },
    /// A role given to a column that is not there or of the wrong kind.
    #[error("label.roles.{role}: {column:?} is not {} of the table ({origin})",
        if *categorical { "an attribute" } else { "a numeric column" })]
    RoleColumn {
        /// The role.
        role: String,
        /// The column it was given.
        column: String,
        /// Whether the role has levels, so that its column must be an attribute.
        categorical: bool,
        /// Where that was written.
        origin: Origin,
        /// The column of the right kind most like it.
        nearest: Option<String>,
    },
    /// A column could not be read again.
    #[error(transparent)]
    Load(Box<LoadError>),
    /// The user or the time limit ended the computation.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<LoadError> for LabelError {
    fn from(error: LoadError) -> Self {
        LabelError::Load(Box::new(error))
    }
}

/// One thing that is wrong in a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
    /// What to do about it, where that is not plain from the message.
    pub hint: Option<&'static str>,
}

/// The key before what is said of its value.
fn before(key: Option<&str>) -> String {
    key.map(|key| format!("{key}: ")).unwrap_or_default()
}

fn lines(file: &str, mistakes: &[Mistake]) -> impl fmt::Display {
    let line = |m: &Mistake| printable(&format!("{file}:{}: {}", m.line, m.message)).into_owned();
    mistakes.iter().map(line).collect::<Vec<String>>().join("\n")
}

impl Failure for LabelError {
    fn category(&self) -> Category {
        match self {
            LabelError::UnknownCatalog { .. }
            | LabelError::Unreadable { .. }
            | LabelError::BadCatalog { .. }
            | LabelError::ArchetypeTaken { .. }
            | LabelError::ArchetypeAlike { .. }
            | LabelError::SameCatalog { .. } => Category::Config,
            LabelError::RoleColumn { .. } => Category::Input,
            LabelError::Load(error) => error.category(),
            LabelError::Stopped(stopped) => stopped.category(),
        }
    }

    fn message(&self) -> String {
        match self {
            // A line for every mistake.
            LabelError::BadCatalog { .. } => self.to_string(),
            _ => printable(&self.to_string()).into_owned(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            LabelError::UnknownCatalog { nearest: Some(nearest), .. } => Some(format!("did you mean {nearest}?")),
            LabelError::UnknownCatalog { .. } => {
                Some("a catalog of your own is named by its path, such as ./archetypes.toml".into())
            }
            LabelError::BadCatalog { mistakes, .. } => {
                let own = mistakes.iter().find_map(|mistake| mistake.hint);
                Some(own.unwrap_or("`segmint archetypes show rfm-8` prints a catalog to copy").into())
            }
            LabelError::ArchetypeTaken { taken, .. } => {
                Some(format!("give it another one with --id; taken are {}", taken.join(", ")))
            }
            LabelError::ArchetypeAlike { .. } => {
                Some("use that archetype, or put the new one into a catalog of its own with --catalog".into())
            }
            LabelError::SameCatalog { .. } => Some("change the id in one of them, or name it once".into()),
            LabelError::RoleColumn { nearest: Some(nearest), .. } => Some(format!("did you mean {nearest:?}?")),
            LabelError::RoleColumn { categorical: true, .. } => {
                Some("a role with levels is shown by a text column, or by one that source.attributes names".into())
            }
            LabelError::RoleColumn { .. } => {
                Some("a role may be any numeric column; text columns cannot be one".into())
            }
            LabelError::Load(error) => error.hint(),
            LabelError::Stopped(stopped) => stopped.hint(),
            LabelError::Unreadable { source, .. } => Some(match source.kind() {
                io::ErrorKind::NotFound => {
                    "a path is relative to the folder of the configuration, in a flag to the working folder; \
                     `segmint archetypes list` names the catalogs that are built in"
                        .into()
                }
                io::ErrorKind::IsADirectory => "that is a folder; name a TOML file in it".into(),
                _ => "name a TOML file that you may read".into(),
            }),
        }
    }
}
