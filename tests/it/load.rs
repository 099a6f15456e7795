//! `load`: which files and columns are read, as what, and that the way they were written does not matter.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal32Array, Decimal64Array, Decimal128Array,
    Decimal256Array, DictionaryArray, Float16Array, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Int64Array, LargeStringArray, ListArray, StringArray, StringViewArray, TimestampMicrosecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type, i256};
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::reader::{FileReader, SerializedFileReader};
use proptest::prelude::*;
use segmint::config::{Duplicates, SourcePlan};
use segmint::failure::{Category, Failure};
use segmint::load::{
    Covers, Extra, Fingerprint, Ids, LeftOutReason, Levels, LoadError, Loaded, RowStream, Source, find_row, open,
    read_matrix, read_row,
};
use segmint::monitor::Monitor;

use crate::parquet_table::{emptied, write, write_with};

fn plan(path: &Path) -> SourcePlan {
    SourcePlan::new(path)
}

fn load(plan: &SourcePlan) -> Loaded {
    open(plan, &[], &Monitor::silent()).unwrap_or_else(|error| panic!("{error}"))
}

fn failure(plan: &SourcePlan) -> LoadError {
    open(plan, &[], &Monitor::silent()).err().expect("the table is refused")
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn integers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Everything a table holds, comparable.
#[derive(Debug, Clone, PartialEq)]
struct Content {
    ids: Vec<String>,
    numbers: Vec<(String, Vec<u64>)>,
    levels: Vec<Vec<Option<String>>>,
}

fn content(loaded: &Loaded) -> Content {
    let table = &loaded.table;
    let ids = (0..table.ids.len()).map(|row| table.ids.text(row)).collect();
    let numbers = table.numeric.names().into_iter().map(|name| {
        let values = bits(&table.numeric.read(&name).unwrap());
        (name, values)
    });
    let levels = table.attributes.iter().chain(&table.tier);
    let levels = levels.map(|l| (0..l.n_rows()).map(|row| l.text(row).map(str::to_owned)).collect());
    Content { ids, numbers: numbers.collect(), levels: levels.collect() }
}

// --- the way a table was written ---

/// Settings a writer may choose; none of them may change what is read.
fn writers() -> Vec<WriterProperties> {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let mut all = Vec::new();
    for (i, codec) in codecs.into_iter().enumerate() {
        for dictionary in [true, false] {
            let version = if i % 2 == 0 { WriterVersion::PARQUET_1_0 } else { WriterVersion::PARQUET_2_0 };
            let builder = WriterProperties::builder()
                .set_compression(codec)
                .set_dictionary_enabled(dictionary)
                .set_writer_version(version)
                .set_max_row_group_row_count(Some(37 + 61 * i))
                .set_data_page_row_count_limit(11 + i)
                .set_write_batch_size(8);
            all.push(builder.build());
        }
    }
    for (numbers, text) in [
        (Encoding::PLAIN, Encoding::PLAIN),
        (Encoding::BYTE_STREAM_SPLIT, Encoding::DELTA_BYTE_ARRAY),
        (Encoding::BYTE_STREAM_SPLIT, Encoding::DELTA_LENGTH_BYTE_ARRAY),
    ] {
        let builder = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_column_encoding("number".into(), numbers)
            .set_column_encoding(
                "integer".into(),
                if text == Encoding::PLAIN { text } else { Encoding::DELTA_BINARY_PACKED },
            )
            .set_column_encoding("text".into(), text);
        all.push(builder.build());
    }
    all
}

type Cells = (Option<f64>, Option<i64>, Option<u8>);

fn columns(cells: &[Cells]) -> Vec<(&'static str, ArrayRef)> {
    let text = |n: u8| format!("level {}", n % 7);
    vec![
        ("number", Arc::new(cells.iter().map(|c| c.0).collect::<Float64Array>())),
        ("integer", Arc::new(cells.iter().map(|c| c.1).collect::<Int64Array>())),
        ("text", Arc::new(cells.iter().map(|c| c.2.map(text)).collect::<StringArray>())),
        ("flag", Arc::new(cells.iter().map(|c| c.2.map(|n| n > 100)).collect::<BooleanArray>())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn every_encoding_of_a_table_gives_the_same_columns(
        cells in prop::collection::vec((any::<Option<f64>>(), any::<Option<i64>>(), any::<Option<u8>>()), 1..200),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let columns = columns(&cells);
        let mut first = None;
        for (i, properties) in writers().into_iter().enumerate() {
            let path = folder.path().join(format!("{i}.parquet"));
            write_with(&path, &columns, properties);
            let found = open(&plan(&path), &[], &Monitor::silent()).map(|loaded| (content(&loaded), loaded.audit.numeric));
            let found = found.map_err(|error| error.to_string().replace(path.to_str().unwrap(), ""));
            prop_assert_eq!(first.get_or_insert_with(|| found.clone()), &found, "writer {}", i);
        }
        let has_number = |x: &Cells| x.0.is_some_and(f64::is_finite);
        if cells.iter().any(has_number) {
            let numbers = first.unwrap().unwrap().0.numbers;
            let written = cells.iter().map(|c| c.0.filter(|x| x.is_finite()).unwrap_or(f64::NAN));
            for (read, written) in numbers[0].1.iter().zip(written) {
                let read = f64::from_bits(*read);
                prop_assert!(read.to_bits() == written.to_bits() || read.is_nan() && written.is_nan());
            }
        }
    }

    #[test]
    fn files_of_any_size_join_in_order(sizes in prop::collection::vec(0_usize..40, 1..6)) {
        prop_assume!(sizes.iter().sum::<usize>() > 0);
        let folder = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        for (i, &size) in sizes.iter().enumerate() {
            let values: Vec<f64> = (0..size).map(|row| (i * 100 + row) as f64).collect();
            expected.extend_from_slice(&values);
            let small = WriterProperties::builder().set_max_row_group_row_count(Some(7)).build();
            write_with(&folder.path().join(format!("{i}.parquet")), &[("x", floats(&values))], small);
        }
        let loaded = load(&plan(folder.path()));
        prop_assert_eq!(&*loaded.table.numeric.read("x").unwrap(), &expected);
        prop_assert_eq!(loaded.audit.n_files, sizes.len());
        let matrix = read_matrix(&Source::open(folder.path()).unwrap(), &["x"]).unwrap();
        let read: Vec<f64> = (0..matrix.n_customers()).map(|row| matrix.row(row)[0]).collect();
        prop_assert_eq!(read, expected);
    }
}

#[test]
fn missing_values_keep_their_rows_in_columns_of_many_batches() {
    let folder = tempfile::tempdir().unwrap();
    let cell = |row: usize| (!row.is_multiple_of(3) || row < 5_000).then_some(row as f64);
    let values: Vec<Option<f64>> = (0..13_000).map(cell).collect();
    for (i, properties) in writers().into_iter().enumerate() {
        let path = folder.path().join(format!("{i}.parquet"));
        let whole = properties.into_builder().set_max_row_group_row_count(None).build();
        write_with(&path, &[("x", Arc::new(Float64Array::from(values.clone())))], whole);
        let loaded = load(&plan(&path));
        let read = loaded.table.numeric.read("x").unwrap();
        assert!(read.iter().zip(&values).all(|(&x, &cell)| cell.map_or(x.is_nan(), |cell| x == cell)), "writer {i}");
        assert_eq!((read.len(), loaded.audit.numeric[0].n_null), (13_000, 2_667));
    }
}

#[test]
fn a_matrix_of_the_numbers_as_they_are_needs_a_number_in_every_cell() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let small = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let column = |cells: &[Option<f64>]| -> ArrayRef { Arc::new(Float64Array::from(cells.to_vec())) };
    write_with(
        &path,
        &[
            ("good", floats(&[1.5, -2.0, 3.0, 4.0])),
            ("whole", integers(&[1, 2, 3, 4])),
            ("null", column(&[Some(1.0), Some(2.0), Some(3.0), None])),
            ("infinite", floats(&[0.0, f64::INFINITY, f64::NAN, 0.0])),
            ("large", floats(&[0.0, 0.0, 1e300, 0.0])),
            ("text", texts(&["a", "b", "c", "d"])),
        ],
        small,
    );
    let source = Source::open(&path).unwrap();
    let matrix = read_matrix(&source, &["whole", "good"]).unwrap();
    assert_eq!(
        (0..4).map(|row| matrix.row(row)).collect::<Vec<_>>(),
        [[1.0, 1.5], [2.0, -2.0], [3.0, 3.0], [4.0, 4.0]]
    );
    let message = |columns: &[&str]| read_matrix(&source, columns).unwrap_err().to_string();
    for (column, row, found) in [("null", 3, "null"), ("infinite", 1, "infinite"), ("large", 2, "1e300")] {
        let expected = format!(
            "column {column:?} has no number that single precision can hold in row {row} of {}: it is {found}",
            path.display()
        );
        assert_eq!(message(&["good", column]), expected);
    }
    assert!(message(&["text"]).starts_with("column \"text\" is not in the numeric columns of"));
    assert!(message(&["nothing"]).starts_with("column \"nothing\" is not in"));
}

#[test]
fn threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let n = 5_000;
    let cells: Vec<Cells> =
        (0..n).map(|i| (Some(f64::from(i).sin()), Some(i64::from(i % 97)), Some(i as u8))).collect();
    let small = WriterProperties::builder().set_max_row_group_row_count(Some(611)).build();
    let mut all = columns(&cells);
    all.push(("id", Arc::new((0..n).map(|i| Some(format!("c{}", (i * 7919) % 4_999))).collect::<StringArray>())));
    write_with(&folder.path().join("a.parquet"), &all, small.clone());
    write_with(&folder.path().join("b.parquet"), &emptied(&all), small);
    let plan = SourcePlan { id: Some("id".into()), duplicates: Duplicates::Last, ..plan(folder.path()) };
    let runs: Vec<_> = [1, 2, 3, 8]
        .into_iter()
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let loaded = load(&plan);
                (content(&loaded), loaded.audit, loaded.warnings, loaded.fingerprint)
            })
        })
        .collect();
    assert_eq!(runs[0].1.n_removed_rows, 1);
    assert!(runs.iter().all(|run| *run == runs[0]));
}

