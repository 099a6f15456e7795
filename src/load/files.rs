//! Which files a source path stands for.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::LoadError;

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the source, with `/` between parts; its file name when the source is that file.
    pub name: String,
    /// What its `key=value` folders below the source say, outermost first; `None` is Hive's null.
    pub partitions: Vec<(String, Option<String>)>,
}

const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The files a source path stands for, in ascending order of their paths.
///
/// - A file stands for itself, whatever its name.
/// - A folder stands for every `*.parquet` and `*.parq` file in it and in its folders. Hidden files and folders and
///   those that begin with `_` are skipped.
/// - Anything else is a glob (`*`, `?`, `[…]`, `**`). It stands for every file that matches, and for the Parquet files
///   of every folder that matches.
///
/// Folders named `key=value`, below the given folder or from the first wildcard of the glob on, are partitions.
/// Values are percent-decoded. Every file must name the same partitions.
///
/// # Errors
/// When nothing is found, when a folder cannot be read, or when partitions differ.
pub fn resolve(path: &Path) -> Result<Vec<DataFile>, LoadError> {
    let files = match fs::metadata(path) {
        Ok(found) if found.is_dir() => in_folder(path)?,
        Ok(_) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            vec![DataFile { path: path.to_owned(), name, partitions: Vec::new() }]
        }
        Err(error) if is_absent(&error) && has_wildcard(path) => matching(path)?,
        Err(error) if is_absent(&error) => {
            let existing = path.ancestors().skip(1).find(|p| !p.as_os_str().is_empty() && p.exists());
            return Err(LoadError::NotFound { path: path.to_owned(), existing: existing.map(Path::to_owned) });
        }
        Err(reason) => return Err(LoadError::Unreadable { path: path.to_owned(), reason }),
    };
    same_partitions(&files)?;
    Ok(files)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename)
}

fn in_folder(folder: &Path) -> Result<Vec<DataFile>, LoadError> {
    let mut walk = Walk::default();
    walk.folder(folder)?;
    if walk.found.is_empty() {
        return Err(LoadError::NoParquet { path: folder.to_owned(), n_others: walk.n_others });
    }
    walk.found.sort();
    Ok(walk.found.into_iter().map(|path| data_file(path, folder)).collect())
}

fn matching(pattern: &Path) -> Result<Vec<DataFile>, LoadError> {
    let text = pattern.to_string_lossy().into_owned();
    let matches = glob::glob_with(&text, AS_A_SHELL)
        .map_err(|error| LoadError::BadPattern { pattern: text.clone(), detail: error.msg.to_owned() })?;
    let asks_for_underscore = asks_for_underscore(pattern);
    let mut walk = Walk::default();
    for entry in matches {
        let path = entry.map_err(|error| {
            let path = error.path().to_owned();
            LoadError::Unreadable { path, reason: error.into() }
        })?;
        if path.is_dir() {
            walk.folder(&path)?;
        } else if asks_for_underscore || !is_skipped(&path) {
            walk.found.push(path);
        }
    }
    if walk.found.is_empty() {
        return Err(LoadError::NoMatch { pattern: text });
    }
    // A pattern such as `**` matches a folder and the files in it.
    walk.found.sort();
    walk.found.dedup();
    let fixed = without_wildcards(pattern);
    Ok(walk.found.into_iter().map(|path| data_file(path, &fixed)).collect())
}

/// Whether [`resolve`] of `source` would find a file at `file`, which may not be there yet but whose folder is resolved.
pub(super) fn would_find(source: &Path, file: &Path) -> bool {
    if let Ok(folder) = source.canonicalize() {
        return file.strip_prefix(folder).is_ok_and(is_walked);
    }
    let fixed = without_wildcards(source);
    let pattern = source.strip_prefix(&fixed).unwrap_or(source).to_string_lossy();
    let fixed = if fixed.as_os_str().is_empty() { Path::new(".") } else { &fixed };
    let (Ok(fixed), Ok(pattern)) = (fixed.canonicalize(), glob::Pattern::new(&pattern)) else { return false };
    let Ok(below) = file.strip_prefix(fixed) else { return false };
    let mut matching = below.ancestors().filter(|path| pattern.matches_path_with(path, AS_A_SHELL));
    matching.any(|path| match below.strip_prefix(path) {
        Ok(rest) if rest.as_os_str().is_empty() => asks_for_underscore(source) || !is_skipped(path),
        Ok(rest) => is_walked(rest),
        Err(_) => false,
    })
}

const AS_A_SHELL: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The folders of a pattern before its first wildcard.
fn without_wildcards(pattern: &Path) -> PathBuf {
    pattern.components().take_while(|part| !has_wildcard(Path::new(part))).collect()
}

fn asks_for_underscore(pattern: &Path) -> bool {
    pattern.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_'))
}

/// Whether a folder stands for the file at this path below it.
fn is_walked(below: &Path) -> bool {
    is_parquet_name(below) && !below.iter().any(|part| is_skipped(Path::new(part)))
}

#[derive(Default)]
struct Walk {
    found: Vec<PathBuf>,
    n_others: usize,
    /// The folders we are in, resolved, so that a link to one of them is not followed for ever.
    within: Vec<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path) -> Result<(), LoadError> {
        let unreadable = |reason| LoadError::Unreadable { path: folder.to_owned(), reason };
        let real = folder.canonicalize().map_err(unreadable)?;
        if self.within.contains(&real) {
            return Ok(());
        }
        self.within.push(real);
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if is_skipped(&path) {
                self.n_others += 1;
            } else if path.is_dir() {
                self.folder(&path)?;
            } else if is_parquet_name(&path) {
                self.found.push(path);
            } else {
                self.n_others += 1;
            }
        }
        self.within.pop();
        Ok(())
    }
}

