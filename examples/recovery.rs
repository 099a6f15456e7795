//! Whether segmint finds what was planted, and keeps silent where nothing was.
//!
//! `cargo run --release --example recovery` prints both as Markdown tables, from fixed seeds; `-- planted` and `-- noise`
//! print one, a number behind it sets the seeds (50); for noise the customers (1,000), the first seed (1) and a word of the
//! name of a kind may follow. Every table goes through the whole pipeline with its defaults,
//! without DBSCAN and intervals. Planted: 2,000 customers of `segmint simulate`, well separated and, for a fifth of the
//! seeds, less so. Noise: customers without any groups, in columns that the built-in RFM catalog knows.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use rand_distr::{Distribution, LogNormal, Poisson, StandardNormal, StudentT, Uniform};
use segmint::config::{Duplicates, Plan};
use segmint::monitor::Monitor;
use segmint::pipeline::{self, Finished};
use segmint::random::stream;
use segmint::registry::{Joined, LabelsById};
use segmint::simulate::{SimulateOptions, simulate};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Customers of a planted population, and of a table of noise.
const PLANTED: usize = 2_000;
/// How far the planted groups are apart, and one in how many seeds is looked at there.
const SEPARATIONS: [(f64, u64); 7] = [(1.0, 1), (0.8, 5), (0.6, 5), (0.5, 5), (0.4, 5), (0.3, 5), (0.2, 5)];
const COLUMNS: [&str; 4] = ["recency_days", "frequency", "monetary", "basket_mean"];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| arguments.get(at).map_or(Ok(default), |number| number.parse::<u64>());
    let seeds = number(1, 50)?;
    let wanted = |part: &str| arguments.first().is_none_or(|only| only == part);
    if wanted("planted") {
        planted(seeds)?;
    }
    if wanted("noise") {
        let first = number(3, 1)?;
        noise(first..first + seeds, number(2, 1_000)? as usize, arguments.get(4).map(String::as_str))?;
    }
    Ok(())
}

/// What came of one planted population.
struct Recovered {
    structure: bool,
    /// Customers of known groups whose segment carries the right name, of all of them.
    named: f64,
    /// Customers of the unknown group in unmatched segments.
    unknown: f64,
    /// Whether most of the unknown group is in unmatched segments.
    reported: bool,
}

fn planted(seeds: u64) -> Outcome<()> {
    println!("Populations of {PLANTED} customers:\n");
    println!(
        "| separation | structure present | right name, mean | worst | populations ≥ 95 % | unknown group unmatched, mean | reported |"
    );
    println!("|{}", "---|".repeat(7));
    for (separation, one_in) in SEPARATIONS {
        let seeds = (seeds / one_in).max(1);
        let found = (0..seeds).map(|seed| recover(seed, separation)).collect::<Outcome<Vec<Recovered>>>()?;
        let percent = |of: &dyn Fn(&Recovered) -> f64| 100.0 * found.iter().map(of).sum::<f64>() / seeds as f64;
        let count = |of: &dyn Fn(&Recovered) -> bool| found.iter().filter(|recovered| of(recovered)).count();
        let worst = found.iter().map(|recovered| recovered.named).fold(1.0, f64::min);
        println!(
            "| {separation} | {} of {seeds} | {:.1} % | {:.1} % | {} | {:.1} % | {} of {seeds} |",
            count(&|r| r.structure),
            percent(&|r| r.named),
            100.0 * worst,
            count(&|r| r.named >= 0.95),
            percent(&|r| r.unknown),
            count(&|r| r.reported)
        );
    }
    println!();
    Ok(())
}

fn recover(seed: u64, separation: f64) -> Outcome<Recovered> {
    let folder = tempfile::tempdir()?;
    simulate(folder.path(), &SimulateOptions { customers: PLANTED, seed, months: 1, separation })?;
    let (run, record) = run(folder.path())?;
    let truth =
        LabelsById::read(&folder.path().join("truth.parquet"), "customer_id", "archetype", Duplicates::Error, &[])?;
    let given = LabelsById::read(&run.join("assignments.parquet"), "customer_id", "archetype", Duplicates::Error, &[])?;
    let joined = Joined::of(&truth, "truth", &given, "archetype");
    let label = |levels: &segmint::load::Levels, row| levels.code(row).map(|code| levels.levels()[code].clone());
    let (mut known, mut right, mut unknown, mut unmatched) = (0, 0, 0, 0);
    for row in 0..joined.seen.len() {
        match (label(&joined.left, row), label(&joined.right, row)) {
            (Some(truth), given) => {
                known += 1;
                right += usize::from(given == Some(truth));
            }
            (None, given) => {
                unknown += 1;
                unmatched += usize::from(given.is_none());
            }
        }
    }
    let structure = record["structure"]["verdict"] == "present";
    // Without structure nothing is reported as new, whatever is unmatched.
    let unknown = if structure { f64::from(unmatched as u32) / f64::from(unknown as u32) } else { 0.0 };
    Ok(Recovered { structure, named: right as f64 / known as f64, unknown, reported: unknown > 0.5 })
}

