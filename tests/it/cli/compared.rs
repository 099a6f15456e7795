//! What `compare` and `score` say: in both languages, within a width, and nothing of a handful of customers.

use std::fs;
use std::path::Path;

use segmint::compare::{Migration, Presence, compare_assignments, migration};
use segmint::config::{ComparePlan, Duplicates};
use segmint::load::Levels;
use segmint::monitor::Monitor;
use segmint::registry::{Joined, Repeats};
use segmint::report::{Document, terminal};
use segmint::sharing::{Rules, SharedIds, SharedRun, SharedRunsCompared, SharedTiersCompared, TiersBeside};
use segmint::{Language, Text, Warning};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::privacy::with_a_handful;
use super::shop::Shop;

/// Tiers of the customers of the shop and of 40 others; `few` customers of the first tier.
fn tiers(shop: &Shop, name: &str, few: usize) {
    let tier = |i: usize| match i {
        i if i < few => "gold",
        i if i.is_multiple_of(2) => "silver",
        _ => "iron",
    };
    let rows: String = (0..280).map(|i| format!("{},{}\n", 1000 + i, tier(i))).collect();
    fs::write(shop.path(name), format!("customer,grade\n{rows}1003,{}\n", tier(3))).unwrap();
}

fn said(shop: &Shop, arguments: &[&str]) -> String {
    let said = shop.segmint(arguments);
    assert_eq!(said.code, 0, "{arguments:?}: {}", said.stderr);
    said.stdout
}

/// What is said of two runs, of a run and a table of tiers, and of scored customers.
fn texts(shop: &Shop, more: &[&str]) -> [String; 3] {
    tiers(shop, "grades.csv", 4);
    let all = |arguments: &[&str]| said(shop, &[arguments, more].concat());
    [
        all(&["compare", "champion", "latest"]),
        all(&["compare", "latest", "grades.csv"]),
        all(&["score", "latest", "customers.parquet", "-o", "scored.parquet"]),
    ]
}

/// A shop with two runs, the first of which is the champion.
fn two_runs(language: &str) -> Shop {
    let shop = Shop::new();
    let language = format!("label.language={language}");
    shop.run(&["--set", "cluster.kmeans.k=2", "--set", &language]);
    said(&shop, &["runs", "alias", "champion", "latest"]);
    shop.run(&["--set", &language]);
    shop
}

#[test]
fn comparisons_and_scores_speak_the_language_of_the_run_or_the_one_asked_for() {
    let shop = two_runs("zh");
    // Data, names of measures, and what is written alike in both languages.
    let known = [
        "gold", "silver", "iron", "grade", "grades", "csv", "S01", "S02", "S03", "scored", "parquet", "ARI", "AMI",
        "NMI", "V", "p", "Fowlkes", "Mallows", "Cramér", "Kendall", "tau", "b",
    ];
    for text in texts(&shop, &[]) {
        let is_run = |word: &str| word.contains(|c: char| c.is_ascii_digit());
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != 'é');
        let english: Vec<&str> = words
            .filter(|word| word.contains(|c: char| c.is_ascii_alphabetic()) && !is_run(word) && !known.contains(word))
            .collect();
        assert!(english.is_empty(), "{english:?} in\n{text}");
    }
    let [runs, with_tiers, scored] = texts(&shop, &[]);
    assert!(runs.contains("两次运行共有 240 位客户") && runs.contains("客户去向"), "{runs}");
    assert!(with_tiers.contains("未参与对照：等级表有 40 位客户不在运行中"), "{with_tiers}");
    assert!(with_tiers.contains("! 表中重复出现的客户标识：1 个"), "{with_tiers}");
    assert!(scored.starts_with("240 位客户") && scored.contains("已写入 scored.parquet"), "{scored}");
    let [runs, with_tiers, scored] = texts(&shop, &["--language", "en"]);
    assert!(runs.contains("240 customers in both") && runs.contains("Who went where"), "{runs}");
    assert!(with_tiers.contains("not compared: 40 customers of the table who are not in the run"), "{with_tiers}");
    assert!(scored.starts_with("240 customers") && scored.contains("written to scored.parquet"), "{scored}");
    let chinese = |text: &&String| text.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert_eq!(
        [&runs, &with_tiers, &scored].into_iter().find(chinese),
        None,
        "names of segments are in both languages"
    );
}

