//! The choice of eps and min_samples.

use segmint::cluster::choose_eps::{ChosenEps, choose_eps};
use segmint::cluster::dbscan::DbscanParams;
use segmint::config::{Auto, DbscanPlan};
use segmint::matrix::TiledMatrix;
use segmint::monitor::Monitor;

use crate::threads::with_threads;

fn plan(eps: Auto<f64>, min_samples: Auto<usize>) -> DbscanPlan {
    DbscanPlan { enabled: true, eps, min_samples, rows: None }
}

fn chosen(rows: &[f32], d: usize, plan: &DbscanPlan) -> ChosenEps {
    let matrix = TiledMatrix::from_rows(rows, d).unwrap();
    choose_eps(&matrix, plan, 42, &Monitor::silent()).unwrap()
}

const AUTO: DbscanPlan = DbscanPlan { enabled: true, eps: Auto::Auto, min_samples: Auto::Auto, rows: None };

/// Three square clusters of side 1 with a regular inside, and some rows far out.
fn squares() -> Vec<f32> {
    let mut rows = Vec::new();
    for i in 0..2700_u32 {
        let (x, y) = ((i * 37 % 101) as f32 / 101.0, (i * 53 % 89) as f32 / 89.0);
        rows.extend([x + 4.0 * (i % 3) as f32, y]);
    }
    for i in 0..60_u32 {
        rows.extend([(i * 7 % 60) as f32 / 4.0 - 2.0, 3.0 + (i * 11 % 60) as f32 / 6.0]);
    }
    rows
}

#[test]
fn the_chosen_eps_separates_planted_clusters() {
    let rows = squares();
    let chosen = chosen(&rows, 2, &AUTO);
    assert_eq!((chosen.min_samples, chosen.n_sample), (5, 2760));
    assert_eq!(chosen.knee, Some(chosen.eps));
    let (low, high) = (chosen.low.unwrap(), chosen.high.unwrap());
    assert!(0.0 < low && low <= chosen.eps && chosen.eps <= high && high < 3.0, "{low} {} {high}", chosen.eps);
    assert!(chosen.warnings.is_empty());
    let matrix = TiledMatrix::from_rows(&rows, 2).unwrap();
    let fit = DbscanParams::new(chosen.eps, 5).check().unwrap().fit(&matrix, &Monitor::silent()).unwrap();
    let sizes = fit.partition.sizes();
    assert_eq!(sizes[..3].iter().map(|&size| (size as f64 / 90.0).round() as usize).collect::<Vec<_>>(), [10; 3]);
}

#[test]
fn the_curve_is_the_sorted_distance_to_the_neighbour_before_min_samples() {
    // 0, 1, 3, 6, 10: the second neighbours are 3, 2, 3, 4, 7 away.
    let chosen = chosen(&[0.0, 1.0, 3.0, 6.0, 10.0], 1, &plan(Auto::Auto, Auto::Given(3)));
    assert_eq!(chosen.curve, [(0.0, 2.0), (0.25, 3.0), (0.5, 3.0), (0.75, 4.0), (1.0, 7.0)]);
    assert_eq!(chosen.knee, Some(4.0));
}

#[test]
fn given_numbers_are_kept() {
    let rows = squares();
    let given = chosen(&rows, 2, &plan(Auto::Given(0.7), Auto::Auto));
    assert_eq!((given.eps, given.min_samples, given.knee, given.n_sample), (0.7, 5, None, 0));
    assert!(given.curve.is_empty());
    assert_eq!(chosen(&rows, 2, &plan(Auto::Auto, Auto::Given(9))).min_samples, 9);
    assert_eq!(chosen(&[0.0; 30], 10, &AUTO).min_samples, 20);
}

#[test]
fn eps_is_positive_whatever_the_duplicates() {
    let all_equal = chosen(&[2.5; 40], 2, &AUTO);
    assert_eq!((all_equal.eps, all_equal.warnings[0].code.as_str()), (1.0, "eps_from_duplicates"));
    let one_row = chosen(&[2.5], 1, &AUTO);
    assert_eq!(one_row.eps, 1.0);
    // Two points many times: half the way keeps them apart.
    let two_points: Vec<f32> = (0..100).map(|i| if i % 2 == 0 { 0.0 } else { 0.5 }).collect();
    assert_eq!(chosen(&two_points, 1, &AUTO).eps, 0.25);
    // Mostly duplicates: the smallest positive distance of the curve.
    let mostly: Vec<f32> = [vec![1.0; 95], vec![3.0, 7.0, 20.0]].concat();
    let mostly = chosen(&mostly, 1, &AUTO);
    assert_eq!((mostly.knee, mostly.eps), (Some(0.0), 2.0));
    assert_eq!(mostly.warnings.len(), 1);
}

#[test]
fn a_sampled_fit_gets_an_eps_for_the_density_of_its_sample() {
    let rows = squares();
    let full = chosen(&rows, 2, &AUTO);
    let sampled = chosen(&rows, 2, &DbscanPlan { rows: Some(690), ..AUTO });
    assert_eq!(sampled.n_sample, 690);
    // A quarter of the rows in the plane are twice as far apart.
    let ratio = sampled.eps / full.eps;
    assert!((1.4..2.8).contains(&ratio), "{ratio}");
}

#[test]
fn the_choice_has_the_same_bits_for_1_2_3_and_8_threads() {
    let rows = squares();
    let choices = [1, 2, 3, 8].map(|threads| with_threads(threads, || chosen(&rows, 2, &AUTO)));
    assert!(choices.windows(2).all(|pair| pair[0] == pair[1]));
}
