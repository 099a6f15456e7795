//! DBSCAN against its definition, against scikit-learn, and against itself on other threads.

use std::collections::BTreeMap;

use proptest::prelude::*;
use segmint::cluster::dbscan::{DbscanFit, DbscanModel, DbscanParams};
use segmint::matrix::TiledMatrix;
use segmint::matrix::simd::{InstructionSet, set_level};
use segmint::metrics::{ClusterId, Partition};
use segmint::monitor::Monitor;

use crate::threads::with_threads;

fn fit(rows: &[f32], d: usize, eps: f64, min_samples: usize) -> DbscanFit {
    let matrix = TiledMatrix::from_rows(rows, d).unwrap();
    DbscanParams::new(eps, min_samples).check().unwrap().fit(&matrix, &Monitor::silent()).unwrap()
}

/// The definition, row by row and pair by pair.
fn oracle(rows: &[f32], d: usize, eps: f64, min_samples: usize) -> (Vec<Option<usize>>, Vec<bool>) {
    let n = rows.len() / d;
    let row = |i: usize| &rows[i * d..(i + 1) * d];
    let near = |a: usize, b: usize| {
        let mut sum = 0.0;
        for (&x, &y) in row(a).iter().zip(row(b)) {
            let difference = f64::from(x) - f64::from(y);
            sum += difference * difference;
        }
        sum <= eps * eps
    };
    let core: Vec<bool> = (0..n).map(|i| (0..n).filter(|&j| near(i, j)).count() >= min_samples).collect();
    let mut labels: Vec<Option<usize>> = vec![None; n];
    let mut next = 0;
    for start in 0..n {
        if core[start] && labels[start].is_none() {
            let mut stack = vec![start];
            labels[start] = Some(next);
            while let Some(at) = stack.pop() {
                for other in (0..n).filter(|&j| core[j] && near(at, j)) {
                    if labels[other].is_none() {
                        labels[other] = Some(next);
                        stack.push(other);
                    }
                }
            }
            next += 1;
        }
    }
    for i in (0..n).filter(|&i| !core[i]) {
        labels[i] = (0..n).filter(|&j| core[j] && near(i, j)).filter_map(|j| labels[j]).min();
    }
    (labels, core)
}

fn labels(partition: &Partition) -> Vec<Option<usize>> {
    partition.labels().iter().map(|label| label.map(ClusterId::index)).collect()
}

/// The four promises that hold for every input.
fn assert_laws(rows: &[f32], d: usize, eps: f64, min_samples: usize) -> DbscanFit {
    let fit = fit(rows, d, eps, min_samples);
    let (expected, core) = oracle(rows, d, eps, min_samples);
    assert_eq!(fit.core, core, "core rows, eps {eps}, min_samples {min_samples}");
    assert_eq!(labels(&fit.partition), expected, "labels, eps {eps}, min_samples {min_samples}");
    let scored: Vec<_> = rows.chunks(d).map(|row| fit.model.score(row)).collect();
    assert_eq!(scored, fit.partition.labels(), "score of the training rows");
    assert!(fit.core.iter().zip(fit.partition.labels()).all(|(&core, label)| !core || label.is_some()));
    fit
}

/// A dimension, rows of one of several shapes, and an eps that fits the shape.
fn tables() -> impl Strategy<Value = (usize, Vec<f32>, f64)> {
    let size = (1_usize..=32, 1_usize..260);
    let lattice = size.clone().prop_flat_map(|(d, n)| {
        // Few levels: many duplicates and many pairs at exactly eps.
        let values = prop::collection::vec((0_u8..4).prop_map(f32::from), n * d);
        let eps =
            prop_oneof![Just(1.0), Just(2.0), Just(2.0_f64.sqrt()), Just(3.0_f64.sqrt()), Just((d as f64).sqrt())];
        (Just(d), values, eps)
    });
    let blobs = size.prop_flat_map(|(d, n)| {
        let row = (0_u8..3, prop::collection::vec(-1.0_f32..1.0, d));
        // Blobs of width 2 whose neighbours are 1.5 apart in every feature: they touch.
        let point = row.prop_map(|(blob, noise)| noise.iter().map(|x| x + 1.5 * f32::from(blob)).collect::<Vec<f32>>());
        let rows = prop::collection::vec(point, n).prop_map(|rows| rows.concat());
        let eps = (0.05..1.3_f64).prop_map(move |scale| scale * (d as f64).sqrt());
        (Just(d), rows, eps)
    });
    let duplicated = (1_usize..=4, prop::collection::vec(-2.0_f32..2.0, 1..12)).prop_flat_map(|(d, pool)| {
        let rows = prop::collection::vec(prop::sample::select(pool), d..300 * d);
        let rows = rows.prop_map(move |mut rows| {
            rows.truncate(rows.len() / d * d);
            rows
        });
        (Just(d), rows, 0.01..3.0_f64)
    });
    prop_oneof![lattice, blobs, duplicated]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn labels_equal_the_definition((d, rows, eps) in tables(), min_samples in 1_usize..12) {
        assert_laws(&rows, d, eps, min_samples);
    }

    #[test]
    fn tiny_and_huge_eps_equal_the_definition((d, rows, _) in tables(), min_samples in 1_usize..400) {
        for eps in [f64::MIN_POSITIVE, 1e-30, 1e30, f64::MAX] {
            assert_laws(&rows, d, eps, min_samples);
        }
    }

    #[test]
    fn a_model_from_its_parts_scores_the_same((d, rows, eps) in tables(), min_samples in 1_usize..8) {
        let fit = fit(&rows, d, eps, min_samples);
        let (core_rows, core_clusters) = (fit.model.core_rows(), fit.model.core_clusters());
        let expected: Vec<f32> =
            rows.chunks(d).zip(&fit.core).filter(|&(_, &core)| core).flat_map(|(row, _)| row.to_vec()).collect();
        prop_assert_eq!(&core_rows, &expected);
        let again = DbscanModel::from_parts(eps, min_samples, core_rows, &core_clusters, d).unwrap();
        let matrix = TiledMatrix::from_rows(&rows, d).unwrap();
        prop_assert_eq!(again.score_matrix(&matrix, &Monitor::silent()).unwrap(), fit.partition);
    }
}

