//! Clusters held against tiers: entries, uncertainty, disagreements, tiers by rule.

use proptest::prelude::*;
use segmint::compare::{
    Comparison, Comparisons, Index, NoisePolicy, Pairing, Resampling, compare, compare_assignments, disagreements,
    estimate, explain_cells, tiers_by_rule,
};
use segmint::config::{ComparePlan, Cut, Cuts, TierRule};
use segmint::failure::{Category, Failure};
use segmint::load::Levels;
use segmint::matrix::RowMap;
use segmint::metrics::{Contingency, Partition};
use segmint::monitor::Monitor;
use segmint::{Language, Text};
use serde_json::Value;

fn plan(permutations: usize, bootstrap: usize) -> ComparePlan {
    ComparePlan { permutations, bootstrap, ..ComparePlan::default() }
}

fn names(n: usize) -> Vec<Text> {
    (0..n).map(|c| Text::new(format!("cluster {c}"), format!("聚类 {c}"))).collect()
}

fn order(tiers: &[&str]) -> Vec<String> {
    tiers.iter().map(|&tier| tier.to_owned()).collect()
}

/// A tier column and a partition with these cells: (tier, cluster, customers); a cluster of −1 is noise.
fn customers(cells: &[(Option<&str>, i64, usize)]) -> (Levels, Partition) {
    let (mut tiers, mut clusters) = (Vec::new(), Vec::new());
    for &(tier, cluster, n) in cells {
        tiers.extend(vec![tier; n]);
        clusters.extend(vec![cluster; n]);
    }
    (Levels::from_text("grade", &tiers), Partition::from_signed(&clusters))
}

struct Example {
    tier: Levels,
    partition: Partition,
    order: Vec<String>,
    names: Vec<Text>,
    value: Vec<f64>,
    rows: RowMap,
}

impl Example {
    /// Three tiers over three clusters and noise; value is 100 in cluster 0, 10 in 1, 1 in 2 and noise.
    fn new() -> Self {
        let (tier, partition) = customers(&[
            (Some("A"), 0, 60),
            (Some("A"), 1, 25),
            (Some("A"), 2, 15),
            (Some("B"), 0, 20),
            (Some("B"), 1, 140),
            (Some("C"), 2, 300),
            (Some("C"), 1, 30),
            (Some("C"), -1, 40),
            (None, 0, 7),
        ]);
        let value = partition.labels().iter().map(|label| match label.map(|id| id.index()) {
            Some(0) => 100.0,
            Some(1) => 10.0,
            _ => 1.0,
        });
        let value = value.collect();
        let rows = RowMap::all(tier.n_rows());
        Example { tier, names: names(3), order: order(&["A", "B", "C"]), value, rows, partition }
    }

    fn pairing(&self, noise: NoisePolicy) -> Pairing<'_> {
        Pairing {
            tier: &self.tier,
            tier_order: &self.order,
            clustering: "dbscan",
            noise,
            partition: &self.partition,
            rows: &self.rows,
            cluster_names: &self.names,
            value: Some(&self.value),
        }
    }

    fn compare(&self, noise: NoisePolicy) -> Comparison {
        compare(&self.pairing(noise), &plan(199, 199), 42, &Monitor::silent()).unwrap()
    }
}

fn json(comparison: &Comparison) -> Value {
    serde_json::to_value(comparison).unwrap()
}

#[test]
fn an_entry_has_the_pinned_keys() {
    let comparison = Example::new().compare(NoisePolicy::Excluded);
    let file = serde_json::to_value(Comparisons { comparisons: vec![comparison], ..Comparisons::default() }).unwrap();
    let entry = &file["comparisons"][0];
    assert_eq!(entry["tier"], "grade");
    assert_eq!(entry["clustering"], "dbscan");
    assert_eq!(entry["noise_policy"], "excluded");
    assert_eq!(entry["n"], 590);
    assert_eq!(entry["n_without_tier"], 7);
    assert_eq!(entry["coverage"], 590.0 / 630.0);
    assert_eq!(entry["contingency"]["tiers"], serde_json::json!(["A", "B", "C"]));
    assert_eq!(entry["contingency"]["clusters"], serde_json::json!([0, 1, 2]));
    assert_eq!(entry["contingency"]["counts"], serde_json::json!([[60, 25, 15], [20, 140, 0], [0, 30, 300]]));
    assert_eq!(entry["contingency"]["value"][0], serde_json::json!([6000.0, 250.0, 15.0]));
    for index in Index::ALL {
        let estimate = entry[index.name()].as_object().unwrap_or_else(|| panic!("{}", index.name()));
        assert_eq!(estimate.keys().collect::<Vec<_>>(), ["value", "low", "high", "p"]);
        assert!(estimate.values().all(Value::is_number), "{} {estimate:?}", index.name());
    }
    assert_eq!(entry["best_assignment"]["matched"], 500);
    assert_eq!(entry["expected_tiers"], serde_json::json!(["A", "B", "C"]));
}

