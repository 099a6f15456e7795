//! What a run leaves, and what the other verbs make of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::shop::{Shop, columns};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn table(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
    let schema = Arc::clone(reader.schema());
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let array = batch.column_by_name(column).unwrap().as_string::<i32>().clone();
    array.iter().map(|text| text.map(str::to_owned)).collect()
}

/// Every file of a run but those that hold times, or the checksum of one that does, by name.
pub(super) fn repeatable(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = super::shop::listing(folder).into_iter();
    let named = files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()));
    named.filter(|(name, _)| !["run.json", "report.html", "checksums.txt"].contains(&name.as_str())).collect()
}

/// `run.json` without what may differ between two runs on the same input, plan and version.
pub(super) fn without_times(folder: &Path) -> Value {
    let mut record = json(&folder.join("run.json"));
    for key in ["run_id", "stages", "seconds", "peak_memory"] {
        record.as_object_mut().unwrap().remove(key);
    }
    record
}

#[test]
fn a_run_folder_holds_every_file_of_the_contract() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let names: Vec<String> = repeatable(&run).into_keys().chain(["run.json".to_owned()]).collect();
    assert!(run.join("report.html").is_file() && run.join("checksums.txt").is_file());
    for expected in [
        "assignments.parquet",
        "charts.json",
        "comparison.json",
        "disagreements.parquet",
        "model.segmint",
        "run.json",
        "segments.json",
        "segments.parquet",
    ] {
        assert!(names.iter().any(|name| name == expected), "{expected} is missing from {names:?}");
    }
    let record = json(&run.join("run.json"));
    assert_eq!(record["run_id"].as_str().unwrap(), run.file_name().unwrap().to_str().unwrap());
    assert_eq!(record["input"]["n_customers"], 240);
    assert_eq!(record["structure"]["verdict"], "present");
    assert_eq!(record["origins"]["cluster.kmeans.n_init"], "pipeline.toml:12");
    assert_eq!(record["kmeans"]["k"], 3);
}

#[test]
fn assignments_have_the_columns_of_the_contract_in_input_order() {
    let shop = Shop::new();
    let batch = table(&shop.run(&[]).join("assignments.parquet"));
    let schema = batch.schema();
    let fields: Vec<(&str, &DataType)> = schema.fields().iter().map(|f| (f.name().as_str(), f.data_type())).collect();
    assert_eq!(
        fields,
        [
            ("customer", &DataType::Int64),
            ("segment_id", &DataType::Utf8),
            ("segment", &DataType::Utf8),
            ("archetype", &DataType::Utf8),
            ("kmeans_cluster", &DataType::Int32),
            ("kmeans_margin", &DataType::Float32),
            ("runner_up", &DataType::Int32),
            ("dbscan_cluster", &DataType::Int32),
            ("dbscan_core", &DataType::Boolean),
            ("tier", &DataType::Utf8),
            ("value", &DataType::Float64),
            ("previous_segment_id", &DataType::Utf8),
            ("change", &DataType::Utf8),
        ]
    );
    assert_eq!(batch.column(0).as_ref(), columns(240)[0].1.as_ref());
    // The three groups take turns.
    let clusters = batch["kmeans_cluster"].as_primitive::<Int32Type>();
    for row in 3..240 {
        assert_eq!(clusters.value(row), clusters.value(row - 3));
    }
    let segments = texts(&batch, "segment_id");
    assert_eq!(segments[0].as_deref().unwrap(), format!("S{:02}", clusters.value(0) + 1));
}

