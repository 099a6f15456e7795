//! Whether segmint finds what was planted, and keeps silent where nothing was.
//!
//! `cargo run --release --example recovery` prints both as Markdown tables, from fixed seeds; `-- planted` and `-- noise`
//! print one, a number behind it sets the seeds (50). Every table goes through the whole pipeline with its defaults,
//! without DBSCAN and intervals. Planted: 2,000 customers of `segmint simulate`, well separated and, for a fifth of the
//! seeds, less so. Noise: 1,000 customers without any groups, in columns that the built-in RFM catalog knows.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use rand_distr::{Distribution, LogNormal, Poisson, StandardNormal, StudentT, Uniform};
use segmint::config::{Duplicates, Plan};
use segmint::monitor::Monitor;
use segmint::pipeline;
use segmint::random::stream;
use segmint::registry::{Joined, LabelsById};
use segmint::simulate::{SimulateOptions, simulate};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Customers of a planted population, and of a table of noise.
const PLANTED: usize = 2_000;
const NOISE: usize = 1_000;
/// How far the planted groups are apart, and one in how many seeds is looked at there.
const SEPARATIONS: [(f64, u64); 7] = [(1.0, 1), (0.8, 5), (0.6, 5), (0.5, 5), (0.4, 5), (0.3, 5), (0.2, 5)];
const COLUMNS: [&str; 4] = ["recency_days", "frequency", "monetary", "basket_mean"];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seeds = arguments.get(1).map_or(Ok(50), |seeds| seeds.parse())?;
    let wanted = |part: &str| arguments.first().is_none_or(|only| only == part);
    if wanted("planted") {
        planted(seeds)?;
    }
    if wanted("noise") {
        noise(seeds)?;
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
    let truth = LabelsById::read(&folder.path().join("truth.parquet"), "customer_id", "archetype", Duplicates::Error)?;
    let given = LabelsById::read(&run.join("assignments.parquet"), "customer_id", "archetype", Duplicates::Error)?;
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

fn noise(seeds: u64) -> Outcome<()> {
    println!("{seeds} tables each of {NOISE} customers × {} features without groups:\n", COLUMNS.len());
    println!("| table | structure present | tables with a name | names |\n|---|---|---|---|");
    let (mut all_named, mut all_names) = (0, 0);
    for kind in ["uniform", "Gaussian", "correlated Gaussian", "log-normal", "Student t, 3 df", "Poisson, mean 3"] {
        let (mut present, mut named, mut names) = (0, 0, 0);
        for seed in 0..seeds {
            let folder = tempfile::tempdir()?;
            write_table(&folder.path().join("customers.parquet"), kind, seed)?;
            std::fs::write(folder.path().join("pipeline.toml"), "[source]\npath = \"customers.parquet\"\n")?;
            let (_, record) = run(folder.path())?;
            let segments = record["segments"].as_array().map_or(&[][..], Vec::as_slice);
            let given = segments.iter().filter(|segment| segment["archetype"].is_string()).count();
            present += usize::from(record["structure"]["verdict"] == "present");
            (named, names) = (named + usize::from(given > 0), names + given);
        }
        println!("| {kind} | {present} of {seeds} | {named} | {names} |");
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
    let path = pipeline::run(&plan, &Monitor::silent())?.folder.path;
    let record = serde_json::from_slice(&std::fs::read(path.join("run.json"))?)?;
    Ok((path, record))
}

fn write_table(path: &Path, kind: &str, seed: u64) -> Outcome<()> {
    let mut numbers = stream(seed, kind, 0);
    let normal = |numbers: &mut _| -> f64 { StandardNormal.sample(numbers) };
    let mut columns = vec![Vec::with_capacity(NOISE); COLUMNS.len()];
    for _ in 0..NOISE {
        let shared = normal(&mut numbers);
        for column in &mut columns {
            column.push(match kind {
                "uniform" => Uniform::new(0.0, 1.0)?.sample(&mut numbers),
                "Gaussian" => normal(&mut numbers),
                "correlated Gaussian" => 0.7 * shared + 0.51_f64.sqrt() * normal(&mut numbers),
                "log-normal" => LogNormal::new(0.0, 1.0)?.sample(&mut numbers),
                "Student t, 3 df" => StudentT::new(3.0)?.sample(&mut numbers),
                _ => Poisson::new(3.0)?.sample(&mut numbers),
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