#[test]
fn an_entry_survives_being_written_and_read() {
    let comparison = Example::new().compare(NoisePolicy::OwnCluster);
    let read: Comparison = serde_json::from_str(&serde_json::to_string(&comparison).unwrap()).unwrap();
    assert_eq!(read, comparison);
}

#[test]
fn noise_is_left_out_or_a_cluster_of_its_own() {
    let example = Example::new();
    let own = example.compare(NoisePolicy::OwnCluster);
    assert_eq!((own.n, own.coverage), (630, Some(1.0)));
    let written = json(&own);
    assert_eq!(written["noise_policy"], "own_cluster");
    assert_eq!(written["contingency"]["clusters"], serde_json::json!([0, 1, 2, null]));
    assert_eq!(own.contingency.cluster_names[3].get(Language::En), "noise");
    assert_eq!(own.contingency.counts[2], [0, 30, 300, 40]);
}

#[test]
fn a_clustering_without_noise_has_no_noise_cluster() {
    let (tier, partition) = customers(&[(Some("A"), 0, 5), (Some("B"), 1, 5)]);
    let mut example = Example { tier, partition, rows: RowMap::all(10), value: vec![0.0; 10], ..Example::new() };
    example.names = names(2);
    assert_eq!(example.compare(NoisePolicy::OwnCluster).contingency.clusters.len(), 2);
}

#[test]
fn dropped_rows_lower_the_coverage() {
    let tier = Levels::from_text("grade", &[Some("A"), Some("A"), Some("B"), Some("B"), None]);
    let partition = Partition::from_signed(&[0, 1, 1]);
    let rows = RowMap::kept(&[true, false, true, true, false]);
    let example =
        Example { tier, partition, rows, value: vec![1.0, 50.0, 2.0, 3.0, 9.0], names: names(2), ..Example::new() };
    let comparison = example.compare(NoisePolicy::None);
    assert_eq!((comparison.n, comparison.n_without_tier, comparison.coverage), (3, 1, Some(0.75)));
    assert_eq!(comparison.contingency.value, Some(vec![vec![1.0, 0.0], vec![0.0, 5.0]]));
    let rows: Vec<usize> =
        disagreements(&comparison, &example.pairing(NoisePolicy::None)).iter().map(|d| d.row).collect();
    assert!(rows.iter().all(|row| [0, 2, 3].contains(row)));
}

#[test]
fn tiers_keep_the_given_order_and_only_those_that_occur() {
    let mut example = Example::new();
    example.order = order(&["C", "platinum", "A", "B"]);
    let comparison = example.compare(NoisePolicy::Excluded);
    assert_eq!(comparison.contingency.tiers, ["C", "A", "B"]);
    assert!(comparison.warnings.is_empty());
    assert!(comparison.indices.kendall_tau_b.value.is_some());
}

#[test]
fn an_unlisted_tier_costs_the_rank_measures_and_is_said() {
    let mut example = Example::new();
    example.order = order(&["A", "B"]);
    let comparison = example.compare(NoisePolicy::Excluded);
    assert_eq!(comparison.contingency.tiers, ["A", "B", "C"]);
    assert_eq!(
        json(&comparison)["kendall_tau_b"],
        serde_json::json!({"value": null, "low": null, "high": null, "p": null})
    );
    assert_eq!(comparison.warnings[0].code, "tier_not_in_order");
    assert_eq!(comparison.warnings[0].evidence["values"], serde_json::json!(["C"]));
}

