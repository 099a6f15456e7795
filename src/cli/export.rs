//! `segmint export RUN`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Float64Type, UInt32Type};
use jiff::Timestamp;
use serde_json::json;

use super::args::{Arguments, ExportTable};
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text, write_output};
use super::{limits_of, run_of};
use crate::limits::{allowed_by, check_held};
use crate::load::{LoadError, RowStream, Source, refuse_writing_into, texts};
use crate::printable::shown;
use crate::registry::{RegistryError, RunId};
use crate::report::{Entry, MOST_ROWS, Sheet, workbook};
use crate::sharing::SharedRun;
use crate::{Language, Text};

/// What is exported.
pub(super) struct Wanted {
    pub(super) table: Option<ExportTable>,
    pub(super) internal: bool,
    pub(super) language: Option<Language>,
}

pub(super) fn export(arguments: &Arguments, run: &str, output: &Path, wanted: Wanted) -> Result<(), Failed> {
    let is_xlsx = match output.extension().and_then(|end| end.to_str()).map(str::to_lowercase).as_deref() {
        Some("xlsx") => true,
        Some("csv") => false,
        _ => {
            let message = format!("--output {}: the name must end in .xlsx or .csv", output.display());
            return Err(CliError::Argument(message).into());
        }
    };
    if is_xlsx && wanted.table.is_some() {
        return Err(CliError::Argument("an .xlsx holds every table; --table is for .csv".to_owned()).into());
    }
    if wanted.table == Some(ExportTable::Customers) && !wanted.internal {
        let message = "--table customers lists single customers, so it needs --internal".to_owned();
        return Err(CliError::Argument(message).into());
    }
    if !is_xlsx && wanted.internal && wanted.table != Some(ExportTable::Customers) {
        let message = "--internal is for lists of customers, which a .csv holds with --table customers".to_owned();
        return Err(CliError::Argument(message).into());
    }
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
            ExportTable::Customers => customers(&run.path)?,
        }
        .csv(language)
        .into_bytes(),
    };
    write_output(output, &content)?;
    if arguments.json {
        print_json(&json!({ "path": output, "bytes": content.len(), "internal": wanted.internal }))
    } else {
        print_text(&format!("{} ({} bytes)", shown(output), content.len()))
    }
}

