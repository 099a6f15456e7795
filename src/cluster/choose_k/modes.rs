//! How many modes the customers have along the ways between clusters.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use super::admissible::min_share;
use crate::cluster::ClusterError;
use crate::cluster::kmeans::Centroids;
use crate::matrix::TiledMatrix;
use crate::metrics::{ClusterId, Partition};
use crate::monitor::Monitor;
use crate::random::sample_rows;

/// Rows looked at, at most: a fixed sample of a larger table.
const ROWS: usize = 10_000;
/// Where counting begins: the way leads from the first centroid (0) to the second (1).
const FIRST_BIN: f64 = -0.4;
/// The width of a bin, the bins of a way, and how many of them are a window.
const BIN: f64 = 0.05;
const BINS: usize = 36;
const WINDOW: usize = 4;
/// The windows that may be a valley: their middles are .2 to .8.
const VALLEYS: RangeInclusive<usize> = 10..=22;
/// The most that a valley holds of the lower of the peaks beside it. Of 4,000 customers normal clouds four standard deviations
/// apart had at most .80, slices of one mass .96 and more (docs/validation.md).
const VALLEY: f64 = 0.85;
/// How many standard deviations of its count a valley may be fuller.
const DEVIATIONS: f64 = 2.0;
/// The part of the members of either cluster that the tube holds.
const HELD: f64 = 0.75;
/// How far from the way rounding alone may take a customer, squared, in squared lengths of the way.
const ROUNDING: f64 = 1e-9;

/// The number of modes that the clusters of `centroids` lie on: two clusters are on one where the customers do not thin out on the way
/// between them, and where both are on that of a third. Modes that hold less than an admissible cluster do not count; at least 1.
///
/// The way between two centroids is looked at in a tube around it, wide enough for three in four of the members of each. In the tube all
/// customers, of whatever cluster, are counted in windows of ± 0.1 of its length. They thin out where a window with its middle between
/// .2 and .8 holds at most 0.85 of the fullest before it and of the fullest behind it, were it two standard deviations (roots of
/// its count) fuller. A tube is convex, and what a log-concave density, as that of a normal cloud or of an
/// evenly filled convex body, leaves of itself in a convex set has one mode along every line (Prékopa 1973): so slices of one such cloud
/// have no valleys, whatever their number. Members of two slices alone, which need not be convex together, may have.
///
/// Cost: O(n·k·d + n·k²) on at most 10,000 rows. The same for any number of threads.
///
/// # Errors
/// When the monitor ends the computation.
pub(super) fn n_modes(
    matrix: &TiledMatrix,
    partition: &Partition,
    centroids: &Centroids,
    seed: u64,
    monitor: &Monitor,
) -> Result<usize, ClusterError> {
    let ways = Ways::of(matrix, partition, centroids, seed);
    let k = centroids.k();
    let pairs = (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b)));
    let mut pairs: Vec<(f64, usize, usize)> = pairs.map(|(a, b)| (ways.length2(a, b), a, b)).collect();
    // The nearest first: those that they join need not be asked again.
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut modes: Vec<usize> = (0..k).collect();
    for (_, a, b) in pairs {
        monitor.check()?;
        let (mode, other) = (modes[a], modes[b]);
        if mode != other && !ways.thin_out(a, b) {
            modes.iter_mut().filter(|one| **one == other).for_each(|one| *one = mode);
        }
    }
    let mut sizes = vec![0; k];
    modes.iter().zip(&ways.members).for_each(|(&mode, members)| sizes[mode] += members.len());
    let smallest = min_share(k) * ways.n_rows as f64;
    Ok(sizes.iter().filter(|&&size| size > 0 && size as f64 >= smallest).count().max(1))
}

/// The sample and its distances to the centroids, which say where a customer is on every way.
struct Ways<'a> {
    centroids: &'a Centroids,
    n_rows: usize,
    /// Of every centroid the squared distances of all rows.
    distances2: Vec<Vec<f64>>,
    /// The rows of every cluster.
    members: Vec<Vec<usize>>,
}

impl<'a> Ways<'a> {
    fn of(matrix: &TiledMatrix, partition: &Partition, centroids: &'a Centroids, seed: u64) -> Self {
        let rows = sample_rows(matrix.n_customers(), ROWS, seed, "modes.rows");
        let mut members = vec![Vec::new(); centroids.k()];
        for (place, &row) in rows.iter().enumerate() {
            if let Some(cluster) = partition.labels()[row as usize].map(ClusterId::index) {
                members[cluster].push(place);
            }
        }
        let from_centroid = |c: usize| {
            let mut values = vec![0.0; centroids.n_features()];
            let distance2 = |&row: &u32| {
                matrix.copy_row(row as usize, &mut values);
                distance2(&values, centroids.get(c))
            };
            rows.iter().map(distance2).collect()
        };
        let distances2 = (0..centroids.k()).into_par_iter().map(from_centroid).collect();
        Ways { centroids, n_rows: rows.len(), distances2, members }
    }

    /// The squared length of the way from `a` to `b`.
    fn length2(&self, a: usize, b: usize) -> f64 {
        distance2(self.centroids.get(a), self.centroids.get(b))
    }

