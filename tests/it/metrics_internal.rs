//! Internal measures: golden values of scikit-learn, and laws.

use proptest::prelude::*;
use segmint::matrix::TiledMatrix;
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
