//! The files of a source as one table: its columns, their types and where its rows are.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, FieldRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use rayon::prelude::*;

use super::column::shown_name;
use super::kind::{self, Kind};
use super::{Column, DataFile, LoadError, Place, Reading, resolve};

/// Rows decoded at a time.
pub(super) const BATCH_ROWS: usize = 65_536;

/// The files of a source path, opened as far as their footers, as one table.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    columns: Vec<Column>,
    pub(super) files: Vec<SourceFile>,
    n_rows: usize,
}

#[derive(Debug)]
pub(super) struct SourceFile {
    pub file: DataFile,
    pub bytes: u64,
    pub first_row: usize,
    /// Rows of each row group.
    pub row_groups: Vec<usize>,
    pub metadata: ArrowReaderMetadata,
    /// For every column of the source that is not a partition, its position in this file.
    positions: Vec<usize>,
}

impl SourceFile {
    pub fn n_rows(&self) -> usize {
        self.row_groups.iter().sum()
    }

    /// Where a column of the source, not a partition, is in this file.
    pub fn position(&self, column: usize) -> usize {
        self.positions[column]
    }
}

impl Source {
    /// Finds the files of `path` (see [`resolve`]) and reads their footers.
    ///
    /// Columns are those of the first file, in its order, then the partitions. Every file must have the same columns;
    /// numbers of different type go together, and so do text types, dates of different resolution, and null columns
    /// with anything.
    ///
    /// # Errors
    /// When files are missing or damaged, when their columns differ, or when there are no rows or more than
    /// `u32::MAX`.
    pub fn open(path: &Path) -> Result<Source, LoadError> {
        let found = resolve(path)?;
        let footers: Vec<_> = found.into_par_iter().map(read_footer).collect();
        let mut files = Vec::with_capacity(footers.len());
        for footer in footers {
            files.push(footer?);
        }
        let columns = columns_of(&mut files)?;
        let name = path.display().to_string();
        let n_rows: u64 = files.iter().map(|file| file.n_rows() as u64).sum();
        if n_rows == 0 {
            return Err(LoadError::NoRows { source_name: name });
        }
        if n_rows > u64::from(u32::MAX) {
            return Err(LoadError::TooManyRows { source_name: name, n_rows });
        }
        let mut first_row = 0;
        for file in &mut files {
            file.first_row = first_row;
            first_row += file.n_rows();
        }
        Ok(Source { path: path.to_owned(), columns, files, n_rows: first_row })
    }

    /// The path it was opened by, for messages.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Its columns: those of the files, then the partitions.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The position of the column `name` among [`columns`](Source::columns).
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Rows of all files.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Files.
    pub fn n_files(&self) -> usize {
        self.files.len()
    }

    /// Row groups of all files.
    pub fn n_row_groups(&self) -> usize {
        self.files.iter().map(|file| file.row_groups.len()).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Where row `row` of the table is.
    pub fn place(&self, row: usize) -> Place {
        let file = &self.files[self.files.partition_point(|file| file.first_row <= row) - 1];
        Place { file: file.file.path.clone(), row: row - file.first_row }
    }

    /// The source with some of its columns read in another way than they are stored; of columns that it does not have,
    /// `readings` may speak. `key` is what asks for it, for messages.
    ///
    /// # Errors
    /// When a column cannot be read so.
    pub fn with_readings(mut self, readings: &BTreeMap<String, Reading>, key: &str) -> Result<Source, LoadError> {
        let source_name = self.name();
        for column in &mut self.columns {
            let Some(reading) = readings.get(&column.name) else { continue };
            if let Some(wanted) = reading.wants(&column.data_type) {
                let (key, found, column) = (key.to_owned(), column.type_name(), column.name.clone());
                return Err(LoadError::WrongType { key, column, source_name, found, wanted });
            }
            column.kind = reading.kind(Kind::of(&column.data_type));
            column.reading = reading.clone();
        }
        Ok(self)
    }

    /// Columns whose name begins with a byte-order mark in the first file; it is no part of their name.
    pub(super) fn marked_names(&self) -> Vec<&str> {
        let fields = self.files.first().map(|file| file.metadata.schema().fields().as_ref()).unwrap_or_default();
        let names = fields.iter().map(|field| (field.name().as_str(), shown_name(field.name())));
        names.filter(|(stored, shown)| stored != shown).map(|(_, shown)| shown).collect()
    }

    /// The column called `name`.
    pub(super) fn column_or_error(&self, name: &str) -> Result<usize, LoadError> {
        let missing = || LoadError::NoColumn { column: name.to_owned(), source_name: self.name() };
        self.position(name).ok_or_else(missing)
    }

    /// The value of partition column `column` in file `file`.
    pub(super) fn partition_value(&self, file: usize, column: usize) -> Option<&str> {
        let partitions = &self.files[file].file.partitions;
        let name = &self.columns[column].name;
        partitions.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.as_deref())
    }

