//! One pair of tables, segmented by the product.

use std::fs::File;
use std::path::Path;

use arrow::array::AsArray;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::RngExt;
use segmint::config::Plan;
use segmint::monitor::Monitor;
use segmint::pipeline::{self, Input, Segmentation};
use segmint::random::stream;
use segmint::refit::Refit;
use segmint::registry::{Registry, Run};
use segmint::simulate::{Planted, PlantedTable, Scenario, ScenarioOptions, plant};

use crate::Outcome;

/// What is planted.
pub struct Case {
    /// What it is called in lists.
    pub name: String,
    pub options: ScenarioOptions,
}

impl Case {
    /// Number `i` of a scenario: a quarter has 5,000 customers, a half 20,000, a quarter 100,000; as many share 0, 30, 70 and 95 %.
    pub fn of(scenario: Scenario, i: usize, is_quick: bool) -> Case {
        let customers = if is_quick { 5_000 } else { [5_000, 20_000, 20_000, 100_000][i % 4] };
        Case::drawn(format!("{scenario} {i}"), scenario, scenario as u64 * 1_000 + i as u64, i, customers)
    }

    /// Number `i` of the pairs that tell false alarms: three quarters have 5,000 customers, a quarter 20,000.
    pub fn quiet(i: usize, is_quick: bool) -> Case {
        let customers = if is_quick { 5_000 } else { [5_000, 5_000, 20_000, 5_000][i % 4] };
        Case::drawn(format!("alarm {i}"), Scenario::Quiet, 1_000_000 + i as u64, i, customers)
    }

    fn drawn(name: String, scenario: Scenario, seed: u64, i: usize, customers: usize) -> Case {
        let mut rng = stream(seed, "refit.case", 0);
        let options = ScenarioOptions {
            scenario,
            customers,
            seed,
            shared: [0.0, 0.3, 0.7, 0.95][(i + i / 4) % 4],
            groups: rng.random_range(4..=10),
            features: rng.random_range(4..=16),
            separation: rng.random_range(0.5..=1.25),
            heavy_tails: (i / 2).is_multiple_of(2),
        };
        Case { name, options }
    }
}

/// A pair and what became of it.
pub struct Held {
    pub planted: Planted,
    /// Per customer of either table, its cluster.
    pub clusters: [Vec<usize>; 2],
    /// How many clusters either run has.
    pub k: [usize; 2],
    pub refit: Refit,
    /// Customers of both tables whom the old segments would put elsewhere today than they were.
    pub n_moved: usize,
}

/// Segments both tables of a pair, one after the other.
pub fn held(case: &Case) -> Outcome<Held> {
    let planted = plant(&case.options)?;
    let folder = tempfile::tempdir()?;
    let (first, one) = segmented(&planted.before, folder.path())?;
    let (second, other) = segmented(&planted.after, folder.path())?;
    let run = Run::open(&other)?;
    let k = [Run::open(&one)?.record.segments.len(), run.record.segments.len()];
    let refit = run.refit.ok_or("the second run continues none")?;
    Ok(Held { planted, clusters: [first, second], k, refit, n_moved: moved(&other.join("assignments.parquet"))? })
}

/// The cluster of every customer, and the folder of the run.
fn segmented(table: &PlantedTable, folder: &Path) -> Outcome<(Vec<usize>, std::path::PathBuf)> {
    let monitor = Monitor::silent();
    let text = format!(
        "[source]\npath = \"-\"\nid = \"customer_id\"\nvalue = \"spend_01\"\n[cluster.dbscan]\nenabled = false\n\
         [compare]\npermutations = 0\nbootstrap = 0\n[cluster]\nthreads = 1\n[registry]\npath = {:?}\n\
         [refit]\nagainst = \"champion\"\n[gate]\npromote = \"champion\"\nmax_drift = 0.25\n",
        folder.join("runs")
    );
    let plan = Plan::parse(&text, "pipeline.toml", Path::new(""), &[])?;
    let input = Input::of_batches(vec![table.batch()?], &plan, &monitor)?.continuing(pipeline::baseline(&plan)?);
    let found: Segmentation = pipeline::segment(&input, &plan, &monitor)?;
    let partition = &found.clusterings().primary().partition;
    let mut clusters = vec![usize::MAX; table.customers.len()];
    for (place, label) in partition.labels().iter().enumerate() {
        clusters[found.normalized().rows.table_row(place)] = label.map_or(usize::MAX, |label| label.index());
    }
    let run = found.record(&Registry::open(&plan.registry.path), Timestamp::UNIX_EPOCH)?;
    Ok((clusters, run.folder.path))
}

/// Customers whose `change` is that they moved.
fn moved(path: &Path) -> Outcome<usize> {
    let mut n = 0;
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()? {
        let batch = batch?;
        let column = batch.column_by_name("change").ok_or("no column change")?;
        let text = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8)?;
        n += text.as_string::<i32>().iter().filter(|change| matches!(change, Some("moved" | "both"))).count();
    }
    Ok(n)
}
