//! The configuration: one schema, checked values, origins, messages that name place, value and what is allowed.

use std::path::Path;

use segmint::config::{Auto, ConfigError, FeaturePlan, KRange, Plan, sample, schema};
use segmint::failure::Failure;

const MINIMAL: &str = "[source]\npath = \"customers.parquet\"\n";

fn parse(text: &str) -> Result<Plan, ConfigError> {
    Plan::parse(text, "pipeline.toml", Path::new(""), &[])
}

fn message(text: &str) -> String {
    let error = parse(text).unwrap_err();
    match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    }
}

#[test]
fn the_sample_differs_from_the_defaults_only_where_it_must() {
    let sample = parse(&sample()).unwrap();
    let mut plan = parse(MINIMAL).unwrap();
    plan.source = sample.source.clone();
    plan.compare.tier_order = sample.compare.tier_order.clone();
    plan.label.roles = sample.label.roles.clone();
    plan.origins = sample.origins.clone();
    assert_eq!(plan, sample);
}

#[test]
fn every_key_has_a_comment_or_shares_the_one_above() {
    for key in schema::KEYS {
        assert!(!key.comment.is_empty() || key.section() == "label.roles", "{}", key.path);
    }
}

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_known_key() {
    assert_eq!(
        message("[source]\npath = \"a\"\n[cluster.kmeans]\nk_rang = [2, 5]\n"),
        "unknown key cluster.kmeans.k_rang (pipeline.toml:4)\nhint: did you mean cluster.kmeans.k_range?"
    );
    assert_eq!(
        message("[source]\npath = \"a\"\n[kmeans]\nk = 3\n"),
        "unknown key kmeans (pipeline.toml:3)\nhint: did you mean cluster.kmeans?"
    );
}

#[test]
fn a_wrong_value_names_key_value_line_and_what_is_allowed() {
    let dbscan = |line: &str| message(&format!("{MINIMAL}[cluster.dbscan]\n{line}\n"));
    assert_eq!(
        dbscan("eps = nan"),
        "cluster.dbscan.eps must be \"auto\" or a number > 0, got nan (pipeline.toml:4)\n\
         hint: for example `eps = \"auto\"` or `eps = 0.5`"
    );
    assert_eq!(
        dbscan("enabled = \"yes\""),
        "cluster.dbscan.enabled must be true or false, got \"yes\" (pipeline.toml:4)\nhint: for example `enabled = true`"
    );
    assert_eq!(
        dbscan("min_samples = 99999999999999999999"),
        "cluster.dbscan.min_samples must be \"auto\" or a whole number from 1, got \"99999999999999999999\" (pipeline.toml:4)\n\
         hint: for example `min_samples = \"auto\"` or `min_samples = 6`"
    );
    assert_eq!(
        message(&format!("{MINIMAL}[cluster.kmeans]\nk_range = [5, 2]\n")),
        "cluster.kmeans.k_range must be two whole numbers [low, high], 2 ≤ low ≤ high, got [5, 2] (pipeline.toml:4)\n\
         hint: did you mean `k_range = [2, 5]`?"
    );
    assert_eq!(
        message("[source]\npath = \"a\"\n[cluster]\nkmeans = 3\n"),
        "cluster.kmeans must be a table, got 3 (pipeline.toml:4)\nhint: write its keys below a line [cluster.kmeans]"
    );
}

#[test]
fn a_wrong_rule_says_what_is_wrong_in_it() {
    let rules = |rule: &str| message(&format!("{MINIMAL}[compare]\nrules = [{rule}]\n"));
    let matrix = "kind = \"matrix\", x = \"a\", y = \"b\"";
    let cell = rules(&format!("{{ {matrix}, cells = [{{ x = \"top\", y = \"low\" }}] }}"));
    assert!(
        cell.contains("x of a cell must be low | high, got \"top\"") && cell.contains("(pipeline.toml:4)"),
        "{cell}"
    );
    let cuts = rules(&format!("{{ {matrix}, cut = [[9, 3], \"mean\"] }}"));
    assert!(cuts.contains("cut must be \"median\" | \"mean\""), "{cuts}");
    let abcd = rules("{ kind = \"abcd\", value = \"m\" }");
    assert!(abcd.contains("missing field `loyalty`"), "{abcd}");
}

#[test]
fn services_are_texts_by_tier() {
    let plan = parse(&format!("{MINIMAL}[compare.service]\n\"A+\" = \"own desk\"\n")).unwrap();
    assert_eq!(plan.compare.service["A+"], "own desk");
    assert_eq!(plan.origins.of("compare.service.A+").to_string(), "pipeline.toml:4");
    assert_eq!(
        message(&format!("{MINIMAL}[compare.service]\nA = 3\n")),
        "compare.service.A must be a text that is not empty, got 3 (pipeline.toml:4)\nhint: did you mean `A = \"3\"`?"
    );
    let unknown = message(&format!("{MINIMAL}[compare.services]\nA = \"x\"\n"));
    assert!(unknown.ends_with("hint: did you mean compare.service?"), "{unknown}");
}

#[test]
fn broken_toml_and_a_missing_path_are_refused_with_their_place() {
    assert!(message("[source\n").starts_with("pipeline.toml:1: not valid TOML: "));
    assert_eq!(
        message("[cluster]\nseed = 1\n"),
        "source.path is missing from pipeline.toml\nhint: name the Parquet file, folder or glob there"
    );
}

