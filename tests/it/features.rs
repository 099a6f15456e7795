use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Float64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use segmint::failure::{Category, Failure};
use segmint::features::{AsOf, FeaturesError, FeaturesOptions, FeaturesSummary, build};
use segmint::monitor::Monitor;
use serde_json::Value;

const GOLDEN: &str = include_str!("../golden/features.json");

fn write(path: &Path, table: &RecordBatch, rows_per_group: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows_per_group)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), table.schema(), Some(properties)).unwrap();
    writer.write(table).unwrap();
    writer.close().unwrap();
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

type Built = Result<(RecordBatch, FeaturesSummary), FeaturesError>;

fn built(table: &RecordBatch, options: &FeaturesOptions) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.parquet"), folder.path().join("out.parquet"));
    write(&input, table, 1000);
    let summary = build(&input, &output, options, &Monitor::silent())?;
    Ok((read(&output), summary))
}

fn options() -> FeaturesOptions {
    FeaturesOptions::default()
}

fn named(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

/// Lines of (customer, day of 1970, order, value).
fn lines(lines: &[(&str, i32, &str, f64)]) -> RecordBatch {
    let customer: StringArray = lines.iter().map(|line| Some(line.0).filter(|id| !id.is_empty())).collect();
    let date: Date32Array = lines.iter().map(|line| Some(line.1)).collect();
    let order: StringArray = lines.iter().map(|line| Some(line.2)).collect();
    let amount: Float64Array = lines.iter().map(|line| Some(line.3)).collect();
    batch(vec![
        ("customer_id", Arc::new(customer)),
        ("order_date", Arc::new(date)),
        ("order_id", Arc::new(order)),
        ("amount", Arc::new(amount)),
    ])
}

fn column(table: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    let floats = cast(table.column_by_name(name).unwrap(), &DataType::Float64).unwrap();
    floats.as_primitive::<Float64Type>().iter().collect()
}

fn golden() -> Value {
    serde_json::from_str(GOLDEN).unwrap()
}

/// The golden transactions; times are text, as in the file.
fn golden_transactions() -> RecordBatch {
    let golden = golden();
    let column = |name: &str| golden["transactions"][name].as_array().unwrap().clone();
    let texts = |name: &str| -> ArrayRef {
        Arc::new(column(name).iter().map(|value| value.as_str().map(str::to_owned)).collect::<StringArray>())
    };
    let numbers =
        |name: &str| -> ArrayRef { Arc::new(column(name).iter().map(Value::as_f64).collect::<Float64Array>()) };
    batch(vec![
        ("CustomerID", cast(&numbers("CustomerID"), &DataType::Int64).unwrap()),
        ("InvoiceDate", texts("InvoiceDate")),
        ("InvoiceNo", texts("InvoiceNo")),
        ("StockCode", texts("StockCode")),
        ("Quantity", cast(&numbers("Quantity"), &DataType::Int64).unwrap()),
        ("UnitPrice", numbers("UnitPrice")),
    ])
}

fn golden_options() -> FeaturesOptions {
    FeaturesOptions { as_of: Some(golden()["as_of"].as_str().unwrap().parse().unwrap()), ..options() }
}

#[test]
fn features_are_those_of_pandas() {
    let (table, summary) = built(&golden_transactions(), &golden_options()).unwrap();
    let expected = golden()["features"].as_object().unwrap().clone();
    let names: Vec<String> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, expected.keys().cloned().collect::<Vec<_>>());
    assert_eq!(summary.features, names);
    for (name, values) in &expected {
        let values: Vec<Option<f64>> = values.as_array().unwrap().iter().map(Value::as_f64).collect();
        for (row, (found, value)) in column(&table, name).into_iter().zip(&values).enumerate() {
            let near = match (found, value) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
                (a, b) => a == *b,
            };
            assert!(near, "{name} of row {row}: {found:?} instead of {value:?}");
        }
        assert_eq!(table.num_rows(), values.len());
    }
    assert!(expected["days_between_orders"].as_array().unwrap().contains(&Value::Null));
}

