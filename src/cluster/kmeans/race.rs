//! Starts that race on samples before any is followed on all rows.
//!
//! On a large table most passes of most starts only show that another start was better, which a sample shows as well. Ten starts
//! run on nested samples, each eight times the one before, from where the one before has led them. After each sample
//! a start is out when it ended like a better one, or when its inertia there is above the best by more than three standard errors
//! of the difference, row by row. Those that are left are followed on all rows, beside one start that is drawn from all of them.

use rayon::prelude::*;

use super::distances::distances2;
use super::init::{Urn, plus_plus};
use super::lloyd::{Limits, Run, lloyd};
use super::rows::Rows;
use super::starts::{MOST, alike};
use super::{Centroids, KMeansValidParams};
use crate::cluster::ClusterError;
use crate::config::{Auto, Init};
use crate::matrix::TiledMatrix;
use crate::monitor::Monitor;
use crate::random::{sample_rows, stream};

/// Rows of the first sample, at least.
const FIRST_ROWS: usize = 65_536;
/// Rows of the first sample for every cluster, at least.
const ROWS_PER_CLUSTER: usize = 4_096;
/// How many times as many rows the next sample has.
const GROWTH: usize = 8;
/// How many times those of the last one all rows are at least.
const REST: usize = 4;
/// Standard errors by which a start has to be worse than the best to be out: one in 700 of those would be better on all rows.
const ERRORS: f64 = 3.0;

/// Where a start is that has not been ruled out.
pub(super) struct Racer {
    /// Its number, from 0.
    pub(super) start: usize,
    pub(super) centroids: Centroids,
}

/// Rows of the first sample of a race for `k` clusters.
pub(super) fn first_rows(k: usize) -> usize {
    FIRST_ROWS.max(ROWS_PER_CLUSTER * k)
}

/// Rows of the last sample of a race on `n` rows for `k` clusters; `None` where none is held.
pub(super) fn last_rows(n: usize, k: usize) -> Option<usize> {
    std::iter::successors(Some(first_rows(k)), |rows| Some(rows * GROWTH)).take_while(|&rows| rows <= n / REST).last()
}

impl KMeansValidParams {
    /// Whether starts race on `matrix`.
    pub(super) fn races(&self, matrix: &TiledMatrix) -> bool {
        let is_large = last_rows(matrix.n_customers(), self.k()).is_some();
        is_large && self.n_init() == Auto::Auto && self.init() != Init::Parallel
    }

    /// The starts that no sample has ruled out, the best on the last one first.
    pub(super) fn race(&self, matrix: &TiledMatrix, monitor: &Monitor) -> Result<Vec<Racer>, ClusterError> {
        let task = monitor.task("k-means", MOST as u64);
        let n = matrix.n_customers();
        let mut racers: Option<Vec<Racer>> = None;
        let mut size = first_rows(self.k());
        while size <= n / REST {
            let rows: Vec<usize> =
                sample_rows(n, size, self.seed(), "kmeans.race").into_iter().map(|row| row as usize).collect();
            let sample = matrix.select(&rows).expect("a sample has rows");
            let in_sample = Rows::of(&sample);
            // Starts that lead to the same end do so to the last bit, and are told by it.
            let limits = Limits { max_iter: self.max_iter(), movement: 0.0 };
            let follow = |start: usize, from: Centroids| -> Result<(usize, Run), ClusterError> {
                let run = lloyd(&in_sample, from, limits, monitor)?;
                Ok((start, run))
            };
            let ends: Result<Vec<(usize, Run)>, ClusterError> = match racers {
                None => (0..MOST)
                    .into_par_iter()
                    .map(|start| {
                        let mut rng = stream(self.seed(), "kmeans.plus_plus", start as u64);
                        let rows = plus_plus(&Urn::here(&sample, None), self.k(), &mut rng, monitor)?;
                        let end = follow(start, Centroids::from_rows(&sample, &rows));
                        task.advance(1);
                        end
                    })
                    .collect(),
                Some(racers) => racers.into_par_iter().map(|racer| follow(racer.start, racer.centroids)).collect(),
            };
            racers = Some(not_ruled_out(&sample, ends?));
            size *= GROWTH;
        }
        Ok(racers.expect("a race has a first sample"))
    }
}

