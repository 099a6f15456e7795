//! Numbers as text, ages and markers of missing through `run`, `score` and `explain`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};

use super::shop::Shop;
use crate::parquet_table;

const READINGS: &str = "[source.columns.spent]\nread = \"number\"\nnull_values = [\"-\"]\n\
                        [source.columns.joined]\nread = \"age_days\"\n\
                        [source.columns.size]\nlevels = [\"small\", \"middle\", \"large\"]\n";

/// Three groups told by text numbers, join dates and sizes; `days` later than in the first table.
fn customers(days: i32) -> Vec<(&'static str, ArrayRef)> {
    let n = 240;
    let group = |i: i32| i % 3;
    let spent = |i: i32| match i % 40 {
        7 => "-".to_owned(),
        8 => "unknown".to_owned(),
        _ => format!("¥{},{:03}.50", 1 + group(i) * 20, i),
    };
    let texts = |of: &dyn Fn(i32) -> String| Arc::new(StringArray::from_iter_values((0..n).map(of))) as ArrayRef;
    vec![
        ("customer", Arc::new(Int64Array::from_iter_values((0..n).map(i64::from)))),
        ("spent", texts(&spent)),
        ("joined", Arc::new(Date32Array::from_iter_values((0..n).map(|i| 19_000 + days - group(i) * 300 - i % 30)))),
        ("size", texts(&|i| ["small", "middle", "large"][group(i) as usize].to_owned())),
        ("tier", texts(&|i| ["A", "B", "C"][group(i) as usize].to_owned())),
    ]
}

fn shop() -> Shop {
    let shop = Shop::new();
    shop.table(&customers(0));
    std::fs::write(
        shop.path("pipeline.toml"),
        format!(
            "[source]\npath = \"customers.parquet\"\nid = \"customer\"\ntier = \"tier\"\nvalue = \"spent\"\n\
             features = [\"spent\", \"joined\", \"size\"]\n{READINGS}[label.roles]\nmonetary = \"spent\"\n\
             [compare]\npermutations = 19\nbootstrap = 19\n[cluster.kmeans]\nk = 3\nn_init = 2\n"
        ),
    )
    .unwrap();
    shop
}

/// The segment ids of a table of assignments, in its order.
fn segments(path: &std::path::Path) -> Vec<String> {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    let column = |batch: &arrow::array::RecordBatch| {
        let ids = arrow::compute::cast(batch.column_by_name("segment_id").unwrap(), &arrow::datatypes::DataType::Utf8);
        let ids = ids.unwrap();
        let ids = ids.as_any().downcast_ref::<StringArray>().unwrap().clone();
        (0..ids.len()).map(move |row| ids.value(row).to_owned()).collect::<Vec<_>>()
    };
    batches.iter().flat_map(column).collect()
}

fn scored(shop: &Shop, input: &str, more: &[&str]) -> (serde_json::Value, Vec<String>) {
    let arguments: Vec<&str> =
        ["score", "latest", input, "-o", "scored.parquet", "--json"].iter().chain(more).copied().collect();
    let said = shop.segmint(&arguments);
    assert_eq!(said.code, 0, "{}", said.stderr);
    (serde_json::from_str(&said.stdout).unwrap(), segments(&shop.path("scored.parquet")))
}

