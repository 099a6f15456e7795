//! An attack on what is shared: it takes every number of a shared run as an equation and asks how far a hidden count is still open.
//!
//! It knows the labels of the shared document and arithmetic, and nothing of how cells are chosen to be hidden.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use segmint::compare::{AxisPair, Comparisons, Moves, NoisePolicy, TierFacts, TierReport, compare_assignments};
use segmint::config::Plan;
use segmint::load::Levels;
use segmint::monitor::Monitor;
use segmint::pipeline::{Input, segment};
use segmint::registry::{LabelsById, Registry, Run};
use segmint::sharing::{Rules, SharedRun};
use serde_json::{Value, json};

use crate::linear::Facts;

/// Runs of customers, and tables of each: its own, and others of the same segments with other tiers.
const RUNS: usize = 500;
const TABLES_OF_A_RUN: usize = 20;
/// The smallest count that is shown.
pub const MIN_CELL: f64 = 10.0;
/// Whole tables tried against rounded indices.
const TRIED: usize = 100_000;

const X: [f64; 6] = [10.0, 100.0, 300.0, 50.0, 200.0, 400.0];
const Y: [f64; 6] = [50.0, 5.0, 20.0, 35.0, 80.0, 65.0];
const TIERS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// A customer: tier, group, region, whether the recency is missing, value.
pub type Customer = (Option<usize>, usize, usize, bool, f64);

/// Customers whose tiers and groups make a table with small cells, small lines and singles.
pub fn customers(random: &mut ChaCha8Rng) -> (Vec<Customer>, usize) {
    let (n_tiers, n_groups) = (random.random_range(2..=5), random.random_range(2..=5));
    let n = random.random_range(60..=300_usize);
    let mut weights: Vec<f64> = (0..n_tiers * n_groups).map(|_| random.random_range(0.0_f64..1.0).powi(3)).collect();
    for weight in &mut weights {
        if random.random_bool(0.25) {
            *weight *= 0.05;
        }
    }
    let total: f64 = weights.iter().sum();
    let mut found = Vec::new();
    for (cell, weight) in weights.iter().enumerate() {
        let mut count = (weight / total * n as f64).round() as usize;
        if random.random_bool(0.2) {
            count = random.random_range(1..4);
        }
        for _ in 0..count {
            let tier = (!random.random_bool(0.01)).then_some(cell / n_groups);
            let value = 100.0 + 900.0 * random.random_range(0.0_f64..1.0).powi(4);
            found.push((tier, cell % n_groups, random.random_range(0..10_usize) / 4, random.random_bool(0.02), value));
        }
    }
    for group in 0..n_groups {
        // k-means needs somebody of everybody.
        let present = found.iter().filter(|one| one.1 == group).count();
        (present..3).for_each(|_| found.push((Some(0), group, 0, false, 50.0)));
    }
    let whale = random.random_range(0..found.len());
    found[whale].4 = 90_000.0;
    (found, n_groups)
}

pub fn batch(customers: &[Customer], random: &mut ChaCha8Rng) -> RecordBatch {
    let ids: Vec<String> = (0..customers.len()).map(|i| format!("C{i:04}")).collect();
    batch_of(&ids, customers, random)
}

