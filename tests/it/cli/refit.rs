//! Month after month: segments keep their ids and names, what happened is told, and a gate decides.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};

use serde_json::Value;

use super::months::{A, B, C, FAR, Group, NIGHTLY, champion, id_near, id_of, json, month, month_of, run, shop};
use super::shop::Shop;

fn kinds(folder: &Path) -> Vec<String> {
    let refit = json(folder, "refit.json");
    let events = refit["events"].as_array().unwrap();
    let mut kinds: Vec<String> = events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds
}

#[test]
fn a_segment_keeps_its_id_when_another_becomes_larger() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (said, first) = run(&shop, &[]);
    assert_eq!((said.code, champion(&shop)), (0, id_of(&first)), "a first run that is whole is promoted");
    assert!(!first.join("refit.json").exists(), "it continues none");
    assert_eq!([900.0, 100.0, 500.0].map(|middle| id_near(&first, middle)), ["S01", "S02", "S03"]);
    // The smallest group is the largest now.
    month(&shop, &[A, B, (C.0, C.1, 95)], 2);
    let (said, second) = run(&shop, &[]);
    assert_eq!((said.code, champion(&shop)), (0, id_of(&second)), "{}", said.stderr);
    assert_eq!([900.0, 100.0, 500.0].map(|middle| id_near(&second, middle)), ["S01", "S02", "S03"]);
    assert_eq!(json(&second, "run.json")["segments"][0]["segment_id"], "S03", "lists stay sorted by size");
    assert_eq!(kinds(&second), ["survived", "survived", "survived"]);
    let listed = shop.segmint(&["runs", "show", "latest"]);
    assert!(listed.stdout.contains("all 3 segments"), "{}", listed.stdout);
}

#[test]
fn without_a_run_to_continue_segments_are_numbered_by_size() {
    let shop = Shop::new();
    month(&shop, &[A, B, C], 1);
    shop.run(&[]);
    month(&shop, &[A, B, (C.0, C.1, 95)], 2);
    let second = shop.run(&[]);
    assert_eq!(id_near(&second, 500.0), "S01");
    assert!(!second.join("refit.json").exists() && !second.join("reference.json").exists());
}

#[test]
fn a_group_that_goes_and_comes_back_has_its_id_again_and_nobody_else_had_it() {
    let shop = shop();
    let gate =
        "[gate]\npromote = \"champion\"\nmin_carried = 0\nmax_vanished_value = 1\nmax_redefined = 1\nmin_rows = 0\n";
    shop.configure(&format!("[refit]\nagainst = \"champion\"\n{gate}"));
    month(&shop, &[A, B, C], 1);
    run(&shop, &[]);
    month(&shop, &[A, B], 2);
    let (_, gone) = run(&shop, &[]);
    assert_eq!(kinds(&gone), ["survived", "survived", "vanished"]);
    month(&shop, &[A, B, FAR], 3);
    let (_, other) = run(&shop, &[]);
    assert_eq!(id_near(&other, 3000.0), "S04", "a new group gets the next free number");
    assert_eq!(kinds(&other), ["emerged", "survived", "survived"]);
    month(&shop, &[A, B, FAR, C], 4);
    let (_, back) = run(&shop, &[]);
    assert_eq!(kinds(&back), ["revived", "survived", "survived", "survived"]);
    assert_eq!([900.0, 100.0, 500.0, 3000.0].map(|middle| id_near(&back, middle)), ["S01", "S02", "S03", "S04"]);
}

