//! The one way to write a file that somebody asked for.
//!
//! A regular file, or one that is not there yet, appears whole or not at all: it is written under a temporary name beside its
//! place, forced to disk, renamed, and the folder that names it forced to disk too. A symbolic link stays: its target is what is
//! written. A named pipe, a device, a socket and `/dev/stdout` are written through, for there is nothing to replace. A folder is
//! refused.
//!
//! A temporary file is called `.segmint-PROCESS-NUMBER.tmp` and locked by who writes it. Whoever writes into the same folder next
//! removes those that nobody holds any more.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// How many links may follow each other.
const MOST_LINKS: usize = 40;
const PREFIX: &str = ".segmint-";
const SUFFIX: &str = ".tmp";

/// A file that is being written. Dropped before [`OutputFile::finish`] it leaves what was there.
#[derive(Debug)]
pub struct OutputFile {
    file: File,
    beside: Option<Beside>,
}

/// A temporary file, and where it will be.
#[derive(Debug)]
struct Beside {
    temporary: PathBuf,
    target: PathBuf,
}

impl OutputFile {
    /// Begins to write what will be at `path`. A file that is replaced keeps its permissions, and its owner where that is
    /// allowed; of several names of one file (hard links) only this one gets the new content.
    ///
    /// # Errors
    /// When `path` is a folder, may not be written, or its folder is not there; nothing has changed then.
    pub fn create(path: &Path) -> io::Result<OutputFile> {
        if ends_in_separator(path) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if let Some(file) = standard_stream(path)? {
            return Ok(OutputFile { file, beside: None });
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            // A descriptor of this process: what it leads to goes on where it is.
            Ok(_) if is_descriptor(path) => {
                Ok(OutputFile { file: File::options().append(true).open(path)?, beside: None })
            }
            Ok(found) if !found.is_file() => {
                Ok(OutputFile { file: File::options().write(true).open(path)?, beside: None })
            }
            Ok(found) => {
                let target = path.canonicalize()?;
                // A rename would replace what may not be written.
                File::options().write(true).open(&target)?;
                let output = OutputFile::beside(target)?;
                keep_owner_and_permissions(&output.file, &found)?;
                Ok(output)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => OutputFile::beside(end_of_links(path)?),
            Err(error) => Err(error),
        }
    }

    /// A new file in a folder that is nobody else's yet, so that it can have its name at once.
    ///
    /// # Errors
    /// When it is there already or cannot be made.
    pub fn within(path: &Path) -> io::Result<OutputFile> {
        Ok(OutputFile { file: File::create_new(path)?, beside: None })
    }

    fn beside(target: PathBuf) -> io::Result<OutputFile> {
        let folder = folder_of(&target);
        clear_unheld(folder)?;
        loop {
            let temporary = folder.join(temporary_name());
            let file = match File::create_new(&temporary) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            };
            // Between its making and its lock it looks like one that nobody holds.
            if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) || fs::symlink_metadata(&temporary).is_err() {
                continue;
            }
            return Ok(OutputFile { file, beside: Some(Beside { temporary, target }) });
        }
    }

    /// Leaves the file to its owner alone, where the system knows of that.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn keep_private(&self) -> io::Result<()> {
        if self.beside.is_none() {
            return Ok(());
        }
        #[cfg(unix)]
        self.file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(())
    }

    /// Forces the file to disk and gives it its name, in place of what had that name before.
    ///
    /// # Errors
    /// When the system refuses; unless the message says that the file is written, what was there is there still.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        let Some(beside) = &self.beside else { return sync_through(&self.file) };
        self.file.sync_all()?;
        fs::rename(&beside.temporary, &beside.target)?;
        let folder = folder_of(&beside.target).to_owned();
        self.beside = None;
        sync_folder(&folder).map_err(|error| {
            io::Error::new(error.kind(), format!("it is written, but may not outlast a power cut: {error}"))
        })
    }
}

impl Write for OutputFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // What cannot be removed now is removed by who writes here next; there is nobody to tell.
            let _ = fs::remove_file(&beside.temporary);
        }
    }
}

/// Writes `content` to `path`; see [`OutputFile`].
///
/// # Errors
/// As [`OutputFile::create`] and [`OutputFile::finish`].
pub fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OutputFile::create(path)?;
    file.write_all(content)?;
    file.finish()
}

