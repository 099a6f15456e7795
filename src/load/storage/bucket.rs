//! The three requests there are: what an object is, which there are below a prefix, and some bytes of one.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as Key;
use object_store::{BackoffConfig, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};

use super::StoreFailure;
use super::waiting::wait;
use crate::monitor::Monitor;
use crate::object_url::{ObjectUrl, Service};

/// Tries after the first, of a request that the store or the network fails.
const MAX_RETRIES: usize = 5;
/// The time from the first try after which there is no further one. A try without an answer ends after 30 s, of which 5 s
/// are for the connection.
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
/// Before the second try; doubled before every further one, with jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Bytes of one request. A slow line has 30 s for them, and a connection that breaks costs no more.
pub(super) const PIECE_BYTES: u64 = 8 << 20;
/// Requests under way for one reader.
const PIECES_AT_ONCE: usize = 4;

/// A bucket of an object store.
#[derive(Clone)]
pub(in crate::load) struct Bucket {
    store: Arc<dyn ObjectStore>,
    monitor: Monitor,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").finish_non_exhaustive()
    }
}

impl Bucket {
    /// The bucket of a URL, with credentials and endpoints from the environment. No request is sent yet; waiting for those
    /// that will be ends when `monitor` says so.
    pub(in crate::load) fn open(url: &ObjectUrl, monitor: &Monitor) -> Result<Bucket, StoreFailure> {
        let backoff = BackoffConfig { init_backoff: FIRST_PAUSE, max_backoff: LONGEST_PAUSE, base: 2.0 };
        let retry = RetryConfig { backoff, max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT };
        let store: Result<Arc<dyn ObjectStore>, object_store::Error> = match url.service {
            Service::S3 => {
                let builder = AmazonS3Builder::from_env().with_bucket_name(url.bucket_name()).with_retry(retry);
                builder.build().map(|store| Arc::new(store) as _)
            }
            Service::Google => {
                let builder =
                    GoogleCloudStorageBuilder::from_env().with_bucket_name(url.bucket_name()).with_retry(retry);
                builder.build().map(|store| Arc::new(store) as _)
            }
            // The URL may name the account.
            Service::Azure => {
                let builder = MicrosoftAzureBuilder::from_env().with_url(url.bucket.as_str()).with_retry(retry);
                builder.build().map(|store| Arc::new(store) as _)
            }
        };
        match store.map_err(StoreFailure::from) {
            Ok(store) => Ok(Bucket::of(store, monitor)),
            // What is missing is the account or a part of its credentials.
            Err(StoreFailure::Unreadable(_, words)) => {
                Err(StoreFailure::Unreadable(io::ErrorKind::PermissionDenied, words))
            }
            Err(other) => Err(other),
        }
    }

    /// A bucket whose store is there already.
    pub(in crate::load) fn of(store: Arc<dyn ObjectStore>, monitor: &Monitor) -> Bucket {
        Bucket { store, monitor: monitor.without_progress() }
    }

    /// What is at `key`; `None` when nothing is.
    pub(in crate::load) fn object(&self, key: &str) -> Result<Option<ObjectMeta>, StoreFailure> {
        let (store, key) = (Arc::clone(&self.store), named(key)?);
        match wait(async move { store.head(&key).await }, &self.monitor)? {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All objects below `prefix`, where empty is the whole bucket.
    pub(in crate::load) fn below(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreFailure> {
        let (store, prefix) = (Arc::clone(&self.store), named(prefix)?);
        Ok(wait(async move { store.list(Some(&prefix)).try_collect().await }, &self.monitor)??)
    }

    /// The bytes of `range`, in order, each piece of it with what the object was when it was sent.
    pub(super) fn pieces(&self, key: &Key, range: Range<u64>) -> Result<Vec<(ObjectMeta, Bytes)>, StoreFailure> {
        let starts = (range.start..range.end).step_by(PIECE_BYTES as usize);
        let piece = |start: u64| {
            let (store, key) = (Arc::clone(&self.store), key.clone());
            let piece = GetRange::Bounded(start..(start + PIECE_BYTES).min(range.end));
            async move {
                let options = GetOptions { range: Some(piece), ..GetOptions::default() };
                let answer = store.get_opts(&key, options).await?;
                Ok::<_, object_store::Error>((answer.meta.clone(), answer.bytes().await?))
            }
        };
        let requests: Vec<_> = starts.map(piece).collect();
        let all = futures_util::stream::iter(requests).buffered(PIECES_AT_ONCE).try_collect::<Vec<_>>();
        Ok(wait(all, &self.monitor)??)
    }
}

/// A key as object_store has it: as it is, without slashes at its ends.
fn named(key: &str) -> Result<Key, StoreFailure> {
    Key::parse(key).map_err(|error| StoreFailure::Unreadable(io::ErrorKind::InvalidInput, error.to_string()))
}
