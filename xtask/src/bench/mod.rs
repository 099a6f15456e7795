//! `cargo xtask bench`: segmint beside its rivals, and `docs/performance.md` from what was measured.
//!
//! - `options` what to measure, with what; `rivals` the folder of rivals;
//! - `workload` what is timed, `entrant` who is timed and how, `rounds` the measuring;
//! - `cost` time against n, d and k; `machine` what the machine is and can do;
//! - `results` all that was measured; `verdict` what counts; `document`, `section`, `plot` show it.

mod cost;
mod document;
mod entrant;
mod machine;
mod options;
mod plot;
mod results;
mod rivals;
mod rounds;
mod section;
mod verdict;
mod workload;

use std::path::{Path, PathBuf};

use crate::command::{cargo, target};
use cost::CURVES;
use entrant::Segmint;
use machine::Machine;
pub use options::Options;
use results::Results;
use rivals::Rivals;
use rounds::Rounds;
use workload::workloads;

/// Measures what `options` ask for and writes it down: all of it beside rivals into `docs/`, a part into the work folder.
pub fn run(root: &Path, options: Options) -> Result<(), String> {
    let work = options.work.clone().unwrap_or_else(|| target(root).join("bench"));
    std::fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    if let Some(earlier) = &options.again {
        let results = Results::read(earlier)?;
        return document::write(&results, &folder_of(root, &work, results.is_whole));
    }
    let rivals = options.rivals.as_deref().map(|folder| Rivals::prepare(folder, &options, &work)).transpose()?;
    let data = options.data.clone().unwrap_or_else(|| work.join("data"));
    let data = std::path::absolute(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    tables(&data, rivals.as_ref())?;
    cargo(root, &["build", "--release", "--locked", "--bin", "segmint", "--example", "time_kernel"], &[])?;

    let segmint = Segmint::in_release(root, &data, &work);
    let rounds = Rounds::new(options.runs(), options.limit(), &work);
    let machine = Machine::measure(root, &segmint, &rounds)?;
    let mut results = Results::new(machine, rivals.as_ref().map_or(Ok(Vec::new()), Rivals::versions)?, &options);
    for workload in workloads().into_iter().filter(|workload| options.wants(&workload.name())) {
        let mut entrants = vec![segmint.on(&workload)];
        if let Some(rivals) = &rivals {
            entrants.extend(rivals.on(&workload, &data, &work)?);
        }
        println!("── {}", workload.name());
        let entries = rounds.measure(&entrants);
        entries.iter().for_each(|entry| println!("{entry}"));
        results.add(workload, entries);
    }
    for curve in CURVES.iter().filter(|curve| options.wants(curve.name)) {
        println!("── {}", curve.name);
        results.curves.push(curve.measure(&segmint, &rounds, options.quick)?);
    }
    results.write(&work.join("measurements.json"))?;
    document::write(&results, &folder_of(root, &work, results.is_whole))
}

/// Where the document belongs: figures of a part of the workloads, or without rivals, are nobody's documentation.
fn folder_of(root: &Path, work: &Path, is_whole: bool) -> PathBuf {
    if is_whole { root.join("docs") } else { work.to_owned() }
}

/// Makes sure that the folder holds the tables of the workloads.
fn tables(data: &Path, rivals: Option<&Rivals>) -> Result<(), String> {
    let missing = || workloads().into_iter().find(|workload| !data.join(workload.file()).exists());
    match (missing(), rivals) {
        (None, _) => Ok(()),
        (Some(_), Some(rivals)) => rivals.make_tables(data),
        (Some(workload), None) => Err(format!(
            "{} has no {}; the tables are made by a folder of rivals: give it with --rivals, or made tables with --data",
            data.display(),
            workload.file()
        )),
    }
}
