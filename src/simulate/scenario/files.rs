//! The files of a planted pair.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::error::ArrowError;
use serde::Serialize;

use super::{Planted, PlantedTable, PlantedTruth, ScenarioOptions, plant};
use crate::features::TableFile;
use crate::output_file::{create_folder, write_file};
use crate::simulate::SimulateError;
use crate::simulate::files::unwritable;

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScenarioSummary {
    /// Customers of each table.
    pub customers: usize,
    /// What happened.
    pub truth: PlantedTruth,
    /// The files that were written, in order.
    pub files: Vec<PathBuf>,
}

/// The files of a planted pair, in the order they are written.
pub const SCENARIO_FILES: [&str; 5] =
    ["before.parquet", "after.parquet", "truth.parquet", "truth.json", "pipeline.toml"];

const PIPELINE: &str = include_str!("pipeline.toml");

/// Plants what `options` say and writes it into `folder`, which is created when it is missing.
///
/// - `before.parquet`, `after.parquet`: `customer_id` and the features of [`plant`].
/// - `truth.parquet`: `customer_id`, `before`, `after`: the groups of everybody, null where a customer is not in that table.
/// - `truth.json`: the [`PlantedTruth`].
/// - `pipeline.toml`: what `segmint run` needs for both tables, one after the other.
///
/// # Errors
/// When an option is outside its range, or a file cannot be written.
pub fn write_scenario(folder: &Path, options: &ScenarioOptions) -> Result<ScenarioSummary, SimulateError> {
    let planted = plant(options)?;
    create_folder(folder).map_err(unwritable(folder))?;
    let files: Vec<PathBuf> = SCENARIO_FILES.iter().map(|name| folder.join(name)).collect();
    let truth = serde_json::to_string_pretty(&planted.truth).unwrap_or_default() + "\n";
    for (path, table) in files.iter().zip([planted.before.batch(), planted.after.batch(), truth_table(&planted)]) {
        write_table(path, table).map_err(unwritable(path))?;
    }
    for (path, text) in files[3..].iter().zip([truth.as_str(), PIPELINE]) {
        write_file(path, text.as_bytes()).map_err(unwritable(path))?;
    }
    Ok(ScenarioSummary { customers: options.customers, truth: planted.truth, files })
}

fn write_table(path: &Path, table: Result<RecordBatch, ArrowError>) -> std::io::Result<()> {
    let table = table.map_err(std::io::Error::other)?;
    let mut file = TableFile::create(path, table.schema())?;
    file.write(&table)?;
    file.finish()
}

fn truth_table(planted: &Planted) -> Result<RecordBatch, ArrowError> {
    let Planted { before, after, truth } = planted;
    let n = before.customers.len();
    let everybody = before.customers.iter().chain(&after.customers[truth.shared..]);
    let ids: StringArray = everybody.map(|number| Some(format!("C{number:06}"))).collect();
    let name = |table: &PlantedTable, row: usize| Some(table.group_names[*table.groups.get(row)?].clone());
    let first: StringArray = (0..ids.len()).map(|row| name(before, row)).collect();
    // The customers of both tables are the first ones of either.
    let later = |row: usize| match row {
        row if row < truth.shared => name(after, row),
        row if row < n => None,
        row => name(after, row - n + truth.shared),
    };
    let second: StringArray = (0..ids.len()).map(later).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("customer_id", Arc::new(ids) as ArrayRef, false),
        ("before", Arc::new(first) as ArrayRef, true),
        ("after", Arc::new(second) as ArrayRef, true),
    ])
}