#[test]
fn every_row_is_counted_once() {
    let (table, summary) = built(&golden_transactions(), &golden_options()).unwrap();
    let lines = summary.purchases + summary.returns;
    let gaps = summary.without_customer + summary.without_time + summary.without_amount;
    assert_eq!(lines + gaps + summary.after_as_of + summary.before_window, summary.rows);
    assert!(summary.returns > 5 && summary.without_customer > 0 && summary.after_as_of > 0);
    assert_eq!((summary.without_time, summary.without_amount, summary.before_window), (1, 1, 0));
    assert_eq!(summary.customers, table.num_rows() as u64);
    assert_eq!(summary.customers_without_purchase, 1);
    assert_eq!(summary.as_of, "2024-12-20T18:00:00");
    let codes: Vec<&str> = summary.warnings.iter().map(|warning| warning.code.as_str()).collect();
    let expected = [
        "rows_without_customer",
        "rows_without_time",
        "rows_without_amount",
        "customers_without_purchase",
        "zero_value_purchases",
    ];
    assert_eq!(codes, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_order_of_rows_changes_nothing(keys in prop::collection::vec(any::<u32>(), 200)) {
        let table = golden_transactions();
        let mut order: Vec<u32> = (0..table.num_rows() as u32).collect();
        order.sort_by_key(|&row| keys[row as usize]);
        let shuffled = take_record_batch(&table, &UInt32Array::from(order)).unwrap();
        let (found, _) = built(&shuffled, &golden_options()).unwrap();
        prop_assert_eq!(found, built(&table, &golden_options()).unwrap().0);
    }

    #[test]
    fn lines_after_the_as_of_moment_might_as_well_not_exist(day in 200_i32..360) {
        let golden = golden_transactions();
        let times = golden["InvoiceDate"].as_string::<i32>();
        let as_of: jiff::civil::DateTime = "2024-01-01".parse().unwrap();
        let as_of = as_of.checked_add(jiff::Span::new().days(day)).unwrap();
        let is_before = |row: &u32| {
            times.is_valid(*row as usize)
                && times.value(*row as usize).parse::<jiff::civil::DateTime>().unwrap() <= as_of
        };
        let kept: Vec<u32> = (0..golden.num_rows() as u32).filter(is_before).collect();
        let earlier = take_record_batch(&golden, &UInt32Array::from(kept)).unwrap();
        let options = FeaturesOptions { as_of: Some(AsOf::Moment(as_of)), ..options() };
        let (all, summary) = built(&golden, &options).unwrap();
        prop_assert!(summary.after_as_of > 0);
        prop_assert_eq!(all, built(&earlier, &options).unwrap().0);
    }
}

#[test]
fn files_row_groups_and_threads_change_no_byte() {
    let table = golden_transactions();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(&at("one.parquet"), &table, 1000);
    write(&at("groups.parquet"), &table, 7);
    for (i, start) in (0..table.num_rows()).step_by(25).enumerate() {
        let part = table.slice(start, 25.min(table.num_rows() - start));
        write(&at("parts").join(format!("part-{i}.parquet")), &part, 10);
    }
    let bytes = |input: &str, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (input, output) = (at(input), at("out"));
        pool.install(|| build(&input, &output, &golden_options(), &Monitor::silent())).unwrap();
        fs::read(output).unwrap()
    };
    let expected = bytes("one.parquet", 1);
    for (input, threads) in [("one.parquet", 3), ("groups.parquet", 2), ("parts", 1), ("parts/*-*.parquet", 8)] {
        assert_eq!(bytes(input, threads), expected, "{input} with {threads} threads");
    }
}

#[test]
fn types_of_the_columns_do_not_matter() {
    let days = [3, 10, 10, 400, 12];
    let cents = [1999_i128, 10, 20, 70, -199];
    let table = |customer: ArrayRef, time: ArrayRef, order: ArrayRef, amount: ArrayRef| {
        batch(vec![("customer", customer), ("time", time), ("order", order), ("amount", amount)])
    };
    let customers = Int64Array::from(vec![2, 1, 1, 1, 2]);
    let orders = Int64Array::from(vec![1, 2, 2, 3, 4]);
    let moments: TimestampMicrosecondArray = days.iter().map(|day| Some(day * 86_400_000_000)).collect();
    let floats: Float64Array = cents.iter().map(|cents| Some(*cents as f64 / 100.0)).collect();
    let decimals = Decimal128Array::from(cents.to_vec()).with_precision_and_scale(10, 2).unwrap();
    let dates: Date32Array = days.iter().map(|day| Some(*day as i32)).collect();
    let as_type = |array: &dyn Array, data_type: DataType| cast(array, &data_type).unwrap();
    let first = table(
        Arc::new(customers.clone()),
        Arc::new(moments.clone().with_timezone("+08:00")),
        Arc::new(orders.clone()),
        Arc::new(decimals),
    );
    let second = table(
        as_type(&customers, DataType::Utf8),
        as_type(&dates, DataType::Utf8),
        as_type(&orders, DataType::Utf8View),
        Arc::new(floats.clone()),
    );
    let third = table(
        as_type(&customers, DataType::Float64),
        Arc::new(dates),
        as_type(&orders, DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8))),
        Arc::new(floats),
    );
    let features = |table: &RecordBatch| {
        let (found, _) = built(table, &options()).unwrap();
        let id_type = found.schema().field(0).data_type().clone();
        (id_type, found.project(&(1..found.num_columns()).collect::<Vec<_>>()).unwrap())
    };
    let expected = features(&first);
    assert_eq!(expected.0, DataType::Int64);
    assert_eq!(column(&expected.1, "monetary"), [Some(1.0), Some(18.0)]);
    assert_eq!(features(&second), (DataType::Utf8, expected.1.clone()));
    assert_eq!(features(&third), (DataType::Float64, expected.1));
}

#[test]
fn a_cent_added_a_thousand_times_is_ten() {
    let many: Vec<(&str, i32, &str, f64)> = (0..1000).map(|_| ("a", 5, "o", 0.01)).collect();
    let (table, _) = built(&lines(&many), &options()).unwrap();
    assert_eq!(column(&table, "monetary"), [Some(10.0)]);
    assert_eq!(column(&table, "frequency"), [Some(1.0)]);
}

