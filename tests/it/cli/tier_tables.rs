//! `segmint compare RUN TIERS` with Parquet, CSV and XLSX.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use serde_json::Value;

use super::shop::{Said, Shop};
use crate::parquet_table;

/// The customers of the shop with their tiers, as tests/tier_tables/make.py writes them.
fn tiers() -> Vec<(i64, Option<&'static str>)> {
    (0..240).map(|i| (1000 + i as i64, (i % 10 != 0).then(|| ["C", "B", "A"][i % 3]))).collect()
}

fn csv(separator: &str, id: impl Fn(i64) -> String) -> String {
    let lines =
        tiers().into_iter().map(|(customer, tier)| format!("{}{separator}{}\n", id(customer), tier.unwrap_or("")));
    format!("customer{separator}grade\n{}", lines.collect::<String>())
}

fn workbook(shop: &Shop, name: &str) {
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tier_tables").join(name);
    fs::copy(from, shop.path(name)).unwrap();
}

fn compared(shop: &Shop, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["compare", "latest"].iter().chain(arguments).chain(&["--json"]).copied().collect();
    let said = shop.segmint(&all);
    assert_eq!(said.code, 0, "{arguments:?}: {}", said.stderr);
    let mut document: Value = serde_json::from_str(&said.stdout).unwrap();
    document.as_object_mut().unwrap().remove("tiers");
    document
}

fn refused(said: &Said) -> &str {
    assert_eq!(said.code, 3, "{}", said.stdout);
    &said.stderr
}

#[test]
fn the_same_tiers_compare_alike_in_every_format() {
    let shop = Shop::new();
    shop.run(&[]);
    let (ids, grades): (Vec<i64>, Vec<Option<&str>>) = tiers().into_iter().unzip();
    let columns: [(&str, ArrayRef); 2] =
        [("customer", Arc::new(Int64Array::from(ids))), ("grade", Arc::new(StringArray::from(grades)))];
    parquet_table::write(&shop.path("tiers.parquet"), &columns);
    let parquet = compared(&shop, &["tiers.parquet"]);
    assert_eq!((&parquet["n"], &parquet["n_without_tier"]), (&216.into(), &24.into()));
    for separator in [",", ";", "\t"] {
        fs::write(shop.path("tiers.csv"), csv(separator, |id| id.to_string())).unwrap();
        assert_eq!(compared(&shop, &["tiers.csv"]), parquet, "{separator:?}");
    }
    // As a data frame writes whole numbers of a column with gaps.
    fs::write(shop.path("tiers.csv"), csv(",", |id| format!("{id}.0"))).unwrap();
    assert_eq!(compared(&shop, &["tiers.csv"]), parquet);
    workbook(&shop, "tiers.xlsx");
    assert_eq!(compared(&shop, &["tiers.xlsx"]), parquet);
    workbook(&shop, "second_sheet.xlsx");
    assert_eq!(compared(&shop, &["second_sheet.xlsx", "--sheet", "tiers"]), parquet);
}

#[test]
fn tiers_of_a_table_that_are_written_alike_are_said() {
    let shop = Shop::new();
    shop.run(&[]);
    let spelled = csv(",", |id| id.to_string()).replacen(",A\n", ",a \n", 3);
    fs::write(shop.path("tiers.csv"), spelled).unwrap();
    let warnings = &compared(&shop, &["tiers.csv"])["warnings"];
    assert_eq!((&warnings[0]["code"], &warnings[0]["evidence"]["column"]), (&"tiers_alike".into(), &"grade".into()));
}

#[test]
fn columns_are_those_named_those_of_the_run_or_those_that_names_tell() {
    let shop = Shop::new();
    shop.run(&[]);
    let text = csv(",", |id| id.to_string());
    let usual = text.replace("customer,grade", "customer_id,grade");
    fs::write(shop.path("usual.csv"), &usual).unwrap();
    let judged = compared(&shop, &["usual.csv"]);
    assert_eq!(judged["warnings"][0]["code"], "id_column_judged");
    let said = shop.segmint(&["compare", "latest", "usual.csv"]).stdout;
    assert!(said.contains("! the table has no column \"customer\"; its ids are taken from \"customer_id\""), "{said}");
    assert_eq!(compared(&shop, &["usual.csv", "--id", "customer_id"])["warnings"], Value::Array(Vec::new()));

    let wide = text
        .lines()
        .enumerate()
        .map(|(i, line)| format!("{line},{}\n", ["region", "north", "south"][i.min(1 + i % 2)]));
    fs::write(shop.path("wide.csv"), wide.collect::<String>()).unwrap();
    let named = compared(&shop, &["wide.csv", "--tier", "grade"]);
    assert_eq!(compared(&shop, &["wide.csv"]), named, "a usual name of a tier is one");
    fs::write(shop.path("odd.csv"), fs::read_to_string(shop.path("wide.csv")).unwrap().replace("grade", "colour"))
        .unwrap();
    let said = shop.segmint(&["compare", "latest", "odd.csv"]);
    assert!(
        refused(&said).contains("odd.csv has several columns that could be the tier: colour, region"),
        "{}",
        said.stderr
    );
    let said = shop.segmint(&["compare", "latest", "usual.csv", "--id", "custmer_id"]);
    assert!(refused(&said).contains("did you mean \"customer_id\"?"), "{}", said.stderr);
}

#[test]
fn ids_that_a_spreadsheet_has_changed_are_told() {
    let shop = Shop::new();
    shop.run(&[]);
    fs::write(shop.path("tiers.csv"), csv(",", |id| format!("{id:06}"))).unwrap();
    let said = shop.segmint(&["compare", "latest", "tiers.csv"]);
    let stderr = refused(&said);
    assert!(stderr.contains("the two have no customer in common"), "{stderr}");
    assert!(stderr.contains("such as \"1000\" in the run and \"001000\" in the table"), "{stderr}");
    fs::write(shop.path("tiers.csv"), csv(",", |id| if id < 1003 { String::new() } else { id.to_string() })).unwrap();
    let warning = &compared(&shop, &["tiers.csv"])["warnings"][0];
    // Of the three the first has no tier either: a blank row.
    assert_eq!((&warning["code"], &warning["evidence"]["rows"]), (&"rows_without_id".into(), &2.into()));
}

#[test]
fn files_that_are_no_tables_are_refused_by_name() {
    let shop = Shop::new();
    shop.run(&[]);
    workbook(&shop, "error_cell.xlsx");
    let said = shop.segmint(&["compare", "latest", "error_cell.xlsx"]);
    assert!(refused(&said).contains("sheet \"Sheet\": B3, column \"grade\", holds the error #N/A"), "{}", said.stderr);
    workbook(&shop, "tiers.xlsx");
    let said = shop.segmint(&["compare", "latest", "tiers.xlsx", "--sheet", "Tiers"]);
    assert!(refused(&said).contains("tiers.xlsx has no sheet \"Tiers\"; it has Sheet"), "{}", said.stderr);
    let said = shop.segmint(&["compare", "latest", "customers.parquet", "--sheet", "x"]);
    assert!(refused(&said).contains("customers.parquet has no sheets"), "{}", said.stderr);
}
