//! What people see of two months: since the run before, and any two runs held against each other.

use std::fs;

use serde_json::{Value, json};

use super::months::{A, B, C, FAR, id_of, month, run, shop};
use super::shop::Shop;

fn compared(shop: &Shop, from: &str, to: &str) -> Value {
    let said = shop.segmint(&["compare", from, to, "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

/// Three months, each of which continues the one before.
fn three_months() -> (Shop, [String; 3]) {
    let shop = shop();
    let months = [
        vec![A, B, C],
        // Ten of the second group leave and twenty come to the first.
        vec![(A.0, A.1, 110), (B.0, B.1, 70), C],
        vec![(A.0, A.1, 110), (B.0, B.1, 70), C, FAR],
    ];
    let ids = [0, 1, 2].map(|at| {
        month(&shop, &months[at], at + 1);
        id_of(&run(&shop, &["--set", "gate.min_carried=0"]).1)
    });
    (shop, ids)
}

#[test]
fn two_runs_tell_the_same_whichever_is_named_first() {
    let (shop, [first, second, _]) = three_months();
    let (forwards, backwards) = (compared(&shop, &first, &second), compared(&shop, &second, &first));
    assert_eq!((&forwards["ids"], &forwards["matched"]), (&json!("continued"), &json!([])));
    assert_eq!(forwards["since"], backwards["since"]);
    let (there, back) = (&forwards["migration"], &backwards["migration"]);
    assert_eq!((&there["left"], &there["from"]), (&back["new"], &back["to"]));
    for (a, row) in there["counts"].as_array().unwrap().iter().enumerate() {
        row.as_array().unwrap().iter().enumerate().for_each(|(b, cell)| assert_eq!(*cell, back["counts"][b][a]));
    }
    let text = |from: &str, to: &str| shop.segmint(&["compare", from, to, "--language", "en"]).stdout;
    let table = |text: String| {
        text.split_once("Who went where").unwrap().1.lines().take(6).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(table(text(&first, &second)), table(text(&second, &first)), "a text goes with time");
    let shown = shop.segmint(&["runs", "show", &second, "--json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(forwards["since"], shown["refit"], "it is what the later run says itself");
}

#[test]
fn an_account_that_is_told_adds_up() {
    let (shop, [_, second, _]) = three_months();
    let shown: Value = serde_json::from_str(&shop.segmint(&["runs", "show", &second, "--json"]).stdout).unwrap();
    let accounts = shown["refit"]["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 3);
    for account in accounts {
        let terms = ["before", "moved", "joined", "left", "redefined"].map(|key| account[key].as_i64());
        assert_eq!(terms.into_iter().sum::<Option<i64>>(), account["after"].as_i64(), "{account}");
    }
    assert_eq!((&accounts[0]["joined"], &accounts[1]["left"]), (&json!(20), &json!(-10)));
}

#[test]
fn ids_of_one_lineage_are_taken_at_their_word() {
    let (shop, [first, _, third]) = three_months();
    let told = compared(&shop, &first, &third);
    assert_eq!((&told["ids"], &told["since"]["view"]), (&json!("lineage"), &json!("people")));
    let events = told["since"]["events"].as_array().unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "survived").count(), 3, "{kinds:?}");
    assert!(kinds.contains(&"emerged"), "{kinds:?}");
    assert_eq!(told["since"]["gate"], Value::Null, "nobody asked whether it may take the place of that one");
}

#[test]
fn segments_of_runs_that_do_not_continue_each_other_are_matched_by_their_customers() {
    let shop = Shop::new();
    month(&shop, &[A, B, C], 1);
    let first = id_of(&shop.run(&[]));
    // The smallest group is the largest now, so it is called S01.
    month(&shop, &[A, B, (C.0, C.1, 95)], 2);
    let second = id_of(&shop.run(&[]));
    let told = compared(&shop, &first, &second);
    assert_eq!(told["ids"], "matched");
    assert_eq!(told["matched"], json!([["S03", "S01"], ["S01", "S02"], ["S02", "S03"]]));
    let text = shop.segmint(&["compare", &first, &second, "--language", "en"]).stdout;
    assert!(text.contains("S01 = S03, S02 = S01, S03 = S02"), "{text}");
    assert!(text.contains("all 3 segments of"), "{text}");
}

#[test]
fn the_page_begins_with_five_sentences_and_a_picture() {
    let (shop, [_, _, third]) = three_months();
    shop.segmint(&["report", &third, "-o", "page.html"]);
    let page = fs::read_to_string(shop.path("page.html")).unwrap();
    let section = page.split("id=\"refit\"").nth(1).unwrap().split("</section>").next().unwrap();
    let list = section.split("<ul>").nth(1).unwrap().split("</ul>").next().unwrap();
    let n = list.matches("<li>").count();
    assert!((3..=5).contains(&n) && list.contains("is new") && list.contains("新增"), "{list}");
    assert!(section.contains("class=\"flow ") && section.contains("role=\"img\""), "{section}");
    assert!(section.contains("<title>S01 → S01: "), "every band says how many it is");
}
