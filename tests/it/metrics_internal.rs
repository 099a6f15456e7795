//! Internal measures: golden values of scikit-learn, and laws.

use proptest::prelude::*;
use segmint::matrix::TiledMatrix;
use segmint::matrix::simd::{InstructionSet, set_level};
use segmint::metrics::Partition;
use segmint::metrics::internal::{ClusterMoments, silhouette, silhouettes};
use segmint::monitor::Monitor;
use serde::Deserialize;

use crate::threads::with_threads;

/// Equal to `tolerance`, relative to the larger of 1 and the expected value.
fn close(got: f64, expected: f64, tolerance: f64) -> bool {
    (got - expected).abs() <= tolerance * expected.abs().max(1.0)
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    rows: Vec<Vec<f32>>,
    labels: Vec<i64>,
    coverage: f64,
    silhouette_values: Vec<f64>,
    silhouette: f64,
    silhouette_per_cluster: Vec<f64>,
    squared_silhouette: f64,
    simplified_silhouette: f64,
    calinski_harabasz: f64,
    davies_bouldin: f64,
}

#[test]
fn measures_equal_those_of_scikit_learn() {
    let golden: Golden = serde_json::from_str(include_str!("../golden/internal.json")).unwrap();
    assert!(!golden.cases.is_empty());
    for case in golden.cases {
        let matrix = TiledMatrix::from_rows(&case.rows.concat(), case.rows[0].len()).unwrap();
        let partition = Partition::from_signed(&case.labels);
        let of_rows = silhouette(&matrix, &partition, 42, &Monitor::silent()).unwrap().unwrap();
        let moments = ClusterMoments::of(&matrix, &partition);
        let equal = |what: &str, got: f64, expected: f64| {
            assert!(close(got, expected, 1e-9), "{}: {what} is {got}, expected {expected}", case.name);
        };
        equal("silhouette", of_rows.mean, case.silhouette);
        equal("coverage", of_rows.coverage, case.coverage);
        equal("coverage of the moments", moments.coverage(), case.coverage);
        equal("squared", moments.squared_silhouette(&matrix, &partition).unwrap(), case.squared_silhouette);
        equal("simplified", moments.simplified_silhouette(&matrix, &partition).unwrap(), case.simplified_silhouette);
        equal("calinski_harabasz", moments.calinski_harabasz().unwrap(), case.calinski_harabasz);
        equal("davies_bouldin", moments.davies_bouldin().unwrap(), case.davies_bouldin);
        assert_eq!(of_rows.values.len(), case.silhouette_values.len());
        for (&got, &expected) in of_rows.values.iter().zip(&case.silhouette_values) {
            equal("a row", got, expected);
        }
        for (got, &expected) in of_rows.per_cluster.iter().zip(&case.silhouette_per_cluster) {
            equal("a cluster", got.unwrap(), expected);
        }
    }
}

#[test]
fn a_single_cluster_has_no_measure() {
    let matrix = TiledMatrix::from_rows(&[1.0, 2.0, 3.0], 1).unwrap();
    for labels in [[0, 0, 0], [2, 2, -1], [-1, -1, -1]] {
        let partition = Partition::from_signed(&labels);
        assert_eq!(silhouette(&matrix, &partition, 42, &Monitor::silent()).unwrap(), None);
        let moments = ClusterMoments::of(&matrix, &partition);
        assert_eq!((moments.calinski_harabasz(), moments.davies_bouldin()), (None, None));
        assert_eq!(moments.squared_silhouette(&matrix, &partition), None);
        assert_eq!(moments.simplified_silhouette(&matrix, &partition), None);
    }
}

#[test]
fn identical_rows_in_two_clusters_score_zero() {
    let matrix = TiledMatrix::from_rows(&[1.0; 4], 1).unwrap();
    let partition = Partition::from_signed(&[0, 0, 1, 1]);
    assert_eq!(silhouette(&matrix, &partition, 42, &Monitor::silent()).unwrap().unwrap().mean, 0.0);
    let moments = ClusterMoments::of(&matrix, &partition);
    assert_eq!((moments.calinski_harabasz(), moments.davies_bouldin()), (None, None));
}

