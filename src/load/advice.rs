//! Whose fault an error of this stage is, and what to do about it.

use std::io;

use super::LoadError;
use crate::failure::{Category, Failure};
use crate::object_url::is_url;

impl Failure for LoadError {
    fn category(&self) -> Category {
        match self {
            LoadError::TwoRoles { .. }
            | LoadError::TwoReadings { .. }
            | LoadError::BadPattern { .. }
            | LoadError::OutputIsInput { .. }
            | LoadError::OutputInInput { .. } => Category::Config,
            LoadError::Url(error) => error.category(),
            LoadError::TooManyRows { .. } => Category::Refused,
            LoadError::Stopped(stopped) => stopped.category(),
            _ => Category::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            #[cfg(feature = "report")]
            LoadError::Text(error) => error.hint(),
            LoadError::Url(error) => error.hint(),
            LoadError::Stopped(stopped) => stopped.hint(),
            LoadError::NotFound { path, .. } if is_url(path) => {
                Some("a key is the whole name after the bucket, and capitals count; patterns have *, ? and [..]".into())
            }
            LoadError::Unreadable { path, reason } if is_url(path) => advice_on_stores(reason.kind()),
            error => advice_on_files(error).or_else(|| advice_on_columns(error)),
        }
    }
}

/// What to do about an object store that gives nothing.
fn advice_on_stores(kind: io::ErrorKind) -> Option<String> {
    match kind {
        io::ErrorKind::PermissionDenied => Some(
            "credentials come from the environment alone, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
             GOOGLE_APPLICATION_CREDENTIALS, or AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY; they must allow \
             to read objects and to list them"
                .into(),
        ),
        io::ErrorKind::NotFound => {
            Some("check the name of the bucket, and the region and the endpoint that the environment names".into())
        }
        io::ErrorKind::NotConnected | io::ErrorKind::TimedOut => Some(
            "check the network and the endpoint (AWS_ENDPOINT_URL); where the environment has no credentials, those of the \
             machine are asked for, which only machines of a cloud have"
                .into(),
        ),
        _ => Some("try again later; segmint itself has tried six times".into()),
    }
}

/// What to do about files that are missing, damaged or do not go together.
fn advice_on_files(error: &LoadError) -> Option<String> {
    match error {
        LoadError::NotFound { existing: Some(path), .. } => Some(format!(
            "{} exists; paths in a configuration are relative to its folder, those of --set to the working folder",
            path.display()
        )),
        LoadError::NotFound { existing: None, .. } => Some(
            "paths in a configuration are relative to its folder, those of --set and of the command line to the working \
                 folder"
                .into(),
        ),
        LoadError::NoMatch { .. } => {
            Some("hidden files and those that begin with _ match only when the pattern begins so".into())
        }
        LoadError::NoParquet { .. } => Some(
            "files that end in .parquet or .parq are read, hidden ones and those that begin with _ are not; other \
                 endings need a pattern such as \"folder/*.pq\""
                .into(),
        ),
        LoadError::PartitionsDiffer { .. } => {
            Some("give every file the same key=value folders, or name the files by a pattern".into())
        }
        LoadError::Unreadable { reason, .. } if reason.kind() == io::ErrorKind::PermissionDenied => {
            Some("check the permissions of the file and of its folders".into())
        }
        LoadError::NotParquet { begins, .. } if begins.starts_with("PK\u{3}\u{4}") => Some(
            "a spreadsheet begins like this; convert it first, for instance with pandas.read_excel(...).to_parquet(...)"
                .into(),
        ),
        LoadError::NotParquet { .. } => Some(
            "only Parquet is read; convert the table first, for instance with pandas.read_csv(...).to_parquet(...)"
                .into(),
        ),
        LoadError::EmptyFile { .. } | LoadError::CutOff { .. } => {
            Some("the copy or the writing was probably interrupted; write or copy the file again".into())
        }
        LoadError::Encrypted { .. } => Some("write it without encryption".into()),
        LoadError::DamagedFooter { .. } | LoadError::DamagedColumn { .. } => {
            Some("write or copy the file again; if other programs read it, please report this".into())
        }
        LoadError::SameName { .. } => Some("rename one of them where the file is written".into()),
        LoadError::ColumnsDiffer { .. } | LoadError::TypesDiffer { .. } => Some(
            "every file needs the columns that are used, in types that go together; name the others under \
                 source.exclude"
                .into(),
        ),
        LoadError::OutputIsInput { .. } => Some("write to another file".into()),
        LoadError::OutputInInput { .. } => Some("write to a place that is not read".into()),
        LoadError::TooManyRows { .. } => Some("read a part of the files by a pattern".into()),
        LoadError::NoRows { .. } => Some("a table has one row per customer; this one has columns alone".into()),
        LoadError::SourceChanged { .. } => Some("run again on the source as it is now".into()),
        _ => None,
    }
}

