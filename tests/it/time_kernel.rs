//! The example that times kernels: what its line says, and that no thread count or instruction set changes it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Float32Array, Float64Array, Int64Array, StringArray};
use segmint::matrix::simd::InstructionSet;
use serde_json::Value;
use tempfile::TempDir;

use crate::parquet_table;

/// The example as a program; cargo has built it already unless only this test is wanted.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--example", "time_kernel", "--message-format", "json"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back().unwrap()
});

fn time_kernel(arguments: &str, file: &Path) -> Output {
    let arguments = arguments.split(' ').map(|word| if word == "FILE" { file.as_os_str() } else { word.as_ref() });
    Command::new(&*PROGRAM).args(arguments).output().unwrap()
}

fn line(arguments: &str, file: &Path) -> Value {
    let output = time_kernel(arguments, file);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

const ROWS: usize = 1300;

/// Four far groups of noisy rows in turn, every hundredth row of them by itself.
fn value(i: usize, j: usize) -> f64 {
    let wobble = ((i * 37 + j * 11) % 101) as f64 / 1000.0;
    let alone = if i % 100 == 99 { 1000.0 + 50.0 * i as f64 } else { 0.0 };
    (i % 4) as f64 * 10.0 + j as f64 + wobble + alone
}

fn table(folder: &TempDir) -> PathBuf {
    let column = |j: usize| (0..ROWS).map(move |i| value(i, j));
    let columns: [(&str, ArrayRef); 6] = [
        ("customer_id", Arc::new(Int64Array::from_iter_values(0..ROWS as i64))),
        ("f0", Arc::new(Float64Array::from_iter_values(column(0)))),
        ("f1", Arc::new(Float32Array::from_iter_values(column(1).map(|x| x as f32)))),
        ("forename", Arc::new(StringArray::from_iter_values((0..ROWS).map(|i| i.to_string())))),
        ("f2", Arc::new(Float64Array::from_iter_values(column(2)))),
        ("group", Arc::new(Int64Array::from_iter_values((0..ROWS as i64).map(|i| i % 4)))),
    ];
    let path = folder.path().join("customers.parquet");
    parquet_table::write(&path, &columns);
    path
}

fn hash(labels: impl IntoIterator<Item = i32>) -> String {
    let bytes: Vec<u8> = labels.into_iter().flat_map(i32::to_le_bytes).collect();
    blake3::hash(&bytes).to_hex()[..16].to_owned()
}

#[test]
fn dbscan_counts_and_hashes_the_clusters_of_the_f_columns() {
    let folder = tempfile::tempdir().unwrap();
    let found = line("dbscan FILE 1.0 5", &table(&folder));
    assert_eq!((&found["clusters"], &found["noise"]), (&4.into(), &13.into()));
    // Row 99, the first one alone, is in no group, so groups appear in their order.
    let expected = (0..ROWS as i32).map(|i| if i % 100 == 99 { -1 } else { i % 4 });
    assert_eq!(found["labels_hash"], hash(expected));
    assert!(found["s"].as_f64().unwrap() >= 0.0 && found["load_s"].as_f64().unwrap() > 0.0);
}

#[test]
fn k_means_labels_and_inertia_belong_to_the_centroids_after_the_last_pass() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("line.parquet");
    let mut values = [0.0; 20];
    values[13] = 1.0;
    values[12] = 1.2;
    // Starting rows 13 and 12 ((7919 + 13) mod 20): 1.0 takes all the zeros, then its mean is 1/19.
    parquet_table::write(&file, &[("f", Arc::new(Float64Array::from(values.to_vec())) as ArrayRef)]);
    let found = line("kmeans FILE 2 1", &file);
    let (zero, one, other) = (1.0 / 19.0, f64::from(1.0_f32), f64::from(1.2_f32));
    assert_eq!(found["labels_hash"], hash((0..20).map(|i| i32::from(i == 12 || i == 13))));
    let expected = 18.0 * zero * zero + (one - other) * (one - other);
    assert!((found["inertia"].as_f64().unwrap() - expected).abs() < 1e-12, "{found}");
    assert_eq!(found["iters"], 1);
}

#[test]
fn load_reports_the_shape_and_the_sum_of_the_f_columns() {
    let folder = tempfile::tempdir().unwrap();
    let found = line("load FILE", &table(&folder));
    assert_eq!(found["shape"], serde_json::json!([ROWS, 3]));
    let sum: f64 = (0..ROWS * 3).map(|v| f64::from(value(v / 3, v % 3) as f32)).sum();
    assert!((found["sum"].as_f64().unwrap() - sum).abs() < 1e-6, "{found} {sum}");
}

#[test]
fn a_cut_table_has_the_first_rows_of_the_first_f_columns() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, smaller) = (table(&folder), folder.path().join("smaller.parquet"));
    let found = line(&format!("cut FILE {} --rows 700 --columns 2", smaller.display()), &whole);
    assert_eq!(found["shape"], serde_json::json!([700, 2]));
    let found = line("load FILE", &smaller);
    assert_eq!(found["shape"], serde_json::json!([700, 2]));
    let sum: f64 = (0..700 * 2).map(|v| f64::from(value(v / 2, v % 2) as f32)).sum();
    assert!((found["sum"].as_f64().unwrap() - sum).abs() < 1e-6, "{found} {sum}");
}

#[test]
fn neither_threads_nor_instruction_set_change_what_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = table(&folder);
    for kernel in ["kmeans FILE 6 7", "dbscan FILE 0.3 10", "load FILE"] {
        let mut lines = Vec::new();
        for &level in InstructionSet::available() {
            for threads in 1..=3 {
                let arguments = format!("{kernel} --threads {threads} --simd {level}");
                let mut found = line(&arguments, &file);
                for measured in ["s", "load_s", "rss_mb"] {
                    assert!(found.as_object_mut().unwrap().shift_remove(measured).is_some(), "{arguments}: {measured}");
                }
                lines.push((arguments, found));
            }
        }
        for (arguments, found) in &lines {
            assert_eq!(found, &lines[0].1, "{arguments}");
        }
    }
}

#[test]
fn bad_arguments_end_with_2_and_bad_files_with_3() {
    let folder = tempfile::tempdir().unwrap();
    let file = table(&folder);
    let missing = folder.path().join("missing.parquet");
    for (arguments, file, code, message) in [
        ("", &file, 2, "Usage"),
        ("kmeans FILE 8", &file, 2, "Usage"),
        ("kmeans FILE 0 20", &file, 2, "'<K>'"),
        ("load FILE --simd mmx", &file, 2, "this processor has scalar"),
        ("dbscan FILE -1 5", &file, 2, "-1"),
        ("dbscan FILE 0 5", &file, 2, "cluster.dbscan.eps"),
        ("kmeans FILE 2000 3", &file, 3, "cluster.kmeans.k"),
        ("load FILE", &missing, 3, "missing.parquet"),
    ] {
        let output = time_kernel(arguments, file);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments}: {stderr}");
        assert!(stderr.contains(message), "{arguments}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments}");
    }
}
