//! Whether clusters come back, and what is dense among the noise.

use std::sync::LazyLock;

use proptest::prelude::*;
use rand::RngExt;
use segmint::cluster::dbscan::DbscanParams;
use segmint::cluster::kmeans::KMeansParams;
use segmint::cluster::noise_groups::{NoiseSearch, noise_groups};
use segmint::cluster::stability::{
    BOOTSTRAPS, Effort, Stability, Steadiness, best_matches, dbscan_stability, kmeans_stability,
};
use segmint::config::KMeansPlan;
use segmint::matrix::TiledMatrix;
use segmint::metrics::Partition;
use segmint::monitor::Monitor;
use segmint::random::stream;

use crate::threads::with_threads;

static KMEANS: LazyLock<KMeansPlan> = LazyLock::new(KMeansPlan::default);

/// `n` rows in the unit square at (x, y).
fn square(n: usize, x: f32, y: f32) -> Vec<[f32; 2]> {
    let mut numbers = stream(n as u64, "square", x.to_bits().into());
    (0..n).map(|_| [x + numbers.random::<f32>(), y + numbers.random::<f32>()]).collect()
}

fn matrix(rows: &[[f32; 2]]) -> TiledMatrix {
    TiledMatrix::from_rows(rows.as_flattened(), 2).unwrap()
}

fn refitted(rows: &[[f32; 2]], k: usize) -> Vec<Stability> {
    let (matrix, monitor) = (matrix(rows), Monitor::silent());
    let fit = KMeansParams::new(k).check().unwrap().fit(&matrix, &monitor).unwrap();
    let found = kmeans_stability(&matrix, &fit.partition, &KMEANS, Effort::Full, 42, &monitor).unwrap();
    found.into_iter().map(|stability| stability.unwrap()).collect()
}

#[test]
fn separate_groups_are_highly_stable_and_parts_of_one_cloud_are_not() {
    let three = [square(300, 0.0, 0.0), square(200, 5.0, 0.0), square(100, 0.0, 5.0)].concat();
    for stability in refitted(&three, 3) {
        assert_eq!(
            (stability.verdict, stability.n_bootstraps, stability.n_rows),
            (Steadiness::HighlyStable, BOOTSTRAPS, 600)
        );
        assert_eq!(stability.jaccard, 1.0);
    }
    // A disc cut in two: where the cut falls depends on the draw.
    let disc: Vec<[f32; 2]> = square(300, -0.5, -0.5).into_iter().filter(|[x, y]| x * x + y * y < 0.25).collect();
    let cut = refitted(&disc, 2);
    assert!(cut.iter().all(|stability| stability.verdict < Steadiness::HighlyStable), "{cut:?}");
}

#[test]
fn stability_is_the_same_for_any_number_of_threads() {
    let rows = [square(400, 0.0, 0.0), square(400, 1.1, 0.3)].concat();
    let alone = with_threads(1, || refitted(&rows, 4));
    assert_eq!(alone, with_threads(3, || refitted(&rows, 4)));
}

/// A dense square, and a group four times as thin far away, which a small radius calls noise.
fn dense_and_thin() -> Vec<[f32; 2]> {
    let thin = square(120, 0.0, 0.0).into_iter().map(|[x, y]| [20.0 + 6.0 * x, 20.0 + 6.0 * y]);
    let strays = (0..20).map(|i| [-30.0 + 11.0 * i as f32, -40.0 - 7.0 * (i * i % 11) as f32]);
    square(2000, 0.0, 0.0).into_iter().chain(thin).chain(strays).collect()
}

fn dense_fit(matrix: &TiledMatrix) -> Partition {
    DbscanParams::new(0.12, 8).check().unwrap().fit(matrix, &Monitor::silent()).unwrap().partition
}

#[test]
fn a_thin_group_that_dbscan_calls_noise_is_found_among_the_noise() {
    let rows = dense_and_thin();
    let matrix = matrix(&rows);
    let partition = dense_fit(&matrix);
    assert_eq!(partition.n_clusters(), 1);
    let NoiseSearch::Groups(groups) = noise_groups(&matrix, &partition, 8, 42, &Monitor::silent()).unwrap() else {
        panic!("the noise is searched");
    };
    assert_eq!((groups.n_noise, groups.partition.n_clusters(), groups.partition.n_rows()), (140, 1, 2140));
    let size = groups.partition.sizes()[0];
    assert!((100..=120).contains(&size), "{size}");
    let members = groups.partition.labels().iter().enumerate().filter(|(_, label)| label.is_some());
    assert!(members.map(|(row, _)| row).all(|row| (2000..2120).contains(&row)), "no stray belongs to it");
    assert!(groups.stability[0].unwrap().verdict >= Steadiness::Valid, "{:?}", groups.stability);
    assert_eq!(partition, dense_fit(&matrix), "the labels stay as they are");
}

#[test]
fn noise_that_is_little_or_nearly_everybody_is_not_searched() {
    let matrix = matrix(&dense_and_thin());
    let search = |labels: Vec<i64>| noise_groups(&matrix, &Partition::from_signed(&labels), 5, 42, &Monitor::silent());
    let with_noise = |n: usize| (0..2140).map(|i| if i < n { -1 } else { 0 }).collect();
    assert!(matches!(search(with_noise(19)).unwrap(), NoiseSearch::TooLittle));
    assert!(matches!(search(with_noise(2000)).unwrap(), NoiseSearch::TooMuch));
}

#[test]
fn dense_clusters_come_back_in_samples() {
    let rows = [square(900, 0.0, 0.0), square(600, 4.0, 0.0)].concat();
    let (matrix, monitor) = (matrix(&rows), Monitor::silent());
    let fit = DbscanParams::new(0.15, 8).check().unwrap().fit(&matrix, &monitor).unwrap();
    let core_share = fit.model.n_core() as f64 / 1500.0;
    let found = dbscan_stability(&matrix, &fit.partition, 8, core_share, 1500, 42, &monitor).unwrap();
    assert_eq!(fit.partition.n_clusters(), 2);
    assert!(found.iter().all(|stability| stability.unwrap().verdict == Steadiness::HighlyStable), "{found:?}");
}

proptest! {
    #[test]
    fn the_best_match_is_the_largest_jaccard_of_all_pairs(
        labels in prop::collection::vec((-1_i64..4, -1_i64..4), 1..40),
    ) {
        let (a, b): (Vec<i64>, Vec<i64>) = labels.iter().copied().unzip();
        let found = best_matches(&Partition::from_signed(&a), &Partition::from_signed(&b));
        for (cluster, best) in found.iter().enumerate() {
            let jaccard = |other: i64| {
                let count = |f: &dyn Fn(i64, i64) -> bool| labels.iter().filter(|&&(x, y)| f(x, y)).count() as f64;
                let mine = cluster as i64;
                count(&|x, y| x == mine && y == other) / count(&|x, y| x == mine || y == other).max(1.0)
            };
            let largest = (0..4).map(jaccard).fold(0.0, f64::max);
            prop_assert_eq!(best.map_or(0.0, |best| best.jaccard), largest);
        }
    }
}