/// Customers who are called `ids`.
pub fn batch_of(ids: &[String], customers: &[Customer], random: &mut ChaCha8Rng) -> RecordBatch {
    let mut near = |centre: f64| centre + random.random_range(-1.5..1.5);
    let recency = customers.iter().map(|one| (!one.3).then(|| near(X[one.1]))).collect::<Float64Array>();
    let frequency = customers.iter().map(|one| Some(near(Y[one.1]))).collect::<Float64Array>();
    let text = |of: &dyn Fn(&Customer) -> Option<String>| customers.iter().map(of).collect::<StringArray>();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(ids.iter().map(Some).collect::<StringArray>())),
        ("recency_days", Arc::new(recency)),
        ("frequency", Arc::new(frequency)),
        ("monetary", Arc::new(customers.iter().map(|one| Some(one.4)).collect::<Float64Array>())),
        ("tier", Arc::new(text(&|one| one.0.map(|tier| TIERS[tier].to_owned())))),
        ("region", Arc::new(text(&|one| Some(["north", "south", "west"][one.2].to_owned())))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// What is shared of a run of these customers, and what its folder holds.
pub struct Told {
    pub shared: Value,
    pub portraits: Value,
    pub comparison: Value,
    pub segments: Value,
}

/// What is shared of a run of these customers, and then of the same segments with other tiers.
fn told(seed: u64) -> Vec<Told> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (customers, k) = customers(&mut random);
    let folder = tempfile::tempdir().unwrap();
    let plan = format!(
        "[source]\npath = \"-\"\nid = \"id\"\ntier = \"tier\"\nvalue = \"monetary\"\nfeatures = [\"recency_days\", \"frequency\"]\n\
         [normalize]\ntransform = \"none\"\n[cluster]\nthreads = 1\n[cluster.kmeans]\nk = {k}\nn_init = 3\n\
         [cluster.dbscan]\nenabled = {}\neps = 0.3\nmin_samples = 5\n\
         [compare]\ntier_order = [\"A\", \"B\", \"C\", \"D\", \"E\"]\npermutations = 0\nbootstrap = 0\n",
        seed % 2 == 0
    );
    std::fs::write(folder.path().join("pipeline.toml"), plan).unwrap();
    let plan = Plan::load(&folder.path().join("pipeline.toml"), &[]).unwrap();
    let monitor = Monitor::silent();
    let input = Input::of_batches(vec![batch(&customers, &mut random)], &plan, &monitor).unwrap();
    let Ok(found) = segment(&input, &plan, &monitor) else { return Vec::new() };
    let registry = Registry::open(folder.path().join("runs"));
    let folder = found.record(&registry, "2026-08-01T02:00:00Z".parse().unwrap()).unwrap().folder.path;
    let mut run = Run::open(&folder).unwrap();
    let rules = Rules::of(&plan.report).unwrap();
    let of = |run: &Run| {
        let shared = SharedRun::of(run, &rules);
        Told {
            // They are the same for every tier, so they are read once.
            portraits: Value::Null,
            shared: json!(shared),
            comparison: json!(run.comparisons),
            segments: json!(run.labelled),
        }
    };
    let mut all = vec![Told { portraits: json!(SharedRun::of(&run, &rules).clusters), ..of(&run) }];
    let segments =
        LabelsById::read(&folder.join("assignments.parquet"), "id", "segment_id", plan.source.duplicates, &[]);
    let segments = segments.unwrap();
    let segment = |i: usize| segments.get(&format!("C{i:04}")).map(|id| id[1..].parse::<u16>().unwrap() - 1);
    let names = (1..=k).map(|number| format!("S{number:02}")).collect();
    let clusters = Levels::new("kmeans", names, (0..customers.len()).map(segment));
    let value: Vec<f64> = customers.iter().map(|one| one.4).collect();
    for _ in 1..TABLES_OF_A_RUN {
        let tier = other_tiers(&clusters, &mut random);
        let order = &plan.compare.tier_order;
        let mut comparison =
            compare_assignments(&tier, order, &clusters, Some(&value), &plan.compare, seed, &monitor).unwrap();
        comparison.noise_policy = NoisePolicy::None;
        let facts = TierFacts {
            tier: &tier,
            scale: order,
            rule: None,
            axes: None,
            axis_pair: AxisPair::Neither,
            value: Some(&value),
            concentration: None,
            services: &BTreeMap::new(),
        };
        let mut comparisons = Comparisons { moves: moves_of(&json!(comparison)), ..Comparisons::default() };
        comparisons.comparisons.push(comparison);
        comparisons.tiers.push(TierReport::of(facts));
        run.comparisons = comparisons;
        all.push(of(&run));
    }
    all
}

/// The cells of a comparison that are added up when it is told how many disagree, and how many look too low and too high.
fn sums_of(comparison: &Value) -> [Vec<(usize, usize)>; 3] {
    let tiers: Vec<&Value> = items(&comparison["contingency"], "tiers").collect();
    let mut sums = [const { Vec::new() }; 3];
    for (c, expected) in items(comparison, "expected_tiers").enumerate().filter(|(_, expected)| !expected.is_null()) {
        for (t, tier) in tiers.iter().enumerate().filter(|(_, tier)| **tier != expected) {
            sums[0].push((t, c));
            // A is better than B.
            sums[if expected.as_str() < tier.as_str() { 1 } else { 2 }].push((t, c));
        }
    }
    sums
}

/// Who looks too low and too high, as a run has it.
fn moves_of(comparison: &Value) -> Option<Moves> {
    let counts = &comparison["contingency"]["counts"];
    let n = |cells: &[(usize, usize)]| cells.iter().map(|&(t, c)| counts[t][c].as_u64().unwrap()).sum::<u64>();
    let [all, low, high] = sums_of(comparison).map(|cells| n(&cells));
    let moves = json!({ "tier": comparison["tier"], "clustering": comparison["clustering"], "n_too_low": low,
        "n_too_high": high, "customers": [] });
    (all > 0).then(|| serde_json::from_value(moves).unwrap())
}