    /// A reader of `columns` (none of them a partition) over some row groups of a file. Within a batch, columns come in
    /// the order of the file.
    pub(super) fn reader(
        &self,
        file: usize,
        columns: &[usize],
        row_groups: Option<Vec<usize>>,
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, LoadError> {
        let source = &self.files[file];
        let path = &source.file.path;
        let opened = File::open(path).map_err(|reason| LoadError::Unreadable { path: path.clone(), reason })?;
        let mask = ProjectionMask::roots(
            source.metadata.parquet_schema(),
            columns.iter().map(|&column| source.positions[column]),
        );
        let first = row_groups.as_ref().and_then(|groups| groups.first().copied()).unwrap_or(0);
        guarded(|| {
            let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, source.metadata.clone())
                .with_projection(mask)
                .with_batch_size(BATCH_ROWS);
            if let Some(row_groups) = row_groups {
                builder = builder.with_row_groups(row_groups);
            }
            if let Some(selection) = selection {
                builder = builder.with_row_selection(selection);
            }
            builder.build()
        })
        .map_err(|detail| self.damaged(file, columns[0], first, detail))
    }

    /// Hands `visit` the batches of one column of one row group, in order, until it returns false.
    pub(super) fn read_row_group(
        &self,
        file: usize,
        row_group: usize,
        column: usize,
        mut visit: impl FnMut(&ArrayRef) -> Result<bool, String>,
    ) -> Result<(), LoadError> {
        let wanted = self.files[file].row_groups[row_group];
        if wanted == 0 {
            return Ok(());
        }
        let damaged = |detail| self.damaged(file, column, row_group, detail);
        let mut reader = self.reader(file, &[column], Some(vec![row_group]), None)?;
        let mut seen = 0;
        while let Some(batch) = guarded(|| reader.next().transpose()).map_err(damaged)? {
            seen += batch.num_rows();
            if seen > wanted {
                break;
            }
            // Arrow's kernels trust offsets and keys that a damaged page may have got wrong.
            if !guarded(|| visit(batch.column(0))).map_err(damaged)? {
                return Ok(());
            }
        }
        if seen == wanted { Ok(()) } else { Err(damaged(format!("{seen} rows instead of {wanted}"))) }
    }

    pub(super) fn damaged(&self, file: usize, column: usize, row_group: usize, detail: String) -> LoadError {
        let path = self.files[file].file.path.clone();
        LoadError::DamagedColumn { path, column: self.columns[column].name.clone(), row_group, detail }
    }
}

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a step of the Parquet decoder, where a panic means a damaged file and becomes an error.
///
/// A panic hook that reports bugs asks this, so as not to report those.
pub fn is_decoding() -> bool {
    DECODING.get()
}

/// Runs a step of the decoder. The parquet crate and arrow's kernels mostly answer damaged bytes with an error, but some
/// of their checks are assertions; a file must never end the program, so a panic inside becomes an error too.
pub(super) fn guarded<T, E: std::fmt::Display>(step: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    let outer = DECODING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(step));
    DECODING.set(outer);
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(one_line(&error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(one_line(text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("the decoder failed")))
        }
    }
}

