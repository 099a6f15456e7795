//! The law of what is shared: what is written does not depend on what is held back. A run with a handful of customers is written
//! by every writer; then every figure that is held back is changed in the run's files, and every writer writes the same again.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Float64Array, StringArray};
use serde_json::{Value, json};

use super::privacy::{customers_with_a_handful, with_a_handful};
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

/// Figures of a tier, or of a cell of a matrix, beside the customers: they change together with the cells of the tier, for numbers that
/// contradict each other decide otherwise what is held back beside them.
const OF_CLASS: [&str; 3] = ["share", "value", "value_share"];

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
    segmint::registry::write_checksums(run).unwrap();
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

/// The run whose files are changed: what is shared of it, and which segments are held back.
struct HeldBack<'a> {
    run: &'a Path,
    /// What `--json` said of the run.
    shared: &'a Value,
    /// The segment of a handful.
    small: usize,
    /// The one that hides its size.
    cover: usize,
}

/// Changes every figure of a list; nobody stays nobody.
fn change_all(figures: &mut Value) {
    let figures = figures.as_array_mut().unwrap().iter_mut();
    figures.filter(|figure| **figure != json!(0)).for_each(|figure| *figure = other(figure));
}

/// Changes the count of every cell `[column, row, count]` of a grid.
fn change_cells(cells: &mut Value) {
    cells.as_array_mut().unwrap().iter_mut().for_each(|cell| cell[2] = json!(cell[2].as_u64().unwrap() + 1));
}

