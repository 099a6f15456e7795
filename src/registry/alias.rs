use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{RegistryError, RunId, disk};

/// The alias that every finished run moves to itself.
pub const LATEST: &str = "latest";

/// A checked name of an alias that people may set, such as `champion`.
///
/// 1 to 64 of a–z, 0–9, - and _, beginning with a letter (a run id begins with a digit), not `latest`.
///
/// ```
/// use segmint::registry::AliasName;
/// assert!("champion".parse::<AliasName>().is_ok());
/// assert!("2026".parse::<AliasName>().is_err());
/// assert!("latest".parse::<AliasName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AliasName(String);

impl AliasName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AliasName {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        if text == LATEST {
            return Err(RegistryError::ReservedAlias);
        }
        if !is_alias(text) {
            return Err(RegistryError::BadAliasName { name: text.to_owned() });
        }
        Ok(AliasName(text.to_owned()))
    }
}

/// Whether `text` may stand in the folder of aliases.
pub(super) fn is_alias(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// The folder of alias files in a registry.
pub(super) fn folder(registry: &Path) -> PathBuf {
    registry.join(".aliases")
}

/// The run that `name` points to; `None` when there is no such alias.
pub(super) fn read(registry: &Path, name: &str) -> Result<Option<RunId>, RegistryError> {
    let path = folder(registry).join(name);
    match fs::read(&path) {
        Ok(bytes) => {
            let id = std::str::from_utf8(&bytes).ok().and_then(|text| text.trim_end().parse().ok());
            id.map(Some).ok_or(RegistryError::DamagedAlias { path })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RegistryError::io("read", &path)(error)),
    }
}

/// Every alias and its run. Files that no alias can be called are somebody else's.
pub(super) fn read_all(registry: &Path) -> Result<BTreeMap<String, RunId>, RegistryError> {
    let mut aliases = BTreeMap::new();
    for name in names(registry)? {
        if let Some(run) = read(registry, &name)? {
            aliases.insert(name, run);
        }
    }
    Ok(aliases)
}

/// The names of all aliases, sorted, readable or not.
pub(super) fn names(registry: &Path) -> Result<Vec<String>, RegistryError> {
    let folder = folder(registry);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RegistryError::io("read", &folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(RegistryError::io("read", &folder))?.file_name();
        names.extend(name.to_str().filter(|name| is_alias(name)).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Points `name` to `run`; the caller holds the edit lock.
pub(super) fn write(registry: &Path, name: &str, run: RunId) -> Result<(), RegistryError> {
    let folder = folder(registry);
    if !folder.is_dir() {
        disk::create_folder_in(registry, &folder)?;
    }
    // Also when another process has just made it: what is said to be set is durable.
    disk::sync_folder(registry)?;
    disk::replace_file(&folder, name, format!("{run}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alias_names_are_short_plain_and_not_like_run_ids() {
        for good in ["champion", "a", "eu-2026_q3"] {
            assert_eq!(good.parse::<AliasName>().unwrap().as_str(), good);
        }
        let long = "a".repeat(65);
        for wrong in ["", "Champion", "2026", "-a", "_a", "a b", "a/b", "..", "ü", "a.b", &long] {
            assert!(matches!(wrong.parse::<AliasName>(), Err(RegistryError::BadAliasName { .. })), "{wrong}");
        }
        assert!(matches!(LATEST.parse::<AliasName>(), Err(RegistryError::ReservedAlias)));
    }
}