#[test]
fn scoring_reads_a_table_as_the_fit_did() {
    let shop = shop();
    let run = shop.run(&[]);
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(run.join("run.json")).unwrap()).unwrap();
    let audit = &record["input"]["audit"];
    assert_eq!(audit["as_of"], "2022-01-08");
    let spent = &audit["numeric"][0];
    assert_eq!((&spent["n_marked"], &spent["n_unreadable"]), (&6.into(), &6.into()));
    let codes: Vec<&str> = record["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"as_of_found") && codes.contains(&"values_unreadable"), "{codes:?}");

    let fitted = segments(&run.join("assignments.parquet"));
    let (summary, same) = scored(&shop, "customers.parquet", &[]);
    assert_eq!(same, fitted);
    assert_eq!(summary["as_of"], "2022-01-08");
    assert!(summary["missing"][0]["n_unreadable"].is_null(), "six are a handful");
    assert_eq!(summary["warnings"][0]["code"], "values_unreadable");

    // A month later everybody is as old as before at the new table's own date.
    parquet_table::write(&shop.path("later.parquet"), &customers(31));
    let (summary, later) = scored(&shop, "later.parquet", &[]);
    assert_eq!((later, &summary["as_of"]), (fitted.clone(), &"2022-02-08".into()));
    // An older table is counted to the fit's date, unless another is named.
    parquet_table::write(&shop.path("older.parquet"), &customers(-900));
    let (summary, older) = scored(&shop, "older.parquet", &[]);
    assert_eq!(summary["as_of"], "2022-01-08");
    assert_ne!(older, fitted);
    let (_, older) = scored(&shop, "older.parquet", &["--as-of", "2019-07-23"]);
    assert_eq!(older, fitted);
}

#[test]
fn an_as_of_date_that_changes_nothing_is_said() {
    let shop = Shop::new();
    shop.run(&[]);
    let said = shop.segmint(&["score", "latest", "customers.parquet", "-o", "s.parquet", "--as-of", "2024-01-01"]);
    assert!(said.stdout.contains("! no column is read as an age, so the as-of date 2024-01-01"), "{}", said.stdout);
    let said = shop.segmint(&["check", "--set", "source.as_of=2024-01-01"]);
    assert!(said.stdout.contains("! no column is read as an age, so the as-of date 2024-01-01"), "{}", said.stdout);
}

#[test]
fn a_marker_of_missing_among_dates_is_said_where_the_plan_reads_them_too() {
    let shop = Shop::new();
    let day = |i: i32| if i % 20 == 0 { -25_567 } else { 19_000 + i * 7 % 400 };
    let spend: ArrayRef = Arc::new((0..300).map(|i| Some(f64::from(i * 37 % 211))).collect::<Float64Array>());
    let last: ArrayRef = Arc::new((0..300).map(|i| Some(day(i))).collect::<Date32Array>());
    shop.table(&[("spend", spend), ("last_purchase_date", last)]);
    std::fs::write(
        shop.path("pipeline.toml"),
        "[source]\npath = \"customers.parquet\"\nfeatures = [\"spend\", \"last_purchase_date\"]\n\
         [source.columns.last_purchase_date]\nread = \"age_days\"\n",
    )
    .unwrap();
    let said = shop.segmint(&["check"]);
    assert!(said.stdout.contains("! 5.0 % of last_purchase_date are 1900-01-01"), "{}{}", said.stdout, said.stderr);
}

#[test]
fn days_that_no_calendar_has_are_no_dates_and_are_counted() {
    let shop = Shop::new();
    let day = |i: i32| if i % 20 == 0 { i32::MAX } else { 19_000 + i * 7 % 400 };
    let spend: ArrayRef = Arc::new((0..300).map(|i| Some(f64::from(i * 37 % 211))).collect::<Float64Array>());
    let last: ArrayRef = Arc::new((0..300).map(|i| Some(day(i))).collect::<Date32Array>());
    shop.table(&[("spend", spend), ("last_purchase_date", last)]);
    let said = shop.segmint(&["init", "customers.parquet", "--force"]);
    assert_eq!((said.code, said.stdout.contains("2147483647")), (0, false), "{}{}", said.stdout, said.stderr);
    let run = shop.run(&["--set", "cluster.kmeans.k=2"]);
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(run.join("run.json")).unwrap()).unwrap();
    let audit = &record["input"]["audit"];
    assert_eq!((&audit["as_of"], &audit["numeric"][1]["n_unreadable"]), (&"2023-02-11".into(), &15.into()), "{audit}");
}