/// Several thousand rows, enough for every parallel path: dense blobs, a mass of duplicates, and scattered rows.
fn mixed_rows(n: usize, d: usize) -> Vec<f32> {
    let mut state = 12345_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let mut rows = Vec::with_capacity(n * d);
    for i in 0..n {
        let (centre, width) = match i % 10 {
            0 => (0.0, 20.0),
            1..=2 => (3.0, 0.0),
            kind => ((kind % 4) as f32 * 2.6, 2.0),
        };
        rows.extend((0..d).map(|_| centre + width * (uniform() - 0.5)));
    }
    rows
}

#[test]
fn labels_have_the_same_bits_for_1_2_3_and_8_threads() {
    for (d, eps) in [(2, 0.12), (5, 0.7)] {
        let rows = mixed_rows(12_000, d);
        let matrix = TiledMatrix::from_rows(&rows, d).unwrap();
        let fits = [1, 2, 3, 8].map(|threads| {
            let fit = with_threads(threads, || fit(&rows, d, eps, 8));
            let sampled = with_threads(threads, || {
                let params = DbscanParams::new(2.0 * eps, 8).check().unwrap();
                params.fit_sampled(&matrix, 5000, 7, &Monitor::silent()).unwrap()
            });
            assert!(fit.partition.n_clusters() > 1 && fit.partition.n_noise() > 0);
            (fit.partition, fit.core, fit.model.core_rows(), sampled.partition, sampled.core)
        });
        assert!(fits.windows(2).all(|pair| pair[0] == pair[1]));
    }
}

#[test]
fn labels_have_the_same_bits_on_every_instruction_set() {
    for (d, eps) in [(2, 0.12), (5, 0.7), (17, 2.0)] {
        let rows = mixed_rows(6000, d);
        let fits: Vec<_> = InstructionSet::available()
            .iter()
            .map(|&level| {
                set_level(level);
                let fit = fit(&rows, d, eps, 8);
                assert!(fit.partition.n_clusters() > 1 && fit.partition.n_noise() > 0);
                (fit.partition, fit.core, fit.model.core_rows())
            })
            .collect();
        assert!(fits.windows(2).all(|pair| pair[0] == pair[1]));
    }
}

/// Numbers in 0 … 1 that are not regular.
fn numbers(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 40) as f32 + 0.5) / (1 << 24) as f32
    }
}

/// About a normal deviate.
fn bell(uniform: &mut impl FnMut() -> f32) -> f32 {
    (0..12).map(|_| uniform()).sum::<f32>() - 6.0
}

#[test]
fn any_number_of_features_equals_the_definition() {
    for d in 1..=32 {
        let mut uniform = numbers(d as u64);
        // Two correlated clouds and stragglers between them.
        let rows: Vec<f32> = (0..400)
            .flat_map(|i| {
                let (common, centre) = (bell(&mut uniform), [0.0, 5.0, 2.5 * uniform() * 2.0][[0, 0, 1, 1, 2][i % 5]]);
                (0..d).map(|_| centre + 0.6 * common + 0.4 * bell(&mut uniform)).collect::<Vec<f32>>()
            })
            .collect();
        for scale in [0.25, 0.6, 1.0] {
            assert_laws(&rows, d, scale * (d as f64).sqrt(), 5);
        }
    }
}

