//! One object of a store.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use object_store::ObjectMeta;

use super::{Bucket, StoreFailure};
use crate::load::LoadError;

/// One object of a store, which stays what it was when it was opened.
///
/// After its first failure it gives no more bytes: what came before and after might not be of one object, and who decodes it
/// and asks again need not wait again.
#[derive(Clone)]
pub(in crate::load) struct Object(Arc<Inner>);

struct Inner {
    bucket: Bucket,
    /// What the store says of it.
    found: ObjectMeta,
    url: PathBuf,
    /// What the first bytes of it came with. Listings write e-tags in another way than answers, in some stores.
    version: OnceLock<Version>,
    failure: OnceLock<StoreFailure>,
}

/// What tells an object from another one of the same key.
#[derive(Clone, PartialEq)]
struct Version {
    bytes: u64,
    /// The e-tag, or the time of the last change where there is none.
    mark: String,
}

impl Version {
    fn of(meta: &ObjectMeta) -> Version {
        Version { bytes: meta.size, mark: meta.e_tag.clone().unwrap_or_else(|| meta.last_modified.to_rfc3339()) }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object").field(&self.0.url).finish()
    }
}

impl Object {
    /// The object `found` of a bucket, which messages call `url`.
    pub(in crate::load) fn new(bucket: Bucket, found: ObjectMeta, url: PathBuf) -> Object {
        Object(Arc::new(Inner { bucket, found, url, version: OnceLock::new(), failure: OnceLock::new() }))
    }

    /// Its size in bytes.
    pub(super) fn len(&self) -> u64 {
        self.0.found.size
    }

    /// Its URL.
    pub(super) fn url(&self) -> &Path {
        &self.0.url
    }

    /// Why it gives no more bytes.
    pub(super) fn failure(&self) -> Option<LoadError> {
        Some(self.0.failure.get()?.clone().error(&self.0.url))
    }

    /// The `length` bytes at `start`, or as many as there are.
    pub(super) fn read(&self, start: u64, length: u64) -> io::Result<Bytes> {
        let end = start.saturating_add(length).min(self.len());
        if start >= end {
            return Ok(Bytes::new());
        }
        if let Some(failure) = self.0.failure.get() {
            return Err(failure.io());
        }
        self.whole_range(start, end).map_err(|failure| self.0.failure.get_or_init(|| failure).io())
    }

    fn whole_range(&self, start: u64, end: u64) -> Result<Bytes, StoreFailure> {
        let pieces = self.0.bucket.pieces(&self.0.found.location, start..end);
        let mut pieces = pieces.map_err(|failure| self.blamed(failure))?;
        if !pieces.iter().all(|(meta, _)| self.is_same(meta)) {
            return Err(StoreFailure::Changed("it was written anew while it was read"));
        }
        let n = pieces.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
        if n != end - start {
            let words = format!("{n} bytes came instead of {}", end - start);
            return Err(StoreFailure::Unreadable(io::ErrorKind::UnexpectedEof, words));
        }
        if pieces.len() == 1 {
            return Ok(pieces.swap_remove(0).1);
        }
        let mut whole = BytesMut::with_capacity(n as usize);
        for (_, bytes) in pieces {
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.freeze())
    }

    /// A failure, or the change of the object that led to it: of one that is shorter now, a store refuses the range.
    fn blamed(&self, failure: StoreFailure) -> StoreFailure {
        if !failure.may_be_change() {
            return failure;
        }
        match self.0.bucket.object(self.0.found.location.as_ref()) {
            Ok(None) => StoreFailure::Changed("it is gone"),
            Ok(Some(now)) if !self.is_same(&now) => StoreFailure::Changed("it was written anew while it was read"),
            _ => failure,
        }
    }

    /// Whether an answer speaks of the object that was opened.
    fn is_same(&self, meta: &ObjectMeta) -> bool {
        let version = Version::of(meta);
        version.bytes == self.len() && *self.0.version.get_or_init(|| version.clone()) == version
    }
}
