//! What a summary says is true, agrees in number, and repeats nothing.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use serde_json::Value;

use super::shop::Shop;

/// A shop of one column.
fn one_column(values: impl Iterator<Item = f64>, more: &str) -> Shop {
    let shop = Shop::new();
    shop.table(&[("orders_mean", Arc::new(values.map(Some).collect::<Float64Array>()) as ArrayRef)]);
    let plan = format!(
        "[source]\npath = \"customers.parquet\"\n[normalize]\ntransform = \"none\"\n[cluster.kmeans]\nk = 2\n\
         [compare]\npermutations = 0\nbootstrap = 0\n{more}"
    );
    fs::write(shop.path("pipeline.toml"), plan).unwrap();
    shop
}

#[test]
fn one_is_singular_and_targets_that_only_repeat_the_segments_are_left_out() {
    let evenly = |i: usize| i as f64 / 10.0;
    let shop = one_column((0..300).map(evenly), "[cluster.dbscan]\neps = 1.0\nmin_samples = 3\n");
    let said = shop.segmint(&["run", "--full"]).stdout;
    assert!(said.contains("300 customers × 1 feature ·"), "{said}");
    assert!(said.contains("DBSCAN     1 cluster, noise 0.0 %"), "{said}");
    assert!(!said.contains("Targets"), "{said}");
    let page = fs::read_to_string(shop.runs().remove(0).join("report.html")).unwrap();
    assert!(
        page.contains(">feature<") && !page.contains(">features<") && !page.contains("Targets; score"),
        "the page says the same"
    );
    let chinese = shop.segmint(&["run", "--full", "--set", "label.language=zh"]).stdout;
    assert!(chinese.contains("1 个特征") && !chinese.contains("目标客群"), "{chinese}");
}

#[test]
fn what_is_held_back_cannot_be_subtracted_from_its_neighbour() {
    // Six customers far from everybody and from each other.
    let place = |i: usize| if i < 194 { i as f64 / 100.0 } else { 30.0 * (i - 190) as f64 };
    let shop = one_column((0..200).map(place), "[cluster.dbscan]\neps = 0.5\nmin_samples = 10\n");
    let said = shop.segmint(&["run", "--full"]).stdout;
    assert!(said.contains("1 cluster, noise –"), "{said}");
    assert!(said.contains("one cluster holds more than 90 % of the customers"), "{said}");
    let document: Value = serde_json::from_str(&shop.segmint(&["runs", "show", "latest", "--json"]).stdout).unwrap();
    let warning =
        document["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "no_separable_density").unwrap();
    assert_eq!(document["dbscan"]["n_noise"], Value::Null);
    assert_eq!(
        (&warning["evidence"]["largest_share"], &warning["evidence"]["noise_share"]),
        (&Value::Null, &Value::Null)
    );
    let pages = shop.runs().into_iter().map(|run| fs::read_to_string(run.join("report.html")).unwrap());
    for text in pages.chain([said]) {
        assert!(!text.contains("97.0 %") && !text.contains("3.0 %"), "{text}");
    }
}

#[test]
fn the_axis_of_a_distribution_holds_the_segment_it_shows() {
    // One in twenty is eight standard deviations away.
    let place = |i: usize| if i.is_multiple_of(20) { 100.0 + (i % 7) as f64 } else { (i % 11) as f64 / 10.0 };
    let shop = one_column((0..1000).map(place).chain([40.0]), "");
    let run = shop.run(&[]);
    let charts: Value = serde_json::from_str(&fs::read_to_string(run.join("charts.json")).unwrap()).unwrap();
    let histogram = &charts["histograms"][0];
    let last = histogram["edges"].as_array().unwrap().last().unwrap().as_f64().unwrap();
    assert!((100.0..106.5).contains(&last), "{last}");
    let counts: Vec<u64> = serde_json::from_value(histogram["clusters"][1].clone()).unwrap();
    assert!(counts[..31].iter().sum::<u64>() > 0, "the segment is more than the last bar: {counts:?}");
}

#[test]
fn what_is_said_in_chinese_has_the_signs_of_chinese() {
    // Gaps, few values, a constant, equal rows, and one segment that is nearly everyone.
    let place = |i: usize| if i % 40 == 39 { 90.0 } else { (i % 13) as f64 };
    let shop =
        one_column((0..400).map(place), "[label]\nlanguage = \"zh\"\n[cluster.dbscan]\neps = 0.5\nmin_samples = 10\n");
    let run = shop.run(&[]);
    let said = shop.segmint(&["runs", "show", "latest", "--full"]).stdout;
    let record: Value = serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    let warnings =
        record["warnings"].as_array().unwrap().iter().map(|w| w["message"]["zh"].as_str().unwrap().to_owned());
    for text in warnings.chain([said, shop.segmint(&["explain", "latest", "3"]).stdout]) {
        let letters: Vec<char> = text.chars().collect();
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let is_wrong = |pair: &[char]| is_chinese(pair[0]) && matches!(pair[1], ',' | ';' | ':' | '?' | '(');
        assert!(!letters.windows(2).any(is_wrong), "{text}");
    }
}
