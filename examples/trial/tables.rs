//! Tables for trials: those of a folder, and planted ones.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::RngExt;
use rand_distr::StandardNormal;
use segmint::config::Plan;
use segmint::matrix::TiledMatrix;
use segmint::monitor::Monitor;
use segmint::random::stream;
use segmint::{load, normalize, pipeline};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

pub const SEED: u64 = 42;

/// A planted family: name, groups, features, distance of the centres in standard deviations, how much larger the largest group is than
/// the smallest, rows.
pub type Family = (&'static str, usize, usize, f64, f64, usize);

pub const FAMILIES: [Family; 10] = [
    ("three far groups", 3, 2, 10.0, 1.0, 600),
    ("four groups, 6 sd", 4, 4, 6.0, 1.0, 1_000),
    ("five groups, 5 sd", 5, 8, 5.0, 1.0, 2_000),
    ("five groups, sizes 1 to 8", 5, 3, 8.0, 8.0, 2_000),
    ("six groups, 4 sd", 6, 16, 4.0, 1.0, 2_000),
    ("eight groups, sizes 1 to 4", 8, 6, 7.0, 4.0, 3_000),
    ("two groups, 4 sd", 2, 3, 4.0, 1.0, 400),
    ("two groups, one a tenth", 2, 5, 6.0, 9.0, 1_000),
    ("ten groups", 10, 10, 6.0, 1.0, 5_000),
    ("twenty groups", 20, 8, 8.0, 2.0, 5_000),
];

/// The Parquet files of a folder, by name.
pub fn tables_of(folder: &str) -> Outcome<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Outcome<_>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "parquet"));
    files.sort();
    Ok(files)
}

/// Normal groups with the centres at least the wanted distance apart.
pub fn plant((name, groups, d, apart, ratio, n): Family) -> (TiledMatrix, Vec<i64>) {
    let mut numbers = stream(SEED, name, 0);
    let mut centres: Vec<Vec<f64>> = Vec::new();
    let mut spread = apart / 2.0;
    while centres.len() < groups {
        let centre: Vec<f64> = (0..d).map(|_| spread * numbers.sample::<f64, _>(StandardNormal)).collect();
        let distance = |other: &Vec<f64>| centre.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        if centres.iter().all(|other| distance(other) >= apart) {
            centres.push(centre);
        }
        spread *= 1.01;
    }
    let weight = |group: usize| ratio.powf(group as f64 / (groups.max(2) - 1) as f64);
    let total: f64 = (0..groups).map(weight).sum();
    let sizes = (0..groups).map(|group| (n as f64 * weight(group) / total).round() as usize);
    let labels: Vec<i64> = sizes.enumerate().flat_map(|(group, size)| vec![group as i64 + 1; size]).collect();
    let row = |&label: &i64| -> Vec<f32> {
        let centre = &centres[label as usize - 1];
        centre.iter().map(|c| (c + numbers.sample::<f64, _>(StandardNormal)) as f32).collect()
    };
    let rows: Vec<f32> = labels.iter().flat_map(row).collect();
    (TiledMatrix::from_rows(&rows, d).expect("normal numbers are finite"), labels)
}

/// The column `labels0`, if the table has one.
pub fn labels(file: &Path) -> Outcome<Option<Vec<i64>>> {
    let mut labels = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?.build()? {
        let batch = batch?;
        let Some(column) = batch.column_by_name("labels0") else { return Ok(None) };
        labels.extend(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().values());
    }
    Ok(Some(labels))
}

pub fn plan(file: &Path, more: &str, labelled: bool) -> Outcome<Plan> {
    let exclude = if labelled { "exclude = [\"labels0\"]\n" } else { "" };
    let text = format!("[source]\npath = {:?}\n{exclude}{more}", std::path::absolute(file)?);
    Ok(Plan::parse(&text, "pipeline.toml", Path::new(""), &[])?)
}

/// The normalized features of a table.
pub fn matrix(plan: &Plan) -> Outcome<TiledMatrix> {
    let monitor = Monitor::silent();
    let checked = pipeline::check(plan, &Monitor::silent())?;
    let loaded = load::open_source(&checked.source, &checked.uses, plan.source.duplicates, &monitor)?;
    Ok(normalize::fit(&loaded.table, &plan.normalize, &monitor)?.matrix)
}

pub fn name(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().trim_start_matches("clust_").to_owned()).unwrap_or_default()
}