impl HeldBack<'_> {
    fn segments(&self) -> [usize; 2] {
        [self.small, self.cover]
    }

    fn noise(&self) -> bool {
        self.shared["dbscan"]["n_noise"].is_null()
    }

    /// Changes everything that is held back.
    fn change(&self) {
        edit(self.run, "segments.json", |labelled| {
            self.change_segments(labelled);
            self.change_density_labels(labelled);
            self.change_rules(labelled);
        });
        edit(self.run, "run.json", |record| self.change_record(record));
        edit(self.run, "comparison.json", |compared| {
            self.change_comparisons(compared);
            self.change_tiers(compared);
            self.change_moves(compared);
            self.change_outcome(compared);
        });
        edit(self.run, "charts.json", |charts| self.change_charts(charts));
    }

    fn change_segments(&self, labelled: &mut Value) {
        let (small, cover) = (self.small, self.cover);
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
    }

    /// Whatever is told of a handful that DBSCAN leaves over.
    fn change_density_labels(&self, labelled: &mut Value) {
        for cluster in labelled["clusterings"][1]["clusters"].as_array_mut().unwrap() {
            if cluster["size"].as_u64().unwrap() < 10 {
                change_below(cluster, &OF_MEMBERS);
            }
        }
    }

    fn change_rules(&self, labelled: &mut Value) {
        let is_few = |part: &Value, key: &str| part[key].as_u64().is_some_and(|n| n < 10);
        let tree = labelled.pointer_mut("/rules/tree").unwrap();
        for leaf in tree["leaves"].as_array_mut().unwrap() {
            if is_few(leaf, "n_learned") || is_few(leaf, "n_held_out") {
                change(leaf, &["n_learned", "precision", "recall"]);
            }
        }
        for class in tree["classes"].as_array_mut().unwrap() {
            if is_few(class, "n_held_out") {
                change(class, &["n_held_out", "share", "precision", "recall"]);
            }
        }
    }

    fn change_record(&self, record: &mut Value) {
        for segment in self.segments() {
            change(&mut record["segments"][segment], &OF_SIZE);
            record["kmeans"]["sizes"][segment] = other(&record["kmeans"]["sizes"][segment]);
        }
        let table = record["kmeans"]["table"].as_array_mut().unwrap();
        table.iter_mut().filter(|row| row["k"] == 4).for_each(|row| change(row, &["smallest_share"]));
        for column in record["input"]["audit"]["numeric"].as_array_mut().unwrap() {
            change(column, &["min", "max"]);
            if column["n_null"].as_u64().is_some_and(|n| (1..10).contains(&n)) {
                change(column, &["n_null"]);
            }
        }
        for column in record["input"]["audit"]["levels"].as_array_mut().unwrap() {
            if column["n_missing"].as_u64().is_some_and(|n| (1..10).contains(&n)) {
                change(column, &["n_missing"]);
            }
        }
        self.change_density(record);
    }

    fn change_density(&self, record: &mut Value) {
        assert!(self.noise(), "DBSCAN leaves a handful over: {}", self.shared["dbscan"]);
        change(&mut record["dbscan"], &["n_noise"]);
        for warning in record["warnings"].as_array_mut().unwrap() {
            if warning["code"] == "no_separable_density" {
                change_below(warning, &["largest_share", "noise_share"]);
            }
        }
        let is_hidden = |cluster: &Value| self.segments().iter().any(|segment| cluster == segment);
        for cell in record["reconciliation"]["cells"].as_array_mut().unwrap() {
            if is_hidden(&cell["kmeans"]) {
                change(cell, &["count"]);
            }
        }
        for finding in record["reconciliation"]["findings"].as_array_mut().unwrap() {
            change(finding, &["noise_share"]);
            if is_hidden(&finding["cluster"]) {
                finding["sentence"] = json!({ "en": "what the cells say", "zh": "单元格的内容" });
            }
        }
    }

    fn change_comparisons(&self, compared: &mut Value) {
        for target in compared["targets"]["segments"].as_array_mut().unwrap() {
            let ids = self.segments().map(|segment| format!("S{:02}", segment + 1));
            if ids.iter().any(|id| target["segment_id"] == *id) {
                change(target, &OF_TARGET);
            }
        }
        for (i, comparison) in compared["comparisons"].as_array_mut().unwrap().iter_mut().enumerate() {
            let counts = &self.shared["comparisons"][i]["contingency"]["counts"];
            let is_primary = comparison["clustering"] == "kmeans";
            let contingency = &mut comparison["contingency"];
            if is_primary {
                self.move_one(&mut contingency["counts"]);
            }
            if comparison["tier"] == "tier" {
                self.move_one_tier(&mut comparison["contingency"]);
            }
            let contingency = &mut comparison["contingency"];
            if let (Some([t, u, c, d]), true) = (cycle(counts), contingency["value"].is_array()) {
                // Sums of tiers and clusters are shown, so they stay what they are.
                for (tier, cluster, more) in [(t, c, 100.0), (t, d, -100.0), (u, c, -100.0), (u, d, 100.0)] {
                    let cell = &mut contingency["value"][tier][cluster];
                    *cell = json!(cell.as_f64().unwrap() + more);
                }
            }
        }
    }

    /// One customer more in the handful and one less in its cover, as their sizes say, of a tier that has both.
    fn move_one(&self, counts: &mut Value) {
        let rows = counts.as_array_mut().unwrap();
        let row = rows.iter_mut().max_by_key(|row| row[self.cover].as_u64()).unwrap();
        for (cluster, more) in [(self.small, 1), (self.cover, -1)] {
            row[cluster] = json!(row[cluster].as_i64().unwrap() + more);
        }
    }

    /// The tier of a handful, and the one that covers it.
    fn hidden_tiers(&self) -> [&str; 2] {
        let report = self.shared["tiers"].as_array().unwrap().iter().find(|report| report["tier"] == "tier").unwrap();
        let classes = report["classes"].as_array().unwrap().iter();
        let hidden: Vec<&str> =
            classes.filter(|one| one["customers"].is_null()).map(|one| one["tier"].as_str().unwrap()).collect();
        let [cover, small] = hidden[..] else { panic!("{hidden:?}") };
        [small, cover]
    }

    /// One customer more in the tier of a handful and one less in its cover, of a cluster that has both.
    fn move_one_tier(&self, contingency: &mut Value) {
        let tiers: Vec<String> = serde_json::from_value(contingency["tiers"].clone()).unwrap();
        let [small, cover] = self.hidden_tiers().map(|tier| tiers.iter().position(|other| other == tier).unwrap());
        let counts = &mut contingency["counts"];
        let n_clusters = counts[cover].as_array().unwrap().len();
        let cluster = (0..n_clusters).max_by_key(|&cluster| counts[cover][cluster].as_u64()).unwrap();
        for (tier, more) in [(small, 1), (cover, -1)] {
            counts[tier][cluster] = json!(counts[tier][cluster].as_i64().unwrap() + more);
        }
    }

    fn change_tiers(&self, compared: &mut Value) {
        let mut n_hidden = 0;
        for (report, shared) in
            compared["tiers"].as_array_mut().unwrap().iter_mut().zip(self.shared["tiers"].as_array().unwrap())
        {
            let is_own = report["tier"] == "tier";
            for (class, shared) in
                report["classes"].as_array_mut().unwrap().iter_mut().zip(shared["classes"].as_array().unwrap())
            {
                if shared["customers"].is_null() {
                    change(class, &OF_CLASS);
                    if is_own {
                        let more = if class["tier"] == self.hidden_tiers()[0] { 1 } else { -1 };
                        class["customers"] = json!(class["customers"].as_i64().unwrap() + more);
                    }
                    n_hidden += 1;
                }
            }
            let Some(Value::Array(cells)) = report.pointer_mut("/matrix/cells") else { continue };
            for (cell, shared) in cells.iter_mut().zip(shared["matrix"]["cells"].as_array().unwrap()) {
                if shared["customers"].is_null() {
                    change(cell, &OF_CLASS);
                }
            }
        }
        assert!(n_hidden >= 2, "a tier of a handful, and one that covers it");
    }

    /// Customers who are not listed.
    fn change_moves(&self, compared: &mut Value) {
        let listed = self.shared["moves"]["customers"].as_array().unwrap();
        for customer in compared["moves"]["customers"].as_array_mut().unwrap() {
            if listed.iter().all(|one| one["id"] != customer["id"]) {
                change(customer, &["value", "expected_value"]);
            }
        }
    }

    fn change_outcome(&self, compared: &mut Value) {
        let shared = self.shared["outcome"]["segments"].as_array().unwrap();
        let mut n_hidden = 0;
        for (segment, shared) in compared["outcome"]["segments"].as_array_mut().unwrap().iter_mut().zip(shared) {
            if shared["customers"].is_null() {
                change(segment, &["rate", "low", "high", "lift"]);
                n_hidden += 1;
            }
        }
        change(&mut compared["outcome"]["segments"][self.small], &["customers", "positives"]);
        assert!(n_hidden >= 2, "{shared:?}");
    }

    fn change_charts(&self, charts: &mut Value) {
        for segment in self.segments() {
            change_cells(&mut charts["density"]["clusters"][segment]["cells"]);
            change(&mut charts["silhouettes"][segment], &["mean"]);
            change_all(&mut charts["silhouettes"][segment]["counts"]);
        }
        change_cells(&mut charts["noise"]);
        for histogram in charts["histograms"].as_array_mut().unwrap() {
            for segment in self.segments() {
                change_all(&mut histogram["clusters"][segment]);
            }
            for end in [0, 32] {
                histogram["edges"][end] = other(&histogram["edges"][end]);
            }
        }
        // Every fifth point of a Lorenz curve is shared, and the last.
        let points = charts["lorenz"]["points"].as_array_mut().unwrap();
        for (_, point) in points.iter_mut().enumerate().filter(|(at, _)| at % 5 != 0) {
            point[1] = other(&point[1]);
        }
    }
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