#[test]
fn returns_are_taken_off_and_only_returns_is_no_customer() {
    let table = lines(&[("a", 1, "1", 100.0), ("a", 3, "2", -25.0), ("b", 2, "3", -10.0), ("c", 0, "4", 0.0)]);
    let (found, summary) = built(&table, &options()).unwrap();
    assert_eq!(found["customer_id"].as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(column(&found, "monetary"), [Some(75.0), Some(0.0)]);
    assert_eq!(column(&found, "return_rate"), [Some(0.25), None]);
    assert_eq!(column(&found, "recent_share"), [Some(1.0), None]);
    assert_eq!(column(&found, "basket_mean"), [Some(100.0), Some(0.0)]);
    assert_eq!(column(&found, "frequency"), [Some(1.0), Some(1.0)]);
    // The last transaction is a return; recency still counts from purchases.
    assert_eq!(column(&found, "recency_days"), [Some(2.0), Some(3.0)]);
    assert_eq!((summary.returns, summary.customers_without_purchase, summary.zero_value), (2, 1, 1));
    assert_eq!((summary.purchase_value, summary.return_value), (100.0, 25.0));
}

#[test]
fn cancelled_orders_are_returns_when_asked() {
    let table = lines(&[("a", 1, "1", 100.0), ("a", 2, "C1", 40.0), ("a", 4, "C2", -10.0)]);
    let plain = built(&table, &options()).unwrap().0;
    assert_eq!(column(&plain, "monetary"), [Some(130.0)]);
    let asked = built(&table, &FeaturesOptions { cancelled_prefix: named("C"), ..options() }).unwrap().0;
    assert_eq!(column(&asked, "monetary"), [Some(50.0)]);
    assert_eq!(column(&asked, "frequency"), [Some(1.0)]);
}

#[test]
fn repeated_lines_count_as_lines_and_orders_once() {
    let table = lines(&[("a", 1, "1", 10.0), ("a", 1, "1", 10.0), ("a", 31, "2", 10.0), ("a", 1, "1", 10.0)]);
    let (found, _) = built(&table, &options()).unwrap();
    assert_eq!(column(&found, "monetary"), [Some(40.0)]);
    assert_eq!(column(&found, "frequency"), [Some(2.0)]);
    assert_eq!(column(&found, "days_between_orders"), [Some(30.0)]);
    assert_eq!(column(&found, "active_months"), [Some(2.0)]);
}

#[test]
fn lines_that_were_written_twice_are_told() {
    let day = |i: usize| (i % 300) as i32;
    let order = |i: usize| format!("{}", i / 3);
    let orders: Vec<String> = (0..300).map(order).collect();
    let bought = |i: usize| (["a", "b", "c"][i / 3 % 3], day(i / 3), orders[i].as_str(), 1.0 + i as f64);
    let once: Vec<_> = (0..300).map(bought).collect();
    let codes = |table: &RecordBatch| warned(table, &options()).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(codes(&lines(&once)), Vec::<String>::new());
    let some = |n: usize| [&once[..], &once[..n]].concat();
    assert_eq!(codes(&lines(&some(15))), Vec::<String>::new(), "a few may be the same");
    assert_eq!(
        warned(&lines(&some(300)), &options()),
        [pair(
            "repeated_lines",
            "300 of 600 lines (50.0 %) are in all that is read the same as another line of the order, and count again; if they \
             were written twice, leave the repetitions out where the file is written",
        )]
    );
    let zh = built(&lines(&some(300)), &options()).unwrap().1.warnings[0].message.zh.clone();
    assert!(zh.starts_with("600 行中有 300 行（50.0 %）所读取的各列与同一订单的另一行完全相同"), "{zh}");
    // What differs in anything that is read is no repetition, and a day is no order.
    let others: Vec<_> =
        once.iter().map(|&(customer, day, order, value)| (customer, day, order, value + 0.5)).collect();
    assert_eq!(codes(&lines(&[&once[..], &others[..]].concat())), Vec::<String>::new());
    let without: Vec<_> = some(300).into_iter().map(|(customer, day, _, value)| (customer, day, "", value)).collect();
    assert_eq!(codes(&lines(&without)), Vec::<String>::new());
}

#[test]
fn without_an_order_column_a_day_is_an_order() {
    let table = lines(&[("a", 1, "1", 10.0), ("a", 1, "2", 10.0), ("a", 31, "3", 10.0)]);
    let (found, summary) = built(&table, &FeaturesOptions { order: named(""), ..options() }).unwrap();
    assert_eq!(column(&found, "frequency"), [Some(2.0)]);
    assert_eq!(summary.warnings.last().unwrap().code, "orders_are_days");
    assert!(summary.columns.iter().all(|column| column.role != "order"));
}

#[test]
fn the_window_ends_with_the_as_of_moment() {
    let table = lines(&[("a", 0, "1", 1.0), ("a", 71, "2", 2.0), ("a", 100, "3", 4.0), ("b", 50, "4", 8.0)]);
    let options = FeaturesOptions { window_days: Some(30), recent_days: 29, ..options() };
    let (found, summary) = built(&table, &options).unwrap();
    assert_eq!(column(&found, "monetary"), [Some(6.0)]);
    assert_eq!(column(&found, "tenure_days"), [Some(29.0)]);
    // Day 71 lies 29 days back, which is just not within the last 29 days.
    assert_eq!(column(&found, "recent_share"), [Some(4.0 / 6.0)]);
    assert_eq!((summary.before_window, summary.customers_without_purchase), (2, 1));
    assert_eq!(summary.first_transaction, "1970-03-13T00:00:00");
}

#[test]
fn used_columns_are_told() {
    let (_, summary) = built(&golden_transactions(), &FeaturesOptions { product: named(""), ..options() }).unwrap();
    let told: BTreeMap<&str, (&str, bool)> =
        summary.columns.iter().map(|used| (used.role, (used.column.as_str(), used.detected))).collect();
    let expected = BTreeMap::from([
        ("customer", ("CustomerID", true)),
        ("time", ("InvoiceDate", true)),
        ("order", ("InvoiceNo", true)),
        ("quantity", ("Quantity", true)),
        ("price", ("UnitPrice", true)),
    ]);
    assert_eq!(told, expected);
    assert!(!summary.features.contains(&"products".to_owned()));
}

#[test]
fn an_amount_comes_before_quantity_times_price_unless_the_price_is_named() {
    let number = |value: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![value])) };
    let table = batch(vec![
        ("customer", Arc::new(StringArray::from(vec!["a"]))),
        ("date", Arc::new(Date32Array::from(vec![1]))),
        ("qty", number(3.0)),
        ("price", number(2.0)),
        ("total", number(5.5)),
    ]);
    let monetary = |options: FeaturesOptions| column(&built(&table, &options).unwrap().0, "monetary")[0].unwrap();
    assert_eq!(monetary(options()), 5.5);
    assert_eq!(monetary(FeaturesOptions { price: named("price"), ..options() }), 6.0);
    assert_eq!(monetary(FeaturesOptions { amount: named("price"), ..options() }), 2.0);
}