#[test]
fn a_large_table_is_sampled_and_says_so() {
    let n = 20_040;
    let rows: Vec<f32> = (0..n).map(|i| (i % 2) as f32 * 10.0 + (i % 7) as f32 * 0.1).collect();
    let labels: Vec<i64> = (0..n).map(|i| if i < 40 { 2 } else { i % 2 }).collect();
    let matrix = TiledMatrix::from_rows(&rows, 1).unwrap();
    let partition = Partition::from_signed(&labels);
    let sampled = silhouette(&matrix, &partition, 42, &Monitor::silent()).unwrap().unwrap();
    assert!(sampled.standard_error.is_some());
    assert!((9_990..=10_050).contains(&sampled.rows.len()), "{}", sampled.rows.len());
    assert!((0..40).all(|row| sampled.rows.contains(&row)), "a cluster of 40 is measured whole");
}

/// 20,500 rows of 3 features far from 0, with many exact duplicates, in two partitions with noise.
fn a_large_table() -> (TiledMatrix, Vec<Partition>) {
    let n = 20_500_usize;
    let wave = |i: usize, salt: usize| ((i * 7919 + salt) % 4001) as f32 / 256.0;
    let row = |i: usize| [1e4 + wave(i % 9000, 1), 5.0 * (i % 3) as f32 + wave(i % 9000, 2), wave(i % 9000, 3)];
    let matrix = TiledMatrix::from_rows(&(0..n).flat_map(row).collect::<Vec<_>>(), 3).unwrap();
    let coarse: Vec<i64> = (0..n).map(|i| i as i64 % 3).collect();
    let fine: Vec<i64> = (0..n).map(|i| if i % 11 == 0 { -1 } else { i as i64 % 7 }).collect();
    (matrix, vec![Partition::from_signed(&coarse), Partition::from_signed(&fine)])
}

/// s of `row` in plain f64.
fn silhouette_of(matrix: &TiledMatrix, partition: &Partition, row: usize) -> f64 {
    let mut sums = vec![0.0; partition.n_clusters()];
    let x = matrix.row(row);
    for (i, label) in partition.labels().iter().enumerate() {
        if let Some(cluster) = label {
            let d2: f64 = matrix.row(i).iter().zip(&x).map(|(a, b)| (a - b).powi(2)).sum();
            sums[cluster.index()] += d2.sqrt();
        }
    }
    let (sizes, own) = (partition.sizes(), partition.labels()[row].unwrap().index());
    let a = sums[own] / (sizes[own] - 1) as f64;
    let others = (0..sums.len()).filter(|&c| c != own).map(|c| sums[c] / sizes[c] as f64);
    let b = others.fold(f64::INFINITY, f64::min);
    (b - a) / a.max(b)
}

#[test]
fn rows_of_a_large_table_are_measured_within_the_stated_error() {
    let (matrix, partitions) = a_large_table();
    let measured = silhouettes(&matrix, &partitions.iter().collect::<Vec<_>>(), 42, &Monitor::silent()).unwrap();
    for (partition, measured) in partitions.iter().zip(measured) {
        let measured = measured.unwrap();
        for i in (0..measured.rows.len()).step_by(997) {
            let (got, expected) = (measured.values[i], silhouette_of(&matrix, partition, measured.rows[i]));
            let bound = 2.0 * (3.0 / 2.0 + 66.0) / 2.0_f64.powi(24);
            assert!((got - expected).abs() < bound, "row {}: {got}, expected {expected}", measured.rows[i]);
        }
    }
}

#[test]
fn values_whose_squares_exceed_single_precision_are_measured_too() {
    let rows: Vec<f32> = (0..20_050).map(|i| if i % 2 == 0 { 1e30 } else { 3e30 + (i % 5) as f32 * 1e29 }).collect();
    let matrix = TiledMatrix::from_rows(&rows, 1).unwrap();
    let partition = Partition::from_signed(&(0..20_050).map(|i| i % 2).collect::<Vec<_>>());
    let measured = silhouette(&matrix, &partition, 42, &Monitor::silent()).unwrap().unwrap();
    assert!((0.8..1.0).contains(&measured.mean), "{}", measured.mean);
}

