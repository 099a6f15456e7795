//! Starts that race on samples before any is followed on all rows.
//!
//! On a large table most passes of most starts only show that another start was better, which a sample shows as well. Ten starts
//! run on nested samples, each eight times the one before, from where the one before has led them. After each sample
//! a start is out when its inertia there is above the best by more than three standard errors of the difference, row by row, or when
//! it ended like a better one. Those that are left are followed on all rows, unless the last sample does not speak for them.

use rayon::prelude::*;

use super::distances::distances2;
use super::init::{Urn, plus_plus};
use super::lloyd::{Limits, Run, lloyd};
use super::rows::Rows;
use super::samples::{Estimate, Sample, Samples};
use super::starts::{MOST, alike};
use super::{Centroids, KMeansValidParams};
use crate::cluster::ClusterError;
use crate::config::{Auto, Init};
use crate::monitor::Monitor;
use crate::random::stream;

/// Standard errors by which a start has to be worse than the best to be out, one in 700 of those would be better on all rows; and
/// by which all rows may be off the sample.
const ERRORS: f64 = 3.0;
/// The largest standard error of the mean squared distance on a sample, as a share of it. With heavy tails it is larger: most of the
/// inertia is of a few rows then, and whether the sample has them is chance.
const PRECISE: f64 = 0.02;

/// Where a start is that has not been ruled out.
pub(super) struct Racer {
    /// Its number, from 0.
    pub(super) start: usize,
    pub(super) centroids: Centroids,
}

/// How a race ended.
pub(super) struct Race {
    /// The starts that no sample has ruled out, the best on the last one first.
    pub(super) racers: Vec<Racer>,
    /// What the last sample tells of the squared distances of all rows to the centroids of the first racer.
    inertia: Estimate,
}

impl Race {
    /// Whether the last sample speaks for all rows, whose squared distances to the centroids of the first racer add up to `inertia`:
    /// it tells that precisely, and they do up to chance.
    pub(super) fn speaks_for(&self, inertia: f64) -> bool {
        let Estimate { sum, standard_error } = self.inertia;
        let is_alike = alike(sum, inertia) || (inertia - sum).abs() <= ERRORS * standard_error;
        is_alike && standard_error <= PRECISE * sum
    }
}

impl KMeansValidParams {
    /// Samples of `rows` for its starts to race on; `None` where they do not race.
    pub(super) fn samples(&self, rows: &Rows<'_>) -> Option<Samples> {
        let may_race = self.n_init() == Auto::Auto && self.init() != Init::Parallel;
        if may_race { Samples::of(rows, self.k(), self.seed()) } else { None }
    }

    /// Holds a race on `samples`.
    pub(super) fn race(&self, samples: &Samples, monitor: &Monitor) -> Result<Race, ClusterError> {
        let task = monitor.task("k-means", MOST as u64);
        let Samples { first, others } = samples;
        let drawn = (0..MOST).into_par_iter().map(|start| {
            let mut rng = stream(self.seed(), "kmeans.plus_plus", start as u64);
            let rows = plus_plus(&Urn::here(&first.matrix, Some(&first.weights)), self.k(), &mut rng, monitor)?;
            task.advance(1);
            Ok(Racer { start, centroids: Centroids::from_rows(&first.matrix, &rows) })
        });
        let race = self.race_on(first, drawn.collect::<Result<_, ClusterError>>()?, monitor)?;
        others.iter().try_fold(race, |race, sample| self.race_on(sample, race.racers, monitor))
    }

    /// Follows `racers` on `sample`, and leaves out who is ruled out there.
    fn race_on(&self, sample: &Sample, racers: Vec<Racer>, monitor: &Monitor) -> Result<Race, ClusterError> {
        let in_sample = sample.rows();
        let follow = |racers: Vec<Racer>, limits: Limits| -> Result<Vec<(usize, Run)>, ClusterError> {
            let ends = racers.into_par_iter();
            ends.map(|racer| Ok((racer.start, lloyd(&in_sample, racer.centroids, limits, monitor)?))).collect()
        };
        let limits = Limits { max_iter: self.max_iter(), movement: self.tol() * sample.mean_variance };
        let left = not_ruled_out(sample, follow(racers, limits)?);
        // Starts that lead to the same end do so to the last bit once nothing moves, and are told by it.
        let racers = distinct(follow(left, Limits { movement: 0.0, ..limits })?);
        let best = &racers[0].1;
        let inertia = sample.estimate(distances2(&sample.matrix, &best.centroids, &best.labels).into_iter());
        let racers = racers.into_iter().map(|(start, run)| Racer { start, centroids: run.centroids }).collect();
        Ok(Race { racers, inertia })
    }
}