#[test]
fn without_an_order_or_value_there_are_no_rank_measures() {
    let mut example = Example::new();
    let mut pairing = example.pairing(NoisePolicy::Excluded);
    pairing.value = None;
    let comparison = compare(&pairing, &plan(0, 0), 1, &Monitor::silent()).unwrap();
    assert_eq!(comparison.indices.kendall_tau_b.value, None);
    assert_eq!((comparison.contingency.value, comparison.disagreements[0].value), (None, None));
    example.order.clear();
    let comparison = example.compare(NoisePolicy::Excluded);
    assert_eq!(comparison.indices.kendall_tau_b.value, None);
    assert!(comparison.warnings.is_empty(), "no order was asked for");
}

#[test]
fn better_tiers_in_dearer_clusters_give_a_positive_tau() {
    let mut example = Example::new();
    assert!(example.compare(NoisePolicy::Excluded).indices.kendall_tau_b.value.unwrap() > 0.6);
    example.value.iter_mut().for_each(|value| *value = -*value);
    assert!(example.compare(NoisePolicy::Excluded).indices.kendall_tau_b.value.unwrap() < -0.6);
}

#[test]
fn unknown_values_are_left_out_and_counted() {
    let mut example = Example::new();
    example.value[0] = f64::NAN;
    let comparison = example.compare(NoisePolicy::Excluded);
    assert_eq!(comparison.contingency.value.unwrap()[0][0], 5900.0);
    assert_eq!(comparison.warnings[0].code, "value_unknown");
    assert_eq!(comparison.warnings[0].evidence["customers"], 1);
}

#[test]
fn a_tier_of_nobody_compares_nothing_and_says_so() {
    let (tier, partition) = customers(&[(None, 0, 5), (None, 1, 5)]);
    let example =
        Example { tier, partition, rows: RowMap::all(10), value: vec![0.0; 10], names: names(2), ..Example::new() };
    let comparison = example.compare(NoisePolicy::None);
    assert_eq!((comparison.n, comparison.n_without_tier, comparison.coverage), (0, 10, None));
    assert!(Index::ALL.iter().all(|&index| comparison.indices.get(index).value.is_none()));
    assert_eq!(comparison.warnings[0].code, "nothing_to_compare");
    assert!(comparison.sentences.is_empty() && comparison.disagreements.is_empty());
}

#[test]
fn nothing_resampled_means_no_interval_and_no_p() {
    let table = Contingency::new(2, 2, vec![5, 1, 1, 5]);
    let resampling = Resampling { permutations: 0, bootstrap: 0, seed: 1, stream: "t" };
    let indices = estimate(&table, None, &resampling, &Monitor::silent()).unwrap();
    assert_eq!((indices.ari.low, indices.ari.high, indices.ari.p), (None, None, None));
    assert!(indices.ari.value.is_some());
}

#[test]
fn results_have_the_same_bits_for_1_2_3_and_8_threads() {
    let results = [1, 2, 3, 8].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_string(&Example::new().compare(NoisePolicy::OwnCluster)).unwrap())
    });
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn another_entry_draws_from_other_streams() {
    let example = Example::new();
    let mut pairing = example.pairing(NoisePolicy::Excluded);
    let first = compare(&pairing, &plan(0, 99), 42, &Monitor::silent()).unwrap();
    pairing.clustering = "kmeans";
    let second = compare(&pairing, &plan(0, 99), 42, &Monitor::silent()).unwrap();
    assert_eq!(first.indices.ari.value, second.indices.ari.value);
    assert_ne!(first.indices.ari.low, second.indices.ari.low);
}

#[test]
fn perfect_agreement_has_the_smallest_p() {
    let table = Contingency::new(3, 3, vec![30, 0, 0, 0, 30, 0, 0, 0, 30]);
    let resampling = Resampling { permutations: 99, bootstrap: 99, seed: 3, stream: "t" };
    let indices = estimate(&table, Some(&[2, 1, 0]), &resampling, &Monitor::silent()).unwrap();
    for index in Index::ALL {
        assert_eq!(indices.get(index).p, Some(0.01), "{}", index.name());
        assert!((indices.get(index).value.unwrap() - 1.0).abs() < 1e-12, "{}", index.name());
    }
    assert!(indices.ami.low.unwrap() > 1.0 - 1e-12);
}

#[test]
fn p_values_approach_the_exact_test() {
    // Fisher's tea: 4 and 4 cups, 3 of each right. Tables with fixed margins have the cell 0…4 with 1, 16, 36, 16, 1 of 70.
    let table = Contingency::new(2, 2, vec![3, 1, 1, 3]);
    let resampling = Resampling { permutations: 20_000, bootstrap: 0, seed: 5, stream: "tea" };
    let indices = estimate(&table, Some(&[1, 0]), &resampling, &Monitor::silent()).unwrap();
    let exact = 34.0 / 70.0;
    for index in Index::ALL {
        let p = indices.get(index).p.unwrap();
        assert!((p - exact).abs() < 0.015, "{} {p}", index.name());
    }
}

