use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::distances::{LANES, distance_sums};
use super::sample::{SampleSize, ranks, stratified};
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::{Monitor, Stopped};

/// Partitions of more clustered rows are measured on a sample.
pub const EXACT_ROWS: usize = 20_000;

const SIZE: SampleSize = SampleSize { exact: EXACT_ROWS, rows: 10_000, per_cluster: 50 };

/// The silhouette of a partition.
///
/// s = (b − a) / max(a, b) of a row: a is its mean distance to the other rows of its cluster, b the smallest mean
/// distance to the rows of another cluster. s = 0 when the row is alone in its cluster or a = b = 0. (Rousseeuw 1987.)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silhouette {
    /// The mean over all clustered rows; on a sample, Σ n_i/n · (mean of cluster i's sampled rows).
    pub mean: f64,
    /// The standard error of the mean; `None` when every clustered row was measured.
    pub standard_error: Option<f64>,
    /// The mean of every cluster; `None` for an empty one.
    pub per_cluster: Vec<Option<f64>>,
    /// The share of the rows that are in a cluster.
    pub coverage: f64,
    /// The measured rows, ascending.
    pub rows: Vec<usize>,
    /// s of the measured rows.
    pub values: Vec<f64>,
}

/// The silhouette of `partition`; `None` with fewer than two non-empty clusters.
///
/// Exact to [`EXACT_ROWS`] clustered rows. Above, 10,000 rows are measured, drawn per cluster in proportion to its size
/// and at least 50 of each; each is measured against **all** rows. Cost O(measured · n · d), memory O(n).
///
/// # Errors
/// [`Stopped`].
///
/// ```
/// use segmint::matrix::TiledMatrix;
/// use segmint::metrics::{Partition, internal::silhouette};
/// use segmint::monitor::Monitor;
/// let matrix = TiledMatrix::from_rows(&[0.0, 1.0, 10.0], 1).unwrap();
/// let partition = Partition::from_signed(&[0, 0, 1]);
/// let silhouette = silhouette(&matrix, &partition, 42, &Monitor::silent())?.unwrap();
/// assert_eq!(silhouette.values, [1.0 - 1.0 / 10.0, 1.0 - 1.0 / 9.0, 0.0]);
/// # Ok::<(), segmint::monitor::Stopped>(())
/// ```
pub fn silhouette(
    matrix: &TiledMatrix,
    partition: &Partition,
    seed: u64,
    monitor: &Monitor,
) -> Result<Option<Silhouette>, Stopped> {
    Ok(silhouettes(matrix, &[partition], seed, monitor)?.remove(0))
}

/// The silhouettes of several partitions of the same rows; distances are computed once for all of them.
///
/// # Errors
/// [`Stopped`].
///
/// # Panics
/// When a partition has another number of rows than the matrix.
pub fn silhouettes(
    matrix: &TiledMatrix,
    partitions: &[&Partition],
    seed: u64,
    monitor: &Monitor,
) -> Result<Vec<Option<Silhouette>>, Stopped> {
    silhouettes_sized(matrix, partitions, seed, SIZE, monitor)
}

fn silhouettes_sized(
    matrix: &TiledMatrix,
    partitions: &[&Partition],
    seed: u64,
    size: SampleSize,
    monitor: &Monitor,
) -> Result<Vec<Option<Silhouette>>, Stopped> {
    assert!(partitions.iter().all(|p| p.n_rows() == matrix.n_customers()), "partitions are of the matrix rows");
    let judged: Vec<bool> = partitions.iter().map(|p| p.sizes().iter().filter(|&&n| n > 0).count() > 1).collect();
    let needs_sample = |p: &Partition| p.n_rows() - p.n_noise() > size.exact;
    let ranks = if partitions.iter().zip(&judged).any(|(p, &judged)| judged && needs_sample(p)) {
        ranks(matrix.n_customers(), seed)
    } else {
        Vec::new()
    };
    let samples: Vec<Vec<usize>> = partitions
        .iter()
        .zip(&judged)
        .map(|(p, judged)| match (judged, needs_sample(p)) {
            (false, _) => Vec::new(),
            (true, true) => stratified(p, &ranks, size),
            (true, false) => (0..p.n_rows()).filter(|&row| p.labels()[row].is_some()).collect(),
        })
        .collect();

    let mut rows: Vec<usize> = samples.concat();
    rows.par_sort_unstable();
    rows.dedup();
    let task = monitor.task("silhouette", rows.len() as u64);
    let sizes: Vec<Vec<usize>> = partitions.iter().map(|p| p.sizes()).collect();
    let blocks: Vec<Vec<Vec<f64>>> = rows
        .par_chunks(LANES)
        .map(|block| {
            monitor.check()?;
            let sums = distance_sums(matrix, block, partitions);
            let of = |p: usize| row_values(block, partitions[p], &sizes[p], &sums[p]);
            let values = (0..partitions.len()).map(of).collect();
            task.advance(block.len() as u64);
            Ok(values)
        })
        .collect::<Result<_, Stopped>>()?;

    let summary = |p: usize| {
        let values_of_all = blocks.iter().flat_map(|block| &block[p]);
        let mut sampled = samples[p].iter().peekable();
        let values = rows
            .iter()
            .zip(values_of_all)
            .filter(|(row, _)| sampled.next_if_eq(row).is_some())
            .map(|(_, &value)| value)
            .collect();
        summarize(partitions[p], &sizes[p], samples[p].clone(), values)
    };
    Ok((0..partitions.len()).map(|p| judged[p].then(|| summary(p))).collect())
}