/// What to do about columns and cells that are not what the plan takes them for.
fn advice_on_columns(error: &LoadError) -> Option<String> {
    match error {
        LoadError::Endless { .. } => {
            Some("correct the value, list it in source.null_values, or name another column as source.value".into())
        }
        LoadError::MissingColumn { nearest: Some(name), .. } => Some(format!("did you mean {name:?}?")),
        LoadError::MissingColumn { columns, .. } => Some(format!("the columns are {}", columns.join(", "))),
        LoadError::WrongType { key, .. } if key == "source.features" => {
            Some(
                "name it under source.attributes, or read it as numbers: [source.columns.NAME] read = \"number\", of dates \
                     \"age_days\""
                    .into(),
            )
        }
        LoadError::WrongType { column, found, wanted: "a number", .. } if found == "text" => Some(format!(
            "read it as numbers: [source.columns.{}] read = \"number\", or change its type where the file is written",
            toml_edit::Key::new(column)
        )),
        LoadError::TextTooLong { .. } => {
            Some("ids and tiers are short; name another column, or shorten the texts where the file is written".into())
        }
        LoadError::WrongType { .. } => Some("change its type where the file is written".into()),
        LoadError::NotTwoLevels { .. } => {
            Some("an outcome is yes or no; what has more values describes as one of source.attributes".into())
        }
        LoadError::TwoRoles { first, second, .. } if first == second => Some("name it once".into()),
        LoadError::TwoRoles { .. } => Some("take it out of one of the two".into()),
        LoadError::TwoReadings { .. } => Some("levels alone make an ordinal".into()),
        LoadError::OpenDecimalMark { column, .. } => Some(format!(
            "set source.columns.{}.decimal to \".\" or \",\"",
            toml_edit::Key::new(column)
        )),
        LoadError::OpenDayOrder { column, .. } => {
            Some(format!("set source.columns.{}.day_first to true or false", toml_edit::Key::new(column)))
        }
        LoadError::NoFeature { left_out, .. } if left_out.is_empty() => {
            Some("features are columns of numbers that are not id, tier, attribute or excluded".into())
        }
        LoadError::NoFeature { left_out, .. } => {
            let columns: Vec<String> =
                left_out.iter().map(|(column, reason)| format!("{column:?} ({reason})")).collect();
            Some(format!("not clustered were {}; source.features takes a column all the same", columns.join(", ")))
        }
        LoadError::NoValue { .. } => Some("take it out of source.features".into()),
        LoadError::NoNumber { .. } => Some("leave the column out, or fill the cell before".into()),
        LoadError::NullId { .. } => Some("give every customer an id, or leave source.id out".into()),
        LoadError::DuplicateId { is_rounded: true, .. } => Some(
            "so large a number is one of several as a float, and different ids may have become one: write the column as whole \
             numbers or as text where the file is written"
                .into(),
        ),
        LoadError::DuplicateId { .. } => {
            Some("set source.duplicates to \"first\" or \"last\" to keep one row of each id".into())
        }
        LoadError::TooManyTiers { .. } => Some("a tier is a small class such as A, B, C, D".into()),
        _ => None,
    }
}
