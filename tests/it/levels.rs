//! No result depends on the instruction set: k-means, DBSCAN, eps and the measures on tables that are hard for kernels.
//!
//! The level is a choice of the whole process, so these tests take turns.

use std::fmt::Debug;
use std::sync::Mutex;

use segmint::cluster::choose_eps::choose_eps;
use segmint::cluster::dbscan::DbscanParams;
use segmint::cluster::kmeans::KMeansParams;
use segmint::config::{DbscanPlan, Init};
use segmint::matrix::TiledMatrix;
use segmint::matrix::simd::{InstructionSet, set_level};
use segmint::metrics::Partition;
use segmint::metrics::internal::{ClusterMoments, silhouette};
use segmint::monitor::Monitor;

use crate::threads::with_threads;

static TURN: Mutex<()> = Mutex::new(());

/// `compute` gives the same on every level, scalar first, on one thread and on three. Values are compared as text, which
/// f64 have one of per value.
fn assert_same_on_every_level<T: Debug + Send>(what: &str, compute: impl Fn() -> T + Sync) {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let levels = InstructionSet::available();
    let mut expected = None;
    for &level in levels {
        for threads in [1, 3] {
            set_level(level);
            let result = format!("{:?}", with_threads(threads, &compute));
            let expected = expected.get_or_insert_with(|| result.clone());
            assert_eq!(&result, expected, "{what} on {level} with {threads} threads");
        }
    }
    set_level(levels[levels.len() - 1]);
}

/// A number in 0..1 that looks random and is the same everywhere.
fn noise(i: usize, j: usize) -> f32 {
    let hash = (i as u64 * 1_000_003 + j as u64 * 7_919 + 11).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f32 / 16_777_216.0
}

/// The value of a row and column.
type Value<'a> = &'a dyn Fn(usize, usize) -> f32;

/// 600 rows, so that the second tile is not full.
fn tables(d: usize) -> Vec<(String, TiledMatrix)> {
    let groups = |i: usize, j: usize| (i % 5) as f32 * 3.0 + noise(i, j);
    let kinds: [(&str, Value); 5] = [
        ("groups", &groups),
        ("groups around 1e6", &|i, j| groups(i, j) + 1e6),
        ("lattice", &|i, j| (i / 4_usize.pow((j % 4) as u32) % 4) as f32 * 0.5),
        ("equal rows", &|_, j| j as f32 - 0.3),
        ("heavy tails", &|i, j| noise(i, j).max(1e-6).powf(-1.5)),
    ];
    let matrix = |value: Value| {
        let rows: Vec<f32> = (0..600).flat_map(|i| (0..d).map(move |j| (i, j))).map(|(i, j)| value(i, j)).collect();
        TiledMatrix::from_rows(&rows, d).unwrap()
    };
    kinds.iter().map(|(name, value)| (format!("{name}, d = {d}"), matrix(value))).collect()
}

const DIMENSIONS: [usize; 3] = [1, 3, 17];

#[test]
fn k_means_is_the_same_on_every_level() {
    for (name, matrix) in DIMENSIONS.into_iter().flat_map(tables) {
        for (k, init) in [(2, Init::PlusPlus), (7, Init::Parallel), (19, Init::PlusPlus)] {
            let params = KMeansParams::new(k).init(init).n_init(1).max_iter(12).check().unwrap();
            assert_same_on_every_level(&format!("{name}, k = {k}"), || {
                params.fit(&matrix, &Monitor::silent()).unwrap()
            });
        }
    }
}

#[test]
fn dbscan_is_the_same_on_every_level() {
    for (name, matrix) in DIMENSIONS.into_iter().flat_map(tables) {
        for (eps, min_samples) in [(0.5, 4), (1.5, 9), (1e4, 30)] {
            let params = DbscanParams::new(eps, min_samples).check().unwrap();
            assert_same_on_every_level(&format!("{name}, eps {eps}"), || {
                let fit = params.fit(&matrix, &Monitor::silent()).unwrap();
                (fit.partition, fit.core)
            });
        }
    }
}

#[test]
fn eps_is_the_same_on_every_level() {
    let plan = DbscanPlan::default();
    for (name, matrix) in DIMENSIONS.into_iter().flat_map(tables) {
        assert_same_on_every_level(&name, || choose_eps(&matrix, &plan, 42, &Monitor::silent()).ok());
    }
}

#[test]
fn measures_are_the_same_on_every_level() {
    let labels: Vec<i64> = (0..600).map(|i| if i % 31 == 0 { -1 } else { i * i % 6 }).collect();
    let partition = Partition::from_signed(&labels);
    for (name, matrix) in DIMENSIONS.into_iter().flat_map(tables) {
        assert_same_on_every_level(&name, || {
            let silhouette = silhouette(&matrix, &partition, 42, &Monitor::silent()).unwrap();
            let moments = ClusterMoments::of(&matrix, &partition);
            let linear = [
                moments.squared_silhouette(&matrix, &partition),
                moments.simplified_silhouette(&matrix, &partition),
                moments.calinski_harabasz(),
                moments.davies_bouldin(),
            ];
            (silhouette, linear)
        });
    }
}