#[test]
fn measures_have_the_same_bits_on_every_level_and_for_any_threads() {
    let (large, partitions) = a_large_table();
    let small = large.select(&(0..1500).collect::<Vec<_>>()).unwrap();
    let small_partition = Partition::new(partitions[1].labels()[..1500].to_vec(), 7);
    let of = || {
        let all = silhouettes(&large, &partitions.iter().collect::<Vec<_>>(), 42, &Monitor::silent()).unwrap();
        let moments = ClusterMoments::of_all(&large, &partitions.iter().collect::<Vec<_>>());
        let linear = moments[1].squared_silhouette(&large, &partitions[1]);
        (all, silhouette(&small, &small_partition, 42, &Monitor::silent()).unwrap(), moments, linear)
    };
    let first = with_threads(1, of);
    for &level in InstructionSet::available() {
        set_level(level);
        for threads in [1, 2, 3] {
            assert!(with_threads(threads, of) == first, "{level}, {threads} threads");
        }
    }
}

#[test]
fn moments_of_several_partitions_are_those_of_each() {
    let (matrix, partitions) = a_large_table();
    let together = ClusterMoments::of_all(&matrix, &partitions.iter().collect::<Vec<_>>());
    for (partition, together) in partitions.iter().zip(together) {
        assert_eq!(ClusterMoments::of(&matrix, partition), together);
    }
    assert!(ClusterMoments::of_all(&matrix, &[]).is_empty());
}

/// Rows of 1..4 features with labels −1..3, at least two clusters filled.
fn clusterings() -> impl Strategy<Value = (usize, Vec<f32>, Vec<i64>)> {
    (1_usize..4, 4_usize..60).prop_flat_map(|(d, n)| {
        let value = prop_oneof![4 => -10.0_f32..10.0, 1 => Just(0.0_f32), 1 => (-3_i8..3).prop_map(f32::from)];
        let labels = prop::collection::vec(-1_i64..4, n).prop_map(|mut labels| {
            (labels[0], labels[1]) = (0, 1);
            labels
        });
        (Just(d), prop::collection::vec(value, n * d), labels)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn silhouettes_are_bounded_and_do_not_depend_on_the_names_of_clusters((d, rows, labels) in clusterings()) {
        let matrix = TiledMatrix::from_rows(&rows, d).unwrap();
        let renamed: Vec<i64> = labels.iter().map(|&l| if l < 0 { l } else { 5 - l }).collect();
        let (partition, renamed) = (Partition::from_signed(&labels), Partition::from_signed(&renamed));
        let both = silhouettes(&matrix, &[&partition, &renamed], 42, &Monitor::silent()).unwrap();
        let (a, b) = (both[0].as_ref().unwrap(), both[1].as_ref().unwrap());
        prop_assert!(a.values.iter().all(|s| (-1.0..=1.0).contains(s)));
        prop_assert_eq!(&a.values, &b.values);
        let (m, r) = (ClusterMoments::of(&matrix, &partition), ClusterMoments::of(&matrix, &renamed));
        for (x, y) in [
            (m.calinski_harabasz(), r.calinski_harabasz()),
            (m.davies_bouldin(), r.davies_bouldin()),
            (m.squared_silhouette(&matrix, &partition), r.squared_silhouette(&matrix, &renamed)),
            (m.simplified_silhouette(&matrix, &partition), r.simplified_silhouette(&matrix, &renamed)),
        ] {
            prop_assert_eq!(x.is_some(), y.is_some());
            prop_assert!(x.zip(y).is_none_or(|(x, y)| close(x, y, 1e-9)), "{:?} {:?}", x, y);
        }
        for s in [m.squared_silhouette(&matrix, &partition), m.simplified_silhouette(&matrix, &partition)] {
            prop_assert!((-1.0..=1.0).contains(&s.unwrap()));
        }
    }

    #[test]
    fn measures_have_the_same_bits_for_1_2_3_and_8_threads((d, rows, labels) in clusterings()) {
        let (rows, labels) = (rows.repeat(20), labels.repeat(20));
        let matrix = TiledMatrix::from_rows(&rows, d).unwrap();
        let partition = Partition::from_signed(&labels);
        let of = || {
            let moments = ClusterMoments::of(&matrix, &partition);
            let squared = moments.squared_silhouette(&matrix, &partition);
            (silhouette(&matrix, &partition, 42, &Monitor::silent()).unwrap(), moments, squared)
        };
        let first = with_threads(1, of);
        for threads in [2, 3, 8] {
            prop_assert_eq!(&with_threads(threads, of), &first);
        }
    }
}