/// Whether writers use such names for what is not part of the table (`_SUCCESS`, `_metadata`, `.crc` files).
fn is_skipped(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']))
}

fn is_parquet_name(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet") || e.eq_ignore_ascii_case("parq"))
}

fn has_wildcard(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn data_file(path: PathBuf, source: &Path) -> DataFile {
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
pub(super) fn same_partitions(files: &[DataFile]) -> Result<(), LoadError> {
    let keys = |file: &DataFile| file.partitions.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let Some(first) = files.first() else { return Ok(()) };
    let first_keys = keys(first);
    let repeated = (1..first_keys.len()).any(|i| first_keys[..i].contains(&first_keys[i]));
    match files.iter().find(|file| repeated || keys(file) != first_keys) {
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

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    fn names(path: &Path) -> Vec<String> {
        resolve(path).unwrap().into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn a_folder_stands_for_its_parquet_files_in_order() {
        let folder = folder_with(&["b.parquet", "a/z.PARQ", "a/_tmp.parquet", ".c.parquet", "_log/d.parquet", "r.csv"]);
        assert_eq!(names(folder.path()), ["a/z.PARQ", "b.parquet"]);
    }

    #[test]
    fn a_file_stands_for_itself_whatever_its_name() {
        let folder = folder_with(&["k=v/_odd[1].pq"]);
        let files = resolve(&folder.path().join("k=v/_odd[1].pq")).unwrap();
        assert_eq!(files[0].name, "_odd[1].pq");
        assert_eq!(files[0].partitions, []);
    }

    #[test]
    fn a_pattern_stands_for_files_and_folders_that_match() {
        let folder = folder_with(&["y=1/a.pq", "y=1/b.parquet", "y=2/c.parquet", "y=2/_SUCCESS", "z/d.parquet"]);
        assert_eq!(names(&folder.path().join("y=*/*")), ["y=1/a.pq", "y=1/b.parquet", "y=2/c.parquet"]);
        assert_eq!(names(&folder.path().join("y=*")), ["y=1/b.parquet", "y=2/c.parquet"]);
        assert_eq!(names(&folder.path().join("**/*.pq")), ["y=1/a.pq"]);
    }

    #[test]
    fn partitions_are_decoded_and_null_is_null() {
        let folder = folder_with(&[
            "region=S%C3%BCd%2FOst/year=2024/a.parquet",
            "region=__HIVE_DEFAULT_PARTITION__/year=/b.parquet",
        ]);
        let files = resolve(folder.path()).unwrap();
        let pair = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        assert_eq!(files[0].partitions, [pair("region", Some("Süd/Ost")), pair("year", Some("2024"))]);
        assert_eq!(files[1].partitions, [pair("region", None), pair("year", Some(""))]);
        let fixed = resolve(&folder.path().join("region=S%C3%BCd%2FOst/year=*/a.parquet")).unwrap();
        assert_eq!(fixed[0].partitions, [pair("year", Some("2024"))]);
    }

    #[test]
    fn a_percent_sign_without_two_digits_stays() {
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }

    #[test]
    fn what_is_not_there_is_named() {
        let folder = folder_with(&["notes.txt", ".hidden.parquet"]);
        let message = |path: &Path| resolve(path).unwrap_err().to_string();
        let at = folder.path().display();
        assert_eq!(
            message(folder.path()),
            format!("the folder {at} holds no *.parquet or *.parq file (2 other files)")
        );
        assert_eq!(message(&folder.path().join("a/b.parquet")), format!("nothing is at {at}/a/b.parquet"));
        assert_eq!(
            message(&folder.path().join("*.parquet")),
            format!("no file matches the pattern \"{at}/*.parquet\"")
        );
        assert!(message(&folder.path().join("a***")).contains("is not a valid glob"));
    }

    #[test]
    fn different_partitions_are_refused() {
        let folder = folder_with(&["a=1/x.parquet", "b=1/y.parquet"]);
        let message = resolve(folder.path()).unwrap_err().to_string();
        assert!(message.ends_with(r#"do not name the same partitions (["a"] and ["b"])"#), "{message}");
    }

    #[test]
    fn a_file_that_is_not_there_yet_is_known_to_be_found_or_not() {
        let folder = folder_with(&["in/a.parquet", "in/sub/b.parquet", "out/c.parquet"]);
        let real = folder.path().canonicalize().unwrap();
        let sources = ["in", "in/*.pq", "in/s*", "in/**/*.parquet", "in/_*", "*"];
        for file in
            ["in/n.parquet", "in/n.csv", "in/n.pq", "in/sub/n.parq", "in/_n.parquet", "in/_n.pq", "in/sub/.n.parquet"]
        {
            fs::write(real.join(file), "x").unwrap();
            for source in sources {
                let source = folder.path().join(source);
                let is_found = resolve(&source)
                    .is_ok_and(|files| files.iter().any(|found| found.path.canonicalize().unwrap() == real.join(file)));
                assert_eq!(would_find(&source, &real.join(file)), is_found, "{file} in {}", source.display());
            }
            fs::remove_file(real.join(file)).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_an_outer_folder_is_not_followed_for_ever() {
        let folder = folder_with(&["a/x.parquet"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/back")).unwrap();
        assert_eq!(names(folder.path()), ["a/x.parquet"]);
    }
}
