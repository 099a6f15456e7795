//! What the two clusterings make of each other.

use serde::{Deserialize, Serialize};

use crate::Text;
use crate::figures::whole_percent;
use crate::metrics::{ClusterId, Contingency, Partition};

/// A DBSCAN cluster with at least this share of a k-means cluster is one of its parts.
const PART: f64 = 0.1;
/// A share above this is most of a cluster.
const MOST: f64 = 0.5;

/// k-means and DBSCAN on the same rows, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reconciliation {
    /// Every pair of a k-means and a DBSCAN cluster that share rows, in that order; noise last.
    pub cells: Vec<SharedRows>,
    /// The share of rows that are not noise.
    pub coverage: f64,
    /// Adjusted Rand index without the noise; `None` when everything is noise.
    pub ari: Option<f64>,
    /// Adjusted Rand index with noise as one more cluster.
    pub ari_with_noise: Option<f64>,
    /// One finding for every k-means cluster that has rows.
    pub findings: Vec<ReconciledCluster>,
}

/// Rows that a k-means cluster and a DBSCAN cluster share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SharedRows {
    /// The k-means cluster.
    pub kmeans: ClusterId,
    /// The DBSCAN cluster; `None` is noise.
    pub dbscan: Option<ClusterId>,
    /// Rows.
    pub count: u64,
}

/// What DBSCAN makes of one k-means cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReconciledCluster {
    /// The k-means cluster.
    pub cluster: ClusterId,
    /// In one word.
    pub verdict: Kinship,
    /// The share of its rows that are noise.
    pub noise_share: f64,
    /// The DBSCAN clusters with at least 10 % of its rows, largest share first.
    pub parts: Vec<DbscanPart>,
    /// For a merged cluster: the other k-means clusters most of which are in the same DBSCAN cluster.
    pub merged_with: Vec<ClusterId>,
    /// In one sentence.
    pub sentence: Text,
}

/// What DBSCAN makes of a k-means cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kinship {
    /// More than half of it is in one DBSCAN cluster, which no other k-means cluster is mostly in.
    Kept,
    /// More than half of it is in one DBSCAN cluster, and so is more than half of another k-means cluster.
    Merged,
    /// Two DBSCAN clusters or more have 10 % of it, or none has more than half.
    Split,
    /// More than half of it is noise.
    Noise,
}

/// A DBSCAN cluster inside a k-means cluster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DbscanPart {
    /// The DBSCAN cluster.
    pub cluster: ClusterId,
    /// Its share of the k-means cluster.
    pub share: f64,
}

/// Holds the clusters of k-means against those of DBSCAN.
///
/// ```
/// use segmint::cluster::reconcile::{Kinship, reconcile};
/// use segmint::metrics::Partition;
/// let kmeans = Partition::from_signed(&[0, 0, 0, 1, 1, 1]);
/// let dbscan = Partition::from_signed(&[0, 0, 0, 1, 1, -1]);
/// let both = reconcile(&kmeans, &dbscan);
/// assert!(both.findings.iter().all(|finding| finding.verdict == Kinship::Kept));
/// assert_eq!(both.ari, Some(1.0));
/// ```
///
/// # Panics
/// When the partitions do not have the same rows.
pub fn reconcile(kmeans: &Partition, dbscan: &Partition) -> Reconciliation {
    assert_eq!(kmeans.n_rows(), dbscan.n_rows(), "both clusterings are of the same rows");
    // Noise takes the column after the last cluster.
    let (noise, n_columns) = (dbscan.n_clusters(), dbscan.n_clusters() + 1);
    let pairs =
        kmeans.labels().iter().zip(dbscan.labels()).filter_map(|(kmeans, dbscan)| {
            kmeans.map(|kmeans| (kmeans.index(), dbscan.map_or(noise, ClusterId::index)))
        });
    let all = Contingency::tally(kmeans.n_clusters(), n_columns, pairs);
    let clustered = all.counts().chunks_exact(n_columns).flat_map(|row| &row[..noise]).copied().collect();
    let n_clustered = all.n() - all.cluster_totals()[noise];

    let shares: Vec<Shares> = (0..kmeans.n_clusters()).map(|k| Shares::of(all.row(k))).collect();
    let findings = (0..shares.len()).filter(|&k| all.tier_totals()[k] > 0).map(|k| finding(k, &shares)).collect();
    let of_column = |c: usize| (c != noise).then(|| ClusterId::new(c));
    let cells = (0..kmeans.n_clusters()).flat_map(|k| {
        let row = all.row(k).iter().enumerate().filter(|&(_, &count)| count > 0);
        row.map(move |(c, &count)| SharedRows { kmeans: ClusterId::new(k), dbscan: of_column(c), count })
    });
    Reconciliation {
        cells: cells.collect(),
        coverage: n_clustered as f64 / all.n().max(1) as f64,
        ari: Contingency::new(kmeans.n_clusters(), noise, clustered).ari(),
        ari_with_noise: all.ari(),
        findings,
    }
}

