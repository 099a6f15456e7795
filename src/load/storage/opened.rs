//! One file of a table, wherever it lies.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use bytes::Bytes;

#[cfg(feature = "cloud")]
use super::{Ahead, Object};
use crate::load::LoadError;

/// One file of a table, to be read at any place by many threads.
#[derive(Debug, Clone)]
pub(in crate::load) enum Opened {
    /// On disk; every reader opens it anew.
    File(PathBuf),
    /// In an object store.
    #[cfg(feature = "cloud")]
    Object(Object),
}

impl Opened {
    /// Its size in bytes.
    pub(in crate::load) fn len(&self) -> io::Result<u64> {
        match self {
            Opened::File(path) => Ok(File::open(path)?.metadata()?.len()),
            #[cfg(feature = "cloud")]
            Opened::Object(object) => Ok(object.len()),
        }
    }

    /// The `length` bytes at `start`, or as many as there are: a damaged footer may promise any number.
    pub(in crate::load) fn read_at(&self, start: u64, length: u64) -> io::Result<Bytes> {
        match self {
            Opened::File(path) => {
                let mut file = File::open(path)?;
                let there = file.metadata()?.len().saturating_sub(start).min(length);
                let mut bytes = Vec::with_capacity(there as usize);
                file.seek(SeekFrom::Start(start))?;
                file.take(length).read_to_end(&mut bytes)?;
                Ok(bytes.into())
            }
            #[cfg(feature = "cloud")]
            Opened::Object(object) => object.read(start, length),
        }
    }

    /// All bytes from `start` on, in order.
    pub(in crate::load) fn read_from(&self, start: u64) -> io::Result<Box<dyn Read>> {
        match self {
            Opened::File(path) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(start))?;
                Ok(Box::new(file))
            }
            #[cfg(feature = "cloud")]
            Opened::Object(object) => {
                let rest = std::iter::once(start..object.len());
                Ok(Box::new(Ahead::over(object, rest).read_from(start)))
            }
        }
    }

    /// Why it could not be read, when that is to blame and not what is in it.
    pub(in crate::load) fn failure(&self) -> Option<LoadError> {
        match self {
            Opened::File(path) => {
                let reason = File::open(path).err()?;
                Some(LoadError::Unreadable { path: path.clone(), reason })
            }
            #[cfg(feature = "cloud")]
            Opened::Object(object) => object.failure(),
        }
    }

    /// What an error of a reading method means.
    pub(in crate::load) fn unreadable(&self, reason: io::Error) -> LoadError {
        self.failure().unwrap_or_else(|| match self {
            Opened::File(path) => LoadError::Unreadable { path: path.clone(), reason },
            #[cfg(feature = "cloud")]
            Opened::Object(object) => LoadError::Unreadable { path: object.url().to_owned(), reason },
        })
    }
}