/// The message and the hint, with the folder of the input left out.
fn refusal(table: &RecordBatch, options: FeaturesOptions) -> (String, String) {
    let error = built(table, &options).unwrap_err();
    assert_eq!(error.category(), Category::Input);
    let words = error.to_string();
    let without_path = |word: &str| match word.split_once("in.parquet") {
        Some((_, after)) => format!("FILE{after}"),
        None => word.to_owned(),
    };
    let words: Vec<String> = words.split(' ').map(without_path).collect();
    (words.join(" "), error.hint().unwrap_or_default())
}

fn refused(table: &RecordBatch, options: FeaturesOptions, message: &str, hint: &str) {
    assert_eq!(refusal(table, options), (message.to_owned(), hint.to_owned()));
}

#[test]
fn columns_that_cannot_be_found_are_named_with_their_flag() {
    let table = lines(&[("a", 1, "1", 1.0)]);
    let renamed = |from: &str, to: &str| {
        let columns: Vec<(String, ArrayRef)> = table
            .schema()
            .fields()
            .iter()
            .zip(table.columns())
            .map(|(field, column)| (field.name().replace(from, to), Arc::clone(column)))
            .collect();
        batch(columns.iter().map(|(name, column)| (name.as_str(), Arc::clone(column))).collect())
    };
    refused(
        &renamed("customer_id", "wer"),
        options(),
        "no column of FILE has a usual name for the customer",
        "name it with --customer: wer",
    );
    refused(
        &renamed("order_date", "wann"),
        options(),
        "no column of FILE has a usual name for the time",
        "name it with --time: wann",
    );
    refused(
        &renamed("order_id", "user_id"),
        options(),
        "2 columns of FILE could be the customer: customer_id, user_id",
        "name one of them with --customer",
    );
    refused(
        &renamed("amount", "price"),
        options(),
        "FILE has a price (\"price\") but no quantity and no amount, which does not say what a line is worth",
        "name the quantity with --quantity, or use --amount price if price is the value of the whole line",
    );
    refused(
        &renamed("amount", "x"),
        options(),
        "FILE has no column with a usual name for an amount, or for a quantity and a price, which does not say what a \
         line is worth",
        "name the value of a line with --amount, or --quantity and --price: x",
    );
}

#[test]
fn what_has_the_name_of_something_else_is_not_offered_as_the_time() {
    let texts = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let table = |time: &str| {
        batch(vec![
            ("customer_id", texts("a")),
            ("amount", Arc::new(Float64Array::from(vec![1.0]))),
            ("tier", texts("gold")),
            ("membership", texts("gold")),
            ("sex", texts("f")),
            (time, texts("2024-01-31")),
            ("last_purchase_date", texts("2024-01-31")),
        ])
    };
    let message = "no column of FILE has a usual name for the time";
    refused(&table("wann"), options(), message, "name it with --time: wann, last_purchase_date");
}

#[test]
fn flags_that_name_wrong_columns_are_told_what_is_there() {
    let table = lines(&[("a", 1, "1", 1.0)]);
    refused(
        &table,
        FeaturesOptions { amount: named("Amout"), ..options() },
        "--amount names the column \"Amout\", which is not in FILE",
        "did you mean \"amount\"?",
    );
    refused(
        &table,
        FeaturesOptions { product: named("what"), ..options() },
        "--product names the column \"what\", which is not in FILE",
        "the columns are customer_id, order_date, order_id, amount",
    );
    refused(
        &table,
        FeaturesOptions { amount: named("order_date"), ..options() },
        "--amount names the column \"order_date\" of FILE, which is date, but it must be a number or text",
        "name another column, or change its type where the file is written",
    );
    refused(
        &table,
        FeaturesOptions { product: named("order_id"), ..options() },
        "the column \"order_id\" cannot be both the order and the product",
        "name another column for one of them; --order, --product and --quantity \"\" mean that there is none",
    );
}

