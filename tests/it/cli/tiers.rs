//! Tiers by rule, the matrix, targets and ranked customers, in the files of a run and in what is shared.

use serde_json::Value;

use super::shop::Shop;

const RULES: &str = "compare.rules=[{ kind = \"abc\", column = \"monetary\" }, { kind = \"matrix\", x = \"monetary\", y = \"frequency\" }, { kind = \"abcd\", value = \"monetary\", loyalty = \"frequency\" }]";

fn document(shop: &Shop, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["run", "--json"].iter().chain(arguments).copied().collect();
    let said = shop.segmint(&all);
    assert_eq!(said.code, 0, "{}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn a_run_reports_every_tier_with_services_matrix_and_concentration() {
    let shop = Shop::new();
    shop.configure("[compare.service]\nB = \"own desk\"\n");
    let found = document(&shop, &["--set", RULES]);
    let tiers = found["tiers"].as_array().unwrap();
    let names: Vec<&str> = tiers.iter().map(|tier| tier["tier"].as_str().unwrap()).collect();
    assert_eq!(names, ["tier", "abc(monetary)", "matrix(monetary, frequency)", "abcd(monetary, frequency)"]);
    let services: Vec<&Value> =
        tiers[0]["classes"].as_array().unwrap().iter().map(|class| &class["service"]["en"]).collect();
    assert_eq!(services, ["tailored", "own desk", "basic"]);
    // a third of the customers has nearly all the money
    let pareto = tiers[1]["concentration"]["share_for_80"].as_f64().unwrap();
    assert!((0.25..0.34).contains(&pareto), "{pareto}");
    let matrix = &tiers[2]["matrix"];
    assert_eq!(matrix["cells"][0]["name"]["zh"], "核心客户");
    assert_eq!(matrix["cells"].as_array().unwrap().len(), 4);
    let clusterings: Vec<&Value> =
        matrix["spreads"].as_array().unwrap().iter().map(|spread| &spread["clustering"]).collect();
    assert_eq!(clusterings, ["kmeans", "dbscan"]);
    let pairs: Vec<&Value> = found["tier_pairs"].as_array().unwrap().iter().map(|pair| &pair["clustering"]).collect();
    assert_eq!(pairs, [names[1], names[2], names[3]]);
    // each tier × (k-means, DBSCAN with and without noise)
    assert_eq!(found["comparisons"].as_array().unwrap().len(), 4 * 3);
}

#[test]
fn targets_rank_by_reachable_value_and_customers_by_how_wrong_their_tier_looks() {
    let shop = Shop::new();
    let found = document(&shop, &["--set", "report.min_cell=1"]);
    let targets = found["targets"]["segments"].as_array().unwrap();
    let scores: Vec<f64> = targets.iter().map(|target| target["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert_eq!(found["targets"]["reach"]["column"], "recency_days");
    // the rich group ordered 6 to 10 days ago, the poor one 160 and more
    assert_eq!((&targets[0]["reachability"], &targets[2]["reachability"]), (&Value::from(1.0), &Value::from(0.0)));
    let customers = found["moves"]["customers"].as_array().unwrap();
    let of = |direction: &str| customers.iter().filter(|c| c["direction"] == direction).collect::<Vec<_>>();
    // tier B among the rich looks too low, among the poor too high
    assert_eq!((of("too_low").len(), of("too_high").len()), (5, 5));
    assert!(of("too_low").iter().all(|c| c["expected_tier"] == "A" && c["expected_value"].as_f64().unwrap() > 4000.0));
    let values: Vec<f64> = of("too_low").iter().map(|c| c["value"].as_f64().unwrap()).collect();
    assert!(values.is_sorted_by(|a, b| a >= b));
}

#[test]
fn a_handful_of_customers_is_not_named_in_what_is_shared() {
    let shop = Shop::new();
    let found = document(&shop, &["--set", RULES]);
    assert_eq!(found["moves"]["customers"], Value::Array(Vec::new()), "the cells have five customers each");
    assert_eq!(found["moves"]["n_too_low"], Value::Null);
    for tier in found["tiers"].as_array().unwrap() {
        let cells = tier["matrix"]["cells"].as_array().into_iter().flatten();
        for class in tier["classes"].as_array().unwrap().iter().chain(cells) {
            let customers = &class["customers"];
            assert!(customers.is_null() || customers == 0 || customers.as_u64().unwrap() >= 10, "{class}");
            assert!(!customers.is_null() || class["value"].is_null(), "{class}");
        }
    }
    let said = shop.segmint(&["run", "--full", "--set", RULES]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("Targets") && said.stdout.contains("core customers"), "{}", said.stdout);
    assert!(said.stdout.contains("how many would tell of cells held back"), "{}", said.stdout);
    for (language, words) in [("en", "how many would tell of cells held back"), ("zh", "其人数会透露隐去的单元格")]
    {
        let language = format!("label.language={language}");
        let brief = shop.segmint(&["run", "--set", RULES, "--set", &language]);
        assert!(brief.stdout.contains(words) && !brief.stdout.contains("* look"), "{}", brief.stdout);
    }
    let recorded = shop.run(&["--set", RULES]).join("comparison.json");
    let whole: Value = serde_json::from_slice(&std::fs::read(recorded).unwrap()).unwrap();
    assert_eq!(whole["moves"]["customers"].as_array().unwrap().len(), 10, "the run folder is complete");
}

#[test]
fn a_service_for_a_tier_nobody_has_is_said() {
    let shop = Shop::new();
    shop.configure("[compare.service]\nE = \"none\"\n");
    let found = document(&shop, &[]);
    let codes: Vec<&Value> = found["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&Value::from("unused_service")), "{codes:?}");
}

#[test]
fn a_contact_column_decides_who_is_reachable() {
    let shop = Shop::new();
    shop.configure("[label.roles]\ncontact = \"frequency\"\n");
    let found = document(&shop, &[]);
    assert_eq!(found["targets"]["reach"], serde_json::json!({ "column": "frequency", "at_most": null }));
    assert!(!found["warnings"].to_string().contains("unused_role"));
}
