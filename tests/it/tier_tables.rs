//! Tables of tiers as people keep them: what is read of CSV and XLSX, and what is said of files that are none.

use std::fs;
use std::path::{Path, PathBuf};

use segmint::config::Duplicates;
use segmint::failure::Failure;
use segmint::load::{TextTable, TextTableError};
use segmint::registry::TierTable;

fn workbook(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tier_tables").join(name)
}

/// Reads `bytes` as a file called `name`.
fn read(name: &str, bytes: &[u8]) -> Result<TextTable, TextTableError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    TextTable::read(&path, None)
}

fn rows(table: &TextTable) -> Vec<Vec<Option<String>>> {
    let row = |row: usize| {
        let cell = |column: usize| table.cells(column).nth(row).unwrap().map(str::to_owned);
        (0..table.columns().len()).map(cell).collect()
    };
    (0..table.n_rows()).map(row).collect()
}

fn cells(row: &[&str]) -> Vec<Option<String>> {
    row.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect()
}

#[test]
fn words_for_missing_are_no_tiers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grades.csv");
    fs::write(&path, "id,grade\n1,A\n2,N/A\n3,B\n4,\n5,未知\n").unwrap();
    let table = TierTable::open(&path, None).unwrap();
    let (tiers, warnings) = table.tiers("id", "grade", Duplicates::Error, &[]).unwrap();
    assert_eq!(["1", "2", "3", "4", "5"].map(|id| tiers.get(id)), [Some("A"), None, Some("B"), None, None]);
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert_eq!(warning.code, "words_for_missing");
    assert!(warning.message.en.contains("\"grade\" (\"N/A\", \"未知\" in 2 of 5 rows)"), "{}", warning.message.en);
}

#[test]
fn separators_marks_and_line_ends_make_no_difference() {
    let lines = ["id,grade", "00012,A", "", "00013,", ",,"];
    let expected = vec![cells(&["00012", "A"]), cells(&["00013", ""])];
    for separator in [",", ";", "\t"] {
        for (mark, end) in [("", "\n"), ("\u{feff}", "\r\n")] {
            let text = format!("{mark}{}", lines.map(|line| line.replace(',', separator)).join(end));
            let table = read("t.csv", text.as_bytes()).unwrap();
            assert_eq!((table.columns(), rows(&table)), (&["id".to_owned(), "grade".to_owned()][..], expected.clone()));
            assert!(table.warnings().is_empty());
        }
    }
    let wide: Vec<u8> = "id\tgrade\r\n1\tA\r\n"
        .encode_utf16()
        .fold(vec![0xff, 0xfe], |all, unit| [all, unit.to_le_bytes().to_vec()].concat());
    assert_eq!(rows(&read("t.txt", &wide).unwrap()), [cells(&["1", "A"])]);
    assert_eq!(rows(&read("t.csv", b"sep=;\nid;grade\n1;\"a;b\"\n").unwrap()), [cells(&["1", "a;b"])]);
}

#[test]
fn a_chinese_spreadsheet_is_read_in_its_own_encoding_and_that_is_said() {
    let (bytes, ..) = encoding_rs::GB18030.encode("客户,等级\n1001,重要\n");
    let table = read("t.csv", &bytes).unwrap();
    assert_eq!((table.columns()[1].as_str(), rows(&table)), ("等级", vec![cells(&["1001", "重要"])]));
    let warning = &table.warnings()[0];
    assert_eq!(warning.code, "read_as_gb18030");
    assert!(warning.message.en.contains("GB 18030") && warning.message.zh.contains("GB 18030"));
}

#[test]
fn a_workbook_reads_as_its_values_wherever_they_stand() {
    let first = TextTable::read(&workbook("tiers.xlsx"), None).unwrap();
    assert_eq!((first.columns(), first.n_rows()), (&["customer".to_owned(), "grade".to_owned()][..], 240));
    assert_eq!(rows(&first)[..3], [cells(&["1000", ""]), cells(&["1001", "B"]), cells(&["1002", "A"])]);
    for (file, sheet) in [("second_sheet.xlsx", Some("tiers")), ("moved.xlsx", None)] {
        assert_eq!(TextTable::read(&workbook(file), sheet).unwrap(), first, "{file}");
    }
    let texts = TextTable::read(&workbook("ids_as_text.xlsx"), None).unwrap();
    assert_eq!(texts.cells(0).next(), Some(Some("01000")), "leading zeros stay");
}

#[test]
fn a_file_that_is_no_table_says_where_and_what_to_do() {
    // The message from the name of the file on; its folder is of this machine.
    let said = |error: TextTableError, folder: &str| {
        assert!(error.hint().is_some_and(|hint| !hint.is_empty()), "{error}");
        let message = error.to_string();
        message.split_once(folder).unwrap_or_else(|| panic!("{message}")).1.to_owned()
    };
    let text = |bytes: &[u8]| format!("t.csv{}", said(read("t.csv", bytes).unwrap_err(), "t.csv"));
    assert_eq!(text(b""), "t.csv is empty");
    assert_eq!(text(b"\n \n,,\n"), "t.csv is empty");
    assert_eq!(text(b"id,grade\n1,A\n2,A,B\n"), "t.csv: line 3 has 3 cells, the header has 2");
    assert_eq!(text(b"id,grade,note\n1,A\n"), "t.csv: line 2 has 2 cells, the header has 3");
    assert_eq!(text(b"id,,grade\n1,5,A\n"), "t.csv: the header has no name in column 2");
    assert_eq!(text(b"id,grade,grade\n1,A,B\n"), "t.csv: two columns are called \"grade\", in column 2 and column 3");
    assert_eq!(
        text(b"id|grade\n1|A\n"),
        "t.csv has one column only, \"id|grade\": the first line has no comma, semicolon or tab"
    );
    assert_eq!(text(b"id,grade\n1,\xff\xff\n"), "t.csv is neither UTF-8 nor GB 18030 text: line 2");

    let book =
        |file: &str, sheet: Option<&str>| said(TextTable::read(&workbook(file), sheet).unwrap_err(), "tier_tables/");
    assert!(book("not_a_workbook.xlsx", None).starts_with("not_a_workbook.xlsx is not an XLSX file: "));
    assert_eq!(book("old.xls", None), "old.xls is not an XLSX file: it is an old .xls, or has a password");
    assert_eq!(
        book("second_sheet.xlsx", Some("Tiers")),
        "second_sheet.xlsx has no sheet \"Tiers\"; it has notes, tiers"
    );
    assert_eq!(
        book("error_cell.xlsx", None),
        "error_cell.xlsx, sheet \"Sheet\": B3, column \"grade\", holds the error #N/A"
    );
    assert_eq!(book("unnamed.xlsx", None), "unnamed.xlsx, sheet \"Sheet\": the header has no name in B1");
    assert_eq!(
        book("named_twice.xlsx", None),
        "named_twice.xlsx, sheet \"Sheet\": two columns are called \"grade\", in B1 and C1"
    );
    assert_eq!(book("only_blank.xlsx", None), "only_blank.xlsx, sheet \"Sheet\" is empty");
}

#[test]
fn damaged_workbooks_are_errors_and_never_panics() {
    let whole = fs::read(workbook("tiers.xlsx")).unwrap();
    for i in 0..60 {
        let mut bytes = whole.clone();
        let at = (i * 7919) % bytes.len();
        if i % 3 == 0 {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 0xa5;
        }
        let _ = read("t.xlsx", &bytes);
    }
}