// --- types ---

#[test]
fn every_numeric_type_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let decimals = |values: Vec<Option<i128>>, precision, scale| -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(precision, scale).unwrap())
    };
    let halves: Float16Array = cast(&floats(&[1.5, -2.0, 0.0]), &DataType::Float16).unwrap().as_primitive().clone();
    let keys = Int32Array::from(vec![Some(1), None, Some(0)]);
    let wide = Decimal256Array::from(vec![Some(i256::from_i128(12_345)), None, Some(i256::from_i128(-5))]);
    let nan = f64::NAN;
    let cases: Vec<(&str, ArrayRef, [f64; 3])> = vec![
        ("int8", Arc::new(Int8Array::from(vec![Some(-128), None, Some(127)])), [-128.0, nan, 127.0]),
        ("int16", Arc::new(Int16Array::from(vec![-32_768, 0, 32_767])), [-32_768.0, 0.0, 32_767.0]),
        ("int32", Arc::new(Int32Array::from(vec![i32::MIN, 0, i32::MAX])), [-2_147_483_648.0, 0.0, 2_147_483_647.0]),
        ("int64", Arc::new(Int64Array::from(vec![1 << 53, -1, 3])), [9_007_199_254_740_992.0, -1.0, 3.0]),
        ("uint8", Arc::new(UInt8Array::from(vec![255, 0, 1])), [255.0, 0.0, 1.0]),
        ("uint16", Arc::new(UInt16Array::from(vec![65_535, 0, 1])), [65_535.0, 0.0, 1.0]),
        ("uint32", Arc::new(UInt32Array::from(vec![u32::MAX, 0, 1])), [4_294_967_295.0, 0.0, 1.0]),
        ("uint64", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1])), [18_446_744_073_709_551_615.0, 0.0, 1.0]),
        ("float16", Arc::new(halves), [1.5, -2.0, 0.0]),
        ("float32", Arc::new(Float32Array::from(vec![0.1, f32::NAN, f32::INFINITY])), [f64::from(0.1_f32), nan, nan]),
        ("float64", floats(&[0.1, f64::NEG_INFINITY, -0.0]), [0.1, nan, -0.0]),
        ("decimal128(9, 2)", decimals(vec![Some(1999), None, Some(-1)], 9, 2), [19.99, nan, -0.01]),
        ("decimal128(38, 0)", decimals(vec![Some(10_i128.pow(30)), Some(7), Some(0)], 38, 0), [1e30, 7.0, 0.0]),
        (
            "decimal32(5, 1)",
            Arc::new(Decimal32Array::from(vec![Some(15), None, Some(-1)]).with_precision_and_scale(5, 1).unwrap()),
            [1.5, nan, -0.1],
        ),
        (
            "decimal64(18, 4)",
            Arc::new(Decimal64Array::from(vec![Some(1), None, Some(70_000)]).with_precision_and_scale(18, 4).unwrap()),
            [0.0001, nan, 7.0],
        ),
        ("decimal256(76, 3)", Arc::new(wide.with_precision_and_scale(76, 3).unwrap()), [12.345, nan, -0.005]),
        (
            "float64 in a dictionary",
            Arc::new(DictionaryArray::new(keys, floats(&[2.5, f64::INFINITY]))),
            [nan, nan, 2.5],
        ),
    ];
    let columns: Vec<(&str, ArrayRef)> = cases.iter().map(|(name, array, _)| (*name, Arc::clone(array))).collect();
    write(&path, &columns);
    let loaded = load(&plan(&path));
    assert_eq!(loaded.table.features, columns.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert!(loaded.table.attributes.is_empty());
    for ((name, _, expected), audit) in cases.iter().zip(&loaded.audit.numeric) {
        let read = loaded.table.numeric.read(name).unwrap();
        let same = read.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
        assert!(same, "{name}: {read:?} instead of {expected:?}");
        assert_eq!(audit.type_name, name.trim_end_matches(" in a dictionary"));
        assert_eq!(audit.n_missing(), expected.iter().filter(|x| x.is_nan()).count(), "{name}");
    }
}

