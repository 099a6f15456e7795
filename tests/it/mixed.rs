//! Tables of numbers and categories (`normalize.categories = "cluster"`): categories count in distances, and everything that
//! is said of them speaks of the column and its levels.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};
use arrow::datatypes::Int32Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::RngExt;
use rand_distr::StandardNormal;
use segmint::cluster::choose_k::{StructureVerdict, choose_k};
use segmint::cluster::kmeans::KMeansParams;
use segmint::config::{Auto, Categories, FeaturePlan, KMeansPlan, Missing, NormalizePlan, Plan, Scale, Transform};
use segmint::load::{CustomerTable, Ids, Levels, Source};
use segmint::metrics::{Contingency, Partition};
use segmint::model::{FittedPipeline, find_customer, score};
use segmint::monitor::Monitor;
use segmint::normalize::{self, MAX_CATEGORY_LEVELS, Normalized, Normalizer};
use segmint::pipeline::{self, Finished};
use segmint::random::stream;
use segmint::sharing::{Rules, SharedIds, SharedScore};
use serde_json::Value;

use crate::parquet_table;

fn plan(categories: Categories) -> NormalizePlan {
    let default = FeaturePlan {
        missing: Missing::Median,
        transform: Transform::None,
        scale: Scale::Standard,
        clip: 0.0,
        weight: 1.0,
    };
    NormalizePlan { default, categories, ..NormalizePlan::default() }
}

fn table(numbers: Vec<(String, Vec<f64>)>, attributes: Vec<Levels>) -> CustomerTable {
    let n = numbers.first().map_or_else(|| attributes[0].n_rows(), |(_, values)| values.len());
    CustomerTable {
        ids: Ids::RowNumber(n),
        features: numbers.iter().map(|(name, _)| name.clone()).collect(),
        attributes,
        tier: None,
        outcome: None,
        value: None,
        numeric: Box::new(numbers),
    }
}

fn fit(table: &CustomerTable) -> Normalized {
    normalize::fit(table, &plan(Categories::Cluster), &Monitor::silent()).unwrap()
}

fn kmeans(k: Auto<usize>) -> KMeansPlan {
    KMeansPlan {
        k,
        k_range: (2, 8).try_into().unwrap(),
        n_init: Auto::Given(5),
        max_iter: 100,
        ..KMeansPlan::default()
    }
}

fn ari(a: &[usize], b: &[usize]) -> f64 {
    let count = |values: &[usize]| values.iter().max().unwrap() + 1;
    let pairs = a.iter().copied().zip(b.iter().copied());
    Contingency::tally(count(a), count(b), pairs).ari().unwrap()
}

fn labels(partition: &Partition) -> Vec<usize> {
    partition.labels().iter().map(|label| label.unwrap().index()).collect()
}

/// Three groups and four columns of four levels: the group of a customer has its own level in every column, which the customer
/// has with probability `own` and else one of the other three. The levels as numbers, and the groups.
fn planted(n: usize, own: f64, seed: u64) -> (Vec<[usize; 4]>, Vec<usize>) {
    let mut random = stream(seed, "test.mixed", 0);
    let groups: Vec<usize> = (0..n).map(|_| random.random_range(0..3)).collect();
    let level = |group: usize, column: usize, random: &mut rand_chacha::ChaCha8Rng| {
        let main = (group + column) % 4;
        if random.random_bool(own) { main } else { (main + random.random_range(1..4)) % 4 }
    };
    let rows = groups.iter().map(|&group| [0, 1, 2, 3].map(|column| level(group, column, &mut random))).collect();
    (rows, groups)
}

fn levels_of(name: &str, codes: impl IntoIterator<Item = usize>) -> Levels {
    let texts: Vec<Option<String>> = codes.into_iter().map(|code| Some(format!("level {code}"))).collect();
    Levels::from_text(name, &texts)
}

fn columns_of(rows: &[[usize; 4]]) -> Vec<Levels> {
    (0..4).map(|j| levels_of(&format!("c{j}"), rows.iter().map(|row| row[j]))).collect()
}