/// Decoders prefix their messages, several times over when errors are wrapped.
fn one_line(message: &str) -> String {
    let mut text = message.lines().next().unwrap_or_default().trim();
    for prefix in ["Parquet argument error: ", "Parquet error: ", "External: ", "Arrow: ", "EOF: "].repeat(3) {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    text.trim_end_matches('.').to_owned()
}

fn read_footer(file: DataFile) -> Result<SourceFile, LoadError> {
    let path = file.path.clone();
    let unreadable = |reason| LoadError::Unreadable { path: path.clone(), reason };
    let mut opened = File::open(&path).map_err(unreadable)?;
    let bytes = opened.metadata().map_err(unreadable)?.len();
    if bytes == 0 {
        return Err(LoadError::EmptyFile { path });
    }
    let mut begins = [0; 12];
    let n = (&mut opened).take(12).read(&mut begins).map_err(unreadable)?;
    if begins.starts_with(b"PARE") {
        return Err(LoadError::Encrypted { path });
    }
    if !begins.starts_with(b"PAR1") {
        let begins = String::from_utf8_lossy(&begins[..n]).into_owned();
        return Err(LoadError::NotParquet { path, begins });
    }
    let mut ends = [0; 4];
    opened.seek(SeekFrom::End(-(bytes.min(4) as i64))).map_err(unreadable)?;
    opened.read_exact(&mut ends).map_err(unreadable)?;
    match &ends {
        b"PAR1" if bytes >= 12 => (),
        b"PARE" => return Err(LoadError::Encrypted { path }),
        _ => return Err(LoadError::CutOff { path, bytes }),
    }
    let damaged = |detail| LoadError::DamagedFooter { path: path.clone(), detail };
    let metadata = guarded(|| ArrowReaderMetadata::load(&opened, ArrowReaderOptions::new())).map_err(damaged)?;
    let row_groups = guarded(|| row_counts(&metadata)).map_err(damaged)?;
    Ok(SourceFile { file, bytes, first_row: 0, row_groups, metadata, positions: Vec::new() })
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

/// The columns that all files share; also notes where each of them is in each file.
fn columns_of(files: &mut [SourceFile]) -> Result<Vec<Column>, LoadError> {
    for file in files.iter() {
        let fields = file.metadata.schema().fields();
        if let Some((_, repeated)) = fields
            .iter()
            .enumerate()
            .find(|(i, f)| fields[..*i].iter().any(|g| shown_name(g.name()) == shown_name(f.name())))
        {
            return Err(LoadError::SameName {
                path: file.file.path.clone(),
                column: shown_name(repeated.name()).to_owned(),
            });
        }
    }
    let Some(first) = files.first() else { return Ok(Vec::new()) };
    let first_path = first.file.path.clone();
    let mut columns: Vec<Column> = first
        .metadata
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let data_type = kind::unpacked(field.data_type()).clone();
            Column::new(shown_name(field.name()), data_type, false)
        })
        .collect();
    for file in files.iter_mut() {
        let schema = file.metadata.schema();
        let other =
            schema.fields().iter().find(|field| columns.iter().all(|column| column.name != shown_name(field.name())));
        if let Some(field) = other {
            let (with, without) = (file.file.path.clone(), first_path);
            return Err(LoadError::ColumnsDiffer { column: shown_name(field.name()).to_owned(), with, without });
        }
        let mut positions = Vec::with_capacity(columns.len());
        for column in &mut columns {
            let named = |(_, field): &(usize, &FieldRef)| shown_name(field.name()) == column.name;
            let Some((position, field)) = schema.fields().iter().enumerate().find(named) else {
                let (with, without) = (first_path, file.file.path.clone());
                return Err(LoadError::ColumnsDiffer { column: column.name.clone(), with, without });
            };
            positions.push(position);
            let here = kind::unpacked(field.data_type());
            let Some(common) = kind::common(&column.data_type, here) else {
                return Err(LoadError::TypesDiffer {
                    column: column.name.clone(),
                    first: first_path,
                    first_type: column.type_name(),
                    second: file.file.path.clone(),
                    second_type: kind::name(here),
                });
            };
            column.kind = Kind::of(&common);
            column.data_type = common;
        }
        file.positions = positions;
    }
    for (key, _) in &files[0].file.partitions {
        // A writer may leave the partition's column in the files; then it is read from there.
        if columns.iter().all(|column| column.name != *key) {
            columns.push(Column::new(key, DataType::Utf8, true));
        }
    }
    Ok(columns)
}
