//! What the file system is asked to do durably: make, write, forget.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::RegistryError;
use crate::output_file::{self, OutputFile};

/// Begins the name of every folder that is not finished; no run, alias or lock is called so.
pub(super) const UNFINISHED: &str = ".tmp-";

/// Makes the entries of `folder` durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), RegistryError> {
    output_file::sync_folder(folder).map_err(RegistryError::io("flush", folder))
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

/// Gives the file `name` in a folder of the registry a new content; readers see the old or the new one, never a part. In a folder
/// that is its owner's alone the file is too.
///
/// # Errors
/// When it cannot be written; the old content stays. [`RegistryError::Deleted`] when the folder is not there any more, as when
/// another process prunes the registry meanwhile.
pub fn replace_file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> Result<(), RegistryError> {
    let path = folder.join(name);
    let write = || -> io::Result<()> {
        let mut file = OutputFile::create(&path)?;
        io::Write::write_all(&mut file, content.as_ref())?;
        if is_private(folder) {
            file.keep_private()?;
        }
        file.finish()
    };
    write().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound if !folder.is_dir() => RegistryError::Deleted { path: folder.to_owned() },
        _ => RegistryError::io("write", &path)(source),
    })
}

/// Makes the folder of a new registry, and those above it that are not there.
pub(super) fn create_registry(path: &Path, private: bool) -> Result<(), RegistryError> {
    let make = |folder: &Path| create_folder(folder, private);
    output_file::create_folder_by(path, &make).map_err(RegistryError::io("create", path))
}

/// Makes a folder in `registry`, which is its owner's alone when the registry is.
pub(super) fn create_folder_in(registry: &Path, path: &Path) -> Result<(), RegistryError> {
    create_folder(path, is_private(registry)).map_err(RegistryError::io("create", path))
}

/// Opens the lock file `path` in `registry`, which is made when it is not there.
pub(super) fn open_lock(registry: &Path, path: &Path) -> Result<File, RegistryError> {
    let mut options = File::options();
    options.create(true).read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_private(registry) { 0o600 } else { 0o666 });
    options.open(path).map_err(RegistryError::io("open", path))
}

#[cfg(unix)]
fn create_folder(path: &Path, private: bool) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(if private { 0o700 } else { 0o777 }).create(path)
}

#[cfg(not(unix))]
fn create_folder(path: &Path, _: bool) -> io::Result<()> {
    fs::create_dir(path)
}

/// Whether nobody but its owner may enter a folder.
#[cfg(unix)]
fn is_private(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(_: &Path) -> bool {
    false
}

/// Takes the files of a finished run from everybody but their owner, in a registry that is its owner's alone.
#[cfg(unix)]
pub(super) fn restrict(registry: &Path, run: &Path) -> Result<(), RegistryError> {
    use std::os::unix::fs::PermissionsExt;
    if !is_private(registry) {
        return Ok(());
    }
    for entry in fs::read_dir(run).map_err(RegistryError::io("read", run))? {
        let entry = entry.map_err(RegistryError::io("read", run))?;
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let set = fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o600));
            set.map_err(RegistryError::io("change the permissions of", &entry.path()))?;
        }
    }
    Ok(())
}

/// Elsewhere folders have no such permissions.
#[cfg(not(unix))]
pub(super) fn restrict(_: &Path, _: &Path) -> Result<(), RegistryError> {
    Ok(())
}

/// Takes the run folder `path` away in one step, then deletes it.
pub(super) fn delete_run(registry: &Path, path: &Path) -> Result<(), RegistryError> {
    let failed = || RegistryError::io("delete", path);
    let grave = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(registry).map_err(failed())?;
    fs::rename(path, grave.path().join("run")).map_err(failed())?;
    sync_folder(registry)?;
    grave.close().map_err(failed())
}

/// Deletes what killed processes left in the registry, its runs and its folder of aliases; who calls holds both locks.
pub(super) fn clear_unfinished(registry: &Path) -> Result<(), RegistryError> {
    for entry in fs::read_dir(registry).map_err(RegistryError::io("read", registry))? {
        let entry = entry.map_err(RegistryError::io("read", registry))?;
        let path = entry.path();
        let is_folder = entry.file_type().map_err(RegistryError::io("read", &path))?.is_dir();
        if !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            if is_folder {
                output_file::clear_unheld(&path).map_err(RegistryError::io("read", &path))?;
            }
            continue;
        }
        let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(RegistryError::io("delete", &path))?;
    }
    Ok(())
}