/// Those of `ends` that may be the best on all rows.
fn not_ruled_out(sample: &Sample, ends: Vec<(usize, Run)>) -> Vec<Racer> {
    let of_rows = |run: &Run| distances2(&sample.matrix, &run.centroids, &run.labels);
    let best = ends.iter().min_by(|(_, a), (_, b)| a.inertia.total_cmp(&b.inertia)).expect("a race has starts");
    let of_best = of_rows(&best.1);
    let left = ends.into_iter().filter(|(_, run)| {
        let worse = sample.estimate(of_rows(run).into_iter().zip(&of_best).map(|(other, best)| other - best));
        worse.sum <= ERRORS * worse.standard_error
    });
    left.map(|(start, run)| Racer { start, centroids: run.centroids }).collect()
}

/// One of those of `ends` that are alike each, ascending by their inertias.
fn distinct(mut ends: Vec<(usize, Run)>) -> Vec<(usize, Run)> {
    ends.sort_by(|(_, a), (_, b)| a.inertia.total_cmp(&b.inertia));
    ends.dedup_by(|(_, next), (_, before)| alike(next.inertia, before.inertia));
    ends
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::cluster::kmeans::{KMeansFit, KMeansParams, StartMethod};
    use crate::matrix::TiledMatrix;

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
    fn heavy_tails_are_raced_too() {
        let mut numbers = stream(8, "test", 0);
        let row = |i: usize| {
            let tail = if i.is_multiple_of(50) { 0.5 / (1e-5 + numbers.random::<f32>()) } else { 0.0 };
            [30.0 * (i % 3) as f32 + numbers.random::<f32>() + tail, numbers.random::<f32>()]
        };
        let matrix = TiledMatrix::from_rows(&(0..262_144).flat_map(row).collect::<Vec<f32>>(), 2).unwrap();
        let raced = in_pool(2, &matrix, KMeansParams::new(4));
        assert_eq!(raced.init, StartMethod::Sampled);
        let ten = in_pool(2, &matrix, KMeansParams::new(4).n_init(10));
        assert!(
            raced.model.inertia <= ten.model.inertia * (1.0 + 1e-4),
            "{} {}",
            raced.model.inertia,
            ten.model.inertia
        );
    }

    /// Where a start from `places` of the first feature ends in `sample`.
    fn end(sample: &TiledMatrix, start: usize, places: &[f64]) -> (usize, Run) {
        let rest = vec![0.5; sample.n_features() - 1];
        let values = places.iter().flat_map(|&x| [&[x], &rest[..]].concat()).collect();
        let centroids = Centroids::new(values, sample.n_features()).unwrap();
        let limits = Limits { max_iter: 100, movement: 0.0 };
        (start, lloyd(&Rows::of(sample), centroids, limits, &Monitor::silent()).unwrap())
    }

    fn starts<T>(left: &[T], start: impl Fn(&T) -> usize) -> Vec<usize> {
        left.iter().map(start).collect()
    }

    #[test]
    fn who_is_clearly_worse_is_out_and_of_like_ends_one_is_left() {
        let sample = groups(2_000);
        let worse = end(&sample, 0, &[0.1, 0.9, 30.0, 60.0, 90.0]);
        let ends =
            || [end(&sample, 1, &[0.0, 20.0, 40.0, 60.0, 90.0]), end(&sample, 2, &[90.0, 61.0, 41.0, 21.0, 1.0])];
        let left = not_ruled_out(&Sample::doubled(&sample), [worse].into_iter().chain(ends()).collect());
        assert_eq!(starts(&left, |racer| racer.start), [1, 2]);
        assert_eq!(starts(&distinct(ends().into()), |end| end.0), [1]);
    }

    #[test]
    fn halves_of_either_of_two_like_groups_are_followed_both() {
        let mut numbers = stream(6, "test", 0);
        let rows: Vec<f32> = (0..2_000).map(|i| 50.0 * (i % 2) as f32 + numbers.random::<f32>()).collect();
        let sample = TiledMatrix::from_rows(&rows, 1).unwrap();
        let ends = || vec![end(&sample, 0, &[0.2, 0.8, 50.5]), end(&sample, 1, &[0.5, 50.2, 50.8])];
        assert_eq!(not_ruled_out(&Sample::doubled(&sample), ends()).len(), 2);
        assert_eq!(distinct(ends()).len(), 2);
    }

    #[test]
    fn a_sample_speaks_for_rows_within_its_error_and_only_where_that_is_small() {
        let race = |standard_error| Race { racers: Vec::new(), inertia: Estimate { sum: 2.0, standard_error } };
        assert!(race(0.01).speaks_for(2.029) && race(0.01).speaks_for(1.971));
        assert!(!race(0.01).speaks_for(2.031) && !race(0.01).speaks_for(1.969));
        assert!(race(0.0).speaks_for(2.0 + 1e-12), "rounding");
        assert!(!race(0.05).speaks_for(2.0), "heavy tails");
    }
}
