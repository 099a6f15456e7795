use super::comparison::shown_rows;
use super::{Screen, Shown};
use crate::Text;
use crate::cluster::reconcile::{ReconciledCluster, Reconciliation};
use crate::metrics::ClusterId;

/// The k-means clusters held against those of DBSCAN.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedReconciliation {
    /// The k-means clusters, the rows of the table.
    pub kmeans: Vec<ClusterId>,
    /// The DBSCAN clusters, its columns; noise last, as null.
    pub dbscan: Vec<Option<ClusterId>>,
    /// Customers of both.
    pub counts: Vec<Vec<Shown<u64>>>,
    /// Where `run.json` has them; it has no cell without customers.
    pub pointers: Vec<Vec<Option<String>>>,
    /// What DBSCAN makes of the k-means clusters of which every cell is shown.
    pub findings: Vec<Text>,
}

impl SharedReconciliation {
    pub(super) fn of(screen: &Screen<'_>, reconciliation: &Reconciliation) -> Self {
        let mut kmeans: Vec<ClusterId> = reconciliation.cells.iter().map(|cell| cell.kmeans).collect();
        kmeans.sort();
        kmeans.dedup();
        let mut dbscan: Vec<Option<ClusterId>> = reconciliation.cells.iter().map(|cell| cell.dbscan).collect();
        dbscan.sort_by_key(|cluster| (cluster.is_none(), *cluster));
        dbscan.dedup();
        let mut counts = vec![vec![0; dbscan.len()]; kmeans.len()];
        let mut pointers = vec![vec![None; dbscan.len()]; kmeans.len()];
        for (i, cell) in reconciliation.cells.iter().enumerate() {
            let row = kmeans.iter().position(|row| *row == cell.kmeans);
            let column = dbscan.iter().position(|column| *column == cell.dbscan);
            if let Some((row, column)) = row.zip(column) {
                counts[row][column] = cell.count;
                pointers[row][column] = Some(format!("run.json#/reconciliation/cells/{i}/count"));
            }
        }
        let shown = shown_rows(screen.reconciled(&counts, &kmeans, &dbscan));
        let is_whole = |finding: &&ReconciledCluster| {
            let row = kmeans.iter().position(|row| *row == finding.cluster);
            row.is_some_and(|row| shown[row].iter().all(Shown::is_shown))
        };
        let findings = reconciliation.findings.iter().filter(is_whole);
        let findings = findings.map(|finding| finding.sentence.clone()).collect();
        SharedReconciliation { kmeans, dbscan, counts: shown, pointers, findings }
    }
}
