//! `init`, and `run` and `check` without it, on tables nobody has described.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, NullArray, StringArray};
use serde_json::Value;

use super::shop::{Shop, columns};

/// 300 customers in three groups, with the columns of a table from somewhere.
fn stranger() -> Vec<(&'static str, ArrayRef)> {
    let n = 300;
    let spread = |i: usize, step: usize| ((i * step) % 97) as f64 / 97.0;
    let floats =
        |value: &dyn Fn(usize) -> f64| Arc::new((0..n).map(|i| Some(value(i))).collect::<Float64Array>()) as ArrayRef;
    let whole =
        |value: &dyn Fn(usize) -> i64| Arc::new((0..n).map(|i| Some(value(i))).collect::<Int64Array>()) as ArrayRef;
    let text =
        |value: &dyn Fn(usize) -> String| Arc::new((0..n).map(|i| Some(value(i))).collect::<StringArray>()) as ArrayRef;
    let spend = |i: usize| [40.0, 300.0, 5000.0][i % 3] * (0.8 + 0.4 * spread(i, 71));
    vec![
        ("CLIENTNUM", whole(&|i| 708_082_083 + (i as i64 * 7919) % 300_007)),
        ("__index_level_0__", whole(&|i| i as i64)),
        ("Recency", floats(&|i| [200.0, 20.0, 8.0][i % 3] * (0.8 + 0.4 * spread(i, 31)))),
        ("购买次数", floats(&|i| [2.0, 20.0, 22.0][i % 3] + (4.0 * spread(i, 53)).floor())),
        ("Total Spend", floats(&spend)),
        ("spend_cents", floats(&|i| spend(i) * 100.0)),
        ("discount", text(&|i| format!("{}%", 5 + (i * 37) % 50))),
        ("Year_Birth", whole(&|i| 1950 + (i as i64 * 11) % 50)),
        ("pdays", floats(&|i| if i % 4 == 0 { 999.0 } else { ((i * 5) % 28) as f64 })),
        ("Region", whole(&|i| 1 + (i as i64 / 3) % 3)),
        ("Partner", whole(&|i| (i as i64 / 5) % 2)),
        ("Gender", text(&|i| ["Male", "Female"][(i / 2) % 2].to_owned())),
        ("Churn", text(&|i| ["No", "No", "No", "Yes"][(i / 3) % 4].to_owned())),
    ]
}

fn shop() -> Shop {
    let shop = Shop::new();
    shop.table(&stranger());
    shop
}

