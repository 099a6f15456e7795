//! The law of what is shared: what is written does not depend on what is held back. A run with a handful of customers is written
//! by every writer; then every figure that is held back is changed in the run's files, and every writer writes the same again.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::privacy::with_a_handful;
use super::shop::Shop;

/// Figures of a cluster that tell of its members.
const OF_MEMBERS: [&str; 17] = [
    "size",
    "share",
    "value",
    "value_share",
    "median",
    "mean",
    "others_mean",
    "standardized_difference",
    "missing_share",
    "n",
    "others_share",
    "lift",
    "h",
    "precision",
    "recall",
    "n_held_out",
    "observed",
];
/// Figures that tell how large a cluster is.
const OF_SIZE: [&str; 4] = ["size", "share", "value", "value_share"];
/// Figures of a target.
const OF_TARGET: [&str; 7] = ["customers", "share", "value", "mean_value", "reachable", "reachability", "score"];

/// Another figure of the same kind.
fn other(figure: &Value) -> Value {
    match figure {
        // A handful stays one, and what covers it stays the next smallest.
        Value::Number(number) if number.is_u64() && number.as_u64().unwrap() < 8 => json!(number.as_u64().unwrap() + 1),
        Value::Number(number) if number.is_u64() => json!(number.as_u64().unwrap() - 1),
        Value::Number(number) => json!(number.as_f64().unwrap() * 1.37 + 0.001),
        _ => figure.clone(),
    }
}

/// Changes the figures under these keys of an object.
fn change(object: &mut Value, keys: &[&str]) {
    for key in keys {
        if let Some(figure) = object.get_mut(*key).filter(|figure| figure.is_number()) {
            *figure = other(figure);
        }
    }
}

/// Changes the figures under these keys wherever they are below `value`.
fn change_below(value: &mut Value, keys: &[&str]) {
    change(value, keys);
    match value {
        Value::Object(object) => object.values_mut().for_each(|inner| change_below(inner, keys)),
        Value::Array(items) => items.iter_mut().for_each(|inner| change_below(inner, keys)),
        _ => {}
    }
}

fn edit(run: &Path, name: &str, change: impl FnOnce(&mut Value)) {
    let mut document = serde_json::from_slice(&fs::read(run.join(name)).unwrap()).unwrap();
    change(&mut document);
    fs::write(run.join(name), serde_json::to_vec_pretty(&document).unwrap()).unwrap();
}

/// Two tiers and two clusters whose four cells are all held back.
fn cycle(counts: &Value) -> Option<[usize; 4]> {
    let rows = counts.as_array().unwrap();
    let hidden = |t: usize, c: usize| rows[t][c].is_null();
    let n_clusters = rows.first()?.as_array().unwrap().len();
    for (t, u) in (0..rows.len()).flat_map(|t| (t + 1..rows.len()).map(move |u| (t, u))) {
        let both: Vec<usize> = (0..n_clusters).filter(|&c| hidden(t, c) && hidden(u, c)).collect();
        if let [c, d, ..] = both[..] {
            return Some([t, u, c, d]);
        }
    }
    None
}