/// Cells of a table whose sum is told, and the ends it lies between.
type ToldSum = (Vec<(usize, usize)>, [f64; 2]);

/// The sums over many cells that are told of a comparison.
fn told_sums(told: &Told, at: usize) -> Vec<ToldSum> {
    let (shown, whole) = (&told.shared["comparisons"][at], &told.comparison["comparisons"][at]);
    let [all, low, high] = sums_of(whole);
    let mut sums = Vec::new();
    for sentence in items(shown, "sentences").filter_map(|sentence| sentence["en"].as_str()) {
        if sentence.contains("in a cluster typical of another tier") {
            let number: f64 = sentence.split(' ').next().unwrap().replace(',', "").parse().unwrap();
            let percent = |percent: f64| percent / 100.0 * shown["n"].as_f64().unwrap();
            let is_share = sentence.contains("% of the customers");
            let ends = if is_share { [percent(number - 0.5), percent(number + 0.5)] } else { [number, number] };
            sums.push((all.clone(), ends));
        }
    }
    let moves = &told.shared["moves"];
    let is_of_moves = (&moves["tier"], &moves["clustering"]) == (&shown["tier"], &shown["clustering"]);
    // They are told of the first comparison of a clustering.
    let is_first =
        items(&told.shared, "comparisons").position(|one| one["clustering"] == moves["clustering"]) == Some(at);
    if is_of_moves && is_first {
        sums.extend(moves["n_too_low"].as_f64().map(|n| (low, [n, n])));
        sums.extend(moves["n_too_high"].as_f64().map(|n| (high, [n, n])));
    }
    sums
}

/// Tiers that make a table with small cells and singles of these clusters.
fn other_tiers(clusters: &Levels, random: &mut ChaCha8Rng) -> Levels {
    let (n_tiers, k) = (random.random_range(2..=5_usize), clusters.levels().len());
    let mut weights = Vec::new();
    for _ in 0..n_tiers * k {
        let weight = random.random_range(0.0_f64..1.0).powi(3);
        weights.push(if random.random_bool(0.25) { 0.04 * weight } else { weight });
    }
    let without = if random.random_bool(0.5) { 0.02 } else { 0.0 };
    let mut tier = |row: usize| {
        let cluster = clusters.code(row)?;
        let own: Vec<f64> = (0..n_tiers).map(|tier| weights[tier * k + cluster]).collect();
        let mut at = random.random_range(0.0..own.iter().sum::<f64>());
        let drawn = own.iter().position(|weight| {
            at -= weight;
            at < 0.0
        });
        (!random.random_bool(without)).then(|| TIERS[drawn.unwrap_or(0)])
    };
    let texts: Vec<Option<&str>> = (0..clusters.n_rows()).map(&mut tier).collect();
    Levels::from_text("tier", &texts)
}

pub fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

pub fn name(parts: &[&str]) -> String {
    parts.join("/")
}

pub fn cell(clustering: &str, tier: &str, cluster: &Value) -> String {
    name(&["cell", clustering, tier, &cluster.to_string()])
}

pub fn size(clustering: &str, cluster: &Value) -> String {
    name(&["size", clustering, &cluster.to_string()])
}

/// The place of the segment `id` in a shared run.
pub fn position(shared: &Value, id: &str) -> Option<usize> {
    items(shared, "segments").position(|segment| segment["segment_id"] == id)
}

