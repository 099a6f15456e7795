//! Where the bytes of a table's files are: on disk, or in an object store (feature `cloud`).
//!
//! [`Opened`] is all that the rest of this stage knows of it: bytes at a place, and why there are none. What waits for a
//! network is behind it, on a runtime that nobody else sees.

#[cfg(feature = "cloud")]
mod ahead;
#[cfg(feature = "cloud")]
mod bucket;
#[cfg(feature = "cloud")]
mod failure;
#[cfg(feature = "cloud")]
mod object;
mod opened;
mod part;
#[cfg(feature = "cloud")]
mod waiting;

#[cfg(feature = "cloud")]
pub(super) use ahead::Ahead;
#[cfg(feature = "cloud")]
pub(super) use bucket::Bucket;
#[cfg(feature = "cloud")]
pub(super) use failure::StoreFailure;
#[cfg(feature = "cloud")]
pub(super) use object::Object;
pub(super) use opened::Opened;
pub(super) use part::Part;