#[test]
fn values_that_cannot_be_read_are_named_with_their_place() {
    let table = |ids: ArrayRef, times: &str, amount: f64| {
        batch(vec![
            ("customer", ids),
            ("date", Arc::new(StringArray::from(vec!["2024-01-31", times]))),
            ("amount", Arc::new(Float64Array::from(vec![1.0, amount]))),
        ])
    };
    let ids = || -> ArrayRef { Arc::new(Int64Array::from(vec![1, 2])) };
    refused(
        &table(ids(), "31/01/2024", 1.0),
        options(),
        "column \"date\" has \"31/01/2024\" in row 1 of FILE, which is not a date or time such as 2024-01-31 or \
         2024-01-31 08:30:00",
        "write times year first (2024-01-31, 2024/1/31, 20240131), or as dates or timestamps, where the file is made",
    );
    refused(
        &table(ids(), "2024-02-01", 1e16),
        options(),
        "column \"amount\" has 10000000000000000 in row 1 of FILE; at most ±10^15 is allowed",
        "check the unit of the column, or leave the row out where the file is written",
    );
    refused(
        &table(Arc::new(Float64Array::from(vec![1.0, 2.5])), "2024-02-01", 1.0),
        options(),
        "column \"customer\" has 2.5 in row 1 of FILE, but numbers of customers must be whole and below 2^53",
        "name another column, or change its type where the file is written",
    );
}

#[test]
fn nobody_with_a_purchase_is_an_error_with_figures() {
    let table = lines(&[("", 1, "1", 1.0), ("a", 1, "1", -1.0), ("a", 9, "2", 1.0)]);
    let as_of = Some("1970-01-05".parse().unwrap());
    refused(
        &table,
        FeaturesOptions { as_of, ..options() },
        "no customer of FILE has a purchase: of 3 rows, 1 have no customer, 0 no time, 0 no amount, 1 are outside the \
         window and 1 are returns",
        "check --as-of, and the columns that were used",
    );
}

#[test]
fn the_id_may_not_have_the_name_of_a_feature() {
    let table = lines(&[("a", 1, "1", 1.0)]);
    let table = batch(vec![
        ("frequency", Arc::clone(&table["customer_id"])),
        ("date", Arc::clone(&table["order_date"])),
        ("amount", Arc::clone(&table["amount"])),
    ]);
    refused(
        &table,
        FeaturesOptions { customer: named("frequency"), ..options() },
        "the customer column is named \"frequency\", which is the name of a feature",
        "rename it where the file is written",
    );
}

#[test]
fn a_target_that_cannot_be_written_is_told_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("missing/out.parquet");
    let error = build(&folder.path().join("in.parquet"), &output, &options(), &Monitor::silent()).unwrap_err();
    assert_eq!(error.category(), Category::Io);
    let (said, expected) = (error.to_string(), format!("{} cannot be written: ", output.display()));
    assert!(said.starts_with(&expected) && !said.contains(".segmint-"), "{said}");
}

#[test]
fn a_failed_build_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.parquet"), folder.path().join("out.parquet"));
    write(&input, &lines(&[("a", 1, "1", -1.0)]), 10);
    fs::write(&output, "old").unwrap();
    build(&input, &output, &options(), &Monitor::silent()).unwrap_err();
    assert_eq!(fs::read(&output).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn windows_without_days_are_refused() {
    let zero = FeaturesOptions { recent_days: 0, ..options() };
    let error = built(&lines(&[("a", 1, "1", 1.0)]), &zero).unwrap_err();
    assert_eq!(error.category(), Category::Config);
    assert_eq!(error.to_string(), "recent_days must be at least 1, got 0");
}

/// Lines of one customer at these times, a purchase of 10 each.
fn at_times(time: ArrayRef) -> RecordBatch {
    let n = time.len();
    batch(vec![
        ("customer", Arc::new(Int64Array::from(vec![7; n]))),
        ("time", time),
        ("amount", Arc::new(Float64Array::from(vec![10.0; n]))),
    ])
}

fn times(times: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(times.to_vec()))
}

/// Timestamps without a zone.
fn stamps(texts: &[&str]) -> TimestampMicrosecondArray {
    let moment = |text: &&str| {
        let local: jiff::civil::DateTime = text.parse().unwrap();
        Some(local.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond())
    };
    texts.iter().map(moment).collect()
}

fn values(table: &RecordBatch, names: &[&str]) -> Vec<f64> {
    names.iter().map(|name| column(table, name)[0].unwrap()).collect()
}

#[test]
fn a_day_as_the_as_of_moment_is_whole_for_dates_and_for_times() {
    let options = FeaturesOptions { as_of: Some("2024-01-31".parse().unwrap()), ..options() };
    let mornings = ["2024-01-30 09:00", "2024-01-31 09:00", "2024-02-01 00:00"];
    let (found, summary) = built(&at_times(Arc::new(stamps(&mornings))), &options).unwrap();
    assert_eq!(values(&found, &["frequency", "recency_days"]), [2.0, 15.0 / 24.0]);
    assert_eq!((summary.as_of.as_str(), summary.after_as_of), ("2024-02-01T00:00:00", 1));

    let days = ["2024-01-30", "2024-01-31", "2024-02-01"];
    let dates = cast(&times(&days), &DataType::Date32).unwrap();
    for time in [dates, Arc::new(stamps(&days)), times(&days)] {
        let (found, summary) = built(&at_times(time), &options).unwrap();
        assert_eq!(values(&found, &["frequency", "recency_days"]), [2.0, 0.0]);
        assert_eq!((summary.as_of.as_str(), summary.after_as_of), ("2024-01-31T00:00:00", 1));
    }

    // A window of two days before the end of the 31st are the 30th and the 31st, from midnight on.
    let window = FeaturesOptions { window_days: Some(2), recent_days: 1, ..options };
    let edges = ["2024-01-29 23:59", "2024-01-30 00:00", "2024-01-31 00:00", "2024-01-31 23:59"];
    let (found, summary) = built(&at_times(Arc::new(stamps(&edges))), &window).unwrap();
    assert_eq!((summary.before_window, summary.purchases), (1, 3));
    assert_eq!(values(&found, &["recent_share"]), [2.0 / 3.0]);
}

