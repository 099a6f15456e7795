//! `segmint init`: a configuration fitted to a table.

mod catalogs;
mod fitted;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text, write_output};
use crate::Language;
use crate::config::{Fitted, fitted_template};
use crate::load::refuse_overwriting;
use crate::object_url::is_url;
use crate::printable::{printable, shown};
use fitted::Found;

/// What a run every night has that a run by hand has not.
const NIGHTLY: [(&str, &str); 3] =
    [("refit.against", "\"champion\""), ("gate.promote", "\"champion\""), ("gate.max_drift", "0.25")];

pub(super) fn init(
    arguments: &Arguments,
    input: Option<&Path>,
    output: &Path,
    force: bool,
    nightly: bool,
) -> Result<(), Failed> {
    if let Some(input) = input {
        refuse_overwriting(output, input)?;
    }
    let found = input.map(|input| Found::of(input, relative_to(input, output))).transpose()?;
    let mut fitted = found.as_ref().map_or_else(Fitted::default, Found::fitted);
    if nightly {
        fitted.given.extend(NIGHTLY.map(|(key, value)| (key, value.to_owned())));
    }
    write_new(output, &fitted_template(&fitted), force)?;
    if arguments.json {
        let warnings = found.as_ref().map_or_else(Vec::new, Found::warnings);
        return print_json(&json!({ "written": output, "given": fitted.given, "warnings": warnings }));
    }
    let next = match &found {
        Some(found) if found.has_features() => "segmint run",
        Some(_) => "name the columns to cluster, then segmint check",
        None => "set source.path, then segmint check",
    };
    // Without a name every command looks for this file.
    let named = match output == Path::new("pipeline.toml") {
        true => String::new(),
        false => format!(" -c {}", shown(output)),
    };
    let mut lines = vec![format!("wrote {}; next: {next}{named}", shown(output))];
    if let Some(found) = &found {
        lines.extend(found.summary().iter().map(|line| printable(line).into_owned()));
        lines.extend(
            found.warnings().iter().map(|warning| format!("! {}", printable(warning.message.get(Language::En)))),
        );
    }
    print_text(&lines.join("\n"))
}

/// `input` as the file `output` has to name it: relative when it lies beside or below it, else absolute; a URL as it is.
fn relative_to(input: &Path, output: &Path) -> String {
    if is_url(input) {
        return input.to_string_lossy().into_owned();
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (input, output) = (absolute(input), absolute(output));
    let folder = output.parent().unwrap_or(Path::new(""));
    let named: PathBuf = input.strip_prefix(folder).map_or_else(|_| input.clone(), Path::to_owned);
    named.to_string_lossy().into_owned()
}

/// Writes a file that must not exist, or replaces it when `force`.
fn write_new(path: &Path, text: &str, force: bool) -> Result<(), Failed> {
    // What is no regular file is written through, so nothing of it is lost.
    if !force && std::fs::metadata(path).is_ok_and(|found| found.is_file()) {
        return Err(CliError::Exists { path: path.to_owned() }.into());
    }
    write_output(path, text.as_bytes())
}
