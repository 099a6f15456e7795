//! A run before it is a folder: the same customers give the same bits wherever they come from, and what is recorded is safe
//! before it is pretty.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float32Type, Int32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use segmint::config::{Algorithm, Plan};
use segmint::load::{CustomerTable, Loaded, Source};
use segmint::monitor::Monitor;
use segmint::pipeline::{self, Finished, Input, Segmentation, segment};
use segmint::registry::Registry;
use segmint::simulate::{SimulateOptions, simulate};
use serde_json::Value;
use tempfile::TempDir;

/// A shop of 400 customers, and its plan with `settings`.
fn shop(settings: &[&str]) -> (TempDir, Plan) {
    let folder = tempfile::tempdir().unwrap();
    simulate(folder.path(), &SimulateOptions { customers: 400, ..SimulateOptions::default() }).unwrap();
    let mut flags = vec!["cluster.kmeans.k=5", "compare.bootstrap=19", "compare.permutations=19"];
    flags.extend_from_slice(settings);
    let flags: Vec<String> = flags.into_iter().map(str::to_owned).collect();
    let plan = Plan::load(&folder.path().join("pipeline.toml"), &flags).unwrap();
    (folder, plan)
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    reader.with_batch_size(64).build().unwrap().map(Result::unwrap).collect()
}

/// The same customers with every column in memory, its words beside it.
fn in_memory(loaded: &Loaded) -> CustomerTable {
    let table = &loaded.table;
    let column = |name: String| (name.clone(), table.numeric.read(&name).unwrap().to_vec());
    CustomerTable {
        ids: table.ids.clone(),
        features: table.features.clone(),
        attributes: table.attributes.clone(),
        tier: table.tier.clone(),
        outcome: table.outcome.clone(),
        value: table.value.clone(),
        numeric: Box::new(table.numeric.names().into_iter().map(column).collect::<Vec<_>>()),
    }
}

/// Records `found`, and gives the files of the run by name.
fn files(found: &Segmentation) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::open(folder.path().join("runs"));
    let run = found.record(&registry, "2026-08-01T02:00:00Z".parse().unwrap()).unwrap();
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&run.folder.path)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path: PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// The files that hold neither times nor where the customers came from.
const OF_CUSTOMERS: [&str; 6] = [
    "assignments.parquet",
    "charts.json",
    "comparison.json",
    "disagreements.parquet",
    "segments.json",
    "segments.parquet",
];

#[test]
fn files_batches_and_tables_give_the_same_bits() {
    let (_shop, plan) = shop(&["cluster.gmm.enabled=true"]);
    let monitor = Monitor::silent();
    let from_file = Input::open(&plan, &monitor).unwrap();
    let from_batches = Input::of_batches(batches(&plan.source.path), &plan, &monitor).unwrap();
    let from_table = Input::of_table(in_memory(from_file.loaded()), &plan, &monitor).unwrap();

    let [file, batches, table] = [from_file, from_batches, from_table].map(|input| {
        let found = segment(&input, &plan, &monitor).unwrap();
        (files(&found), found.warnings())
    });
    assert_eq!(file.1, batches.1);
    for (name, bytes) in &file.0 {
        let same = |other: &[(String, Vec<u8>)]| other.iter().any(|other| (&other.0, &other.1) == (name, bytes));
        if OF_CUSTOMERS.contains(&name.as_str()) || name == "model.segmint" {
            assert!(same(&batches.0), "{name} of batches");
        }
        // What the table in memory cannot tell is how a column of a file has to be read again.
        if OF_CUSTOMERS.contains(&name.as_str()) {
            assert!(same(&table.0), "{name} of a table");
        }
    }
    assert_eq!(file.0.len(), 10, "every file but those was looked at: run.json, report.html, checksums.txt");
}

#[test]
fn a_segmentation_is_the_same_however_the_batches_are_cut() {
    let (_shop, plan) = shop(&[]);
    let monitor = Monitor::silent();
    let all = batches(&plan.source.path);
    let whole = arrow::compute::concat_batches(&all[0].schema(), &all).unwrap();
    let odd: Vec<RecordBatch> =
        (0..whole.num_rows()).step_by(7).map(|first| whole.slice(first, 7.min(whole.num_rows() - first))).collect();
    let [cut, whole] = [odd, vec![whole]].map(|batches| {
        let found = segment(&Input::of_batches(batches, &plan, &monitor).unwrap(), &plan, &monitor).unwrap();
        (found.loaded().fingerprint.hash.clone(), files(&found).into_iter().filter(|(name, _)| name != "run.json"))
    });
    assert_eq!(cut.0, whole.0);
    let is_timed = |name: &str| ["report.html", "checksums.txt"].contains(&name);
    for (cut, whole) in cut.1.zip(whole.1).filter(|(cut, _)| !is_timed(&cut.0)) {
        assert!(cut == whole, "{}", cut.0);
    }
}