#[test]
fn a_moment_as_the_as_of_moment_is_that_moment() {
    let options = FeaturesOptions { as_of: Some("2024-01-31 09:00".parse().unwrap()), ..options() };
    let (found, summary) =
        built(&at_times(Arc::new(stamps(&["2024-01-31 09:00", "2024-01-31 09:01"]))), &options).unwrap();
    assert_eq!(values(&found, &["frequency", "recency_days"]), [1.0, 0.0]);
    assert_eq!(summary.after_as_of, 1);
}

#[test]
fn days_months_and_the_as_of_day_are_those_of_the_zone_of_the_column() {
    // 31 January 23:30 and 1 February 00:30 in Shanghai are one day in UTC.
    let utc = stamps(&["2024-01-31 15:30", "2024-01-31 16:30"]);
    let local: ArrayRef = Arc::new(stamps(&["2024-01-31 23:30", "2024-02-01 00:30"]));
    let offsets = times(&["2024-01-31T23:30:00+08:00", "2024-02-01T00:30:00+08:00"]);
    let zoned = |zone: &str| -> ArrayRef { Arc::new(utc.clone().with_timezone(zone)) };
    let (expected, summary) = built(&at_times(local), &options()).unwrap();
    assert_eq!(values(&expected, &["frequency", "active_months"]), [2.0, 2.0]);
    assert_eq!(summary.time_zone, None);
    for (time, zone) in
        [(zoned("Asia/Shanghai"), Some("Asia/Shanghai")), (zoned("+08:00"), Some("+08:00")), (offsets, None)]
    {
        let (found, summary) = built(&at_times(time), &options()).unwrap();
        assert_eq!(found, expected, "{zone:?}");
        assert_eq!(summary.time_zone.as_deref(), zone);
        assert_eq!(summary.last_transaction, "2024-02-01T00:30:00");
    }
    let (in_utc, _) = built(&at_times(zoned("UTC")), &options()).unwrap();
    assert_eq!(values(&in_utc, &["frequency", "active_months"]), [1.0, 1.0]);
    let day = FeaturesOptions { as_of: Some("2024-01-31".parse().unwrap()), ..options() };
    assert_eq!(built(&at_times(zoned("Asia/Shanghai")), &day).unwrap().1.after_as_of, 1);
    // Where clocks are put forward, noon to noon is still a day.
    let spring = stamps(&["2024-03-09 17:00", "2024-03-10 16:00"]).with_timezone("America/New_York");
    assert_eq!(values(&built(&at_times(Arc::new(spring)), &options()).unwrap().0, &["tenure_days"]), [1.0]);
    refused(
        &at_times(zoned("Mars/Olympus")),
        options(),
        "the column \"time\" of FILE has the time zone \"Mars/Olympus\", which is not known",
        "zones are those of the IANA database, such as Asia/Shanghai, or offsets such as +08:00",
    );
}

#[test]
fn dates_are_read_however_they_are_written_year_first() {
    let iso = at_times(times(&["2024-01-05", "2024-01-31", ""]));
    let expected = built(&iso, &options()).unwrap().0;
    let digits: ArrayRef = Arc::new(Int64Array::from(vec![Some(20_240_105), Some(20_240_131), None]));
    let written = [
        times(&["2024/01/05", "2024/1/31", "NaT"]),
        times(&["2024年01月05日", "2024年1月31日", "None"]),
        times(&["2024-01-05 00:00:00 UTC", "2024-01-31 00:00:00 UTC", " "]),
        times(&["20240105", "20240131", "nan"]),
        cast(&digits, &DataType::Float64).unwrap(),
        cast(&digits, &DataType::Int32).unwrap(),
        digits,
    ];
    for time in written {
        let (found, summary) = built(&at_times(time), &options()).unwrap();
        assert_eq!((&found, summary.without_time), (&expected, 1));
    }
    refused(
        &at_times(Arc::new(Int64Array::from(vec![20_240_105, 20_240_230]))),
        options(),
        "column \"time\" has \"20240230\" in row 1 of FILE, which is not a date or time such as 2024-01-31 or 2024-01-31 \
         08:30:00",
        "write times year first (2024-01-31, 2024/1/31, 20240131), or as dates or timestamps, where the file is made",
    );
}

#[test]
fn a_date_is_preferred_to_a_number_and_a_number_to_text() {
    let table = batch(vec![
        ("customer", Arc::new(StringArray::from(vec!["a"]))),
        ("date", Arc::new(Date32Array::from(vec![1]))),
        ("day", Arc::new(Int64Array::from(vec![31]))),
        ("payment", Arc::new(StringArray::from(vec!["card"]))),
        ("amount", Arc::new(Float64Array::from(vec![2.0]))),
    ]);
    let (found, summary) = built(&table, &options()).unwrap();
    assert_eq!(values(&found, &["monetary"]), [2.0]);
    assert!(summary.columns.iter().any(|used| (used.role, used.column.as_str()) == ("time", "date")));
}