#[test]
fn two_runs_on_the_same_input_and_plan_differ_in_id_times_and_memory_only() {
    let shop = Shop::new();
    let first = shop.run(&["--set", "cluster.threads=1"]);
    let second = shop.run(&["--set", "cluster.threads=3"]);
    assert_ne!(first, second);
    assert_eq!(repeatable(&first), repeatable(&second));
    let (mut a, mut b) = (without_times(&first), without_times(&second));
    for record in [&mut a, &mut b] {
        record["plan"]["cluster"].as_object_mut().unwrap().remove("threads");
    }
    assert_eq!(a, b);
    // The page tells the run, and the plan with its threads.
    let page = |run: &Path, threads: &str| {
        let text = fs::read_to_string(run.join("report.html")).unwrap();
        let row = format!("<tr><td><bdi>cluster.threads</bdi></td><td><bdi>{threads}</bdi></td>");
        assert!(text.contains(&row));
        text.replace(run.file_name().unwrap().to_str().unwrap(), "RUN").replace(&row, "")
    };
    assert_eq!(page(&first, "1"), page(&second, "3"));
    let hash = |run: &Path| run.to_str().unwrap().rsplit('-').next().unwrap().to_owned();
    assert_eq!(hash(&first), hash(&second), "threads are no part of what a run computes");
}

