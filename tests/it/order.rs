//! The same customers give the same answer, whatever order their rows and columns come in and however the file is laid out.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take_record_batch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;
use segmint::config::{Algorithm, Plan};
use segmint::metrics::ClusterId;
use segmint::monitor::Monitor;
use segmint::pipeline::{Input, Segmentation, segment};
use segmint::random::stream;
use segmint::simulate::{SimulateOptions, simulate};
use serde_json::Value;

use crate::parquet_table::write_with;

/// What must not change: k, structure, names of all clusterings, and by id the clusters of every customer and who stands for each.
#[derive(Debug, PartialEq)]
struct Answer {
    k: usize,
    structure: String,
    names: Vec<Vec<String>>,
    clusters: Vec<(String, Vec<Option<ClusterId>>)>,
    representatives: Vec<Vec<String>>,
    /// Silhouettes and inertia of every k: what decides is the same to the last bit.
    k_table: String,
}

fn answer(found: &Segmentation) -> Answer {
    let loaded = found.loaded();
    let ids = segmint::model::id_range(&loaded.table.ids, 0..loaded.table.ids.len());
    let texts = arrow::compute::cast(&ids, &arrow::datatypes::DataType::Utf8).unwrap();
    let rows = &found.normalized().rows;
    let by_clustering: Vec<Vec<Option<ClusterId>>> = Algorithm::ALL
        .iter()
        .filter_map(|&algorithm| found.clusterings().get(algorithm))
        .map(|clustering| rows.scatter(clustering.partition.labels(), None))
        .collect();
    let of_row = |row: usize| by_clustering.iter().map(|labels| labels[row]).collect();
    let mut clusters: Vec<(String, Vec<Option<ClusterId>>)> =
        texts.as_string::<i32>().iter().enumerate().map(|(row, id)| (id.unwrap().to_owned(), of_row(row))).collect();
    clusters.sort();
    let labelled = &found.labelled().clusterings;
    let stand_for = |rows: &[usize]| rows.iter().map(|&row| loaded.table.ids.text(row)).collect();
    let profiles = found.profiles().clusterings.iter().flat_map(|one| &one.clusters);
    Answer {
        k: found.clusterings().kmeans().partition.n_clusters(),
        structure: format!("{:?}", found.clusterings().kmeans().evidence.structure),
        names: labelled.iter().map(|one| one.clusters.iter().map(|c| c.name.en.clone()).collect()).collect(),
        clusters,
        representatives: profiles.map(|profile| stand_for(&profile.representatives)).collect(),
        k_table: format!("{:?}", found.clusterings().kmeans().evidence.table),
    }
}

fn plan(settings: &[&str]) -> Plan {
    let mut flags = vec![
        "source.path=\"t.parquet\"",
        "source.id=\"customer_id\"",
        "compare.bootstrap=19",
        "compare.permutations=19",
        "cluster.gmm.enabled=true",
        "normalize.categories=\"cluster\"",
    ];
    flags.extend_from_slice(settings);
    let flags: Vec<String> = flags.into_iter().map(str::to_owned).collect();
    Plan::parse("", "test.toml", std::path::Path::new("."), &flags).unwrap()
}

fn found(batch: RecordBatch, plan: &Plan) -> Segmentation {
    let monitor = Monitor::silent();
    segment(&Input::of_batches(vec![batch], plan, &monitor).unwrap(), plan, &monitor).unwrap()
}

