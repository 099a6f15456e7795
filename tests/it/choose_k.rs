//! The choice of k and the verdict on structure, on tables whose truth is known.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};
use segmint::cluster::ClusterError;
use segmint::cluster::choose_k::{
    ChosenK, DensityStructure, KRow, MIN_SHARE, REFERENCES, StructureVerdict, choose_k, density_structure, min_share,
};
use segmint::cluster::dbscan::DbscanParams;
use segmint::cluster::kmeans::KMeansParams;
use segmint::cluster::stability::VALID;
use segmint::config::{Auto, KMeansPlan};
use segmint::matrix::TiledMatrix;
use segmint::monitor::Monitor;
use segmint::random::stream;

use crate::threads::with_threads;

fn plan(k: Auto<usize>, k_range: (usize, usize)) -> KMeansPlan {
    KMeansPlan {
        k,
        k_range: k_range.try_into().unwrap(),
        n_init: Auto::Given(3),
        max_iter: 100,
        ..KMeansPlan::default()
    }
}

fn auto(matrix: &TiledMatrix, k_range: (usize, usize)) -> ChosenK {
    choose_k(matrix, &plan(Auto::Auto, k_range), 42, &Monitor::silent()).unwrap()
}

fn normal(rng: &mut impl Rng) -> f32 {
    rng.sample(StandardNormal)
}

/// `n` rows of `d` features, each value drawn by `value`.
fn noise(n: usize, d: usize, mut value: impl FnMut(&mut ChaCha8Rng) -> f32) -> TiledMatrix {
    let mut rng = stream(7, "noise", 0);
    TiledMatrix::from_rows(&(0..n * d).map(|_| value(&mut rng)).collect::<Vec<_>>(), d).unwrap()
}

/// `n` rows around `centres`, in turn.
fn planted(n: usize, centres: &[[f32; 2]]) -> TiledMatrix {
    let mut rng = stream(7, "planted", 0);
    let rows: Vec<f32> = (0..n).flat_map(|i| centres[i % centres.len()].map(|c| c + normal(&mut rng))).collect();
    TiledMatrix::from_rows(&rows, 2).unwrap()
}

