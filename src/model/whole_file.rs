//! Files that are there whole or not at all.

use std::fs::File;
use std::io;
use std::path::Path;

use super::ModelError;

/// Lets `fill` write a temporary file beside `path` and puts it in the place of `path` in one step.
///
/// `fill` opens the file by its path and forces it to disk. When it fails, `path` stays as it was.
pub(super) fn write<T>(path: &Path, fill: impl FnOnce(&Path) -> Result<T, ModelError>) -> Result<T, ModelError> {
    let failed = |source: io::Error| ModelError::Io { action: "write", path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made by us, so that it gets the permissions of any new file; a temporary file's own are private.
    let made = tempfile::Builder::new().prefix(".tmp-").make_in(folder, |path| File::create_new(path));
    let temporary = made.map_err(failed)?.into_temp_path();
    let result = fill(&temporary)?;
    temporary.persist(path).map_err(|refused| failed(refused.error))?;
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, "old").unwrap();
        let failed: Result<(), ModelError> = write(&path, |temporary| {
            fs::write(temporary, "ne").unwrap();
            Err(ModelError::NotAModel { path: "x".into() })
        });
        assert_eq!(failed.unwrap_err().to_string(), "x is not a segmint model");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let written = write(&path, |temporary| {
            fs::write(temporary, "new").unwrap();
            Ok("done")
        });
        assert_eq!(written.unwrap(), "done");
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_does_not_exist_is_named() {
        let error = write(Path::new("/nowhere/at/all/out"), |_| Ok(())).unwrap_err();
        assert!(error.to_string().starts_with("cannot write /nowhere/at/all/out: "), "{error}");
    }
}