#[test]
fn awkward_rows_equal_the_definition() {
    let mut uniform = numbers(7);
    let mut cases: Vec<(usize, Vec<f32>, Vec<f64>)> = Vec::new();
    let cloud: Vec<f32> = (0..1400).map(|_| bell(&mut uniform)).collect();
    // Half of the rows are one point at the edge of the cloud.
    let half: Vec<f32> = cloud.chunks(2).flat_map(|row| [row[0], row[1], 2.0, 0.0]).collect();
    cases.push((2, half, vec![1e-6, 0.1, 0.5, 9.0]));
    // Nine tenths are noise.
    let noise = (0..1000).flat_map(|i| [(); 2].map(|()| uniform() * if i % 10 == 0 { 0.5 } else { 20.0 })).collect();
    cases.push((2, noise, vec![0.05, 0.3]));
    // Heavy tails, unscaled: a range of many decades.
    let pareto = (0..900).map(|_| uniform().powf(-1.0 / 1.1)).collect();
    cases.push((3, pareto, vec![0.1, 1.0, 1e4]));
    // Far from zero, where f32 is coarse.
    cases.push((4, cloud.iter().map(|x| 1e6 + x).collect(), vec![0.0625, 0.5, 1.0, 1.5]));
    // A range of more than 2³¹ eps.
    let far = cloud.iter().enumerate().map(|(i, x)| if i % 50 == 0 { 1e12 * x } else { *x }).collect();
    cases.push((2, far, vec![1e-3, 0.2]));
    // Sorted by its first feature.
    let mut sorted: Vec<[f32; 2]> = cloud.chunks(2).map(|row| [row[0], row[1]]).collect();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
    cases.push((2, sorted.concat(), vec![0.1, 0.3]));
    // A chain of touching clusters, and the same chain with a gap just wider than eps.
    let chain: Vec<f32> = (0..600).flat_map(|i| [0.25 * i as f32 + (i / 100) as f32 * 0.25, 0.0]).collect();
    cases.push((2, chain, vec![0.25, 0.5, 0.75]));
    // Two clusters that share border rows.
    let line = |from: f32| (0..40).map(move |i| from + 0.125 * i as f32);
    let shared: Vec<f32> = line(0.0).chain([5.875, 5.9375, 6.0]).chain(line(7.0)).collect();
    cases.push((1, shared, vec![1.0, 1.125]));
    // The ends of f32, and numbers below its normal range.
    let ends = (0..300).map(|i| [f32::MAX, f32::MIN, 1e38, -3e38, 0.0][i % 5] * if i % 3 == 0 { 1.0 } else { 0.999 });
    cases.push((1, ends.collect(), vec![1e-3, 1e36, 3.5e35, 1e39, f64::MAX]));
    let tiny = (0..300).map(|i| f32::from_bits(i * i)).collect();
    cases.push((2, tiny, vec![1e-45, 1e-43, 1e-42, 1e-40, 1.0]));
    for (d, rows, eps) in cases {
        for eps in eps {
            for min_samples in [1, 4, 12, 2000] {
                assert_laws(&rows, d, eps, min_samples);
            }
        }
    }
}

#[test]
fn lattices_in_three_dimensions_equal_the_definition() {
    for offset in [0.0, 1e6] {
        let rows: Vec<f32> =
            (0..1000).flat_map(|i| [i % 10, i / 10 % 10, i / 100].map(|x| offset + 0.5 * x as f32)).collect();
        for (eps, min_samples) in [(0.5, 7), (0.5, 5), (0.5_f64.sqrt(), 13), (0.75_f64.sqrt(), 27), (0.499_999, 2)] {
            assert_laws(&rows, 3, eps, min_samples);
        }
    }
}

#[test]
fn masses_of_duplicates_exactly_eps_apart_are_counted_at_once() {
    // Four points of 20,000 rows each: the inner ones have 60,000 neighbours, the outer ones 40,000.
    let rows: Vec<f32> = (0..80_000).map(|i| (i * 7 % 4) as f32).collect();
    let sizes = |min_samples| fit(&rows, 1, 1.0, min_samples).partition.sizes();
    assert_eq!(sizes(40_000), [80_000]);
    let inner = fit(&rows, 1, 1.0, 60_000);
    assert_eq!((inner.partition.sizes(), inner.model.n_core()), (vec![80_000], 40_000));
    assert_eq!(sizes(60_001), [0; 0]);
    // One ulp less, and every point is alone.
    assert_eq!(fit(&rows, 1, 1.0_f64.next_down(), 10).partition.sizes(), [20_000; 4]);
}

#[test]
fn thousands_of_rows_equal_the_definition() {
    let rows = mixed_rows(4000, 3);
    let fit = assert_laws(&rows, 3, 0.35, 10);
    assert!(fit.partition.n_clusters() > 1);
    // One eps that takes whole nodes at once, and one that joins the blobs.
    assert_laws(&rows, 3, 3.0, 1300);
    assert_laws(&rows, 3, 0.8, 10);
}

