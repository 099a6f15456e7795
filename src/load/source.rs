//! The files of a source as one table: its columns, their types and where its rows are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use rayon::prelude::*;

use super::batch::{MAX_VALUE_BYTES, mean_text_bytes, rows_at_once};
use super::bytes_as_text::read_bytes_as_text;
use super::data_file::{DataFile, same_partitions};
use super::decoding::{BATCH_ROWS, guarded};
use super::files::find;
use super::footer::read_footer;
use super::kind::Kind;
use super::schema::columns_of;
use super::source_file::{SourceFile, name_columns};
use super::storage::Opened;
use super::stored::{BatchReader, Rows, Stored};
use super::unshared::left_out;
use super::{Column, LoadError, Place, Reading, Unshared};
use crate::Warning;
use crate::monitor::Monitor;

/// The files of a source path, opened as far as their footers, as one table; or a table in memory.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    columns: Vec<Column>,
    unshared: Vec<Unshared>,
    pub(super) files: Vec<SourceFile>,
    n_rows: usize,
}

impl Source {
    /// Finds the files of `path` (see [`resolve`](super::resolve)) and reads their footers.
    ///
    /// Columns are those that every file has, in the order of the first file, then the partitions. Numbers of different
    /// type go together, and so do text types, dates of different resolution, and null columns with anything; what does
    /// not is [`unshared`](Source::unshared). Columns of bytes whose every value is text are text.
    ///
    /// # Errors
    /// When files are missing or damaged, when they share no column, or when there are no rows or more than `u32::MAX`.
    pub fn open(path: &Path) -> Result<Source, LoadError> {
        Source::open_watched(path, &Monitor::silent())
    }

    /// [`open`](Source::open), where `monitor` ends the waiting for an object store, now and whenever a column is read.
    ///
    /// # Errors
    /// As [`open`](Source::open), and when `monitor` stops the work.
    pub fn open_watched(path: &Path, monitor: &Monitor) -> Result<Source, LoadError> {
        let source = Source::open_watched_even_empty(path, monitor)?;
        if source.n_rows == 0 {
            return Err(LoadError::NoRows { source_name: source.name() });
        }
        Ok(source)
    }

    /// [`open`](Source::open), also where there are no rows: nobody new tonight, nobody who disagrees.
    ///
    /// # Errors
    /// As [`open`](Source::open), but for the rows.
    pub fn open_even_empty(path: &Path) -> Result<Source, LoadError> {
        Source::open_watched_even_empty(path, &Monitor::silent())
    }

    /// [`open_even_empty`](Source::open_even_empty), watched as [`open_watched`](Source::open_watched) is.
    ///
    /// # Errors
    /// As [`open_watched`](Source::open_watched), but for the rows.
    pub fn open_watched_even_empty(path: &Path, monitor: &Monitor) -> Result<Source, LoadError> {
        Source::of_found(path.to_owned(), find(path, monitor)?)
    }

    /// [`open`](Source::open) for several paths, whose files are one table in the order given.
    ///
    /// # Errors
    /// As [`open`](Source::open), and when partitions differ.
    pub fn open_all(paths: &[PathBuf]) -> Result<Source, LoadError> {
        let mut found = Vec::new();
        for path in paths {
            found.extend(find(path, &Monitor::silent())?);
        }
        same_partitions(found.iter().map(|(file, _)| file))?;
        let name = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        let source = Source::of_found(PathBuf::from(name), found)?;
        if source.n_rows == 0 {
            return Err(LoadError::NoRows { source_name: source.name() });
        }
        Ok(source)
    }

    /// The files `found` of a source that is called `path`.
    pub(super) fn of_found(path: PathBuf, found: Vec<(DataFile, Opened)>) -> Result<Source, LoadError> {
        let footers: Vec<_> = found.into_par_iter().map(read_footer).collect();
        let mut files = Vec::with_capacity(footers.len());
        for footer in footers {
            files.push(footer?);
        }
        name_columns(&mut files);
        read_bytes_as_text(&mut files)?;
        Source::of_files(path, files)
    }

