//! What the footer of a Parquet file says, as far as it can be believed.

use std::io;

use arrow::datatypes::{DataType, TimeUnit};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Type;
use parquet::errors::ParquetError;

use super::decoding::guarded;
use super::retyped::with_types;
use super::source_file::SourceFile;
use super::storage::{Opened, Part};
use super::stored::{Footer, Stored};
use super::{DataFile, LoadError};

/// Bytes of the end of a file that are read at once; most footers fit.
const TAIL_BYTES: u64 = 64 << 10;
/// What follows a footer: its length in four bytes, and the magic number in four more.
const ENDING_BYTES: u64 = 8;

pub(super) fn read_footer((file, opened): (DataFile, Opened)) -> Result<SourceFile, LoadError> {
    let path = file.path.clone();
    let unreadable = |reason| opened.unreadable(reason);
    let bytes = opened.len().map_err(unreadable)?;
    if bytes == 0 {
        return Err(LoadError::EmptyFile { path });
    }
    let begins = opened.read_at(0, 12).map_err(unreadable)?;
    if begins.starts_with(b"PARE") {
        return Err(LoadError::Encrypted { path });
    }
    if !begins.starts_with(b"PAR1") {
        let begins = String::from_utf8_lossy(&begins).into_owned();
        return Err(LoadError::NotParquet { path, begins });
    }
    let tail = end_of(&opened, bytes).map_err(unreadable)?;
    match tail.last_chunk::<4>() {
        Some(b"PAR1") if bytes >= 12 => (),
        Some(b"PARE") => return Err(LoadError::Encrypted { path }),
        _ => return Err(LoadError::CutOff { path, bytes }),
    }
    let end = Part::new(bytes - tail.len() as u64, tail);
    let damaged = |detail| LoadError::DamagedFooter { path: path.clone(), detail };
    let metadata = guarded(|| ArrowReaderMetadata::load(&end, ArrowReaderOptions::new())).map_err(damaged)?;
    let metadata = guarded(|| with_far_dates(metadata)).map_err(damaged)?;
    let row_groups = guarded(|| row_counts(&metadata)).map_err(damaged)?;
    let stored = Stored::Parquet(Footer::of(metadata), opened);
    Ok(SourceFile { file, bytes, first_row: 0, row_groups, stored, names: Vec::new(), positions: Vec::new() })
}

/// The end of a file of so many bytes with the whole of its footer, as far as it is as long as it says.
fn end_of(opened: &Opened, bytes: u64) -> io::Result<Bytes> {
    let there = bytes.min(TAIL_BYTES);
    let tail = opened.read_at(bytes - there, there)?;
    let ending = tail.len().checked_sub(ENDING_BYTES as usize).and_then(|at| tail[at..].first_chunk::<4>());
    let wanted = ending.map_or(0, |length| u64::from(u32::from_le_bytes(*length)) + ENDING_BYTES);
    match there < wanted && wanted <= bytes {
        true => opened.read_at(bytes - wanted, wanted),
        false => Ok(tail),
    }
}

/// Timestamps of 96 bits in microseconds: as nanoseconds, in which they come, they wrap before 1678 and after 2262.
fn with_far_dates(metadata: ArrowReaderMetadata) -> Result<ArrowReaderMetadata, ParquetError> {
    let schema = metadata.parquet_schema();
    let roots = schema.root_schema().get_fields();
    let is_wide = |root: usize| {
        roots.get(root).is_some_and(|field| field.is_primitive() && field.get_physical_type() == Type::INT96)
    };
    let in_microseconds = |data_type: &DataType| match data_type {
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            Some(DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))
        }
        _ => None,
    };
    let wanted = |(i, data_type): (usize, &DataType)| in_microseconds(data_type).filter(|_| is_wide(i));
    let types: Vec<Option<DataType>> =
        metadata.schema().fields().iter().map(|field| field.data_type()).enumerate().map(wanted).collect();
    with_types(&metadata, types)
}

/// Rows of each row group; memory is set aside by these counts, so they must agree with those of the columns.
fn row_counts(metadata: &ArrowReaderMetadata) -> Result<Vec<usize>, ParquetError> {
    let mut counts = Vec::with_capacity(metadata.metadata().num_row_groups());
    for (i, group) in metadata.metadata().row_groups().iter().enumerate() {
        let rows = group.num_rows();
        for column in group.columns().iter().filter(|column| column.column_descr().max_rep_level() == 0) {
            if column.num_values() != rows {
                let (path, values) = (column.column_path(), column.num_values());
                let message = format!("row group {i} has {rows} rows, but its column {path} has {values}");
                return Err(ParquetError::General(message));
            }
        }
        counts.push(usize::try_from(rows)?);
    }
    Ok(counts)
}