#[test]
fn a_flag_overrides_the_file_and_says_so() {
    let flags = ["cluster.kmeans.k=6", "source.id=customer", "normalize.features.\"a.b\".weight=2"].map(String::from);
    let plan = Plan::parse(MINIMAL, "pipeline.toml", Path::new("shop"), &flags).unwrap();
    assert_eq!(plan.cluster.kmeans.k, Auto::Given(6));
    assert_eq!(plan.source.id.as_deref(), Some("customer"));
    assert_eq!(plan.normalize.of("a.b").weight, 2.0);
    assert_eq!(plan.origins.of("cluster.kmeans.k").to_string(), "--set");
    assert_eq!(plan.origins.of("cluster.seed").to_string(), "default");
}

#[test]
fn paths_in_the_file_are_relative_to_it_and_paths_in_flags_to_the_working_folder() {
    let flags = ["registry.path=elsewhere".to_owned()];
    let plan = Plan::parse(MINIMAL, "shop/pipeline.toml", Path::new("shop"), &flags).unwrap();
    assert_eq!(plan.source.path, Path::new("shop/customers.parquet"));
    assert_eq!(plan.registry.path, Path::new("elsewhere"));
}

#[test]
fn a_flag_that_is_no_assignment_is_refused() {
    let error = Plan::parse(MINIMAL, "p", Path::new(""), &["cluster.seed".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), "--set \"cluster.seed\" is not key=value: there is no =");
    let error = Plan::parse(MINIMAL, "p", Path::new(""), &["cluster.sed=1".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), "unknown key cluster.sed (--set)");
    assert_eq!(error.hint().as_deref(), Some("did you mean cluster.seed?"));
}

#[test]
fn a_program_takes_the_defaults_of_an_absent_key() {
    assert_eq!(parse(MINIMAL).unwrap().normalize.default, FeaturePlan::default());
    let mut plan = parse(MINIMAL).unwrap();
    plan.origins = Plan::new("customers.parquet").origins;
    assert_eq!(plan, Plan::new("customers.parquet"));
}

#[test]
fn a_plan_survives_being_written_and_read() {
    let rules = "rules = [{ kind = \"abc\", column = \"m\" }, { kind = \"matrix\", x = \"m\", y = \"f\", cut = [[1, 2], \"mean\"] }, { kind = \"rfm\", recency = \"r\", frequency = \"f\", monetary = \"m\" }]";
    let extra = "[source.columns.\"a.b\"]\nread = \"age_days\"\n[normalize.features.c]\nweight = 2\n[limits]\ntime = \"2h\"\n[label]\ncatalogs = [\"own.toml\"]";
    let mut plan = parse(&format!("{MINIMAL}{extra}\n[compare]\n{rules}\n")).unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    plan.origins = Default::default();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
}

#[test]
fn a_plan_that_lacks_keys_of_today_has_their_defaults() {
    let written = r#"{
        "source": {
            "path": "customers.parquet", "id": null, "duplicates": "error", "features": [], "attributes": [],
            "exclude": [], "tier": null, "value": null
        },
        "normalize": { "missing": "median", "transform": "auto", "scale": "standard", "clip": 0.0, "features": {} },
        "compare": { "tier_order": [], "rules": [], "permutations": 999, "bootstrap": 999 },
        "report": { "min_cell": 10 }
    }"#;
    let mut expected = Plan::new("customers.parquet");
    expected.origins = Default::default();
    assert_eq!(serde_json::from_str::<Plan>(written).unwrap(), expected);
}

#[test]
fn a_plan_that_is_not_valid_cannot_be_read() {
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = serde_json::to_value(parse(MINIMAL).unwrap()).unwrap();
        change(&mut json);
        serde_json::from_value::<Plan>(json).unwrap_err().to_string()
    };
    assert!(
        refused(&|json| json["cluster"]["kmeans"]["n_init"] = 0.into()).starts_with("cluster.kmeans.n_init must be")
    );
    assert!(
        refused(&|json| json["cluster"]["kmeans"]["k_range"] = vec![5, 2].into()).starts_with("k_range must be two")
    );
    assert!(refused(&|json| json["limits"]["time"] = (-1.0).into()).starts_with("limits.time must be a number > 0"));
    assert!(refused(&|json| json["source"]["id"] = "rank".into()).starts_with("source.id must be a column"));
    assert!(
        refused(&|json| {
            json["cluster"]["primary"] = "dbscan".into();
            json["cluster"]["dbscan"]["enabled"] = false.into();
        })
        .starts_with("cluster.primary is \"dbscan\"")
    );
    let rule = serde_json::json!([{ "kind": "quantile", "column": "m", "q": 1 }]);
    assert_eq!(
        refused(&|json| json["compare"]["rules"] = rule.clone()),
        "q must be a whole number from 2 to 100, got 1"
    );
}

#[test]
fn a_range_that_is_none_is_refused_with_its_value() {
    for (range, shown) in [((1, 4), "[1, 4]"), ((5, 4), "[5, 4]")] {
        let expected = format!("k_range must be two whole numbers [low, high], 2 ≤ low ≤ high, got {shown}");
        assert_eq!(KRange::try_from(range).unwrap_err(), expected);
    }
}
