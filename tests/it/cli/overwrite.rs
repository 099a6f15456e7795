//! No command writes over what it reads.

use std::fs;

use super::shop::Shop;

fn refused(shop: &Shop, arguments: &[&str], message: &str) {
    let said = shop.segmint(arguments);
    assert_eq!(said.code, 2, "{arguments:?}: {}", said.stderr);
    let first = said.stderr.lines().next().unwrap_or_default();
    assert!(first.contains(message), "{arguments:?}: {}", said.stderr);
}

#[test]
fn no_command_replaces_or_joins_its_input() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let table = fs::read(shop.path("customers.parquet")).unwrap();
    let record = fs::read(run.join("run.json")).unwrap();
    let overwritten = "is one of the input files and would be overwritten";
    let table_name = "customers.parquet";
    refused(&shop, &["score", "latest", table_name, "-o", table_name], overwritten);
    refused(&shop, &["score", "latest", ".", "-o", "scored.parquet"], "would become one of the files of the input .");
    refused(&shop, &["init", table_name, "-o", table_name, "--force"], overwritten);
    let in_run = |name: &str| run.join(name).display().to_string();
    refused(&shop, &["report", "latest", "-o", &in_run("run.json")], overwritten);
    refused(&shop, &["report", "latest", "--format", "md", "-o", &in_run("new.md")], "would become one of the files");
    refused(&shop, &["score", "latest", table_name, "-o", &in_run("model.segmint")], overwritten);
    assert_eq!(fs::read(shop.path(table_name)).unwrap(), table);
    assert_eq!(fs::read(run.join("run.json")).unwrap(), record);
    let page = in_run("report.html");
    let said = shop.segmint(&["report", "latest", "-o", &page]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn runs_are_not_kept_where_customers_are_read() {
    let shop = Shop::new();
    shop.fails(
        &["run", "--set", "source.path=."],
        2,
        &format!(
            "segmint: the runs in {} would become files of the input {}\n\nhint: name a folder that is not read: registry.path",
            "runs", "."
        ),
    );
}