#[test]
fn every_describing_type_becomes_levels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let dictionary: DictionaryArray<Int32Type> = vec![Some("b"), None, Some("a")].into_iter().collect();
    let stamps = TimestampMicrosecondArray::from(vec![Some(0), None, Some(1_500_000)]);
    let words = [Some("b"), None, Some("a")];
    let cases: Vec<(&str, ArrayRef, [Option<&str>; 3])> = vec![
        ("utf8", Arc::new(StringArray::from(words.to_vec())), words),
        ("large", Arc::new(LargeStringArray::from(words.to_vec())), words),
        ("view", Arc::new(StringViewArray::from(words.to_vec())), words),
        ("dictionary", Arc::new(dictionary), words),
        ("empty", texts(&["", " ", "x"]), [None, None, Some("x")]),
        (
            "bool",
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
            [Some("true"), None, Some("false")],
        ),
        (
            "date",
            Arc::new(Date32Array::from(vec![Some(0), None, Some(19_782)])),
            [Some("1970-01-01"), None, Some("2024-02-29")],
        ),
        ("stamp", Arc::new(stamps.clone()), [Some("1970-01-01T00:00:00"), None, Some("1970-01-01T00:00:01.500")]),
        (
            "zoned",
            Arc::new(stamps.with_timezone("Asia/Shanghai")),
            [Some("1970-01-01T00:00:00Z"), None, Some("1970-01-01T00:00:01.500Z")],
        ),
        ("number", floats(&[10.0, f64::NAN, 2.0]), [Some("10"), None, Some("2")]),
    ];
    let mut columns: Vec<(&str, ArrayRef)> = cases.iter().map(|(name, array, _)| (*name, Arc::clone(array))).collect();
    columns.push(("x", floats(&[1.0, 2.0, 3.0])));
    write(&path, &columns);

    let by_default = load(&plan(&path));
    assert_eq!(by_default.table.features, ["number", "x"]);
    let attributes: Vec<&str> = by_default.table.attributes.iter().map(|levels| levels.name()).collect();
    assert_eq!(attributes, ["utf8", "large", "view", "dictionary", "empty", "bool", "date", "stamp", "zoned"]);

    let named = SourcePlan { attributes: cases.iter().map(|(name, ..)| (*name).to_owned()).collect(), ..plan(&path) };
    let loaded = load(&named);
    assert_eq!(loaded.table.features, ["x"]);
    for (levels, (name, _, expected)) in loaded.table.attributes.iter().zip(&cases) {
        let read: Vec<_> = (0..3).map(|row| levels.text(row)).collect();
        assert_eq!(read, expected, "{name}");
    }
    let number = loaded.table.attributes.last().unwrap();
    assert_eq!(number.levels(), ["2", "10"], "levels of numbers are in the order of the numbers");
}

#[test]
fn nested_and_binary_columns_are_left_out_by_default_and_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None]), None]);
    let bytes: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"a", &[0xff, 2]]));
    let nulls = arrow::array::new_null_array(&DataType::Null, 2);
    write(&path, &[("list", Arc::new(list)), ("bytes", bytes), ("nulls", nulls), ("x", floats(&[1.0, 2.0]))]);
    let loaded = load(&plan(&path));
    assert_eq!(loaded.table.features, ["x"]);
    let left: Vec<_> =
        loaded.audit.left_out.iter().map(|c| (c.name.as_str(), c.type_name.as_str(), c.reason)).collect();
    let (list, bytes, nulls) = (("list", "list"), ("bytes", "binary"), ("nulls", "null"));
    assert_eq!(left, [list, bytes, nulls].map(|(name, found)| (name, found, LeftOutReason::Type)));
    let messages: Vec<&str> = loaded.warnings.iter().map(|warning| warning.message.en.as_str()).collect();
    assert_eq!(messages[0], "column \"list\" was left out: its type list is neither a number nor text, bool or date");
    assert_eq!(messages.len(), 3);

    let named = SourcePlan { features: names(&["x", "list"]), ..plan(&path) };
    assert_eq!(
        failure(&named).to_string(),
        format!(
            "source.features names the column \"list\" of {}, which is list, but it must be a number or bool",
            path.display()
        )
    );
    let id = SourcePlan { id: Some("bytes".into()), ..plan(&path) };
    assert_eq!(load(&id).table.ids.text(1), "ff02", "bytes may be an id");
}

// --- roles ---

fn small_table(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("customers.parquet");
    write(
        &path,
        &[
            ("customer_id", integers(&[30, 10, 20])),
            ("recency", floats(&[1.0, 2.0, 3.0])),
            ("monetary", floats(&[5.0, f64::NAN, 7.0])),
            ("active", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
            ("region", texts(&["north", "south", "north"])),
            ("tier", integers(&[1, 2, 1])),
        ],
    );
    path
}

#[test]
fn roles_take_columns_out_of_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_table(folder.path());
    let base = SourcePlan { id: Some("customer_id".into()), tier: Some("tier".into()), ..plan(&path) };
    let described = |loaded: &Loaded| loaded.table.attributes.iter().map(|l| l.name().to_owned()).collect::<Vec<_>>();

    let loaded = load(&SourcePlan { value: Some("monetary".into()), ..base.clone() });
    assert_eq!(loaded.table.features, ["recency", "monetary"], "the value stays a feature");
    assert_eq!(described(&loaded), ["active", "region"]);
    assert_eq!(loaded.table.numeric.names(), ["recency", "monetary", "tier"]);
    assert_eq!(loaded.table.tier.as_ref().unwrap().levels(), ["1", "2"]);
    assert!(matches!(&loaded.table.ids, Ids::Column { name, values } if name == "customer_id"
        && *values.data_type() == DataType::Int64));

    let excluded = names(&["monetary", "region", "customer_id"]);
    let loaded = load(&SourcePlan { value: Some("monetary".into()), exclude: excluded, ..base.clone() });
    assert_eq!(loaded.table.features, ["recency"]);
    assert_eq!(described(&loaded), ["active"]);
    assert_eq!(loaded.table.value.as_deref(), Some("monetary"));
    let audited: Vec<_> = loaded.audit.numeric.iter().map(|a| (a.name.as_str(), a.is_feature)).collect();
    assert_eq!(audited, [("recency", true), ("monetary", false)]);
    assert_eq!(loaded.table.numeric.read("monetary").unwrap()[2], 7.0, "excluded is not unreadable");

    let loaded = load(&SourcePlan { features: names(&["active", "recency"]), ..base });
    assert_eq!(loaded.table.features, ["active", "recency"], "named features keep their order");
    let active = loaded.table.numeric.read("active").unwrap();
    assert_eq!(active[..2], [1.0, 0.0]);
    assert!(active[2].is_nan());
    assert_eq!(described(&loaded), ["region"]);
}