    /// Whether the customers thin out between two clusters.
    fn thin_out(&self, a: usize, b: usize) -> bool {
        let length2 = self.length2(a, b);
        if length2 == 0.0 {
            return false;
        }
        let (from_a, from_b) = (&self.distances2[a], &self.distances2[b]);
        let along = |row: usize| ((from_a[row] - from_b[row]) / length2 + 1.0) / 2.0;
        let beside2 = |row: usize| from_a[row] - along(row) * along(row) * length2;
        let wide = |c: usize| {
            let mut all: Vec<f64> = self.members[c].iter().map(|&row| beside2(row)).collect();
            let last = (HELD * all.len().saturating_sub(1) as f64) as usize;
            if all.is_empty() { 0.0 } else { *all.select_nth_unstable_by(last, f64::total_cmp).1 }
        };
        let radius2 = wide(a).max(wide(b)) + ROUNDING * length2;
        let mut bins = [0_usize; BINS];
        for row in (0..self.n_rows).filter(|&row| beside2(row) <= radius2) {
            let bin = ((along(row) - FIRST_BIN) / BIN).floor();
            if (0.0..BINS as f64).contains(&bin) {
                bins[bin as usize] += 1;
            }
        }
        has_valley(&bins)
    }
}

/// Whether one of the windows on [`VALLEYS`] holds too few for what is on either side of it.
fn has_valley(bins: &[usize; BINS]) -> bool {
    let windows: Vec<f64> = bins.windows(WINDOW).map(|window| window.iter().sum::<usize>() as f64).collect();
    let fullest = |windows: &[f64]| windows.iter().copied().fold(0.0, f64::max);
    VALLEYS.into_iter().any(|at| {
        let lower_peak = fullest(&windows[..at]).min(fullest(&windows[at + 1..]));
        windows[at] + DEVIATIONS * (windows[at] + 1.0).sqrt() <= VALLEY * lower_peak
    })
}

fn distance2(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Exp1, StandardNormal};

    use super::*;
    use crate::cluster::kmeans::KMeansParams;
    use crate::random::stream;

    fn normal(numbers: &mut ChaCha8Rng) -> f64 {
        StandardNormal.sample(numbers)
    }

    /// The modes under `k` clusters of 3,000 customers.
    fn modes(k: usize, mut row: impl FnMut(&mut ChaCha8Rng) -> Vec<f64>) -> usize {
        let mut numbers = stream(7, "modes", 0);
        let rows: Vec<Vec<f64>> = (0..3_000).map(|_| row(&mut numbers)).collect();
        let values: Vec<f32> = rows.concat().into_iter().map(|value| value as f32).collect();
        let matrix = TiledMatrix::from_rows(&values, rows[0].len()).unwrap();
        let fit = KMeansParams::new(k).check().unwrap().fit(&matrix, &Monitor::silent()).unwrap();
        n_modes(&matrix, &fit.partition, &fit.model.centroids, 42, &Monitor::silent()).unwrap()
    }

    #[test]
    fn slices_of_a_log_concave_cloud_are_on_one_mode() {
        for k in [2, 4, 6, 9] {
            for d in [2, 3, 6] {
                assert_eq!(modes(k, |numbers| (0..d).map(|_| normal(numbers)).collect()), 1, "normal, d {d}, k {k}");
                assert_eq!(modes(k, |numbers| (0..d).map(|_| numbers.random()).collect()), 1, "box, d {d}, k {k}");
                let shares = |numbers: &mut ChaCha8Rng| {
                    let parts: Vec<f64> = (0..=d).map(|_| Exp1.sample(numbers)).collect();
                    let whole: f64 = parts.iter().sum();
                    parts[..d].iter().map(|part| part / whole).collect()
                };
                assert_eq!(modes(k, shares), 1, "shares of a whole, d {d}, k {k}");
            }
        }
    }

    #[test]
    fn slices_of_a_band_and_shells_of_one_centre_are_on_one_mode() {
        let band = |numbers: &mut ChaCha8Rng| {
            let x = numbers.random_range(-2.0..2.0);
            vec![x, x * x + 0.3 * normal(numbers)]
        };
        assert_eq!(modes(3, band), 1);
        let shells = |numbers: &mut ChaCha8Rng| {
            let spread = if numbers.random_bool(0.1) { 8.0 } else { 1.0 };
            (0..3).map(|_| spread * normal(numbers)).collect()
        };
        assert_eq!(modes(4, shells), 1);
    }

    #[test]
    fn clouds_four_deviations_apart_have_a_mode_each() {
        for d in [1, 2, 8, 16] {
            for groups in [2, 3] {
                let clouds = |numbers: &mut ChaCha8Rng| {
                    let group = numbers.random_range(0..groups);
                    (0..d).map(|j| normal(numbers) + if j == 0 { 4.0 * f64::from(group) } else { 0.0 }).collect()
                };
                assert_eq!(modes(groups as usize, clouds), groups as usize, "d {d}");
            }
        }
    }

    #[test]
    fn levels_that_are_shared_are_modes_of_their_own() {
        let levels = |numbers: &mut ChaCha8Rng| {
            let level = numbers.random_range(0..3);
            (0..3).map(|one| f64::from(u8::from(one == level))).collect()
        };
        assert_eq!(modes(3, levels), 3);
    }

    #[test]
    fn a_mode_of_few_customers_does_not_count() {
        let few = |numbers: &mut ChaCha8Rng| {
            let place = if numbers.random_bool(0.005) { 30.0 } else { 0.0 };
            vec![normal(numbers) + place, normal(numbers)]
        };
        assert_eq!(modes(2, few), 1);
    }
}
