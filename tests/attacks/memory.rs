//! Estimates of memory against what runs take, and runs under limits that the system enforces.
//!
//! Shapes are drawn from a fixed stream. A few of them take a minute; `SEGMINT_MEMORY_SHAPES=200` takes all, `SEGMINT_MEMORY_SEED`
//! others.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use segmint::random::stream;

/// Shapes that are tried when nobody asks for more.
const FEW: usize = 12;
/// Bytes by which an estimate may be off whatever the shape: what threads and the allocator hold.
const SLACK: u64 = 12 << 20;

/// A table and a plan.
#[derive(Debug, Clone)]
struct Shape {
    rows: usize,
    features: usize,
    attributes: usize,
    levels: usize,
    level_bytes: usize,
    id_bytes: usize,
    tiers: usize,
    k: String,
    dbscan: bool,
    whole_numbers: bool,
}

impl Shape {
    const SMALLEST: Shape = Shape {
        rows: 60,
        features: 2,
        attributes: 0,
        levels: 0,
        level_bytes: 4,
        id_bytes: 0,
        tiers: 0,
        k: String::new(),
        dbscan: false,
        whole_numbers: false,
    };

    fn random(random: &mut ChaCha8Rng) -> Shape {
        let mut between = |low: f64, high: f64| (low * (high / low).powf(random.random::<f64>())) as usize;
        let mut shape = Shape {
            rows: between(500.0, 30_000.0),
            features: between(1.0, 20.0).max(2),
            attributes: between(1.0, 60.0),
            levels: between(2.0, 999.0),
            level_bytes: between(4.0, 60.0),
            id_bytes: between(4.0, 2_000.0),
            tiers: between(1.0, 200.0),
            k: format!("k = {}", between(2.0, 60.0)),
            ..Shape::SMALLEST
        };
        // One shape is large in few things.
        for part in 0..4 {
            if random.random::<f64>() < 0.6 {
                match part {
                    0 => shape.attributes = 0,
                    1 => shape.id_bytes = 0,
                    2 => shape.tiers = 0,
                    _ => shape.features = 2,
                }
            }
        }
        if random.random::<f64>() < 0.2 {
            let high = [6, 12, 30][random.random_range(0..3)];
            shape.k = format!("k_range = [2, {high}]");
            shape.rows = shape.rows.min(4_000);
        }
        shape.dbscan = random.random::<f64>() < 0.4;
        shape.whole_numbers = random.random::<f64>() < 0.3;
        shape
    }

    /// Writes the table and the plan into a folder.
    fn write(&self, folder: &Path, seed: u64) {
        let mut random = stream(1, "attacks.table", seed);
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        let mut plan = "[source]\npath = \"t.parquet\"\n".to_owned();
        if self.id_bytes > 0 {
            let width = self.id_bytes.max(6);
            columns.push(("id".into(), texts((0..self.rows).map(|row| format!("{row:0width$}")))));
            plan += "id = \"id\"\n";
        }
        let middles: Vec<f64> = (0..5 * self.features).map(|_| random.random_range(-9.0..9.0)).collect();
        let groups: Vec<usize> = (0..self.rows).map(|_| random.random_range(0..5)).collect();
        for j in 0..self.features {
            let value = |group: &usize| middles[group * self.features + j] + random.random::<f64>();
            let values = groups.iter().map(value).map(|x| if self.whole_numbers { x.round() } else { x });
            columns.push((format!("x{j}"), Arc::new(values.collect::<Float64Array>())));
        }
        for j in 0..self.attributes {
            let width = self.level_bytes;
            let levels = (0..self.rows).map(|_| format!("L{:0width$}", random.random_range(0..self.levels)));
            columns.push((format!("s{j}"), texts(levels)));
        }
        if self.tiers > 0 {
            columns.push((
                "tier".into(),
                texts((0..self.rows).map(|_| format!("T{}", random.random_range(0..self.tiers)))),
            ));
            plan += "tier = \"tier\"\n";
        }
        plan += &format!("[cluster.kmeans]\n{}\n[cluster.dbscan]\nenabled = {}\n", self.k, self.dbscan);
        plan += "[compare]\npermutations = 99\nbootstrap = 99\n";
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer =
            ArrowWriter::try_new(File::create(folder.join("t.parquet")).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        fs::write(folder.join("pipeline.toml"), plan).unwrap();
    }
}

fn texts(values: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<StringArray>())
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_segmint"))
}

