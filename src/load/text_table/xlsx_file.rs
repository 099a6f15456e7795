//! XLSX: one sheet of a workbook, its values as a person would read them.

use std::convert::Infallible;
use std::io::{Cursor, Read};

use calamine::{Data, DataRef, ExcelDateTime, Range, Reader, Xlsx, XlsxError};
use zip::ZipArchive;

use super::size::Size;
use super::table::{cell, header};
use super::{TextTable, TextTableError};
use crate::load::decoding::guarded;

/// How a file begins that is a workbook of before 2007, or one with a password.
const OLD_OR_LOCKED: &[u8] = b"\xd0\xcf\x11\xe0";

pub(super) fn read(file: &str, bytes: Vec<u8>, sheet: Option<&str>) -> Result<TextTable, TextTableError> {
    // Some of its checks are assertions, too: a cell called A99999999999 is a row beyond what its numbers hold.
    let read = guarded(|| Ok::<_, Infallible>(read_workbook(file, bytes, sheet)));
    read.unwrap_or_else(|message| Err(TextTableError::NotXlsx { file: file.to_owned(), message }))
}

fn read_workbook(file: &str, bytes: Vec<u8>, sheet: Option<&str>) -> Result<TextTable, TextTableError> {
    let wrong = |message: String| TextTableError::NotXlsx { file: file.to_owned(), message };
    if bytes.starts_with(OLD_OR_LOCKED) {
        return Err(wrong("it is an old .xls, or has a password".to_owned()));
    }
    refuse_unpacked(file, &bytes)?;
    let failed = |error: XlsxError| wrong(error.to_string().replace('\n', ", "));
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(failed)?;
    let sheets = workbook.sheet_names();
    let name = match sheet {
        Some(sheet) => sheets.iter().find(|name| *name == sheet),
        None => sheets.first(),
    };
    let Some(name) = name else {
        let sheet = sheet.unwrap_or_default().to_owned();
        return Err(TextTableError::NoSuchSheet { file: file.to_owned(), sheet, sheets });
    };
    let file = format!("{file}, sheet {name:?}");
    refuse_range(&file, &mut workbook, name, failed)?;
    let range = workbook.worksheet_range(name).map_err(failed)?;
    table(&file, &range)
}

/// Refuses a workbook that is much larger than the file it is packed in. What is in it is counted, since what it says of its
/// size may not be true.
fn refuse_unpacked(file: &str, bytes: &[u8]) -> Result<(), TextTableError> {
    // What is no archive is told by who reads it.
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return Ok(()) };
    let (mut size, mut part) = (Size::default(), vec![0; 1 << 16]);
    for entry in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(entry) else { continue };
        while let Ok(n @ 1..) = entry.read(&mut part) {
            size.add_bytes(file, n)?;
        }
    }
    Ok(())
}

/// Refuses a sheet whose cells, with all blank ones between them, or whose texts are too many: a text that many cells share is
/// stored once.
fn refuse_range(
    file: &str,
    workbook: &mut Xlsx<Cursor<Vec<u8>>>,
    sheet: &str,
    failed: impl Fn(XlsxError) -> TextTableError,
) -> Result<(), TextTableError> {
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(&failed)?;
    let (mut size, mut first, mut last) = (Size::default(), (u32::MAX, u32::MAX), (0, 0));
    while let Some(cell) = cells.next_cell().map_err(&failed)? {
        let (row, column) = cell.get_position();
        first = (row.min(first.0), column.min(first.1));
        last = (row.max(last.0), column.max(last.1));
        if let DataRef::String(text) = cell.get_value() {
            size.add_bytes(file, text.len())?;
        } else if let DataRef::SharedString(text) = cell.get_value() {
            size.add_bytes(file, text.len())?;
        }
    }
    let n = |last: u32, first: u32| u64::from(last.saturating_sub(first)) + 1;
    size.add_cells(file, n(last.0, first.0) * n(last.1, first.1))
}

fn table(file: &str, range: &Range<Data>) -> Result<TextTable, TextTableError> {
    let (top, left) = range.start().unwrap_or_default();
    let address = |row: usize, column: usize| format!("{}{}", letters(left as usize + column), top as usize + row + 1);
    let is_blank = |row: &[Data]| row.iter().all(|value| matches!(text(value), Ok(None)));
    let mut rows = range.rows().enumerate().filter(|(_, row)| !is_blank(row));
    let Some((first, names)) = rows.next() else {
        return Err(TextTableError::Empty { file: file.to_owned() });
    };
    let read = |row: usize, column: usize, of: &str, value: &Data| {
        let (file, cell, column) = (file.to_owned(), address(row, column), of.to_owned());
        text(value).map_err(|error| TextTableError::ErrorCell { file, cell, column, error })
    };
    let texts = |row: usize, cells: &[Data], columns: &[String]| -> Result<Vec<Option<String>>, TextTableError> {
        let name = |column: usize| columns.get(column).map_or("", String::as_str);
        cells.iter().enumerate().map(|(column, value)| read(row, column, name(column), value)).collect()
    };
    let mut names = texts(first, names, &[])?;
    // Columns that are blank to the bottom were once used, or only formatted.
    let is_used = |column: usize| range.rows().any(|row| !matches!(row.get(column), None | Some(Data::Empty)));
    while names.last().is_some_and(Option::is_none) && !is_used(names.len() - 1) {
        names.pop();
    }
    let columns = header(file, names, |column| address(first, column))?;
    let mut kept = Vec::new();
    for (row, cells) in rows {
        kept.push(texts(row, &cells[..columns.len()], &columns)?);
    }
    Ok(TextTable { columns, rows: kept, warnings: Vec::new() })
}

/// A value as text; the error of a cell that holds one.
fn text(value: &Data) -> Result<Option<String>, String> {
    Ok(match value {
        Data::Empty => None,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => cell(text),
        Data::Int(whole) => Some(whole.to_string()),
        Data::Float(number) => Some(number.to_string()),
        Data::Bool(truth) => Some(truth.to_string()),
        Data::DateTime(moment) => Some(moment_text(moment)),
        Data::Error(error) => return Err(error.to_string()),
    })
}

/// `2024-01-31`, with the time where there is one.
fn moment_text(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// A column as spreadsheets name it: A … Z, AA …
fn letters(mut column: usize) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, (b'A' + (column % 26) as u8) as char);
        if column < 26 {
            return letters;
        }
        column = column / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_spreadsheets_do() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