#[test]
fn columns_other_stages_need_are_checked_and_audited() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_table(folder.path());
    let plan = SourcePlan { features: names(&["recency"]), ..plan(&path) };
    let extra = |column| [Extra { key: "label.roles.monetary", column }];
    let loaded = open(&plan, &extra("monetary"), &Monitor::silent()).unwrap();
    assert_eq!(loaded.audit.numeric[1].name, "monetary");
    assert_eq!(loaded.audit.numeric[1].n_nan, 1);
    let message = |column| {
        let error = open(&plan, &extra(column), &Monitor::silent()).err().unwrap();
        (error.to_string(), error.hint())
    };
    let at = path.display();
    let (text, hint) = message("Monetery");
    assert_eq!(text, format!("label.roles.monetary names the column \"Monetery\", which is not in {at}"));
    assert_eq!(hint.unwrap(), "did you mean \"monetary\"?");
    let (text, _) = message("region");
    assert_eq!(
        text,
        format!("label.roles.monetary names the column \"region\" of {at}, which is text, but it must be a number")
    );
}

#[test]
fn roles_that_cannot_be_filled_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_table(folder.path());
    let at = path.display().to_string();
    let base = plan(&path);
    let list = |name: &str| vec![name.to_owned()];
    let one = |name: &str| Some(name.to_owned());
    let cases = [
        (
            SourcePlan { id: one("Customer_ID"), ..base.clone() },
            "source.id names the column \"Customer_ID\", which is not in @",
            "did you mean \"customer_id\"?",
        ),
        (
            SourcePlan { exclude: list("zzz"), ..base.clone() },
            "source.exclude names the column \"zzz\", which is not in @",
            "the columns are customer_id, recency, monetary, active, region, tier",
        ),
        (
            SourcePlan { features: list("region"), ..base.clone() },
            "source.features names the column \"region\" of @, which is text, but it must be a number or bool",
            "name it under source.attributes, or read it as numbers: [source.columns.NAME] read = \"number\", of dates \"age_days\"",
        ),
        (
            SourcePlan { value: one("active"), ..base.clone() },
            "source.value names the column \"active\" of @, which is bool, but it must be a number",
            "change its type where the file is written",
        ),
        (
            SourcePlan { tier: one("tier"), features: names(&["recency", "tier"]), ..base.clone() },
            "the column \"tier\" is named by source.tier and by source.features, which exclude each other",
            "take it out of one of the two",
        ),
        (
            SourcePlan { features: names(&["recency", "recency"]), ..base.clone() },
            "the column \"recency\" is named twice by source.features",
            "name it once",
        ),
        (
            SourcePlan { exclude: names(&["recency", "monetary", "tier", "customer_id"]), ..base.clone() },
            "@ has no numeric column with a value that could be a feature",
            "features are columns of numbers that are not id, tier, attribute or excluded",
        ),
    ];
    for (plan, message, hint) in cases {
        let error = failure(&plan);
        assert_eq!(error.to_string(), message.replace('@', &at));
        assert_eq!(error.hint().as_deref(), Some(hint), "{message}");
        let expected = if matches!(error, LoadError::TwoRoles { .. }) { Category::Config } else { Category::Input };
        assert_eq!(error.category(), expected, "{message}");
    }
}

#[test]
fn columns_without_values_are_left_out_by_default_and_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let holes = floats(&[f64::NAN, f64::INFINITY]);
    write(&path, &[("holes", holes), ("same", floats(&[4.0, 4.0])), ("x", floats(&[1.0, 2.0]))]);
    let loaded = load(&plan(&path));
    assert_eq!(loaded.table.features, ["same", "x"], "a constant column is for normalize to drop");
    assert_eq!(loaded.warnings[0].code, "empty_column");
    assert_eq!(loaded.warnings[0].message.en, "column \"holes\" was left out: none of 2 rows has a value");
    let holes = &loaded.audit.numeric[0];
    assert_eq!((holes.n_null, holes.n_nan, holes.n_infinite, holes.is_feature), (0, 1, 1, false));
    assert_eq!((holes.min, holes.max, holes.mean), (None, None, None));
    assert!(loaded.audit.numeric[1].is_constant);
    let error = failure(&SourcePlan { features: names(&["x", "holes"]), ..plan(&path) });
    assert_eq!(error.to_string(), format!("the feature \"holes\" of {} has no value in any of 2 rows", path.display()));
}

#[test]
fn words_for_missing_are_no_tier_no_level_and_no_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write(
        &path,
        &[
            ("x", floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
            ("tier", texts(&["A", "nan", "B", "未知", "", "A"])),
            ("churn", texts(&["yes", "no", "nan", "no", "yes", "N/A"])),
            ("city", texts(&["Lyon", "None", "Paris", "Lyon", "Nantes", "Paris"])),
            ("card", texts(&["gold", "none", "gold", "none", "gold", "none"])),
        ],
    );
    let named = |column: &str| Some(column.to_owned());
    let loaded = load(&SourcePlan { tier: named("tier"), outcome: named("churn"), ..plan(&path) });
    let tier = loaded.table.tier.as_ref().unwrap();
    assert_eq!(tier.levels(), ["A", "B"]);
    assert_eq!(
        (0..6).map(|row| tier.text(row)).collect::<Vec<_>>(),
        [Some("A"), None, Some("B"), None, None, Some("A")]
    );
    assert_eq!(loaded.table.outcome.as_ref().unwrap().levels(), ["no", "yes"]);
    let levels: Vec<&[String]> = loaded.table.attributes.iter().map(Levels::levels).collect();
    assert_eq!(
        levels,
        [&names(&["Lyon", "Nantes", "Paris"])[..], &names(&["gold", "none"])[..]],
        "none of two says something"
    );
    let audit = loaded.audit.levels.iter().find(|audit| audit.is_tier).unwrap();
    assert_eq!((audit.n_missing, audit.n_marked, audit.n_levels), (3, 3, 2));
    let warnings: Vec<_> = loaded.warnings.iter().filter(|warning| warning.code == "words_for_missing").collect();
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert_eq!(
        warning.message.en,
        "words for a missing value count as missing in columns \"city\" (\"None\" in 1 of 6 rows), \"tier\" (\"\", \"nan\", \"未知\" \
         in 3 of 6 rows), \"churn\" (\"N/A\", \"nan\" in 2 of 6 rows); where one is a class, call it otherwise"
    );
    assert!(warning.message.zh.contains("“city”（6 行中 1 行为 \"None\"）"), "{}", warning.message.zh);
}

