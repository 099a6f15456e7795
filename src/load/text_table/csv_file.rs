//! CSV: the separator is the one that makes most columns of the first line.

use csv::{ReaderBuilder, StringRecord};

use super::size::Size;
use super::table::{cell, header};
use super::{TextTable, TextTableError, encoding};

/// Separators, the usual one first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

pub(super) fn read(file: &str, bytes: &[u8]) -> Result<TextTable, TextTableError> {
    let (text, warning) = encoding::decode(file, bytes)?;
    let (declared, text, skipped) = declared_separator(&text);
    let separator = declared.unwrap_or_else(|| likeliest_separator(text));
    let mut records = records(text, separator).filter(|(_, record)| record.iter().any(|field| cell(field).is_some()));
    let Some((_, first)) = records.next() else {
        return Err(TextTableError::Empty { file: file.to_owned() });
    };
    if first.len() == 1 {
        return Err(TextTableError::OneColumn { file: file.to_owned(), column: first[0].trim().to_owned() });
    }
    // Spreadsheets write the separators of columns that were once used.
    let used = used_cells(&first);
    let names = first.iter().take(used).map(as_written).collect();
    let columns = header(file, names, |column| format!("column {}", column + 1))?;
    let (mut rows, mut size) = (Vec::new(), Size::default());
    for (line, record) in records {
        size.add_cells(file, used as u64)?;
        let found = used_cells(&record);
        if record.len() < used || found > used {
            let (line, found) = (line + skipped, found.max(record.len().min(used)));
            return Err(TextTableError::Ragged { file: file.to_owned(), line, found, expected: used });
        }
        rows.push(record.iter().take(used).map(as_written).collect());
    }
    Ok(TextTable { columns, rows, warnings: warning.into_iter().collect() })
}

/// The text of a field without the apostrophe that [`export`](crate::report::Sheet::csv) sets, as spreadsheets do, before what would
/// be taken for a formula.
fn as_written(field: &str) -> Option<String> {
    let guarded = field.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
    cell(guarded.unwrap_or(field))
}

/// Cells up to the last one that is not blank.
fn used_cells(record: &StringRecord) -> usize {
    let filled = record.iter().enumerate().filter(|(_, field)| cell(field).is_some());
    filled.last().map_or(0, |(position, _)| position + 1)
}

/// `sep=;` in the first line, as spreadsheets write and read it: the separator, the rest, the lines left out.
fn declared_separator(text: &str) -> (Option<u8>, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        Some([separator]) if SEPARATORS.contains(separator) => (Some(*separator), rest, 1),
        Some([]) if first.ends_with('\t') || first.ends_with("\t\r") => (Some(b'\t'), rest, 1),
        _ => (None, text, 0),
    }
}

fn likeliest_separator(text: &str) -> u8 {
    let columns = |separator: u8| records(text, separator).next().map_or(0, |(_, record)| record.len());
    // The first of equals is kept: max_by_key takes the last.
    SEPARATORS.into_iter().rev().max_by_key(|&separator| columns(separator)).expect("there are separators")
}

/// The records that are not blank lines, with the lines they begin in.
fn records(text: &str, separator: u8) -> impl Iterator<Item = (u64, StringRecord)> {
    let reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    // Text in memory of any number of fields has no error left.
    let records = reader.into_records().map_while(Result::ok);
    records.map(|record| (record.position().map_or(0, csv::Position::line), record))
}
