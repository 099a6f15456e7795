//! Whether a cluster is compact, and apart from the others.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::noise_groups::SMALLEST_GROUP;
use crate::matrix::TiledMatrix;
use crate::metrics::{ClusterId, Partition};
use crate::random::sample_rows;

/// Rows looked at, at most: a fixed sample of a larger table.
const ROWS: usize = 50_000;
/// Half the width of the windows in which customers on the way to another cluster are counted, and the step from window to
/// window; the way is 1 long.
const HALF_WINDOW: f64 = 0.1;
const STEP: f64 = 0.05;
/// Where the valley is looked for.
const VALLEY: [f64; 2] = [0.2, 0.8];
/// Where the peak of the cluster itself is.
const PEAK: [f64; 2] = [-0.2, 0.2];

/// The most of either figure of a compact cluster that is apart.
const COMPACT: f64 = 1.0;
const APART: f64 = 0.5;

/// How a cluster lies among the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Isolation {
    /// Mean squared distance of its members to their mean, over that of all customers to theirs.
    pub spread: f64,
    /// The density at the thinnest place on the way to another cluster over the density at its own peak: the largest among
    /// all others, so that 0 is a gap on every side and 1 no gap at all. Null when there is no other cluster.
    pub valley: Option<f64>,
}

impl Isolation {
    /// Whether its members are nearer to each other than customers are in general.
    pub fn is_compact(&self) -> bool {
        self.spread <= COMPACT
    }

    /// Whether the customers thin out to half on the way to every other cluster.
    pub fn is_apart(&self) -> bool {
        self.valley.is_some_and(|valley| valley <= APART)
    }
}

/// How every cluster of `partition` lies among the others. Noise is not looked at, nor are clusters of less than half a per
/// cent of the customers ([`SMALLEST_GROUP`]), which are `None`.
///
/// For two clusters with means a and b every member x of either has the place t = (x − a)·(b − a)/‖b − a‖² along the way
/// from a (0) to b (1). Members are counted in windows of ± 0.1; the valley is the least count between 0.2 and 0.8, over
/// the largest count within ± 0.2. Two equal normal clusters 4 standard deviations apart have .3, slices of one cloud 1
/// or more. A ring around another cluster is not apart: their means agree.
///
/// Cost: O(n·k·d) on at most 50,000 rows, with at most 200 clusters. The rows are summed in order.
pub(crate) fn isolation(matrix: &TiledMatrix, partition: &Partition, seed: u64) -> Vec<Option<Isolation>> {
    let (k, d) = (partition.n_clusters(), matrix.n_features());
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); k];
    let mut all = Moments::new(d);
    let mut of_cluster: Vec<Moments> = (0..k).map(|_| Moments::new(d)).collect();
    let mut row = vec![0.0; d];
    for i in sample_rows(matrix.n_customers(), ROWS, seed, "isolation.rows") {
        matrix.copy_row(i as usize, &mut row);
        all.add(&row);
        if let Some(cluster) = partition.labels()[i as usize].map(ClusterId::index) {
            members[cluster].push(i as usize);
            of_cluster[cluster].add(&row);
        }
    }
    let smallest = SMALLEST_GROUP * matrix.n_customers() as f64;
    partition
        .sizes()
        .iter()
        .zip(&mut members)
        .filter(|(size, _)| (**size as f64) < smallest)
        .for_each(|(_, m)| m.clear());
    let means: Vec<Vec<f64>> = of_cluster.iter().map(Moments::mean).collect();
    let scatter = all.scatter();
    let one = |c: usize| {
        let others = (0..k).filter(|&other| other != c && !members[other].is_empty());
        let valley = |other: usize| valley(matrix, [&members[c], &members[other]], &means[c], &means[other]);
        let spread = if scatter > 0.0 { of_cluster[c].scatter() / scatter } else { 1.0 };
        (!members[c].is_empty()).then(|| Isolation { spread, valley: others.map(valley).reduce(f64::max) })
    };
    (0..k).into_par_iter().map(one).collect()
}

/// The least density between two clusters over the peak of the first.
fn valley(matrix: &TiledMatrix, members: [&[usize]; 2], from: &[f64], to: &[f64]) -> f64 {
    let way: Vec<f64> = from.iter().zip(to).map(|(a, b)| b - a).collect();
    let length: f64 = way.iter().map(|w| w * w).sum();
    if length == 0.0 {
        return 1.0;
    }
    let mut row = vec![0.0; from.len()];
    let mut places: Vec<f64> = Vec::with_capacity(members[0].len() + members[1].len());
    for &i in members.into_iter().flatten() {
        matrix.copy_row(i, &mut row);
        let along: f64 = row.iter().zip(from).zip(&way).map(|((x, a), w)| (x - a) * w).sum();
        places.push(along / length);
    }
    places.sort_unstable_by(f64::total_cmp);
    let below = |limit: f64| places.partition_point(|&place| place < limit);
    let count = |centre: f64| below(centre + HALF_WINDOW) - below(centre - HALF_WINDOW);
    let counts = |[low, high]: [f64; 2]| {
        let steps = ((high - low) / STEP).round() as usize;
        (0..=steps).map(move |step| count(low + STEP * step as f64)).collect::<Vec<usize>>()
    };
    let least = counts(VALLEY).into_iter().min().unwrap_or(0);
    let peak = counts(PEAK).into_iter().max().unwrap_or(0);
    if peak == 0 { 1.0 } else { least as f64 / peak as f64 }
}

