//! A damaged byte of a run is never shown as a result, and nothing that a run's files may hold ends the program.

use std::fs;
use std::path::Path;

use rand::RngExt;
use segmint::random::stream;
use segmint::registry::{RUN_FORMAT, write_checksums};
use serde_json::Value;

use crate::program::{Bench, is_orderly, text};

/// Every command that opens a run.
const COMMANDS: [&[&str]; 10] = [
    &["runs", "show", "latest"],
    &["runs", "show", "latest", "--full", "--json"],
    &["runs", "show", "latest", "--segment", "all"],
    &["runs", "show", "latest", "--sql"],
    &["report", "latest", "--format", "md"],
    &["export", "latest", "-o", "x.xlsx", "--internal"],
    &["explain", "latest", "C000007"],
    &["compare", "latest", "latest"],
    &["score", "latest", "d/customers.parquet", "-o", "s.parquet"],
    &["archetypes", "add", "--from-run", "latest", "--segment", "S01", "--catalog", "a.toml"],
];

/// The files of a run that are held against checksums, and the list.
fn files(run: &Path) -> Vec<String> {
    let names = fs::read_dir(run).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "report.html").collect();
    names.sort();
    assert_eq!(names.len(), 9, "{names:?}");
    names
}

/// `bytes` with one of many kinds of damage.
fn damaged(bytes: &[u8], draw: &mut impl RngExt) -> Vec<u8> {
    let at = draw.random_range(0..bytes.len());
    let mut bytes = bytes.to_vec();
    match draw.random_range(0..4) {
        0 => bytes[at] ^= 1 << draw.random_range(0..8),
        1 => bytes.truncate(at),
        2 => bytes.insert(at, draw.random_range(0..=255)),
        _ => bytes.extend([b'\n', 0]),
    }
    bytes
}

#[test]
fn every_damage_to_a_file_of_a_run_is_refused_with_the_name_of_the_file() {
    let bench = Bench::with_run(300);
    let run = bench.runs().remove(0);
    let mut draw = stream(7, "attacks.integrity", 0);
    for name in files(&run) {
        let path = run.join(&name);
        let whole = fs::read(&path).unwrap();
        for (round, command) in COMMANDS.iter().enumerate() {
            fs::write(&path, damaged(&whole, &mut draw)).unwrap();
            let output = bench.output(command.iter());
            assert_eq!(output.status.code(), Some(3), "{name} {command:?}: {}", text(&output));
            assert!(String::from_utf8_lossy(&output.stderr).contains(&name), "{name}: {}", text(&output));
            if round % 3 == 0 {
                fs::remove_file(&path).unwrap();
                let output = bench.output(command.iter());
                assert_eq!(output.status.code(), Some(3), "{name} {command:?}: {}", text(&output));
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(said.contains(&format!("{name} is missing")), "{name}: {said}");
            }
        }
        fs::write(&path, whole).unwrap();
    }
    bench.must(["runs", "show", "latest"]);
}

#[test]
fn a_damaged_run_is_listed_as_one_and_shows_no_figures() {
    let bench = Bench::with_run(300);
    bench.must(["run"]);
    let [damaged, whole] = bench.runs().try_into().unwrap();
    let record = fs::read_to_string(damaged.join("run.json")).unwrap();
    // A number that no time and no hash of a run's id can show.
    fs::write(damaged.join("run.json"), record.replace("\"n_customers\": 300", "\"n_customers\": 987654")).unwrap();
    let list = bench.must(["runs", "list"]);
    assert!(!list.contains("987,654") && !list.contains("987654") && list.contains("! "), "{list}");
    assert!(list.contains("run.json is damaged"), "{list}");
    fs::remove_file(whole.join("segments.parquet")).unwrap();
    let list = bench.must(["runs", "list"]);
    assert!(list.contains("segments.parquet is missing"), "{list}");
}

