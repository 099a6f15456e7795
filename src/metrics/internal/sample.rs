//! Stratified samples of a partition's rows.

use rand::RngExt;

use crate::matrix::TILE_ROWS;
use crate::metrics::Partition;
use crate::random::stream;

/// How many rows stand for all.
#[derive(Debug, Clone, Copy)]
pub(super) struct SampleSize {
    /// Partitions of at most so many clustered rows are measured whole.
    pub(super) exact: usize,
    /// Rows of a sample, shared out among the clusters by size.
    pub(super) rows: usize,
    /// Rows every cluster gives at least, if it has them.
    pub(super) per_cluster: usize,
}

/// A random rank for every row, the same for every partition: samples of similar partitions share most rows.
pub(super) fn ranks(n_rows: usize, seed: u64) -> Vec<u64> {
    (0..n_rows.div_ceil(TILE_ROWS))
        .flat_map(|t| {
            let mut rng = stream(seed, "silhouette.sample", t as u64);
            (t * TILE_ROWS..((t + 1) * TILE_ROWS).min(n_rows)).map(move |_| rng.random::<u64>())
        })
        .collect()
}

/// The sampled rows, ascending: of every cluster those with the lowest ranks.
pub(super) fn stratified(partition: &Partition, ranks: &[u64], size: SampleSize) -> Vec<usize> {
    let sizes = partition.sizes();
    let clustered: usize = sizes.iter().sum();
    let mut members: Vec<Vec<(u64, usize)>> = sizes.iter().map(|&n| Vec::with_capacity(n)).collect();
    for (row, label) in partition.labels().iter().enumerate() {
        if let Some(cluster) = label {
            members[cluster.index()].push((ranks[row], row));
        }
    }
    let mut sample = Vec::new();
    for mut members in members {
        let share = (size.rows as f64 * members.len() as f64 / clustered as f64).round() as usize;
        let wanted = share.max(size.per_cluster).min(members.len());
        if wanted < members.len() {
            members.select_nth_unstable(wanted);
            members.truncate(wanted);
        }
        sample.extend(members.into_iter().map(|(_, row)| row));
    }
    sample.sort_unstable();
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_clusters_give_their_minimum_and_large_ones_their_share() {
        let labels: Vec<i64> = (0..1000).map(|i| if i < 900 { 0 } else { i64::from(i % 10 == 0) + 1 }).collect();
        let partition = Partition::from_signed(&labels);
        assert_eq!(partition.sizes(), [900, 90, 10]);
        let sample = stratified(&partition, &ranks(1000, 1), SampleSize { exact: 0, rows: 100, per_cluster: 20 });
        let in_cluster = |c: i64| sample.iter().filter(|&&row| labels[row] == c).count();
        assert_eq!([in_cluster(0), in_cluster(1), in_cluster(2)], [90, 20, 10]);
        assert!(sample.is_sorted());
    }
}