/// Every equation that a shared run holds.
pub fn facts(told: &Told) -> Facts {
    let mut facts = Facts::default();
    let shared = &told.shared;
    let (n, clustered) = (shared["n_customers"].as_f64().unwrap(), shared["n_clustered"].as_f64().unwrap());
    assert_eq!(n, clustered, "nobody is dropped here");
    sizes(&mut facts, told, n);
    for tier in items(shared, "tiers") {
        let mut all = vec![(name(&["class", "none"]), 1.0)];
        for class in items(tier, "classes") {
            let class_name = name(&["class", class["tier"].as_str().unwrap()]);
            if let Some(customers) = class["customers"].as_f64() {
                facts.known(&class_name, customers);
                if let Some(share) = class["share"].as_f64().filter(|&share| share > 0.0) {
                    facts.known("class/none", n - (customers / share).round());
                }
            }
            all.push((class_name, 1.0));
        }
        facts.sum(&all, n);
        if let Some(without) = tier["n_without_tier"].as_f64() {
            facts.known("class/none", without);
        }
        if let Some(with) = tier["n"].as_f64() {
            facts.known("class/none", n - with);
        }
    }
    for (at, comparison) in items(shared, "comparisons").enumerate() {
        compared(&mut facts, comparison);
        let (clustering, table) = (comparison["clustering"].as_str().unwrap(), &comparison["contingency"]);
        for (number, (cells, [least, most])) in told_sums(told, at).into_iter().enumerate() {
            let named = |&(t, c): &(usize, usize)| {
                (cell(clustering, table["tiers"][t].as_str().unwrap(), &table["clusters"][c]), 1.0)
            };
            let mut sum: Vec<(String, f64)> = cells.iter().map(named).collect();
            // Between two ends it is the lower and a part of what is between them.
            if most > least {
                let [above, below] =
                    ["above", "below"].map(|end| name(&["sum", end, &at.to_string(), &number.to_string()]));
                facts.sum(&[(above.clone(), 1.0), (below, 1.0)], most - least);
                sum.push((above, -1.0));
            }
            facts.sum(&sum, least);
        }
    }
    portraits(&mut facts, told, n);
    facts
}

fn sizes(facts: &mut Facts, told: &Told, n: f64) {
    let shared = &told.shared;
    let mut all = Vec::new();
    for (c, segment) in items(shared, "segments").enumerate() {
        let own = size("kmeans", &json!(c));
        if let Some(customers) = segment["size"].as_f64().or_else(|| segment["share"].as_f64().map(|share| share * n)) {
            facts.known(&own, customers.round());
        }
        all.push((own, 1.0));
    }
    facts.sum(&all, n);
    let dbscan = &shared["dbscan"];
    if let Some(n_clusters) = dbscan["n_clusters"].as_u64() {
        let mut all: Vec<(String, f64)> = (0..n_clusters).map(|c| (size("dbscan", &json!(c)), 1.0)).collect();
        all.push((size("dbscan", &Value::Null), 1.0));
        facts.sum(&all, n);
        if let Some(noise) = dbscan["n_noise"].as_f64() {
            facts.known(&size("dbscan", &Value::Null), noise);
        }
    }
    for skipped in items(&shared["new_segments"], "skipped") {
        if let Some(noise) = skipped["evidence"]["n_noise"].as_f64() {
            facts.known(&size("dbscan", &Value::Null), noise);
        }
    }
    for candidate in items(&shared["new_segments"], "candidates") {
        let id = candidate["id"].as_str().unwrap();
        if let (Some(cluster), Some(customers)) = (position(shared, id), candidate["size"].as_f64()) {
            facts.known(&size("kmeans", &json!(cluster)), customers);
        }
    }
    for target in items(&shared["targets"], "segments") {
        let cluster = position(shared, target["segment_id"].as_str().unwrap());
        if let (Some(cluster), Some(customers)) = (cluster, target["customers"].as_f64()) {
            facts.known(&size("kmeans", &json!(cluster)), customers);
        }
    }
}

fn compared(facts: &mut Facts, comparison: &Value) {
    let clustering = comparison["clustering"].as_str().unwrap();
    let table = &comparison["contingency"];
    let clusters: Vec<&Value> = items(table, "clusters").collect();
    let tiers: Vec<&str> = items(table, "tiers").map(|tier| tier.as_str().unwrap()).collect();
    let mut all = Vec::new();
    for (t, tier) in tiers.iter().enumerate() {
        for (c, cluster) in clusters.iter().enumerate() {
            let own = cell(clustering, tier, cluster);
            if let Some(customers) = table["counts"][t][c].as_f64() {
                facts.known(&own, customers);
            }
            all.push((own, 1.0));
        }
    }
    // A table without the noise holds fewer customers, of the same cells.
    if comparison["noise_policy"] != "excluded" {
        for tier in &tiers {
            let mut row: Vec<(String, f64)> = clusters.iter().map(|c| (cell(clustering, tier, c), 1.0)).collect();
            row.push((name(&["class", tier]), -1.0));
            facts.sum(&row, 0.0);
        }
        for cluster in &clusters {
            let mut column: Vec<(String, f64)> =
                tiers.iter().map(|tier| (cell(clustering, tier, cluster), 1.0)).collect();
            column.push((cell(clustering, "none", cluster), 1.0));
            column.push((size(clustering, cluster), -1.0));
            facts.sum(&column, 0.0);
        }
        let mut none: Vec<(String, f64)> = clusters.iter().map(|c| (cell(clustering, "none", c), 1.0)).collect();
        none.push((name(&["class", "none"]), -1.0));
        facts.sum(&none, 0.0);
    }
    if let Some(n) = comparison["n"].as_f64() {
        facts.sum(&all, n);
    }
    if let Some(without) = comparison["n_without_tier"].as_f64() {
        facts.known("class/none", without);
    }
    for cell_of in items(comparison, "disagreements") {
        let own = cell(clustering, cell_of["tier"].as_str().unwrap(), &cell_of["cluster"]);
        facts.known(&own, cell_of["customers"].as_f64().unwrap());
    }
}

