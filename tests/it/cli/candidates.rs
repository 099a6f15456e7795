//! New segments: what a run says of them, and how they become archetypes.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use serde_json::Value;

use super::shop::Shop;

/// No column of the shop shows the roles of this catalog, so every segment is unmatched.
const UNMATCHED: &str = "label.catalogs=[\"order-habits\"]";

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn segments(shop: &Shop, run: &std::path::Path) -> Value {
    document(&fs::read_to_string(shop.path("").join(run).join("segments.json")).unwrap())
}

#[test]
fn unmatched_segments_are_recorded_as_candidates_with_their_stability() {
    let shop = Shop::new();
    let run = shop.run(&["--set", UNMATCHED]);
    let recorded = segments(&shop, &run);
    let candidates = recorded["new_segments"]["candidates"].as_array().unwrap();
    let of_segments: Vec<&Value> = candidates.iter().filter(|c| c["found_in"] == "kmeans").collect();
    assert_eq!(of_segments.iter().map(|c| c["id"].as_str().unwrap()).collect::<Vec<_>>(), ["S01", "S02", "S03"]);
    for (candidate, cluster) in of_segments.iter().zip(recorded["clusterings"][0]["clusters"].as_array().unwrap()) {
        assert_eq!(candidate["stability"]["verdict"], "highly_stable", "{candidate}");
        assert_eq!(candidate["stability"]["n_bootstraps"], 50);
        for key in ["size", "value", "value_share", "name"] {
            assert_eq!(candidate[key], cluster[key], "{key}");
        }
        assert!(candidate["name"]["zh"].is_string());
    }
    let shown = shop.segmint(&["runs", "show", "latest", "--full"]).stdout;
    assert!(shown.contains("Candidates for new segments") && shown.contains("highly stable"), "{shown}");
    let chinese = shop.segmint(&["run", "--full", "--set", UNMATCHED, "--set", "label.language=zh"]).stdout;
    assert!(chinese.contains("候选新客群") && chinese.contains("高度稳定"), "{chinese}");
}

