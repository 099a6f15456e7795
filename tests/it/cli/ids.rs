//! A customer has one id, however its column is typed.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray, TimestampMillisecondArray};
use serde_json::Value;

use super::shop::{Shop, columns};

/// A shop whose ids are `ids` and that has no tier.
fn shop(ids: ArrayRef) -> Shop {
    let shop = Shop::new();
    let mut table = columns(ids.len());
    table[0].1 = ids;
    table.pop();
    shop.table(&table);
    let plan =
        "[source]\npath = \"customers.parquet\"\nid = \"customer\"\nvalue = \"monetary\"\n[cluster.kmeans]\nk = 3\n";
    fs::write(shop.path("pipeline.toml"), plan).unwrap();
    shop
}

#[test]
fn every_type_of_id_has_one_text_by_which_the_customer_is_found() {
    let zoned = TimestampMillisecondArray::from_iter_values((0..120).map(|i| 1_700_000_000_000 + i * 60_000));
    let all: [ArrayRef; 3] = [
        Arc::new((0..120).map(|i| Some(1085.0 + f64::from(i))).collect::<Float64Array>()),
        Arc::new(zoned.with_timezone("Asia/Shanghai")),
        Arc::new((0..120).map(|i| Some(format!("C{i:03}"))).collect::<StringArray>()),
    ];
    for ids in all {
        let shop = shop(ids);
        let run = shop.run(&[]);
        let labelled: Value = serde_json::from_slice(&fs::read(run.join("segments.json")).unwrap()).unwrap();
        let first = &labelled["clusterings"][0]["clusters"][0]["representative_ids"][0];
        let id = first.as_str().unwrap_or_else(|| panic!("{first} is no text"));
        assert!(!id.ends_with(".0"), "{id} is in its shortest form");
        let explained = shop.segmint(&["explain", "latest", id]);
        assert_eq!(explained.code, 0, "{id}: {}", explained.stderr);
        assert!(explained.stdout.starts_with(id), "{}", explained.stdout);
    }
}

#[test]
fn an_id_that_would_stand_twice_in_the_assignments_is_refused() {
    let shop = Shop::new();
    shop.fails(
        &["run", "--set", "source.id=tier", "--set", "source.tier="],
        2,
        "segmint: source.id must be a column with a name that the tables of a run do not need themselves, got \"tier\" (--set)\n\n\
         hint: rename it where the file is written, for example \"customer_tier\"",
    );
}

#[test]
fn customers_of_a_run_without_tiers_are_explained() {
    for more in ["", "[cluster]\nprimary = \"dbscan\"\n"] {
        let shop = Shop::new();
        let mut table = columns(240);
        table.pop();
        shop.table(&table);
        let plan = format!("[source]\npath = \"customers.parquet\"\nid = \"customer\"\n{more}");
        fs::write(shop.path("pipeline.toml"), plan).unwrap();
        shop.run(&[]);
        let explained = shop.segmint(&["explain", "latest", "1007"]);
        assert_eq!(explained.code, 0, "{}", explained.stderr);
        assert!(explained.stdout.contains("recency_days"), "{}", explained.stdout);
    }
}