/// s of the rows of a block; 0 for noise, which no sample contains.
fn row_values(block: &[usize], partition: &Partition, sizes: &[usize], sums: &[f64]) -> Vec<f64> {
    let of = |(lane, &row): (usize, &usize)| {
        let own = partition.labels()[row].map(|id| id.index());
        let Some(own) = own.filter(|&own| sizes[own] > 1) else { return 0.0 };
        let a = sums[own * LANES + lane] / (sizes[own] - 1) as f64;
        let b = (0..sizes.len())
            .filter(|&c| c != own && sizes[c] > 0)
            .map(|c| sums[c * LANES + lane] / sizes[c] as f64)
            .fold(f64::INFINITY, f64::min);
        let larger = a.max(b);
        if larger > 0.0 { (b - a) / larger } else { 0.0 }
    };
    block.iter().enumerate().map(of).collect()
}

fn summarize(partition: &Partition, sizes: &[usize], rows: Vec<usize>, values: Vec<f64>) -> Silhouette {
    let k = sizes.len();
    let clustered: usize = sizes.iter().sum();
    let cluster_of = |row: usize| partition.labels()[row].expect("measured rows are in a cluster").index();
    let (mut counts, mut sums) = (vec![0_usize; k], vec![0.0; k]);
    for (&row, value) in rows.iter().zip(&values) {
        counts[cluster_of(row)] += 1;
        sums[cluster_of(row)] += value;
    }
    let per_cluster: Vec<Option<f64>> = (0..k).map(|c| (counts[c] > 0).then(|| sums[c] / counts[c] as f64)).collect();
    let weight = |c: usize| sizes[c] as f64 / clustered as f64;
    let mean = (0..k).filter_map(|c| per_cluster[c].map(|mean| weight(c) * mean)).sum();
    let standard_error = (rows.len() < clustered).then(|| {
        let mut squares = vec![0.0; k];
        for (&row, value) in rows.iter().zip(&values) {
            let c = cluster_of(row);
            squares[c] += (value - per_cluster[c].unwrap_or_default()).powi(2);
        }
        // Var of a stratified mean, each stratum drawn without replacement.
        let variance = |c: usize| {
            let (n, m) = (sizes[c] as f64, counts[c] as f64);
            weight(c).powi(2) * (1.0 - m / n) * squares[c] / (m - 1.0) / m
        };
        (0..k).filter(|&c| 1 < counts[c] && counts[c] < sizes[c]).map(variance).sum::<f64>().sqrt()
    });
    let coverage = clustered as f64 / partition.n_rows() as f64;
    Silhouette { mean, standard_error, per_cluster, coverage, rows, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_within_four_standard_errors_of_the_whole() {
        let rows: Vec<f32> =
            (0..3000).map(|i| ((i * 7919) % 3001) as f32 * if i % 3 == 0 { 0.2 } else { 1.0 }).collect();
        let labels: Vec<i64> = rows.iter().map(|&x| i64::from(x > 900.0) + i64::from(x > 2800.0)).collect();
        let matrix = TiledMatrix::from_rows(&rows, 1).unwrap();
        let partition = Partition::from_signed(&labels);
        let exact = silhouette(&matrix, &partition, 1, &Monitor::silent()).unwrap().unwrap();
        assert_eq!((exact.standard_error, exact.rows.len()), (None, 3000));
        let size = SampleSize { exact: 1000, rows: 300, per_cluster: 50 };
        let mut outside_two = 0;
        for seed in 0..40 {
            let sampled = silhouettes_sized(&matrix, &[&partition], seed, size, &Monitor::silent()).unwrap();
            let sampled = sampled[0].as_ref().unwrap();
            let error = (sampled.mean - exact.mean).abs() / sampled.standard_error.unwrap();
            assert!(error < 4.0, "{error}");
            outside_two += usize::from(error > 2.0);
            let row = sampled.rows[7];
            assert_eq!(sampled.values[7], exact.values[row]);
        }
        assert!(outside_two <= 6, "{outside_two} of 40");
    }
}