/// Makes a folder and those above it, and makes their names durable.
///
/// # Errors
/// When one cannot be made, or a file has its name.
pub fn create_folder(path: &Path) -> io::Result<()> {
    create_folder_by(path, &|folder| fs::create_dir(folder))
}

/// [`create_folder`] whose last folder is made by `make`.
pub(crate) fn create_folder_by(path: &Path, make: &dyn Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let above = folder_of(path);
    create_folder(above)?;
    match make(path) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made?,
    }
    sync_folder(above)
}

/// Makes the names in `folder` durable. Systems that cannot open a folder do this on their own terms.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        return without_refusal(File::open(folder)?.sync_all());
    }
    Ok(())
}

/// The folder that names `path`.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes the temporary files in `folder` that no process holds: who wrote them is dead.
pub(crate) fn clear_unheld(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_temporary = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if !is_temporary || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        // Another process may remove it first, and what belongs to somebody else stays.
        if let Ok(file) = File::options().write(true).open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn temporary_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{PREFIX}{}-{}{SUFFIX}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Whether a path names a folder whatever is there.
fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|&byte| std::path::is_separator(char::from(byte)))
}

/// Where the links from `path`, which lead to nothing, end.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links follow each other"))
}

/// A handle of standard output or standard error of its own, when `path` means that.
#[cfg(unix)]
fn standard_stream(path: &Path) -> io::Result<Option<File>> {
    use std::os::fd::AsFd;
    let is_one_of = |names: [&str; 3]| names.iter().any(|name| path == Path::new(name));
    let stream = if is_one_of(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
        io::stdout().as_fd().try_clone_to_owned()?
    } else if is_one_of(["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"]) {
        io::stderr().as_fd().try_clone_to_owned()?
    } else {
        return Ok(None);
    };
    Ok(Some(stream.into()))
}

#[cfg(not(unix))]
fn standard_stream(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

fn is_descriptor(path: &Path) -> bool {
    cfg!(unix) && ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.starts_with(folder))
}

#[cfg(unix)]
fn keep_owner_and_permissions(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        // Only root may give a file away; whoever else replaces one owns the new one.
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    file.set_permissions(old.permissions())
}

#[cfg(not(unix))]
fn keep_owner_and_permissions(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Forces what went through a handle to disk, where there is a disk behind it.
fn sync_through(file: &File) -> io::Result<()> {
    without_refusal(file.sync_all())
}

/// A pipe, a device and some file systems cannot be forced to disk.
fn without_refusal(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_not_finished_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, "old").unwrap();
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(b"ne").unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        drop(file);
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"old".to_vec(), vec!["out".to_owned()]));
        write_file(&path, b"new").unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"new".to_vec(), vec!["out".to_owned()]));
    }

    #[test]
    fn a_folder_and_what_lies_in_none_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let kind = |path: &Path| write_file(path, b"x").unwrap_err().kind();
        assert_eq!(kind(folder.path()), io::ErrorKind::IsADirectory);
        assert_eq!(kind(&folder.path().join("new/")), io::ErrorKind::IsADirectory);
        assert_eq!(kind(&folder.path().join("no/new")), io::ErrorKind::NotFound);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn only_temporary_files_that_nobody_holds_are_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let living = OutputFile::create(&folder.path().join("a")).unwrap();
        for dead in [".segmint-1-0.tmp", ".segmint-999999999-7.tmp", ".segmint-of-mine", "x.tmp"] {
            fs::write(folder.path().join(dead), "left").unwrap();
        }
        write_file(&folder.path().join("b"), b"b").unwrap();
        let left = names(folder.path());
        assert_eq!(left.len(), 4, "{left:?}");
        living.finish().unwrap();
        assert_eq!(names(folder.path()), [".segmint-of-mine", "a", "b", "x.tmp"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_its_target_is_written() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("far")).unwrap();
        symlink("far/target", at("link")).unwrap();
        symlink("link", at("link-to-link")).unwrap();
        for content in ["new", "newer"] {
            write_file(&at("link-to-link"), content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(at("far/target")).unwrap(), content);
            assert_eq!(names(&at("far")), ["target"]);
            assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
            assert!(fs::symlink_metadata(at("link-to-link")).unwrap().is_symlink());
        }
        symlink("round", at("round")).unwrap();
        assert!(write_file(&at("round"), b"x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("private");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write_file(&path, b"new").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