/// A simulated shop with skewed features, missing values and repeated rows, its columns in the order of the file.
fn shop() -> RecordBatch {
    let folder = tempfile::tempdir().unwrap();
    simulate(folder.path(), &SimulateOptions { customers: 500, ..SimulateOptions::default() }).unwrap();
    let file = std::fs::File::open(folder.path().join("customers.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// Customers without structure, of whole numbers, so that rows repeat and distances tie.
fn without_structure(n: usize) -> RecordBatch {
    let mut numbers = stream(5, "order", 0);
    let mut normal = |scale: f64| -> ArrayRef {
        let draw = |_| (numbers.sample::<f64, _>(StandardNormal) * scale).round();
        Arc::new((0..n).map(draw).collect::<Float64Array>())
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("customer_id", Arc::new((0..n).map(|i| Some(format!("C{i:04}"))).collect::<StringArray>())),
        ("c", normal(2.0)),
        ("a", normal(1.0)),
        ("b", normal(3.0)),
        ("d", normal(5.0)),
        ("colour", Arc::new((0..n).map(|i| Some(["red", "green", "blue"][i * i % 7 % 3])).collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn shuffled(batch: &RecordBatch, seed: u64) -> RecordBatch {
    let mut rows: Vec<u32> = (0..batch.num_rows() as u32).collect();
    rows.shuffle(&mut stream(seed, "rows", 0));
    take_record_batch(batch, &UInt32Array::from(rows)).unwrap()
}

fn with_columns_shuffled(batch: &RecordBatch, seed: u64) -> RecordBatch {
    let mut columns: Vec<usize> = (0..batch.num_columns()).collect();
    columns.shuffle(&mut stream(seed, "columns", 0));
    batch.project(&columns).unwrap()
}

#[test]
fn no_order_of_rows_or_columns_changes_a_label_k_the_structure_or_a_name() {
    for (table, plan) in [(shop(), plan(&["source.tier=\"tier\""])), (without_structure(300), plan(&[]))] {
        let before = answer(&found(table.clone(), &plan));
        for seed in 1..4 {
            assert_eq!(answer(&found(shuffled(&table, seed), &plan)), before, "rows, {seed}");
            assert_eq!(answer(&found(with_columns_shuffled(&table, seed), &plan)), before, "columns, {seed}");
        }
        let both = with_columns_shuffled(&shuffled(&table, 9), 9);
        assert_eq!(answer(&found(both, &plan)), before);
    }
}

#[test]
fn what_describes_the_clusters_does_not_depend_on_the_order_of_rows() {
    let plan = plan(&["source.tier=\"tier\"", "cluster.kmeans.k=5"]);
    let table = shop();
    let described = |found: &Segmentation| {
        let clusters = |one: &segmint::label::LabelledClustering| serde_json::to_value(&one.clusters).unwrap();
        let mut all: Value = found.labelled().clusterings.iter().map(clusters).collect();
        forget_rows(&mut all);
        all
    };
    let before = described(&found(table.clone(), &plan));
    for seed in 1..4 {
        assert_eq!(described(&found(shuffled(&table, seed), &plan)), before);
    }
}

/// Takes the numbers of rows out: a row's number is its place in the table.
fn forget_rows(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(forget_rows),
        Value::Object(entries) => {
            entries.retain(|key, value| key != "row" && !(key == "representatives" && value[0].is_u64()));
            entries.values_mut().for_each(forget_rows);
        }
        _ => {}
    }
}

#[test]
fn no_layout_or_codec_of_the_file_changes_a_label() {
    let folder = tempfile::tempdir().unwrap();
    let table = shop();
    let columns: Vec<(String, ArrayRef)> = table
        .schema()
        .fields()
        .iter()
        .zip(table.columns())
        .map(|(field, column)| (field.name().clone(), Arc::clone(column)))
        .collect();
    let columns: Vec<(&str, ArrayRef)> = columns.iter().map(|(name, column)| (name.as_str(), column.clone())).collect();
    let layout = |compression: Compression, rows: usize, dictionary: bool| {
        WriterProperties::builder()
            .set_compression(compression)
            .set_max_row_group_row_count(Some(rows))
            .set_data_page_row_count_limit(rows / 3 + 1)
            .set_dictionary_enabled(dictionary)
            .build()
    };
    let layouts = [
        layout(Compression::UNCOMPRESSED, 1_000_000, false),
        layout(Compression::SNAPPY, 97, true),
        layout(Compression::ZSTD(Default::default()), 200, false),
        layout(Compression::BROTLI(Default::default()), 31, true),
    ];
    let answers = layouts.into_iter().enumerate().map(|(i, properties)| {
        let path = folder.path().join(format!("{i}.parquet"));
        write_with(&path, &columns, properties);
        let mut plan = plan(&["source.tier=\"tier\"", "cluster.kmeans.k=5"]);
        plan.source.path = path;
        let monitor = Monitor::silent();
        answer(&segment(&Input::open(&plan, &monitor).unwrap(), &plan, &monitor).unwrap())
    });
    let answers: Vec<Answer> = answers.collect();
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}
