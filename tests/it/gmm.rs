//! The Gaussian mixture: golden values of scikit-learn, its laws, and data on which mixtures collapse.

use segmint::cluster::ClusterError;
use segmint::cluster::gmm::{GmmFit, GmmModel, fit_gmm};
use segmint::failure::{Category, Failure};
use segmint::matrix::TiledMatrix;
use segmint::monitor::Monitor;
use serde_json::Value;

use crate::threads::with_threads;

fn fit(rows: &[f32], n_features: usize, k: usize) -> Result<GmmFit, ClusterError> {
    fit_gmm(&TiledMatrix::from_rows(rows, n_features).unwrap(), k, 42, &Monitor::silent())
}

/// `n` rows in −1 … 1 that look random, moved to one of four corners.
fn corners(n: usize, n_features: usize) -> Vec<f32> {
    let scattered = |i: u64| {
        let h = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let h = (h ^ (h >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((h ^ (h >> 29)) >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    };
    let value = |i: usize, j: usize| scattered((i * n_features + j) as u64) + 6.0 * ((i % 10) * (j + 1) / 4 % 3) as f32;
    (0..n).flat_map(|i| (0..n_features).map(move |j| value(i, j))).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn assert_close(what: &str, got: impl IntoIterator<Item = f64>, expected: &Value, tolerance: f64) {
    let (got, expected): (Vec<f64>, _) = (got.into_iter().collect(), numbers(expected));
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (g, e)) in got.iter().zip(&expected).enumerate() {
        assert!((g - e).abs() <= tolerance, "{what}, value {i}: {g} is not {e}");
    }
}

#[test]
fn parameters_and_probabilities_equal_those_of_scikit_learn() {
    let golden: Value = serde_json::from_str(include_str!("../golden/gmm.json")).unwrap();
    let rows: Vec<f32> = numbers(&golden["rows"]).into_iter().map(|x| x as f32).collect();
    let fit = fit(&rows, 2, 3).unwrap();
    // Both stop once a pass gains less than 1e-3, not in the same place.
    assert_close("log-likelihood", [fit.log_likelihood], &golden["log_likelihood"], 2e-3);
    assert_close("weights", fit.model.weights().to_vec(), &golden["weights"], 5e-3);
    assert_close("means", (0..3).flat_map(|c| fit.model.mean(c).to_vec()), &golden["means"], 2e-2);
    assert_close("covariances", (0..3).flat_map(|c| fit.model.covariance(c)), &golden["covariances"], 5e-2);
    assert_close("probability", fit.probability.iter().map(|&p| f64::from(p)), &golden["probability"], 5e-2);
    assert_eq!(fit.warnings, []);
}

#[test]
fn the_result_is_the_same_for_1_2_3_and_8_threads() {
    let rows = corners(3000, 4);
    let fits: Vec<GmmFit> =
        [1, 2, 3, 8].into_iter().map(|threads| with_threads(threads, || fit(&rows, 4, 5).unwrap())).collect();
    assert!(fits.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn components_are_numbered_by_size() {
    let fit = fit(&corners(2000, 3), 3, 4).unwrap();
    let mut sizes = vec![0; 4];
    fit.clusters.iter().for_each(|c| sizes[c.index()] += 1);
    assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]), "{sizes:?}");
    assert!((fit.model.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn a_stored_model_gives_the_memberships_of_the_fit() {
    let rows = corners(700, 2);
    let fit = fit(&rows, 2, 3).unwrap();
    let stored: GmmModel = serde_json::from_str(&serde_json::to_string(&fit.model).unwrap()).unwrap();
    for (i, row) in rows.chunks(2).enumerate() {
        let membership = stored.membership(&[f64::from(row[0]), f64::from(row[1])]);
        assert_eq!((membership.cluster, membership.probability as f32), (fit.clusters[i], fit.probability[i]));
    }
}

#[test]
fn one_component_is_mean_and_covariance() {
    let fit = fit(&[1.0, 2.0, 3.0, 6.0], 1, 1).unwrap();
    assert_eq!(fit.probability, [1.0; 4]);
    assert!((fit.model.mean(0)[0] - 3.0).abs() < 1e-12);
    assert!((fit.model.covariance(0)[0] - 3.5).abs() < 1e-5);
}

#[test]
fn large_tables_are_learned_from_a_fixed_sample() {
    let fit = fit(&corners(50_500, 1), 1, 2).unwrap();
    assert_eq!((fit.n_fitted, fit.clusters.len()), (50_000, 50_500));
    assert_eq!(fit.warnings[0].code, "mixture_sampled");
}

#[test]
fn degenerate_rows_are_a_result_or_an_error_but_no_panic() {
    let mut outlier = corners(300, 2);
    outlier.extend([1e20, -1e20]);
    let tiny: Vec<f32> = corners(300, 2).into_iter().map(|x| x * 1e-20).collect();
    let copies = [1.0, 2.0, 3.0, 4.0].repeat(50);
    let equal = vec![7.0; 40];
    for (name, rows, n_features, k) in [
        ("outlier", &outlier, 2, 3),
        ("tiny", &tiny, 2, 3),
        ("copies", &copies, 2, 2),
        ("more components than rows differ", &copies, 2, 5),
        ("equal", &equal, 1, 2),
        ("as many components as rows", &vec![0.0, 1.0, 5.0], 1, 3),
    ] {
        match fit(rows, n_features, k) {
            Ok(fit) => assert!(fit.probability.iter().all(|p| (0.0..=1.0).contains(p)), "{name}"),
            Err(error) => {
                assert_eq!(error.category(), Category::Input, "{name}");
                assert!(
                    error.to_string().starts_with(&format!("no mixture of {k} Gaussians fits ")),
                    "{name}: {error}"
                );
                assert!(error.hint().is_some());
            }
        }
    }
}

#[test]
fn more_components_than_customers_are_refused() {
    let error = fit(&[1.0, 2.0], 1, 3).unwrap_err();
    assert!(matches!(error, ClusterError::TooManyClusters { k: 3, n_customers: 2, .. }));
}