/// Changes everything that is held back of a run: `small` is the segment of a handful, `cover` the one that hides its size.
fn change_what_is_held_back(run: &Path, small: usize, cover: usize, shared: &Value) {
    edit(run, "segments.json", |labelled| {
        let candidates = labelled["new_segments"]["candidates"].as_array_mut().unwrap();
        candidates
            .iter_mut()
            .filter(|one| one["id"] == format!("S{:02}", small + 1))
            .for_each(|one| change(one, &OF_SIZE));
        let clusters = &mut labelled["clusterings"][0]["clusters"];
        change_below(&mut clusters[small], &OF_MEMBERS);
        for typical in clusters[small]["portrait"]["representatives"].as_array_mut().unwrap() {
            typical["values"].as_array_mut().unwrap().iter_mut().for_each(|figure| *figure = other(figure));
        }
        clusters[small]["representative_ids"] = json!(["1"]);
        change(&mut clusters[cover], &OF_SIZE);
        for level in clusters[cover]["portrait"]["attributes"].as_array_mut().unwrap() {
            change(level, &["n", "share", "others_share", "lift"]);
        }
        // Others are nearest to the handful: what they are held against is the handful's too.
        for cluster in clusters.as_array_mut().unwrap() {
            let neighbour = &mut cluster["portrait"]["neighbour"];
            if neighbour["cluster"] == small {
                change_below(neighbour, &["neighbour_median"]);
            }
        }
    });
    edit(run, "run.json", |record| {
        [small, cover].iter().for_each(|&segment| change(&mut record["segments"][segment], &OF_SIZE));
        let table = record["kmeans"]["table"].as_array_mut().unwrap();
        table.iter_mut().filter(|row| row["k"] == 4).for_each(|row| change(row, &["smallest_share"]));
    });
    edit(run, "comparison.json", |compared| {
        for target in compared["targets"]["segments"].as_array_mut().unwrap() {
            let ids = [small, cover].map(|segment| format!("S{:02}", segment + 1));
            if ids.iter().any(|id| target["segment_id"] == *id) {
                change(target, &OF_TARGET);
            }
        }
        for (i, comparison) in compared["comparisons"].as_array_mut().unwrap().iter_mut().enumerate() {
            let counts = &shared["comparisons"][i]["contingency"]["counts"];
            let contingency = &mut comparison["contingency"];
            if let (Some([t, u, c, d]), true) = (cycle(counts), contingency["value"].is_array()) {
                // Sums of tiers and clusters are shown, so they stay what they are.
                for (tier, cluster, more) in [(t, c, 100.0), (t, d, -100.0), (u, c, -100.0), (u, d, 100.0)] {
                    let cell = &mut contingency["value"][tier][cluster];
                    *cell = json!(cell.as_f64().unwrap() + more);
                }
            }
        }
    });
}

/// What every writer writes of the latest run.
fn written(shop: &Shop) -> Vec<(&'static str, String)> {
    let said = |arguments: &[&str]| {
        let said = shop.segmint(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.stderr);
        said.stdout
    };
    said(&["report", "latest", "-o", "page.html"]);
    let sheet = |table: &str| {
        said(&["export", "latest", "-o", "sheet.csv", "--table", table]);
        fs::read_to_string(shop.path("sheet.csv")).unwrap()
    };
    vec![
        ("the summary", said(&["runs", "show", "latest"])),
        ("every table", said(&["runs", "show", "latest", "--full"])),
        ("its JSON", said(&["runs", "show", "latest", "--json"])),
        ("the portraits", said(&["runs", "show", "latest", "--segment", "all"])),
        ("their JSON", said(&["runs", "show", "latest", "--segment", "all", "--json"])),
        ("Markdown", said(&["report", "latest", "--format", "md"])),
        ("the page", fs::read_to_string(shop.path("page.html")).unwrap()),
        ("the sheet of segments", sheet("segments")),
        ("that of tiers", sheet("tiers")),
        ("that of candidates", sheet("candidates")),
    ]
}

#[test]
fn what_is_written_does_not_depend_on_what_is_held_back() {
    let shop = with_a_handful();
    let run = shop.run(&["--set", "cluster.kmeans.k_range=[4, 4]"]);
    let before = written(&shop);
    let shared: Value = serde_json::from_str(&before[2].1).unwrap();
    let segments = shared["segments"].as_array().unwrap();
    let hidden: Vec<usize> = (0..segments.len()).filter(|&i| segments[i]["size"].is_null()).collect();
    let [cover, small] = hidden[..] else { panic!("{hidden:?}") };
    assert!(segments[small]["representative_ids"] == json!([]), "the handful is the last");
    change_what_is_held_back(&run, small, cover, &shared);
    for ((writer, before), (_, after)) in before.iter().zip(written(&shop)) {
        let lines = before.lines().zip(after.lines()).find(|(before, after)| before != after);
        assert!(*before == after, "{writer} tells what is held back: {lines:?}");
    }
}