#[test]
fn init_writes_what_it_found_and_why() {
    let shop = shop();
    let said = shop.segmint(&["init", "customers.parquet", "-o", "made.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let text = fs::read_to_string(shop.path("made.toml")).unwrap();
    let plan: toml::Table = text.parse().unwrap();
    let source = plan["source"].as_table().unwrap();
    assert_eq!(source["id"].as_str(), Some("CLIENTNUM"));
    assert_eq!(source["outcome"].as_str(), Some("Churn"));
    assert_eq!(source["value"].as_str(), Some("Total Spend"));
    let features: Vec<&str> = source["features"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(features, ["Recency", "购买次数", "Total Spend", "discount", "Year_Birth", "pdays"]);
    let attributes: Vec<&str> =
        source["attributes"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(attributes, ["Region", "Partner", "Gender"]);
    assert_eq!(source["columns"]["Year_Birth"]["read"].as_str(), Some("age_years"));
    assert_eq!(source["columns"]["discount"]["read"].as_str(), Some("number"));
    assert_eq!(plan["label"]["catalogs"][0].as_str(), Some("rfm-8"));
    let roles = plan["label"]["roles"].as_table().unwrap();
    assert_eq!(roles["recency"].as_str(), Some("Recency"));
    assert_eq!(roles["frequency"].as_str(), Some("购买次数"));
    assert_eq!(roles["monetary"].as_str(), Some("Total Spend"));
    for comment in [
        "# not clustered: \"__index_level_0__\" (the number of the row)",
        "# not clustered: \"Partner\" (two values)",
        "# not clustered: \"spend_cents\" (repeats \"Total Spend\", |ρ| 1.000)",
        "# null_values = [999]  # 25.0 % are 999 (75 rows), far from all other values",
        "# \"cluster\" would bring in 1: \"Gender\"",
    ] {
        assert!(text.contains(comment), "{comment} is not in\n{text}");
    }
    assert!(said.stdout.contains("\n! 25.0 % of pdays are 999, far from all other values"), "{}", said.stdout);
    assert!(said.stdout.contains("\n  catalogs    rfm-8"), "{}", said.stdout);

    let said = shop.segmint(&["check", "-c", "made.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = shop.segmint(&["run", "-c", "made.toml", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let codes: Vec<&str> = document["warnings"].as_array().unwrap().iter().filter_map(|w| w["code"].as_str()).collect();
    assert!(!codes.contains(&"catalog_not_applicable"), "{codes:?}");
    assert!(codes.contains(&"markers_of_missing"), "{codes:?}");
}

#[test]
fn a_run_without_init_judges_alike_and_says_so() {
    let shop = shop();
    fs::write(
        shop.path("pipeline.toml"),
        "[source]\npath = \"customers.parquet\"\n[cluster.kmeans]\nk_range = [2, 5]\nn_init = 2\n",
    )
    .unwrap();
    let said = shop.segmint(&["check"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for line in [
        "! __index_level_0__: not clustered, the number of the row",
        "! Region: described and not clustered",
        "! 25.0 % of pdays are 999",
    ] {
        assert!(said.stdout.contains(line), "{line} is not in\n{}", said.stdout);
    }
    let run = shop.run(&[]);
    let record: Value = serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    let features: Vec<&str> =
        record["input"]["features"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(features, ["Recency", "Total Spend", "Year_Birth", "discount", "pdays", "购买次数"]);
    let codes: Vec<&str> = record["warnings"].as_array().unwrap().iter().filter_map(|w| w["code"].as_str()).collect();
    for code in
        ["row_number_left_out", "identifier_left_out", "flag_described", "copied_features", "text_read_as_numbers"]
    {
        assert!(codes.contains(&code), "{code} is not in {codes:?}");
    }
    let flag = record["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "flag_described").unwrap();
    assert_eq!(flag["evidence"]["columns"], serde_json::json!(["Partner"]));
}

#[test]
fn dates_as_text_are_proposed_or_read_and_the_run_takes_them() {
    let shop = Shop::new();
    let n = 300;
    let text =
        |value: &dyn Fn(usize) -> String| Arc::new((0..n).map(|i| Some(value(i))).collect::<StringArray>()) as ArrayRef;
    let spend = (0..n).map(|i| Some([40.0, 300.0, 5000.0][i % 3] + (i % 17) as f64)).collect::<Float64Array>();
    let sent = |i: usize| match i % 25 {
        0 => "1900-01-01".to_owned(),
        _ => format!("2021-{:02}-{:02}", 1 + i % 12, 1 + i % 28),
    };
    shop.table(&[
        ("Total Spend", Arc::new(spend)),
        ("Dt_Customer", text(&|i| format!("{:02}-{:02}-{}", 1 + i % 28, 1 + i % 12, 2012 + i % 3))),
        ("last_order_date", text(&sent)),
        ("geliefert", text(&|i| format!("{:02}/{:02}/2021", 1 + i % 12, 1 + i / 12 % 12))),
    ]);
    let said = shop.segmint(&["init", "customers.parquet", "-o", "made.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let written = fs::read_to_string(shop.path("made.toml")).unwrap();
    let plan: toml::Table = written.parse().unwrap();
    let columns = plan["source"]["columns"].as_table().unwrap();
    assert_eq!(columns["Dt_Customer"]["read"].as_str(), Some("age_days"));
    assert_eq!(columns["Dt_Customer"]["day_first"].as_bool(), Some(true));
    assert!(written.contains("# null_values = [\"1900-01-01\"]"), "{written}");
    assert!(written.contains("# [source.columns.\"geliefert\"]"), "{written}");
    for line in ["\n! geliefert: dates, described and not clustered", "\n! 4.0 % of last_order_date are 1900-01-01"] {
        assert!(said.stdout.contains(line), "{line} is not in\n{}", said.stdout);
    }
    let said = shop.segmint(&["check", "-c", "made.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("3 features: Total Spend, Dt_Customer, last_order_date"), "{}", said.stdout);
}

#[test]
fn a_table_without_features_says_why_each_column_is_none() {
    let shop = Shop::new();
    let day = |i: i64| 20_210_101 + i % 12 * 100 + i % 28;
    shop.table(&[
        ("stamp", Arc::new((0..300).map(|i| Some(day(i))).collect::<Int64Array>()) as ArrayRef),
        ("one", Arc::new((0..300).map(|_| Some(1)).collect::<Int64Array>())),
        ("gone", Arc::new(NullArray::new(300))),
    ]);
    fs::write(shop.path("pipeline.toml"), "[source]\npath = \"customers.parquet\"\n").unwrap();
    let said = shop.segmint(&["check"]);
    assert_eq!(said.code, 3, "{}", said.stdout);
    let hint = "not clustered were \"stamp\" (days written as numbers), \"one\" (one value in every row)";
    assert!(said.stderr.contains(hint), "{}", said.stderr);

    let said = shop.segmint(&["init", "customers.parquet", "-o", "made.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for line in [
        "next: name the columns to cluster, then segmint check -c made.toml",
        "\n! no column can be clustered, so `segmint run` refuses the table: name columns in source.features",
        "\n! column \"gone\" was left out: its type null",
    ] {
        assert!(said.stdout.contains(line), "{line} is not in\n{}", said.stdout);
    }
    let written = fs::read_to_string(shop.path("made.toml")).unwrap();
    assert!(written.contains("# not clustered: \"gone\" (type null)"), "{written}");
}

#[test]
fn a_category_takes_the_memory_of_its_levels() {
    let shop = Shop::new();
    let spend = (0..300).map(|i| Some(f64::from(i * 7 % 100))).collect::<Float64Array>();
    let city = (0..300).map(|i| Some(format!("C{}", i % 10))).collect::<StringArray>();
    shop.table(&[("spend", Arc::new(spend) as ArrayRef), ("city", Arc::new(city))]);
    let plan = "[source]\npath = \"customers.parquet\"\nfeatures = [\"spend\"]\nattributes = [\"city\"]\n";
    fs::write(shop.path("pipeline.toml"), plan).unwrap();
    let matrix = |set: &str| {
        let said = shop.segmint(&["run", "--dry-run", "--json", "--set", set]);
        let document: Value = serde_json::from_str(&said.stdout).unwrap();
        let parts = document["estimate"]["parts"].as_array().unwrap().clone();
        parts.into_iter().find(|part| part[0] == "feature matrix").unwrap()[1].as_u64().unwrap()
    };
    assert_eq!(matrix("normalize.categories=describe"), 4 * 300);
    assert_eq!(matrix("normalize.categories=cluster"), 4 * 300 * 11);
}

#[test]
fn a_named_identifier_is_clustered_with_a_warning() {
    let shop = shop();
    let text = "[source]\npath = \"customers.parquet\"\nfeatures = [\"CLIENTNUM\", \"Recency\", \"Total Spend\"]\n";
    fs::write(shop.path("pipeline.toml"), text).unwrap();
    let said = shop.segmint(&["check"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let line = "! CLIENTNUM: clustered because source.features says so, but an identifier by name or values";
    assert!(said.stdout.contains(line), "{}", said.stdout);
}

#[test]
fn rows_that_are_purchases_are_said_to_be_no_customers() {
    let shop = Shop::new();
    let n = 200_i32;
    let dates = Date32Array::from_iter_values((0..n).map(|i| 19_000 + i % 90));
    let customers = (0..n).map(|i| i64::from(i % 40)).collect::<Int64Array>();
    let amounts = (0..n).map(|i| f64::from(i % 17) + 1.0).collect::<Float64Array>();
    let purchases: [(&str, ArrayRef); 3] =
        [("customer_id", Arc::new(customers)), ("order_date", Arc::new(dates)), ("amount", Arc::new(amounts))];
    shop.table(&purchases);
    let said = shop.segmint(&["init", "customers.parquet", "-o", "fitted.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.starts_with("wrote fitted.toml; next: segmint run -c fitted.toml\n"), "{}", said.stdout);
    let line =
        "! each row looks like a purchase (\"customer_id\" at \"order_date\"), not like a customer: `segmint features`";
    assert!(said.stdout.contains(line), "{}", said.stdout);
    shop.table(&columns(200));
    let said = shop.segmint(&["init", "customers.parquet", "-o", "fitted.toml", "--force"]);
    assert!(!said.stdout.contains("looks like a purchase"), "{}", said.stdout);
}

#[test]
fn of_many_columns_people_see_the_first_and_json_has_all() {
    let shop = Shop::new();
    let names: Vec<String> = (0..60).map(|j| format!("measure_{j:02}")).collect();
    let value = |i: usize, j: usize| f64::from(blake3::hash(&[i as u8, j as u8]).as_bytes()[0]);
    let column = |j: usize| Arc::new(Float64Array::from_iter_values((0..120).map(|i| value(i, j)))) as ArrayRef;
    let table: Vec<(&str, ArrayRef)> = names.iter().enumerate().map(|(j, name)| (name.as_str(), column(j))).collect();
    shop.table(&table);
    for arguments in [&["init", "customers.parquet", "--force"][..], &["check"]] {
        let said = shop.segmint(arguments);
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(said.stdout.contains("measure_22, measure_23 and 36 more"), "{}", said.stdout);
    }
    let dry = shop.segmint(&["run", "--dry-run"]);
    assert!(dry.stdout.lines().all(|line| line.chars().count() < 200), "{}", dry.stdout);
    let checked: Value = serde_json::from_str(&shop.segmint(&["check", "--json"]).stdout).unwrap();
    assert_eq!(checked["features"].as_array().unwrap().len(), 60);
}
