//! Laws of k-means.

use std::collections::BTreeSet;

use proptest::prelude::*;
use segmint::cluster::ClusterError;
use segmint::cluster::kmeans::{Centroids, KMeansFit, KMeansModel, KMeansParams, StartMethod};
use segmint::config::Init;
use segmint::failure::{Category, Failure};
use segmint::matrix::TiledMatrix;
use segmint::metrics::Partition;
use segmint::monitor::Monitor;

use crate::threads::with_threads;

fn fit(matrix: &TiledMatrix, params: KMeansParams) -> KMeansFit {
    params.check().unwrap().fit(matrix, &Monitor::silent()).unwrap()
}

fn fit_from(matrix: &TiledMatrix, starts: &Centroids, params: KMeansParams) -> KMeansFit {
    params.check().unwrap().fit_from(matrix, starts, &Monitor::silent()).unwrap()
}

fn rows_of(matrix: &TiledMatrix) -> Vec<Vec<f64>> {
    (0..matrix.n_customers()).map(|i| matrix.row(i)).collect()
}

fn distance2(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// Lloyd's algorithm as the textbook has it; returns the centroids in the order of the starts.
fn textbook(rows: &[Vec<f64>], starts: &[Vec<f64>], passes: usize) -> Vec<Vec<f64>> {
    let mut centroids = starts.to_vec();
    for _ in 0..passes {
        let distances = |row: &Vec<f64>| centroids.iter().map(|c| distance2(row, c)).collect::<Vec<_>>();
        let nearest: Vec<(f64, usize)> = rows
            .iter()
            .map(|row| {
                distances(row)
                    .into_iter()
                    .enumerate()
                    .map(|(c, d2)| (d2, c))
                    .fold((f64::INFINITY, 0), |a, b| if b.0 < a.0 { b } else { a })
            })
            .collect();
        let mut farthest: Vec<usize> = (0..rows.len()).collect();
        farthest.sort_by(|&a, &b| nearest[b].0.total_cmp(&nearest[a].0).then(a.cmp(&b)));
        let mut farthest = farthest.into_iter();
        let mut next = Vec::new();
        for c in 0..centroids.len() {
            let members: Vec<&Vec<f64>> = rows.iter().zip(&nearest).filter(|(_, n)| n.1 == c).map(|(r, _)| r).collect();
            next.push(match members.len() {
                0 => rows[farthest.next().unwrap()].clone(),
                n => (0..rows[0].len()).map(|j| members.iter().map(|r| r[j]).sum::<f64>() / n as f64).collect(),
            });
        }
        if next == centroids {
            break;
        }
        centroids = next;
    }
    centroids
}

/// Tables k-means meets: (n_features, row-major values).
fn tables() -> impl Strategy<Value = (usize, Vec<f32>)> {
    let shape = (1_usize..5, 3_usize..150);
    shape.prop_flat_map(|(d, n)| {
        let anywhere = -10.0_f32..10.0;
        prop_oneof![
            // clouds
            prop::collection::vec(anywhere.clone(), n * d),
            // all duplicates
            anywhere.clone().prop_map(move |v| vec![v; n * d]),
            // fewer distinct rows than clusters
            prop::collection::vec(0_u8..2, n)
                .prop_map(move |bits| bits.iter().flat_map(|&b| vec![f32::from(b) * 3.5; d]).collect()),
            // a lattice: exact ties everywhere
            prop::collection::vec(-3_i8..4, n * d).prop_map(|v| v.into_iter().map(f32::from).collect()),
            // one blob and far outliers
            (prop::collection::vec(anywhere.clone(), n * d), 1e3_f32..1e6).prop_map(|(mut v, far)| {
                let end = v.len() - 1;
                (v[0], v[end]) = (far, -far);
                v
            }),
            // far from the origin
            prop::collection::vec(-1.0_f32..1.0, n * d).prop_map(|v| v.into_iter().map(|x| x + 1e6).collect()),
            // heavy tails
            prop::collection::vec(1e-4_f32..1.0, n * d).prop_map(|v| v.into_iter().map(|u| u.powf(-1.5)).collect()),
        ]
        .prop_map(move |v| (d, v))
    })
}

/// Rows to start from: k of them, not always distinct.
fn starting_rows(n: usize, k: usize, seed: usize) -> Vec<usize> {
    (0..k.min(n)).map(|c| (seed + c * 7) % n).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_row_is_with_its_nearest_returned_centroid((d, v) in tables(), k in 1_usize..9, seed in 0_u64..1000) {
        let matrix = TiledMatrix::from_rows(&v, d).unwrap();
        let k = k.min(matrix.n_customers());
        let fit = fit(&matrix, KMeansParams::new(k).n_init(2).max_iter(20).seed(seed));
        let mut inertia = 0.0;
        for (row, label) in rows_of(&matrix).iter().zip(fit.partition.labels()) {
            let nearest = fit.model.nearest(row);
            let all: Vec<f64> = fit.model.centroids.iter().map(|c| distance2(row, c)).collect();
            let lowest = all.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert_eq!(Some(nearest.cluster), *label);
            prop_assert_eq!(nearest.cluster.index(), all.iter().position(|&d2| d2 == lowest).unwrap());
            if let Some(runner_up) = nearest.runner_up {
                prop_assert_eq!(all[runner_up.index()], nearest.runner_up_distance2);
                prop_assert!(runner_up != nearest.cluster);
                prop_assert!((0..k).all(|c| c == nearest.cluster.index() || all[c] >= nearest.runner_up_distance2));
                prop_assert!((0.0..=1.0).contains(&nearest.margin().unwrap()));
            }
            inertia += lowest;
        }
        prop_assert!((fit.model.inertia - inertia).abs() <= 1e-12 * inertia);
        let sizes: Vec<u64> = fit.partition.sizes().iter().map(|&s| s as u64).collect();
        prop_assert_eq!(&sizes, &fit.model.sizes);
    }

    #[test]
    fn bulk_assignment_equals_row_by_row((d, v) in tables(), k in 1_usize..9) {
        let matrix = TiledMatrix::from_rows(&v, d).unwrap();
        let fit = fit(&matrix, KMeansParams::new(k.min(matrix.n_customers())).n_init(1));
        let assignment = fit.model.assign(&matrix);
        prop_assert_eq!(&assignment.partition, &fit.partition);
        prop_assert_eq!(assignment.inertia, fit.model.inertia);
        prop_assert_eq!(assignment.runners_up.is_none(), fit.model.k() == 1);
        if let Some(runners_up) = assignment.runners_up {
            for (i, row) in rows_of(&matrix).iter().enumerate() {
                let nearest = fit.model.nearest(row);
                prop_assert_eq!(Some(runners_up.clusters[i]), nearest.runner_up);
                prop_assert_eq!(Some(runners_up.margins[i]), nearest.margin());
            }
        }
    }

    #[test]
    fn clusters_are_numbered_by_size_then_by_first_row((d, v) in tables(), k in 1_usize..9) {
        let matrix = TiledMatrix::from_rows(&v, d).unwrap();
        let fit = fit(&matrix, KMeansParams::new(k.min(matrix.n_customers())).n_init(1));
        let first = |c: usize| fit.partition.labels().iter().position(|l| l.unwrap().index() == c);
        for (c, pair) in fit.model.sizes.windows(2).enumerate() {
            prop_assert!(pair[0] >= pair[1]);
            prop_assert!(pair[0] > pair[1] || pair[1] == 0 || first(c) < first(c + 1));
        }
    }

    #[test]
    fn inertia_never_rises_from_pass_to_pass((d, v) in tables(), k in 1_usize..9, seed in 0_usize..100) {
        let matrix = TiledMatrix::from_rows(&v, d).unwrap();
        let starts = Centroids::from_rows(&matrix, &starting_rows(matrix.n_customers(), k, seed));
        let mut last = f64::INFINITY;
        for passes in 1..8 {
            let fit = fit_from(&matrix, &starts, KMeansParams::new(1).max_iter(passes).tol(0.0));
            prop_assert!(fit.model.inertia <= last * (1.0 + 1e-12), "{} after {last}", fit.model.inertia);
            last = fit.model.inertia;
        }
    }

    #[test]
    fn centroids_are_the_means_of_their_rows_when_nothing_moved((d, v) in tables(), k in 1_usize..9) {
        let matrix = TiledMatrix::from_rows(&v, d).unwrap();
        let fit = fit(&matrix, KMeansParams::new(k.min(matrix.n_customers())).n_init(1).tol(0.0));
        prop_assert!(fit.converged);
        let clear = fit.model.assign(&matrix).runners_up.is_none_or(|r| r.margins.iter().all(|&m| m > 0.0));
        prop_assume!(clear);
        let rows = rows_of(&matrix);
        for (c, centroid) in fit.model.centroids.iter().enumerate() {
            let members: Vec<&Vec<f64>> =
                (0..rows.len()).filter(|&i| fit.partition.labels()[i].unwrap().index() == c).map(|i| &rows[i]).collect();
            for (j, &value) in centroid.iter().enumerate() {
                let mean = members.iter().map(|row| row[j]).sum::<f64>() / members.len() as f64;
                prop_assert!((value - mean).abs() <= 1e-12 * mean.abs().max(1.0), "{value} {mean}");
            }
        }
    }

    #[test]
    fn from_given_rows_it_is_the_textbook_algorithm((d, v) in tables(), k in 1_usize..9, seed in 0_usize..100) {
        let matrix = TiledMatrix::from_rows(&v, d).unwrap();
        let starts = starting_rows(matrix.n_customers(), k, seed);
        let params = KMeansParams::new(1).tol(0.0).max_iter(12).check().unwrap();
        let fit = params.fit_from_rows(&matrix, &starts, &Monitor::silent()).unwrap();
        prop_assert_eq!(fit.init, StartMethod::Given);
        let rows = rows_of(&matrix);
        let start_rows: Vec<Vec<f64>> = starts.iter().map(|&i| rows[i].clone()).collect();
        let expected = textbook(&rows, &start_rows, 12);
        for centroid in fit.model.centroids.iter() {
            let size = centroid.iter().fold(1.0_f64, |a, v| a.max(v.abs()));
            let closest = expected.iter().map(|e| distance2(e, centroid).sqrt()).fold(f64::INFINITY, f64::min);
            prop_assert!(closest <= 1e-10 * size, "{centroid:?} is {closest} from the textbook's");
        }
    }

    #[test]
    fn shifts_row_order_and_feature_order_change_nothing_but_names(
        eighths in prop::collection::vec(-400_i16..400, 3 * 40),
        k in 1_usize..6,
        seed in 0_usize..100,
    ) {
        // Multiples of 1/8 stay exact under the shift, so only the order of additions differs.
        let v: Vec<f32> = eighths.iter().map(|&e| f32::from(e) / 8.0).collect();
        let n = 40;
        let starts = starting_rows(n, k, seed);
        let partition = |v: &[f32], starts: &[usize]| {
            let matrix = TiledMatrix::from_rows(v, 3).unwrap();
            let fit = fit_from(&matrix, &Centroids::from_rows(&matrix, starts), KMeansParams::new(1).tol(0.0));
            let margins = fit.model.assign(&matrix).runners_up.map_or(vec![1.0; n], |r| r.margins);
            (fit, margins)
        };
        let (plain, margins) = partition(&v, &starts);
        prop_assume!(margins.iter().all(|&m| m > 1e-6));

        let shifted: Vec<f32> = v.iter().map(|x| x + 4096.0).collect();
        let reversed: Vec<f32> = (0..n).rev().flat_map(|i| v[i * 3..][..3].to_vec()).collect();
        let rotated: Vec<f32> = (0..n).flat_map(|i| [v[i * 3 + 1], v[i * 3 + 2], v[i * 3]]).collect();
        let reversed_starts: Vec<usize> = starts.iter().map(|i| n - 1 - i).collect();

        prop_assert_eq!(&partition(&shifted, &starts).0.partition, &plain.partition);
        prop_assert_eq!(&partition(&rotated, &starts).0.partition, &plain.partition);
        let back: Vec<_> = partition(&reversed, &reversed_starts).0.partition.labels().iter().rev().copied().collect();
        prop_assert!(same_groups(&Partition::new(back, k), &plain.partition));
    }
}

fn same_groups(a: &Partition, b: &Partition) -> bool {
    let pairs: BTreeSet<_> = a.labels().iter().zip(b.labels()).collect();
    let left: BTreeSet<_> = a.labels().iter().collect();
    let right: BTreeSet<_> = b.labels().iter().collect();
    pairs.len() == left.len() && pairs.len() == right.len()
}

/// `per_blob` rows around each of five centres on a line, interleaved.
fn blobs(per_blob: usize) -> (TiledMatrix, Vec<i64>) {
    let n = per_blob * 5;
    let wobble = |i: usize, m: usize| ((i * m) % 101) as f32 / 101.0 - 0.5;
    let rows: Vec<f32> = (0..n).flat_map(|i| [(i % 5) as f32 * 10.0 + wobble(i, 37), wobble(i, 53)]).collect();
    (TiledMatrix::from_rows(&rows, 2).unwrap(), (0..n).map(|i| (i % 5) as i64).collect())
}

#[test]
fn results_have_the_same_bits_for_1_2_3_and_8_threads() {
    let (matrix, _) = blobs(700);
    for init in [Init::PlusPlus, Init::Parallel] {
        let of = || fit(&matrix, KMeansParams::new(7).n_init(3).init(init).tol(0.0));
        let first = with_threads(1, of);
        assert!(first.n_iter > 2);
        for threads in [2, 3, 8] {
            assert_eq!(with_threads(threads, of), first);
        }
    }
}

#[test]
fn planted_clusters_are_found_from_either_kind_of_start() {
    let (matrix, truth) = blobs(300);
    for (init, method) in [(Init::PlusPlus, StartMethod::PlusPlus), (Init::Parallel, StartMethod::Parallel)] {
        let fit = fit(&matrix, KMeansParams::new(5).init(init));
        assert!(same_groups(&fit.partition, &Partition::from_signed(&truth)));
        assert_eq!((fit.init, fit.converged, &fit.warnings[..]), (method, true, &[][..]));
    }
}

#[test]
fn more_clusters_than_distinct_rows_are_an_honest_answer() {
    let rows: Vec<f32> = (0..600).map(|i| [1.0, 5.0, 9.0][i % 3]).collect();
    let matrix = TiledMatrix::from_rows(&rows, 1).unwrap();
    for init in [Init::PlusPlus, Init::Parallel] {
        let fit = fit(&matrix, KMeansParams::new(5).init(init));
        assert_eq!(fit.model.sizes, [200, 200, 200, 0, 0]);
        assert_eq!(fit.model.inertia, 0.0);
        assert_eq!(fit.warnings[0].code, "kmeans_few_distinct_rows");
        assert_eq!(fit.warnings[0].evidence["distinct_rows"], 3);
        let runners_up = fit.model.assign(&matrix).runners_up.unwrap();
        assert!(runners_up.margins.iter().all(|m| (0.0..=1.0).contains(m)));
    }
}

#[test]
fn more_clusters_than_customers_are_refused_with_both_numbers() {
    let matrix = TiledMatrix::from_rows(&[1.0, 2.0, 3.0], 1).unwrap();
    let error = KMeansParams::new(4).check().unwrap().fit(&matrix, &Monitor::silent()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cluster.kmeans.k must be at most the number of customers, got 4 clusters for 3 customers"
    );
    assert_eq!(error.category(), Category::Input);
}

#[test]
fn parameters_out_of_range_are_refused_with_their_value() {
    let message = |params: KMeansParams| params.check().unwrap_err().to_string();
    assert_eq!(message(KMeansParams::new(0)), "cluster.kmeans.k must be at least 1, got 0");
    assert_eq!(message(KMeansParams::new(2).n_init(0)), "cluster.kmeans.n_init must be at least 1, got 0");
    assert_eq!(message(KMeansParams::new(2).max_iter(0)), "cluster.kmeans.max_iter must be at least 1, got 0");
    for tol in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            message(KMeansParams::new(2).tol(tol)),
            format!("cluster.kmeans.tol must be a number >= 0, got {tol}")
        );
    }
}

