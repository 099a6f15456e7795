//! Names that people give to segments, and the index of all segments there were.

use std::fs;

use serde_json::Value;

use super::months::{A, B, C, FAR, id_of, json, month, run, shop};
use super::shop::Shop;

fn named(shop: &Shop, run: &str) -> Value {
    let said = shop.segmint(&["runs", "show", run, "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    document["segments"].as_array().unwrap().iter().find(|one| one["segment_id"] == "S01").unwrap()["segment"].clone()
}

#[test]
fn a_name_that_was_given_is_shown_of_all_runs_of_the_segment_and_in_no_file_of_theirs() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (_, first) = run(&shop, &[]);
    let found = named(&shop, "champion");
    let said = shop.segmint(&["runs", "name", "S01", "--en", "Regulars of old", "--zh", "老主顾"]);
    assert_eq!(
        (said.code, said.stdout.lines().next()),
        (0, Some("S01 is called Regulars of old (老主顾)")),
        "{}",
        said.stderr
    );
    let before = fs::read(first.join("run.json")).unwrap();
    month(&shop, &[A, B, C], 2);
    let (_, second) = run(&shop, &[]);
    assert_eq!(json(&second, "run.json")["segments"][0]["segment"], found, "the name is only shown");
    for run in [&first, &second] {
        assert_eq!(named(&shop, &id_of(run)), "Regulars of old");
        let said = shop.segmint(&["report", &id_of(run), "--format", "md", "--language", "zh"]);
        assert!(said.stdout.contains("老主顾"), "{}", said.stdout);
        let said = shop.segmint(&["runs", "show", &id_of(run), "--full"]);
        let text = said.stdout;
        assert!(text.contains("Regulars of old") && !text.contains(found.as_str().unwrap()), "{text}");
    }
    assert_eq!(fs::read(first.join("run.json")).unwrap(), before);
    let history = shop.segmint(&["runs", "history"]).stdout;
    assert!(history.contains("Regulars of old"), "{history}");
    // Another run with an S01 of its own is another segment.
    let (_, alone) = run(&shop, &["--set", "refit.against=\"\"", "--set", "gate.promote=\"\""]);
    assert_eq!(named(&shop, &id_of(&alone)), found);
    let said = shop.segmint(&["runs", "name", "S01", "--clear"]);
    assert_eq!((said.code, named(&shop, "champion")), (0, found), "{}", said.stderr);
}

#[test]
fn names_are_shown_in_every_text_about_tiers() {
    let shop = Shop::new();
    let folder = shop.run(&[]);
    let found = named(&shop, "latest");
    let found = found.as_str().unwrap();
    // Which cells are held back is found by names.
    let held = || shop.segmint(&["compare", "latest", "customers.parquet", "--tier", "tier", "--json"]).stdout;
    let before = held();
    shop.segmint(&["runs", "name", "S01", "--en", "Zebra crossing", "--zh", "斑马线"]);
    assert_eq!((held(), before.contains("contingency")), (before, true));
    for verb in [&["runs", "show", "latest", "--full"][..], &["report", "latest", "--format", "md"]] {
        let text = shop.segmint(verb).stdout;
        assert!(text.contains("Zebra crossing"), "{text}");
        let archetypes = text.lines().filter(|line| line.contains(found));
        // What it would have been called is the name of its archetype, too.
        assert!(
            archetypes.clone().all(|line| line.contains('/') || line.contains("fit")),
            "{:?}",
            archetypes.collect::<Vec<_>>()
        );
    }
    let text = shop.segmint(&["report", &id_of(&folder), "--format", "md", "--language", "zh"]).stdout;
    assert!(text.contains("斑马线"), "{text}");
}

#[test]
fn a_name_that_was_given_changes_no_comparison() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let (_, first) = run(&shop, &["--set", "refit.against=\"\"", "--set", "gate.promote=\"\""]);
    month(&shop, &[A, B, (C.0, C.1, 95)], 2);
    let (_, second) = run(&shop, &["--set", "refit.against=\"\"", "--set", "gate.promote=\"\""]);
    let compared = || shop.segmint(&["compare", &id_of(&first), &id_of(&second), "--json"]).stdout;
    let before = compared();
    assert!(before.contains("\"since\""), "{before}");
    for run in [&first, &second] {
        let said = shop.segmint(&["runs", "name", "S01", "--en", "Regulars of old", "--run", &id_of(run)]);
        assert_eq!(said.code, 0, "{}", said.stderr);
    }
    assert_eq!(compared(), before);
}

