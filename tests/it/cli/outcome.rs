//! An outcome is told per segment and is no tier; tiers are expected only where they are a real part.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use serde_json::Value;

use super::shop::{Shop, columns};

fn comparison(run: &std::path::Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("comparison.json")).unwrap()).unwrap()
}

/// A shop whose customers of the first group mostly leave.
fn leaving(kind: &str) -> Shop {
    let shop = Shop::new();
    let left = |i: usize| if i.is_multiple_of(3) { !i.is_multiple_of(5) } else { i.is_multiple_of(10) };
    let column: ArrayRef = match kind {
        "bool" => Arc::new((0..240).map(|i| Some(left(i))).collect::<BooleanArray>()),
        "number" => Arc::new((0..240).map(|i| Some(i64::from(left(i)))).collect::<Int64Array>()),
        _ => Arc::new((0..240).map(|i| Some(if left(i) { "Yes" } else { "No" })).collect::<StringArray>()),
    };
    let mut table = columns(240);
    table.push(("Churn", column));
    shop.table(&table);
    shop
}

#[test]
fn an_outcome_of_any_type_is_told_per_segment_and_neither_clustered_nor_compared() {
    let mut reports = Vec::new();
    for (kind, positive) in [("bool", "true"), ("number", "1"), ("text", "Yes")] {
        let shop = leaving(kind);
        let run =
            shop.run(&["--set", "source.outcome=Churn", "--set", "report.min_cell=1", "--set", "cluster.kmeans.k=3"]);
        let document = comparison(&run);
        assert!(document["comparisons"].as_array().unwrap().iter().all(|c| c["tier"] == "tier"), "{kind}");
        let mut outcome = document["outcome"].clone();
        assert_eq!((&outcome["column"], &outcome["positive"]), (&"Churn".into(), &positive.into()));
        let rates: Vec<f64> =
            outcome["segments"].as_array().unwrap().iter().map(|s| s["rate"].as_f64().unwrap()).collect();
        assert!(rates.iter().any(|&rate| (rate - 0.8).abs() < 1e-12), "{rates:?}");
        let record: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
        let features = record["input"]["features"].as_array().unwrap();
        assert!(!features.contains(&"Churn".into()), "{kind}");
        let page = fs::read_to_string(run.join("report.html")).unwrap();
        assert!(page.contains("id=\"outcome\""), "{kind}");
        for screen in [&["runs", "show", "latest", "--full"][..], &["runs", "show", "latest"]] {
            let said = shop.segmint(screen).stdout;
            assert!(said.contains(&format!("Churn = {positive}: ")), "{said}");
        }
        outcome["positive"].take();
        outcome["negative"].take();
        reports.push(outcome);
    }
    assert!(reports.windows(2).all(|pair| pair[0] == pair[1]), "the type of the column changes nothing");
}

#[test]
fn a_handful_with_an_outcome_is_not_told() {
    let shop = leaving("text");
    shop.run(&["--set", "source.outcome=Churn", "--set", "report.min_cell=30", "--set", "cluster.kmeans.k=3"]);
    let document: Value = serde_json::from_str(&shop.segmint(&["runs", "show", "latest", "--json"]).stdout).unwrap();
    let hidden = document["outcome"]["segments"].as_array().unwrap().iter().filter(|s| s["rate"].is_null()).count();
    assert!(hidden >= 2, "{}", document["outcome"]);
}

#[test]
fn an_outcome_has_two_values() {
    Shop::new().fails(
        &["run", "--set", "source.outcome=tier", "--set", "source.tier="],
        3,
        "segmint: source.outcome names the column \"tier\" of customers.parquet, which has 3 different values, but it must have two\n\n\
         hint: an outcome is yes or no; what has more values describes as one of source.attributes",
    );
}

#[test]
fn a_tier_of_yes_and_no_is_said_to_be_an_outcome() {
    let shop = leaving("text");
    let said = shop.segmint(&["run", "--set", "source.tier=Churn", "--set", "compare.tier_order=[]"]).stdout;
    assert!(said.contains("source.outcome = \"Churn\""), "{said}");
}

#[test]
fn a_tier_of_a_few_is_over_represented_and_expected_of_nobody() {
    let shop = Shop::new();
    // 3 in 200 of the first group are Platinum, 1 in 2,000 elsewhere; Silver and Blue have nothing to do with the groups.
    let n = 6000;
    let tier = |i: usize| match i {
        i if i.is_multiple_of(3) && (i / 3) % 67 == 0 || i == 1001 || i == 3002 => "Platinum",
        i if (i / 3).is_multiple_of(20) => "Silver",
        _ => "Blue",
    };
    let mut table = columns(n);
    table[5].1 = Arc::new((0..n).map(|i| Some(tier(i))).collect::<StringArray>());
    shop.table(&table);
    let order = "compare.tier_order=[\"Platinum\", \"Silver\", \"Blue\"]";
    let run = shop.run(&["--set", order, "--set", "cluster.kmeans.k=3", "--set", "compare.permutations=199"]);
    let document = comparison(&run);
    let of_segments = &document["comparisons"][0];
    let expected = of_segments["expected_tiers"].as_array().unwrap();
    assert!(!expected.contains(&"Platinum".into()), "{expected:?}");
    let few = |cell: &Value| cell["expected_tier"] == "Platinum";
    assert!(!of_segments["disagreements"].as_array().unwrap().iter().any(few));
    let over = &of_segments["over_represented"][0];
    assert_eq!(over["tier"], "Platinum");
    assert!(over["low"].as_f64().unwrap() > 1.0 && over["share"].as_f64().unwrap() < 0.02, "{over}");
    let sentences = of_segments["sentences"].to_string();
    assert!(sentences.contains("over-represented"), "{sentences}");
}

#[test]
fn chance_is_said_first_and_moves_nobody() {
    let shop = Shop::new();
    let mut table = columns(240);
    table[5].1 = Arc::new((0..240).map(|i| Some(["A", "B", "C"][i / 3 % 3])).collect::<StringArray>());
    shop.table(&table);
    let run = shop.run(&["--set", "compare.permutations=199"]);
    let document = comparison(&run);
    let of_segments = &document["comparisons"][0];
    assert!(of_segments["sentences"][0]["en"].as_str().unwrap().contains("no better than chance"));
    assert_eq!(of_segments["disagreements"], serde_json::json!([]));
    assert_eq!((&document["moves"], &of_segments["over_represented"]), (&Value::Null, &serde_json::json!([])));
}
