//! The choice of eps and min_samples.

use std::f64::consts::TAU;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use segmint::cluster::choose_eps::{ChosenEps, choose_eps};
use segmint::cluster::dbscan::{DbscanFit, DbscanParams};
use segmint::config::{Auto, DbscanPlan};
use segmint::matrix::TiledMatrix;
use segmint::monitor::Monitor;
use segmint::random::stream;

use crate::threads::with_threads;

fn plan(eps: Auto<f64>, min_samples: Auto<usize>) -> DbscanPlan {
    DbscanPlan { eps, min_samples, ..DbscanPlan::default() }
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
    let knee = chosen.knee.unwrap();
    assert!(chosen.low.unwrap() <= knee && knee <= chosen.high.unwrap());
    let answer = chosen.answer.as_ref().unwrap();
    assert_eq!((answer.n_clusters, answer.eps), (3, chosen.eps));
    assert!(
        0.0 < answer.low && answer.low <= chosen.eps && chosen.eps <= answer.high && answer.high < 3.0,
        "{answer:?}"
    );
    assert!(chosen.warnings.is_empty());
    let matrix = TiledMatrix::from_rows(&rows, 2).unwrap();
    let fit = DbscanParams::new(chosen.eps, 5).check().unwrap().fit(&matrix, &Monitor::silent()).unwrap();
    let sizes = fit.partition.sizes();
    assert!(sizes[..3].iter().all(|size| (900..1000).contains(size)), "{sizes:?}");
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
    let [full, sampled] = [full, sampled].map(|chosen| chosen.answer.unwrap());
    assert_eq!((full.n_clusters, sampled.n_clusters), (3, 3));
    // What keeps the clusters apart does not depend on the rows.
    assert!((0.8..1.5).contains(&(sampled.high / full.high)), "{sampled:?} {full:?}");
}

#[test]
fn the_choice_has_the_same_bits_for_1_2_3_and_8_threads() {
    let rows = squares();
    let choices = [1, 2, 3, 8].map(|threads| with_threads(threads, || chosen(&rows, 2, &AUTO)));
    assert!(choices.windows(2).all(|pair| pair[0] == pair[1]));
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    rng.sample(StandardNormal)
}

fn unit(rng: &mut ChaCha8Rng) -> f64 {
    rng.random()
}

/// `n` rows of a table, in which row i is `row(i, numbers)`.
fn table<const D: usize>(name: &str, n: usize, mut row: impl FnMut(usize, &mut ChaCha8Rng) -> [f64; D]) -> Vec<f32> {
    let mut rng = stream(5, name, 0);
    (0..n).flat_map(|i| row(i, &mut rng).map(|v| v as f32)).collect()
}

fn discs(n: usize) -> Vec<f32> {
    table("discs", n, |i, rng| {
        let (angle, radius) = (unit(rng) * TAU, unit(rng).sqrt());
        let side = |bit: usize| if i >> bit & 1 == 1 { 1.5 } else { -1.5 };
        [side(0) + radius * angle.cos(), side(1) + radius * angle.sin()]
    })
}

fn stripes(n: usize) -> Vec<f32> {
    table("stripes", n, |i, rng| [unit(rng) * 10.0, (i % 2) as f64 + unit(rng) * 0.3])
}

fn rings(n: usize) -> Vec<f32> {
    table("rings", n, |i, rng| {
        let (angle, radius) = (unit(rng) * TAU, [1.0, 2.5, 4.0][i % 3] + 0.08 * normal(rng));
        [radius * angle.cos(), radius * angle.sin()]
    })
}

/// A tight ball of 30 rows in the middle of six loose ones.
fn tight_among_loose() -> Vec<f32> {
    table("balls", 222, |i, rng| {
        let ball = i % 7;
        let mut row = [(); 3].map(|()| (2.0 * unit(rng) - 1.0) * if ball == 0 { 0.08 } else { 0.8 });
        if ball > 0 {
            row[(ball - 1) / 2] += if ball % 2 == 1 { 3.0 } else { -3.0 };
        }
        row
    })
}

/// Five normal groups so near that the rows between them are dense, and of different sizes.
fn overlapping(n: usize) -> Vec<f32> {
    let centers = [(0.0, 0.0), (4.5, 0.5), (0.5, 4.5), (5.0, 5.0), (9.5, 2.5)];
    table("overlapping", n, |i, rng| {
        let (x, y) = centers[[0, 0, 0, 1, 1, 2, 2, 3, 4, 4][i % 10]];
        [x + normal(rng), y + normal(rng)]
    })
}