fn portraits(facts: &mut Facts, told: &Told, n: f64) {
    for (c, cluster) in told.portraits.as_array().into_iter().flatten().enumerate() {
        let own = size("kmeans", &json!(c));
        if let Some(customers) = cluster["size"].as_f64() {
            facts.known(&own, customers);
        }
        for level in items(&cluster["portrait"], "attributes") {
            let text = level["level"].to_string();
            let (members, all) = (name(&["level", &text, &c.to_string()]), name(&["level", &text]));
            if let Some(customers) = level["n"].as_f64() {
                facts.known(&members, customers);
            }
            if let Some(share) = level["share"].as_f64() {
                facts.sum(&[(members.clone(), 1.0), (own.clone(), -share)], 0.0);
            }
            if let Some(others) = level["others_share"].as_f64() {
                facts.sum(&[(all, 1.0), (members, -1.0), (own.clone(), others)], others * n);
            }
        }
        for feature in items(&cluster["portrait"], "features") {
            let column = feature["feature"].as_str().unwrap();
            if let Some(share) = feature["missing_share"].as_f64() {
                facts.sum(&[(name(&["missing", column, &c.to_string()]), 1.0), (own.clone(), -share)], 0.0);
            }
            // Everybody has a frequency, so the means weigh that of all.
            if let (Some(mean), Some(others), "frequency") =
                (feature["mean"].as_f64(), feature["others_mean"].as_f64(), column)
            {
                facts.sum(&[(own.clone(), mean - others), (name(&["total", column]), -1.0)], -others * n);
            }
        }
    }
}

/// The counts of a run that are hidden and somebody's, with their names here.
pub fn hidden(told: &Told) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    for (shown, whole) in items(&told.shared, "comparisons").zip(items(&told.comparison, "comparisons")) {
        let clustering = shown["clustering"].as_str().unwrap();
        let (table, truth) = (&shown["contingency"], &whole["contingency"]["counts"]);
        for (t, tier) in items(table, "tiers").enumerate() {
            for (c, cluster) in items(table, "clusters").enumerate() {
                let count = truth[t][c].as_f64().unwrap();
                let is_shown = table["counts"][t][c].as_f64();
                assert!(is_shown.is_none_or(|shown| shown == count && (count == 0.0 || count >= MIN_CELL)), "{table}");
                if is_shown.is_none() {
                    found.push((cell(clustering, tier.as_str().unwrap(), cluster), count));
                }
            }
        }
    }
    let whole = &told.segments["clusterings"][0]["clusters"];
    for (c, segment) in items(&told.shared, "segments").enumerate() {
        let count = whole[c]["size"].as_f64().unwrap();
        assert!(segment["size"].as_f64().is_none_or(|size| size >= MIN_CELL), "{segment}");
        if segment["size"].is_null() {
            found.push((size("kmeans", &json!(c)), count));
        }
    }
    for (shown, whole) in items(&told.shared, "tiers").zip(items(&told.comparison, "tiers")) {
        for (class, whole) in items(shown, "classes").zip(items(whole, "classes")) {
            if class["customers"].is_null() {
                found.push((name(&["class", class["tier"].as_str().unwrap()]), whole["customers"].as_f64().unwrap()));
            }
        }
    }
    found
}

/// What an attack finds: hidden counts that are less open than they should be.
fn recovered(told: &Told) -> Vec<String> {
    let mut facts = facts(told);
    let hidden = hidden(told);
    let names: Vec<String> = hidden.iter().map(|(name, _)| name.clone()).collect();
    let Some(intervals) = facts.intervals(&names) else { return vec!["the facts contradict each other".to_owned()] };
    let mut found = Vec::new();
    for ((name, count), (low, high)) in hidden.iter().zip(intervals) {
        if *count < low - 1e-3 || *count > high + 1e-3 {
            found.push(format!("{name} = {count} is not in [{low}, {high}]: a fact is read wrongly"));
        }
        if high - low < MIN_CELL - 1e-3 {
            found.push(format!("{name} = {count} is in [{low}, {high}]"));
        }
    }
    found.extend(spoken_of(told));
    found.extend(items(&told.shared, "comparisons").filter_map(|comparison| tried_out(told, comparison)).flatten());
    found
}