/// The estimate in bytes.
fn estimated(folder: &Path) -> u64 {
    let output = program().args(["run", "--dry-run", "--json"]).current_dir(folder).output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    said["estimate"]["memory_bytes"].as_u64().unwrap()
}

/// Runs the plan in `folder`; its exit code, and the most memory it had.
fn run(folder: &Path) -> (Option<i32>, u64) {
    peak_of(folder, &["run"])
}

/// The exit code of the program in `folder`, and the most memory it had.
fn peak_of(folder: &Path, arguments: &[&str]) -> (Option<i32>, u64) {
    let mut child =
        program().args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let peak = watch(&mut child, "VmHWM:");
    (child.wait().unwrap().code(), peak)
}

/// The last that the system says of a process under `key`, which only grows, in bytes.
fn watch(child: &mut Child, key: &str) -> u64 {
    let path = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut last = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        last = kilobytes.map_or(last, |kilobytes| last.max(kilobytes * 1024));
        std::thread::sleep(Duration::from_millis(2));
    }
    last
}

/// What the program takes where there is next to nothing to do: what is estimated, what it has in memory, and what it has of
/// address space.
static FLOOR: LazyLock<(u64, u64, u64)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    Shape { k: "k = 2".into(), ..Shape::SMALLEST }.write(folder.path(), 0);
    let (code, peak) = run(folder.path());
    assert_eq!(code, Some(0));
    let mut child = program().arg("run").current_dir(folder.path()).stdout(Stdio::null()).spawn().unwrap();
    let space = watch(&mut child, "VmPeak:");
    (estimated(folder.path()), peak, space)
});

fn shapes() -> Vec<(u64, Shape)> {
    let wanted = std::env::var("SEGMINT_MEMORY_SHAPES").ok().and_then(|n| n.parse().ok()).unwrap_or(FEW);
    let seed = std::env::var("SEGMINT_MEMORY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let mut random = stream(1, "attacks.shapes", seed);
    (0..wanted as u64).map(|seed| (seed, Shape::random(&mut random))).collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "who asks for all shapes wants to see them")]