#[test]
fn two_customers_of_different_levels_are_w_apart_and_two_at_random_two() {
    let texts: Vec<Option<&str>> = (0..120).map(|i| [Some("a"), Some("b"), Some("b"), None][i % 4]).collect();
    let spend: Vec<f64> = (0..120).map(f64::from).collect();
    let table = table(vec![("spend".to_owned(), spend)], vec![Levels::from_text("plan", &texts)]);
    let Normalized { matrix, normalizer, rows, .. } = fit(&table);
    let columns: Vec<Vec<f32>> =
        (0..4).map(|j| rows.scatter(&(0..120).map(|i| matrix.get(i, j)).collect::<Vec<f32>>(), 0.0)).collect();
    assert_eq!(normalizer.names(), ["spend", "plan"]);
    assert_eq!((matrix.n_features(), matrix.n_table_columns()), (4, 2));
    let category = &normalizer.categories()[0];
    assert_eq!(category.levels(), [Some("a".to_owned()), Some("b".to_owned()), None], "a missing text is a level");
    // Shares ¼, ½, ¼: w = 2/(1 − 6/16).
    assert_eq!(category.weight(), 3.2);
    let distance2 = |a: usize, b: usize| (1..4).map(|j| f64::from(columns[j][a] - columns[j][b]).powi(2)).sum::<f64>();
    assert!((distance2(0, 1) - 3.2).abs() < 1e-6 && (distance2(1, 3) - 3.2).abs() < 1e-6 && distance2(1, 2) == 0.0);
    let all: f64 = (0..120).flat_map(|a| (0..120).map(move |b| (a, b))).map(|(a, b)| distance2(a, b)).sum();
    assert!((all / (120.0 * 120.0) - 2.0).abs() < 1e-6);
}

#[test]
fn a_rare_level_is_at_most_as_far_as_an_even_flag() {
    let flag = |every: usize| {
        Levels::from_text(
            "flag",
            &(0..1000).map(|i| Some(if i % every == 0 { "yes" } else { "no" })).collect::<Vec<_>>(),
        )
    };
    let weight = |every| fit(&table(vec![], vec![flag(every)])).normalizer.categories()[0].weight();
    assert_eq!((weight(2), weight(100)), (4.0, 4.0));
}

#[test]
fn the_weight_of_a_category_is_that_of_the_plan_times_its_own() {
    let table = table(vec![], vec![levels_of("c", (0..100).map(|i| i % 2))]);
    let mut plan = plan(Categories::Cluster);
    plan.features.insert("c".to_owned(), FeaturePlan { weight: 0.25, ..plan.default.clone() });
    let found = normalize::fit(&table, &plan, &Monitor::silent()).unwrap();
    assert_eq!(found.normalizer.categories()[0].weight(), 1.0);
}

#[test]
fn constant_columns_and_columns_of_many_levels_only_describe() {
    let many = MAX_CATEGORY_LEVELS + 1;
    let attributes = vec![
        levels_of("one", (0..500).map(|_| 0)),
        levels_of("many", (0..500).map(|i| i % many)),
        levels_of("two", (0..500).map(|i| i % 2)),
        levels_of("dates", (0..500).map(|i| i % 3)).described_only(),
    ];
    let found = fit(&table(vec![], attributes));
    assert_eq!(found.normalizer.names(), ["two"]);
    let codes: Vec<&str> = found.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["many_category_levels", "constant_category"]);
    let described = normalize::fit(
        &table(
            vec![("x".to_owned(), (0..500).map(f64::from).collect())],
            vec![levels_of("two", (0..500).map(|i| i % 2))],
        ),
        &plan(Categories::Describe),
        &Monitor::silent(),
    );
    assert_eq!(described.unwrap().normalizer.names(), ["x"]);
}

