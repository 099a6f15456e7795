//! `segmint score`: new customers into the segments of a run.

use std::path::Path;

use jiff::civil::Date;

use super::args::Arguments;
use super::exit::Failed;
use super::output::{leave_free, print_document, print_json, refuse_other_format};
use super::{plain_monitor, run_of};
use crate::Language;
use crate::load::refuse_writing_into;
use crate::model::{FittedPipeline, score};
use crate::report::Document;
use crate::sharing::{Rules, SharedScore, caution_of};

pub(super) fn run(
    arguments: &Arguments,
    run: &str,
    input: &Path,
    output: &Path,
    as_of: Option<Date>,
    language: Option<Language>,
) -> Result<(), Failed> {
    refuse_other_format(output)?;
    let run = run_of(arguments, run)?;
    refuse_writing_into(output, &run.path)?;
    let rules = Rules::open(&run.path)?;
    leave_free(output);
    let model = FittedPipeline::load(&run.file("model.segmint"))?;
    let mut summary = score(&model, input, output, as_of, &plain_monitor(arguments))?;
    summary.warnings.extend(caution_of(&run.path)?);
    let shared = SharedScore::of(&summary, &rules);
    if arguments.json {
        return print_json(&shared);
    }
    print_document(&Document::scored(&shared, output, language.unwrap_or(model.language)))
}