#[test]
fn a_day_that_is_none_is_refused_with_an_example() {
    let said = Shop::new().segmint(&["run", "--as-of", "yesterday"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("'yesterday'") && said.stderr.contains("such as 2024-01-31"), "{}", said.stderr);
}

#[test]
fn explaining_reads_the_customer_as_the_fit_did() {
    let shop = shop();
    shop.run(&["--as-of", "2022-01-31"]);
    let said = shop.segmint(&["explain", "latest", "0", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let values: Vec<(&str, f64)> = document["reason"]["kmeans"]["features"]
        .as_array()
        .unwrap_or_else(|| panic!("{document:#}"))
        .iter()
        .map(|term| (term["feature"].as_str().unwrap(), term["value"].as_f64().unwrap()))
        .collect();
    for expected in [("spent", 1000.5), ("joined", 23.0), ("size", 0.0)] {
        assert!(values.contains(&expected), "{values:?}");
    }
}

#[test]
fn a_table_that_cannot_be_read_as_at_the_fit_is_refused() {
    let shop = shop();
    shop.run(&[]);
    let mut other = customers(0);
    other[2].1 = Arc::new(BooleanArray::from(vec![true; 240]));
    parquet_table::write(&shop.path("other.parquet"), &other);
    let said = shop.segmint(&["score", "latest", "other.parquet", "-o", "scored.parquet"]);
    assert_eq!(said.code, 3);
    assert!(
        said.stderr.contains(
            "the model names the column \"joined\" of other.parquet, which is bool, but it must be a date, a timestamp of a \
             known time zone, or text or numbers that write dates"
        ),
        "{}",
        said.stderr
    );
    let said = shop.segmint(&["run", "--as-of", "yesterday"]);
    assert_eq!(said.code, 2, "{}", said.stderr);
}

#[test]
fn the_rule_says_what_its_columns_stand_for() {
    let shop = shop();
    shop.run(&[]);
    let said = shop.segmint(&["runs", "show", "latest", "--sql"]);
    for line in [
        "\n-- \"joined\" stands for the days from it to 2022-01-08\n",
        "\n-- \"size\" stands for 0 = small, 1 = middle, 2 = large\n",
        "\n-- \"spent\" stands for the number its text writes; missing where it is \"-\"\n",
    ] {
        assert!(said.stdout.contains(line), "{}", said.stdout);
    }
}

#[test]
fn what_is_said_of_an_age_is_true_of_the_age() {
    let shop = shop();
    let run = shop.run(&["--set", "label.catalogs=[\"needs\"]"]);
    let segments: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(run.join("segments.json")).unwrap()).unwrap();
    let joined = segments["columns"].as_array().unwrap().iter().find(|column| column["name"] == "joined").unwrap();
    assert_eq!(joined["spoken"], serde_json::json!({"en": "days since joined", "zh": "joined 距今天数"}));
    let said = shop.segmint(&["runs", "show", "latest", "--segment", "S01"]).stdout;
    assert!(said.contains("days since joined"), "{said}");
    let pages = [
        said,
        shop.segmint(&["runs", "show", "latest", "--full"]).stdout,
        shop.segmint(&["explain", "latest", "3"]).stdout,
    ];
    for page in pages.iter().chain([&std::fs::read_to_string(run.join("report.html")).unwrap()]) {
        for word in
            ["high joined", "low joined", "高 joined", "低 joined", "joined >", "joined ≤", "joined ▲", "joined ▼"]
        {
            let is_right = page
                .match_indices(word)
                .all(|(at, _)| page[..at].ends_with("days since ") || page[at + word.len()..].starts_with(" 距今天数"));
            assert!(is_right, "{word} in\n{page}");
        }
    }
}

#[test]
fn check_says_how_ages_are_counted() {
    let shop = shop();
    let said = shop.segmint(&["check"]);
    assert!(
        said.stdout.contains("\n! ages are counted to 2022-01-08, the latest date in column \"joined\""),
        "{}",
        said.stdout
    );
}