#[test]
fn tiers_that_are_written_alike_are_held_apart_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let tiers = texts(&["A", "b", "a ", "Ａ", "B", "C", "C"]);
    write(&path, &[("x", floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])), ("tier", tiers)]);
    let loaded = load(&SourcePlan { tier: Some("tier".into()), ..plan(&path) });
    assert_eq!(loaded.table.tier.unwrap().levels(), ["A", "B", "C", "a ", "b", "Ａ"]);
    let [warning] = &loaded.warnings[..] else { panic!("{:?}", loaded.warnings) };
    assert_eq!(warning.code, "tiers_alike");
    assert_eq!(
        warning.message.en,
        "column \"tier\" has classes that differ only by case, blanks or width, and each counts by itself: \"A\" / \"a \" / \"Ａ\", \
         \"B\" / \"b\"; write those alike that are one"
    );
    assert!(warning.message.zh.contains("：\"A\" / \"a \" / \"Ａ\"、\"B\" / \"b\"；"), "{}", warning.message.zh);
}

#[test]
fn a_column_without_a_name_gets_one_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write(&path, &[("", floats(&[1.0, 2.0])), ("x", floats(&[1.0, 2.0]))]);
    let loaded = load(&plan(&path));
    assert_eq!(loaded.table.features, ["unnamed", "x"]);
    assert_eq!(*loaded.table.numeric.read("unnamed").unwrap(), [1.0, 2.0]);
    assert_eq!(loaded.warnings.iter().map(|warning| warning.code.as_str()).collect::<Vec<_>>(), ["nameless_column"]);
}

#[test]
fn columns_without_names_are_numbered_beside_the_names_that_stand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write(&path, &[("", floats(&[1.0, 2.0])), ("x", floats(&[3.0, 4.0])), (" ", floats(&[5.0, 6.0]))]);
    let loaded = load(&plan(&path));
    assert_eq!(loaded.table.features, ["unnamed", "x", "unnamed 2"]);
    assert_eq!(*loaded.table.numeric.read("unnamed 2").unwrap(), [5.0, 6.0]);
    let [warning] = &loaded.warnings[..] else { panic!("{:?}", loaded.warnings) };
    assert_eq!(
        warning.message.en,
        "the table has 2 columns without a name, which are called \"unnamed\", \"unnamed 2\" here in their order; names would be \
         in all that is said"
    );
    assert_eq!(warning.message.zh, "表中有 2 列没有列名，此处按顺序称为“unnamed”、“unnamed 2”；请为其命名");
    let taken = [("unnamed", floats(&[1.0, 2.0])), ("", floats(&[3.0, 4.0])), ("unnamed 3", floats(&[5.0, 6.0]))];
    let columns = [&taken[..], &[("  ", floats(&[7.0, 8.0]))]].concat();
    write(&path, &columns);
    assert_eq!(load(&plan(&path)).table.features, ["unnamed", "unnamed 2", "unnamed 3", "unnamed 4"]);
    write(&path, &[("x", floats(&[1.0, 2.0])), ("\u{feff}x", floats(&[3.0, 4.0]))]);
    assert!(matches!(failure(&plan(&path)), LoadError::SameName { column, .. } if column == "x"));
}

#[test]
fn a_column_without_a_name_is_called_the_same_in_every_file() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("1.parquet"), &[("", floats(&[1.0])), ("x", floats(&[2.0]))]);
    let named = [("unnamed", floats(&[3.0])), ("x", floats(&[4.0])), ("\u{feff}", floats(&[5.0]))];
    write(&folder.path().join("2.parquet"), &named);
    let loaded = load(&SourcePlan { exclude: names(&["unnamed"]), ..plan(folder.path()) });
    assert_eq!(loaded.table.features, ["unnamed 2", "x"]);
    assert_eq!(*loaded.table.numeric.read("unnamed 2").unwrap(), [1.0, 5.0]);
}

// --- many files ---

#[test]
fn partitions_become_attributes_and_files_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [("region=S%C3%BCd/b.parquet", 2.0), ("region=A/a.parquet", 1.0)] {
        write(&folder.path().join(name), &[("x", floats(&[value, value]))]);
    }
    write(&folder.path().join("region=__HIVE_DEFAULT_PARTITION__/c.parquet"), &[("x", floats(&[3.0]))]);
    let loaded = load(&plan(folder.path()));
    assert_eq!(*loaded.table.numeric.read("x").unwrap(), [1.0, 1.0, 2.0, 2.0, 3.0]);
    let region = &loaded.table.attributes[0];
    assert_eq!(region.name(), "region");
    let read: Vec<_> = (0..5).map(|row| region.text(row)).collect();
    assert_eq!(read, [Some("A"), Some("A"), Some("Süd"), Some("Süd"), None]);

    let tier = load(&SourcePlan { tier: Some("region".into()), ..plan(folder.path()) });
    assert_eq!(tier.table.tier.unwrap().text(0), Some("A"));
    assert!(tier.table.attributes.is_empty());

    let error = failure(&SourcePlan { features: names(&["region"]), ..plan(folder.path()) });
    assert!(error.to_string().contains("which is a partition (text), but it must be a number or bool"), "{error}");
    let glob = load(&plan(&folder.path().join("region=[!_]*/*.parquet")));
    assert_eq!(glob.audit.n_files, 2);
    assert_eq!(glob.table.attributes[0].levels(), ["A", "Süd"]);
}

#[test]
fn several_paths_are_one_table_in_the_order_they_are_named_in() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["z/x.parquet", "a/x.parquet"].map(|name| folder.path().join(name));
    write(&first, &[("x", floats(&[1.0, 2.0]))]);
    write(&second, &[("x", floats(&[3.0]))]);
    let source = Source::open_all(&[first.clone(), folder.path().join("a")]).unwrap();
    let matrix = read_matrix(&source, &["x"]).unwrap();
    assert_eq!((0..3).map(|row| matrix.row(row)[0]).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
    assert_eq!(source.n_files(), 2);
    assert!(source.name().contains("x.parquet, "), "{}", source.name());

    let partitioned = folder.path().join("p/region=A/x.parquet");
    write(&partitioned, &[("x", floats(&[4.0]))]);
    let error = Source::open_all(&[first, folder.path().join("p")]).unwrap_err();
    assert!(matches!(error, LoadError::PartitionsDiffer { .. }), "{error}");
    let missing = Source::open_all(&[second, folder.path().join("nowhere.parquet")]).unwrap_err();
    assert!(matches!(missing, LoadError::NotFound { .. }), "{missing}");
}

#[test]
fn a_column_in_the_files_is_preferred_to_its_partition() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("year=2023/a.parquet"), &[("x", floats(&[1.0])), ("year", integers(&[2024]))]);
    let loaded = load(&plan(folder.path()));
    assert_eq!(*loaded.table.numeric.read("year").unwrap(), [2024.0]);
    assert!(loaded.table.attributes.is_empty());
}