/// Sentences that name the tier and the cluster of a hidden cell.
fn spoken_of(told: &Told) -> Vec<String> {
    let mut found = Vec::new();
    for comparison in items(&told.shared, "comparisons") {
        let table = &comparison["contingency"];
        // A name that is a part of another is found in the other, too.
        let names: Vec<&str> = items(table, "cluster_names").map(|name| name["en"].as_str().unwrap()).collect();
        let is_alone = |named: &str| names.iter().filter(|name| name.contains(named)).count() == 1;
        for sentence in items(comparison, "sentences").filter_map(|sentence| sentence["en"].as_str()) {
            for (t, tier) in items(table, "tiers").enumerate() {
                for (c, named) in items(table, "cluster_names").enumerate() {
                    let (tier, named) = (tier.as_str().unwrap(), named["en"].as_str().unwrap());
                    let of_tier =
                        sentence.starts_with(&format!("tier {tier}")) && sentence.contains(&format!("{named} ("));
                    let of_cluster =
                        sentence.starts_with(&format!("{named} mixes")) && sentence.contains(&format!("{tier} ("));
                    if table["counts"][t][c].is_null() && is_alone(named) && (of_tier || of_cluster) {
                        found.push(format!("{sentence:?} speaks of a hidden cell"));
                    }
                }
            }
        }
    }
    found
}

/// Tries whole tables against the indices of a comparison: hidden cells of which one value is left, or too few.
fn tried_out(told: &Told, comparison: &Value) -> Option<Vec<String>> {
    let ami = comparison["indices"]["ami"]["value"].as_f64()?;
    let homogeneity = comparison["indices"]["homogeneity"]["value"].as_f64();
    // Who is not told how many are compared does not have the totals that whole tables are tried with.
    comparison["n"].as_u64()?;
    let table = &comparison["contingency"];
    let shown: Vec<Vec<Option<u64>>> =
        items(table, "counts").map(|row| row.as_array().unwrap().iter().map(Value::as_u64).collect()).collect();
    if shown.iter().flatten().all(Option::is_some) {
        return None;
    }
    let at = items(&told.shared, "comparisons").position(|other| other == comparison)?;
    let truth: Vec<Vec<u64>> = items(&told.comparison["comparisons"][at]["contingency"], "counts")
        .map(|row| row.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect())
        .collect();
    let mut tables = Tables { sums: told_sums(told, at), ..Tables::new(&truth, &shown, ami, homogeneity) };
    tables.fill(0);
    if tables.left == 0 {
        return None;
    }
    let narrow = tables.ends.iter().flatten().flatten().filter(|[low, high]| ((high - low) as f64) < MIN_CELL);
    let narrow: Vec<String> =
        narrow.map(|[low, high]| format!("indices leave {low} to {high} of {truth:?}, shown {comparison}")).collect();
    (!narrow.is_empty()).then_some(narrow)
}

/// Whole tables with the totals of the true one.
struct Tables<'a> {
    truth: &'a [Vec<u64>],
    shown: &'a [Vec<Option<u64>>],
    now: Vec<Vec<u64>>,
    rows: Vec<u64>,
    columns: Vec<u64>,
    wanted: (f64, Option<f64>),
    expected: f64,
    /// Sums over many cells that are told.
    sums: Vec<ToldSum>,
    /// Cells that may still be filled.
    left: usize,
    /// Those that agree with the indices.
    n_agreeing: usize,
    /// The smallest and largest value of every hidden cell.
    ends: Vec<Vec<Option<[u64; 2]>>>,
}

impl<'a> Tables<'a> {
    fn new(truth: &'a [Vec<u64>], shown: &'a [Vec<Option<u64>>], ami: f64, homogeneity: Option<f64>) -> Self {
        let rows: Vec<u64> = truth.iter().map(|row| row.iter().sum()).collect();
        let columns: Vec<u64> = (0..truth[0].len()).map(|c| truth.iter().map(|row| row[c]).sum()).collect();
        Tables {
            expected: expected_information(&rows, &columns),
            ends: shown.iter().map(|row| row.iter().map(|_| None).collect()).collect(),
            now: truth.to_vec(),
            wanted: (ami, homogeneity),
            sums: Vec::new(),
            left: TRIED,
            n_agreeing: 0,
            truth,
            shown,
            rows,
            columns,
        }
    }