#[test]
fn starting_centroids_of_another_shape_are_refused() {
    let matrix = TiledMatrix::from_rows(&[1.0, 2.0, 3.0, 4.0], 2).unwrap();
    let starts = Centroids::new(vec![1.0], 1).unwrap();
    let error = KMeansParams::new(1).check().unwrap().fit_from(&matrix, &starts, &Monitor::silent()).unwrap_err();
    assert_eq!(error, ClusterError::StartShape { got: 1, n_features: 2 });
}

#[test]
fn a_fit_that_runs_out_of_passes_says_so_and_still_agrees_with_itself() {
    let (matrix, _) = blobs(40);
    let fit = fit_from(&matrix, &Centroids::from_rows(&matrix, &[0, 5, 10]), KMeansParams::new(3).max_iter(1).tol(0.0));
    assert!(!fit.converged);
    assert_eq!(fit.warnings[0].code, "kmeans_not_converged");
    assert_eq!(fit.model.assign(&matrix).partition, fit.partition);
}

#[test]
fn a_model_survives_json_to_the_last_bit() {
    let (matrix, _) = blobs(40);
    let model = fit(&matrix, KMeansParams::new(4).n_init(1)).model;
    let json = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<KMeansModel>(&json).unwrap(), model);
    let broken = json.replace("\"n_features\":2", "\"n_features\":3");
    assert!(serde_json::from_str::<KMeansModel>(&broken).unwrap_err().to_string().contains("of 3 features"));
}