#[test]
fn what_is_learned_of_numbers_alone_is_stored_as_it_was_and_categories_come_back() {
    let numbers = || vec![("x".to_owned(), (0..100).map(f64::from).collect())];
    let alone = serde_json::to_value(fit(&table(numbers(), vec![])).normalizer).unwrap();
    let mut keys: Vec<&String> = alone[0].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["clip", "fill", "missing", "name", "scale", "transform", "usual", "weight"]);
    let mixed = fit(&table(numbers(), vec![levels_of("c", (0..100).map(|i| i % 3))])).normalizer;
    let text = serde_json::to_string(&mixed).unwrap();
    assert_eq!(serde_json::from_str::<Normalizer>(&text).unwrap(), mixed);
}

#[test]
fn a_row_is_normalized_to_the_bits_of_the_matrix() {
    let texts: Vec<Option<&str>> = (0..300).map(|i| [Some("a"), None, Some("c")][i * i % 3]).collect();
    let numbers: Vec<f64> = (0..300).map(|i| f64::from(i * 37 % 101)).collect();
    let levels = Levels::from_text("c", &texts);
    let found = fit(&table(vec![("x".to_owned(), numbers.clone())], vec![levels]));
    let category = &found.normalizer.categories()[0];
    let mut row = vec![9.0; found.matrix.n_features()];
    for place in 0..300 {
        let i = found.rows.table_row(place);
        found.normalizer.apply(&[numbers[i], category.code(texts[i])], &mut row).unwrap();
        assert_eq!(row.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>(), found.matrix.row(place));
    }
    found.normalizer.apply(&[1.0, category.code(Some("never seen"))], &mut row).unwrap();
    assert_eq!(row[1..], [0.0; 2], "an unseen level is in no column");
}

#[test]
fn groups_that_only_categories_tell_apart_are_found() {
    for seed in [1, 2] {
        let (rows, groups) = planted(1500, 0.85, seed);
        let Normalized { matrix, rows: places, .. } = fit(&table(vec![], columns_of(&rows)));
        let found = choose_k(&matrix, &kmeans(Auto::Auto), 42, &Monitor::silent()).unwrap();
        assert_eq!((found.fit.model.k(), found.structure.verdict), (3, StructureVerdict::Present), "{:?}", found.table);
        let agreement = ari(&groups, &places.scatter(&labels(&found.fit.partition), 0));
        assert!(agreement >= 0.9, "{agreement}");
    }
}

#[test]
fn where_levels_are_shared_more_the_groups_are_found_as_well_as_they_can_be() {
    for seed in [1, 2] {
        let (rows, groups) = planted(1500, 0.8, seed);
        let Normalized { matrix, rows: places, .. } = fit(&table(vec![], columns_of(&rows)));
        let fit = KMeansParams::from_plan(&kmeans(Auto::Given(3)), 3, 42).check().unwrap();
        let partition = fit.fit(&matrix, &Monitor::silent()).unwrap().partition;
        let found = ari(&groups, &places.scatter(&labels(&partition), 0));
        // Who knows how the table was made can do no better than take the group with most of its own levels.
        let own = |row: &[usize; 4], group: usize| (0..4).filter(|&j| row[j] == (group + j) % 4).count();
        let best: Vec<usize> = rows.iter().map(|row| (0..3).max_by_key(|&group| own(row, group)).unwrap()).collect();
        assert!(found >= ari(&groups, &best) - 0.02, "{found}");
    }
}

#[test]
fn tables_of_unrelated_categories_have_no_structure() {
    let mut random = stream(5, "test.mixed.noise", 0);
    let columns = (0..4)
        .map(|j| levels_of(&format!("c{j}"), (0..600).map(|_| random.random_range(0..4_usize)).collect::<Vec<_>>()));
    let matrix = fit(&table(vec![], columns.collect())).matrix;
    let found = choose_k(&matrix, &kmeans(Auto::Auto), 42, &Monitor::silent()).unwrap();
    assert_eq!(found.structure.verdict, StructureVerdict::None);
}