#[test]
fn a_list_that_is_verified_finds_damage_to_any_file() {
    let bench = Bench::with_run(300);
    let run = bench.runs().remove(0);
    bench.must(["runs", "list", "--verify"]);
    for name in files(&run) {
        let whole = fs::read(run.join(&name)).unwrap();
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(run.join(&name), damaged).unwrap();
        let output = bench.output(["runs", "list", "--verify"]);
        assert_eq!(output.status.code(), Some(3), "{name}: {}", text(&output));
        assert!(String::from_utf8_lossy(&output.stdout).contains(&name), "{name}: {}", text(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains("1 run is damaged"), "{name}: {}", text(&output));
        fs::write(run.join(&name), whole).unwrap();
    }
}

#[test]
fn a_run_before_checksums_opens_with_a_warning_and_one_that_lost_them_does_not() {
    let bench = Bench::with_run(300);
    let run = bench.runs().remove(0);
    fs::remove_file(run.join("checksums.txt")).unwrap();
    let output = bench.output(["runs", "show", "latest"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("checksums.txt is missing"), "{}", text(&output));
    let record = fs::read_to_string(run.join("run.json")).unwrap();
    fs::write(run.join("run.json"), record.replace(&format!("\"format\": \"{RUN_FORMAT}\""), "\"format\": \"1.1\""))
        .unwrap();
    let output = bench.output(["runs", "show", "latest"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("without checksums"), "{}", text(&output));
}

/// Changes something in a JSON document, at a place drawn from all of them.
fn foreign(document: &mut Value, draw: &mut impl RngExt) {
    let mut places = Vec::new();
    collect(document, String::new(), &mut places);
    let place = &places[draw.random_range(0..places.len())];
    let value = document.pointer_mut(place).unwrap();
    let kind = draw.random_range(0..4);
    match value {
        Value::Array(list) if !list.is_empty() => match kind {
            0 => drop(list.pop()),
            1 => list.clear(),
            _ => list.push(list[list.len() - 1].clone()),
        },
        Value::Number(_) => *value = [Value::from(0), u64::MAX.into(), (-1).into(), 1e308.into()][kind].clone(),
        Value::String(text) => text.push_str(["\u{1b}[2J", "", "x\n", "\0"][kind]),
        Value::Object(object) if kind == 0 => drop(object.pop_first_key()),
        other => *other = [Value::Null, false.into(), "".into(), Value::Array(Vec::new())][kind].clone(),
    }
}

trait PopFirstKey {
    fn pop_first_key(&mut self) -> Option<Value>;
}

impl PopFirstKey for serde_json::Map<String, Value> {
    fn pop_first_key(&mut self) -> Option<Value> {
        let key = self.keys().next()?.clone();
        self.remove(&key)
    }
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    places.push(at.clone());
    match value {
        Value::Array(list) => {
            list.iter().take(3).enumerate().for_each(|(i, inner)| collect(inner, format!("{at}/{i}"), places));
        }
        Value::Object(object) => object.iter().for_each(|(key, inner)| {
            collect(inner, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), places);
        }),
        _ => {}
    }
}

#[test]
fn files_that_fit_their_checksums_may_hold_anything_without_ending_the_program() {
    let bench = Bench::with_run(300);
    let run = bench.runs().remove(0);
    let rounds: u64 = std::env::var("SEGMINT_ATTACK_ROUNDS").map_or(60, |rounds| rounds.parse().unwrap());
    let mut wrong = Vec::new();
    for name in ["run.json", "segments.json", "comparison.json", "charts.json"] {
        let path = run.join(name);
        let whole = fs::read(&path).unwrap();
        for round in 0..rounds {
            let mut draw = stream(11, name, round);
            let mut document: Value = serde_json::from_slice(&whole).unwrap();
            foreign(&mut document, &mut draw);
            fs::write(&path, document.to_string()).unwrap();
            write_checksums(&run).unwrap();
            for command in &COMMANDS[..9] {
                let output = bench.output(command.iter());
                if !is_orderly(&output) || !matches!(output.status.code(), Some(0 | 2 | 3 | 4)) {
                    wrong.push(format!("{name} round {round} {command:?}: {}", text(&output)));
                }
            }
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
}