#[test]
fn a_held_back_number_of_compared_customers_is_not_the_difference_of_two_others() {
    let shop = Shop::new();
    shop.run(&[]);
    fs::write(shop.path("few.csv"), "customer,grade\n1000,gold\n1001,iron\n").unwrap();
    let found: Value = serde_json::from_str(&said(&shop, &["compare", "latest", "few.csv", "--json"])).unwrap();
    assert_eq!([&found["n"], &found["n_only_in_run"]], [&Value::Null, &Value::Null]);
    let text = said(&shop, &["compare", "latest", "few.csv"]);
    assert!(text.contains("not compared: * customers of the run") && !text.contains("238"), "{text}");
}

#[test]
fn a_table_of_the_tiers_that_a_run_has_gets_one_p_for_one_index() {
    let shop = Shop::new();
    let many = ["--set", "compare.permutations=199"];
    shop.run(&[&many[..], &["--set", "source.tier=region"]].concat());
    let arguments = ["compare", "latest", "customers.parquet", "--tier", "region", "--json"];
    let found: Value = serde_json::from_str(&said(&shop, &[&arguments[..], &many].concat())).unwrap();
    let (p, sentence) = (found["indices"]["ami"]["p"].as_f64().unwrap(), &found["sentences"][0]["en"]);
    assert!(sentence.as_str().unwrap().contains(&format!("p {p:.3}")), "{sentence}, p {p}");
}

#[test]
fn the_json_of_a_comparison_has_the_keys_it_always_had() {
    let shop = two_runs("en");
    tiers(&shop, "grades.csv", 4);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<String>>();
    let document = |arguments: &[&str]| -> Value { serde_json::from_str(&said(&shop, arguments)).unwrap() };
    let runs = document(&["compare", "champion", "latest", "--json"]);
    assert_eq!(keys(&runs), ["from", "to", "n_shared", "indices", "migration", "ids", "matched", "since"]);
    assert_eq!(keys(&runs["migration"]), ["from", "to", "counts", "left", "new"]);
    let tiers = document(&["compare", "latest", "grades.csv", "--json"]);
    assert_eq!(
        keys(&tiers),
        [
            "run_id",
            "tiers",
            "tier",
            "n",
            "n_without_tier",
            "coverage",
            "n_only_in_tiers",
            "n_only_in_run",
            "n_repeated_ids",
            "warnings",
            "n_conflicting_ids",
            "contingency",
            "indices",
            "sentences"
        ]
    );
    assert_eq!(keys(&tiers["contingency"]), ["tiers", "segments", "counts"]);
    assert_eq!(
        (&tiers["tiers"], &tiers["n_only_in_tiers"], &tiers["n_repeated_ids"]),
        (&json!("grades.csv"), &json!(40), &json!(1))
    );
}

#[test]
fn small_cells_are_held_back_in_both_kinds_of_comparison() {
    let shop = with_a_handful();
    shop.run(&["--set", "cluster.kmeans.k_range=[4, 4]"]);
    tiers(&shop, "grades.csv", 4);
    for other in ["latest", "grades.csv"] {
        let document: Value = serde_json::from_str(&said(&shop, &["compare", "latest", other, "--json"])).unwrap();
        let counts =
            if other == "latest" { &document["migration"]["counts"] } else { &document["contingency"]["counts"] };
        let cells: Vec<&Value> = counts.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap()).collect();
        assert!(cells.iter().any(|cell| cell.is_null()), "{other}: {document}");
        assert!(cells.iter().all(|cell| cell.is_null() || cell.as_u64().is_some_and(|n| n == 0 || n >= 10)));
        let text = said(&shop, &["compare", "latest", other]);
        assert!(text.contains(" * ") && text.contains("* fewer than 10 customers"), "{text}");
    }
}

#[test]
fn a_name_that_is_neither_a_run_nor_a_file_is_told_with_what_there_is() {
    let shop = Shop::new();
    shop.run(&[]);
    let missing = shop.segmint(&["compare", "latest", "tires.csv"]);
    assert_eq!(missing.code, 3);
    assert!(missing.stderr.contains("\"tires.csv\" is neither a file nor a run in registry"), "{}", missing.stderr);
    assert!(missing.stderr.contains("Parquet, CSV or XLSX") && missing.stderr.contains("latest"), "{}", missing.stderr);
    tiers(&shop, "grades.csv", 4);
    let column = shop.segmint(&["compare", "latest", "grades.csv", "--tier", "nope"]);
    assert_eq!(column.code, 3);
    assert!(column.stderr.contains("--tier names the column \"nope\""), "{}", column.stderr);
    assert!(column.stderr.contains("the columns are customer, grade"), "{}", column.stderr);
}