/// A cloud of 1,000 customers, of whom every `every`-th is in `small` instead: (place, spread). Without a generator: a lattice, turned.
fn cloud_and(small: (f64, f64), every: usize) -> [(&'static str, ArrayRef); 2] {
    let of = |j: usize| {
        let place = move |i: usize| {
            let part = |step: usize| ((i * step) % 1009) as f64 / 1009.0;
            // The sum of four even parts is nearly normal.
            let normal = [389, 577, 733, 911].map(|step| part(step + 2 * j)).iter().sum::<f64>() - 2.0;
            if i % every == every - 1 { small.0 + small.1 * normal } else { normal }
        };
        Arc::new((0..1000).map(|i| Some(place(i))).collect::<Float64Array>()) as ArrayRef
    };
    [("a", of(0)), ("b", of(1))]
}

#[test]
fn a_small_compact_stable_group_apart_from_the_others_is_a_candidate_and_the_main_mass_is_not() {
    let shop = Shop::new();
    shop.table(&cloud_and((8.0, 0.5), 10));
    let plan =
        "[source]\npath = \"customers.parquet\"\n[cluster.kmeans]\nk = 2\n[compare]\npermutations = 0\nbootstrap = 0\n";
    fs::write(shop.path("pipeline.toml"), plan).unwrap();
    let run = shop.run(&[]);
    let found = &segments(&shop, &run)["new_segments"];
    let of_kmeans = found["candidates"].as_array().unwrap().iter().filter(|c| c["found_in"] == "kmeans");
    assert_eq!(of_kmeans.map(|c| c["id"].as_str().unwrap()).collect::<Vec<_>>(), ["S02"]);
    assert!(found["candidates"].as_array().unwrap().iter().all(|c| c["share"].as_f64().unwrap() < 0.34), "{found}");
    let left_out =
        found["skipped"].as_array().unwrap().iter().find(|w| w["evidence"]["clustering"] == "kmeans").unwrap();
    assert_eq!((&left_out["code"], &left_out["evidence"]["size"]), (&"clusters_left_out".into(), &1.into()));
    let shown = shop.segmint(&["runs", "show", "latest", "--full"]).stdout;
    let line = |id: &str| shown.lines().find(|line| line.starts_with(&format!(" {id} "))).unwrap().to_owned();
    assert!(line("S02").contains("unmatched: candidate"), "{shown}");
    assert!(line("S01").contains("unmatched") && !line("S01").contains("candidate"), "{shown}");
}

#[test]
fn a_few_customers_apart_are_a_candidate_where_all_others_are_one_cloud() {
    let shop = Shop::new();
    shop.table(&cloud_and((6.0, 0.3), 50));
    let plan =
        "[source]\npath = \"customers.parquet\"\n[cluster.kmeans]\nk = 3\n[compare]\npermutations = 0\nbootstrap = 0\n";
    fs::write(shop.path("pipeline.toml"), plan).unwrap();
    let run = shop.run(&[]);
    let record = document(&fs::read_to_string(shop.path("").join(&run).join("run.json")).unwrap());
    assert_eq!(record["structure"]["verdict"], "none");
    let found = &segments(&shop, &run)["new_segments"];
    let [candidate] = &found["candidates"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!((&candidate["found_in"], &candidate["size"]), (&"dbscan".into(), &20.into()));
    let shown = shop.segmint(&["runs", "show", "latest"]).stdout;
    assert!(shown.contains("candidate for a new segment C01"), "{shown}");
}

#[test]
fn a_group_is_a_candidate_once() {
    let shop = Shop::new();
    shop.table(&cloud_and((8.0, 0.5), 10));
    let plan = "[source]\npath = \"customers.parquet\"\n[cluster.kmeans]\nk = 2\n[cluster.dbscan]\neps = 0.4\nmin_samples = 5\n\
                [compare]\npermutations = 0\nbootstrap = 0\n";
    fs::write(shop.path("pipeline.toml"), plan).unwrap();
    let run = shop.run(&[]);
    let found = &segments(&shop, &run)["new_segments"];
    let ids: Vec<&str> = found["candidates"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["S02"], "{found}");
    let of_density = found["skipped"].as_array().unwrap().iter().find(|w| w["evidence"]["clustering"] == "dbscan");
    assert_eq!(of_density.unwrap()["evidence"]["known"], 1, "{found}");
}

#[test]
fn a_catalog_with_a_byte_order_mark_is_read() {
    let shop = Shop::new();
    let text = include_str!("../../../datasets/archetypes/rfm-8.toml").replacen("rfm-8", "mine", 1);
    fs::write(shop.path("mine.toml"), format!("\u{feff}{text}")).unwrap();
    let said = shop.segmint(&["archetypes", "check", "mine.toml"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn slices_of_a_mass_are_no_candidates() {
    let shop = Shop::new();
    shop.table(&cloud_and((8.0, 0.5), 10));
    let plan =
        "[source]\npath = \"customers.parquet\"\n[cluster.kmeans]\nk = 5\n[compare]\npermutations = 0\nbootstrap = 0\n";
    fs::write(shop.path("pipeline.toml"), plan).unwrap();
    let run = shop.run(&[]);
    let recorded = segments(&shop, &run);
    let of_kmeans =
        recorded["new_segments"]["candidates"].as_array().unwrap().iter().filter(|c| c["found_in"] == "kmeans");
    // Four slices of the cloud, and the group.
    assert!(of_kmeans.clone().count() <= 1, "{recorded}");
    assert!(of_kmeans.clone().all(|c| c["size"].as_u64().unwrap() <= 110), "{recorded}");
}

#[test]
fn matched_segments_are_no_candidates() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let recorded = segments(&shop, &run);
    let clusters = recorded["clusterings"][0]["clusters"].as_array().unwrap();
    let matched = clusters.iter().filter(|cluster| cluster["archetype"].is_string());
    let candidates = recorded["new_segments"]["candidates"].as_array().unwrap();
    assert!(matched.clone().count() > 0);
    for segment in matched {
        assert!(candidates.iter().all(|candidate| candidate["id"] != segment["id"]), "{segment}");
    }
}

#[test]
fn an_archetype_made_of_a_segment_is_valid_and_matches_it_in_the_next_run() {
    let shop = Shop::new();
    shop.run(&["--set", UNMATCHED]);
    for (segment, id) in [("S01", "first"), ("s2", "second"), ("S03", "third")] {
        let said = shop.segmint(&[
            "archetypes",
            "add",
            "--from-run",
            "latest",
            "--segment",
            segment,
            "--catalog",
            "mine.toml",
            "--id",
            id,
            "--name-en",
            id,
            "--name-zh",
            "新客群",
        ]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(said.stdout.contains("mine.toml: added") && said.stdout.contains("recency_days"), "{}", said.stdout);
    }
    let check = shop.segmint(&["archetypes", "check", "mine.toml", "--json"]);
    assert_eq!((check.code, &document(&check.stdout)["archetypes"]), (0, &Value::from(3)), "{}", check.stderr);
    let run = shop.run(&["--set", "label.catalogs=[\"mine.toml\"]"]);
    let again = segments(&shop, &run);
    let clusters = again["clusterings"][0]["clusters"].as_array().unwrap();
    let matched: Vec<&str> = clusters.iter().map(|cluster| cluster["archetype"].as_str().unwrap()).collect();
    assert_eq!(matched, ["mine/first", "mine/second", "mine/third"]);
    assert_eq!(clusters[0]["catalogs"][0]["best"]["score"], 1.0);
}

#[test]
fn an_archetype_is_not_added_when_it_cannot_be_right() {
    let shop = Shop::new();
    let run = shop.run(&["--set", UNMATCHED]);
    let run_id = run.file_name().unwrap().to_str().unwrap().to_owned();
    let add = |more: &[&str]| {
        let all: Vec<&str> = ["archetypes", "add", "--from-run", "latest"].iter().chain(more).copied().collect();
        let said = shop.segmint(&all);
        (said.code, said.stderr)
    };
    let (code, message) = add(&["--segment", "S9"]);
    assert_eq!(code, 3);
    assert!(
        message.starts_with(&format!("segmint: the run {run_id} has no segment and no candidate \"S9\"")),
        "{message}"
    );
    assert!(message.contains("did you mean S0") && message.contains("it has S01, S02, S03"), "{message}");
    let (code, message) = add(&["--segment", "S01", "--id", "two words"]);
    let said = "segmint: --id must be one word without slashes, got \"two words\"\n\nhint: for example loyal-regulars";
    assert_eq!((code, message.trim_end()), (2, said));
    let (code, message) = add(&["--segment", "S01", "--catalog", "rfm-8"]);
    assert_eq!((code, message.contains("--catalog must be a TOML file of your own")), (2, true), "{message}");
    assert!(!shop.path("archetypes.toml").exists(), "nothing was written");

    assert_eq!(add(&["--segment", "S01", "--id", "mine"]).0, 0);
    let before = fs::read_to_string(shop.path("archetypes.toml")).unwrap();
    let (code, message) = add(&["--segment", "S02", "--id", "mine"]);
    assert_eq!(code, 2);
    assert!(message.starts_with("segmint: archetypes.toml: there is an archetype \"mine\" already"), "{message}");
    let (code, message) = add(&["--segment", "S01", "--id", "again"]);
    assert_eq!((code, message.contains("fits this segment as well")), (2, true), "{message}");
    assert_eq!(fs::read_to_string(shop.path("archetypes.toml")).unwrap(), before);

    fs::write(shop.path("broken.toml"), "id = \"broken\"\n").unwrap();
    let (code, message) = add(&["--segment", "S01", "--catalog", "broken.toml"]);
    assert_eq!((code, message.contains("broken.toml:1: name is missing")), (2, true), "{message}");
}

#[test]
fn a_run_without_structure_gives_no_candidates_and_no_archetypes() {
    let shop = Shop::new();
    let noise = |step: usize| -> ArrayRef {
        let hash = |i: usize| (i.wrapping_mul(step).wrapping_mul(2_654_435_761) % 1_000_003) as f64 / 1_000_003.0;
        Arc::new((1..=300).map(|i| Some(hash(i))).collect::<Float64Array>())
    };
    shop.table(&[("a", noise(7919)), ("b", noise(104_729)), ("c", noise(15_485_863))]);
    fs::write(
        shop.path("pipeline.toml"),
        "[source]\npath = \"customers.parquet\"\n[cluster.kmeans]\nk_range = [2, 5]\n",
    )
    .unwrap();
    let run = shop.run(&[]);
    let recorded = segments(&shop, &run);
    assert_eq!(recorded["new_segments"]["candidates"], serde_json::json!([]));
    assert_eq!(recorded["new_segments"]["skipped"][0]["code"], "no_structure");
    let said = shop.segmint(&["archetypes", "add", "--from-run", "latest", "--segment", "S01"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("found no structure"), "{}", said.stderr);
}
