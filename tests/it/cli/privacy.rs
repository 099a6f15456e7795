//! What is shared: no small cell, no small segment, no id that was to be hidden.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use serde_json::Value;

use super::shop::{Shop, columns};

/// The customers of the shop and six more, whom nobody is like.
pub(super) fn customers_with_a_handful() -> Vec<(&'static str, ArrayRef)> {
    let n = 246;
    let mut columns = columns(n);
    let far = |values: &ArrayRef, value: f64| -> ArrayRef {
        let values = values.as_any().downcast_ref::<Float64Array>().unwrap();
        Arc::new(
            (0..n).map(|i| Some(if i < 240 { values.value(i) } else { value + i as f64 })).collect::<Float64Array>(),
        )
    };
    for (name, value) in [("recency_days", 3000.0), ("frequency", 3000.0), ("monetary", 90_000.0)] {
        let column = columns.iter_mut().find(|(other, _)| *other == name).unwrap();
        column.1 = far(&column.1, value);
    }
    columns
}

/// The shop with them.
pub(super) fn with_a_handful() -> Shop {
    let shop = Shop::new();
    shop.table(&customers_with_a_handful());
    shop.configure("");
    shop
}

const FOUR: &str = "cluster.kmeans.k_range=[4, 4]";

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_handful_of_customers_cannot_be_read_off_a_summary() {
    let shop = with_a_handful();
    let run = shop.run(&["--set", FOUR]);
    let shared = document(&shop.segmint(&["runs", "show", "latest", "--json"]).stdout);
    let segments = shared["segments"].as_array().unwrap();
    let hidden: Vec<&Value> = segments.iter().filter(|segment| segment["size"].is_null()).collect();
    assert_eq!(hidden.len(), 2, "the total would tell a single one: {segments:?}");
    for segment in &hidden {
        assert!(segment["share"].is_null() && segment["value_share"].is_null());
        let targets = shared["targets"]["segments"].as_array().unwrap();
        let target = targets.iter().find(|target| target["segment_id"] == segment["segment_id"]).unwrap();
        for figure in ["customers", "value", "reachable", "reachability", "score"] {
            assert!(target[figure].is_null(), "{figure} of {target}");
        }
    }
    let ids: Vec<usize> = segments.iter().map(|s| s["representative_ids"].as_array().unwrap().len()).collect();
    assert_eq!(ids, [5, 5, 5, 0], "the handful has no representatives");
    let chosen = shared["k_table"].as_array().unwrap().iter().find(|row| row["k"] == 4).unwrap();
    assert!(chosen["smallest_share"].is_null());
    for candidate in shared["new_segments"]["candidates"].as_array().unwrap() {
        let small = candidate["id"] == "S04";
        assert!(!small || candidate["size"].is_null(), "{candidate}");
    }
    let text = shop.segmint(&["runs", "show", "latest", "--full"]).stdout;
    let row = text.lines().find(|line| line.trim_start().starts_with("S04"));
    let row = row.unwrap_or_else(|| panic!("no S04 in {text}"));
    assert!(row.contains(" * ") && !row.contains(" 6 ") && !row.contains('█'), "{row}");
    // The run folder is complete.
    let whole = document(&fs::read_to_string(run.join("segments.json")).unwrap());
    assert_eq!(whole["clusterings"][0]["clusters"][3]["size"], 6);
    assert_eq!(whole["clusterings"][0]["clusters"][3]["representative_ids"].as_array().unwrap().len(), 5);
}

#[test]
fn the_portrait_of_a_segment_that_is_held_back_gives_no_other_reason() {
    let shop = with_a_handful();
    shop.run(&["--set", FOUR]);
    let shared = document(&shop.segmint(&["runs", "show", "latest", "--json"]).stdout);
    let segments = shared["segments"].as_array().unwrap();
    for segment in segments.iter().filter(|segment| segment["size"].is_null()) {
        let id = segment["segment_id"].as_str().unwrap();
        for (language, held_back, too_few) in [("en", "held back", "left out:"), ("zh", "已隐去", "未参与：")] {
            let portrait = ["runs", "show", "latest", "--segment", id, "--language", language];
            let text = shop.segmint(&portrait).stdout;
            let says = |end: &str| text.lines().any(|line| line.trim_end().ends_with(end));
            assert!(says(held_back) && !text.contains(too_few), "{text}");
        }
    }
}

#[test]
fn customers_are_listed_only_of_cells_that_are_shown() {
    // Cells of five are no small ones here, but two of them cover cells of two.
    let shop = with_a_handful();
    let listed = |min_cell: &str| {
        let shared = document(&shop.segmint(&["run", "--json", "--set", FOUR, "--set", min_cell]).stdout);
        let table = shared["comparisons"][0]["contingency"].clone();
        let customers = shared["moves"]["customers"].as_array().unwrap().clone();
        for customer in &customers {
            let place = |names: &str, name: &Value| table[names].as_array().unwrap().iter().position(|one| one == name);
            let tier = place("tiers", &customer["tier"]).unwrap();
            let cluster = place("cluster_names", &customer["segment"]).unwrap();
            assert!(table["counts"][tier][cluster].is_u64(), "{customer} {table}");
        }
        customers.len()
    };
    assert_eq!([listed("report.min_cell=2"), listed("report.min_cell=3")], [10, 0]);
}