fn fit(rows: &[f32], d: usize, eps: f64, min_samples: usize) -> DbscanFit {
    let matrix = TiledMatrix::from_rows(rows, d).unwrap();
    DbscanParams::new(eps, min_samples).check().unwrap().fit(&matrix, &Monitor::silent()).unwrap()
}

/// Clusters of at least 1 % of the rows.
fn large(fit: &DbscanFit) -> usize {
    let sizes = fit.partition.sizes();
    sizes.iter().filter(|&&size| size * 100 >= fit.partition.n_rows()).count()
}

#[test]
fn discs_stripes_rings_and_a_tight_ball_among_loose_ones_are_found() {
    let tables = [(discs(4000), 2, 4), (stripes(4000), 2, 2), (rings(3000), 2, 3), (tight_among_loose(), 3, 7)];
    for (rows, d, clusters) in tables {
        let chosen = chosen(&rows, d, &AUTO);
        assert_eq!(chosen.answer.as_ref().unwrap().n_clusters, clusters);
        let found = fit(&rows, d, chosen.eps, chosen.min_samples);
        assert_eq!((found.partition.n_clusters(), found.partition.n_noise()), (clusters, 0), "{clusters}");
    }
}

#[test]
fn dbscan_finds_the_same_clusters_over_the_whole_range() {
    for (rows, d) in [(discs(3000), 2), (overlapping(4000), 2), (tight_among_loose(), 3)] {
        let chosen = chosen(&rows, d, &AUTO);
        let answer = chosen.answer.unwrap();
        assert!(answer.low <= chosen.eps && chosen.eps <= answer.high);
        let fits = [answer.low, answer.eps, answer.high].map(|eps| fit(&rows, d, eps, chosen.min_samples));
        assert_eq!(fits.each_ref().map(large), [answer.n_clusters; 3]);
        let noise = fits.each_ref().map(|fit| fit.partition.n_noise() as f64 / fit.partition.n_rows() as f64);
        assert!((noise[1] - answer.noise_share).abs() < 1e-9, "{noise:?} {answer:?}");
        assert!(noise[0] - noise[2] < 0.03, "{noise:?}");
        // One step further, two of them are one.
        assert!(large(&fit(&rows, d, answer.high.next_up(), chosen.min_samples)) < answer.n_clusters);
    }
}

#[test]
fn noise_and_one_cloud_give_one_cluster_or_none() {
    fn of<const D: usize>(sizes: &[usize]) {
        for &n in sizes {
            let uniform = table::<D>("uniform", n, |_, rng| [(); D].map(|()| unit(rng)));
            let cloud = table::<D>("cloud", n, |_, rng| [(); D].map(|()| normal(rng)));
            let skewed = table::<D>("skewed", n, |_, rng| [(); D].map(|()| (0.7 * normal(rng)).exp()));
            for (name, rows) in [("uniform", uniform), ("cloud", cloud), ("skewed", skewed)] {
                let chosen = chosen(&rows, D, &AUTO);
                assert_eq!(chosen.answer, None, "{name} {n} × {D}");
                let found = fit(&rows, D, chosen.eps, chosen.min_samples);
                let smallest = (3 * chosen.min_samples).max(n / 100);
                let large = found.partition.sizes().into_iter().filter(|&size| size > smallest).count();
                assert!(large <= 1, "{name} {n} × {D}: {:?}", found.partition.sizes());
            }
        }
    }
    of::<1>(&[150, 1000, 10_000]);
    of::<2>(&[150, 1000, 10_000]);
    of::<3>(&[150, 1000, 5000]);
    of::<5>(&[150, 1000, 5000]);
    of::<8>(&[1000]);
}

/// Tight normal groups on a lattice of `side` columns.
fn lattice(n: usize, groups: usize, side: usize) -> Vec<f32> {
    table("lattice", n, |i, rng| {
        let group = i % groups;
        [(group % side) as f64 + 0.08 * normal(rng), (group / side) as f64 + 0.08 * normal(rng)]
    })
}

/// Tight normal groups around random places at least 0.25 apart.
fn scattered(n: usize, groups: usize) -> Vec<f32> {
    let mut rng = stream(5, "places", 0);
    let mut places: Vec<[f64; 3]> = Vec::new();
    while places.len() < groups {
        let place = [(); 3].map(|()| 2.0 * unit(&mut rng));
        let far = |other: &[f64; 3]| other.iter().zip(place).map(|(x, y)| (x - y) * (x - y)).sum::<f64>() > 0.0625;
        if places.iter().all(far) {
            places.push(place);
        }
    }
    table("scattered", n, |i, rng| places[i % groups].map(|at| at + 0.02 * normal(rng)))
}

