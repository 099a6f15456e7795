use std::path::PathBuf;

use super::Origin;
use crate::failure::{Category, Failure};

/// Why a configuration is refused. Everything here is wrong whatever the data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not text in UTF-8.
    #[error("{file}:{line}: not text in UTF-8")]
    NotText {
        /// The file.
        file: String,
        /// The first line with other bytes, from 1.
        line: usize,
    },
    /// The file is not TOML.
    #[error("{file}:{line}: not valid TOML: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// `--set` without `key=value`, or with a key that is none.
    #[error("--set {argument:?} is not key=value: {message}")]
    SetSyntax {
        /// The argument.
        argument: String,
        /// What is wrong with it.
        message: String,
    },
    /// A key that does not exist.
    #[error("unknown key {key} ({origin})")]
    UnknownKey {
        /// Its path.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The known key most like it.
        nearest: Option<String>,
    },
    /// A key whose value is not allowed.
    #[error("{key} must be {allowed}, got {value} ({origin})")]
    Value {
        /// Its path.
        key: String,
        /// What it is.
        value: String,
        /// What it may be.
        allowed: String,
        /// Where it stands.
        origin: Origin,
        /// What to write instead.
        hint: Option<Box<str>>,
    },
    /// Two keys that contradict each other.
    #[error("{key} is {value:?}, but {other} is {other_value} ({origin})")]
    Conflict {
        /// One key.
        key: &'static str,
        /// Its value.
        value: &'static str,
        /// The other key.
        other: &'static str,
        /// Its value.
        other_value: bool,
        /// Where the other stands.
        origin: Origin,
    },
    /// A key that must be there.
    #[error("{key} is missing from {file}")]
    Required {
        /// Its path.
        key: String,
        /// The file.
        file: String,
    },
}

impl Failure for ConfigError {
    fn category(&self) -> Category {
        Category::Config
    }

    fn hint(&self) -> Option<String> {
        match self {
            ConfigError::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Some("write one with `segmint init FILE.parquet`, or name one with --config".into())
            }
            ConfigError::Unreadable { .. } => Some("name a file that you may read with --config".into()),
            ConfigError::NotText { .. } => Some("save it in an editor as UTF-8".into()),
            ConfigError::Syntax { .. } => Some("a line is key = value below a [table], with texts in quotes".into()),
            ConfigError::Value { hint, .. } => hint.as_deref().map(str::to_owned),
            ConfigError::Conflict { key, other, .. } => {
                Some(format!("set {other} = true, or leave {key} out, which is \"kmeans\" then"))
            }
            ConfigError::UnknownKey { nearest: Some(nearest), .. } => Some(format!("did you mean {nearest}?")),
            ConfigError::UnknownKey { .. } => Some("`segmint init` writes a file with every key".into()),
            ConfigError::SetSyntax { .. } => Some("for example --set cluster.kmeans.k=6".into()),
            ConfigError::Required { .. } => Some("name the Parquet file, folder or glob there".into()),
        }
    }
}
