use serde::Serialize;

use crate::Text;
use crate::refit::SegmentId;

/// A segment by its id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SharedName {
    /// Its id.
    pub segment_id: SegmentId,
    /// Its name.
    pub name: Text,
}
