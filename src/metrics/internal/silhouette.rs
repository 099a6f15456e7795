use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::distances::{Slots, distance_sums};
use super::float::{Double, Float, Single};
use super::sample::{EXACT_ROWS, SampleSize, samples};
use crate::matrix::{TiledMatrix, reduce};
use crate::metrics::Partition;
use crate::monitor::{Monitor, Stopped};

/// Sums kept at a time; rows beyond that are measured in another pass over the table.
pub(super) const MAX_SUMS: usize = 1 << 23;

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
/// Exact to [`EXACT_ROWS`] clustered rows. Above, a sample is measured, drawn per cluster in proportion to its size and
/// at least 50 of each; each of its rows is measured against **all** rows. The sample has 10,000 rows in a table of up
/// to 200,000, then 2·10⁹ / n, so that the cost stays the same, but never below 2,000: s has a standard deviation of
/// .1 to .3, so the standard error is below .007, and below .003 for 10,000 rows.
///
/// Distances are `f64` in a table of up to [`EXACT_ROWS`] rows, or of values so large or small that `f32` cannot hold
/// their squares. Else they are `f32`, (x − y)² summed over the features, so that also small distances far from 0 are
/// right: the relative error of one is below (d/2 + 2)·2⁻²⁴. Up to 64 are added in `f32`, the rest in `f64`; a mean
/// distance has a relative error below (d/2 + 66)·2⁻²⁴, 5·10⁻⁶ at 16 features, and s an error below twice that.
///
/// Cost O(measured · n · d), memory O(measured · clusters).
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
    silhouettes_sized(matrix, partitions, seed, SampleSize::of(matrix.n_customers()), monitor)
}

fn silhouettes_sized(
    matrix: &TiledMatrix,
    partitions: &[&Partition],
    seed: u64,
    size: SampleSize,
    monitor: &Monitor,
) -> Result<Vec<Option<Silhouette>>, Stopped> {
    assert!(partitions.iter().all(|p| p.n_rows() == matrix.n_customers()), "partitions are of the matrix rows");
    let sizes: Vec<Vec<usize>> = partitions.par_iter().map(|p| p.sizes()).collect();
    let judged: Vec<usize> =
        (0..partitions.len()).filter(|&p| sizes[p].iter().filter(|&&n| n > 0).count() > 1).collect();
    let mut found = vec![None; partitions.len()];
    if judged.is_empty() {
        return Ok(found);
    }
    let of_judged: Vec<&Partition> = judged.iter().map(|&p| partitions[p]).collect();
    let sizes_of_judged: Vec<&[usize]> = judged.iter().map(|&p| &sizes[p][..]).collect();
    let samples = samples(&of_judged, &sizes_of_judged, seed, size);
    let values = if matrix.n_customers() <= EXACT_ROWS || !squares_fit_single(matrix) {
        values::<Double>(matrix, &of_judged, &sizes_of_judged, &samples, monitor)?
    } else {
        values::<Single>(matrix, &of_judged, &sizes_of_judged, &samples, monitor)?
    };
    for ((p, rows), values) in judged.into_iter().zip(samples).zip(values) {
        found[p] = Some(summarize(partitions[p], &sizes[p], rows, values));
    }
    Ok(found)
}

/// Whether squared distances neither overflow in `f32` nor vanish: the largest |x| is between 2⁻⁴⁰ and 2⁶⁰ / √d.
fn squares_fit_single(matrix: &TiledMatrix) -> bool {
    let largest_of = |t: usize| {
        let values = (0..matrix.n_features()).flat_map(|j| matrix.tile(t).column(j));
        values.fold(0.0_f32, |largest, x| largest.max(x.abs()))
    };
    let largest = reduce::ordered(matrix.n_tiles(), &largest_of, &f32::max).unwrap_or_default();
    let most = 2.0_f32.powi(60) / (matrix.n_features() as f32).sqrt();
    (2.0_f32.powi(-40)..=most).contains(&largest)
}

/// Of every partition s of its sampled rows.
fn values<P: Float>(
    matrix: &TiledMatrix,
    partitions: &[&Partition],
    sizes: &[&[usize]],
    samples: &[Vec<usize>],
    monitor: &Monitor,
) -> Result<Vec<Vec<f64>>, Stopped> {
    let mut rows: Vec<usize> = samples.concat();
    rows.par_sort_unstable();
    rows.dedup();
    let task = monitor.task("silhouette", rows.len() as u64);
    let slots = Slots::of(partitions);
    let mut values: Vec<Vec<f64>> = samples.iter().map(|sample| Vec::with_capacity(sample.len())).collect();
    for rows in rows.chunks(MAX_SUMS.div_ceil(slots.n())) {
        let sums = distance_sums::<P>(matrix, rows, partitions, &slots, monitor)?;
        values.par_iter_mut().enumerate().for_each(|(p, values)| {
            for (i, &row) in rows.iter().enumerate() {
                if samples[p].get(values.len()) == Some(&row) {
                    let own = partitions[p].labels()[row].expect("measured rows are in a cluster").index();
                    values.push(row_value(own, sizes[p], |c| sums.get(i, slots.of_cluster(p, c))));
                }
            }
        });
        task.advance(rows.len() as u64);
    }
    Ok(values)
}

/// s of a row of cluster `own` from the sums of its distances to the clusters.
fn row_value(own: usize, sizes: &[usize], sum: impl Fn(usize) -> f64) -> f64 {
    if sizes[own] < 2 {
        return 0.0;
    }
    let a = sum(own) / (sizes[own] - 1) as f64;
    let others = (0..sizes.len()).filter(|&c| c != own && sizes[c] > 0);
    let b = others.map(|c| sum(c) / sizes[c] as f64).fold(f64::INFINITY, f64::min);
    let larger = a.max(b);
    if larger > 0.0 { (b - a) / larger } else { 0.0 }
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
