//! Stratified samples of the rows of partitions.

use rand::RngExt;
use rayon::prelude::*;

use crate::matrix::TILE_ROWS;
use crate::metrics::Partition;
use crate::random::stream;

/// Partitions of more clustered rows are measured on a sample; distances in larger tables are `f32`.
pub const EXACT_ROWS: usize = 20_000;

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

/// Pairs of rows measured on a sample of the usual size when the table is large.
const PAIRS: usize = 2_000_000_000;
/// The fewest rows of a sample.
const FEWEST_ROWS: usize = 2_000;
/// The most.
const MOST_ROWS: usize = 10_000;

impl SampleSize {
    /// The size for a table of `n_rows`: 10,000, from 200,000 rows on 2·10⁹ / n_rows, but never below 2,000.
    pub(super) fn of(n_rows: usize) -> Self {
        SampleSize { exact: EXACT_ROWS, rows: (PAIRS / n_rows).clamp(FEWEST_ROWS, MOST_ROWS), per_cluster: 50 }
    }
}

/// About how many rows stand for `n_rows`, where not all are measured.
pub(super) fn sampled_rows(n_rows: f64) -> f64 {
    (PAIRS as f64 / n_rows).clamp(FEWEST_ROWS as f64, MOST_ROWS as f64)
}

/// Tiles whose ranks are drawn by one task.
const TILES: usize = 64;

/// Of every partition the rows to be measured, ascending: all clustered rows, or of every cluster those with the lowest
/// ranks.
///
/// A row has the same random rank in all partitions, so the samples of similar ones share most rows. `sizes` are those
/// of the clusters. Memory O(sample): a rank is kept only up to a limit below which a cluster has enough rows almost
/// surely.
pub(super) fn samples(partitions: &[&Partition], sizes: &[&[usize]], seed: u64, size: SampleSize) -> Vec<Vec<usize>> {
    let mut samples = vec![Vec::new(); partitions.len()];
    let (mut large, mut strata) = (Vec::new(), Vec::new());
    for (p, (partition, sizes)) in partitions.iter().zip(sizes).enumerate() {
        if sizes.iter().sum::<usize>() > size.exact {
            large.push(p);
            strata.push(Strata::of(partition, sizes, size));
        } else {
            samples[p] = (0..partition.n_rows()).filter(|&row| partition.labels()[row].is_some()).collect();
        }
    }
    let candidates = candidates(&strata, seed);
    for ((p, mut strata), candidates) in large.into_iter().zip(strata).zip(candidates) {
        samples[p] = strata.choose(candidates).unwrap_or_else(|| {
            strata.limits.fill(u64::MAX);
            let all = self::candidates(std::slice::from_ref(&strata), seed).remove(0);
            strata.choose(all).expect("a cluster has the rows that are wanted of it")
        });
    }
    samples
}

/// A row with its cluster and its rank.
struct SampledRow {
    cluster: usize,
    rank: u64,
    row: usize,
}

/// How many rows are wanted of the clusters of a partition, and up to which rank to look for them.
struct Strata<'a> {
    partition: &'a Partition,
    wanted: Vec<usize>,
    limits: Vec<u64>,
}

impl<'a> Strata<'a> {
    fn of(partition: &'a Partition, sizes: &[usize], size: SampleSize) -> Self {
        let clustered: usize = sizes.iter().sum();
        let wanted = sizes.iter().map(|&n| {
            let share = (size.rows as f64 * n as f64 / clustered as f64).round() as usize;
            share.max(size.per_cluster).min(n)
        });
        let wanted: Vec<usize> = wanted.collect();
        let limit = |(&wanted, &n): (&usize, &usize)| {
            // The number of rows below the limit has a standard deviation of less than its root; eight are allowed for.
            let expected = wanted as f64 + 8.0 * (wanted as f64).sqrt() + 64.0;
            (expected / n as f64 * 2.0_f64.powi(64)) as u64
        };
        let limits = wanted.iter().zip(sizes).map(limit).collect();
        Strata { partition, wanted, limits }
    }

