//! `segmint report RUN`.

use std::path::Path;

use serde_json::json;

use super::args::{Arguments, ReportFormat};
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text, write_output};
use super::run_of;
use crate::Language;
use crate::load::refuse_writing_into;
use crate::printable::shown;
use crate::registry::replace_file;
use crate::report::{REPORT_FILE, Report};

pub(super) fn report(
    arguments: &Arguments,
    run: &str,
    format: ReportFormat,
    output: Option<&Path>,
    language: Option<Language>,
) -> Result<(), Failed> {
    output.map_or(Ok(()), |output| refuse_other_name(output, format))?;
    let run = run_of(arguments, run)?;
    let report = Report::read(&run.path)?;
    let (text, path) = match (format, output) {
        (ReportFormat::Md, None) if arguments.json => {
            return print_json(&json!({ "markdown": report.markdown(language) }));
        }
        (ReportFormat::Md, None) => return print_text(report.markdown(language).trim_end()),
        (ReportFormat::Md, Some(path)) => (report.markdown(language), path.to_owned()),
        (ReportFormat::Html, output) => (report.html()?, output.map_or(run.path.join(REPORT_FILE), Path::to_owned)),
    };
    let place = |path: &Path| Some((path.parent()?.canonicalize().ok()?, path.file_name()?.to_owned()));
    if place(&path) == place(&run.path.join(REPORT_FILE)) {
        replace_file(&run.path, REPORT_FILE, &text)?;
    } else {
        refuse_writing_into(&path, &run.path)?;
        write_output(&path, text.as_bytes())?;
    }
    if arguments.json {
        print_json(&json!({ "path": path, "bytes": text.len() }))
    } else {
        print_text(&format!("{} ({} bytes)", shown(&path), text.len()))
    }
}

/// Refuses a file whose name says that it is of the other format.
fn refuse_other_name(output: &Path, format: ReportFormat) -> Result<(), CliError> {
    let (others, this, other) = match format {
        ReportFormat::Html => (["md", "markdown"], "html", "md"),
        ReportFormat::Md => (["html", "htm"], "md", "html"),
    };
    let is_other = output.extension().is_some_and(|found| others.iter().any(|other| found.eq_ignore_ascii_case(other)));
    if !is_other {
        return Ok(());
    }
    let message = format!("--format is {this}, and {} has the name of another format", shown(output));
    Err(CliError::argument(message, format!("give it a name that ends in .{this}, or --format {other}")))
}