const FOUR: [[f32; 2]; 4] = [[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [12.0, 11.0]];

#[test]
fn planted_clusters_are_counted_and_called_structure() {
    let chosen = auto(&planted(400, &FOUR), (2, 7));
    assert_eq!(chosen.fit.model.k(), 4);
    assert_eq!(chosen.structure.verdict, StructureVerdict::Present);
    assert_eq!((chosen.structure.k, chosen.structure.best_k), (Some(4), Some(4)));
    assert_eq!(chosen.structure.silhouette, chosen.table[2].silhouette);
    assert!(chosen.structure.silhouette > chosen.structure.threshold());
    assert_eq!(chosen.warnings, []);

    let ks: Vec<usize> = chosen.table.iter().map(|row| row.k).collect();
    assert_eq!(ks, [2, 3, 4, 5, 6, 7]);
    for row in &chosen.table {
        assert_eq!(row.chosen, row.k == 4);
        assert_eq!(row.excess.unwrap(), row.silhouette.unwrap() - row.reference_mean.unwrap());
        assert!(row.reference_sd.unwrap() > 0.0 && row.standard_error.is_none());
        assert_eq!(row.admissible, row.smallest_share >= 0.01);
    }
    assert!(chosen.table.windows(2).all(|pair| pair[1].inertia < pair[0].inertia));
    assert!(chosen.table[2].local_maximum);
}

#[test]
fn tables_without_clusters_are_called_by_name() {
    let poisson = Poisson::new(1.5).unwrap();
    let tables = [
        ("uniform", noise(400, 2, |rng| rng.random())),
        ("normal", noise(400, 3, normal)),
        ("counts", noise(400, 3, |rng| poisson.sample(rng))),
        ("a binary feature", noise(400, 3, normal).binary(0)),
        ("a rare flag", map_feature(&noise(400, 3, normal), 0, |x| f32::from(x > 1.0) * 2.7)),
        ("nothing for one in three", map_feature(&noise(400, 3, normal), 0, |x| (x + 0.4).max(0.0))),
        ("one skewed feature", map_feature(&noise(400, 3, normal), 0, f32::exp)),
        ("one long cloud", noise(400, 2, normal).stretched(0, 6.0)),
    ];
    for (name, table) in tables {
        let chosen = auto(&table, (2, 6));
        assert_eq!(chosen.structure.verdict, StructureVerdict::None, "{name}: {:?}", chosen.structure);
        let warning = chosen.warnings.iter().find(|w| w.code == "no_structure").unwrap();
        assert_eq!(warning.evidence["best_silhouette"], chosen.structure.best_silhouette.unwrap(), "{name}");
        assert!(chosen.table.iter().any(|row| row.chosen), "{name}");
    }
}

trait Reshaped {
    fn binary(self, feature: usize) -> Self;
    fn stretched(self, feature: usize, factor: f32) -> Self;
}

impl Reshaped for TiledMatrix {
    fn binary(self, feature: usize) -> Self {
        map_feature(&self, feature, |x| f32::from(x > 0.0) * 2.0 - 1.0)
    }

    fn stretched(self, feature: usize, factor: f32) -> Self {
        map_feature(&self, feature, |x| x * factor)
    }
}

fn map_feature(matrix: &TiledMatrix, feature: usize, change: impl Fn(f32) -> f32) -> TiledMatrix {
    let d = matrix.n_features();
    let value = |i: usize, j: usize| if j == feature { change(matrix.get(i, j)) } else { matrix.get(i, j) };
    let rows: Vec<f32> =
        (0..matrix.n_customers()).flat_map(|i| (0..d).map(move |j| (i, j))).map(|(i, j)| value(i, j)).collect();
    TiledMatrix::from_rows(&rows, d).unwrap()
}

#[test]
fn the_verdict_is_of_the_delivered_clusters() {
    let matrix = planted(300, &FOUR);
    let chosen = auto(&matrix, (2, 6));
    let given = choose_k(&matrix, &plan(Auto::Given(3), (2, 6)), 42, &Monitor::silent()).unwrap();
    assert_eq!((given.structure.verdict, given.structure.k), (StructureVerdict::Present, Some(3)));
    assert_eq!(given.table.len(), 1);
    assert!(given.table[0].chosen);
    let (row, same) = (&given.table[0], &chosen.table[1]);
    assert_eq!((row.k, row.silhouette), (3, same.silhouette));
    // The mean over the references is of other sums when there are other k beside it.
    assert!((row.excess.unwrap() - same.excess.unwrap()).abs() < 1e-12);
    assert_eq!(given.structure.silhouette, row.silhouette);
    assert_eq!(given.warnings, []);
}

#[test]
fn seeds_agree_on_the_verdict() {
    let near = [[0.0, 0.0], [5.0, 0.0], [0.0, 5.0], [5.0, 5.0]];
    for (table, verdict) in
        [(planted(300, &near), StructureVerdict::Present), (noise(300, 2, normal), StructureVerdict::None)]
    {
        let of = |seed| choose_k(&table, &plan(Auto::Auto, (2, 5)), seed, &Monitor::silent()).unwrap();
        let first = of(1).structure;
        for seed in 1..=8 {
            let structure = of(seed).structure;
            assert_eq!(structure.verdict, verdict, "seed {seed}: {structure:?}");
            // The same clusters are held against the same references.
            if structure.silhouette == first.silhouette {
                assert_eq!(structure, first);
            }
        }
    }
}

#[test]
fn more_references_are_asked_only_where_the_verdict_is_close() {
    let structure = |apart: f32| auto(&planted(200, &[[0.0, 0.0], [apart, 0.0]]), (2, 4)).structure;
    for (apart, verdict) in [(0.0, StructureVerdict::None), (12.0, StructureVerdict::Present)] {
        let found = structure(apart);
        assert_eq!((found.verdict, found.references), (verdict, REFERENCES), "{apart}: {found:?}");
    }
    let between: Vec<_> = (4..12).map(|step| structure(step as f32 / 2.0)).collect();
    let close: Vec<_> = between.iter().filter(|found| found.references > REFERENCES).collect();
    assert!(!close.is_empty() && close.iter().all(|found| found.references == 149), "{between:?}");
}

#[test]
fn groups_are_found_beside_a_flag_that_has_nothing_to_do_with_them() {
    let near = [[0.0, 0.0], [5.0, 0.0], [0.0, 5.0], [5.0, 5.0]];
    let groups = planted(600, &near);
    let mut rng = stream(7, "flag", 0);
    let rows: Vec<f32> = (0..600)
        .flat_map(|i| {
            let flag = f32::from(rng.random::<f32>() < 0.16);
            [groups.get(i, 0) / 2.7, groups.get(i, 1) / 2.7, flag * 2.7]
        })
        .collect();
    let chosen = auto(&TiledMatrix::from_rows(&rows, 3).unwrap(), (2, 9));
    assert_eq!(chosen.structure.verdict, StructureVerdict::Present, "{:?}", chosen.structure);
}

#[test]
fn sixty_groups_are_admissible_and_present() {
    let centres: Vec<[f32; 2]> = (0..60).map(|i| [(i % 10) as f32 * 12.0, (i / 10) as f32 * 12.0]).collect();
    let chosen = auto(&planted(900, &centres), (60, 61));
    assert_eq!(chosen.structure.verdict, StructureVerdict::Present, "{:?}", chosen.structure);
    assert!(chosen.table.iter().any(|row| row.admissible));
}

fn dense(matrix: &TiledMatrix, eps: f64) -> DensityStructure {
    let fit = DbscanParams::new(eps, 5).check().unwrap().fit(matrix, &Monitor::silent()).unwrap();
    let n = matrix.n_customers();
    let core_share = fit.model.n_core() as f64 / n as f64;
    density_structure(matrix, &fit.partition, 5, core_share, n, &Monitor::silent()).unwrap()
}

#[test]
fn rings_are_dense_groups() {
    let mut rng = stream(7, "rings", 0);
    let rows: Vec<f32> = (0..900)
        .flat_map(|i| {
            let (angle, radius) = (rng.random::<f32>() * std::f32::consts::TAU, [1.0, 2.5, 4.0][i % 3]);
            let radius = radius + 0.05 * normal(&mut rng);
            [radius * angle.cos(), radius * angle.sin()]
        })
        .collect();
    let rings = TiledMatrix::from_rows(&rows, 2).unwrap();
    let found = dense(&rings, 0.4);
    assert_eq!(found.verdict, StructureVerdict::Present, "{found:?}");
    assert!((found.share_apart - 2.0 / 3.0).abs() < 1e-9 && found.share_apart > found.limit);
    assert!(found.highest_reference.unwrap() <= found.limit);
    assert_eq!(found.warning(), None);
}

#[test]
fn fragments_of_one_cloud_are_no_dense_groups() {
    let cloud = noise(600, 2, normal);
    for eps in [0.1, 0.15, 0.3, 1.0] {
        let found = dense(&cloud, eps);
        assert_eq!(found.verdict, StructureVerdict::None, "eps {eps}: {found:?}");
        assert_eq!(found.warning().unwrap().evidence["share_apart"], found.share_apart);
    }
}

#[test]
fn no_limit_is_out_of_reach() {
    // Sparse rows: nearly every one is the same.
    let mut rng = stream(7, "sparse", 0);
    let rows: Vec<f32> =
        (0..1200).map(|_| if rng.random::<f32>() < 0.06 { rng.random::<f32>() } else { 0.0 }).collect();
    let chosen = auto(&TiledMatrix::from_rows(&rows, 3).unwrap(), (2, 6));
    assert!(chosen.structure.threshold().unwrap() < 1.0, "{:?}", chosen.structure);
}

#[test]
fn the_delivered_fit_is_the_fit_of_that_k_alone() {
    let matrix = planted(300, &FOUR);
    let plan = plan(Auto::Auto, (2, 6));
    let alone = KMeansParams::from_plan(&plan, 4, 42).check().unwrap().fit(&matrix, &Monitor::silent()).unwrap();
    assert_eq!(auto(&matrix, (2, 6)).fit, alone);
}

#[test]
fn choices_have_the_same_bits_for_1_2_3_and_8_threads() {
    let matrix = planted(700, &FOUR);
    let first = with_threads(1, || auto(&matrix, (2, 5)));
    for threads in [2, 3, 8] {
        assert_eq!(with_threads(threads, || auto(&matrix, (2, 5))), first);
    }
}

#[test]
fn a_range_beyond_the_distinct_rows_is_cut_and_said() {
    let rows: Vec<f32> = (0..90).map(|i| [0.0, 1.0, 50.0][i % 3]).collect();
    let chosen = auto(&TiledMatrix::from_rows(&rows, 1).unwrap(), (2, 12));
    assert_eq!(chosen.table.iter().map(|row| row.k).collect::<Vec<_>>(), [2, 3]);
    let warning = &chosen.warnings[0];
    assert_eq!((warning.code.as_str(), &warning.evidence["most"]), ("k_range_capped", &3.into()));
}

#[test]
fn identical_customers_are_one_cluster_without_structure() {
    for n in [1, 2, 600] {
        let chosen = auto(&TiledMatrix::from_rows(&vec![3.0; n * 2], 2).unwrap(), (2, 12));
        assert_eq!((chosen.fit.model.k(), chosen.structure.verdict), (1, StructureVerdict::None));
        assert_eq!((chosen.table[0].silhouette, chosen.table[0].excess), (None, None));
    }
}

#[test]
fn a_given_k_of_one_or_beyond_the_customers_is_answered() {
    let matrix = planted(40, &FOUR);
    let one = choose_k(&matrix, &plan(Auto::Given(1), (2, 4)), 42, &Monitor::silent()).unwrap();
    assert_eq!((one.fit.model.k(), one.table[0].silhouette, one.structure.verdict), (1, None, StructureVerdict::None));
    let error = choose_k(&matrix, &plan(Auto::Given(41), (2, 4)), 42, &Monitor::silent()).unwrap_err();
    assert_eq!(error, ClusterError::TooManyClusters { key: "cluster.kmeans.k", k: 41, n_customers: 40 });
}

#[test]
fn far_outliers_neither_make_clusters_nor_structure() {
    let mut rows: Vec<f32> = Vec::new();
    let mut rng = stream(3, "outliers", 0);
    rows.extend((0..796).map(|_| normal(&mut rng)));
    rows.extend([80.0, 80.0, -90.0, 60.0]);
    let chosen = auto(&TiledMatrix::from_rows(&rows, 2).unwrap(), (2, 5));
    assert_eq!(chosen.structure.verdict, StructureVerdict::None, "{:?}", chosen.structure);
    assert_eq!(chosen.warnings[0].code, "no_admissible_k");
}

#[test]
fn a_choice_at_the_edge_of_the_range_is_said() {
    let centres: Vec<[f32; 2]> = (0..6).map(|c| [(c % 3) as f32 * 12.0, (c / 3) as f32 * 14.0]).collect();
    let chosen = auto(&planted(480, &centres), (3, 4));
    let codes: Vec<&str> = chosen.warnings.iter().map(|w| w.code.as_str()).collect();
    assert_eq!(codes, ["k_at_edge"]);
    assert_eq!(chosen.warnings[0].evidence["high"], 4);
}

#[test]
fn verdicts_are_words_in_the_record() {
    assert_eq!(
        serde_json::to_value([StructureVerdict::Present, StructureVerdict::None]).unwrap(),
        serde_json::json!(["present", "none"])
    );
}

#[test]
fn the_largest_excess_of_stable_clusters_is_chosen_and_only_what_can_win_is_measured() {
    // Six groups on a circle: with five, any two neighbours may be the ones that are taken together.
    let centres: Vec<[f32; 2]> = (0..6)
        .map(|c| std::f32::consts::TAU * c as f32 / 6.0)
        .map(|angle| [6.0 * angle.cos(), 6.0 * angle.sin()])
        .collect();
    let chosen = auto(&planted(600, &centres), (2, 9));
    assert_eq!(chosen.fit.model.k(), 6);
    let product = |row: &KRow| row.excess.unwrap() * (row.weakest_stability.unwrap() / VALID).min(1.0);
    let best = product(&chosen.table[4]);
    for row in &chosen.table {
        let can_win = row.admissible && row.excess.unwrap() >= best;
        assert_eq!(row.weakest_stability.is_some(), can_win, "{row:?}");
        assert!(!can_win || product(row) <= best);
    }
    assert!(chosen.table[4].weakest_stability.unwrap() > 0.95);
}

#[test]
fn two_peaked_clouds_are_not_cut_into_clusters_that_do_not_come_back() {
    // Dense in the middle, thin outside: with pieces cut off the rim the silhouette exceeds the references by more.
    let (n, d) = (600, 16);
    let mut rng = stream(7, "peaked", 0);
    let mut rows = Vec::with_capacity(n * d);
    for i in 0..n {
        let direction: Vec<f32> = (0..d).map(|_| normal(&mut rng)).collect();
        let length = direction.iter().map(|x| x * x).sum::<f32>().sqrt();
        let radius = 4.0 * normal(&mut rng);
        rows.extend(direction.iter().map(|x| radius * x / length));
        rows[i * d] += if i % 2 == 0 { 2.0 } else { -2.0 };
    }
    let chosen = auto(&TiledMatrix::from_rows(&rows, d).unwrap(), (2, 8));
    assert_eq!(chosen.fit.model.k(), 2, "{:?}", chosen.table);
    assert!(chosen.table[0].weakest_stability.unwrap() > 0.75);
    assert!(chosen.table[1..].iter().any(|row| row.excess > chosen.table[0].excess));
}

#[test]
fn a_given_k_has_no_rival_to_be_steadier_than() {
    let given = choose_k(&planted(300, &FOUR), &plan(Auto::Given(3), (2, 6)), 42, &Monitor::silent()).unwrap();
    assert_eq!(given.table[0].weakest_stability, None);
}

#[test]
fn k_does_not_depend_on_the_order_of_rows_or_features() {
    let matrix = planted(400, &FOUR);
    let reversed: Vec<usize> = (0..400).rev().collect();
    let turned: Vec<f32> = (0..400).flat_map(|i| [matrix.get(i, 1), matrix.get(i, 0)]).collect();
    for other in [matrix.select(&reversed).unwrap(), TiledMatrix::from_rows(&turned, 2).unwrap()] {
        assert_eq!(auto(&other, (2, 7)).fit.model.k(), 4);
    }
}

#[test]
fn groups_of_unlike_sizes_are_counted() {
    // One row in twelve for each of the small groups.
    let centres: Vec<[f32; 2]> = (0..12)
        .map(|c| match c {
            0..5 => [0.0, 0.0],
            5..10 => [30.0, 0.0],
            10 => [12.0, 30.0],
            _ => [24.0, 28.0],
        })
        .collect();
    assert_eq!(auto(&planted(960, &centres), (2, 8)).fit.model.k(), 4);
}

#[test]
fn many_groups_may_each_be_under_one_percent() {
    assert_eq!([min_share(2), min_share(50), min_share(100)], [MIN_SHARE, MIN_SHARE, 0.005]);
    let grid: Vec<[f32; 2]> = (0..110).map(|c| [(c % 11) as f32 * 17.0, (c / 11) as f32 * 17.0]).collect();
    let chosen = auto(&planted(2_200, &grid), (106, 114));
    let k = chosen.fit.model.k();
    assert!(chosen.table.iter().any(|row| row.admissible), "{:?}", chosen.table);
    assert!((107..=113).contains(&k), "{k}");
}