    /// The wanted rows, ascending; `None` when a cluster has too few candidates.
    fn choose(&self, candidates: Vec<SampledRow>) -> Option<Vec<usize>> {
        let mut members: Vec<Vec<(u64, usize)>> = vec![Vec::new(); self.wanted.len()];
        candidates.into_iter().for_each(|SampledRow { cluster, rank, row }| members[cluster].push((rank, row)));
        let mut sample = Vec::new();
        for (mut members, &wanted) in members.into_iter().zip(&self.wanted) {
            if members.len() < wanted {
                return None;
            }
            if wanted < members.len() {
                members.select_nth_unstable(wanted);
                members.truncate(wanted);
            }
            sample.extend(members.into_iter().map(|(_, row)| row));
        }
        sample.sort_unstable();
        Some(sample)
    }
}

/// Of every partition the rows whose ranks are up to the limit of their cluster.
fn candidates(strata: &[Strata<'_>], seed: u64) -> Vec<Vec<SampledRow>> {
    let n_rows = strata.first().map_or(0, |strata| strata.partition.n_rows());
    let tiles: Vec<usize> = (0..n_rows.div_ceil(TILE_ROWS)).collect();
    let of_tiles = |tiles: &[usize]| {
        let mut found: Vec<Vec<SampledRow>> = strata.iter().map(|_| Vec::new()).collect();
        for &t in tiles {
            let mut rng = stream(seed, "silhouette.sample", t as u64);
            let ranks: [u64; TILE_ROWS] = std::array::from_fn(|_| rng.random());
            let first = t * TILE_ROWS;
            for (strata, found) in strata.iter().zip(&mut found) {
                let labels = &strata.partition.labels()[first..(first + TILE_ROWS).min(n_rows)];
                for (i, (label, &rank)) in labels.iter().zip(&ranks).enumerate() {
                    if let Some(cluster) = label.map(|id| id.index()).filter(|&c| rank <= strata.limits[c]) {
                        found.push(SampledRow { cluster, rank, row: first + i });
                    }
                }
            }
        }
        found
    };
    let parts: Vec<Vec<Vec<SampledRow>>> = tiles.par_chunks(TILES).map(of_tiles).collect();
    let mut all: Vec<Vec<SampledRow>> = strata.iter().map(|_| Vec::new()).collect();
    parts.into_iter().for_each(|part| all.iter_mut().zip(part).for_each(|(all, part)| all.extend(part)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_clusters_give_their_minimum_and_large_ones_their_share() {
        let labels: Vec<i64> = (0..1000).map(|i| if i < 900 { 0 } else { i64::from(i % 10 == 0) + 1 }).collect();
        let partition = Partition::from_signed(&labels);
        assert_eq!(partition.sizes(), [900, 90, 10]);
        let size = SampleSize { exact: 0, rows: 100, per_cluster: 20 };
        let sample = samples(&[&partition], &[&partition.sizes()], 1, size).remove(0);
        let in_cluster = |c: i64| sample.iter().filter(|&&row| labels[row] == c).count();
        assert_eq!([in_cluster(0), in_cluster(1), in_cluster(2)], [90, 20, 10]);
        assert!(sample.is_sorted());
    }

    #[test]
    fn a_sample_does_not_depend_on_the_limits_of_the_ranks() {
        let labels: Vec<i64> = (0..40_000).map(|i| i * i % 7 % 3 - 1).collect();
        let partition = Partition::from_signed(&labels);
        let size = SampleSize { exact: 0, rows: 500, per_cluster: 50 };
        let limited = samples(&[&partition], &[&partition.sizes()], 1, size).remove(0);
        let mut strata = Strata::of(&partition, &partition.sizes(), size);
        strata.limits.fill(u64::MAX);
        let all = candidates(std::slice::from_ref(&strata), 1).remove(0);
        assert_eq!(strata.choose(all), Some(limited));
        strata.limits.fill(u64::MAX / 200);
        let few = candidates(std::slice::from_ref(&strata), 1).remove(0);
        assert_eq!(strata.choose(few), None);
    }
}