/// Two groupings of 600 customers with long names, some customers in one only.
fn joined() -> Joined {
    let names =
        ["high return_rate, high basket_mean", "loyal small spenders", "dormant", "重要价值客户", "rising spenders"];
    let levels = |name: &str, step: usize| {
        let labels: Vec<Option<&str>> = (0..600).map(|i| Some(names[(i / step) % names.len()])).collect();
        Levels::from_text(name, &labels)
    };
    let seen = |i: usize| match i % 40 {
        0 => Presence::Before,
        1 => Presence::After,
        _ => Presence::Both,
    };
    Joined { left: levels("grade", 120), right: levels("segment", 97), seen: (0..600).map(seen).collect() }
}

#[test]
fn every_line_of_a_comparison_fits_the_terminal() {
    let joined = joined();
    let plan = ComparePlan { permutations: 9, bootstrap: 9, ..ComparePlan::default() };
    let comparison =
        compare_assignments(&joined.left, &[], &joined.right, None, &plan, 42, &Monitor::silent()).unwrap();
    let moved: Migration = migration(&joined.left, &joined.right, &joined.seen, None);
    let rules = Rules { min_cell: 30, dominance: 1.0, ids: SharedIds::of(None).unwrap() };
    let runs = SharedRunsCompared::of(["before".to_owned(), "after".to_owned()], &comparison, &moved, &rules);
    let warning = Warning::new("long", Text::new("a warning of many words ".repeat(9), "一条很长的警告".repeat(12)));
    let repeats = Repeats { n_ids: 3, n_conflicting: 1, conflict: None };
    let beside = TiersBeside {
        run: "latest",
        table: Path::new("grades.csv"),
        joined: &joined,
        repeats: &repeats,
        duplicates: Duplicates::Last,
        warnings: &[warning],
        files: None,
    };
    let tiers = SharedTiersCompared::of(beside, &comparison, &rules);
    for language in [Language::En, Language::Zh] {
        for document in [Document::runs_compared(&runs, language), Document::tiers_compared(&tiers, language)] {
            fits(&document, &[72, 80, 100, 140]);
        }
    }
}

#[test]
fn every_line_of_the_whole_report_and_of_portraits_fits_the_terminal() {
    let shop = Shop::new();
    for language in ["en", "zh"] {
        let shared = SharedRun::open(&shop.run(&["--set", &format!("label.language={language}")])).unwrap();
        fits(&Document::full(&shared), &[80, 100, 140]);
        for cluster in &shared.clusters {
            fits(&Document::portrait(&shared, cluster, shared.language), &[80, 100, 140]);
        }
    }
}

/// Asserts that no line is longer than the terminal is wide, and that nothing is lost in a narrow one.
fn fits(document: &Document, widths: &[usize]) {
    let written = |width| terminal(document, width, |_, text| text.to_owned());
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        letters.sort_unstable();
        letters
    };
    for &width in widths {
        let text = written(Some(width));
        // The folder of a run is one word.
        for line in text.lines().filter(|line| !line.contains('/')) {
            assert!(line.width() <= width, "{} > {width}: {line}\n{text}", line.width());
        }
        assert_eq!(letters(&text), letters(&written(None)), "{text}");
    }
}

#[test]
fn what_is_said_of_a_table_is_refused_where_two_runs_are_compared() {
    let shop = two_runs("en");
    for flag in ["--tier", "--id", "--sheet"] {
        let said = shop.segmint(&["compare", "champion", "latest", flag, "grade"]);
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(said.stderr.contains(flag) && said.stdout.is_empty(), "{}", said.stderr);
    }
}

#[test]
fn a_comparison_that_needs_more_memory_than_is_allowed_is_refused_before_ids_are_read() {
    let shop = two_runs("en");
    for other in ["latest", "customers.parquet"] {
        let compare = |memory: &str| shop.segmint(&["compare", "champion", other, "--set", memory]);
        let refused = compare("limits.memory=\"100 kB\"");
        assert_eq!(refused.code, 4, "{other}: {}", refused.stderr);
        assert!(
            refused.stderr.contains("limits.memory allows 100 kB") && refused.stdout.is_empty(),
            "{}",
            refused.stderr
        );
        assert_eq!(compare("limits.memory=\"1 GB\"").code, 0, "{other}");
    }
}
