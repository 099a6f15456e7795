//! Values that were written for people, and what is missing, as the plan reads them.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::Int32Type;
use jiff::civil::Date;
use parquet::file::properties::WriterProperties;
use segmint::config::{ColumnPlan, DecimalMark, NullValue, ReadAs, SourcePlan};
use segmint::failure::{Category, Failure};
use segmint::load::{Form, LoadError, Loaded, RowStream, Source, open, read_row};
use segmint::monitor::Monitor;

use crate::parquet_table::{write, write_with};

fn read(as_what: ReadAs) -> ColumnPlan {
    ColumnPlan { read: Some(as_what), ..ColumnPlan::default() }
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

struct Table {
    _folder: tempfile::TempDir,
    plan: SourcePlan,
}

impl Table {
    fn new(columns: &[(&str, ArrayRef)], readings: &[(&str, ColumnPlan)]) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        // Several row groups, so that what is found in parts is put together.
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(3)).build();
        write_with(&path, columns, properties);
        let columns = readings.iter().map(|(name, plan)| ((*name).to_owned(), plan.clone())).collect();
        Table { _folder: folder, plan: SourcePlan { columns, ..SourcePlan::new(path) } }
    }

    fn open(&self) -> Loaded {
        open(&self.plan, &[], &Monitor::silent()).unwrap()
    }

    fn refused(&self) -> LoadError {
        open(&self.plan, &[], &Monitor::silent()).err().expect("the plan cannot be carried out")
    }

    fn source(&self) -> Arc<Source> {
        Arc::new(Source::open(&self.plan.path).unwrap().read_as(&self.plan).unwrap().0)
    }
}

fn values(loaded: &Loaded, column: &str) -> Vec<Option<f64>> {
    loaded.table.numeric.read(column).unwrap().iter().map(|&x| (!x.is_nan()).then_some(x)).collect()
}