/// A kind of table without groups: what it is called, and whether its columns are transformed.
const FAMILIES: [(&str, bool); 11] = [
    ("uniform", true),
    ("Gaussian", true),
    ("correlated Gaussian", true),
    ("log-normal", true),
    ("Student t, 3 df", true),
    ("Poisson, mean 3", true),
    ("one 0/1 column", true),
    ("two 0/1 columns", true),
    ("a column of 5 values", true),
    ("ties", true),
    ("one log-normal, not transformed", false),
];

fn noise(seeds: Range<u64>, customers: usize, only: Option<&str>) -> Outcome<()> {
    let n = seeds.end - seeds.start;
    println!(
        "{n} tables (seeds {} to {}) each of {customers} customers × {} features without groups:\n",
        seeds.start,
        seeds.end - 1,
        COLUMNS.len()
    );
    println!("| table | structure present | tables with a name | names |\n|---|---|---|---|");
    let (mut all_named, mut all_names) = (0, 0);
    for (kind, transformed) in FAMILIES.into_iter().filter(|(kind, _)| only.is_none_or(|only| kind.contains(only))) {
        let (mut present, mut named, mut names) = (0, 0, 0);
        for seed in seeds.clone() {
            let folder = tempfile::tempdir()?;
            write_table(&folder.path().join("customers.parquet"), kind, customers, seed)?;
            let transform = if transformed { "auto" } else { "none" };
            let plan = format!("[source]\npath = \"customers.parquet\"\n[normalize]\ntransform = \"{transform}\"\n");
            std::fs::write(folder.path().join("pipeline.toml"), plan)?;
            let (_, record) = run(folder.path())?;
            let segments = record["segments"].as_array().map_or(&[][..], Vec::as_slice);
            let given = segments.iter().filter(|segment| segment["archetype"].is_string()).count();
            present += usize::from(record["structure"]["verdict"] == "present");
            (named, names) = (named + usize::from(given > 0), names + given);
        }
        println!("| {kind} | {present} of {n} | {named} | {names} |");
        (all_named, all_names) = (all_named + named, all_names + names);
    }
    println!("| all | | {all_named} | {all_names} |\n");
    Ok(())
}

/// Runs the plan of a folder; the folder of the run and its record.
fn run(folder: &Path) -> Outcome<(std::path::PathBuf, Value)> {
    let quick = [
        "cluster.dbscan.enabled=false".to_owned(),
        "compare.permutations=0".to_owned(),
        "compare.bootstrap=0".to_owned(),
        format!("registry.path={}", folder.join("runs").display()),
    ];
    let plan = Plan::load(&folder.join("pipeline.toml"), &quick)?;
    let path = pipeline::run(&plan, Finished::Reuse, &Monitor::silent())?.folder.path;
    let record = serde_json::from_slice(&std::fs::read(path.join("run.json"))?)?;
    Ok((path, record))
}

fn write_table(path: &Path, kind: &str, customers: usize, seed: u64) -> Outcome<()> {
    let mut numbers = stream(seed, kind, 0);
    let normal = |numbers: &mut _| -> f64 { StandardNormal.sample(numbers) };
    let mut columns = vec![Vec::with_capacity(customers); COLUMNS.len()];
    for _ in 0..customers {
        let shared = normal(&mut numbers);
        for (j, column) in columns.iter_mut().enumerate() {
            column.push(match (kind, j) {
                ("uniform", _) => Uniform::new(0.0, 1.0)?.sample(&mut numbers),
                ("correlated Gaussian", _) => 0.7 * shared + 0.51_f64.sqrt() * normal(&mut numbers),
                ("log-normal", _) | ("one log-normal, not transformed", 2) => {
                    LogNormal::new(0.0, 1.0)?.sample(&mut numbers)
                }
                ("Student t, 3 df", _) => StudentT::new(3.0)?.sample(&mut numbers),
                ("Poisson, mean 3", _) => Poisson::new(3.0)?.sample(&mut numbers),
                // The share of ones differs from table to table.
                ("one 0/1 column", 1) | ("two 0/1 columns", 1..=2) => {
                    let share = 0.05 + 0.45 * (seed % 10 + j as u64) as f64 / 12.0;
                    f64::from(Uniform::new(0.0, 1.0)?.sample(&mut numbers) < share)
                }
                ("a column of 5 values", 1) => 1.0 + Uniform::new(0.0_f64, 5.0)?.sample(&mut numbers).floor(),
                // Whole numbers in one column, and another in which three in ten have nothing.
                ("ties", 1) => (2.0 * normal(&mut numbers)).round(),
                ("ties", 2) => (normal(&mut numbers) + 0.5).max(0.0),
                _ => normal(&mut numbers),
            });
        }
    }
    let columns = COLUMNS
        .iter()
        .zip(columns)
        .map(|(name, values)| (*name, Arc::new(values.into_iter().map(Some).collect::<Float64Array>()) as ArrayRef));
    let batch = RecordBatch::try_from_iter(columns)?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