#[test]
fn indices_of_one_statistic_share_their_p() {
    let table = Contingency::new(3, 4, vec![12, 8, 5, 3, 6, 9, 11, 4, 3, 7, 10, 12]);
    let resampling = Resampling { permutations: 199, bootstrap: 0, seed: 5, stream: "t" };
    let indices = estimate(&table, None, &resampling, &Monitor::silent()).unwrap();
    let p = indices.ami.p;
    assert!([indices.nmi, indices.homogeneity, indices.completeness, indices.v_measure].iter().all(|e| e.p == p));
    assert_eq!(indices.ari.p, indices.fowlkes_mallows.p);
}

#[test]
fn an_interval_that_does_not_exclude_chance_includes_it() {
    let table = Contingency::new(3, 3, vec![10, 11, 9, 12, 9, 10, 9, 12, 10]);
    let resampling = Resampling { permutations: 199, bootstrap: 199, seed: 5, stream: "t" };
    let indices = estimate(&table, Some(&[0, 1, 2]), &resampling, &Monitor::silent()).unwrap();
    for index in Index::ALL {
        let estimate = indices.get(index);
        let chance = index.by_chance(&table).unwrap();
        assert!(estimate.p.unwrap() > 0.05);
        assert!(estimate.low.unwrap() <= chance && chance <= estimate.high.unwrap(), "{} {estimate:?}", index.name());
    }
}

#[test]
fn disagreeing_customers_are_those_outside_the_expected_tier() {
    let example = Example::new();
    let pairing = example.pairing(NoisePolicy::Excluded);
    let comparison = example.compare(NoisePolicy::Excluded);
    let cells: Vec<_> =
        comparison.disagreements.iter().map(|c| (c.tier.as_str(), c.expected_tier.as_str(), c.customers)).collect();
    assert_eq!(cells, [("C", "B", 30), ("A", "B", 25), ("B", "A", 20), ("A", "C", 15)]);
    assert_eq!(comparison.disagreements[2].value, Some(2000.0));
    let found = disagreements(&comparison, &pairing);
    assert_eq!(found.len(), 90);
    assert!(found.windows(2).all(|pair| pair[0].row < pair[1].row));
    for disagreement in found {
        let cell = &comparison.disagreements[disagreement.cell];
        assert_eq!(example.tier.text(disagreement.row), Some(cell.tier.as_str()));
        assert_eq!(example.partition.labels()[disagreement.row], cell.cluster);
        assert_eq!(disagreement.value, Some(example.value[disagreement.row]));
    }
}

#[test]
fn noise_is_expected_a_tier_only_as_a_cluster() {
    let example = Example::new();
    let comparison = example.compare(NoisePolicy::OwnCluster);
    assert_eq!(comparison.expected_tiers[3].as_deref(), Some("C"));
    let pairing = example.pairing(NoisePolicy::OwnCluster);
    let noisy = |d: &segmint::compare::Disagreement| example.partition.labels()[d.row].is_none();
    assert!(!disagreements(&comparison, &pairing).iter().any(noisy), "all noise is C, as expected");
}

#[test]
fn cells_are_explained_by_what_sets_them_apart() {
    let example = Example::new();
    let mut comparison = example.compare(NoisePolicy::Excluded);
    let n = example.tier.n_rows();
    // spend separates the 25 A customers of cluster 1 downwards; age is the same for all, visits is missing for all
    let columns = vec![
        ("age".to_owned(), vec![40.0; n]),
        ("spend".to_owned(), example.value.clone()),
        ("visits".to_owned(), vec![f64::NAN; n]),
    ];
    let features: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let pairing = example.pairing(NoisePolicy::Excluded);
    explain_cells(&mut comparison, &pairing, &columns, &features, &Monitor::silent()).unwrap();
    let cell = &comparison.disagreements[1];
    assert_eq!((cell.tier.as_str(), cell.customers), ("A", 25));
    assert_eq!(cell.features[0].feature, "spend");
    assert_eq!(
        cell.features[0].against_tier,
        Some(15.0 / 75.0),
        "above the 15 of cluster 2, below the 60 of cluster 0"
    );
    assert_eq!(cell.features[0].against_cluster, Some(0.5));
    assert_eq!(cell.features[1].against_tier, Some(0.5));
    assert_eq!(cell.features[2].against_tier, None);
    assert_eq!(
        cell.reason.get(Language::En),
        "cluster 1 is typical of tier B, not A; compared with the other tier A customers: spend below 80 % of them"
    );
    assert_eq!(
        cell.reason.get(Language::Zh),
        "“聚类 1”的典型等级是 B，而非 A；与其他 A 级客户相比：spend 低于其中 80%"
    );
}