#[test]
fn amounts_and_prices_may_be_text() {
    let text = |values: [&str; 3]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let table = |amount: ArrayRef| {
        batch(vec![
            ("customer", Arc::new(StringArray::from(vec!["a", "a", "a"]))),
            ("date", Arc::new(Date32Array::from(vec![1, 2, 3]))),
            ("amount", amount),
        ])
    };
    let numbers = Float64Array::from(vec![Some(1234.5), Some(-20.0), None]);
    let expected = built(&table(Arc::new(numbers)), &options()).unwrap();
    for amounts in [["1,234.50", "-20.00", ""], ["€ 1.234,50", "(20,00)", "nan"], ["1234.5", "-20", "NULL"]] {
        let (found, summary) = built(&table(text(amounts)), &options()).unwrap();
        assert_eq!(found, expected.0, "{amounts:?}");
        assert_eq!((summary.without_amount, summary.returns), (1, 1));
    }
    refused(
        &table(text(["1.50", "free", "2.50"])),
        options(),
        "column \"amount\" has \"free\" in row 1 of FILE, which is not a number such as 1234.5 or 1,234.50",
        "write numbers, not text, where the file is made; blank text, nan, None and NULL are missing",
    );
    refused(
        &table(text(["1.500", "2.000", "3.750"])),
        options(),
        "column \"amount\" of FILE is text in which \".\" and \",\" may mean decimals or thousands",
        "write numbers, not text, where the file is made; blank text, nan, None and NULL are missing",
    );
    refused(
        &table(Arc::new(arrow::array::BooleanArray::from(vec![true, false, true]))),
        options(),
        "the column \"amount\" of FILE has a usual name for the amount, but it is bool and must be a number or text",
        "name another column with --amount, or change its type where the file is written",
    );
}

/// 2,000 lines of 250 customers over 300 days; the ids of every fifth line and one date may be replaced.
fn many_lines(id: Option<&str>, date: Option<&str>) -> RecordBatch {
    let customer = |i: usize| match id {
        Some(id) if i.is_multiple_of(5) => id.to_owned(),
        _ => format!("U{}", i % 250),
    };
    let first: jiff::civil::Date = jiff::civil::date(2024, 1, 1);
    let day = |i: usize| match date {
        Some(date) if i == 1000 => date.to_owned(),
        _ => first.checked_add(jiff::Span::new().days((i % 300) as i64)).unwrap().to_string(),
    };
    batch(vec![
        ("customer_id", Arc::new((0..2000).map(|i| Some(customer(i))).collect::<StringArray>())),
        ("date", Arc::new((0..2000).map(|i| Some(day(i))).collect::<StringArray>())),
        ("order", Arc::new((0..2000).map(|i| Some(i as i64)).collect::<Int64Array>())),
        ("amount", Arc::new(Float64Array::from(vec![10.0; 2000]))),
    ])
}

/// The codes and English texts of the warnings.
fn warned(table: &RecordBatch, options: &FeaturesOptions) -> Vec<(String, String)> {
    let (_, summary) = built(table, options).unwrap();
    summary.warnings.into_iter().map(|warning| (warning.code, warning.message.en)).collect()
}

fn pair(code: &str, text: &str) -> (String, String) {
    (code.to_owned(), text.to_owned())
}

#[test]
fn amounts_in_several_currencies_are_told() {
    let priced = |mark: fn(usize) -> &'static str| {
        let table = many_lines(None, None);
        let amounts: StringArray = (0..2000).map(|i| Some(format!("{}{}.50", mark(i), 1 + i % 90))).collect();
        let columns = table.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<String>>();
        let columns = columns.iter().map(String::as_str).zip(table.columns().iter().cloned());
        let others = columns.filter(|(name, _)| *name != "amount");
        batch(others.chain([("amount", Arc::new(amounts) as ArrayRef)]).collect())
    };
    assert_eq!(
        warned(&priced(|i| if i % 4 == 0 { "$" } else { "€" }), &options()),
        [pair(
            "units_mixed",
            "amount ($ 500, € 1500): numbers of several units, read as if of one; write them in one unit"
        )]
    );
    assert_eq!(warned(&priced(|_| "€ "), &options()), []);
    assert_eq!(warned(&priced(|i| if i % 500 == 0 { "$" } else { "€" }), &options()), [], "a handful is a slip");
}

#[test]
fn a_word_for_missing_is_no_customer() {
    assert_eq!(warned(&many_lines(None, None), &options()), []);
    for word in ["nan", "None", "NULL", "<NA>", "NaT", "N/A"] {
        let (found, summary) = built(&many_lines(Some(word), None), &options()).unwrap();
        assert_eq!((found.num_rows(), summary.without_customer), (200, 400));
        let said = format!("400 of 2000 rows (20.0 %) have no customer (400 of them say {word:?}) and were left out");
        assert_eq!(summary.warnings[0].message.en, said);
    }
    let blank = warned(&many_lines(Some("  "), None), &options());
    assert!(blank[0].1.contains("(400 of them say blank text)"), "{blank:?}");
}