#[test]
fn a_run_whose_page_fails_exists_and_says_so() {
    let (shop, mut plan) = shop(&[]);
    plan.registry.path = shop.path().join("runs");
    plan.report.id_salt = Some("SEGMINT_TEST_NO_SUCH_VARIABLE".to_owned());
    let run = pipeline::run(&plan, Finished::Reuse, &Monitor::silent()).unwrap();
    assert_eq!(run.warnings.iter().map(|warning| warning.code.as_str()).collect::<Vec<_>>(), ["no_page"]);
    assert!(run.warnings[0].message.en.contains("SEGMINT_TEST_NO_SUCH_VARIABLE"), "{}", run.warnings[0].message.en);
    assert!(!run.folder.path.join("report.html").exists());
    assert_eq!(Registry::open(&plan.registry.path).resolve("latest").unwrap(), run.folder);
}

#[test]
fn the_mixture_is_described_named_and_compared_like_any_clustering() {
    let (_shop, plan) = shop(&["cluster.gmm.enabled=true"]);
    let monitor = Monitor::silent();
    let found = segment(&Input::open(&plan, &monitor).unwrap(), &plan, &monitor).unwrap();
    let algorithms: Vec<Algorithm> = found.labelled().clusterings.iter().map(|one| one.algorithm).collect();
    assert_eq!(algorithms, [Algorithm::KMeans, Algorithm::Dbscan, Algorithm::Gmm]);
    let mixture = found.clusterings().get(Algorithm::Gmm).unwrap();
    let sizes: Vec<usize> = found.labelled().clusterings[2].clusters.iter().map(|cluster| cluster.size).collect();
    assert_eq!(sizes, mixture.partition.sizes());

    let files = files(&found);
    let json =
        |name: &str| -> Value { serde_json::from_slice(&files.iter().find(|file| file.0 == name).unwrap().1).unwrap() };
    let compared = json("comparison.json");
    let clusterings: Vec<&str> =
        compared["comparisons"].as_array().unwrap().iter().map(|one| one["clustering"].as_str().unwrap()).collect();
    assert!(clusterings.contains(&"gmm"), "{clusterings:?}");
    assert_eq!(json("run.json")["gmm"]["sizes"].as_array().unwrap().len(), sizes.len());

    let model = found.model();
    let scored = model.score_batch(&batches(&plan.source.path)[0], &monitor).unwrap();
    let components = scored.column_by_name("gmm_cluster").unwrap().as_primitive::<Int32Type>();
    let in_table = found.normalized().rows.scatter_range(mixture.partition.labels(), 0..64);
    assert!(
        components.iter().eq(in_table.into_iter().flatten().map(|label| label.map(|cluster| cluster.index() as i32)))
    );
    let probability = scored.column_by_name("gmm_probability").unwrap().as_primitive::<Float32Type>();
    assert!(probability.null_count() == 0 && probability.values().iter().all(|p| (0.0..=1.0).contains(p)));
}

#[test]
fn batches_that_are_no_one_table_are_refused() {
    let (_shop, plan) = shop(&[]);
    let mut all = batches(&plan.source.path);
    let fewer: Vec<usize> = (1..all[1].num_columns()).collect();
    all[1] = all[1].project(&fewer).unwrap();
    let error = Input::of_batches(all, &plan, &Monitor::silent()).err().unwrap();
    assert_eq!(error.to_string(), "batch 1 of the table in memory has other columns or types than the first");
    let nobody = Input::of_batches(Vec::new(), &plan, &Monitor::silent()).err().unwrap();
    assert!(nobody.to_string().contains("the table in memory"), "{nobody}");
}

#[test]
fn a_source_that_is_open_is_run_as_the_path_of_the_plan_is() {
    let (folder, mut plan) = shop(&[]);
    let monitor = Monitor::silent();
    plan.registry.path = folder.path().join("by_path");
    let by_path = pipeline::run(&plan, Finished::default(), &monitor).unwrap().folder;
    let sources = [
        Source::open_all(std::slice::from_ref(&plan.source.path)).unwrap(),
        Source::of_batches("memory", batches(&plan.source.path)).unwrap(),
    ];
    plan.source.path = "-".into();
    for (i, source) in sources.into_iter().enumerate() {
        plan.registry.path = folder.path().join(i.to_string());
        let run = pipeline::run_on(source, &plan, Finished::default(), &monitor).unwrap().folder;
        for name in ["assignments.parquet", "segments.parquet", "segments.json", "comparison.json", "model.segmint"] {
            assert_eq!(
                fs::read(run.file(name)).unwrap(),
                fs::read(by_path.file(name)).unwrap(),
                "{name} of source {i}"
            );
        }
        assert!(run.file("report.html").exists());
    }
}
