//! Months of one shop, run after run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray};
use serde_json::Value;

use super::shop::{Said, Shop};

/// A planted group: what its customers' ids begin with, its middle, and its customers.
pub(super) type Group = (&'static str, [f64; 2], usize);

pub(super) const NIGHTLY: &str = "[refit]\nagainst = \"champion\"\n[gate]\npromote = \"champion\"\n";

pub(super) const A: Group = ("a", [10.0, 900.0], 90);
pub(super) const B: Group = ("b", [200.0, 100.0], 80);
pub(super) const C: Group = ("c", [400.0, 500.0], 70);
pub(super) const FAR: Group = ("f", [100.0, 3000.0], 60);

/// Three groups that are far apart, and whatever else.
pub(super) fn shop() -> Shop {
    let shop = Shop::new();
    shop.configure(NIGHTLY);
    shop
}

/// The customers of `groups`, whose values differ a little from month to month.
pub(super) fn month(shop: &Shop, groups: &[Group], seed: usize) {
    let (mut ids, mut x, mut y) = (Vec::new(), Vec::new(), Vec::new());
    for (name, middle, n) in groups {
        for i in 0..*n {
            // A spread of a few units, the same for a customer but for the month.
            let step = |k: usize| ((i * k + seed * 3) % 17) as f64 - 8.0;
            ids.push(format!("{name}{i:03}"));
            x.push(middle[0] + step(5));
            y.push(middle[1] + 3.0 * step(7));
        }
    }
    let columns: [(&str, ArrayRef); 3] = [
        ("customer", Arc::new(StringArray::from(ids))),
        ("recency_days", Arc::new(Float64Array::from(x))),
        ("monetary", Arc::new(Float64Array::from(y))),
    ];
    shop.table(&columns);
    let text = fs::read_to_string(shop.path("pipeline.toml")).unwrap().replace("tier = \"tier\"\n", "");
    fs::write(shop.path("pipeline.toml"), text.replace("tier_order = [\"A\", \"B\", \"C\"]\n", "")).unwrap();
}

/// Runs, and gives what was said with the run's folder.
pub(super) fn run(shop: &Shop, flags: &[&str]) -> (Said, PathBuf) {
    let said = shop.segmint(&[&["run", "--json"][..], flags].concat());
    assert!([0, 5].contains(&said.code), "{}", said.stderr);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let folder = shop.path(document["path"].as_str().unwrap());
    (said, folder)
}

pub(super) fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

/// The segment id of the group with this mean of `monetary`, from `segments.json`.
pub(super) fn id_near(folder: &Path, monetary: f64) -> String {
    let segments = json(folder, "segments.json");
    let clusters = segments["clusterings"].as_array().unwrap().iter().find(|one| one["primary"] == true).unwrap();
    let distance = |cluster: &Value| {
        let tops = cluster["top_features"].as_array().unwrap();
        let top = tops.iter().find(|top| top["feature"] == "monetary").unwrap();
        (top["median"].as_f64().unwrap() - monetary).abs()
    };
    let all = clusters["clusters"].as_array().unwrap();
    let nearest = all.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
    nearest["id"].as_str().unwrap().to_owned()
}

pub(super) fn champion(shop: &Shop) -> String {
    fs::read_to_string(shop.path("runs/.aliases/champion")).unwrap().trim().to_owned()
}

pub(super) fn id_of(folder: &Path) -> String {
    folder.file_name().unwrap().to_str().unwrap().to_owned()
}