#[test]
fn types_of_several_files_are_widened_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.parquet"), folder.path().join("b.parquet"));
    let small: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let nulls = arrow::array::new_null_array(&DataType::Null, 1);
    let large: ArrayRef = Arc::new(LargeStringArray::from(vec!["v"]));
    write(&a, &[("id", small), ("x", integers(&[1])), ("t", texts(&["u"])), ("n", nulls)]);
    write(&b, &[("n", floats(&[4.0])), ("t", large), ("x", floats(&[2.5])), ("id", integers(&[1 << 40]))]);
    let loaded = load(&SourcePlan { id: Some("id".into()), ..plan(folder.path()) });
    assert_eq!(*loaded.table.numeric.read("x").unwrap(), [1.0, 2.5]);
    assert_eq!(loaded.audit.numeric[1].n_null, 1);
    assert_eq!(loaded.table.attributes[0].levels(), ["u", "v"]);
    let Ids::Column { values, .. } = &loaded.table.ids else { panic!("ids are a column") };
    assert_eq!(values.as_primitive::<Int64Type>().values(), &[1, 1 << 40]);

    write(&b, &[("id", integers(&[2])), ("x", texts(&["2.5"])), ("t", texts(&["v"])), ("n", floats(&[4.0]))]);
    assert_eq!(
        failure(&plan(folder.path())).to_string(),
        format!("column \"x\" is int64 in {} but text in {}", a.display(), b.display())
    );
    write(&b, &[("id", integers(&[2])), ("n", floats(&[2.5])), ("t", texts(&["v"]))]);
    let missing = format!("column \"x\" is in {} but not in {}", a.display(), b.display());
    assert_eq!(failure(&plan(folder.path())).to_string(), missing);
}

// --- ids ---

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn duplicates_keep_the_first_or_last_row_of_each_id(
        ids in prop::collection::vec(0_i64..25, 1..60), as_text in any::<bool>(), cut in 0_usize..60,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let cut = cut.min(ids.len());
        let rows: Vec<f64> = (0..ids.len()).map(|row| row as f64).collect();
        for (name, range) in [("a", 0..cut), ("b", cut..ids.len())] {
            let part = &ids[range.clone()];
            let words: Vec<String> = part.iter().map(|id| format!("customer {id}")).collect();
            let id = if as_text { Arc::new(StringArray::from(words.clone())) as ArrayRef } else { integers(part) };
            let note: ArrayRef = Arc::new(StringArray::from(words));
            let columns = [("id", id), ("row", floats(&rows[range])), ("note", note)];
            write(&folder.path().join(format!("{name}.parquet")), &columns);
        }
        let base = SourcePlan { id: Some("id".into()), ..plan(folder.path()) };
        let is_kept = |policy, row: usize| match policy {
            Duplicates::First => !ids[..row].contains(&ids[row]),
            _ => !ids[row + 1..].contains(&ids[row]),
        };
        for policy in [Duplicates::First, Duplicates::Last] {
            let kept: Vec<usize> = (0..ids.len()).filter(|&row| is_kept(policy, row)).collect();
            let loaded = load(&SourcePlan { duplicates: policy, ..base.clone() });
            prop_assert_eq!(loaded.table.numeric.read("row").unwrap().to_vec(), kept.iter().map(|&r| r as f64).collect::<Vec<_>>());
            prop_assert_eq!(loaded.table.numeric.n_rows(), kept.len());
            prop_assert_eq!(loaded.table.ids.len(), kept.len());
            for (i, &row) in kept.iter().enumerate() {
                let words = format!("customer {}", ids[row]);
                prop_assert_eq!(loaded.table.attributes[0].text(i), Some(words.as_str()));
                let id = if as_text { words } else { ids[row].to_string() };
                prop_assert_eq!(loaded.table.ids.text(i), id.as_str());
                let source = Arc::new(Source::open(&base.path).unwrap());
                prop_assert_eq!(find_row(&source, Some("id"), &id, policy).unwrap(), Some(row));
            }
            prop_assert_eq!(loaded.audit.n_rows, kept.len());
            prop_assert_eq!(loaded.audit.n_removed_rows, ids.len() - kept.len());
            prop_assert_eq!(loaded.warnings.is_empty(), ids.len() == kept.len());
        }
        let again = (0..ids.len()).find(|&row| ids[..row].contains(&ids[row]));
        match (open(&base, &[], &Monitor::silent()), again) {
            (Ok(loaded), None) => prop_assert_eq!(loaded.table.ids.len(), ids.len()),
            (Err(LoadError::DuplicateId { first, second, n, .. }), Some(again)) => {
                let earlier = ids.iter().position(|id| *id == ids[again]).unwrap();
                let row = |place: &segmint::load::Place| place.row + if place.file.ends_with("b.parquet") { cut } else { 0 };
                prop_assert_eq!((row(&first), row(&second)), (earlier, again));
                prop_assert_eq!(n, (0..ids.len()).filter(|&row| !is_kept(Duplicates::First, row)).count());
            }
            (other, _) => prop_assert!(false, "{:?}", other.err().map(|e| e.to_string())),
        }
    }
}

#[test]
fn an_id_that_occurs_twice_is_named_with_both_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.parquet"), folder.path().join("b.parquet"));
    write(&a, &[("id", texts(&["x", "y"])), ("v", floats(&[1.0, 2.0]))]);
    write(&b, &[("id", texts(&["z", "y", "x"])), ("v", floats(&[1.0, 2.0, 3.0]))]);
    let error = failure(&SourcePlan { id: Some("id".into()), ..plan(folder.path()) });
    assert_eq!(
        error.to_string(),
        format!(
            "the id \"y\" of column \"id\" occurs twice, in row 1 of {} and in row 1 of {} (2 rows repeat an earlier id)",
            a.display(),
            b.display()
        )
    );
    assert_eq!(error.hint().unwrap(), "set source.duplicates to \"first\" or \"last\" to keep one row of each id");
    let kept = load(&SourcePlan { id: Some("id".into()), duplicates: Duplicates::Last, ..plan(folder.path()) });
    assert_eq!(
        kept.warnings[0].message.en,
        "2 of 5 rows were removed: 2 ids occur more than once, the last row of each stays"
    );
}

#[test]
fn ids_that_are_floats_too_large_to_be_told_apart_are_not_to_be_thrown_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let hint = |ids: ArrayRef| {
        write(&path, &[("id", ids), ("v", floats(&[1.0, 2.0, 3.0]))]);
        failure(&SourcePlan { id: Some("id".into()), ..plan(&path) }).hint().unwrap()
    };
    let usual = hint(floats(&[1.0, 7.0, 7.0]));
    let rounded = hint(floats(&[1.0, 9_007_199_254_740_992.0, 9_007_199_254_740_992.0]));
    assert!(rounded.contains("write the column as whole numbers or as text"), "{rounded}");
    assert_eq!(hint(Arc::new(Float32Array::from(vec![1.0, 16_777_216.0, 16_777_216.0]))), rounded);
    assert_eq!(hint(integers(&[1, 9_007_199_254_740_993, 9_007_199_254_740_993])), usual);
}