#[test]
fn an_irrelevant_category_beside_six_numbers_costs_little() {
    let mut random = stream(3, "test.mixed.irrelevant", 0);
    let groups: Vec<usize> = (0..1500).map(|_| random.random_range(0..3)).collect();
    // Centres 4 apart: 4/√2 along an axis of their own.
    let center = |group: usize, j: usize| if j == 2 * group { 4.0 / 2.0_f64.sqrt() } else { 0.0 };
    let numbers: Vec<(String, Vec<f64>)> = (0..6)
        .map(|j| {
            (format!("x{j}"), groups.iter().map(|&g| center(g, j) + random.sample::<f64, _>(StandardNormal)).collect())
        })
        .collect();
    let clustered = |attributes: Vec<Levels>| {
        let matrix = fit(&table(numbers.clone(), attributes)).matrix;
        let params = KMeansParams::from_plan(&kmeans(Auto::Given(3)), 3, 42).check().unwrap();
        ari(&groups, &labels(&params.fit(&matrix, &Monitor::silent()).unwrap().partition))
    };
    let alone = clustered(vec![]);
    for n_levels in [2, 3, 4, 6] {
        let codes: Vec<usize> = (0..1500).map(|_| random.random_range(0..n_levels)).collect();
        let beside = clustered(vec![levels_of("irrelevant", codes)]);
        assert!(beside >= alone - 0.02, "{n_levels} levels: {beside} instead of {alone}");
    }
}

/// Customers in three groups of plan, channel and spending, with a flag, a date and a few missing texts.
fn shop(n: usize) -> Vec<(&'static str, ArrayRef)> {
    let mut random = stream(11, "test.mixed.shop", 0);
    let groups: Vec<usize> = (0..n).map(|i| i % 3).collect();
    let mut often = |own: [&'static str; 3], other: &'static str| -> Vec<Option<&'static str>> {
        let mut one = |&group: &usize| match random.random_range(0..20) {
            0 => None,
            1 | 2 => Some(other),
            _ => Some(own[group]),
        };
        groups.iter().map(&mut one).collect()
    };
    let plan = often(["monthly", "yearly", "it's free"], "trial");
    let channel = often(["web", "shop", "web"], "phone");
    let spend: Vec<f64> = groups.iter().map(|&g| [20.0, 60.0, 22.0][g] + random.random_range(-5.0..5.0)).collect();
    let age: Vec<Option<f64>> = (0..n).map(|i| Some(random.random_range(20.0..70.0)).filter(|_| i % 13 != 5)).collect();
    let active: Vec<bool> = groups.iter().map(|&g| random.random_bool([0.9, 0.8, 0.2][g])).collect();
    vec![
        ("customer", Arc::new((0..n as i64).collect::<Int64Array>()) as ArrayRef),
        ("spend", Arc::new(Float64Array::from(spend))),
        ("age", Arc::new(Float64Array::from(age))),
        ("plan", Arc::new(StringArray::from(plan))),
        ("channel", Arc::new(StringArray::from(channel))),
        ("active", Arc::new(BooleanArray::from(active))),
        ("since", Arc::new((0..n).map(|i| Some(18_000 + (i % 5) as i32)).collect::<Date32Array>())),
    ]
}

/// What the columns of the shop are.
const COLUMNS: &str = "features = [\"spend\", \"age\"]\nattributes = [\"plan\", \"channel\", \"active\", \"since\"]";

/// The folder of a run over `customers.parquet` in `folder`.
fn run(folder: &Path, columns: &str, more: &str) -> PathBuf {
    let text = format!(
        "[source]\npath = \"customers.parquet\"\nid = \"customer\"\n{columns}\n[normalize]\ncategories = \"cluster\"\n\
         [cluster.kmeans]\nk_range = [2, 5]\nn_init = 2\n{more}"
    );
    let plan = Plan::parse(&text, "pipeline.toml", folder, &[]).unwrap();
    pipeline::run(&plan, Finished::Reuse, &Monitor::silent()).unwrap().folder.path
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn clusters_of(path: &Path, column: &str) -> Vec<Option<i32>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap().build().unwrap();
    let of_batch = |batch: arrow::array::RecordBatch| {
        batch.column_by_name(column).unwrap().as_primitive::<Int32Type>().iter().collect::<Vec<_>>()
    };
    reader.flat_map(|batch| of_batch(batch.unwrap())).collect()
}