#[test]
fn linfa_sees_the_same_model() {
    use linfa::traits::{Fit, Predict, Transformer};
    let (matrix, _) = blobs(40);
    let values: Vec<f64> = (0..200).flat_map(|i| matrix.row(i)).collect();
    let records = ndarray::Array2::from_shape_vec((200, 2), values).unwrap();
    let params = KMeansParams::new(4).seed(3);
    let model = Fit::fit(&params, &linfa::DatasetBase::from(records.clone())).unwrap();
    let ours = fit(&matrix, params.clone());
    assert_eq!(model, ours.model);
    let predicted: ndarray::Array1<usize> = model.predict(&records);
    assert!(predicted.iter().zip(ours.partition.labels()).all(|(&c, label)| label.unwrap().index() == c));
    let distances: ndarray::Array2<f64> = model.transform(&records);
    assert_eq!(distances[[9, predicted[9]]], model.nearest(&matrix.row(9)).distance2.sqrt());

    let mut broken = records;
    broken[[3, 1]] = f64::NAN;
    let error = Fit::fit(&params, &linfa::DatasetBase::from(broken)).unwrap_err();
    assert_eq!(error.to_string(), "row 3, feature 1 is NaN, only numbers within the range of f32 can be clustered");
}

#[test]
fn an_interrupted_fit_ends_with_an_error() {
    let (matrix, _) = blobs(40);
    let monitor = Monitor::silent().with_time_limit(std::time::Duration::ZERO);
    let error = KMeansParams::new(3).check().unwrap().fit(&matrix, &monitor).unwrap_err();
    assert_eq!(error.category(), Category::Refused);
}