fn codes(loaded: &Loaded) -> Vec<&str> {
    loaded.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

#[test]
fn numbers_as_text_are_the_numbers_they_write() {
    let amounts = ["1,234.50", "¥3,000", "(5.00)", "n/a", " ", "-0.5", "１２"];
    let shares = ["12 %", "7%", "0 %", "100 %", "1.5 %", "3 %", "8 %"];
    let german = ["€ 1.234,50", "12,5", "7", "1.000", "-3,25", "0", "2"];
    let dictionary: DictionaryArray<Int32Type> = amounts.into_iter().collect();
    let table = Table::new(
        &[
            ("amount", texts(&amounts)),
            ("packed", Arc::new(dictionary)),
            ("share", texts(&shares)),
            ("german", texts(&german)),
            ("plain", Arc::new(Float64Array::from(vec![1.0; 7]))),
        ],
        &["amount", "packed", "share", "german", "plain"].map(|name| (name, read(ReadAs::Number))),
    );
    let loaded = table.open();
    assert_eq!(loaded.table.features, ["amount", "packed", "share", "german", "plain"]);
    assert!(loaded.table.attributes.is_empty());
    let amounts = [Some(1234.5), Some(3000.0), Some(-5.0), None, None, Some(-0.5), Some(12.0)];
    assert_eq!(values(&loaded, "amount"), amounts);
    assert_eq!(values(&loaded, "packed"), amounts);
    assert_eq!(values(&loaded, "share"), [12.0, 7.0, 0.0, 100.0, 1.5, 3.0, 8.0].map(Some));
    assert_eq!(values(&loaded, "german"), [1234.5, 12.5, 7.0, 1000.0, -3.25, 0.0, 2.0].map(Some));
    let audit = &loaded.audit.numeric[0];
    assert_eq!((audit.n_unreadable, audit.n_null, audit.n_missing()), (1, 1, 2));
    assert_eq!(audit.reading.form, Form::Number { decimal: DecimalMark::Point });
    assert_eq!(loaded.readings["german"].form, Form::Number { decimal: DecimalMark::Comma });
    let warning = &loaded.warnings.iter().find(|warning| warning.code == "values_unreadable").unwrap();
    assert_eq!(
        warning.message.en,
        "texts that cannot be read count as missing in columns \"amount\" (1 of 7, such as \"n/a\"), \"packed\" (1 of 7, such \
         as \"n/a\")"
    );
    assert_eq!(warning.evidence["columns"][1]["example"], "n/a");
}

#[test]
fn one_table_gives_one_matrix_whether_its_numbers_are_text_or_not() {
    let numbers: Vec<f64> = (0..50).map(|i| f64::from(i * i * 37 - 20_000) / 100.0).collect();
    let written: Vec<String> = numbers.iter().map(|x| format!("$ {x:.2}")).collect();
    let as_text = Table::new(
        &[("x", texts(&written.iter().map(String::as_str).collect::<Vec<_>>()))],
        &[("x", read(ReadAs::Number))],
    );
    let stored = Table::new(&[("x", Arc::new(Float64Array::from(numbers)))], &[]);
    assert_eq!(values(&as_text.open(), "x"), values(&stored.open(), "x"));
    for row in [0, 17, 49] {
        let of = |table: &Table| read_row(&table.source(), row, &["x"]).unwrap();
        assert_eq!(of(&as_text), of(&stored));
    }
    let streamed = |table: &Table| -> Vec<f64> {
        let stream = RowStream::new(&table.source(), &[], &["x"]).unwrap();
        stream.flat_map(|chunk| chunk.unwrap().numbers.remove(0)).collect()
    };
    assert_eq!(streamed(&as_text), streamed(&stored));
}

#[test]
fn an_open_decimal_mark_is_refused_until_it_is_named() {
    let column = |decimal| ColumnPlan { decimal, ..read(ReadAs::Number) };
    let of = |values: &[&str], decimal| Table::new(&[("x", texts(values))], &[("x", column(decimal))]);
    let open = ["1.234", "950", "12.500"];
    let error = of(&open, None).refused();
    assert!(error.to_string().contains("the decimal mark of column \"x\" of "), "{error}");
    assert!(error.to_string().ends_with("and 2 can be read either way, such as 1.234"), "{error}");
    assert_eq!(error.hint().unwrap(), "set source.columns.x.decimal to \".\" or \",\"");
    assert_eq!(error.category(), Category::Input);
    assert_eq!(values(&of(&open, Some(DecimalMark::Comma)).open(), "x"), [1234.0, 950.0, 12500.0].map(Some));
    assert_eq!(values(&of(&open, Some(DecimalMark::Point)).open(), "x"), [1.234, 950.0, 12.5].map(Some));
    assert_eq!(values(&of(&["1,234", "950"], None).open(), "x"), [1234.0, 950.0].map(Some));
    // A decimal mark alone says that the texts are numbers.
    let alone = ColumnPlan { decimal: Some(DecimalMark::Comma), ..ColumnPlan::default() };
    assert_eq!(values(&Table::new(&[("x", texts(&["0,5"]))], &[("x", alone)]).open(), "x"), [Some(0.5)]);
}

#[test]
fn dates_are_ages_at_the_latest_date_or_the_one_that_is_named() {
    let day = |year, month, day| (Date::constant(year, month, day) - Date::constant(1970, 1, 1)).get_days();
    let joined = [Some(day(2024, 1, 31)), Some(day(2023, 1, 31)), None, Some(day(1900, 1, 1))];
    // 2024-02-29T20:00:00Z is the first of March in Shanghai.
    let seen = [1_709_236_800_000_i64, 1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_000];
    let columns: [(&str, ArrayRef); 3] = [
        ("joined", Arc::new(Date32Array::from(joined.to_vec()))),
        ("seen", Arc::new(TimestampMillisecondArray::from(seen.to_vec()).with_timezone("Asia/Shanghai"))),
        ("born", Arc::new(Int64Array::from(vec![1957, 1980, 1999, 2030]))),
    ];
    let never = ColumnPlan { null_values: Some(vec![NullValue::Text("1900-01-01".into())]), ..read(ReadAs::AgeDays) };
    let readings = [("joined", never), ("seen", read(ReadAs::AgeDays)), ("born", read(ReadAs::AgeYears))];
    let mut table = Table::new(&columns, &readings);
    let found = table.open();
    assert_eq!(found.table.features, ["joined", "seen", "born"]);
    assert_eq!(found.audit.as_of, Some(Date::constant(2024, 3, 1)));
    assert_eq!(values(&found, "joined"), [Some(30.0), Some(395.0), None, None]);
    assert_eq!(found.audit.numeric[0].n_marked, 1);
    assert_eq!(values(&found, "seen")[0], Some(0.0));
    assert_eq!(values(&found, "born"), [67.0, 44.0, 25.0, -6.0].map(Some));
    assert_eq!(codes(&found), ["as_of_found", "ages_negative"]);
    let said: Vec<&str> = found.warnings.iter().map(|warning| warning.message.en.as_str()).collect();
    assert_eq!(
        said,
        [
            "ages are counted to 2024-03-01, the latest date in column \"seen\"; source.as_of sets another date",
            "in column \"born\" there are dates after 2024-03-01, to which ages are counted: these ages are negative",
        ]
    );

    table.plan.as_of = Some(Date::constant(2030, 12, 31));
    let named = table.open();
    assert_eq!(named.audit.as_of, table.plan.as_of);
    assert_eq!(values(&named, "born"), [73.0, 50.0, 31.0, 0.0].map(Some));
    assert_eq!(values(&named, "joined")[0], Some(f64::from(day(2030, 12, 31) - day(2024, 1, 31))));
    assert_eq!(codes(&named), Vec::<&str>::new());

    let years = Table::new(&columns[..1], &[("joined", read(ReadAs::AgeYears))]);
    let ages = values(&years.open(), "joined");
    assert_eq!((ages[0], ages[1], ages[2]), (Some(0.0), Some(365.0 / 365.25), None));
}

#[test]
fn ages_that_are_counted_to_a_birth_are_not_to_be_believed() {
    let day = |year, month, day| (Date::constant(year, month, day) - Date::constant(1970, 1, 1)).get_days();
    let births = vec![day(1950, 5, 1), day(1994, 7, 9), day(1980, 1, 31)];
    let born = |column: ArrayRef| Table::new(&[("born", column)], &[("born", read(ReadAs::AgeYears))]);
    let mut dates = born(Arc::new(Date32Array::from(births)));
    let found = dates.open();
    let [warning] = &found.warnings[..] else { panic!("{:?}", found.warnings) };
    assert_eq!(
        warning.message.en,
        "ages are counted to 1994-07-09, the latest date in column \"born\", which makes the youngest 0 years old: set \
         source.as_of to the date of the table before ages are believed"
    );
    assert_eq!(
        warning.message.zh,
        "年龄和天数以 1994-07-09 为基准，即列“born”中最晚的日期，因此最年轻者为 0 岁；在采信年龄之前，请将 source.as_of \
         设为数据表的日期"
    );
    dates.plan.as_of = Some(Date::constant(2024, 7, 9));
    assert_eq!(codes(&dates.open()), Vec::<&str>::new());

    let years = born(Arc::new(Int64Array::from(vec![1957, 1999, 1980]))).open();
    let said = &years.warnings[0].message.en;
    assert!(
        said.starts_with("ages are counted to 1999-12-31, the latest year in column \"born\", which makes"),
        "{said}"
    );
}

#[test]
fn dates_written_as_text_or_numbers_are_the_ages_of_the_dates() {
    let day = |year, month, day| Date::constant(year, month, day);
    let as_of = day(2021, 3, 14);
    let mixed: ArrayRef =
        texts(&["2021-03-04", "2021年3月4日", " 4/3/2021 ", "20210304", "44259", "never", "13/03/2021"]);
    let number = |values: Vec<f64>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let columns: [(&str, ArrayRef); 3] = [
        ("text", mixed),
        ("number", number(vec![20_210_304.0, 44_259.0, 1_614_816_000.0, 1_614_816_000_000.0, 0.0, -1.0, 20_211_304.0])),
        ("born", texts(&["1980", "04/03/1980", "29/02/1980", "x", "1985", "2021-03-14", ""])),
    ];
    let readings =
        [("text", read(ReadAs::AgeDays)), ("number", read(ReadAs::AgeDays)), ("born", read(ReadAs::AgeYears))];
    let mut table = Table::new(&columns, &readings);
    table.plan.as_of = Some(as_of);
    let loaded = table.open();
    assert_eq!(values(&loaded, "text"), [Some(10.0), Some(10.0), Some(10.0), Some(10.0), Some(10.0), None, Some(1.0)]);
    assert_eq!(values(&loaded, "number"), [Some(10.0), Some(10.0), Some(10.0), Some(10.0), None, None, None]);
    let born = values(&loaded, "born");
    assert_eq!((born[0], born[3], born[4], born[5], born[6]), (Some(41.0), None, Some(36.0), Some(0.0), None));
    assert_eq!(born[1], Some(14_985.0 / 365.25));
    assert_eq!(loaded.audit.numeric[0].n_unreadable, 1);

    // The latest date is found in the texts, and stored with the order of day and month.
    table.plan.as_of = None;
    let loaded = table.open();
    assert_eq!(loaded.audit.as_of, Some(day(2021, 3, 13)));
    assert_eq!(loaded.readings["text"].form, Form::AgeDays { as_of: day(2021, 3, 13), day_first: true });
}

#[test]
fn an_open_order_of_day_and_month_is_refused_until_it_is_named() {
    let column = [("seen", texts(&["04/03/2021", "05/06/2021"]))];
    let error = Table::new(&column, &[("seen", read(ReadAs::AgeDays))]).refused();
    assert!(error.to_string().contains("the order of day and month in the column \"seen\""), "{error}");
    assert!(error.to_string().ends_with("and 2 either way, such as \"04/03/2021\""), "{error}");
    assert_eq!(error.hint().unwrap(), "set source.columns.seen.day_first to true or false");
    let ages = |day_first| {
        let plan = ColumnPlan { day_first: Some(day_first), ..read(ReadAs::AgeDays) };
        values(&Table::new(&column, &[("seen", plan)]).open(), "seen")
    };
    assert_eq!(ages(true), [Some(93.0), Some(0.0)]);
    assert_eq!(ages(false), [Some(33.0), Some(0.0)]);
}

#[test]
fn an_as_of_date_without_ages_is_said_to_change_nothing() {
    let mut table = Table::new(&[("x", Arc::new(Float64Array::from(vec![1.0, 2.0])))], &[]);
    table.plan.as_of = Some(Date::constant(2024, 1, 1));
    let (_, warnings) = Source::open(&table.plan.path).unwrap().read_as(&table.plan).unwrap();
    assert_eq!(warnings.iter().map(|warning| warning.code.as_str()).collect::<Vec<_>>(), ["as_of_unused"]);
}

#[test]
fn years_alone_are_counted_to_the_end_of_the_latest() {
    let table = Table::new(
        &[("Year_Birth", Arc::new(Int32Array::from(vec![1957, 1996])))],
        &[("Year_Birth", read(ReadAs::AgeYears))],
    );
    let loaded = table.open();
    assert_eq!(loaded.audit.as_of, Some(Date::constant(1996, 12, 31)));
    assert_eq!(values(&loaded, "Year_Birth"), [Some(39.0), Some(0.0)]);
    assert!(loaded.warnings[0].message.en.contains("1996-12-31, the latest year in column \"Year_Birth\""));
}

#[test]
fn markers_of_missing_are_missing_wherever_they_stand() {
    let columns: [(&str, ArrayRef); 5] = [
        ("id", Arc::new(Int64Array::from(vec![-1, 1, 2, 3]))),
        ("age", Arc::new(Int64Array::from(vec![-1, 30, 40, -1]))),
        ("income", Arc::new(Float64Array::from(vec![5.0, 999.0, 7.0, -1.0]))),
        ("city", texts(&["n/a", "Bern", " n/a ", "Ulm"])),
        ("tier", texts(&["A", "B", "n/a", "A"])),
    ];
    let own = ColumnPlan { null_values: Some(vec![NullValue::Number(999.0)]), ..ColumnPlan::default() };
    let mut table = Table::new(&columns, &[("income", own)]);
    table.plan.id = Some("id".into());
    table.plan.tier = Some("tier".into());
    table.plan.null_values = vec![NullValue::Number(-1.0), NullValue::Text("n/a".into())];
    let loaded = table.open();
    assert_eq!(loaded.table.ids.text(0), "-1", "an id is what it is");
    assert_eq!(values(&loaded, "age"), [None, Some(30.0), Some(40.0), None]);
    // Markers of its own stand in place of the common ones.
    assert_eq!(values(&loaded, "income"), [Some(5.0), None, Some(7.0), Some(-1.0)]);
    let city = &loaded.table.attributes[0];
    assert_eq!((0..4).map(|row| city.text(row)).collect::<Vec<_>>(), [None, Some("Bern"), None, Some("Ulm")]);
    assert_eq!(city.levels(), ["Bern", "Ulm"]);
    assert_eq!(loaded.table.tier.as_ref().unwrap().levels(), ["A", "B"]);
    let marked: Vec<usize> = loaded.audit.numeric.iter().map(|audit| audit.n_marked).collect();
    assert_eq!(marked, [2, 1]);
    let marked: Vec<(usize, usize)> =
        loaded.audit.levels.iter().map(|audit| (audit.n_marked, audit.n_missing)).collect();
    assert_eq!(marked, [(2, 2), (1, 1)]);
}

#[test]
fn an_ordinal_is_its_levels_in_order_and_an_unknown_one_is_missing() {
    let sizes = texts(&["S", "L", "M", "XL", " M"]);
    let plan = ColumnPlan { levels: ["S", "M", "L"].map(String::from).to_vec(), ..ColumnPlan::default() };
    let columns: [(&str, ArrayRef); 2] = [("size", sizes), ("x", Arc::new(Float64Array::from(vec![1.0; 5])))];
    let mut table = Table::new(&columns, &[("size", plan)]);
    let described = table.open();
    assert_eq!(described.table.features, ["x"], "an ordinal is a feature only when it is named");
    assert_eq!(described.table.attributes[0].levels()[..3], ["S", "M", "L"]);
    table.plan.features = vec!["size".into(), "x".into()];
    let loaded = table.open();
    assert_eq!(values(&loaded, "size"), [Some(0.0), Some(2.0), Some(1.0), None, Some(1.0)]);
    assert_eq!(codes(&loaded), ["values_unreadable"]);
}

#[test]
fn a_reading_that_does_not_fit_is_refused_with_the_key() {
    let columns: [(&str, ArrayRef); 3] = [
        ("day", Arc::new(Date32Array::from(vec![1, 2]))),
        ("name", texts(&["a", "b"])),
        ("x", Arc::new(Float64Array::from(vec![1.0, 2.0]))),
    ];
    let of = |name: &str, plan: ColumnPlan| Table::new(&columns, &[(name, plan)]).refused();
    let error = of("day", read(ReadAs::Number));
    assert!(error.to_string().contains("source.columns names the column \"day\" of "), "{error}");
    assert!(error.to_string().ends_with("which is date, but it must be text or a number"), "{error}");
    let flag: [(&str, ArrayRef); 1] = [("flag", Arc::new(BooleanArray::from(vec![true, false])))];
    let refused = Table::new(&flag, &[("flag", read(ReadAs::AgeDays))]).refused();
    assert!(matches!(refused, LoadError::WrongType { .. }), "{refused}");
    let missing = of("naem", read(ReadAs::Number));
    assert!(missing.to_string().starts_with("source.columns.naem names the column \"naem\""), "{missing}");
    assert_eq!(missing.hint().unwrap(), "did you mean \"name\"?");
    let both = of("name", ColumnPlan { levels: vec!["a".into()], ..read(ReadAs::Number) });
    assert_eq!(both.to_string(), "source.columns.name has both \"read\" and \"levels\", which exclude each other");
    assert_eq!(both.category(), Category::Config);
}

#[test]
fn a_column_of_which_nothing_can_be_read_has_no_value() {
    let table = Table::new(
        &[("x", texts(&["a", "b"])), ("y", Arc::new(Float64Array::from(vec![1.0, 2.0])))],
        &[("x", read(ReadAs::Number))],
    );
    let loaded = table.open();
    assert_eq!(loaded.table.features, ["y"]);
    assert_eq!(codes(&loaded), ["empty_column", "values_unreadable"]);
}

#[test]
fn byte_order_marks_are_no_part_of_names_and_levels() {
    let table = Table::new(
        &[("\u{feff}city", texts(&["\u{feff}Bern", "Bern"])), ("x", Arc::new(Float64Array::from(vec![1.0, 2.0])))],
        &[],
    );
    let loaded = table.open();
    assert_eq!(loaded.table.attributes[0].name(), "city");
    assert_eq!(loaded.table.attributes[0].levels(), ["Bern"]);
    assert_eq!(loaded.warnings[0].code, "byte_order_mark");
    assert_eq!(loaded.warnings[0].message.en, "a byte-order mark before the name of column \"city\" was left out");

    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("pipeline.toml");
    std::fs::write(&config, "\u{feff}[source]\npath = \"t.parquet\"\n").unwrap();
    let plan = segmint::config::Plan::load(&config, &[]).unwrap();
    assert_eq!(plan.source.path, folder.path().join("t.parquet"));
}

#[test]
fn what_is_read_does_not_depend_on_threads() {
    let written: Vec<String> = (0..2000).map(|i| format!("{}.{:03},5", i % 7, i % 1000)).collect();
    let table = Table::new(
        &[("x", texts(&written.iter().map(String::as_str).collect::<Vec<_>>()))],
        &[("x", read(ReadAs::Number))],
    );
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_string(&table.open().audit).unwrap())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn a_reading_comes_back_from_its_file_form() {
    let folder = tempfile::tempdir().unwrap();
    let path: &Path = &folder.path().join("t.parquet");
    let plain: ArrayRef = Arc::new(Int32Array::from(vec![1, -1]));
    write(path, &[("x", texts(&["1,5", "2,5"])), ("day", Arc::new(Date32Array::from(vec![1, 2]))), ("plain", plain)]);
    let own = ColumnPlan {
        null_values: Some(vec![NullValue::Number(0.1), NullValue::Text("?".into())]),
        ..read(ReadAs::Number)
    };
    let columns = [("x".to_owned(), own), ("day".to_owned(), read(ReadAs::AgeDays))].into();
    let null_values = vec![NullValue::Number(-1.0)];
    let plan = SourcePlan { columns, null_values, ..SourcePlan::new(path) };
    let readings = open(&plan, &[], &Monitor::silent()).unwrap().readings;
    let json = serde_json::to_string(&readings).unwrap();
    assert_eq!(
        json,
        "{\"day\":{\"read\":\"age_days\",\"as_of\":\"1970-01-03\",\"null_values\":[-1.0]},\"plain\":{\"read\":\"stored\",\
         \"null_values\":[-1.0]},\"x\":{\"read\":\"number\",\"decimal\":\",\",\
         \"null_values\":[0.1,\"?\"]}}"
    );
    assert_eq!(serde_json::from_str::<std::collections::BTreeMap<_, _>>(&json).unwrap(), readings);
}
