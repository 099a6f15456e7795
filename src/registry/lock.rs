use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;

use super::{RegistryError, disk};

/// One process at a time; ends when dropped, and with the process however that ends. The file is made once and never deleted: a
/// deleted one could be locked by two.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of a whole run, or fails at once when another run holds it.
    pub(super) fn of_run(registry: &Path) -> Result<Self, RegistryError> {
        let path = registry.join(".lock");
        let mut file = disk::open_lock(registry, &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // Best effort: Windows does not let others read a locked file.
                let pid = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
                return Err(RegistryError::Locked { path: registry.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(RegistryError::io("lock", &path)(source)),
        }
        let note = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        note.map_err(RegistryError::io("write", &path))?;
        Ok(Lock { file })
    }

    /// Takes the lock for a change of aliases or a deletion; waits the moments another such change needs.
    ///
    /// It is not the lock of a run, so an alias can be set while a long run is going on.
    pub(super) fn of_edit(registry: &Path) -> Result<Self, RegistryError> {
        let path = registry.join(".edit.lock");
        let file = disk::open_lock(registry, &path)?;
        file.lock().map_err(RegistryError::io("lock", &path))?;
        Ok(Lock { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a process that another thread is just starting holds a copy of the handle for
        // a moment, and with it the lock. A failure leaves that moment, nothing worse.
        let _ = self.file.unlock();
    }
}