fn an_estimate_is_within_a_factor_of_two_of_what_a_run_takes() {
    let (estimated_floor, floor, _) = *FLOOR;
    let mut off = Vec::new();
    for (seed, shape) in shapes() {
        let folder = tempfile::tempdir().unwrap();
        shape.write(folder.path(), seed);
        let beyond = estimated(folder.path()).saturating_sub(estimated_floor);
        let (mut code, mut peak) = run(folder.path());
        let ratio_of = |peak: u64| (beyond + SLACK) as f64 / (peak.saturating_sub(floor) + SLACK) as f64;
        // The allocator gives memory back by the clock: beside other work a run may keep twice what it needs.
        for _ in 0..3 {
            if code == Some(0) && ratio_of(peak) < 0.5 {
                let again = run(folder.path());
                (code, peak) = (again.0, peak.min(again.1));
            }
        }
        let (taken, ratio) = (peak.saturating_sub(floor), ratio_of(peak));
        let line = format!("{ratio:.2}: {} MB estimated, {} MB taken, {shape:?}", beyond >> 20, taken >> 20);
        if std::env::var_os("SEGMINT_MEMORY_SHAPES").is_some() {
            eprintln!("{line}");
        }
        if code != Some(0) || !(0.5..=2.0).contains(&ratio) {
            off.push(format!("{code:?} {line}"));
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
}

/// What the program says it would need, in bytes, where it may have next to nothing.
fn said_to_need(folder: &Path, arguments: &[&str]) -> u64 {
    let output =
        program().args(arguments).args(["--set", "limits.memory=\"1 kB\""]).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    let (_, after) = said.split_once("would need ").unwrap();
    let mut words = after.split([' ', ',']);
    let number: f64 = words.next().unwrap().parse().unwrap();
    let unit = match words.next().unwrap() {
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        other => panic!("{other}"),
    };
    (number * unit) as u64
}

#[test]
fn a_list_of_customers_takes_what_is_said_within_a_factor_of_two() {
    let mut floor = None;
    for (rows, tiers) in [(60, 3), (60_000, 0), (60_000, 5)] {
        let folder = tempfile::tempdir().unwrap();
        let shape = Shape { rows, tiers, id_bytes: 20, k: "k = 4".into(), ..Shape::SMALLEST };
        shape.write(folder.path(), 1);
        assert_eq!(run(folder.path()).0, Some(0));
        for output in [&["-o", "list.csv", "--table", "customers"][..], &["-o", "list.xlsx"]] {
            let export = [&["export", "latest", "--internal"], output].concat();
            let needed = said_to_need(folder.path(), &export);
            let (code, peak) = peak_of(folder.path(), &export);
            assert_eq!(code, Some(0));
            let floor = *floor.get_or_insert(peak);
            let ratio = (needed + SLACK) as f64 / (peak.saturating_sub(floor) + SLACK) as f64;
            assert!((0.5..=2.0).contains(&ratio), "{ratio:.2}: {needed} {} {shape:?} {output:?}", peak - floor);
        }
    }
}

#[test]
fn customers_that_are_built_from_transactions_take_no_more_than_twice_what_is_allowed() {
    let lines = 600_000;
    let folder = tempfile::tempdir().unwrap();
    let mut random = stream(1, "attacks.lines", 0);
    let mut write = |name: &str, is_text: bool| {
        let customers: Vec<u32> = (0..lines).map(|_| random.random_range(0..200_000)).collect();
        let ids: ArrayRef = match is_text {
            true => texts(customers.iter().map(|id| format!("customer {id:012}"))),
            false => Arc::new(customers.iter().map(|&id| Some(f64::from(id))).collect::<Float64Array>()),
        };
        let days = texts((0..lines).map(|i| format!("2025-{:02}-{:02}", 1 + i % 12, 1 + i % 28)));
        let amounts: ArrayRef = Arc::new((0..lines).map(|i| Some(5.0 + (i % 400) as f64)).collect::<Float64Array>());
        let columns = [("customer_id", ids), ("date", days), ("amount", amounts)];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer =
            ArrowWriter::try_new(File::create(folder.path().join(name)).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    };
    write("numbers.parquet", false);
    write("texts.parquet", true);
    fs::write(folder.path().join("pipeline.toml"), "[source]\npath = \"numbers.parquet\"\n").unwrap();
    for name in ["numbers.parquet", "texts.parquet"] {
        let build = |memory: &'static str| ["features", name, "-o", "made.parquet", "--set", memory];
        let (code, floor) = peak_of(folder.path(), &build("limits.memory=\"1 kB\""));
        assert_eq!(code, Some(4), "the first lines are too many");
        for (memory, bytes) in [("limits.memory=\"30 MB\"", 30e6), ("limits.memory=\"60 MB\"", 60e6)] {
            let (code, peak) = peak_of(folder.path(), &build(memory));
            assert_eq!(code, Some(4), "{name} {memory}");
            let ratio = (bytes + SLACK as f64) / (peak.saturating_sub(floor) + SLACK) as f64;
            assert!((0.5..=2.0).contains(&ratio), "{ratio:.2}: {name} {memory} {}", peak.saturating_sub(floor));
        }
        assert_eq!(peak_of(folder.path(), &build("limits.memory=\"1 GB\"")).0, Some(0));
    }
}

/// Runs the plan with no more than `bytes` of address space.
fn run_within(folder: &Path, bytes: u64) -> Output {
    let script = format!("ulimit -v {} && exec \"$0\" run", bytes / 1024);
    Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_segmint")])
        .current_dir(folder)
        .stdout(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn under_a_hard_limit_a_run_is_refused_or_finishes() {
    let (.., space) = *FLOOR;
    for (seed, shape) in shapes() {
        let folder = tempfile::tempdir().unwrap();
        shape.write(folder.path(), seed);
        let mut random = stream(1, "attacks.limit", seed);
        let bytes = space + (estimated(folder.path()) as f64 * 8.0_f64.powf(random.random::<f64>() - 0.6)) as u64;
        let output = run_within(folder.path(), bytes);
        let said = String::from_utf8_lossy(&output.stderr);
        let is_refused = output.status.code() == Some(4) && said.contains("refused: would need");
        assert!(output.status.success() || is_refused, "{} within {} MB: {said}{shape:?}", output.status, bytes >> 20);
    }
}
