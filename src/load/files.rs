//! Which files a source path stands for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::LoadError;
use super::data_file::{
    AS_A_SHELL, DataFile, asks_for_underscore, has_wildcard, is_found_by, is_parquet_name, is_skipped, is_walked,
    same_partitions, without_wildcards,
};
use super::storage::Opened;
use crate::monitor::Monitor;
use crate::object_url::ObjectUrl;

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
/// A URL such as `s3://bucket/key` stands for objects by the same rules, in builds with the feature `cloud`.
///
/// # Errors
/// When nothing is found, when a folder cannot be read, or when partitions differ.
pub fn resolve(path: &Path) -> Result<Vec<DataFile>, LoadError> {
    Ok(find(path, &Monitor::silent())?.into_iter().map(|(file, _)| file).collect())
}

/// [`resolve`] with the way to read each file; `monitor` ends the waiting for a store.
pub(super) fn find(path: &Path, monitor: &Monitor) -> Result<Vec<(DataFile, Opened)>, LoadError> {
    let files = match ObjectUrl::of(path)? {
        Some(url) => in_store(&url, monitor)?,
        None => on_disk(path)?.into_iter().map(|file| (file.clone(), Opened::File(file.path))).collect(),
    };
    same_partitions(files.iter().map(|(file, _)| file))?;
    Ok(files)
}

#[cfg(feature = "cloud")]
fn in_store(url: &ObjectUrl, monitor: &Monitor) -> Result<Vec<(DataFile, Opened)>, LoadError> {
    super::objects::find(url, monitor)
}

#[cfg(not(feature = "cloud"))]
fn in_store(url: &ObjectUrl, _: &Monitor) -> Result<Vec<(DataFile, Opened)>, LoadError> {
    let url = url.at(&url.key).display().to_string();
    Err(crate::object_url::UrlError::NotBuilt { url }.into())
}

fn on_disk(path: &Path) -> Result<Vec<DataFile>, LoadError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => in_folder(path),
        Ok(_) => Ok(vec![DataFile::alone(path.to_owned())]),
        Err(error) if is_absent(&error) && has_wildcard(path) => matching(path),
        Err(error) if is_absent(&error) => {
            let existing = path.ancestors().skip(1).find(|p| !p.as_os_str().is_empty() && p.exists());
            Err(LoadError::NotFound { path: path.to_owned(), existing: existing.map(Path::to_owned) })
        }
        Err(reason) => Err(LoadError::Unreadable { path: path.to_owned(), reason }),
    }
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
    Ok(walk.found.into_iter().map(|path| DataFile::below(path, folder)).collect())
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
    Ok(walk.found.into_iter().map(|path| DataFile::below(path, &fixed)).collect())
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
    is_found_by(&pattern, below, asks_for_underscore(source))
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
        let sources = ["in", "in/*.pq", "in/s*", "in/**/*.parquet", "in/**", "in/_*", "*"];
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
