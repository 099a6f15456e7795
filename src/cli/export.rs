//! `segmint export RUN`.

mod customers;

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::args::{Arguments, ExportTable};
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text, write_output};
use super::{limits_of, run_of};
use crate::Language;
use crate::limits::{allowed_by, check_held};
use crate::load::refuse_writing_into;
use crate::printable::shown;
use crate::registry::RunId;
use crate::report::{MOST_ROWS, Sheet, workbook};
use crate::sharing::SharedRun;
use customers::{customers, memory_bytes};

/// What is exported.
pub(super) struct Wanted {
    pub(super) table: Option<ExportTable>,
    pub(super) internal: bool,
    pub(super) language: Option<Language>,
}

pub(super) fn export(arguments: &Arguments, run: &str, output: &Path, wanted: Wanted) -> Result<(), Failed> {
    let is_xlsx = is_workbook(output, &wanted)?;
    let run = run_of(arguments, run)?;
    let shared = SharedRun::open(&run.path)?;
    let lists_customers = is_xlsx && wanted.internal || wanted.table == Some(ExportTable::Customers);
    if lists_customers {
        let memory = limits_of(arguments)?.memory;
        check_held(
            memory_bytes(&run.path, is_xlsx)?,
            allowed_by(memory),
            "read assignments.parquet of the run, which is such a list",
        )?;
    }
    let language = wanted.language.unwrap_or(shared.language);
    refuse_writing_into(output, &run.path)?;
    let content = match is_xlsx {
        true => book(&shared, wanted.internal, language)?,
        false => match wanted.table.unwrap_or(ExportTable::Segments) {
            ExportTable::Segments => Sheet::segments(&shared),
            ExportTable::Tiers => Sheet::tiers(&shared),
            ExportTable::Candidates => Sheet::candidates(&shared),
            ExportTable::Customers => customers(&run.path, language)?,
        }
        .csv(language)
        .into_bytes(),
    };
    write_output(output, &content)?;
    let (n_bytes, warnings) = (content.len(), shared.caution.as_slice());
    if arguments.json {
        let internal = wanted.internal;
        return print_json(&json!({ "path": output, "bytes": n_bytes, "internal": internal, "warnings": warnings }));
    }
    let cautions: String = warnings.iter().map(|warning| format!("\n! {}", warning.message.get(language))).collect();
    print_text(&format!("{} ({n_bytes} bytes){cautions}", shown(output)))
}

/// Whether `output` is a workbook and no table as text, by its name; either has to hold what is wanted.
fn is_workbook(output: &Path, wanted: &Wanted) -> Result<bool, CliError> {
    let lists_customers = wanted.table == Some(ExportTable::Customers);
    let is_xlsx = match output.extension().and_then(|end| end.to_str()).map(str::to_lowercase).as_deref() {
        Some("xlsx") => true,
        Some("csv") => false,
        _ => {
            let message = format!("--output {}: the name must end in .xlsx or .csv", output.display());
            let hint = "an .xlsx holds every table on a sheet of its own, a .csv one of them (--table)";
            return Err(CliError::argument(message, hint));
        }
    };
    let (wrong, hint) = if is_xlsx && wanted.table.is_some() {
        ("an .xlsx holds every table; --table is for .csv", "leave --table out, or let the name end in .csv")
    } else if lists_customers && !wanted.internal {
        (
            "--table customers lists single customers, so it needs --internal",
            "give --internal if nobody else sees the file",
        )
    } else if !is_xlsx && wanted.internal && !lists_customers {
        (
            "--internal is for lists of customers, which a .csv holds with --table customers",
            "leave --internal out, or add --table customers",
        )
    } else {
        return Ok(is_xlsx);
    };
    Err(CliError::argument(wrong, hint))
}

/// Every table on a sheet of its own, and what the file is.
fn book(shared: &SharedRun, is_internal: bool, language: Language) -> Result<Vec<u8>, Failed> {
    let mut sheets = vec![Sheet::segments(shared)];
    sheets.extend(Some(Sheet::tiers(shared)).filter(|sheet| sheet.n_rows() > 0));
    sheets.extend(Some(Sheet::candidates(shared)).filter(|sheet| sheet.n_rows() > 0));
    if is_internal {
        sheets.push(customers(&shared.path, language)?);
    }
    if let Some(large) = sheets.iter().find(|sheet| sheet.n_rows() > MOST_ROWS) {
        return Err(CliError::Input {
            message: format!("an .xlsx holds {MOST_ROWS} rows a sheet, and there are {}", large.n_rows()),
            hint: "write a .csv with --table customers instead".to_owned(),
        }
        .into());
    }
    sheets.push(Sheet::about(shared, is_internal));
    let made = shared.run_id.parse::<RunId>().map_or(Timestamp::UNIX_EPOCH, RunId::began);
    let written = workbook(&sheets, language, made);
    Ok(written.map_err(|error| CliError::Input {
        message: format!("the sheets cannot be written: {error}"),
        hint: "write a .csv instead".to_owned(),
    })?)
}