#[test]
fn a_customer_without_an_id_is_refused_with_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let ids: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some(""), None]));
    let numbers = floats(&[1.0, 2.0, f64::NAN, 4.0]);
    write(&path, &[("id", ids), ("n", numbers), ("v", floats(&[1.0, 2.0, 3.0, 4.0]))]);
    let message = |id: &str| failure(&SourcePlan { id: Some(id.to_owned()), ..plan(&path) }).to_string();
    let at = path.display();
    assert_eq!(message("id"), format!("the id column \"id\" has no value in row 1 of {at} (2 rows without an id)"));
    assert_eq!(message("n"), format!("the id column \"n\" has no value in row 2 of {at} (1 row without an id)"));
}

#[test]
fn ids_keep_their_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let words: DictionaryArray<Int32Type> = vec!["b", "a"].into_iter().collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("utf8", texts(&["b", "a"])),
        ("large", Arc::new(LargeStringArray::from(vec!["b", "a"]))),
        ("view", Arc::new(StringViewArray::from(vec!["b", "a"]))),
        ("dictionary", Arc::new(words)),
        ("uint64", Arc::new(UInt64Array::from(vec![u64::MAX, 1]))),
        ("date", Arc::new(Date32Array::from(vec![1, 0]))),
        ("decimal", Arc::new(Decimal128Array::from(vec![2, 1]).with_precision_and_scale(38, 0).unwrap())),
        ("v", floats(&[1.0, 2.0])),
    ];
    write(&path, &columns);
    for (name, array) in &columns {
        let features = if *name == "v" { "uint64" } else { "v" };
        let loaded = load(&SourcePlan { id: Some((*name).into()), features: names(&[features]), ..plan(&path) });
        let Ids::Column { values, .. } = &loaded.table.ids else { panic!("ids are a column") };
        let expected = if *name == "dictionary" { &DataType::Utf8 } else { array.data_type() };
        assert_eq!(values.data_type(), expected, "{name}");
        assert_eq!(cast(values, &DataType::Utf8).unwrap().as_ref(), cast(array, &DataType::Utf8).unwrap().as_ref());
    }
}

// --- wide columns, audit, interruption ---

/// Overwrites the pages of a column in a row group.
fn rub_out(path: &Path, row_group: usize, column: usize) {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let (start, length) = reader.metadata().row_group(row_group).column(column).byte_range();
    let mut bytes = std::fs::read(path).unwrap();
    bytes[start as usize..(start + length) as usize].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_column_of_too_many_levels_is_given_up_as_soon_as_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let n = 6_000;
    let words: Vec<String> = (0..n).map(|i| format!("comment number {i}")).collect();
    let few: Vec<String> = (0..n).map(|i| format!("{}", i % 1000)).collect();
    let values: Vec<f64> = (0..n).map(|i| f64::from(i % 5)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("few", Arc::new(StringArray::from(few))),
        ("x", floats(&values)),
        ("words", Arc::new(StringArray::from(words))),
    ];
    let small = WriterProperties::builder().set_max_row_group_row_count(Some(2_000)).build();
    write_with(&path, &columns, small);
    // What is never read cannot fail: the last row group of the wide column becomes rubbish.
    rub_out(&path, 2, 2);
    let as_id = failure(&SourcePlan { id: Some("words".into()), ..plan(&path) });
    assert!(as_id.to_string().starts_with("column \"words\" of "), "{as_id}");

    let loaded = load(&plan(&path));
    assert_eq!(loaded.table.attributes.len(), 1);
    assert_eq!(loaded.table.attributes[0].levels().len(), 1000, "1,000 levels are allowed");
    assert_eq!(loaded.warnings[0].code, "too_many_levels");
    assert_eq!(loaded.warnings[0].message.en, "column \"words\" was left out: it has more than 1000 different values");
    assert_eq!(loaded.audit.left_out[0].reason, LeftOutReason::TooManyLevels);
    let tier = failure(&SourcePlan { tier: Some("words".into()), ..plan(&path) });
    assert_eq!(tier.to_string(), "the tier column \"words\" has more than 1000 different values");
}

/// A column of `n` rows that all have the text `text`, which stands once in a dictionary.
fn shared_text(text: &str, n: usize) -> ArrayRef {
    let keys = Int32Array::from(vec![0; n]);
    Arc::new(DictionaryArray::try_new(keys, texts(&[text])).unwrap())
}

#[test]
fn a_text_that_is_too_long_to_be_a_level_leaves_its_column_out_and_names_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let (n, long) = (3_000, "x".repeat(1_000_000));
    let values: Vec<f64> = (0..n).map(|i| (i % 7) as f64).collect();
    let columns = [("x", floats(&values)), ("a", shared_text(&"y".repeat(1_024), n)), ("b", shared_text(&long, n))];
    write(&path, &columns);
    let loaded = load(&plan(&path));
    assert_eq!(loaded.table.attributes.iter().map(Levels::name).collect::<Vec<_>>(), ["a"]);
    assert_eq!(loaded.audit.left_out[0].reason, LeftOutReason::TextTooLong);
    assert_eq!(
        loaded.warnings[0].message.en,
        "column \"b\" was left out: it has a text of 1000000 bytes, and a level may have 1024"
    );
    let tier = failure(&SourcePlan { tier: Some("b".into()), ..plan(&path) });
    assert!(tier.to_string().ends_with("has a text of 1000000 bytes or more; at most 1024 are allowed"), "{tier}");
    let id = failure(&SourcePlan { id: Some("b".into()), ..plan(&path) });
    assert!(id.to_string().ends_with("has a text of 1000000 bytes or more; at most 65536 are allowed"), "{id}");
}

#[test]
fn a_column_of_texts_that_are_too_long_is_not_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let long = "x".repeat(300_000);
    let written_out = WriterProperties::builder().set_dictionary_enabled(false).build();
    write_with(&path, &[("x", floats(&[1.0, 2.0, 3.0])), ("s", texts(&[&long, &long, &long]))], written_out);
    rub_out(&path, 0, 1);
    let loaded = load(&plan(&path));
    assert_eq!(loaded.audit.left_out[0].reason, LeftOutReason::TextTooLong);
    let id = failure(&SourcePlan { id: Some("s".into()), ..plan(&path) });
    assert!(id.to_string().ends_with("at most 262144 are allowed"), "{id}");
}

#[test]
fn ids_keep_their_type_and_repeats_are_found_however_they_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let ids = ["a-long-identifier-1", "b", "a-long-identifier-1", "a-long-identifier-2"];
    for dictionary in [true, false] {
        let properties = WriterProperties::builder().set_dictionary_enabled(dictionary).build();
        let columns = [("id", texts(&ids)), ("x", floats(&[1.0, 2.0, 3.0, 4.0]))];
        write_with(&path, &columns, properties);
        let first = load(&SourcePlan { id: Some("id".into()), duplicates: Duplicates::First, ..plan(&path) });
        let Ids::Column { values, .. } = &first.table.ids else { panic!("there is an id column") };
        assert_eq!(values.data_type(), &DataType::Utf8);
        assert_eq!(content(&first).ids, ["a-long-identifier-1", "b", "a-long-identifier-2"]);
    }
}