#[test]
fn sentences_name_behaviours_mixtures_and_value() {
    let comparison = Example::new().compare(NoisePolicy::Excluded);
    let english: Vec<&str> = comparison.sentences.iter().map(|text| text.get(Language::En)).collect();
    assert!(
        english.contains(&"tier A holds three behaviours: cluster 0 (60 %), cluster 1 (25 %), cluster 2 (15 %)"),
        "{english:?}"
    );
    assert!(english.contains(&"tier C is one behaviour: cluster 2 (91 %)"), "{english:?}");
    assert!(english.contains(&"cluster 0 mixes tiers A (75 %), B (25 %)"), "{english:?}");
    assert!(
        english
            .contains(&"90 customers (15 %) are in a cluster typical of another tier; their value is 2,565 of 10,265"),
        "{english:?}"
    );
    assert!(
        english.contains(&"most value at stake: 20 customers of tier B in cluster 0, typical of A, with 2,000"),
        "{english:?}"
    );
    let chinese: Vec<&str> = comparison.sentences.iter().map(|text| text.get(Language::Zh)).collect();
    assert!(english.iter().chain(&chinese).all(|text| text.trim() == *text), "blanks around a sentence: {chinese:?}");
    assert!(chinese.contains(&"等级 A 包含 3 种行为：聚类 0（60%）、聚类 1（25%）、聚类 2（15%）"), "{chinese:?}");
}

#[test]
fn two_label_columns_compare_like_tier_and_clustering() {
    let left = Levels::from_text("run 1", &[Some("a"), Some("a"), Some("b"), Some("b"), None, Some("b")]);
    let right = Levels::from_text("run 2", &[Some("x"), Some("x"), Some("y"), Some("y"), Some("x"), None]);
    let comparison = compare_assignments(&left, &[], &right, None, &plan(99, 99), 1, &Monitor::silent()).unwrap();
    assert_eq!((comparison.tier.as_str(), comparison.clustering.as_str()), ("run 1", "run 2"));
    assert_eq!((comparison.n, comparison.n_without_tier, comparison.coverage), (4, 1, Some(0.8)));
    assert_eq!(comparison.contingency.counts, [[2, 0], [0, 2]]);
    assert_eq!(comparison.contingency.cluster_names[1].get(Language::En), "y");
    assert_eq!(comparison.indices.ari.value, Some(1.0));
}

fn tiers_of(rule: &TierRule, columns: Vec<(&str, Vec<f64>)>) -> (Vec<Option<String>>, Vec<String>, usize) {
    let columns: Vec<(String, Vec<f64>)> = columns.into_iter().map(|(name, v)| (name.to_owned(), v)).collect();
    let tiers = tiers_by_rule(rule, &columns).unwrap();
    assert_eq!(tiers.levels.name(), rule.name());
    let rows = (0..tiers.levels.n_rows()).map(|row| tiers.levels.text(row).map(str::to_owned)).collect();
    (rows, tiers.order, tiers.warnings.len())
}

fn text(rows: &[Option<String>]) -> Vec<&str> {
    rows.iter().map(|tier| tier.as_deref().unwrap_or("-")).collect()
}

#[test]
fn abc_gives_equal_values_the_tier_of_the_first() {
    let rule = TierRule::Abc { column: "m".into(), cuts: [0.5, 0.8] };
    // shares before: 40: 0, 20s: .4 (and .6), 10s: .8
    let (rows, order, _) = tiers_of(&rule, vec![("m", vec![20.0, 10.0, 40.0, f64::NAN, 20.0, -3.0, 10.0, 0.0])]);
    assert_eq!(text(&rows), ["A", "C", "A", "D", "A", "D", "C", "D"]);
    assert_eq!(order, ["A", "C", "D"], "only tiers that occur");
}