#[test]
fn names_that_cannot_be_given_are_refused() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    run(&shop, &[]);
    let long = "x".repeat(101);
    for (arguments, code, message) in [
        (&["S09", "--en", "a"][..], 3, "has no segment \"S09\"\n\nhint: its segments: S01, S02, S03"),
        (&["S01", "--en", " "], 2, "must have 1 to 100 characters, got \" \""),
        (&["S01", "--zh", &long], 2, "must have 1 to 100 characters"),
        (&["S01"], 2, "--en"),
        (&["S01", "--clear", "--en", "a"], 2, "--clear"),
        (&["S01", "--en", "a", "--run", "nobody"], 3, "no run \"nobody\""),
    ] {
        let said = shop.segmint(&[&["runs", "name"], arguments].concat());
        assert_eq!(said.code, code, "{arguments:?} {}", said.stderr);
        assert!(said.stderr.contains(message), "{arguments:?} {}", said.stderr);
    }
    assert_eq!(shop.segmint(&["runs", "name", "S01", "--en", "a"]).code, 0);
    let said = shop.segmint(&["runs", "name", "S02", "--en", "a", "--zh", "b"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("S01 is called \"a\" already"), "{}", said.stderr);
    assert_eq!(shop.segmint(&["runs", "name", "S01", "--en", "a", "--zh", "c"]).code, 0, "its own name is free");
    assert_eq!(shop.segmint(&["runs", "name", "S02", "--en", " b "]).code, 0);
    let said = shop.segmint(&["runs", "name", "S03", "--en", "b"]);
    assert!(
        said.stderr.contains("S02 is called \"b\" already"),
        "spaces around a name are not part of it: {}",
        said.stderr
    );
    assert_eq!(shop.segmint(&["runs", "name", "S03", "--en", "\u{200b}"]).code, 2, "a name that nobody can see");
}

#[test]
fn the_recorded_name_of_a_segment_comes_back_only_where_no_other_has_it() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    run(&shop, &[]);
    let found = named(&shop, "champion");
    let found = found.as_str().unwrap();
    assert_eq!(shop.segmint(&["runs", "name", "S01", "--en", "Regulars of old"]).code, 0);
    assert_eq!(shop.segmint(&["runs", "name", "S02", "--en", found]).code, 0);
    let said = shop.segmint(&["runs", "name", "S01", "--clear"]);
    assert!((said.code, said.stderr.contains("S02 is called")) == (2, true), "{}", said.stderr);
}

#[test]
fn names_that_cannot_be_read_hide_no_run_and_keep_none_from_being_made() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    run(&shop, &[]);
    for broken in ["{", "[]", ""] {
        fs::write(shop.path("runs/names.json"), broken).unwrap();
        let said = shop.segmint(&["runs", "show", "latest", "--full"]);
        assert!(said.code == 0 && said.stdout.contains("names.json cannot be read"), "{} {}", said.stdout, said.stderr);
        let (said, folder) = run(&shop, &[]);
        assert_eq!((said.code, folder.join("report.html").exists()), (0, true), "{}", said.stderr);
        assert!(said.stdout.contains("names_unread"), "{}", said.stdout);
        let said = shop.segmint(&["runs", "name", "S01", "--en", "a"]);
        assert_eq!(said.code, 3);
        assert!(said.stderr.contains("mend it, or move it away"), "{}", said.stderr);
    }
}

#[test]
fn the_index_knows_every_segment_and_is_made_again_from_the_runs() {
    let shop = shop();
    month(&shop, &[A, B, C, FAR], 1);
    let (_, first) = run(&shop, &[]);
    month(&shop, &[A, B, C], 2);
    let (_, second) = run(&shop, &["--set", "gate.max_vanished_value=1", "--set", "gate.min_carried=0.5"]);
    let index = || -> Value { serde_json::from_slice(&fs::read(shop.path("runs/lineage.json")).unwrap()).unwrap() };
    let states = |index: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let segments = index["aliases"]["champion"]["segments"].as_array().unwrap().clone();
        segments.iter().map(|one| (text(&one["segment_id"]), text(&one["state"]))).collect()
    };
    let of = |state: [&str; 4]| -> Vec<(String, String)> {
        (1..).zip(state).map(|(id, state)| (format!("S0{id}"), state.to_owned())).collect()
    };
    let found = states(&index());
    assert_eq!(found.iter().filter(|(_, state)| state == "dormant").count(), 1, "{found:?}");
    let runs = index()["aliases"]["champion"]["runs"].clone();
    assert_eq!((&runs[0]["run_id"], &runs[1]["run_id"]), (&id_of(&first).into(), &id_of(&second).into()));
    assert!(of(["active"; 4]).iter().map(|(id, _)| id).eq(found.iter().map(|(id, _)| id)));
    fs::write(shop.path("runs/lineage.json"), "nonsense").unwrap();
    month(&shop, &[A, B, C], 3);
    let (held, third) = run(&shop, &["--set", "gate.min_rows=1.5"]);
    assert_eq!((held.code, fs::read_to_string(shop.path("runs/lineage.json")).unwrap().as_str()), (5, "nonsense"));
    assert_eq!(shop.segmint(&["runs", "promote", &id_of(&third)]).code, 0);
    assert_eq!((states(&index()), index()["aliases"]["champion"]["runs"].as_array().unwrap().len()), (found, 3));
}