#[test]
fn a_customer_who_may_be_many_is_told() {
    let nobody = pair(
        "customers_in_doubt",
        "1 customer may stand for many people, by name or by share of the rows: \"未知\" (20.0 %); leave them out where the \
         file is written if so",
    );
    assert_eq!(warned(&many_lines(Some("未知"), None), &options()), [nobody]);
    let large = warned(&many_lines(Some("-1"), None), &options());
    assert!(large[0].1.contains("\"-1\" (20.0 %)"), "{large:?}");
    // Of three customers everyone has much.
    let few = lines(&[("a", 1, "1", 1.0), ("b", 1, "2", 1.0), ("c", 1, "3", 1.0)]);
    assert_eq!(warned(&few, &options()), []);
}

#[test]
fn words_for_missing_are_no_order_and_no_product() {
    let table = |order: [&str; 3]| lines(&[("a", 1, order[0], 1.0), ("a", 1, order[1], 1.0), ("a", 2, order[2], 1.0)]);
    for word in ["nan", "None", " "] {
        let found = built(&table([word, word, word]), &options()).unwrap().0;
        assert_eq!(values(&found, &["frequency"]), [2.0], "without an order, a day is one");
    }
}

#[test]
fn dates_far_from_all_others_are_told_with_what_hangs_on_them() {
    let late = pair(
        "dates_far_behind",
        "1 of 2000 dates lies far behind all others, which end on 2024-10-26; the last is 2204-01-30; recency is counted from \
         there: name --as-of if that is wrong",
    );
    assert_eq!(warned(&many_lines(None, Some("2204-01-30")), &options()), [late]);
    let as_of = FeaturesOptions { as_of: Some("2024-12-31".parse().unwrap()), ..options() };
    assert_eq!(warned(&many_lines(None, Some("2204-01-30")), &as_of), []);
    let early = warned(&many_lines(None, Some("1900-01-01")), &options());
    assert_eq!(early[0].0, "dates_far_before");
    assert!(early[0].1.contains("which begin on 2024-01-01; the first is 1900-01-01;"), "{early:?}");
}

#[test]
fn what_is_made_never_replaces_or_joins_what_it_is_made_from() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let table = lines(&[("a", 1, "1", 1.0), ("b", 2, "2", 2.0)]);
    write(&at("in/a.parquet"), &table, 10);
    let before = fs::read(at("in/a.parquet")).unwrap();
    let said = |input: &str, output: &str| {
        let error = build(&at(input), &at(output), &options(), &Monitor::silent()).unwrap_err();
        assert_eq!(error.category(), Category::Config);
        error.to_string()
    };
    let overwritten = format!("{} is one of the input files and would be overwritten", at("in/a.parquet").display());
    assert_eq!(said("in/a.parquet", "in/a.parquet"), overwritten);
    assert_eq!(said("in", "in/a.parquet"), overwritten);
    assert_eq!(said("in/*.parquet", "in/a.parquet"), overwritten);
    assert!(said("in/a.parquet", "in/../in/a.parquet").ends_with("would be overwritten"));
    let joined = |input: &str, output: &str| {
        format!("{} would become one of the files of the input {}", at(output).display(), at(input).display())
    };
    for (input, output) in [("in", "in/c.parquet"), ("in/*.parquet", "in/c.parquet"), ("", "c.parquet")] {
        assert_eq!(said(input, output), joined(input, output));
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(at("in/a.parquet"), at("link.parquet")).unwrap();
        assert!(said("in/a.parquet", "link.parquet").ends_with("would be overwritten"));
        fs::remove_file(at("link.parquet")).unwrap();
    }
    assert_eq!(fs::read(at("in/a.parquet")).unwrap(), before);
    assert_eq!(fs::read_dir(at("in")).unwrap().count(), 1);
    for (input, output) in [("in", "c.parquet"), ("in/a*.parquet", "in/c.parquet"), ("in/a.parquet", "in/b.parquet")] {
        build(&at(input), &at(output), &options(), &Monitor::silent()).unwrap();
    }
}

#[test]
fn columns_that_only_newer_files_have_matter_only_to_who_asks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let table = lines(&[("a", 1, "1", 1.0), ("b", 2, "2", 2.0)]);
    let with = |name: &str| {
        let schema = table.schema();
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let mut columns: Vec<(&str, ArrayRef)> = names.zip(table.columns().iter().cloned()).collect();
        columns.push((name, Arc::new(Int64Array::from(vec![5, 6]))));
        batch(columns)
    };
    write(&at("in/1.parquet"), &table, 10);
    write(&at("in/2.parquet"), &with("__index_level_0__"), 10);
    let summary = build(&at("in"), &at("out.parquet"), &options(), &Monitor::silent()).unwrap();
    assert_eq!(summary.rows, 4);
    assert_eq!(
        summary.warnings[0].message.en,
        "1 column was left out: not in every file, or not in one type: __index_level_0__"
    );
    write(&at("in/2.parquet"), &with("product_id"), 10);
    let error = build(&at("in"), &at("out.parquet"), &options(), &Monitor::silent()).unwrap_err();
    let (one, two) = (at("in/1.parquet"), at("in/2.parquet"));
    assert_eq!(
        error.to_string(),
        format!("column \"product_id\" is in {} but not in {}", two.display(), one.display())
    );
    assert!(error.hint().unwrap().contains("--product"));
    let without = FeaturesOptions { product: named(""), ..options() };
    build(&at("in"), &at("out.parquet"), &without, &Monitor::silent()).unwrap();
}