#[test]
fn quantile_tiers_share_equal_values_and_say_when_cuts_coincide() {
    let rule = TierRule::Quantile { column: "m".into(), q: 4 };
    let (rows, order, warnings) = tiers_of(&rule, vec![("m", (1..=8).map(f64::from).chain([f64::NAN]).collect())]);
    assert_eq!(text(&rows), ["Q1", "Q1", "Q2", "Q2", "Q3", "Q3", "Q4", "Q4", "-"]);
    assert_eq!((order, warnings), (vec!["Q4".into(), "Q3".into(), "Q2".into(), "Q1".into()], 0));
    let (rows, _, warnings) = tiers_of(&rule, vec![("m", vec![1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0])]);
    assert_eq!(text(&rows), ["Q1", "Q1", "Q1", "Q1", "Q1", "Q1", "Q4", "Q4"]);
    assert_eq!(warnings, 1);
}

#[test]
fn a_matrix_has_four_quadrants_in_order() {
    let rule =
        TierRule::Matrix { x: "m".into(), y: "f".into(), cut: Cuts { x: Cut::Median, y: Cut::At(2.0) }, cells: vec![] };
    let columns = vec![("m", vec![1.0, 2.0, 3.0, 4.0, f64::NAN]), ("f", vec![2.0, 3.0, 1.0, 5.0, 1.0])];
    let (rows, order, _) = tiers_of(&rule, columns);
    assert_eq!(text(&rows), ["m low, f low", "m low, f high", "m high, f low", "m high, f high", "-"]);
    assert_eq!(order, ["m high, f high", "m high, f low", "m low, f high", "m low, f low"]);
}

#[test]
fn rfm_scores_recency_backwards() {
    let rule = TierRule::Rfm { recency: "r".into(), frequency: "f".into(), monetary: "m".into(), q: 3, cuts: None };
    let columns = vec![("r", vec![1.0, 50.0, 400.0]), ("f", vec![9.0, 3.0, 1.0]), ("m", vec![900.0, 30.0, 500.0])];
    let (rows, order, _) = tiers_of(&rule, columns);
    assert_eq!(text(&rows), ["333", "221", "112"]);
    assert_eq!(order, ["333", "221", "112"]);
}

#[test]
fn a_rule_on_a_missing_column_is_an_input_error() {
    let rule = TierRule::Quantile { column: "spend".into(), q: 4 };
    let columns: Vec<(String, Vec<f64>)> = vec![("m".into(), vec![1.0])];
    let error = tiers_by_rule(&rule, &columns).unwrap_err();
    assert_eq!(error.category(), Category::Input);
    assert_eq!(error.to_string(), "compare.rules quantile(spend, 4): column \"spend\" is not in the table in memory");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn intervals_hold_the_estimate_inside_the_range_of_the_index(
        counts in prop::collection::vec(prop_oneof![Just(0u64), 0u64..5, 0u64..80], 12),
        seed in any::<u64>(),
    ) {
        let table = Contingency::new(3, 4, counts);
        let resampling = Resampling { permutations: 39, bootstrap: 39, seed, stream: "law" };
        let indices = estimate(&table, Some(&[3, 1, 1, 0]), &resampling, &Monitor::silent()).unwrap();
        for index in Index::ALL {
            let e = indices.get(index);
            prop_assert_eq!(e.value.is_some(), e.p.is_some());
            if let (Some(low), Some(value), Some(high)) = (e.low, e.value, e.high) {
                let (least, most) = index.bounds();
                prop_assert!(least <= low && low <= value && value <= high && high <= most + 1e-9, "{index:?} {e:?}");
            }
        }
    }

    #[test]
    fn quantile_tiers_rise_with_the_value(values in prop::collection::vec(-50i32..50, 2..80), q in 2usize..9) {
        let column: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
        let rule = TierRule::Quantile { column: "m".into(), q };
        let tiers = tiers_by_rule(&rule, &vec![("m".to_owned(), column.clone())]).unwrap();
        for a in 0..column.len() {
            for b in 0..column.len() {
                let (tier_a, tier_b) = (tiers.levels.code(a).unwrap(), tiers.levels.code(b).unwrap());
                prop_assert!(column[a] <= column[b] || tier_a <= tier_b, "codes are best first");
                prop_assert!(column[a] != column[b] || tier_a == tier_b);
            }
        }
    }
}