#[test]
fn sentences_do_not_tell_what_the_table_holds_back() {
    let shop = Shop::new();
    shop.configure("[report]\nmin_cell = 30\n");
    let shared = document(&shop.segmint(&["run", "--json"]).stdout);
    let comparison = &shared["comparisons"][0];
    let told: Vec<&str> =
        comparison["sentences"].as_array().unwrap().iter().map(|sentence| sentence["en"].as_str().unwrap()).collect();
    let run = shop.runs().into_iter().find(|path| path.join("run.json").exists()).unwrap();
    let whole = document(&fs::read_to_string(run.join("comparison.json")).unwrap());
    let all = whole["comparisons"][0]["sentences"].to_string();
    assert!(all.contains("most value at stake") && all.contains("customers ("), "{all}");
    // Every customer whose tier is not the expected one is in a small cell.
    assert!(told.iter().all(|sentence| !sentence.contains("most value at stake")), "{told:?}");
    let agreement = told.iter().filter(|sentence| sentence.contains("AMI")).count();
    assert_eq!(agreement == 1, comparison["indices"]["ami"]["value"].is_number(), "{told:?}");
    let table = &comparison["contingency"];
    let list = |key: &str| table[key].as_array().unwrap().iter();
    let mut n_hidden = 0;
    for (t, tier) in list("tiers").enumerate() {
        for (_, cluster) in list("cluster_names").enumerate().filter(|(c, _)| table["counts"][t][*c].is_null()) {
            let (tier, cluster) = (tier.as_str().unwrap(), cluster["en"].as_str().unwrap());
            let names = |line: &&&str| line.contains(&format!("tier {tier}")) && line.contains(cluster);
            assert_eq!(told.iter().find(names), None, "{tier} in {cluster} is held back");
            n_hidden += 1;
        }
    }
    assert!(n_hidden > 0, "{table}");
}

#[test]
fn indices_beside_hidden_cells_have_two_digits_at_most() {
    let shop = Shop::new();
    shop.configure("");
    let shared = document(&shop.segmint(&["run", "--json"]).stdout);
    for comparison in shared["comparisons"].as_array().unwrap() {
        let hides = comparison["contingency"]["counts"].to_string().contains("null");
        for (name, estimate) in comparison["indices"].as_object().unwrap() {
            let value = &estimate["value"];
            if hides && value.is_number() {
                assert!(["ami", "homogeneity"].contains(&name.as_str()), "{name}");
                assert!(value.to_string().len() <= 4, "{name} {value}");
            }
            assert!(!hides || ["low", "high", "p"].iter().all(|part| estimate[*part].is_null()), "{name} {estimate}");
        }
    }
}

#[test]
fn a_sum_that_one_customer_dominates_is_held_back_with_another() {
    let shop = Shop::new();
    let mut table = columns(240);
    let money = table[3].1.as_any().downcast_ref::<Float64Array>().unwrap().clone();
    let with_a_whale = money.iter().enumerate().map(|(i, x)| if i == 7 { Some(900_000.0) } else { x });
    table[3].1 = Arc::new(with_a_whale.collect::<Float64Array>());
    shop.table(&table);
    shop.configure("");
    let features = "source.features=[\"recency_days\", \"frequency\"]";
    let shared =
        |dominance: &str| document(&shop.segmint(&["run", "--json", "--set", features, "--set", dominance]).stdout);
    let hidden = |shared: &Value| {
        let segments = shared["segments"].as_array().unwrap();
        segments.iter().filter(|segment| segment["value_share"].is_null()).count()
    };
    assert_eq!(hidden(&shared("report.dominance=1")), 0);
    let told = shared("report.dominance=0.5");
    assert!(hidden(&told) >= 2, "{}", told["segments"]);
    assert!(told["segments"].as_array().unwrap().iter().all(|segment| segment["size"].is_number()));
    let classes = told["tiers"][0]["classes"].as_array().unwrap();
    assert!(classes.iter().filter(|class| class["value"].is_null()).count() >= 2, "{classes:?}");
}

