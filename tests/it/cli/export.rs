//! `export`: the tables of a run for people who work in spreadsheets.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use calamine::{Data, Range, Reader, Xlsx};
use serde_json::Value;

use super::privacy::with_a_handful;
use super::shop::{Shop, columns};

fn book(path: &Path) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(fs::read(path).unwrap())).unwrap()
}

fn sheet(path: &Path, name: &str) -> Range<Data> {
    book(path).worksheet_range(name).unwrap()
}

/// The records of a CSV file, headings first.
fn records(path: &Path) -> Vec<Vec<String>> {
    let bytes = fs::read(path).unwrap();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").expect("a byte-order mark, by which spreadsheets know UTF-8");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_spreadsheet_has_the_figures_of_the_run() {
    let shop = Shop::new();
    shop.run(&[]);
    let said = shop.segmint(&["export", "latest", "-o", "run.xlsx"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let path = shop.path("run.xlsx");
    shop.segmint(&["export", "latest", "-o", "again.xlsx"]);
    assert!(fs::read(&path).unwrap() == fs::read(shop.path("again.xlsx")).unwrap(), "the same run, the same bytes");
    assert_eq!(book(&path).sheet_names(), ["segments", "tiers", "candidates", "about"]);
    let shared: Value = serde_json::from_str(&shop.segmint(&["runs", "show", "latest", "--json"]).stdout).unwrap();
    let segments = sheet(&path, "segments");
    for (i, segment) in shared["segments"].as_array().unwrap().iter().enumerate() {
        let row: Vec<&Data> = segments.rows().nth(i + 1).unwrap().iter().collect();
        assert_eq!(row[0], &Data::String(segment["segment_id"].as_str().unwrap().into()));
        assert_eq!(row[4], &Data::Float(segment["size"].as_f64().unwrap()));
        assert_eq!(row[7], &Data::Float(segment["value_share"].as_f64().unwrap()));
    }
    let headings: Vec<String> = segments.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert!(headings.contains(&"median frequency".to_owned()), "{headings:?}");

    shop.segmint(&["export", "latest", "-o", "segments.csv"]);
    let listed = records(&shop.path("segments.csv"));
    assert_eq!(listed.len(), segments.height());
    assert_eq!(listed[1][4], shared["segments"][0]["size"].to_string());
    shop.segmint(&["export", "latest", "-o", "tiers.csv", "--table", "tiers", "--language", "zh"]);
    let tiers = records(&shop.path("tiers.csv"));
    assert_eq!(tiers[0][..2], ["等级列", "等级"]);
    assert_eq!(tiers[1][..2], ["tier", "A"]);
    assert_eq!(tiers.last().unwrap()[1], "预期等级");
}

#[test]
fn text_of_the_data_is_never_a_formula() {
    let shop = Shop::new();
    let mut table = columns(240);
    let evil: StringArray = (0..240).map(|i| Some(["=1+1", "@SUM(A1)", "-2+3"][i % 3])).collect();
    table.iter_mut().find(|(name, _)| *name == "tier").unwrap().1 = Arc::new(evil) as ArrayRef;
    shop.table(&table);
    shop.run(&["--set", "compare.tier_order=[]"]);
    shop.segmint(&["export", "latest", "-o", "run.xlsx"]);
    let tiers = sheet(&shop.path("run.xlsx"), "tiers");
    assert!(tiers.rows().any(|row| row[1] == Data::String("=1+1".into())), "as it is, and as text");
    let formulas = book(&shop.path("run.xlsx")).worksheet_formula("tiers").unwrap();
    assert!(formulas.is_empty() || formulas.used_cells().all(|(.., formula)| formula.is_empty()));
    shop.segmint(&["export", "latest", "-o", "tiers.csv", "--table", "tiers"]);
    let listed = records(&shop.path("tiers.csv"));
    assert!(listed.iter().any(|row| row[1] == "'=1+1") && listed.iter().any(|row| row[1] == "'-2+3"), "{listed:?}");
    let is_formula = |text: &str| text.starts_with(['=', '@', '+']);
    assert!(listed.iter().flatten().all(|text| !is_formula(text)));

    shop.segmint(&["export", "latest", "-o", "list.csv", "--table", "customers", "--internal"]);
    let compared =
        shop.segmint(&["compare", "latest", "list.csv", "--id", "INTERNAL customer", "--tier", "tier", "--json"]);
    assert!(
        compared.stdout.contains("\"=1+1\"") && !compared.stdout.contains("\"'=1+1\""),
        "read as it was: {}",
        compared.stderr
    );
}

#[test]
fn customers_are_listed_inside_only_and_the_file_says_so() {
    let shop = with_a_handful();
    shop.run(&[]);
    let refused = shop.segmint(&["export", "latest", "-o", "customers.csv", "--table", "customers"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(!shop.path("customers.csv").exists());
    shop.segmint(&["export", "latest", "-o", "customers.csv", "--table", "customers", "--internal"]);
    let listed = records(&shop.path("customers.csv"));
    assert_eq!((listed.len(), listed[0][0].as_str()), (247, "INTERNAL customer"));
    assert_eq!((listed[1][0].as_str(), listed[1].len()), ("1000", listed[0].len()));
    assert!(listed.iter().skip(1).any(|row| !row[5].is_empty()), "some are not where their tier is expected");

    shop.segmint(&["export", "latest", "-o", "inside.xlsx", "--internal"]);
    assert_eq!(sheet(&shop.path("inside.xlsx"), "customers").height(), 247);
    let about = sheet(&shop.path("inside.xlsx"), "about");
    assert!(about.rows().flatten().any(|cell| cell.to_string().starts_with("INTERNAL")));
    shop.segmint(&["export", "latest", "-o", "shared.xlsx"]);
    assert!(!book(&shop.path("shared.xlsx")).sheet_names().contains(&"customers".to_owned()));
    let segments = sheet(&shop.path("shared.xlsx"), "segments");
    assert!(segments.rows().any(|row| row[4] == Data::String("*".into())), "a handful is not counted");
}

#[test]
fn a_list_of_customers_speaks_the_language_that_is_asked_for() {
    for (own, other) in [("en", "zh"), ("zh", "en")] {
        let shop = with_a_handful();
        let run = shop.run(&["--set", &format!("label.language={own}")]);
        let read = |name: &str| -> Value { serde_json::from_slice(&fs::read(run.join(name)).unwrap()).unwrap() };
        let (segments, compared) = (read("segments.json"), read("comparison.json"));
        let cells = compared["comparisons"][0]["disagreements"].as_array().unwrap();
        for language in [own, other] {
            let list = ["export", "latest", "-o", "list.csv", "--table", "customers", "--internal"];
            let said = shop.segmint(&[&list[..], &["--language", language]].concat());
            assert_eq!(said.code, 0, "{}", said.stderr);
            let clusters = segments["clusterings"][0]["clusters"].as_array().unwrap();
            let name = |id: &str| &clusters.iter().find(|one| one["id"] == id).unwrap()["name"][language];
            let rows = records(&shop.path("list.csv"));
            assert!(
                rows.iter().skip(1).all(|row| row[2] == name(&row[1]).as_str().unwrap()),
                "{language}: {:?}",
                rows[1]
            );
            let listed: Vec<_> = rows.iter().skip(1).filter(|row| !row[5].is_empty()).collect();
            assert!(!listed.is_empty());
            for row in listed {
                assert!(cells.iter().any(|cell| cell["reason"][language] == row[7].as_str()), "{language}: {row:?}");
                let direction = if language == "zh" { ["偏低", "偏高"] } else { ["too_low", "too_high"] };
                assert!(direction.contains(&row[6].as_str()), "{row:?}");
            }
        }
    }
}

#[test]
fn a_list_of_customers_that_needs_more_memory_than_is_allowed_is_refused() {
    let shop = with_a_handful();
    shop.run(&[]);
    for wanted in [&["-o", "inside.xlsx"][..], &["-o", "customers.csv", "--table", "customers"]] {
        let export =
            |memory: &str| shop.segmint(&[&["export", "latest", "--internal", "--set", memory], wanted].concat());
        let refused = export("limits.memory=\"100 kB\"");
        assert_eq!(refused.code, 4, "{}", refused.stderr);
        assert!(
            refused.stderr.starts_with("segmint: refused: would need ")
                && refused.stderr.contains("limits.memory allows 100 kB\n\nhint: read assignments.parquet"),
            "{}",
            refused.stderr
        );
        assert!(!shop.path(wanted[1]).exists());
        assert_eq!(export("limits.memory=\"100 MB\"").code, 0);
    }
    let shared = shop.segmint(&["export", "latest", "-o", "shared.xlsx", "--set", "limits.memory=\"100 kB\""]);
    assert_eq!(shared.code, 0, "what lists no customers needs nothing: {}", shared.stderr);
}

#[test]
fn what_cannot_be_exported_is_said_and_leaves_nothing() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let inside = run.join("segments.csv");
    for (arguments, code, message) in [
        (vec!["-o", "run.pdf"], 2, "must end in .xlsx or .csv"),
        (vec!["-o", "run"], 2, "must end in .xlsx or .csv"),
        (vec!["-o", "run.xlsx", "--table", "tiers"], 2, "an .xlsx holds every table"),
        (vec!["-o", "run.csv", "--internal"], 2, "a .csv holds with --table customers"),
        (vec!["-o", inside.to_str().unwrap()], 2, "segments.csv"),
        (vec!["-o", "nowhere/run.csv"], 1, "nowhere"),
    ] {
        let said = shop.segmint(&[&["export", "latest"][..], &arguments].concat());
        assert_eq!(said.code, code, "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains(message), "{arguments:?}: {}", said.stderr);
    }
    assert_eq!(shop.segmint(&["export", "nobody", "-o", "run.csv"]).code, 3);
    assert!(!inside.exists() && !shop.path("run.csv").exists());
}