#[test]
fn a_lattice_with_eps_on_its_spacing_is_one_cluster() {
    // 0.1 is not exact in f32: what counts is the rule on the rounded values.
    for spacing in [1.0_f32, 0.1, 1e-20, 1e20] {
        let rows: Vec<f32> = (0..400).flat_map(|i| [(i % 20) as f32 * spacing, (i / 20) as f32 * spacing]).collect();
        assert_laws(&rows, 2, f64::from(spacing), 5);
    }
    let exact: Vec<f32> = (0..400).flat_map(|i| [(i % 20) as f32, (i / 20) as f32]).collect();
    let fit = fit(&exact, 2, 1.0, 5);
    assert_eq!((fit.partition.n_clusters(), fit.partition.n_noise()), (1, 4));
    assert_eq!(fit.core.iter().filter(|&&core| core).count(), 18 * 18);
}

#[test]
fn a_million_duplicates_are_one_cluster_at_once() {
    let fit = fit(&vec![0.25; 1_000_000], 1, 1e-9, 1000);
    assert_eq!(fit.partition.sizes(), [1_000_000]);
}

#[test]
fn fewer_rows_than_min_samples_are_all_noise() {
    let fit = assert_laws(&[1.0, 1.0, 1.0], 1, 5.0, 4);
    assert_eq!(fit.partition.n_noise(), 3);
    assert_eq!((fit.model.n_core(), fit.model.score(&[1.0])), (0, None));
}

#[test]
fn labels_and_core_rows_are_those_of_scikit_learn() {
    #[derive(serde::Deserialize)]
    struct Golden {
        cases: BTreeMap<String, Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        eps: f64,
        min_samples: usize,
        rows: Vec<Vec<f32>>,
        labels: Vec<i64>,
        core: Vec<u8>,
    }
    let golden: Golden = serde_json::from_str(include_str!("../golden/dbscan.json")).unwrap();
    assert_eq!(golden.cases.len(), 13);
    for (name, case) in golden.cases {
        let fit = assert_laws(&case.rows.concat(), case.rows[0].len(), case.eps, case.min_samples);
        assert_eq!(fit.partition, Partition::from_signed(&case.labels), "{name}");
        assert!(fit.core.iter().zip(case.core).all(|(&core, golden)| core == (golden == 1)), "{name}");
    }
}

#[test]
fn a_sampled_fit_labels_every_row_and_says_so() {
    let rows = mixed_rows(4000, 2);
    let matrix = TiledMatrix::from_rows(&rows, 2).unwrap();
    let params = DbscanParams::new(0.25, 6).check().unwrap();
    let fit = params.fit_sampled(&matrix, 1500, 42, &Monitor::silent()).unwrap();
    assert_eq!((fit.partition.n_rows(), fit.core.len()), (4000, 4000));
    assert_eq!(fit.core.iter().filter(|&&core| core).count(), fit.model.n_core());
    assert!(fit.model.n_core() <= 1500 && fit.partition.n_clusters() > 1);
    assert_eq!(fit.warnings[0].code, "dbscan_sampled");
    let scored: Vec<_> = rows.chunks(2).map(|row| fit.model.score(row)).collect();
    assert_eq!(scored, fit.partition.labels());
    let all = params.fit_sampled(&matrix, 4000, 42, &Monitor::silent()).unwrap();
    assert_eq!(all.partition, params.fit(&matrix, &Monitor::silent()).unwrap().partition);
}

#[test]
fn wrong_parameters_and_damaged_models_are_refused_with_their_values() {
    let refusal = |eps, min_samples| DbscanParams::new(eps, min_samples).check().unwrap_err().to_string();
    assert_eq!(refusal(-1.5, 3), "cluster.dbscan.eps must be a finite number > 0, got -1.5");
    assert_eq!(refusal(f64::INFINITY, 3), "cluster.dbscan.eps must be a finite number > 0, got inf");
    assert_eq!(refusal(1.0, 0), "cluster.dbscan.min_samples must be a whole number ≥ 1, got 0");
    let damage = |rows: &[f32], clusters: &[u32], d| {
        DbscanModel::from_parts(1.0, 2, rows.to_vec(), clusters, d).unwrap_err().to_string()
    };
    assert_eq!(
        damage(&[1.0, 2.0, 3.0], &[0, 0], 2),
        "the stored model is damaged: 3 values of 2 core rows with 2 features"
    );
    assert_eq!(damage(&[1.0, f32::NAN], &[0, 0], 1), "the stored model is damaged: core row 1 has the value NaN");
    assert_eq!(
        damage(&[1.0, 2.0], &[0, 2], 1),
        "the stored model is damaged: core row 1 is in cluster 2, the next new one is 1"
    );
}