/// How a k-means cluster is spread over DBSCAN's.
struct Shares {
    noise: f64,
    /// DBSCAN clusters that hold any of it.
    n_clusters: usize,
    parts: Vec<DbscanPart>,
}

impl Shares {
    fn of(row: &[u64]) -> Self {
        let total = row.iter().sum::<u64>().max(1) as f64;
        let (&noise, clusters) = row.split_last().expect("a row has the column of noise");
        let share = |(c, &count): (usize, &u64)| DbscanPart { cluster: ClusterId::new(c), share: count as f64 / total };
        let mut parts: Vec<DbscanPart> =
            clusters.iter().enumerate().map(share).filter(|part| part.share >= PART).collect();
        parts.sort_by(|a, b| b.share.total_cmp(&a.share));
        Shares { noise: noise as f64 / total, n_clusters: clusters.iter().filter(|&&count| count > 0).count(), parts }
    }

    /// The DBSCAN cluster most of it is in.
    fn main(&self) -> Option<DbscanPart> {
        self.parts.first().copied().filter(|part| part.share > MOST)
    }

    fn main_cluster(&self) -> Option<ClusterId> {
        self.main().map(|part| part.cluster)
    }
}

fn finding(k: usize, shares: &[Shares]) -> ReconciledCluster {
    let (own, cluster) = (&shares[k], ClusterId::new(k));
    let others = |main: DbscanPart| {
        let shares_main = |other: usize| shares[other].main_cluster() == Some(main.cluster);
        (0..shares.len()).filter(|&other| other != k && shares_main(other)).map(ClusterId::new).collect()
    };
    let mut merged_with: Vec<ClusterId> = Vec::new();
    let (verdict, sentence) = match own.main() {
        _ if own.noise > MOST => (Kinship::Noise, noise_sentence(k, own)),
        Some(main) if own.parts.len() == 1 => {
            merged_with = others(main);
            if merged_with.is_empty() {
                (Kinship::Kept, kept_sentence(k, main))
            } else {
                (Kinship::Merged, merged_sentence(k, main, &merged_with))
            }
        }
        _ => (Kinship::Split, split_sentence(k, own)),
    };
    ReconciledCluster { cluster, verdict, noise_share: own.noise, parts: own.parts.clone(), merged_with, sentence }
}

fn noise_sentence(k: usize, own: &Shares) -> Text {
    let share = whole_percent(own.noise);
    Text::new(
        format!("DBSCAN calls {share} of k-means cluster {k} noise: its customers lie too far apart"),
        format!("DBSCAN 将 k-means 聚类 {k} 的 {share} 判为噪声：其客户彼此过于分散"),
    )
}

fn kept_sentence(k: usize, main: DbscanPart) -> Text {
    let (dbscan, share) = (main.cluster.index(), whole_percent(main.share));
    Text::new(
        format!("k-means cluster {k} is one group for DBSCAN too: DBSCAN cluster {dbscan} holds {share} of it"),
        format!("k-means 聚类 {k} 在 DBSCAN 中同样是一个整体：DBSCAN 聚类 {dbscan} 包含其 {share}"),
    )
}

fn merged_sentence(k: usize, main: DbscanPart, others: &[ClusterId]) -> Text {
    let (dbscan, share) = (main.cluster.index(), whole_percent(main.share));
    let numbers: Vec<String> = others.iter().map(|other| other.index().to_string()).collect();
    Text::new(
        format!(
            "DBSCAN sees no gap between k-means cluster {k} and k-means {} {}: DBSCAN cluster {dbscan} holds {share} of it",
            if others.len() == 1 { "cluster" } else { "clusters" },
            numbers.join(", "),
        ),
        format!(
            "DBSCAN 认为 k-means 聚类 {k} 与聚类 {} 之间没有间隔：DBSCAN 聚类 {dbscan} 包含其 {share}",
            numbers.join("、")
        ),
    )
}

fn split_sentence(k: usize, own: &Shares) -> Text {
    let n = own.n_clusters;
    let list = |en: bool| {
        let name = |part: &DbscanPart| {
            let (dbscan, share) = (part.cluster.index(), whole_percent(part.share));
            if en { format!("{dbscan} ({share})") } else { format!("{dbscan}（{share}）") }
        };
        own.parts.iter().map(name).collect::<Vec<_>>().join(if en { ", " } else { "、" })
    };
    let noise = whole_percent(own.noise);
    if own.parts.is_empty() {
        return Text::new(
            format!("DBSCAN scatters k-means cluster {k} over {n} clusters, none with 10 % of it; {noise} is noise"),
            format!("DBSCAN 将 k-means 聚类 {k} 打散到 {n} 个聚类，每个均不足 10%；噪声占 {noise}"),
        );
    }
    Text::new(
        format!("DBSCAN splits k-means cluster {k} over {n} clusters, most of it in {}; {noise} is noise", list(true)),
        format!("DBSCAN 将 k-means 聚类 {k} 拆分到 {n} 个聚类，主要为 {}；噪声占 {noise}", list(false)),
    )
}
