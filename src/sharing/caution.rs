//! What to know before anybody acts on the segments of a run.

use std::path::Path;

use super::SharingError;
use crate::cluster::choose_k::StructureVerdict;
use crate::config::Algorithm;
use crate::registry::{Run, RunRecord};
use crate::{Text, Warning};

/// [`caution`] of the run in `folder`.
///
/// # Errors
/// When `run.json` cannot be read.
pub fn caution_of(folder: &Path) -> Result<Option<Warning>, SharingError> {
    Ok(caution(&Run::record_of(folder)?))
}

/// That a run found no structure, for whoever reads of its segments elsewhere than in its summary; `None` where it did.
pub fn caution(record: &RunRecord) -> Option<Warning> {
    (record.verdict() == StructureVerdict::None)
        .then(|| Warning::new("no_structure", said(record.segments.len(), has_dense_groups(record))))
}

/// Whether DBSCAN finds groups beside each other that are not the segments.
fn has_dense_groups(record: &RunRecord) -> bool {
    let dense = record.dbscan.as_ref().and_then(|dbscan| dbscan.structure.as_ref());
    record.primary == Algorithm::KMeans && dense.is_some_and(|found| found.verdict == StructureVerdict::Present)
}

fn said(n_segments: usize, has_dense_groups: bool) -> Text {
    match (n_segments, has_dense_groups) {
        (0, _) => Text::new("the run found no structure, and no segment", "该次运行未发现聚类结构，也没有客群"),
        (1, false) => Text::new(
            "the run found no structure: it has one segment alone, which tells no customers apart",
            "该次运行未发现聚类结构：只有一个客群，不区分客户",
        ),
        (_, false) => Text::new(
            "the run found no structure: its segments are slices of one cloud, not kinds of customers",
            "该次运行未发现聚类结构：各客群只是同一团数据的切片，并非不同类型的客户",
        ),
        (_, true) => Text::new(
            "k-means found no structure: the segments are slices, not kinds of customers; DBSCAN finds dense groups",
            "k-means 未发现聚类结构：各客群只是切片，并非不同类型的客户；DBSCAN 则发现了密集群组",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_no_slice_where_it_is_the_only_one() {
        assert!(said(1, false).en.contains("one segment alone"));
        assert!(said(2, false).en.contains("its segments are slices of one cloud"));
        assert!(said(2, true).en.contains("DBSCAN finds dense groups") && !said(2, true).en.contains("one cloud"));
        assert!(!said(0, false).en.contains("alone"));
    }
}
