use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// The number of a cluster, from 0. `Option<ClusterId>` takes four bytes; `None` is noise or "no cluster".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(into = "u32", try_from = "u64")]
pub struct ClusterId(NonZeroU32);

impl ClusterId {
    /// Cluster number `index`.
    ///
    /// # Panics
    /// When `index` does not fit 32 bits; there are never more clusters than rows, and `load` bounds those.
    pub fn new(index: usize) -> Self {
        let id = u32::try_from(index).ok().and_then(|i| i.checked_add(1)).and_then(NonZeroU32::new);
        ClusterId(id.expect("a cluster number fits 32 bits"))
    }

    /// The number.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl From<u32> for ClusterId {
    fn from(index: u32) -> Self {
        ClusterId::new(index as usize)
    }
}

impl TryFrom<u64> for ClusterId {
    type Error = String;

    /// A number that was written down.
    fn try_from(index: u64) -> Result<Self, String> {
        match u32::try_from(index) {
            Ok(index) if index < u32::MAX => Ok(ClusterId::from(index)),
            _ => Err(format!("a cluster number must be below {}, got {index}", u32::MAX)),
        }
    }
}

impl From<ClusterId> for u32 {
    fn from(id: ClusterId) -> Self {
        id.0.get() - 1
    }
}

impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.index())
    }
}

/// Which cluster each matrix row is in.
///
/// ```
/// use segmint::metrics::Partition;
/// let partition = Partition::from_signed(&[0, 1, -1, 1]);
/// assert_eq!(partition.sizes(), [1, 2]);
/// assert_eq!(partition.n_noise(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    labels: Vec<Option<ClusterId>>,
    n_clusters: usize,
}

impl Partition {
    /// A partition into `n_clusters` clusters, of which some may be empty.
    ///
    /// # Panics
    /// When a label is not below `n_clusters`.
    pub fn new(labels: Vec<Option<ClusterId>>, n_clusters: usize) -> Self {
        assert!(labels.iter().flatten().all(|id| id.index() < n_clusters), "labels are below n_clusters");
        Partition { labels, n_clusters }
    }

    /// A partition from numbers in which a negative one means "no cluster".
    pub fn from_signed(labels: &[i64]) -> Self {
        let n_clusters = labels.iter().map(|&l| (l + 1).max(0) as usize).max().unwrap_or(0);
        Partition::new(labels.iter().map(|&l| usize::try_from(l).ok().map(ClusterId::new)).collect(), n_clusters)
    }

    /// The label of every row.
    pub fn labels(&self) -> &[Option<ClusterId>] {
        &self.labels
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.labels.len()
    }

    /// Clusters, noise not counted.
    pub fn n_clusters(&self) -> usize {
        self.n_clusters
    }

    /// Rows in no cluster.
    pub fn n_noise(&self) -> usize {
        self.labels.iter().filter(|label| label.is_none()).count()
    }

    /// Rows of every cluster.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.n_clusters];
        for id in self.labels.iter().flatten() {
            sizes[id.index()] += 1;
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_takes_four_bytes() {
        assert_eq!(size_of::<Option<ClusterId>>(), 4);
    }
}