    /// A table in memory: `batches` of one schema, one after the other. `name` is what messages call it.
    ///
    /// The values are those that a Parquet file of the same columns has, so the same results come of them. Columns of bytes
    /// stay bytes.
    ///
    /// # Errors
    /// When the batches differ in their columns, two columns have one name, or there are more than `u32::MAX` rows.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow::array::{Float64Array, RecordBatch};
    /// use segmint::load::Source;
    /// let visits = Arc::new(Float64Array::from(vec![1.0, 4.0, 2.0])) as _;
    /// let batch = RecordBatch::try_from_iter([("visits", visits)])?;
    /// let source = Source::of_batches("visitors", vec![batch.clone(), batch])?;
    /// assert_eq!((source.n_rows(), source.columns()[0].name.as_str()), (6, "visits"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_batches(name: &str, batches: Vec<RecordBatch>) -> Result<Source, LoadError> {
        let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        if let Some(at) = batches.iter().position(|batch| batch.schema().fields() != schema.fields()) {
            return Err(LoadError::BatchesDiffer { source_name: name.to_owned(), batch: at });
        }
        let file = DataFile { path: PathBuf::from(name), name: name.to_owned(), partitions: Vec::new() };
        let table = SourceFile {
            file,
            bytes: batches.iter().map(|batch| batch.get_array_memory_size() as u64).sum(),
            first_row: 0,
            row_groups: batches.iter().map(RecordBatch::num_rows).collect(),
            stored: Stored::Batches(batches, schema),
            names: Vec::new(),
            positions: Vec::new(),
        };
        let mut files = vec![table];
        name_columns(&mut files);
        Source::of_files(PathBuf::from(name), files)
    }

    fn of_files(path: PathBuf, mut files: Vec<SourceFile>) -> Result<Source, LoadError> {
        let (columns, unshared) = columns_of(&mut files)?;
        let name = path.display().to_string();
        let n_rows: u64 = files.iter().map(|file| file.n_rows() as u64).sum();
        if n_rows > u64::from(u32::MAX) {
            return Err(LoadError::TooManyRows { source_name: name, n_rows });
        }
        let mut first_row = 0;
        for file in &mut files {
            file.first_row = first_row;
            first_row += file.n_rows();
        }
        Ok(Source { path, columns, unshared, files, n_rows: first_row })
    }

    /// The path it was opened by, for messages.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Its columns: those of the files, then the partitions.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns that only some files have, or that differ in type.
    pub fn unshared(&self) -> &[Unshared] {
        &self.unshared
    }

    /// The error that the column `name` is to those who need it when the files do not share it; else `Ok`.
    ///
    /// # Errors
    /// [`Unshared::error`].
    pub fn refuse_unshared(&self, name: &str) -> Result<(), LoadError> {
        self.unshared.iter().find(|column| column.name == name).map_or(Ok(()), |column| Err(column.error()))
    }

    /// What to know of the columns that were left out because the files do not share them.
    pub fn warning(&self) -> Option<Warning> {
        left_out(&self.unshared)
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
        self.files.first().map(SourceFile::marked_names).unwrap_or_default()
    }

    /// What columns without a name in the first file are called.
    pub(super) fn nameless(&self) -> Vec<&str> {
        self.files.first().map(SourceFile::nameless).unwrap_or_default()
    }

    /// The column called `name`.
    pub(super) fn column_or_error(&self, name: &str) -> Result<usize, LoadError> {
        self.refuse_unshared(name)?;
        let missing = || LoadError::NoColumn { column: name.to_owned(), source_name: self.name() };
        self.position(name).ok_or_else(missing)
    }

    /// The value of partition column `column` in file `file`.
    pub(super) fn partition_value(&self, file: usize, column: usize) -> Option<&str> {
        let partitions = &self.files[file].file.partitions;
        let name = &self.columns[column].name;
        partitions.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.as_deref())
    }

    /// How many rows of `columns` (none of them a partition) of a file are decoded at a time.
    pub(super) fn rows_at_once(&self, file: usize, columns: &[usize], rows: Rows) -> usize {
        let source = &self.files[file];
        let positions: Vec<usize> = columns.iter().map(|&column| source.positions[column]).collect();
        match &source.stored {
            Stored::Parquet(footer, _) => rows_at_once(&footer.decoded, &positions, rows),
            Stored::Batches(..) => BATCH_ROWS,
        }
    }

    /// The bytes of a text of a column on average, in the part of the files where they are most; 0 where that is not known.
    pub(super) fn mean_text_bytes(&self, column: usize) -> usize {
        let files = (0..self.files.len()).filter(|_| !self.columns[column].is_partition);
        files.map(|file| self.mean_text_bytes_in(file, column, Rows::All)).max().unwrap_or(0)
    }

    fn mean_text_bytes_in(&self, file: usize, column: usize, rows: Rows) -> usize {
        let file = &self.files[file];
        match &file.stored {
            Stored::Parquet(footer, _) => mean_text_bytes(&footer.declared, file.position(column), rows),
            Stored::Batches(..) => 0,
        }
    }

    /// A reader of `columns` (none of them a partition) over rows of a file, `at_once` at a time. Within a batch, columns come
    /// in the order of the file.
    pub(super) fn reader(
        &self,
        file: usize,
        columns: &[usize],
        rows: Rows,
        at_once: usize,
    ) -> Result<BatchReader, LoadError> {
        let source = &self.files[file];
        for &column in columns {
            let bytes = self.mean_text_bytes_in(file, column, rows);
            if bytes > MAX_VALUE_BYTES {
                let (column, source_name) = (self.columns[column].name.clone(), self.name());
                return Err(LoadError::TextTooLong { column, source_name, bytes, limit: MAX_VALUE_BYTES });
            }
        }
        let positions = columns.iter().map(|&column| source.positions[column]);
        let first = match rows {
            Rows::All => 0,
            Rows::Group(group) | Rows::One { group, .. } => group,
        };
        let reader = match &source.stored {
            Stored::Parquet(footer, opened) => {
                guarded(|| BatchReader::of_file(opened, footer, positions, rows, at_once))
            }
            Stored::Batches(batches, schema) => {
                guarded(|| BatchReader::of_batches(batches, schema, positions.collect(), rows))
            }
        };
        reader.map_err(|detail| self.damaged(file, columns[0], first, detail))
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
        let rows = Rows::Group(row_group);
        let mut reader = self.reader(file, &[column], rows, self.rows_at_once(file, &[column], rows))?;
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

    /// What it means that a column cannot be decoded: that its file cannot be read, or that what is in it is damaged.
    pub(super) fn damaged(&self, file: usize, column: usize, row_group: usize, detail: String) -> LoadError {
        let file = &self.files[file];
        let (path, column) = (file.file.path.clone(), self.columns[column].name.clone());
        file.failure().unwrap_or(LoadError::DamagedColumn { path, column, row_group, detail })
    }
}