#[test]
fn a_hundred_and_more_small_groups_are_found() {
    let tables = [
        (lattice(5000, 121, 11), 2, 121),
        (lattice(4500, 150, 15), 2, 150),
        (lattice(8000, 400, 20), 2, 400),
        (scattered(4000, 120), 3, 120),
    ];
    for (rows, d, groups) in tables {
        let chosen = chosen(&rows, d, &AUTO);
        let answer = chosen.answer.unwrap();
        assert_eq!(answer.n_clusters, groups, "{answer:?}");
        assert!(answer.smallest_share < 0.01);
        let found = fit(&rows, d, chosen.eps, chosen.min_samples);
        assert_eq!(found.partition.n_clusters(), groups);
    }
}

#[test]
fn border_rows_make_no_second_large_cluster_of_noise() {
    for i in 0..12 {
        let rows = table(&format!("uniform {i}"), 2000, |_, rng| [unit(rng), unit(rng)]);
        let chosen = chosen(&rows, 2, &AUTO);
        assert_eq!(chosen.answer, None, "{i}");
        assert_eq!(large(&fit(&rows, 2, chosen.eps, chosen.min_samples)), 1, "{i}");
    }
}

#[test]
fn noise_that_fills_fewer_dimensions_than_features_gives_one_cluster_or_none() {
    for n in [300, 1000, 3000] {
        let ring = table("ring", n, |_, rng| {
            let angle = unit(rng) * TAU;
            [angle.cos(), angle.sin()]
        });
        let curve = table("curve", n, |_, rng| {
            let angle = unit(rng) * TAU;
            [angle.cos(), angle.sin(), (2.0 * angle).sin()]
        });
        let surface = table("surface", n, |_, rng| {
            let (x, y) = (normal(rng), normal(rng));
            [x, y, x + y, x - 2.0 * y]
        });
        for (name, rows, d) in [("ring", ring, 2), ("curve", curve, 3), ("surface", surface, 4)] {
            assert_eq!(chosen(&rows, d, &AUTO).answer, None, "{name} {n}");
        }
    }
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let rows = overlapping(3000);
    let mut turned: Vec<f32> = rows.chunks(2).rev().flatten().copied().collect();
    turned.rotate_left(2 * 771);
    let [a, b] = [&rows, &turned].map(|rows| chosen(rows, 2, &AUTO));
    assert_eq!((a.eps, a.answer, a.alternatives), (b.eps, b.answer, b.alternatives));
}

#[test]
fn eps_grows_with_the_unit() {
    for rows in [overlapping(3000), discs(1000)] {
        let larger: Vec<f32> = rows.iter().map(|v| v * 16.0).collect();
        let [a, b] = [&rows, &larger].map(|rows| chosen(rows, 2, &AUTO));
        assert_eq!(16.0 * a.eps, b.eps);
        let clusters =
            |chosen: &ChosenEps| chosen.alternatives.iter().flatten().map(|other| other.n_clusters).collect::<Vec<_>>();
        assert_eq!(clusters(&a), clusters(&b));
    }
}

#[test]
fn more_rows_of_one_distribution_give_the_same_clusters() {
    for (rows, clusters) in [(discs as fn(usize) -> Vec<f32>, 4), (overlapping, 5), (rings, 3)] {
        for n in [10_000, 80_000] {
            let rows = rows(n);
            let chosen = chosen(&rows, 2, &AUTO);
            assert_eq!(chosen.n_sample, 10_000);
            let found = fit(&rows, 2, chosen.eps, chosen.min_samples);
            assert_eq!((chosen.answer.unwrap().n_clusters, large(&found)), (clusters, clusters), "{n}");
        }
    }
}

#[test]
fn the_coarser_of_two_scales_is_an_alternative() {
    // Three groups, each of three.
    let rows = table("scales", 2700, |i, rng| {
        let (group, part) = (i % 3, i / 3 % 3);
        let at = |which: usize| [(0.0, 0.0), (1.0, 0.0), (0.5, 0.9)][which];
        let ((x, y), (dx, dy)) = (at(group), at(part));
        [10.0 * x + 1.6 * dx + 0.16 * normal(rng), 10.0 * y + 1.6 * dy + 0.16 * normal(rng)]
    });
    let chosen = chosen(&rows, 2, &AUTO);
    let numbers = chosen.answer.iter().chain(chosen.alternatives.iter().flatten()).map(|answer| answer.n_clusters);
    let numbers: Vec<usize> = numbers.collect();
    assert!(numbers.contains(&3) && numbers.contains(&9), "{numbers:?}");
}