#[test]
fn the_movement_adds_up_and_customers_say_where_they_were() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    run(&shop, &[]);
    // Ten of the second group leave and twenty come to the first.
    month(&shop, &[(A.0, A.1, 110), (B.0, B.1, 70), C], 2);
    let (_, second) = run(&shop, &[]);
    let refit = json(&second, "refit.json");
    for segment in refit["movement"]["segments"].as_array().unwrap() {
        for account in [&segment["customers"], &segment["value"]] {
            let term = |key: &str| account[key].as_f64().unwrap();
            let sum = term("before") + term("moved") + term("joined") + term("left") + term("redefined");
            assert_eq!(sum, term("after"), "{segment}");
        }
    }
    let of = |id: &str| refit["movement"]["segments"].as_array().unwrap().iter().find(|one| one["segment_id"] == id);
    let (first, other) = (&of("S01").unwrap()["customers"], &of("S02").unwrap()["customers"]);
    assert_eq!((&first["before"], &first["joined"], &first["after"]), (&90.into(), &20.into(), &110.into()));
    assert_eq!((&other["before"], &other["left"], &other["after"]), (&80.into(), &(-10).into(), &70.into()));
    let explained = shop.segmint(&["compare", "latest", "champion", "--json"]);
    assert_eq!(explained.code, 0, "{}", explained.stderr);
}

#[test]
fn the_order_of_rows_and_threads_change_no_id() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    run(&shop, &[]);
    let refit = |groups: &[Group], threads: &str| {
        month(&shop, groups, 2);
        let flags = ["--set", "gate.promote=", "--set", threads];
        let (_, folder) = run(&shop, &flags);
        let mut refit = json(&folder, "refit.json");
        refit["drift"]["two_sample"].take();
        (refit, id_near(&folder, 500.0))
    };
    let forward = refit(&[A, B, C], "cluster.threads=1");
    assert_eq!(refit(&[C, B, A], "cluster.threads=2"), forward);
}

#[test]
fn a_table_that_is_too_different_is_held_and_the_alias_stays() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (_, first) = run(&shop, &[]);
    month(&shop, &[(A.0, A.1, 60), (B.0, B.1, 50)], 2);
    let (said, second) = run(&shop, &[]);
    assert_eq!((said.code, champion(&shop)), (5, id_of(&first)));
    assert!(said.stderr.contains("held: ") && said.stderr.contains("S03"), "{}", said.stderr);
    let gate = &json(&second, "refit.json")["gate"];
    assert_eq!(gate["decision"], "hold");
    let failed: Vec<&str> = gate["rules"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["passed"] == false)
        .map(|rule| rule["rule"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["carried", "vanished_value", "rows"]);
    assert_eq!(shop.segmint(&["runs", "show", "latest"]).code, 0, "a run that is held can be read");
    // The next one is held against the champion again.
    month(&shop, &[A, B, C], 3);
    let (said, third) = run(&shop, &[]);
    assert_eq!((said.code, champion(&shop)), (0, id_of(&third)), "{}", said.stderr);
    assert_eq!(json(&third, "refit.json")["against"], id_of(&first));
}

#[test]
fn a_run_of_another_table_is_not_continued_and_held() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (_, first) = run(&shop, &[]);
    let columns: Vec<(&str, ArrayRef)> = ["w", "x", "y", "z"]
        .into_iter()
        .map(|name| (name, Arc::new((0..200).map(|i| f64::from(i % 20)).collect::<Float64Array>()) as ArrayRef))
        .collect();
    shop.table(&columns);
    fs::write(shop.path("pipeline.toml"), format!("[source]\npath = \"customers.parquet\"\n{NIGHTLY}")).unwrap();
    let (said, other) = run(&shop, &[]);
    assert_eq!((said.code, champion(&shop)), (5, id_of(&first)));
    assert!(said.stderr.contains("could not be held against the one before"), "{}", said.stderr);
    let warnings = json(&other, "run.json")["warnings"].to_string();
    assert!(warnings.contains("not_continued"), "{warnings}");
    let segments = json(&other, "run.json")["segments"].as_array().unwrap().clone();
    let ids: Vec<&str> = segments.iter().map(|segment| segment["segment_id"].as_str().unwrap()).collect();
    assert_eq!(ids.first(), Some(&"S04"), "its segments are others: {ids:?}");
}

