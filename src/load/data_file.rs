//! Which names are files of a table, on disk and in an object store alike.

use std::path::{Component, Path, PathBuf};

use super::LoadError;

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Where it is: a path, or the URL of an object.
    pub path: PathBuf,
    /// Its path below the source, with `/` between parts; its file name when the source is that file.
    pub name: String,
    /// What its `key=value` folders below the source say, outermost first; `None` is Hive's null.
    pub partitions: Vec<(String, Option<String>)>,
}

const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

pub(super) const AS_A_SHELL: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

impl DataFile {
    /// A source that is one file, whatever its name.
    pub(super) fn alone(path: PathBuf) -> DataFile {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        DataFile { path, name, partitions: Vec::new() }
    }

    /// A file below the folder `source`.
    pub(super) fn below(path: PathBuf, source: &Path) -> DataFile {
        let below = path.strip_prefix(source).unwrap_or(&path);
        let parts: Vec<String> = below
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            })
            .collect();
        let folders = &parts[..parts.len().saturating_sub(1)];
        let partitions = folders.iter().filter_map(|folder| partition(folder)).collect();
        DataFile { name: parts.join("/"), partitions, path }
    }
}

/// Whether `pattern` finds a file that is at `below`: it matches the file, or a folder that stands for it. A `**` at its end
/// matches folders alone.
pub(super) fn is_found_by(pattern: &glob::Pattern, below: &Path, asks_for_underscore: bool) -> bool {
    let matches_files = !pattern.as_str().ends_with("**");
    let from_wildcard = below.ancestors().filter(|path| !path.as_os_str().is_empty());
    let mut matching = from_wildcard.filter(|path| pattern.matches_path_with(path, AS_A_SHELL));
    matching.any(|path| match below.strip_prefix(path) {
        Ok(rest) if rest.as_os_str().is_empty() => matches_files && (asks_for_underscore || !is_skipped(path)),
        Ok(rest) => is_walked(rest),
        Err(_) => false,
    })
}

/// The folders of a pattern before its first wildcard.
pub(super) fn without_wildcards(pattern: &Path) -> PathBuf {
    pattern.components().take_while(|part| !has_wildcard(Path::new(part))).collect()
}

pub(super) fn asks_for_underscore(pattern: &Path) -> bool {
    pattern.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_'))
}

/// Whether a folder stands for the file at this path below it.
pub(super) fn is_walked(below: &Path) -> bool {
    is_parquet_name(below) && !below.iter().any(|part| is_skipped(Path::new(part)))
}

/// Whether writers use such names for what is not part of the table (`_SUCCESS`, `_metadata`, `.crc` files).
pub(super) fn is_skipped(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']))
}

pub(super) fn is_parquet_name(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet") || e.eq_ignore_ascii_case("parq"))
}

pub(super) fn has_wildcard(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn partition(folder: &str) -> Option<(String, Option<String>)> {
    let (key, value) = folder.split_once('=').filter(|(key, _)| !key.is_empty())?;
    Some((percent_decoded(key), Some(percent_decoded(value)).filter(|value| value != HIVE_NULL)))
}

/// Hive writes characters that a folder name cannot hold as `%` and two hexadecimal digits.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let digit = |at: usize| bytes.get(at).and_then(|&b| char::from(b).to_digit(16));
        match (bytes[i], digit(i + 1), digit(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                i += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Refuses files that do not name the same partitions.
pub(super) fn same_partitions<'a>(files: impl IntoIterator<Item = &'a DataFile>) -> Result<(), LoadError> {
    let keys = |file: &DataFile| file.partitions.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let mut files = files.into_iter().peekable();
    let Some(&first) = files.peek() else { return Ok(()) };
    let first_keys = keys(first);
    let repeated = (1..first_keys.len()).any(|i| first_keys[..i].contains(&first_keys[i]));
    match files.find(|file| repeated || keys(file) != first_keys) {
        Some(other) => Err(LoadError::PartitionsDiffer {
            first: first.path.clone(),
            second_keys: keys(other),
            second: other.path.clone(),
            first_keys,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_sign_without_two_digits_stays() {
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }
}