#[test]
fn scoring_the_training_customers_repeats_their_segments() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let said = shop.segmint(&["score", "latest", "customers.parquet", "-o", "scored.parquet"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let (fitted, scored) = (table(&run.join("assignments.parquet")), table(&shop.path("scored.parquet")));
    for column in
        ["customer", "segment_id", "segment", "archetype", "kmeans_cluster", "kmeans_margin", "dbscan_cluster"]
    {
        assert_eq!(fitted[column].as_ref(), scored[column].as_ref(), "{column}");
    }
}

#[test]
fn explaining_a_customer_gives_terms_that_add_up_to_the_gap() {
    let shop = Shop::new();
    shop.run(&[]);
    let said = shop.segmint(&["explain", "latest", "1002", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let kmeans = &document["reason"]["kmeans"];
    let sum: f64 = kmeans["features"].as_array().unwrap().iter().map(|term| term["term"].as_f64().unwrap()).sum();
    let gap = kmeans["runner_up_distance2"].as_f64().unwrap() - kmeans["distance2"].as_f64().unwrap();
    assert!((sum - gap).abs() <= 1e-9 * gap.abs().max(1.0), "{sum} is not {gap}");
    assert_eq!(document["tier"], "A");
    let said = shop.segmint(&["explain", "latest", "7"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
}

#[test]
fn an_explanation_says_what_would_move_the_customer_and_scoring_agrees() {
    let shop = Shop::new();
    shop.run(&[]);
    let said = shop.segmint(&["explain", "latest", "1000", "--json"]);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let first = &document["changes"][0];
    let (feature, to) = (first["feature"].as_str().unwrap(), first["to"].as_f64().unwrap());
    let mut table = columns(240);
    let position = table.iter().position(|(name, _)| *name == feature).unwrap();
    let before = table[position].1.as_primitive::<arrow::datatypes::Float64Type>().clone();
    let after = (0..240).map(|row| Some(if row == 0 { to } else { before.value(row) }));
    table[position].1 = Arc::new(after.collect::<arrow::array::Float64Array>());
    crate::parquet_table::write(&shop.path("changed.parquet"), &table);
    assert_eq!(shop.segmint(&["score", "latest", "changed.parquet", "-o", "scored.parquet"]).code, 0);
    let segments = texts(&super::runs::table(&shop.path("scored.parquet")), "segment_id");
    assert_eq!(segments[0].as_deref(), first["cluster"]["segment_id"].as_str());
    assert_ne!(segments[0].as_deref(), document["reason"]["kmeans"]["cluster"]["segment_id"].as_str());
}

#[test]
fn an_explanation_says_where_the_tier_disagrees_in_either_language() {
    let shop = Shop::new();
    shop.run(&[]);
    // Row 17 is of the large spenders, whose tier is A, and has tier B.
    let said = shop.segmint(&["explain", "latest", "1017", "--json"]);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let disagreement = &document["disagreement"];
    assert_eq!((&disagreement["tier"], &disagreement["expected_tier"]), (&json_text("B"), &json_text("A")));
    assert!(disagreement["customers"].is_null(), "fewer than min_cell: {disagreement}");
    let english = shop.segmint(&["explain", "latest", "1017"]).stdout;
    assert!(english.contains("Tier B, but A is expected of this segment"), "{english}");
    assert!(english.contains(disagreement["reason"]["en"].as_str().unwrap()), "{english}");
    let chinese = shop.segmint(&["explain", "latest", "1017", "--language", "zh"]).stdout;
    assert!(chinese.contains("等级 B，但该客群的预期等级为 A"), "{chinese}");
    assert!(chinese.contains(disagreement["reason"]["zh"].as_str().unwrap()), "{chinese}");
    let agreeing = shop.segmint(&["explain", "latest", "1002"]).stdout;
    assert!(agreeing.contains("Tier A, as expected of this segment"), "{agreeing}");
    assert_eq!(shop.segmint(&["explain", "latest", "1002", "--language", "fr"]).code, 2);
}

#[test]
fn a_tier_by_rule_that_disagrees_is_explained_too() {
    let shop = Shop::new();
    let config = fs::read_to_string(shop.path("pipeline.toml")).unwrap();
    let rule = "[compare]\nrules = [{ kind = \"abc\", column = \"monetary\", cuts = [0.5, 0.97] }]\n";
    let config = config.replace("tier = \"tier\"\n", "").replace("[compare]\n", rule);
    fs::write(shop.path("pipeline.toml"), config).unwrap();
    let run = shop.run(&[]);
    let listed = table(&run.join("disagreements.parquet"));
    assert!(listed.num_rows() > 0);
    let id = listed["customer"].as_primitive::<arrow::datatypes::Int64Type>().value(0).to_string();
    let said = shop.segmint(&["explain", "latest", &id, "--json"]);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(document["tier"].as_str(), texts(&listed, "tier")[0].as_deref(), "{document}");
    assert_eq!(document["disagreement"]["expected_tier"].as_str(), texts(&listed, "expected_tier")[0].as_deref());
}

fn json_text(text: &str) -> Value {
    Value::from(text)
}

#[test]
fn a_segment_is_portrayed_in_either_language() {
    let shop = Shop::new();
    shop.run(&[]);
    let english = shop.segmint(&["runs", "show", "latest", "--segment", "S01"]);
    assert_eq!(english.code, 0, "{}", english.stderr);
    insta::assert_snapshot!("portrait_en", english.stdout);
    let chinese = shop.segmint(&["runs", "show", "latest", "--segment", "s01", "--language", "zh"]);
    insta::assert_snapshot!("portrait_zh", chinese.stdout);
    let explained = shop.segmint(&["explain", "latest", "1017"]);
    insta::assert_snapshot!("explanation_en", explained.stdout);
    let explained = shop.segmint(&["explain", "latest", "1017", "--language", "zh"]);
    insta::assert_snapshot!("explanation_zh", explained.stdout);
}

#[test]
fn portraits_are_asked_for_by_id_by_name_or_all_together() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let said = shop.segmint(&["runs", "show", "latest", "--segment", "all", "--json"]);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let segments = document["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 3);
    let recorded = json(&run.join("segments.json"));
    let recorded = recorded["clusterings"][0]["clusters"].as_array().unwrap();
    for (shown, whole) in segments.iter().zip(recorded) {
        assert_eq!((&shown["portrait"], &shown["held_back"]), (&whole["portrait"], &Value::from(false)));
        assert_eq!(shown["representative_ids"].as_array().unwrap().len(), 5);
        let portrait = &whole["portrait"];
        assert!(portrait["neighbour"]["features"][0]["position"].is_f64(), "{portrait}");
        assert_eq!(portrait["representatives"][0]["values"].as_array().unwrap().len(), 3);
    }
    let name = segments[1]["name"]["zh"].as_str().unwrap();
    let by_name = shop.segmint(&["runs", "show", "latest", "--segment", name, "--segment", "S03", "--json"]);
    let by_name: Value = serde_json::from_str(&by_name.stdout).unwrap();
    assert_eq!(by_name["segments"], serde_json::json!([segments[1], segments[2]]));
    let unknown = shop.segmint(&["runs", "show", "latest", "--segment", "S09"]);
    assert_eq!(unknown.code, 3);
    assert!(unknown.stderr.contains("has no segment \"S09\"") && unknown.stderr.contains("S01"), "{}", unknown.stderr);
}

/// The result of a CASE expression as segmint writes it, for one row: columns by name, `None` = null.
fn case(sql: &str, value: &dyn Fn(&str) -> Option<f64>) -> Option<String> {
    let comparison = |text: &str| -> bool {
        let (column, rest) = text.strip_prefix('"').unwrap().split_once("\" ").unwrap();
        let Some(x) = value(column) else { return rest == "IS NULL" };
        match rest.split_once(' ').unwrap() {
            (">", number) => x > number.parse::<f64>().unwrap(),
            ("<=", number) => x <= number.parse::<f64>().unwrap(),
            _ => false,
        }
    };
    let all = |text: &str| text.split(" AND ").all(comparison);
    let holds = |text: &str| match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        Some(either) => either.split(" OR ").any(all),
        None => all(text),
    };
    let lines = sql.strip_prefix("CASE\n").unwrap().strip_suffix("END").unwrap().lines();
    let leaf = |line: &str| -> Option<String> {
        let (condition, result) = line.strip_prefix("  WHEN ").unwrap().split_once(" THEN ").unwrap();
        holds(condition).then(|| result.trim_matches('\'').to_owned())
    };
    lines.into_iter().find_map(leaf)
}

#[test]
fn the_rule_of_the_segments_is_sql_that_gives_their_customers_back() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let said = shop.segmint(&["runs", "show", "latest", "--sql"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let recorded = json(&run.join("segments.json"));
    let rules: segmint::label::SegmentRules = serde_json::from_value(recorded["rules"].clone()).unwrap();
    assert_eq!((&rules.segments[..], rules.tree.accuracy), (&["S01", "S02", "S03"].map(str::to_owned)[..], Some(1.0)));
    assert!(said.stdout.starts_with("-- gives the segment of 100.0 % of"), "{}", said.stdout);
    assert!(said.stdout.trim_end().ends_with(&rules.sql), "{}", said.stdout);

    let customers = columns(240);
    let given = texts(&table(&run.join("assignments.parquet")), "segment_id");
    for (row, given) in given.iter().enumerate() {
        let value = |column: &str| {
            let (_, values) = customers.iter().find(|(name, _)| *name == column).unwrap();
            Some(values.as_primitive::<arrow::datatypes::Float64Type>().value(row))
        };
        let by_sql = case(&rules.sql, &value);
        let leaf = rules.tree.leaf(|column| value(column).unwrap()).unwrap();
        assert_eq!(by_sql.as_deref(), Some(rules.segments[leaf.class].as_str()), "SQL says what the tree says");
        assert_eq!(&by_sql, given);
    }
    for (class, cluster) in recorded["clusterings"][0]["clusters"].as_array().unwrap().iter().enumerate() {
        let rule = &cluster["portrait"]["rule"];
        assert_eq!(rule["any_of"].as_array().unwrap().len(), rules.tree.leaves_of(class).count());
        assert_eq!((rule["precision"].as_f64(), rule["recall"].as_f64()), (Some(1.0), Some(1.0)));
    }
    let shown: Value =
        serde_json::from_str(&shop.segmint(&["runs", "show", "latest", "--sql", "--json"]).stdout).unwrap();
    assert_eq!(shown["rules"], recorded["rules"]);
    shop.run(&["--set", "cluster.kmeans.k=1"]);
    let alone = shop.segmint(&["runs", "show", "latest", "--sql"]);
    assert_eq!(alone.code, 3, "{}", alone.stderr);
}

#[test]
fn sql_over_columns_that_hold_nan_says_what_it_counts_as() {
    let shop = Shop::new();
    shop.run(&[]);
    let sql = || shop.segmint(&["runs", "show", "latest", "--sql"]).stdout;
    assert!(!sql().contains("NaN"), "{}", sql());
    let mut table = columns(240);
    for (place, step) in [(1, 7), (2, 11), (3, 13)] {
        let values = table[place].1.as_primitive::<arrow::datatypes::Float64Type>().clone();
        let held = |row: usize| Some(if row.is_multiple_of(step) { f64::NAN } else { values.value(row) });
        table[place].1 = std::sync::Arc::new((0..240).map(held).collect::<arrow::array::Float64Array>());
    }
    shop.table(&table);
    shop.run(&[]);
    assert!(sql().contains("\n-- NaN and infinity count as missing\nCASE\n"), "{}", sql());
}

#[test]
fn a_portrait_of_a_handful_of_people_gives_nobody_away() {
    let shop = Shop::new();
    shop.configure("[report]\nmin_cell = 100\n");
    let run = shop.run(&[]);
    let said = shop.segmint(&["runs", "show", "latest", "--segment", "S01", "--json"]);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let shown = &document["segments"][0];
    for key in ["size", "share", "value", "value_share", "representatives", "representative_ids"] {
        assert!(shown[key].is_null(), "{key}: {}", shown[key]);
    }
    assert!(shown["portrait"]["representatives"].is_null());
    let features = shown["portrait"]["features"].as_array().unwrap();
    assert!(features.iter().all(|feature| feature["median"].is_null() && feature["delta"].is_f64()));
    let text = shop.segmint(&["runs", "show", "latest", "--segment", "S01"]).stdout;
    assert!(text.contains("fewer than 100 customers") && !text.contains("Typical customers"), "{text}");
    let last = text.trim_end().lines().next_back();
    assert_eq!(last, Some("* fewer than 100 customers, or held back to cover such a cell"), "{text}");
    let whole = json(&run.join("segments.json"));
    assert_eq!(whole["clusterings"][0]["clusters"][0]["size"], 80, "the run folder is complete");
    for id in whole["clusterings"][0]["clusters"][0]["representative_ids"].as_array().unwrap() {
        assert!(!text.contains(id.as_str().unwrap()), "{id}");
    }
}

#[test]
fn a_customer_is_explained_from_any_folder() {
    let shop = Shop::new();
    shop.run(&[]);
    let config = shop.path("pipeline.toml");
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = shop.command();
    command.current_dir(elsewhere.path()).args(["explain", "latest", "1002", "-c"]).arg(&config);
    let said = super::shop::said(command.output().unwrap());
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn a_changed_source_is_not_explained_as_if_it_were_the_fitted_one() {
    let shop = Shop::new();
    shop.run(&[]);
    shop.table(&columns(241));
    let said = shop.segmint(&["explain", "latest", "1002"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    let said = shop.segmint(&["explain", "latest", "1002", "--from", "customers.parquet"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn runs_are_listed_named_compared_and_pruned() {
    let shop = Shop::new();
    let first = shop.run(&[]);
    let id = first.file_name().unwrap().to_str().unwrap();
    shop.run(&["--set", "cluster.kmeans.k=2"]);
    assert_eq!(shop.segmint(&["runs", "alias", "champion", id]).code, 0);
    let listed: Value = serde_json::from_str(&shop.segmint(&["runs", "list", "--json"]).stdout).unwrap();
    let runs = listed["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!((runs[0]["run_id"].as_str().unwrap(), &runs[0]["aliases"]), (id, &serde_json::json!(["champion"])));
    assert_eq!(runs[1]["k"], 2);

    let compared = shop.segmint(&["compare", "champion", "latest", "--json"]);
    assert_eq!(compared.code, 0, "{}", compared.stderr);
    let document: Value = serde_json::from_str(&compared.stdout).unwrap();
    assert_eq!(document["n_shared"], 240);
    assert!(document["indices"]["homogeneity"]["value"].as_f64().unwrap() < 1.0);

    let shown = shop.segmint(&["runs", "show", "champion"]);
    assert!(shown.stdout.contains("Segments") && shown.stdout.contains("S03"), "{}", shown.stdout);

    shop.run(&["--set", "cluster.kmeans.k=4"]);
    let pruned: Value =
        serde_json::from_str(&shop.segmint(&["runs", "prune", "--keep", "1", "--json"]).stdout).unwrap();
    assert_eq!(pruned["removed"].as_array().unwrap().len(), 1, "the champion stays");
    assert_eq!(shop.runs().len(), 2);
}

#[test]
fn a_run_is_compared_with_a_table_of_tiers() {
    let shop = Shop::new();
    shop.run(&[]);
    let tiers: Vec<(&str, ArrayRef)> =
        columns(240).into_iter().filter(|(name, _)| ["customer", "tier"].contains(name)).collect();
    crate::parquet_table::write(&shop.path("tiers.parquet"), &tiers);
    let said = shop.segmint(&["compare", "latest", "tiers.parquet", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let by_file: Value = serde_json::from_str(&said.stdout).unwrap();
    let recorded = json(&shop.segmint_run_file("latest", "comparison.json"));
    assert!(recorded["comparisons"][0]["ari"]["value"].is_number());
    assert!(by_file["indices"]["ari"]["value"].is_null(), "cells are held back");
    assert_eq!(by_file["contingency"]["tiers"], serde_json::json!(["A", "B", "C"]));

    // A marker of missing is no tier there either.
    shop.configure("[source.columns.tier]\nnull_values = [\"C\"]\n");
    let said = shop.segmint(&["compare", "latest", "tiers.parquet", "--json"]);
    let marked: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(marked["contingency"]["tiers"], serde_json::json!(["A", "B"]), "{}", said.stderr);
    assert!(marked["n_without_tier"].as_u64().unwrap() > by_file["n_without_tier"].as_u64().unwrap());
}

#[test]
fn features_then_init_then_run_lead_from_transactions_to_segments() {
    let shop = Shop::new();
    let n = 900;
    let customers: StringArray = (0..n).map(|i| Some(format!("C{:03}", i % 90))).collect();
    let days: StringArray =
        (0..n).map(|i| Some(format!("2025-{:02}-{:02}", 1 + (i * 7) % 12, 1 + (i * 11) % 28))).collect();
    let amounts: arrow::array::Float64Array = (0..n).map(|i| Some(5.0 + ((i * 37) % 400) as f64)).collect();
    crate::parquet_table::write(
        &shop.path("orders.parquet"),
        &[("customer_id", Arc::new(customers) as ArrayRef), ("date", Arc::new(days)), ("amount", Arc::new(amounts))],
    );
    let build = ["features", "orders.parquet", "-o", "made.parquet"];
    let said = shop.segmint(&[&build[..], &["--set", "limits.memory=\"20 kB\""]].concat());
    assert_eq!(said.code, 4, "{}", said.stderr);
    assert!(
        said.stderr.starts_with("segmint: refused: would need ") && said.stderr.contains("limits.memory allows 20 kB"),
        "{}",
        said.stderr
    );
    assert!(!shop.path("made.parquet").exists());
    let said = shop.segmint(&build);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = shop.segmint(&["init", "made.parquet", "-o", "made.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = shop.segmint(&["check", "-c", "made.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = shop.segmint(&["run", "-c", "made.toml", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn init_never_replaces_a_file_unasked() {
    let shop = Shop::new();
    let before = fs::read_to_string(shop.path("pipeline.toml")).unwrap();
    let said = shop.segmint(&["init", "customers.parquet"]);
    assert_eq!((said.code, said.stderr.lines().next()), (2, Some("segmint: pipeline.toml exists")));
    assert_eq!(fs::read_to_string(shop.path("pipeline.toml")).unwrap(), before);
}

#[test]
fn the_archetypes_are_listed_in_the_form_of_the_contract() {
    let shop = Shop::new();
    let document: Value = serde_json::from_str(&shop.segmint(&["archetypes", "list", "--json"]).stdout).unwrap();
    let catalog = document["catalogs"].as_array().unwrap().iter().find(|catalog| catalog["id"] == "rfm-8").unwrap();
    assert_eq!(catalog["roles"], serde_json::json!(["recency", "frequency", "monetary"]));
    let archetypes = catalog["archetypes"].as_array().unwrap();
    assert_eq!(archetypes.len(), 8);
    for archetype in archetypes {
        for text in [&archetype["name"], &archetype["action"]] {
            assert!(text["en"].is_string() && text["zh"].is_string(), "{archetype}");
        }
    }
}

#[test]
fn small_cells_are_held_back_in_what_is_shared() {
    let shop = Shop::new();
    shop.configure("[report]\nmin_cell = 30\n");
    let said = shop.segmint(&["run", "--json"]);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let shared = document["comparisons"][0]["contingency"]["counts"].as_array().unwrap();
    let cells: Vec<&Value> = shared.iter().flat_map(|row| row.as_array().unwrap()).collect();
    assert!(cells.iter().any(|cell| cell.is_null()), "{shared:?}");
    assert!(cells.iter().all(|cell| cell.is_null() || cell.as_u64().is_some_and(|n| n == 0 || n >= 30)));
    let whole = json(&shop.segmint_run_file("latest", "comparison.json"));
    assert!(whole["comparisons"][0]["contingency"]["counts"][0][0].is_u64(), "the run folder is complete");
}

#[test]
fn the_summary_speaks_chinese_when_asked() {
    let shop = Shop::new();
    let said = shop.segmint(&["run", "--full", "--set", "label.language=zh"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("客群") && said.stdout.contains("聚类数"), "{}", said.stdout);
    assert!(!said.stdout.contains("Segments"));
}

#[test]
fn a_dry_run_prints_plan_and_estimates_and_writes_nothing() {
    let shop = Shop::new();
    let said = shop.segmint(&["run", "--dry-run"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("cluster.kmeans.k_range") && said.stdout.contains("memory"), "{}", said.stdout);
    assert!(shop.runs().is_empty());
}

impl Shop {
    /// The path of a file of a run.
    fn segmint_run_file(&self, run: &str, file: &str) -> std::path::PathBuf {
        let listed: Value = serde_json::from_str(&self.segmint(&["runs", "list", "--json"]).stdout).unwrap();
        let runs = listed["runs"].as_array().unwrap();
        let named = |entry: &&Value| entry["aliases"].as_array().unwrap().iter().any(|alias| alias == run);
        let found = runs.iter().find(named).unwrap();
        self.path("").join(found["path"].as_str().unwrap()).join(file)
    }
}

#[test]
fn catalogs_are_listed_shown_and_checked_for_people() {
    let shop = Shop::new();
    let list = shop.segmint(&["archetypes", "list"]).stdout;
    let guide = include_str!("../../../docs/catalogs.md");
    for (id, _) in segmint::label::builtin_texts() {
        assert!(list.lines().any(|line| line.starts_with(&format!("{id} · "))), "{id} in {list}");
        assert!(guide.contains(&format!("| `{id}` |")), "{id} is in docs/catalogs.md");
    }
    let unknown = shop.segmint(&["archetypes", "show", "nope"]).stderr;
    assert!(unknown.starts_with("segmint: there is no built-in catalog \"nope\""), "{unknown}");
    let shown = shop.segmint(&["archetypes", "show", "type-organisation"]).stdout;
    assert!(shown.contains("  enterprise: enterprise, business, company"), "{shown}");
    assert!(shown.contains("  share of customer_type = enterprise ≥ 0.6"), "{shown}");

    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_data/catalogs_untold");
    let bad = folder.join("weights.toml");
    let said = shop.segmint(&["archetypes", "check", bad.to_str().unwrap()]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("weights.toml:5: archetypes.rising leads falling (line 11)"), "{}", said.stderr);
    assert!(said.stderr.contains("hint: raise the weight"), "{}", said.stderr);
}

#[test]
fn a_run_is_shown_in_the_language_that_is_asked_for() {
    for (own, other) in [("en", "zh"), ("zh", "en")] {
        let shop = Shop::new();
        shop.run(&["--set", &format!("label.language={own}"), "--set", "cluster.kmeans.k=3"]);
        for (what, english, chinese) in [
            (&[][..], "240 customers", "240 位客户"),
            (&["--full"], "Targets", "目标客群"),
            (&["--sql"], "precision", "准确率"),
        ] {
            let shown = |more: &[&str]| {
                let said = shop.segmint(&[&["runs", "show", "latest"], what, more].concat());
                assert_eq!(said.code, 0, "{}", said.stderr);
                assert_ne!(said.stdout.contains(english), said.stdout.contains(chinese), "{}", said.stdout);
                if said.stdout.contains(english) { "en" } else { "zh" }
            };
            assert_eq!((shown(&[]), shown(&["--language", other])), (own, other), "{what:?}");
        }
    }
}