/// Every table on a sheet of its own, and what the file is.
fn book(shared: &SharedRun, is_internal: bool, language: Language) -> Result<Vec<u8>, Failed> {
    let mut sheets = vec![Sheet::segments(shared)];
    sheets.extend(Some(Sheet::tiers(shared)).filter(|sheet| sheet.n_rows() > 0));
    sheets.extend(Some(Sheet::candidates(shared)).filter(|sheet| sheet.n_rows() > 0));
    if is_internal {
        sheets.push(customers(&shared.path)?);
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

/// Columns of a customer that `assignments.parquet` has.
const ASSIGNED: [(&str, &str); 4] =
    [("segment_id", "客群编号"), ("segment", "客群"), ("archetype", "原型"), ("tier", "等级")];
/// Texts of a customer whose tier is not the expected one.
const DISAGREEING: [(&str, &str); 3] = [("expected_tier", "预期等级"), ("direction", "偏向"), ("reason", "原因")];

/// Every customer with segment and tier; where the tier is not the expected one, what is, why, and how soon to look.
fn customers(run: &Path) -> Result<Sheet, Failed> {
    let assigned = Arc::new(Source::open_even_empty(&run.join("assignments.parquet"))?);
    let Some(id) = assigned.columns().first().map(|column| column.name.clone()) else {
        return Err(foreign(run, "assignments.parquet", "it has no columns"));
    };
    let disagreeing = disagreements(run, &id)?;
    let own = |(en, zh): (&str, &str)| Text::new(en, zh);
    let mut headings = vec![Text::new(&*id, &*id)];
    headings.extend(ASSIGNED.into_iter().chain(DISAGREEING).map(own));
    headings.extend([own(("value", "价值")), own(("rank", "排序"))]);
    let names: Vec<&str> = [&*id].into_iter().chain(ASSIGNED.iter().map(|(name, _)| *name)).collect();
    let mut rows = Vec::with_capacity(assigned.n_rows());
    for chunk in RowStream::new(&assigned, &names, &[])? {
        let chunk = chunk?;
        let columns = columns_of(&assigned, &names, &chunk.arrays)?;
        for row in 0..chunk.n_rows {
            let mut entries: Vec<Entry> = columns.iter().map(|column| Entry::Text(column[row].clone())).collect();
            match columns[0][row].as_ref().and_then(|id| disagreeing.get(id)) {
                Some(more) => entries.extend_from_slice(more),
                None => entries.extend((0..DISAGREEING.len() + 2).map(|_| Entry::Text(None))),
            }
            rows.push(entries);
        }
    }
    Ok(Sheet::customers(headings, rows))
}

/// Bytes of a customer in a list, an entry for every column, with the line of a text file that is made of it. They were measured
/// (docs/methods.md).
const LINE_BYTES: u64 = 1_400;
/// The same in a workbook, of which every cell is held once more.
const CELLS_BYTES: u64 = 2_600;

/// Bytes that the list of all customers of a run needs, as far as the footers tell.
fn memory_bytes(run: &Path, is_xlsx: bool) -> Result<u64, LoadError> {
    let customer_bytes = if is_xlsx { CELLS_BYTES } else { LINE_BYTES };
    let bytes = |file: &str| {
        let source = Source::open_even_empty(&run.join(file))?;
        let texts: u64 = source.columns().iter().map(|column| source.column_bytes(&column.name)).sum();
        Ok::<u64, LoadError>(customer_bytes * source.n_rows() as u64 + texts)
    };
    // Of who disagrees a few entries are held beside those of the list.
    Ok(bytes("assignments.parquet")? + bytes("disagreements.parquet")? / 3)
}

/// What is told of every customer whose tier is not the expected one, by id.
fn disagreements(run: &Path, id: &str) -> Result<HashMap<String, Vec<Entry>>, Failed> {
    let source = Arc::new(Source::open_even_empty(&run.join("disagreements.parquet"))?);
    let names: Vec<&str> = [id].into_iter().chain(DISAGREEING.iter().map(|(name, _)| *name)).collect();
    let mut found = HashMap::new();
    for chunk in RowStream::new(&source, &[&names[..], &["value", "rank"]].concat(), &[])? {
        let chunk = chunk?;
        let columns = columns_of(&source, &names, &chunk.arrays)?;
        let value = chunk.arrays[names.len()].as_primitive_opt::<Float64Type>();
        let rank = chunk.arrays[names.len() + 1].as_primitive_opt::<UInt32Type>();
        let Some((value, rank)) = value.zip(rank) else {
            return Err(foreign(run, "disagreements.parquet", "value and rank are no numbers of their types"));
        };
        for row in 0..chunk.n_rows {
            let Some(id) = columns[0][row].clone() else { continue };
            let mut entries: Vec<Entry> = columns[1..].iter().map(|column| Entry::Text(column[row].clone())).collect();
            entries.push(Entry::Number(value.is_valid(row).then(|| value.value(row))));
            entries.push(Entry::Number(rank.is_valid(row).then(|| f64::from(rank.value(row)))));
            found.insert(id, entries);
        }
    }
    Ok(found)
}

/// A table of the run that another program wrote.
fn foreign(run: &Path, name: &str, how: &str) -> Failed {
    RegistryError::Altered { path: run.join(name), how: how.to_owned() }.into()
}

fn columns_of(source: &Source, names: &[&str], arrays: &[ArrayRef]) -> Result<Vec<Vec<Option<String>>>, LoadError> {
    names.iter().zip(arrays).map(|(name, array)| texts(source, name, array)).collect()
}
