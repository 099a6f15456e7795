//! Files as other programs write them: far dates in 96 bits, text without a mark, columns that come and go.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, DictionaryArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Int32Type, TimeUnit, TimestampMicrosecondType};
use parquet::data_type::{DoubleType, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use segmint::config::SourcePlan;
use segmint::failure::{Category, Failure};
use segmint::load::{Ids, Kind, LoadError, Loaded, RowStream, Source, open};
use segmint::monitor::Monitor;

use crate::parquet_table::write;

/// Days from the epoch of Julian days to 1970-01-01.
const EPOCH: i64 = 2_440_588;

/// A table of timestamps of 96 bits, which says nothing of Arrow, and a number.
fn write_wide_times(path: &Path, days: &[i64]) {
    let schema = parse_message_type("message t { required int96 seen; required double x; }").unwrap();
    let file = File::create(path).unwrap();
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema), Arc::new(WriterProperties::builder().build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let wide = |day: &i64| {
        // 12:00:00.000001 in nanoseconds.
        let nanoseconds: u64 = 43_200_000_001_000;
        let mut value = Int96::new();
        value.set_data(nanoseconds as u32, (nanoseconds >> 32) as u32, (day + EPOCH) as u32);
        value
    };
    let times: Vec<Int96> = days.iter().map(wide).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int96Type>().write_batch(&times, None, None).unwrap();
    column.close().unwrap();
    let numbers: Vec<f64> = (0..days.len()).map(|i| i as f64).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&numbers, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

fn loaded(plan: &SourcePlan) -> Loaded {
    open(plan, &[], &Monitor::silent()).unwrap_or_else(|error| panic!("{error}"))
}

fn failure(plan: &SourcePlan) -> LoadError {
    open(plan, &[], &Monitor::silent()).err().expect("the table is refused")
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn bytes(values: &[&[u8]]) -> ArrayRef {
    Arc::new(BinaryArray::from_vec(values.to_vec()))
}

#[test]
fn timestamps_of_96_bits_are_read_from_the_first_year_to_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    // 0001-01-01, 1970-01-01, 9999-12-31.
    let days = [-719_162, 0, 2_932_896];
    write_wide_times(&path, &days);
    let source = Arc::new(Source::open(&path).unwrap());
    assert_eq!(source.columns()[0].data_type, DataType::Timestamp(TimeUnit::Microsecond, None));
    let chunk = RowStream::new(&source, &["seen"], &["x"]).unwrap().next().unwrap().unwrap();
    let times = chunk.arrays[0].as_primitive::<TimestampMicrosecondType>();
    let expected: Vec<i64> = days.iter().map(|day| day * 86_400_000_000 + 43_200_000_001).collect();
    assert_eq!(times.values(), expected.as_slice());
    assert_eq!(chunk.numbers[0], [0.0, 1.0, 2.0]);
    let table = loaded(&SourcePlan::new(&path)).table;
    let seen: Vec<&str> = (0..3).map(|row| table.attributes[0].text(row).unwrap()).collect();
    assert_eq!(seen, ["0001-01-01T12:00:00.000001", "1970-01-01T12:00:00.000001", "9999-12-31T12:00:00.000001"]);
}

#[test]
fn bytes_that_are_text_are_text_in_every_role() {
    let folder = tempfile::tempdir().unwrap();
    let (as_text, as_bytes) = (folder.path().join("text.parquet"), folder.path().join("bytes.parquet"));
    let (ids, regions) = (["客户1", "C2", "C3"], ["north", "", "north"]);
    let of_bytes = |values: &[&str]| bytes(&values.iter().map(|value| value.as_bytes()).collect::<Vec<_>>());
    let x = || floats(&[1.0, 2.0, 3.0]);
    write(&as_text, &[("id", texts(&ids)), ("region", texts(&regions)), ("x", x())]);
    let packed: DictionaryArray<Int32Type> = DictionaryArray::new(vec![0, 1, 0].into(), bytes(&[b"north", b""]));
    for region in [of_bytes(&regions), Arc::new(packed) as ArrayRef] {
        write(&as_bytes, &[("id", of_bytes(&ids)), ("region", region), ("x", x())]);
        let read = |path: &Path| {
            let plan = SourcePlan { id: Some("id".into()), tier: Some("region".into()), ..SourcePlan::new(path) };
            let loaded = loaded(&plan);
            let Ids::Column { values, .. } = loaded.table.ids.clone() else { panic!("ids are a column") };
            (values, loaded.table.tier.clone(), loaded.warnings)
        };
        assert_eq!(read(&as_bytes), read(&as_text));
    }
}

#[test]
fn a_column_of_bytes_is_the_same_thing_in_all_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let kind = || {
        let source = Source::open(folder.path()).unwrap();
        source.columns().iter().find(|column| column.name == "b").map(|column| column.kind)
    };
    write(&at("1.parquet"), &[("b", bytes(&[b"a", b"b"])), ("x", floats(&[1.0, 2.0]))]);
    assert_eq!(kind(), Some(Kind::Text));
    // One value that is no text, in the last row of the last file, and nothing is.
    write(&at("2.parquet"), &[("b", bytes(&[b"c", &[0xff]])), ("x", floats(&[1.0, 2.0]))]);
    assert_eq!(kind(), Some(Kind::Bytes));
    write(&at("2.parquet"), &[("b", bytes(&[b"c", &[1, 0, 0, 0]])), ("x", floats(&[1.0, 2.0]))]);
    assert_eq!(kind(), Some(Kind::Bytes));
    // Files of one program that says so, and of one that does not.
    write(&at("2.parquet"), &[("b", texts(&["c", "d"])), ("x", floats(&[1.0, 2.0]))]);
    assert_eq!(kind(), Some(Kind::Text));
}

#[test]
fn columns_that_not_all_files_share_matter_only_to_who_asks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("2024-05.parquet"), folder.path().join("2024-06.parquet"));
    let number = |value: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![value])) };
    write(&old, &[("id", texts(&["a"])), ("x", floats(&[1.0])), ("code", texts(&["u"])), ("note", texts(&["n"]))]);
    write(&new, &[("index", number(0)), ("x", floats(&[2.0])), ("id", texts(&["b"])), ("code", number(7))]);
    let plan = SourcePlan { id: Some("id".into()), features: vec!["x".into()], ..SourcePlan::new(folder.path()) };
    let found = loaded(&plan);
    assert_eq!(*found.table.numeric.read("x").unwrap(), [1.0, 2.0]);
    assert_eq!((found.table.ids.text(1), found.table.attributes.len()), ("b".to_owned(), 0));
    assert_eq!(found.warnings.len(), 1);
    assert_eq!(
        found.warnings[0].message.en,
        "3 columns were left out: not in every file, or not in one type: code, note, index"
    );

    // Who needs them is told where they are not.
    let named = |plan: SourcePlan| failure(&plan).to_string();
    let index = format!("column \"index\" is in {} but not in {}", new.display(), old.display());
    assert_eq!(named(SourcePlan { features: vec!["x".into(), "index".into()], ..plan.clone() }), index);
    let note = format!("column \"note\" is in {} but not in {}", old.display(), new.display());
    assert_eq!(named(SourcePlan { tier: Some("note".into()), ..plan.clone() }), note);
    let code = format!("column \"code\" is text in {} but int64 in {}", old.display(), new.display());
    assert_eq!(named(SourcePlan { attributes: vec!["code".into()], ..plan.clone() }), code);

    // Without names a number is a feature, and a feature does not come and go.
    let judged = SourcePlan { features: Vec::new(), ..plan };
    assert_eq!(named(judged.clone()), code);
    let excluded = SourcePlan { exclude: vec!["code".into(), "index".into()], ..judged };
    assert_eq!(loaded(&excluded).table.features, ["x"]);
}

#[test]
fn files_without_a_common_column_are_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.parquet"), folder.path().join("b.parquet"));
    write(&a, &[("x", floats(&[1.0]))]);
    write(&b, &[("y", floats(&[1.0]))]);
    let error = Source::open(folder.path()).unwrap_err();
    assert_eq!(error.category(), Category::Input);
    assert_eq!(error.to_string(), format!("column \"x\" is in {} but not in {}", a.display(), b.display()));
    fs::remove_file(b).unwrap();
    Source::open(folder.path()).unwrap();
}