#[test]
fn money_in_cents_is_held_as_drift_and_a_total_that_grows_is_not() {
    let nightly = |factor: f64, more: f64| {
        let shop = shop();
        month(&shop, &[A, B, C], 1);
        run(&shop, &["--set", "gate.max_drift=0.25"]);
        // Who brought least brings nothing more.
        month_of(&shop, &[A, B, C], 1, |i, money| if i % 3 == 0 { money * factor } else { money * factor + more });
        let (said, folder) = run(&shop, &["--set", "gate.max_drift=0.25"]);
        let failed: Vec<Value> = json(&folder, "refit.json")["gate"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|rule| rule["passed"] == false)
            .map(|rule| rule["rule"].clone())
            .collect();
        (said.code, failed)
    };
    assert_eq!(nightly(100.0, 0.0), (5, vec!["drift".into()]));
    assert_eq!(nightly(1.0, 40.0), (0, Vec::new()));
}

#[test]
fn ids_that_nobody_had_before_are_told() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    run(&shop, &[]);
    month(&shop, &[("x", A.1, A.2), ("y", B.1, B.2), ("z", C.1, C.2)], 2);
    let (said, _) = run(&shop, &[]);
    assert!(said.stdout.contains("nobody_found_again"), "{}", said.stdout);

    let shop = self::shop();
    month(&shop, &[A, B, C], 1);
    run(&shop, &[]);
    month(&shop, &[("x", A.1, A.2), ("y", B.1, B.2), ("z", C.1, C.2), ("a", A.1, 5)], 2);
    let (said, _) = run(&shop, &[]);
    assert!(said.stdout.contains("few_found_again") && said.stdout.contains("fewer than 10"), "{}", said.stdout);
}

#[test]
fn an_alias_that_is_misspelt_is_told() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (said, _) = run(&shop, &[]);
    assert!(!said.stdout.contains("begun_anew"), "the first night");
    let champoin = ["--set", "refit.against=\"champoin\"", "--set", "gate.promote=\"champoin\""];
    let (said, _) = run(&shop, &champoin);
    assert!(said.stdout.contains("begun_anew") && said.stdout.contains("champion"), "{}", said.stdout);
    let said = shop.segmint(&["run", "--set", "gate.promote=\"gold\""]);
    assert_eq!((said.code, shop.runs().len()), (2, 2), "{}", said.stderr);
    assert!(said.stderr.contains("there is no alias \"gold\" yet"), "{}", said.stderr);
}

#[test]
fn figures_replace_nothing_that_a_run_needs() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (_, first) = run(&shop, &[]);
    let inside = first.join("run.json");
    let alias = shop.path("runs/.aliases/champion");
    for file in
        [&shop.path("customers.parquet"), &shop.path("pipeline.toml"), &inside, &alias, &shop.path("runs/new.prom")]
    {
        let before = fs::read(file).ok();
        let said = shop.segmint(&["run", "--metrics", file.to_str().unwrap()]);
        assert_eq!(
            (said.code, shop.runs().len(), fs::read(file).ok()),
            (2, 1, before),
            "{} {}",
            file.display(),
            said.stderr
        );
    }
    let said = shop.segmint(&["run", "--metrics", "nowhere/segmint.prom"]);
    assert_eq!((said.code, shop.runs().len()), (1, 1), "known before anything is computed: {}", said.stderr);
    assert!(said.stderr.contains("hint: the folder it is to lie in does not exist"), "{}", said.stderr);
    assert_eq!(shop.segmint(&["run", "--metrics", "segmint.prom"]).code, 0);
    assert!(fs::read_to_string(shop.path("segmint.prom")).unwrap().contains("segmint_gate_passed 1"));
}

#[test]
fn what_cannot_be_continued_is_said_before_any_work() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let refused = |flag: &str| {
        let said = shop.segmint(&["run", "--set", flag]);
        (said.code, said.stderr)
    };
    assert_eq!(refused("gate.promote=\"latest\"").0, 2, "latest moves by itself");
    assert_eq!(refused("gate.promote=\"No Alias\"").0, 2);
    assert_eq!(refused("gate.min_carried=1.5").0, 2);
    assert_eq!(refused("refit.grace=-1").0, 2);
    assert_eq!(refused("gate.columns=\"some\"").0, 2);
    assert_eq!(refused("gate.max_drift=1e308").0, 2, "no PSI is as large");
    let (code, message) = refused("refit.against=\"20200101T000000.000Z-00000000\"");
    assert_eq!(code, 3, "{message}");
    assert!(!shop.path("runs/.aliases/champion").exists());
    assert_eq!(refused("refit.against=\"nobody\"").0, 0, "an alias that is not there yet is none");
}