#[test]
fn scoring_and_migration_hold_small_segments_back() {
    let shop = with_a_handful();
    shop.run(&["--set", FOUR]);
    let scored = shop.segmint(&["score", "latest", "customers.parquet", "-o", "scored.parquet", "--json"]);
    assert_eq!(scored.code, 0, "{}", scored.stderr);
    let sizes: Vec<Value> =
        document(&scored.stdout)["segments"].as_array().unwrap().iter().map(|s| s["size"].clone()).collect();
    assert_eq!(sizes.iter().filter(|size| size.is_null()).count(), 2, "{sizes:?}");
    let compared = shop.segmint(&["compare", "latest", "latest", "--json"]);
    assert_eq!(compared.code, 0, "{}", compared.stderr);
    let moved = &document(&compared.stdout)["migration"];
    let counts = moved["counts"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    let parts = counts.chain(moved["left"].as_array().unwrap()).chain(moved["new"].as_array().unwrap());
    assert!(parts.clone().all(|cell| cell.is_null() || cell.as_u64().is_some_and(|n| n == 0 || n >= 10)), "{moved}");
    assert!(parts.filter(|cell| cell.is_null()).count() >= 4, "{moved}");
}

#[test]
fn ids_are_hashed_with_a_secret_that_is_nowhere_written() {
    let shop = Shop::new();
    shop.configure("[report]\nid_salt = \"SHOP_SECRET\"\n");
    let secret = "a secret of the shop";
    let with = |secret: &str, arguments: &[&str]| {
        super::shop::said(shop.command().args(arguments).env("SHOP_SECRET", secret).output().unwrap())
    };
    let unset = shop.segmint(&["run"]);
    assert_eq!((unset.code, shop.runs().len()), (2, 0), "{}", unset.stderr);
    assert!(
        unset.stderr.starts_with(
            "segmint: report.id_salt: the environment variable SHOP_SECRET must hold a secret of at least 16 characters, it has 0"
        ),
        "{}",
        unset.stderr
    );
    assert_eq!(with("short", &["run"]).code, 2);
    let ids = |said: super::shop::Said| -> Vec<String> {
        assert_eq!(said.code, 0, "{}", said.stderr);
        let ids = document(&said.stdout)["segments"][0]["representative_ids"].clone();
        ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    let hashed = ids(with(secret, &["run", "--json"]));
    assert!(hashed.iter().all(|id| id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit())), "{hashed:?}");
    assert_eq!(hashed, ids(with(secret, &["runs", "show", "latest", "--json"])), "the same secret, the same ids");
    assert_ne!(hashed, ids(with("another secret of the shop", &["runs", "show", "latest", "--json"])));
    let run = shop.runs().into_iter().find(|path| path.join("run.json").exists()).unwrap();
    for file in super::shop::listing(&run) {
        let bytes = fs::read(&file).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(secret) && !holds(&hashed[0]), "{}", file.display());
    }
    let whole = document(&fs::read_to_string(run.join("segments.json")).unwrap());
    let plain = whole["clusterings"][0]["clusters"][0]["representative_ids"][0].as_str().unwrap();
    assert!(plain.parse::<i64>().is_ok(), "the run folder is complete");
}

#[test]
fn two_tables_of_the_same_tier_hold_the_same_cells_back() {
    let shop = Shop::new();
    // A dense line of customers and strays that DBSCAN calls noise, five of them of tier C.
    let n = 400_usize;
    let group = |i: usize| if i < 190 { 0.0 } else { 1000.0 };
    let stray = |i: usize| i >= 380;
    let x = (0..n).map(|i| if stray(i) { 5000.0 + 977.0 * i as f64 } else { group(i) + (i % 95) as f64 });
    let y = (0..n).map(|i| if stray(i) { -3000.0 - 613.0 * (i * i % 37) as f64 } else { (i * 7 % 95) as f64 });
    let tier = (0..n).map(|i| {
        if i >= 395 || (i < 190 && i % 40 == 0) {
            "C"
        } else if i < 190 {
            "A"
        } else {
            "B"
        }
    });
    shop.table(&[
        ("customer", Arc::new((0..n as i64).map(Some).collect::<Int64Array>()) as ArrayRef),
        ("monetary", Arc::new(x.map(Some).collect::<Float64Array>())),
        ("visits", Arc::new(y.map(Some).collect::<Float64Array>())),
        ("tier", Arc::new(tier.map(Some).collect::<StringArray>())),
    ]);
    shop.configure("[normalize]\ntransform = \"none\"\n[cluster.dbscan]\neps = 0.05\nmin_samples = 5\n");
    let shared = document(&shop.segmint(&["run", "--json"]).stdout);
    let tables: Vec<&Value> =
        shared["comparisons"].as_array().unwrap().iter().filter(|c| c["clustering"] == "dbscan").collect();
    let (excluded, with_noise) = (&tables[0]["contingency"], &tables[1]["contingency"]);
    assert_eq!((&tables[0]["noise_policy"], &tables[1]["noise_policy"]), (&"excluded".into(), &"own_cluster".into()));
    let mut hidden = 0;
    for (t, tier) in excluded["tiers"].as_array().unwrap().iter().enumerate() {
        let row = with_noise["tiers"].as_array().unwrap().iter().position(|other| other == tier).unwrap();
        for c in 0..excluded["clusters"].as_array().unwrap().len() {
            let (one, other) = (&excluded["counts"][t][c], &with_noise["counts"][row][c]);
            assert_eq!(one, other, "{tier} {c}");
            hidden += usize::from(one.is_null());
        }
    }
    assert!(hidden > 0, "{excluded}");
}
