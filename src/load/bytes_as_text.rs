//! Bytes that are text.
//!
//! Impala, Hive, ClickHouse and old versions of Spark write text without saying that it is text.

use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use rayon::prelude::*;

use super::LoadError;
use super::batch::{MAX_VALUE_BYTES, mean_text_bytes, rows_at_once};
use super::decoding::guarded;
use super::kind::unpacked;
use super::retyped::with_types;
use super::source_file::SourceFile;
use super::stored::{BatchReader, Footer, Rows, Stored};

/// Turns the columns of bytes whose every value, in every file that has them as bytes, is text into columns of text.
///
/// Text is valid UTF-8 without control characters other than tabs and ends of lines. Every value is looked at, up to the
/// first that is none, so that a column is the same thing in all its rows. A column without a value stays as it is, and so
/// does one that cannot be decoded, which is an error for whoever reads it.
///
/// # Errors
/// When a file is there no more.
pub(super) fn read_bytes_as_text(files: &mut [SourceFile]) -> Result<(), LoadError> {
    let names = bytes_columns(files);
    if names.is_empty() {
        return Ok(());
    }
    let found: Vec<Found> = names.iter().map(|name| Found::beside(files, name)).collect();
    let tasks: Vec<(usize, usize, usize)> = (0..names.len())
        .flat_map(|name| (0..files.len()).map(move |file| (name, file)))
        .filter(|&(name, file)| position_of_bytes(&files[file], &names[name]).is_some())
        .flat_map(|(name, file)| (0..files[file].row_groups.len()).map(move |group| (name, file, group)))
        .collect();
    tasks.into_par_iter().for_each(|(name, file, group)| {
        let column = position_of_bytes(&files[file], &names[name]).unwrap_or_default();
        if look(&files[file], column, group, &found[name]).is_err() {
            found[name].other.store(true, Ordering::Relaxed);
        }
    });
    if let Some(failure) = files.iter().find_map(SourceFile::failure) {
        return Err(failure);
    }
    let is_text = |name: &str| names.iter().position(|other| other == name).is_some_and(|i| found[i].is_text());
    for file in files {
        let fields = file.stored.schema().fields().iter().zip(&file.names);
        let types = fields.map(|(field, name)| as_text(field.data_type()).filter(|_| is_text(name))).collect();
        // Where the decoder knows no such text, the column stays bytes.
        if let Stored::Parquet(footer, _) = &mut file.stored
            && let Ok(as_text) = guarded(|| with_types(&footer.declared, types))
        {
            *footer = Footer::of(as_text);
        }
    }
    Ok(())
}

/// What was met in a column.
#[derive(Default)]
struct Found {
    text: AtomicBool,
    other: AtomicBool,
}

impl Found {
    /// Text, as long as nothing else is met, where another file calls the column text.
    fn beside(files: &[SourceFile], name: &str) -> Found {
        let is_text =
            |file: &SourceFile| position(file, name).is_some_and(|(_, data_type)| unpacked(data_type).is_string());
        Found { text: AtomicBool::new(files.iter().any(is_text)), other: AtomicBool::new(false) }
    }

    fn is_text(&self) -> bool {
        self.text.load(Ordering::Relaxed) && !self.other.load(Ordering::Relaxed)
    }
}

fn bytes_columns(files: &[SourceFile]) -> Vec<String> {
    let fields = files.iter().flat_map(|file| file.stored.schema().fields().iter().zip(&file.names));
    let bytes = fields.filter(|(field, _)| as_text(field.data_type()).is_some());
    let mut names: Vec<String> = bytes.map(|(_, name)| name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

fn position_of_bytes(file: &SourceFile, name: &str) -> Option<usize> {
    let (position, data_type) = position(file, name)?;
    as_text(data_type).map(|_| position)
}

/// Where the column `name` is in `file`, and its type there.
fn position<'a>(file: &'a SourceFile, name: &str) -> Option<(usize, &'a DataType)> {
    let position = file.names.iter().position(|other| other == name)?;
    Some((position, file.stored.schema().field(position).data_type()))
}

/// The type of text in place of a type of bytes of any length; those of one length are keys such as UUIDs.
fn as_text(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Binary | DataType::BinaryView => Some(DataType::Utf8),
        DataType::LargeBinary => Some(DataType::LargeUtf8),
        // The decoder keeps the values of dictionaries as they are written; plain text it reads.
        DataType::Dictionary(_, values) => as_text(values),
        _ => None,
    }
}

/// Looks at one column of one row group, up to the first value that is no text.
fn look(file: &SourceFile, column: usize, row_group: usize, found: &Found) -> Result<(), String> {
    if found.other.load(Ordering::Relaxed) {
        return Ok(());
    }
    let Stored::Parquet(footer, opened) = &file.stored else { return Ok(()) };
    if mean_text_bytes(&footer.declared, column, Rows::Group(row_group)) > MAX_VALUE_BYTES {
        return Err("its values are too long to be looked at".to_owned());
    }
    let rows = Rows::Group(row_group);
    let at_once = rows_at_once(&footer.decoded, &[column], rows);
    let mut reader = guarded(|| BatchReader::of_file(opened, footer, [column], rows, at_once))?;
    while let Some(batch) = guarded(|| reader.next().transpose())? {
        match guarded(|| are_text(batch.column(0)))? {
            Some(false) => found.other.store(true, Ordering::Relaxed),
            Some(true) => found.text.store(true, Ordering::Relaxed),
            None => {}
        }
        if found.other.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

/// Whether all values are text; `None` when there is none. Of a dictionary all its values count, used or not.
fn are_text(array: &ArrayRef) -> Result<Option<bool>, arrow::error::ArrowError> {
    let values = array.as_any_dictionary_opt().map_or(array, |dictionary| dictionary.values());
    debug_assert!(unpacked(values.data_type()).is_binary());
    let values = cast(values, &DataType::BinaryView)?;
    // A value that many rows share is looked at once where they stand together.
    let mut before = None;
    let mut values = values.as_binary_view().iter().flatten().peekable();
    let mut is_text =
        |bytes: &[u8]| before.replace(bytes.as_ptr_range()) == Some(bytes.as_ptr_range()) || is_text(bytes);
    Ok(values.peek().is_some().then(|| values.all(&mut is_text)))
}

fn is_text(bytes: &[u8]) -> bool {
    let shows = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(shows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_as_bytes_are_no_text() {
        assert!(is_text("客户 1\n".as_bytes()) && is_text(b""));
        assert!(!is_text(&[1, 0, 0, 0]) && !is_text(&[0xff]));
    }
}
