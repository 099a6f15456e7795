use std::io;
use std::path::PathBuf;

use super::{DensityOff, Version};
use crate::failure::{Category, Failure, advice_on_writing};
use crate::load::LoadError;
use crate::monitor::Stopped;
use crate::normalize::NormalizeError;

/// Why a model cannot be saved, read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Another kind of file.
    #[error("{} is not a segmint model", path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
    },
    /// A model of a format that did not exist when this program was made.
    #[error("{} is a model of format {version}, this program reads 1.x", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: Version,
    },
    /// A model that is not as it was written.
    #[error("the model {} is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that shows.
        detail: String,
    },
    /// A column of the model that the table does not have.
    #[error("column {column:?} is not in {source_name}, and the model needs it as {role}")]
    MissingColumn {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// What it is needed for: `a feature` or `the id`.
        role: &'static str,
        /// The column with the most similar name, if one is similar.
        nearest: Option<String>,
    },
    /// A feature that is not a number in the table.
    #[error("column {column:?} of {source_name} is {found}, and the model needs a number or bool")]
    WrongType {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// Its type there.
        found: String,
    },
    /// A category that has no levels in the table.
    #[error("column {column:?} of {source_name} is {found}, and the model needs its levels: text, bool or a number")]
    NoCategory {
        /// The column.
        column: String,
        /// The file or folder.
        source_name: String,
        /// Its type there.
        found: String,
    },
    /// A row that the model cannot take.
    #[error("row {row} (counted from 0) of {source_name}: {error}")]
    Row {
        /// The file or folder.
        source_name: String,
        /// The row.
        row: usize,
        /// What is wrong with it.
        error: Box<NormalizeError>,
    },
    /// Segments that need the core rows, in a model without them.
    #[error("the segments are those of DBSCAN, and the model cannot place new customers: {}", off.sentence().0)]
    NoDensity {
        /// Why.
        off: DensityOff,
    },
    /// An id that is not in the table.
    #[error("{}", unknown_customer(id, id_column.as_deref(), source_name, *n_rows))]
    UnknownCustomer {
        /// The id that was asked for.
        id: String,
        /// The id column; `None` = row numbers.
        id_column: Option<String>,
        /// The file or folder.
        source_name: String,
        /// Its rows.
        n_rows: usize,
    },
    /// A table cannot be read.
    #[error(transparent)]
    Load(Box<LoadError>),
    /// The user or the time limit ended the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A file that cannot be opened, read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<LoadError> for ModelError {
    fn from(error: LoadError) -> Self {
        ModelError::Load(Box::new(error))
    }
}

fn unknown_customer(id: &str, id_column: Option<&str>, source_name: &str, n_rows: usize) -> String {
    match id_column {
        Some(column) => format!("no customer has {id:?} in the id column {column:?} of {source_name}"),
        None => format!("{id:?} is not a row of {source_name}, whose customers are numbered 0 to {}", n_rows - 1),
    }
}

impl Failure for ModelError {
    fn category(&self) -> Category {
        match self {
            ModelError::NotAModel { .. }
            | ModelError::NewerFormat { .. }
            | ModelError::Damaged { .. }
            | ModelError::MissingColumn { .. }
            | ModelError::WrongType { .. }
            | ModelError::NoCategory { .. }
            | ModelError::Row { .. }
            | ModelError::UnknownCustomer { .. } => Category::Input,
            ModelError::NoDensity { .. } => Category::Refused,
            ModelError::Load(error) => error.category(),
            ModelError::Stopped(stopped) => stopped.category(),
            ModelError::Io { action: "read", source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Category::Input
            }
            ModelError::Io { .. } => Category::Io,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            ModelError::NotAModel { .. } => Some("the model of a run is the file model.segmint in its folder".into()),
            ModelError::NewerFormat { .. } => Some("it was made by a newer segmint; update this one to read it".into()),
            ModelError::Damaged { .. } => Some("copy the file again from where it is whole, or repeat the run".into()),
            ModelError::MissingColumn { nearest: Some(name), .. } => Some(format!("did you mean {name:?}?")),
            ModelError::MissingColumn { .. } | ModelError::WrongType { .. } | ModelError::NoCategory { .. } => {
                Some("a table to score needs the columns of the table the model was fitted on".into())
            }
            ModelError::Row { error, .. } => error.hint(),
            ModelError::NoDensity { .. } => {
                Some("set cluster.primary = \"kmeans\", or cluster.dbscan.rows to a sample, and run again".into())
            }
            ModelError::UnknownCustomer { .. } => {
                Some("name another table with --from FILE, or give the id as the table writes it".into())
            }
            ModelError::Load(error) => error.hint(),
            ModelError::Stopped(stopped) => stopped.hint(),
            ModelError::Io { action: "read", .. } => None,
            ModelError::Io { source, .. } => advice_on_writing(source),
        }
    }
}