#[test]
fn a_damaged_or_lost_champion_is_named() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (_, first) = run(&shop, &[]);
    let model = first.join("model.segmint");
    let whole = fs::read(&model).unwrap();
    fs::write(&model, &whole[..whole.len() / 2]).unwrap();
    let said = shop.segmint(&["run"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("model.segmint"), "{}", said.stderr);
    fs::remove_dir_all(&first).unwrap();
    let said = shop.segmint(&["run"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("champion"), "{}", said.stderr);
}

#[test]
fn the_run_that_the_plan_continues_is_never_pruned() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (_, first) = run(&shop, &[]);
    let against = format!("refit.against={:?}", id_of(&first));
    let flags = ["--set", &against, "--set", "gate.promote=\"\"", "--set", "registry.keep=1"];
    run(&shop, &["--set", "gate.promote=\"\"", "--set", "refit.against=\"\""]);
    fs::remove_file(shop.path("runs/.aliases/champion")).unwrap();
    run(&shop, &flags);
    assert!(first.exists());
    let said = shop.segmint(&[&["runs", "prune"], &flags[..]].concat());
    assert!(said.code == 0 && first.exists(), "{}", said.stderr);
}

#[test]
fn a_champion_is_never_pruned() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (_, first) = run(&shop, &[]);
    for seed in 2..4 {
        month(&shop, &[A], seed);
        run(&shop, &["--set", "registry.keep=1"]);
    }
    assert!(first.is_dir());
    assert_eq!(shop.segmint(&["runs", "prune", "--keep", "0"]).code, 0);
    assert!(first.is_dir());
}

#[test]
fn an_alias_that_points_to_another_run_than_is_continued_is_refused_before_any_work() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (said, _) = run(&shop, &["--set", "refit.against=\"latest\""]);
    assert_eq!(said.code, 0, "there is no latest run yet: {}", said.stderr);
    let n_runs = shop.runs().len();
    let said = shop.segmint(&["run", "--set", "refit.against="]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("champion") && said.stderr.contains("refit.against"), "{}", said.stderr);
    assert_eq!(shop.runs().len(), n_runs);
}

#[test]
fn files_of_a_champion_that_fit_their_checksums_and_not_each_other_are_named() {
    let shop = shop();
    month(&shop, &[A, B], 1);
    let (_, two) = run(&shop, &["--set", "registry.path=\"other\""]);
    let model = fs::read(two.join("model.segmint")).unwrap();
    month(&shop, &[A, B, C], 1);
    let (_, three) = run(&shop, &[]);
    fs::write(three.join("model.segmint"), model).unwrap();
    segmint::registry::write_checksums(&three).unwrap();
    let said = shop.segmint(&["run"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    assert!(said.stderr.contains("model.segmint") && said.stderr.contains("2 segments"), "{}", said.stderr);
}

#[test]
fn what_the_gate_holds_back_is_explained_below_its_rules() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    run(&shop, &["--set", "cluster.kmeans.k=3"]);
    // Six who are new in a segment of their own: how many are in segments that went on would tell of them.
    month(&shop, &[A, B, C, (FAR.0, FAR.1, 6)], 2);
    run(&shop, &["--set", "cluster.kmeans.k=4"]);
    let full = shop.segmint(&["runs", "show", "latest", "--full"]).stdout;
    let gate = full.split("What the run was asked before").nth(1).unwrap();
    let rules = gate.split("\n* fewer than 10 customers, or held back").next().unwrap();
    assert!(rules.len() < gate.len(), "{gate}");
    let carried = rules.lines().find(|line| line.contains("segments that went on")).unwrap_or_else(|| panic!("{gate}"));
    assert!(carried.contains(" * "), "{carried}");
    assert!(!rules.contains("\n\n"), "no other section stands between: {rules}");
}