/// The shop with six customers whom nobody is like, a handful of a tier and of an outcome, and a handful whose region or recency
/// is missing.
fn with_handfuls_of_every_kind() -> Shop {
    let shop = with_a_handful();
    let n = 246;
    let mut columns = customers_with_a_handful();
    let tiers = columns[5].1.as_any().downcast_ref::<StringArray>().unwrap().clone();
    let tier = (0..n).map(|i| Some(if i < 240 && i % 60 == 7 { "D" } else { tiers.value(i) }));
    columns[5].1 = Arc::new(tier.collect::<StringArray>());
    let region = (0..n).map(|i| (i % 80 != 9).then_some(["north", "south"][i % 2]));
    columns[4].1 = Arc::new(region.collect::<StringArray>());
    let recency = columns[1].1.as_any().downcast_ref::<Float64Array>().unwrap().clone();
    columns[1].1 = Arc::new((0..n).map(|i| (i % 80 != 11).then_some(recency.value(i))).collect::<Float64Array>());
    let churned = (0..n).map(|i| Some(if i % 3 == 0 && i % 2 == 0 || i % 50 == 1 { "yes" } else { "no" }));
    columns.push(("churned", Arc::new(churned.collect::<StringArray>())));
    shop.table(&columns);
    shop
}

#[test]
fn what_is_written_does_not_depend_on_what_is_held_back() {
    let shop = with_handfuls_of_every_kind();
    let run = shop.run(&[
        "--set",
        "cluster.kmeans.k_range=[4, 4]",
        "--set",
        "source.outcome=\"churned\"",
        "--set",
        "source.features=[\"recency_days\", \"frequency\", \"monetary\"]",
        "--set",
        "cluster.dbscan.min_samples=10",
        "--set",
        "compare.rules=[{ kind = \"matrix\", x = \"monetary\", y = \"frequency\", cut = \"median\" }]",
    ]);
    let before = written(&shop);
    let shared: Value = serde_json::from_str(&before[2].1).unwrap();
    let segments = shared["segments"].as_array().unwrap();
    let hidden: Vec<usize> = (0..segments.len()).filter(|&i| segments[i]["size"].is_null()).collect();
    let [cover, small] = hidden[..] else { panic!("{hidden:?}") };
    assert!(segments[small]["representative_ids"] == json!([]), "the handful is the last");
    HeldBack { run: &run, shared: &shared, small, cover }.change();
    for ((writer, before), (_, after)) in before.iter().zip(written(&shop)) {
        let lines = before.lines().zip(after.lines()).find(|(before, after)| before != after);
        assert!(*before == after, "{writer} tells what is held back: {lines:?}");
    }
}
