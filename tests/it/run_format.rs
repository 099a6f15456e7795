//! The files of a run: what is written is read, old runs open, and what cannot be read says why.

use std::fs;
use std::path::{Path, PathBuf};

use segmint::failure::{Category, Failure};
use segmint::registry::{RUN_FORMAT, RegistryError, Run, write_checksums};
use segmint::report::{Document, Report, terminal};
use segmint::sharing::SharedRun;
use serde_json::{Value, json};

/// A run of 300 simulated customers, written by the first version with format 1.0.
fn first() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/run-1.0")
}

const FILES: [&str; 4] = ["run.json", "segments.json", "comparison.json", "charts.json"];

fn document(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

/// The first run with one of its files changed.
fn changed(name: &str, change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in FILES {
        fs::copy(first().join(file), folder.path().join(file)).unwrap();
    }
    let mut content = document(folder.path(), name);
    change(&mut content);
    fs::write(folder.path().join(name), content.to_string()).unwrap();
    folder
}

/// Where `written` lacks a value of `read`, or has another.
fn lost(read: &Value, written: &Value, at: &str) -> Vec<String> {
    match (read, written) {
        (Value::Object(read), Value::Object(written)) => {
            let inner = |(key, value): (&String, &Value)| {
                lost(value, written.get(key).unwrap_or(&json!("absent")), &format!("{at}/{key}"))
            };
            read.iter().flat_map(inner).collect()
        }
        (Value::Array(read), Value::Array(written)) if read.len() == written.len() => {
            let pairs = read.iter().zip(written).enumerate();
            pairs.flat_map(|(i, (read, written))| lost(read, written, &format!("{at}/{i}"))).collect()
        }
        _ if read == written => Vec::new(),
        _ => vec![format!("{at}: {read} became {written}")],
    }
}

#[test]
fn a_run_of_format_1_0_opens_and_is_shown() {
    let run = Run::open(&first()).unwrap();
    assert_eq!((run.record.format.as_str(), run.record.input.n_customers), ("1.0", 300));
    assert_eq!(run.record.segments.len(), run.labelled.primary().unwrap().without_noise().count());
    let shared = SharedRun::open(&first()).unwrap();
    let text = terminal(&Document::full(&shared), Some(100), |_, text| text.to_owned());
    assert!(text.contains("300 customers"));
    assert!(Report::read(&first()).unwrap().html().unwrap().contains("S01"));
}

#[test]
fn nothing_of_a_file_is_lost_when_it_is_read_and_written_again() {
    let run = Run::open(&first()).unwrap();
    let written = [
        serde_json::to_value(&run.record).unwrap(),
        serde_json::to_value(&run.labelled).unwrap(),
        serde_json::to_value(&run.comparisons).unwrap(),
        serde_json::to_value(&run.charts).unwrap(),
    ];
    for (name, written) in FILES.iter().zip(written) {
        assert_eq!(lost(&document(&first(), name), &written, name), [""; 0]);
    }
}

#[test]
fn the_origins_of_the_plan_are_read_back() {
    let run = Run::open(&first()).unwrap();
    assert_eq!(run.record.plan.origins.of("cluster.kmeans.k").to_string(), "--set");
    assert_eq!(run.record.plan.origins.of("source.id").to_string(), "pipeline.toml:6");
    assert_eq!(run.record.plan.origins.of("cluster.seed").to_string(), "default");
}

#[test]
fn keys_that_an_earlier_version_did_not_write_have_defaults() {
    let absent = [
        ("run.json", "categories"),
        ("run.json", "primary"),
        ("run.json", "dbscan/structure"),
        ("run.json", "dbscan/answer"),
        ("run.json", "dbscan/alternatives"),
        ("run.json", "plan/source/as_of"),
        ("run.json", "plan/source/columns"),
        ("run.json", "plan/normalize/categories"),
        ("run.json", "plan/report/id_salt"),
        ("segments.json", "rules"),
        ("segments.json", "new_segments"),
        ("comparison.json", "tiers"),
        ("comparison.json", "tier_pairs"),
        ("comparison.json", "targets"),
        ("comparison.json", "outcome"),
        ("comparison.json", "moves"),
        ("charts.json", "noise"),
    ];
    for (name, path) in absent {
        let folder = changed(name, |content| {
            let (parent, key) = path.rsplit_once('/').map_or((String::new(), path), |(p, key)| (format!("/{p}"), key));
            let object = content.pointer_mut(&parent).and_then(Value::as_object_mut).unwrap();
            assert!(object.remove(key).is_some(), "{name} has no {path}");
        });
        Run::open(folder.path()).unwrap_or_else(|error| panic!("{name} without {path}: {error}"));
    }
}

#[test]
fn a_newer_minor_format_opens_and_another_major_one_is_refused() {
    let newer = changed("run.json", |run| {
        run["format"] = json!("1.99");
        run["something_new"] = json!({ "n": 1 });
    });
    let refused = Run::open(newer.path()).unwrap_err();
    assert!(matches!(&refused, RegistryError::Missing { path, .. } if path.ends_with("checksums.txt")), "{refused}");
    for name in ["assignments.parquet", "segments.parquet", "disagreements.parquet", "model.segmint"] {
        fs::write(newer.path().join(name), name).unwrap();
    }
    write_checksums(newer.path()).unwrap();
    assert_eq!(Run::open(newer.path()).unwrap().record.format, "1.99");
    for other in ["2.0", "0.9", "new"] {
        let folder = changed("run.json", |run| *run = json!({ "format": other, "run_id": "x" }));
        let refused = Run::open(folder.path()).unwrap_err();
        assert_eq!(refused.category(), Category::Input);
        let major = RUN_FORMAT.split('.').next().unwrap();
        let said = format!(" has format {other}; this version of segmint reads format {major}.x");
        assert!(refused.to_string().ends_with(&said), "{refused}");
        assert!(refused.hint().unwrap().contains("run the plan again"), "{:?}", refused.hint());
    }
}

#[test]
fn a_damaged_file_is_named_with_the_place() {
    for name in FILES {
        let folder = changed(name, |_| ());
        fs::write(folder.path().join(name), "{\n  \"run_id\": 3\n").unwrap();
        let refused = Run::open(folder.path()).unwrap_err();
        assert!(matches!(&refused, RegistryError::Damaged { path, .. } if path.ends_with(name)), "{refused}");
        assert!(refused.to_string().contains("line "), "{refused}");
        fs::remove_file(folder.path().join(name)).unwrap();
        let refused = Run::open(folder.path()).unwrap_err();
        assert!(matches!(&refused, RegistryError::Missing { path, .. } if path.ends_with(name)), "{refused}");
    }
    let another_shape =
        changed("segments.json", |segments| segments["clusterings"][0]["clusters"][0]["size"] = json!(-1));
    let refused = Run::open(another_shape.path()).unwrap_err().to_string();
    assert!(refused.contains("segments.json") && refused.contains("line 1 column"), "{refused}");
}
