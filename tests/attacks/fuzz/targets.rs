//! What is tried: one function for every kind of file.

use std::fs;
use std::path::Path;

use segmint::config::Plan;
use segmint::failure::Failure;
use segmint::features::{FeaturesOptions, build};
use segmint::label::check_catalog;
use segmint::load::TextTable;
use segmint::model::FittedPipeline;
use segmint::monitor::Monitor;
use segmint::pipeline::Input;
use segmint::report::Report;

type Answer = Result<(), Box<dyn Failure>>;

fn answer<T>(result: Result<T, impl Failure>) -> Answer {
    result.map(drop).map_err(|error| Box::new(error) as Box<dyn Failure>)
}

/// A table: opened, judged, audited and read.
pub(super) fn parquet(path: &Path) -> Answer {
    let source = format!("[source]\npath = {:?}\n[limits]\nmemory = \"500 MB\"\n", path.display().to_string());
    let plan = Plan::parse(&source, "pipeline.toml", Path::new(""), &[]).expect("the plan is valid");
    answer(Input::open(&plan, &Monitor::silent()))
}

/// A model.
pub(super) fn model(path: &Path) -> Answer {
    answer(FittedPipeline::load(path))
}

/// A run one of whose files is this, and its page.
pub(super) fn run(path: &Path) -> Answer {
    let folder = path.parent().expect("the file is in a folder");
    answer(Report::read(folder).and_then(|report| {
        report.markdown(None);
        report.html()
    }))
}

/// A configuration.
pub(super) fn plan(path: &Path) -> Answer {
    let text = String::from_utf8_lossy(&fs::read(path).expect("it was written just now")).into_owned();
    answer(Plan::parse(&text, "pipeline.toml", Path::new(""), &[]))
}

/// A catalog of archetypes.
pub(super) fn catalog(path: &Path) -> Answer {
    answer(check_catalog(path))
}

/// Transactions, as far as the table of their customers.
pub(super) fn transactions(path: &Path) -> Answer {
    let output = tempfile::tempdir().expect("a folder for the table");
    answer(build(path, &output.path().join("customers.parquet"), &FeaturesOptions::default(), &Monitor::silent()))
}

/// A table of tiers.
pub(super) fn tiers(path: &Path) -> Answer {
    answer(TextTable::read(path, None))
}