    fn fill(&mut self, at: usize) {
        let (n_rows, n_columns) = (self.rows.len(), self.columns.len());
        if self.left == 0 {
            return;
        }
        // Dead ends count too: there may be far more of them than tables.
        self.left -= 1;
        if at == n_rows * n_columns {
            self.note();
            return;
        }
        let (r, c) = (at / n_columns, at % n_columns);
        let in_row: u64 = self.now[r][..c].iter().sum();
        let in_column: u64 = self.now[..r].iter().map(|row| row[c]).sum();
        let (Some(row), Some(column)) = (self.rows[r].checked_sub(in_row), self.columns[c].checked_sub(in_column))
        else {
            return;
        };
        let (last_row, last_column) = (r + 1 == n_rows, c + 1 == n_columns);
        let values = match (self.shown[r][c], last_row, last_column) {
            (Some(value), ..) => value..=value,
            (None, true, _) => column..=column,
            (None, _, true) => row..=row,
            _ => 0..=row.min(column),
        };
        for value in values {
            let fits =
                (!last_row || value == column) && (!last_column || value == row) && value <= row && value <= column;
            if fits {
                self.now[r][c] = value;
                self.fill(at + 1);
            }
        }
        self.now[r][c] = self.truth[r][c];
    }

    /// Takes note of a table that agrees with the sums and the indices.
    fn note(&mut self) {
        let adds_up = |(cells, [least, most]): &ToldSum| {
            let sum = cells.iter().map(|&(r, c)| self.now[r][c]).sum::<u64>() as f64;
            (least - 1e-6..=most + 1e-6).contains(&sum)
        };
        if !self.sums.iter().all(adds_up) {
            return;
        }
        let entropy = |totals: &[u64]| -> f64 {
            let n: f64 = totals.iter().sum::<u64>() as f64;
            totals.iter().filter(|&&x| x > 0).map(|&x| x as f64 / n * (n / x as f64).ln()).sum()
        };
        let n = self.rows.iter().sum::<u64>() as f64;
        let mut information = 0.0;
        for (r, row) in self.now.iter().enumerate() {
            for (c, &x) in row.iter().enumerate().filter(|(_, x)| **x > 0) {
                information += x as f64 / n * (n * x as f64 / (self.rows[r] * self.columns[c]) as f64).ln();
            }
        }
        let (h_rows, h_columns) = (entropy(&self.rows), entropy(&self.columns));
        let ami = (information - self.expected) / ((h_rows + h_columns) / 2.0 - self.expected);
        // Both are rounded alike, so the one that shows more digits tells what the other was rounded to: 0.5 beside 0.47 is 0.50.
        let digits = |shown: f64| shown.to_string().split_once('.').map_or(0, |(_, digits)| digits.len() as i32);
        let digits = digits(self.wanted.0).max(self.wanted.1.map_or(0, digits));
        let fits = |found: f64, shown: f64| (found - shown).abs() <= 0.5 * 10_f64.powi(-digits) + 1e-9;
        if fits(ami, self.wanted.0) && self.wanted.1.is_none_or(|wanted| fits(information / h_rows, wanted)) {
            self.n_agreeing += 1;
            for (r, row) in self.now.iter().enumerate() {
                for (c, &x) in row.iter().enumerate().filter(|(c, _)| self.shown[r][*c].is_none()) {
                    let ends = self.ends[r][c].get_or_insert([x, x]);
                    *ends = [ends[0].min(x), ends[1].max(x)];
                }
            }
        }
    }
}

/// What chance gives tables with these totals (Vinh, Epps and Bailey 2010), term by term.
fn expected_information(rows: &[u64], columns: &[u64]) -> f64 {
    let n: u64 = rows.iter().sum();
    let mut logs = vec![0.0];
    (1..=n).for_each(|i| logs.push(logs[i as usize - 1] + (i as f64).ln()));
    let log = |i: u64| logs[i as usize];
    let mut sum = 0.0;
    for &a in rows {
        for &b in columns {
            for x in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                let chance = log(a) + log(b) + log(n - a) + log(n - b)
                    - log(n)
                    - log(x)
                    - log(a - x)
                    - log(b - x)
                    - log(n + x - a - b);
                sum += x as f64 / n as f64 * ((n * x) as f64 / (a * b) as f64).ln() * chance.exp();
            }
        }
    }
    sum
}