/// Those of `ends` that may be the best on all rows, ascending by their inertia on the sample.
fn not_ruled_out(sample: &TiledMatrix, mut ends: Vec<(usize, Run)>) -> Vec<Racer> {
    ends.sort_by(|(_, a), (_, b)| a.inertia.total_cmp(&b.inertia));
    ends.dedup_by(|(_, next), (_, before)| alike(next.inertia, before.inertia));
    let of_rows = |run: &Run| distances2(sample, &run.centroids, &run.labels);
    let best = of_rows(&ends[0].1);
    ends.retain(|(_, run)| {
        let differences = of_rows(run).into_iter().zip(&best).map(|(other, best)| other - best);
        let (sum, squares) = differences
            .fold((0.0, 0.0), |(sum, squares), difference| (sum + difference, squares + difference * difference));
        let variance = squares - sum * sum / sample.n_customers() as f64;
        sum <= ERRORS * variance.max(0.0).sqrt()
    });
    ends.into_iter().map(|(start, run)| Racer { start, centroids: run.centroids }).collect()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::cluster::kmeans::{KMeansFit, KMeansParams, StartMethod};

    /// Rows around five points of a line, the last one ten times as rare.
    fn groups(n: usize) -> TiledMatrix {
        let mut numbers = stream(5, "test", 0);
        let row =
            |i: usize| [if i.is_multiple_of(50) { 90.0 } else { 20.0 * (i % 4) as f32 } + numbers.random::<f32>(), 0.5];
        TiledMatrix::from_rows(&(0..n).flat_map(row).collect::<Vec<f32>>(), 2).unwrap()
    }

    fn in_pool(threads: usize, matrix: &TiledMatrix, params: KMeansParams) -> KMeansFit {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| params.check().unwrap().fit(matrix, &Monitor::silent()).unwrap())
    }

    #[test]
    fn a_race_finds_what_ten_starts_find_on_any_number_of_threads() {
        let matrix = groups(262_144);
        let raced = in_pool(1, &matrix, KMeansParams::new(5));
        assert_eq!(raced.init, StartMethod::Sampled);
        assert_eq!(in_pool(3, &matrix, KMeansParams::new(5)), raced);
        let ten = in_pool(2, &matrix, KMeansParams::new(5).n_init(10));
        assert_eq!((ten.init, ten.model, ten.partition), (StartMethod::PlusPlus, raced.model, raced.partition));
    }

    #[test]
    fn rows_that_samples_miss_are_found() {
        let mut numbers = stream(5, "test", 0);
        let mut rows: Vec<f32> = (0..262_144).map(|_| numbers.random::<f32>()).collect();
        (rows[7], rows[150_000]) = (1e6, -2e6);
        let matrix = TiledMatrix::from_rows(&rows, 1).unwrap();
        let raced = in_pool(2, &matrix, KMeansParams::new(3));
        assert_eq!(raced.model.sizes, [262_142, 1, 1]);
        assert_eq!(raced.model, in_pool(2, &matrix, KMeansParams::new(3).n_init(10)).model);
    }

    #[test]
    fn who_ends_like_another_or_clearly_worse_is_out() {
        let sample = groups(2_000);
        let from = |start: usize, places: [f64; 5]| {
            let values = places.iter().flat_map(|&x| [x, 0.5]).collect();
            let limits = Limits { max_iter: 100, movement: 0.0 };
            let centroids = Centroids::new(values, 2).unwrap();
            (start, lloyd(&Rows::of(&sample), centroids, limits, &Monitor::silent()).unwrap())
        };
        let worse = from(0, [0.1, 0.9, 30.0, 60.0, 90.0]);
        let best = from(1, [0.0, 20.0, 40.0, 60.0, 90.0]);
        let like_it = from(2, [90.0, 61.0, 41.0, 21.0, 1.0]);
        let left = not_ruled_out(&sample, vec![worse, best, like_it]);
        assert_eq!(left.iter().map(|racer| racer.start).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn halves_of_either_of_two_like_groups_are_followed_both() {
        let mut numbers = stream(6, "test", 0);
        let rows: Vec<f32> = (0..2_000).map(|i| 50.0 * (i % 2) as f32 + numbers.random::<f32>()).collect();
        let sample = TiledMatrix::from_rows(&rows, 1).unwrap();
        let from = |start: usize, places: [f64; 3]| {
            let limits = Limits { max_iter: 100, movement: 0.0 };
            let centroids = Centroids::new(places.to_vec(), 1).unwrap();
            (start, lloyd(&Rows::of(&sample), centroids, limits, &Monitor::silent()).unwrap())
        };
        let left = not_ruled_out(&sample, vec![from(0, [0.2, 0.8, 50.5]), from(1, [0.5, 50.2, 50.8])]);
        assert_eq!(left.len(), 2);
    }

    #[test]
    fn samples_grow_up_to_a_fourth_of_the_rows() {
        assert_eq!([262_143, 262_144, 2_097_151, 2_097_152, 10_000_000].map(|n| last_rows(n, 5)), {
            [None, Some(65_536), Some(65_536), Some(524_288), Some(524_288)]
        });
        assert_eq!(last_rows(1_638_400, 100), Some(409_600));
        assert_eq!(last_rows(1_638_399, 100), None);
    }
}
