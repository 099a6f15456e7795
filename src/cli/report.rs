//! `segmint report RUN`.

use std::path::Path;

use serde_json::json;

use super::args::{Arguments, ReportFormat};
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use super::registry_of;
use crate::Language;
use crate::load::refuse_writing_into;
use crate::registry::replace_file;
use crate::report::{REPORT_FILE, Report};

pub(super) fn report(
    arguments: &Arguments,
    run: &str,
    format: ReportFormat,
    output: Option<&Path>,
    language: Option<Language>,
) -> Result<(), Failed> {
    let (registry, _) = registry_of(arguments)?;
    let run = registry.resolve(run)?;
    let report = Report::read(&run.path)?;
    let (text, path) = match (format, output) {
        (ReportFormat::Md, None) => return print_text(report.markdown(language).trim_end()),
        (ReportFormat::Md, Some(path)) => (report.markdown(language), path.to_owned()),
        (ReportFormat::Html, output) => (report.html()?, output.map_or(run.path.join(REPORT_FILE), Path::to_owned)),
    };
    let place = |path: &Path| Some((path.parent()?.canonicalize().ok()?, path.file_name()?.to_owned()));
    if place(&path) != place(&run.path.join(REPORT_FILE)) {
        refuse_writing_into(&path, &run.path)?;
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name =
        name.ok_or_else(|| CliError::Argument(format!("--output {}: not the name of a file", path.display())))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    replace_file(folder, name, &text)?;
    if arguments.json {
        print_json(&json!({ "path": path, "bytes": text.len() }))
    } else {
        print_text(&format!("{} ({} bytes)", path.display(), text.len()))
    }
}