/// Sums of rows and of their squares.
struct Moments {
    n: usize,
    sums: Vec<f64>,
    squares: f64,
}

impl Moments {
    fn new(d: usize) -> Self {
        Moments { n: 0, sums: vec![0.0; d], squares: 0.0 }
    }

    fn add(&mut self, row: &[f64]) {
        self.n += 1;
        for (sum, x) in self.sums.iter_mut().zip(row) {
            *sum += x;
            self.squares += x * x;
        }
    }

    fn mean(&self) -> Vec<f64> {
        self.sums.iter().map(|sum| sum / self.n as f64).collect()
    }

    /// The mean squared distance to the mean.
    fn scatter(&self) -> f64 {
        let n = self.n.max(1) as f64;
        (self.squares / n - self.sums.iter().map(|sum| (sum / n) * (sum / n)).sum::<f64>()).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::random::stream;

    /// Normal clouds in `d` features, the first coordinate of each moved.
    fn clouds(sizes: &[usize], places: &[f64], spreads: &[f64], d: usize) -> (TiledMatrix, Partition) {
        let mut numbers = stream(7, "clouds", 0);
        let (mut rows, mut labels) = (Vec::new(), Vec::new());
        for (c, ((&size, place), spread)) in sizes.iter().zip(places).zip(spreads).enumerate() {
            for _ in 0..size {
                for j in 0..d {
                    let normal: f64 = StandardNormal.sample(&mut numbers);
                    rows.push((spread * normal + if j == 0 { *place } else { 0.0 }) as f32);
                }
                labels.push(c as i64);
            }
        }
        (TiledMatrix::from_rows(&rows, d).unwrap(), Partition::from_signed(&labels))
    }

    #[test]
    fn clouds_four_deviations_apart_are_apart_and_touching_ones_are_not() {
        for d in [1, 8, 32] {
            let (matrix, partition) = clouds(&[2000, 200], &[0.0, 5.0], &[1.0, 1.0], d);
            let found = isolation(&matrix, &partition, 42);
            assert!(found.iter().flatten().all(|one| one.is_apart() && one.is_compact()), "{d}: {found:?}");
            let (matrix, partition) = clouds(&[2000, 200], &[0.0, 2.5], &[1.0, 1.0], d);
            assert!(!isolation(&matrix, &partition, 42)[1].unwrap().is_apart(), "{d}");
        }
    }

    #[test]
    fn slices_of_one_cloud_are_not_apart() {
        let mut numbers = stream(8, "slices", 0);
        let rows: Vec<f32> = (0..6000).map(|_| numbers.random::<f32>()).collect();
        let labels: Vec<i64> = rows.chunks(2).map(|row| (row[0] * 5.0) as i64).collect();
        let matrix = TiledMatrix::from_rows(&rows, 2).unwrap();
        let found = isolation(&matrix, &Partition::from_signed(&labels), 42);
        assert!(found.iter().flatten().all(|slice| !slice.is_apart()), "{found:?}");
    }

    #[test]
    fn a_halo_around_a_mass_is_neither_compact_nor_apart() {
        let (matrix, partition) = clouds(&[3000, 150], &[0.0, 0.0], &[1.0, 6.0], 3);
        let halo = isolation(&matrix, &partition, 42)[1].unwrap();
        assert!(!halo.is_compact() && !halo.is_apart(), "{halo:?}");
    }

    #[test]
    fn crumbs_are_not_looked_at_and_hide_nothing() {
        let (matrix, partition) = clouds(&[2000, 200, 5], &[0.0, 6.0, 5.0], &[1.0, 1.0, 0.1], 2);
        let found = isolation(&matrix, &partition, 42);
        assert!(found[2].is_none() && found[1].unwrap().is_apart(), "{found:?}");
    }

    #[test]
    fn a_cluster_alone_is_not_apart_from_anything() {
        let (matrix, partition) = clouds(&[50], &[0.0], &[1.0], 2);
        let alone = isolation(&matrix, &partition, 42)[0].unwrap();
        assert_eq!((alone.valley, alone.is_apart()), (None, false));
        assert!((alone.spread - 1.0).abs() < 1e-9);
    }
}
