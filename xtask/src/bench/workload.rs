//! What is timed.

use serde::{Deserialize, Serialize};

/// Sort of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Passes of Lloyd's algorithm from given rows.
    KMeans,
    /// DBSCAN.
    Dbscan,
    /// From Parquet to a dense f32 matrix.
    Load,
    /// From Parquet to recorded segments.
    Job,
}

/// One kind of work on one table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Workload {
    pub kind: Kind,
    /// The table's name, without folder and ending.
    pub table: String,
    pub n: usize,
    pub d: usize,
    /// k and passes; eps and min_samples; for the job whether it includes DBSCAN.
    pub arguments: Vec<String>,
}

/// All workloads, in the order of the document.
pub fn workloads() -> Vec<Workload> {
    use Kind::{Dbscan, Job, KMeans, Load};
    let rows: [(Kind, &str, usize, usize, &[&str]); 13] = [
        (KMeans, "km_200k_8", 200_000, 8, &["8", "20"]),
        (KMeans, "km_1m_16", 1_000_000, 16, &["8", "20"]),
        (KMeans, "km_1m_32", 1_000_000, 32, &["20", "20"]),
        (Dbscan, "db_100k_2", 100_000, 2, &["0.02", "10"]),
        (Dbscan, "db_100k_4", 100_000, 4, &["0.15", "10"]),
        (Dbscan, "db_100k_8", 100_000, 8, &["0.45", "10"]),
        (Dbscan, "db_100k_16", 100_000, 16, &["0.7", "10"]),
        (Dbscan, "db_1m_3", 1_000_000, 3, &["0.04", "10"]),
        (Dbscan, "db_1m_8", 1_000_000, 8, &["0.3", "10"]),
        (Load, "km_1m_16", 1_000_000, 16, &[]),
        (Load, "km_1m_32", 1_000_000, 32, &[]),
        (Job, "db_100k_8", 100_000, 8, &["with DBSCAN"]),
        (Job, "km_1m_16", 1_000_000, 16, &["without DBSCAN"]),
    ];
    let workload = |(kind, table, n, d, arguments): (Kind, &str, usize, usize, &[&str])| Workload {
        kind,
        table: table.to_owned(),
        n,
        d,
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
    };
    rows.into_iter().map(workload).collect()
}

impl Workload {
    /// Its name, for --only and in tables.
    pub fn name(&self) -> String {
        let (n, d) = (thousands(self.n), self.d);
        let argument = |i: usize| &self.arguments[i];
        match self.kind {
            Kind::KMeans => {
                format!("k-means {} · {n} × {d}, k = {}, {} passes", self.table, argument(0), argument(1))
            }
            Kind::Dbscan => {
                format!("DBSCAN {} · {n} × {d}, eps {}, min_samples {}", self.table, argument(0), argument(1))
            }
            Kind::Load => format!("load {} · {n} × {d}", self.table),
            Kind::Job => format!("whole job {} · {n} × {d}, {}", self.table, argument(0)),
        }
    }

    /// The file of its table.
    pub fn file(&self) -> String {
        format!("{}.parquet", self.table)
    }

    /// Whether the whole job includes DBSCAN.
    pub fn has_dbscan(&self) -> bool {
        self.arguments.iter().any(|argument| argument == "with DBSCAN")
    }
}

/// 1234567 as 1,234,567.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups.join(&b',').into_iter().map(char::from).collect()
}