#[test]
fn scoring_the_customers_of_a_mixed_table_repeats_their_clusters() {
    let folder = tempfile::tempdir().unwrap();
    parquet_table::write(&folder.path().join("customers.parquet"), &shop(600));
    let run = run(folder.path(), COLUMNS, "");
    let model = FittedPipeline::load(&run.join("model.segmint")).unwrap();
    assert_eq!(model.feature_names(), ["age", "spend", "active", "channel", "plan"]);
    let scores = folder.path().join("scores.parquet");
    let summary = score(&model, &folder.path().join("customers.parquet"), &scores, None, &Monitor::silent()).unwrap();
    assert_eq!((summary.n_customers, summary.unseen.len()), (600, 0));
    for column in ["kmeans_cluster", "runner_up", "dbscan_cluster"] {
        assert_eq!(clusters_of(&scores, column), clusters_of(&run.join("assignments.parquet"), column), "{column}");
    }
}

#[test]
fn levels_that_the_fit_has_not_seen_are_counted_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut columns = shop(600);
    columns.retain(|(name, _)| *name != "channel");
    parquet_table::write(&folder.path().join("customers.parquet"), &columns);
    let run = run(folder.path(), "features = [\"spend\"]\nattributes = [\"plan\"]", "");
    let model = FittedPipeline::load(&run.join("model.segmint")).unwrap();
    let plans: Vec<Option<&str>> = (0..600).map(|i| Some(if i % 100 == 7 { "weekly" } else { "yearly" })).collect();
    let place = columns.iter().position(|(name, _)| *name == "plan").unwrap();
    columns[place].1 = Arc::new(StringArray::from(plans));
    let new = folder.path().join("new.parquet");
    parquet_table::write(&new, &columns);
    let summary = score(&model, &new, &folder.path().join("scores.parquet"), None, &Monitor::silent()).unwrap();
    let unseen: Vec<_> =
        summary.unseen.iter().map(|u| (u.feature.as_str(), u.n_unseen, u.example.as_deref(), u.n_example)).collect();
    assert_eq!(unseen, [("plan", 6, Some("weekly"), 6)]);
    let warning = summary.warnings.iter().find(|warning| warning.code == "unseen_levels").unwrap();
    assert!(warning.message.en.contains("such as \"weekly\"") && warning.message.zh.contains("weekly"));
    let customer = find_customer(&model, &Arc::new(Source::open(&new).unwrap()), None, "7").unwrap();
    let reason = model.reason(&customer.raw).unwrap();
    let term = reason.kmeans.unwrap().features.into_iter().find(|term| term.feature == "plan").unwrap();
    assert!(!term.category.unwrap().seen && customer.levels[0].as_deref() == Some("weekly"));
}

#[test]
fn a_level_that_the_fit_has_not_seen_is_repeated_only_where_enough_customers_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut columns = shop(600);
    parquet_table::write(&folder.path().join("customers.parquet"), &columns);
    let run = run(folder.path(), "features = [\"spend\"]\nattributes = [\"plan\"]", "");
    let model = FittedPipeline::load(&run.join("model.segmint")).unwrap();
    let place = columns.iter().position(|(name, _)| *name == "plan").unwrap();
    let plan = |i: usize| match i {
        0 | 599 => "Mr Smith owes",
        i if i % 50 == 7 => "weekly",
        i if i % 50 == 8 => "daily",
        _ => "yearly",
    };
    let mut scored = |plans: Vec<&'static str>| {
        columns[place].1 = Arc::new(StringArray::from(plans));
        let new = folder.path().join("new.parquet");
        parquet_table::write(&new, &columns);
        score(&model, &new, &folder.path().join("scores.parquet"), None, &Monitor::silent()).unwrap()
    };
    let summary = scored((0..600).map(plan).collect());
    assert_eq!(scored((0..600).rev().map(plan).collect()).unseen, summary.unseen);
    let shared = |min_cell| {
        let rules = Rules { min_cell, dominance: 1.0, ids: SharedIds::of(None).unwrap() };
        let SharedScore { mut unseen, mut warnings, .. } = SharedScore::of(&summary, &rules);
        warnings.retain(|warning| warning.code == "unseen_levels");
        (unseen.remove(0).example, warnings.remove(0))
    };
    let (example, warning) = shared(12);
    assert_eq!(example.as_deref(), Some("daily"));
    assert!(warning.message.en.contains("has not seen, such as \"daily\"; it counts"), "{}", warning.message.en);
    let (example, warning) = shared(13);
    assert_eq!((example, &warning.evidence["example"]), (None, &Value::Null));
    assert!(warning.message.en.contains("has not seen; it counts"), "{}", warning.message.en);
    assert!(!warning.message.zh.contains("daily"), "{}", warning.message.zh);
}

