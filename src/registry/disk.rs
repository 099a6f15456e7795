//! What the file system is asked to do durably: write, rename, forget.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::RegistryError;

/// Begins the name of everything that is not finished; no run, alias or lock is called so.
pub(super) const UNFINISHED: &str = ".tmp-";

/// Makes the entries of `folder` durable. Systems that cannot open a folder do this on their own terms.
pub(super) fn sync_folder(folder: &Path) -> Result<(), RegistryError> {
    if cfg!(unix) {
        let sync = File::open(folder).and_then(|handle| handle.sync_all());
        return sync.map_err(RegistryError::io("flush", folder));
    }
    Ok(())
}

/// Makes every file below `folder` durable, and then the folders that name them.
pub(super) fn sync_tree(folder: &Path) -> Result<(), RegistryError> {
    for entry in fs::read_dir(folder).map_err(RegistryError::io("read", folder))? {
        let entry = entry.map_err(RegistryError::io("read", folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(RegistryError::io("read", &path))?;
        if kind.is_dir() {
            sync_tree(&path)?;
        } else if kind.is_file() {
            // Windows flushes only through a handle that may write.
            let sync = File::options().read(true).write(cfg!(windows)).open(&path).and_then(|file| file.sync_all());
            sync.map_err(RegistryError::io("flush", &path))?;
        }
    }
    sync_folder(folder)
}

/// Gives the file `name` in `folder` a new content; readers see the old or the new one, never a part.
///
/// # Errors
/// When it cannot be written; the old content stays.
pub fn replace_file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> Result<(), RegistryError> {
    let path = folder.join(name);
    // Made by us, so that it gets the permissions of any new file; a temporary file's own are private.
    let made = tempfile::Builder::new().prefix(UNFINISHED).make_in(folder, |path| File::create_new(path));
    let written = made.and_then(|mut file| {
        file.write_all(content.as_ref())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|failed| failed.error)?;
        Ok(())
    });
    written.map_err(RegistryError::io("write", &path))?;
    sync_folder(folder)
}

/// Takes the run folder `path` away in one step, then deletes it.
pub(super) fn delete_run(registry: &Path, path: &Path) -> Result<(), RegistryError> {
    let failed = || RegistryError::io("delete", path);
    let grave = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(registry).map_err(failed())?;
    fs::rename(path, grave.path().join("run")).map_err(failed())?;
    sync_folder(registry)?;
    grave.close().map_err(failed())
}

/// Deletes what killed processes left in `folder`; a folder that does not exist has nothing.
pub(super) fn clear_unfinished(folder: &Path) -> Result<(), RegistryError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(RegistryError::io("read", folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(RegistryError::io("read", folder))?;
        if !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            continue;
        }
        let path = entry.path();
        let is_folder = entry.file_type().map_err(RegistryError::io("read", &path))?.is_dir();
        let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(RegistryError::io("delete", &path))?;
    }
    Ok(())
}
