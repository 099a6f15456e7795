//! A run without structure says so wherever its segments are spoken of.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use calamine::{Reader, Xlsx};
use serde_json::Value;

use super::shop::{Shop, columns};

/// A shop whose customers are one cloud: each figure is a sum of six that are spread evenly.
pub(super) fn one_cloud() -> Shop {
    let shop = Shop::new();
    let spread = |i: usize, step: usize| (i as f64 * (step as f64).sqrt()).fract();
    let sum = |i: usize, steps: [usize; 6]| steps.iter().map(|&step| spread(i, step)).sum::<f64>();
    let mut table = columns(240);
    for (column, steps) in [(1, [2, 3, 5, 7, 11, 13]), (2, [17, 19, 23, 29, 31, 37]), (3, [41, 43, 47, 53, 59, 61])] {
        table[column].1 = Arc::new((0..240).map(|i| Some(sum(i, steps))).collect::<Float64Array>()) as ArrayRef;
    }
    shop.table(&table);
    shop
}

const CAUTION: &str = "the run found no structure: its segments are slices of one cloud";
const CAUTION_ZH: &str = "该次运行未发现聚类结构：各客群只是同一团数据的切片";

#[test]
fn whatever_speaks_of_slices_of_one_cloud_says_that_they_are() {
    let shop = one_cloud();
    let run = shop.run(&["--set", "cluster.kmeans.k=3"]);
    let record: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["structure"]["verdict"], "none");
    let verbs = [
        &["score", "latest", "customers.parquet", "-o", "scored.parquet"][..],
        &["explain", "latest", "1007"],
        &["export", "latest", "-o", "segments.csv"],
        &["runs", "show", "latest", "--segment", "S02"],
    ];
    for verb in verbs {
        let lines = |more: &[&str]| {
            let said = shop.segmint(&[verb, more].concat());
            assert_eq!(said.code, 0, "{}", said.stderr);
            said.stdout.lines().filter(|line| line.starts_with("! ")).map(str::to_owned).collect::<Vec<String>>()
        };
        let (english, chinese) = (lines(&[]), lines(&["--language", "zh"]));
        assert!(english.iter().filter(|line| line[2..].starts_with(CAUTION)).count() == 1, "{verb:?}: {english:?}");
        assert!(chinese.iter().filter(|line| line[2..].starts_with(CAUTION_ZH)).count() == 1, "{verb:?}: {chinese:?}");
        let document: Value = serde_json::from_str(&shop.segmint(&[verb, &["--json"]].concat()).stdout).unwrap();
        let codes: Vec<&Value> = document["warnings"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
        assert_eq!(codes.iter().filter(|code| **code == "no_structure").count(), 1, "{verb:?}: {document}");
    }
    let sql = shop.segmint(&["runs", "show", "latest", "--sql"]).stdout;
    assert!(sql.starts_with(&format!("-- {CAUTION}")), "{sql}");
    shop.segmint(&["export", "latest", "-o", "run.xlsx"]);
    let mut book = Xlsx::new(std::io::Cursor::new(fs::read(shop.path("run.xlsx")).unwrap())).unwrap();
    let about = book.worksheet_range("about").unwrap();
    let mut lines = about.rows().map(|row| [row[0].to_string(), row[1].to_string()]);
    assert!(lines.any(|[name, text]| name == "caution" && text.starts_with(CAUTION)));
}

#[test]
fn a_run_with_structure_needs_no_caution() {
    let shop = Shop::new();
    shop.run(&["--set", "cluster.kmeans.k=3"]);
    for verb in [
        &["score", "latest", "customers.parquet", "-o", "scored.parquet"][..],
        &["explain", "latest", "1007"],
        &["export", "latest", "-o", "segments.csv"],
        &["runs", "show", "latest", "--segment", "all"],
    ] {
        let said = shop.segmint(verb);
        assert!(said.code == 0 && !said.stdout.contains("! "), "{verb:?}: {}", said.stdout);
    }
}