#[test]
fn the_terms_of_a_reason_add_up_to_the_gap_and_speak_of_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("customers.parquet");
    parquet_table::write(&path, &shop(600));
    let run = run(folder.path(), COLUMNS, "");
    let model = FittedPipeline::load(&run.join("model.segmint")).unwrap();
    let source = Arc::new(Source::open(&path).unwrap());
    for id in ["0", "1", "2", "77", "301"] {
        let customer = find_customer(&model, &source, None, id).unwrap();
        let reason = model.reason(&customer.raw).unwrap().kmeans.unwrap();
        let mut names: Vec<&str> = reason.features.iter().map(|term| term.feature.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["active", "age", "channel", "plan", "spend"]);
        let gap = reason.runner_up_distance2.unwrap() - reason.distance2;
        assert!((reason.gap.unwrap() - gap).abs() <= 1e-9 * gap.max(1.0));
        let plan = reason.features.iter().find(|term| term.feature == "plan").unwrap().category.as_ref().unwrap();
        assert_eq!((plan.level.as_deref(), plan.seen), (customer.levels[2].as_deref(), true));
        assert!((0.0..=1.0).contains(&plan.centroid_share));

        // What is said to move the customer does.
        let observed = vec![(0.0, 100.0); 2];
        for change in model.changes(&customer.raw, &observed, &[false; 5]).unwrap() {
            let Some((levels, cluster)) = change.levels.as_ref().zip(change.cluster.as_ref()) else { continue };
            let place = model.feature_names().iter().position(|name| *name == change.feature).unwrap();
            let category = &model.normalizer.categories()[place - 2];
            let mut moved = customer.raw.clone();
            moved[place] = category.code(levels.to_level.as_deref());
            assert_eq!(model.reason(&moved).unwrap().kmeans.unwrap().cluster.cluster, cluster.cluster);
        }
    }
}

#[test]
fn profiles_names_and_rules_of_a_mixed_table_speak_of_columns_and_levels() {
    let folder = tempfile::tempdir().unwrap();
    parquet_table::write(&folder.path().join("customers.parquet"), &shop(600));
    let run = run(folder.path(), COLUMNS, "k = 3\n");
    let (record, labelled) = (json(&run.join("run.json")), json(&run.join("segments.json")));
    let features = ["age", "spend", "active", "channel", "plan"];
    assert_eq!(record["input"]["features"], serde_json::json!(features), "columns of the table");
    assert_eq!(record["dbscan"]["min_samples"], 10, "max(5, 2 · 5 columns)");
    assert_eq!(record["categories"][2]["levels"], serde_json::json!(["it's free", "monthly", "trial", "yearly", null]));
    assert_eq!(json(&run.join("charts.json"))["pca"]["features"], serde_json::json!(features));

    let attributes: Vec<(&str, bool)> = labelled["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| (attribute["name"].as_str().unwrap(), attribute["clustered"].as_bool().unwrap()))
        .collect();
    assert_eq!(attributes, [("plan", true), ("channel", true), ("active", true), ("since", false)]);
    let names: Vec<&str> = labelled["clusterings"][0]["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cluster| cluster["name"]["en"].as_str().unwrap())
        .collect();
    assert!(names.iter().any(|name| name.contains("plan = ")), "{names:?}");
    let sql = labelled["rules"]["sql"].as_str().unwrap();
    let of_category = ["\"plan\" ", "\"channel\" ", "\"active\" "].iter().any(|column| sql.contains(column));
    assert!(of_category && !sql.contains("indicator"), "{sql}");
    assert!(labelled["rules"]["tree"]["accuracy"].as_f64().unwrap() > 0.85, "{sql}");
}

#[test]
fn a_mixed_table_gives_the_same_files_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    parquet_table::write(&folder.path().join("customers.parquet"), &shop(400));
    let files = |threads: usize| -> BTreeMap<String, Vec<u8>> {
        let run = run(folder.path(), COLUMNS, &format!("[cluster]\nthreads = {threads}\n"));
        let named = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().path());
        // Those hold times, or the checksum of one that does.
        let differ = ["run.json", "report.html", "checksums.txt"];
        let kept = named.filter(|path| !differ.iter().any(|name| path.ends_with(name)));
        kept.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())).collect()
    };
    let one = files(1);
    for threads in [2, 3, 8] {
        assert!(files(threads) == one, "{threads} threads");
    }
}