#[test]
fn chunks_of_long_texts_have_few_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let n = 200;
    let values: Vec<f64> = (0..n).map(|i| i as f64).collect();
    write(&path, &[("s", shared_text(&"x".repeat(1_000_000), n)), ("x", floats(&values))]);
    let source = Arc::new(Source::open(&path).unwrap());
    let chunks: Vec<_> = RowStream::new(&source, &["s"], &["x"]).unwrap().map(|chunk| chunk.unwrap()).collect();
    assert!(chunks.iter().all(|chunk| chunk.n_rows <= 33), "each row has a megabyte");
    assert_eq!(chunks.iter().flat_map(|chunk| chunk.numbers[0].clone()).collect::<Vec<f64>>(), values);
    assert_eq!(chunks.last().map(|chunk| chunk.first_row + chunk.n_rows), Some(n));
}

#[test]
fn the_audit_counts_the_rows_that_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let x = Float64Array::from(vec![None, Some(f64::NAN), Some(f64::INFINITY), Some(1.0), None, Some(4.0)]);
    write(&path, &[("id", integers(&[1, 2, 3, 4, 1, 5])), ("x", Arc::new(x))]);
    let first = load(&SourcePlan { id: Some("id".into()), duplicates: Duplicates::First, ..plan(&path) });
    let x = &first.audit.numeric[0];
    assert_eq!((x.n_null, x.n_nan, x.n_infinite), (1, 1, 1));
    assert_eq!((x.min, x.max, x.mean), (Some(1.0), Some(4.0), Some(2.5)));
    assert_eq!((first.audit.n_rows, first.audit.n_removed_rows, first.audit.n_repeated_ids), (5, 1, 1));
    let json = serde_json::to_value(&first.audit).unwrap();
    assert_eq!(json["numeric"][0]["type"], "float64");
    let back: segmint::load::Audit = serde_json::from_value(json).unwrap();
    assert_eq!(back, first.audit);
}

#[test]
fn a_passed_time_limit_stops_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&small_table(folder.path()));
    let late = Monitor::silent().with_time_limit(std::time::Duration::ZERO);
    let error = open(&plan, &[], &late).err().unwrap();
    assert_eq!(error.category(), Category::Refused);
}

// --- fingerprint ---

#[test]
fn a_fingerprint_knows_the_content_and_not_the_place() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&here, &there] {
        write(&folder.path().join("p=1/a.parquet"), &[("x", floats(&[1.0, 2.0]))]);
        write(&folder.path().join("p=2/b.parquet"), &[("x", floats(&[3.0]))]);
    }
    let of = |folder: &tempfile::TempDir| Fingerprint::of(&Source::open(folder.path()).unwrap()).unwrap();
    let before = of(&here);
    assert_eq!(before, of(&there));
    assert_eq!(before.covers, Covers::Content);
    assert_eq!(before.files[1].name, "p=2/b.parquet");
    assert_eq!(before.files[0].rows, 2);

    let difference = |folder: &tempfile::TempDir| {
        let error = before.verify(&Source::open(folder.path()).unwrap()).unwrap_err();
        error.to_string().split(": ").last().unwrap().to_owned()
    };
    write(&there.path().join("p=1/a.parquet"), &[("x", floats(&[1.0, 2.5]))]);
    assert_eq!(difference(&there), "the file p=1/a.parquet has other content");
    write(&here.path().join("p=3/c.parquet"), &[("x", floats(&[3.0]))]);
    assert_eq!(difference(&here), "the file p=3/c.parquet is new");
    std::fs::remove_file(here.path().join("p=2/b.parquet")).unwrap();
    assert_eq!(difference(&here), "the file p=2/b.parquet is gone");
}

// --- streams ---

#[test]
fn a_stream_gives_the_rows_of_the_table_in_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let n = 70_000_usize;
    let values: Vec<f64> = (0..n).map(|i| if i % 11 == 0 { f64::NAN } else { i as f64 / 7.0 }).collect();
    let ids: Vec<i64> = (0..n as i64).rev().collect();
    let small: ArrayRef = Arc::new(Int32Array::from(vec![-1, -2]));
    let groups = WriterProperties::builder().set_max_row_group_row_count(Some(30_000)).build();
    write_with(&folder.path().join("p=1/a.parquet"), &[("x", floats(&values)), ("id", integers(&ids))], groups);
    write(&folder.path().join("p=2/b.parquet"), &[("id", small), ("x", integers(&[5, 6]))]);
    let source = Arc::new(Source::open(folder.path()).unwrap());
    let loaded = load(&SourcePlan { id: Some("id".into()), ..plan(folder.path()) });

    let stream = RowStream::new(&source, &["p", "id"], &["x", "id"]).unwrap();
    let chunks: Vec<_> = stream.map(|chunk| chunk.unwrap()).collect();
    let sizes: Vec<_> = chunks.iter().map(|chunk| (chunk.first_row, chunk.n_rows)).collect();
    assert_eq!(sizes, [(0, 65_536), (65_536, 4_464), (70_000, 2)]);
    let read = |of: &dyn Fn(&segmint::load::Chunk) -> Vec<f64>| chunks.iter().flat_map(of).collect::<Vec<f64>>();
    assert_eq!(bits(&read(&|chunk| chunk.numbers[0].clone())), bits(&loaded.table.numeric.read("x").unwrap()));
    let streamed =
        read(&|chunk| chunk.arrays[1].as_primitive::<Int64Type>().values().iter().map(|&x| x as f64).collect());
    assert_eq!(streamed, read(&|chunk| chunk.numbers[1].clone()));
    assert_eq!(chunks[2].arrays[0].as_string::<i32>().value(1), "2");
    assert!(chunks.iter().all(|chunk| *chunk.arrays[1].data_type() == DataType::Int64));

    let row = |id: &str| find_row(&source, Some("id"), id, Duplicates::Error).unwrap();
    assert_eq!(row("0"), Some(69_999));
    assert_eq!(row("-2"), Some(70_001));
    assert_eq!(row("70000"), None);
    assert_eq!(find_row(&source, None, "70001", Duplicates::Error).unwrap(), Some(70_001));
    assert_eq!(find_row(&source, None, "70002", Duplicates::Error).unwrap(), None);
    assert_eq!(read_row(&source, 30_001, &["x", "id"]).unwrap(), [values[30_001], 39_998.0]);
    assert_eq!(read_row(&source, 70_001, &["x"]).unwrap(), [6.0]);
    assert!(RowStream::new(&source, &["q"], &[]).err().unwrap().to_string().starts_with("column \"q\" is not in "));
    assert!(RowStream::new(&source, &[], &["p"]).is_err());
}