#[test]
fn no_hidden_count_of_ten_thousand_random_tables_is_recovered() {
    let (attacked, n_hidden) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let n_sums = AtomicUsize::new(0);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let work = |part: usize| {
            let mut found = Vec::new();
            for seed in (part..RUNS).step_by(2) {
                for (at, told) in told(seed as u64).iter().enumerate() {
                    attacked.fetch_add(1, Ordering::Relaxed);
                    n_hidden.fetch_add(hidden(told).len(), Ordering::Relaxed);
                    let n = items(&told.shared, "comparisons").count();
                    n_sums.fetch_add((0..n).map(|at| told_sums(told, at).len()).sum(), Ordering::Relaxed);
                    found.extend(recovered(told).into_iter().map(|leak| format!("run {seed}, table {at}: {leak}")));
                }
            }
            found
        };
        let parts = [0, 1].map(|part| scope.spawn(move || work(part)));
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    let (attacked, n_hidden, n_sums) = (attacked.into_inner(), n_hidden.into_inner(), n_sums.into_inner());
    println!("{attacked} tables, {n_hidden} hidden counts, {n_sums} sums told");
    assert!(attacked == RUNS * TABLES_OF_A_RUN && n_hidden > attacked, "{attacked} tables, {n_hidden} hidden counts");
    let some: Vec<&String> = failures.iter().take(20).collect();
    assert!(failures.is_empty(), "{} leaks of {n_hidden}, such as {some:#?}", failures.len());
}

/// A table whose lines each hide two cells, as a rule line by line would have it, and which a bridge gives away all the same.
fn bridged() -> Value {
    let counts = json!([[null, null, null, 40], [null, 2, 41, 45], [50, 42, null, null], [44, 55, null, null],]);
    json!({ "clustering": "kmeans", "noise_policy": "none", "n": 361, "n_without_tier": 0, "disagreements": [],
        "contingency": { "tiers": ["A", "B", "C", "D"], "clusters": [0, 1, 2, 3], "counts": counts } })
}

#[test]
fn the_attack_finds_a_bridge() {
    let mut facts = Facts::default();
    let truth = [[4, 5, 3, 40], [6, 2, 41, 45], [50, 42, 5, 7], [44, 55, 8, 4]];
    for (t, tier) in ["A", "B", "C", "D"].iter().enumerate() {
        facts.known(&name(&["class", tier]), truth[t].iter().sum::<i32>() as f64);
        facts.known(&size("kmeans", &json!(t)), truth.iter().map(|row| row[t]).sum::<i32>() as f64);
    }
    let mut comparison = bridged();
    comparison["contingency"]["counts"][1][1] = Value::Null;
    compared(&mut facts, &comparison);
    let cells = [cell("kmeans", "A", &json!(2)), cell("kmeans", "C", &json!(2))];
    let intervals = facts.intervals(&cells).unwrap();
    let width = |at: usize| intervals[at].1 - intervals[at].0;
    assert!(width(0) < 1e-6 && (intervals[0].0 - 3.0).abs() < 1e-6, "the bridge is 3: {intervals:?}");
    assert!(width(1) > 1.0, "{intervals:?}");
}

#[test]
fn the_attack_finds_a_table_that_exact_indices_leave() {
    let truth = vec![vec![40, 3, 4], vec![7, 50, 2], vec![1, 6, 45]];
    let shown = vec![vec![Some(40), None, None], vec![None, Some(50), None], vec![None, None, Some(45)]];
    let n_tables = |ami: f64| {
        let mut tables = Tables::new(&truth, &shown, ami, None);
        tables.fill(0);
        assert!(tables.left > 0);
        tables.n_agreeing
    };
    let mut exact = Tables::new(&truth, &shown, 0.0, None);
    exact.now = truth.clone();
    let entropy = |totals: &[u64]| totals.iter().map(|&x| x as f64 / 158.0 * (158.0 / x as f64).ln()).sum::<f64>();
    let mut information = 0.0;
    for (r, row) in truth.iter().enumerate() {
        for (c, &x) in row.iter().enumerate() {
            information += x as f64 / 158.0 * (158.0 * x as f64 / (exact.rows[r] * exact.columns[c]) as f64).ln();
        }
    }
    let ami =
        (information - exact.expected) / ((entropy(&exact.rows) + entropy(&exact.columns)) / 2.0 - exact.expected);
    let (exact, one_digit) = (n_tables(ami), n_tables((ami * 10.0).round() / 10.0));
    assert!((1..=2).contains(&exact), "all digits leave one table, or two that are alike: {exact}");
    assert!(one_digit > exact, "one digit leaves {one_digit}");
}