#[test]
fn a_table_of_categories_alone_is_segmented_and_its_report_written() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, groups) = planted(600, 0.85, 1);
    let mut columns: Vec<(&str, ArrayRef)> =
        vec![("customer", Arc::new((0..600).map(|i| Some(format!("c{i:03}"))).collect::<StringArray>()))];
    for (j, name) in ["c0", "c1", "c2", "c3"].into_iter().enumerate() {
        let texts = rows.iter().map(|row| Some(format!("level {}", row[j])));
        columns.push((name, Arc::new(texts.collect::<StringArray>())));
    }
    parquet_table::write(&folder.path().join("customers.parquet"), &columns);
    let run = run(folder.path(), "", "");
    let found: Vec<usize> = clusters_of(&run.join("assignments.parquet"), "kmeans_cluster")
        .into_iter()
        .map(|c| c.unwrap() as usize)
        .collect();
    assert!(ari(&groups, &found) >= 0.9);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("c0 = level"), "the page speaks of levels");
}

#[test]
fn rules_on_levels_hold_for_whom_the_tree_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let columns = shop(600);
    parquet_table::write(&folder.path().join("customers.parquet"), &columns);
    let run = run(folder.path(), COLUMNS, "k = 3\n");
    let labelled = json(&run.join("segments.json"));
    let rules: segmint::label::SegmentRules = serde_json::from_value(labelled["rules"].clone()).unwrap();
    let column = |name: &str| columns.iter().find(|(other, _)| *other == name).unwrap().1.clone();
    let number = |name: &str, row: usize| {
        let array = column(name);
        let values = array.as_primitive::<arrow::datatypes::Float64Type>();
        if values.is_valid(row) { values.value(row) } else { f64::NAN }
    };
    let text = |name: &str, row: usize| -> Option<String> {
        let array = column(name);
        match array.as_boolean_opt() {
            Some(flags) => Some(flags.value(row).to_string()),
            None => Some(array.as_string::<i32>()).filter(|a| a.is_valid(row)).map(|a| a.value(row).to_owned()),
        }
    };
    let given = clusters_of(&run.join("assignments.parquet"), "kmeans_cluster");
    let holds = |row: usize| {
        move |condition: &segmint::label::rule::RuleCondition| match condition.column.as_str() {
            name @ ("spend" | "age") => condition.holds(number(name, row)),
            name => condition.holds_text(text(name, row).as_deref()),
        }
    };
    let right = (0..600)
        .filter(|&row| rules.tree.leaf_where(holds(row)).is_some_and(|leaf| Some(leaf.class as i32) == given[row]))
        .count();
    assert!(right >= 500, "{right} of 600");
    let levels = rules.tree.leaves.iter().flat_map(|leaf| &leaf.conditions).filter(|c| c.level.is_some());
    assert!(levels.count() > 0, "a level is spoken of");
}
