//! Rows in chunks, with bounded memory; for scoring, for transactions, and to find one customer again.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use rayon::prelude::*;

use super::batch::BATCH_BYTES;
use super::decoding::{BATCH_ROWS, guarded};
use super::kind;
use super::stored::{BatchReader, Rows};
use super::text::{as_text, text_lengths};
use super::{LoadError, Source};
use crate::config::Duplicates;

/// Consecutive rows of a source.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The first of them in the source.
    pub first_row: usize,
    /// How many there are, at most 65,536; fewer where texts are long.
    pub n_rows: usize,
    /// The columns asked for as they are, each in its [`Column::data_type`](super::Column::data_type).
    pub arrays: Vec<ArrayRef>,
    /// The columns asked for as numbers, as they are read; NaN = missing.
    pub numbers: Vec<Vec<f64>>,
}

/// The rows of a source in order, in chunks of at most 65,536 that hold the columns asked for, and of no more rows than have
/// 32 MiB of text.
///
/// Only one chunk is in memory at a time, and the rows of the next that were decoded with it; its columns are decoded in parallel. After an error the stream ends.
pub struct RowStream {
    source: Arc<Source>,
    arrays: Vec<usize>,
    numbers: Vec<usize>,
    file: usize,
    row: usize,
    /// One reader per group of columns of the current file.
    readers: Vec<GroupReader>,
    /// Rows that the readers decode at a time.
    at_once: usize,
    /// Rows that are decoded and not handed out yet.
    decoded: Decoded,
}

/// Columns, by their positions in the source, of the next rows.
#[derive(Default)]
struct Decoded {
    columns: Vec<(usize, ArrayRef)>,
    n_rows: usize,
}

impl Decoded {
    /// As many of the first rows as have [`BATCH_BYTES`] of text in the columns at `arrays`, and at least one.
    fn fitting(&self, arrays: &[usize]) -> usize {
        let asked = self.columns.iter().filter(|(position, _)| arrays.contains(position));
        let mut bytes = vec![0; self.n_rows];
        asked.for_each(|(_, array)| text_lengths(array).zip(&mut bytes).for_each(|(length, sum)| *sum += length));
        let mut sum = 0;
        let mut fits = |&bytes: &usize| {
            sum += bytes as u64;
            sum <= BATCH_BYTES
        };
        bytes.iter().position(|bytes| !fits(bytes)).unwrap_or(self.n_rows).max(1)
    }

    /// Takes the first `n` rows out.
    fn take(&mut self, n: usize) -> Vec<(usize, ArrayRef)> {
        let first = self.columns.iter().map(|(position, array)| (*position, array.slice(0, n))).collect();
        self.n_rows -= n;
        let rest = |(position, array): (usize, ArrayRef)| (position, array.slice(n, array.len() - n));
        self.columns = std::mem::take(&mut self.columns).into_iter().filter(|_| self.n_rows > 0).map(rest).collect();
        first
    }
}

struct GroupReader {
    /// In the order of the file.
    columns: Vec<usize>,
    reader: BatchReader,
}

impl RowStream {
    /// A stream of the named columns: `arrays` in their own type, `numbers` as f64. A column may be in both.
    ///
    /// # Errors
    /// When a column does not exist, is nested (`arrays`), or cannot be read as numbers (`numbers`).
    pub fn new(source: &Arc<Source>, arrays: &[&str], numbers: &[&str]) -> Result<RowStream, LoadError> {
        let positions =
            |names: &[&str]| names.iter().map(|name| source.column_or_error(name)).collect::<Result<_, _>>();
        let (arrays, numbers): (Vec<usize>, Vec<usize>) = (positions(arrays)?, positions(numbers)?);
        if let Some(&wrong) = numbers.iter().find(|&&position| !source.columns()[position].is_readable()) {
            return Err(LoadError::NoColumn {
                column: source.columns()[wrong].name.clone(),
                source_name: format!("the numeric columns of {}", source.name()),
            });
        }
        Ok(RowStream {
            source: Arc::clone(source),
            arrays,
            numbers,
            file: 0,
            row: 0,
            readers: Vec::new(),
            at_once: 0,
            decoded: Decoded::default(),
        })
    }

    fn advance(&mut self) -> Result<Option<Chunk>, LoadError> {
        loop {
            let Some(file) = self.source.files.get(self.file) else { return Ok(None) };
            if self.row == file.first_row + file.n_rows() {
                self.file += 1;
                self.readers.clear();
                continue;
            }
            return self.chunk().map(Some);
        }
    }

    fn chunk(&mut self) -> Result<Chunk, LoadError> {
        if self.decoded.n_rows == 0 {
            self.decoded = self.decode()?;
        }
        let n_rows = self.decoded.fitting(&self.arrays);
        let columns = self.decoded.take(n_rows);
        let column = |position: usize| {
            let found = columns.iter().find(|(read, _)| *read == position).map(|(_, array)| Arc::clone(array));
            // What is not in the files is a partition, the same in every row.
            found.unwrap_or_else(|| {
                let value = self.source.partition_value(self.file, position);
                Arc::new(std::iter::repeat_n(value, n_rows).collect::<StringArray>())
            })
        };
        let damaged = |position: usize, detail| self.source.damaged(self.file, position, 0, detail);
        let arrays = self.arrays.iter().map(|&position| {
            let data_type = &self.source.columns()[position].data_type;
            guarded(|| cast(&column(position), data_type)).map_err(|detail| damaged(position, detail))
        });
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        let numbers = self.numbers.iter().map(|&position| {
            let mut values = vec![0.0; n_rows];
            let reading = &self.source.columns()[position].reading;
            guarded(|| reading.numbers(&column(position), &mut values)).map_err(|detail| damaged(position, detail))?;
            Ok(values)
        });
        let numbers = numbers.collect::<Result<Vec<_>, LoadError>>()?;
        let chunk = Chunk { first_row: self.row, n_rows, arrays, numbers };
        self.row += n_rows;
        Ok(chunk)
    }

    /// The next rows of the file, as they are stored.
    fn decode(&mut self) -> Result<Decoded, LoadError> {
        let file = &self.source.files[self.file];
        if self.readers.is_empty() {
            let columns = stored_columns(&self.source, self.file, &self.arrays, &self.numbers);
            self.at_once = match &columns[..] {
                [] => BATCH_ROWS,
                columns => self.source.rows_at_once(self.file, columns, Rows::All),
            };
            self.readers = open_readers(&self.source, self.file, &columns, self.at_once)?;
        }
        let n_rows = self.at_once.min(file.first_row + file.n_rows() - self.row);
        let read: Vec<Result<RecordBatch, String>> =
            self.readers.par_iter_mut().map(|group| group.next(n_rows)).collect();
        let mut columns: Vec<(usize, ArrayRef)> = Vec::new();
        for (group, batch) in self.readers.iter().zip(read) {
            let batch = batch.map_err(|detail| find_damage(&self.source, self.file, &group.columns, detail))?;
            columns.extend(group.columns.iter().copied().zip(batch.columns().iter().cloned()));
        }
        Ok(Decoded { columns, n_rows })
    }
}

impl Iterator for RowStream {
    type Item = Result<Chunk, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance().transpose();
        if matches!(next, Some(Err(_))) {
            self.file = self.source.files.len();
        }
        next
    }
}

impl GroupReader {
    fn next(&mut self, n_rows: usize) -> Result<RecordBatch, String> {
        match guarded(|| self.reader.next().transpose())? {
            Some(batch) if batch.num_rows() == n_rows => Ok(batch),
            other => Err(format!("{} rows instead of {n_rows}", other.map_or(0, |batch| batch.num_rows()))),
        }
    }
}

/// The columns asked for that are in a file, in its order.
fn stored_columns(source: &Source, file: usize, arrays: &[usize], numbers: &[usize]) -> Vec<usize> {
    let mut columns: Vec<usize> = arrays.iter().chain(numbers).copied().collect();
    columns.retain(|&position| !source.columns()[position].is_partition);
    columns.sort_unstable_by_key(|&position| source.files[file].position(position));
    columns.dedup();
    columns
}

/// Readers that share the columns among the threads; which column is read by which does not change what is read.
fn open_readers(
    source: &Source,
    file: usize,
    columns: &[usize],
    at_once: usize,
) -> Result<Vec<GroupReader>, LoadError> {
    let size = columns.len().div_ceil(rayon::current_num_threads()).max(1);
    let group = |columns: &[usize]| {
        let reader = source.reader(file, columns, Rows::All, at_once)?;
        Ok(GroupReader { columns: columns.to_vec(), reader })
    };
    columns.chunks(size).map(group).collect()
}

/// Which of `columns` could not be read, by reading each of them alone.
fn find_damage(source: &Source, file: usize, columns: &[usize], detail: String) -> LoadError {
    for &column in columns {
        for row_group in 0..source.files[file].row_groups.len() {
            if let Err(error) = source.read_row_group(file, row_group, column, |_| Ok(true)) {
                return error;
            }
        }
    }
    source.damaged(file, columns[0], 0, detail)
}

/// The row of the customer `wanted` in `source`, or `None`.
///
/// `id` is the id column; without one, `wanted` is a row number from 0. Ids are compared as text, in the form
/// [`Ids::text`](super::Ids::text) gives. Of rows with the same id, the one that `duplicates` keeps is meant.
///
/// # Errors
/// When the column does not exist or cannot be read.
pub fn find_row(
    source: &Arc<Source>,
    id: Option<&str>,
    wanted: &str,
    duplicates: Duplicates,
) -> Result<Option<usize>, LoadError> {
    let Some(id) = id else { return Ok(wanted.parse().ok().filter(|&row: &usize| row < source.n_rows())) };
    let mut found = None;
    for chunk in RowStream::new(source, &[id], &[])? {
        let chunk = chunk?;
        let position = source.column_or_error(id)?;
        let texts = guarded(|| as_text(&chunk.arrays[0])).map_err(|detail| source.damaged(0, position, 0, detail))?;
        let texts = texts.as_string_view();
        let mut matches = (0..chunk.n_rows).filter(|&row| texts.is_valid(row) && texts.value(row) == wanted);
        let row = if duplicates == Duplicates::Last { matches.next_back() } else { matches.next() };
        found = row.map(|row| chunk.first_row + row).or(found);
        if found.is_some() && duplicates != Duplicates::Last {
            break;
        }
    }
    Ok(found)
}

/// The values of `array`, read from `column`, as levels of an attribute; `None` is missing.
///
/// # Errors
/// When the column does not exist or has no text.
pub fn texts(source: &Source, column: &str, array: &ArrayRef) -> Result<Vec<Option<String>>, LoadError> {
    let position = source.column_or_error(column)?;
    let texts = guarded(|| as_text(array)).map_err(|detail| source.damaged(0, position, 0, detail))?;
    let column = &source.columns()[position];
    let stored = kind::Kind::of(&column.data_type);
    let level = |text: &str| {
        let level = text.trim_start_matches('\u{feff}');
        (!column.reading.marks_text(level, stored)).then(|| level.to_owned())
    };
    Ok(texts.as_string_view().iter().map(|text| text.and_then(level)).collect())
}

/// The numeric `columns` of one row; NaN = missing.
///
/// # Errors
/// When a column does not exist or cannot be read.
///
/// # Panics
/// When the source has no row `row`.
pub fn read_row(source: &Source, row: usize, columns: &[&str]) -> Result<Vec<f64>, LoadError> {
    let file = source.files.partition_point(|file| file.first_row <= row) - 1;
    let (mut group, mut within) = (0, row - source.files[file].first_row);
    while within >= source.files[file].row_groups[group] {
        within -= source.files[file].row_groups[group];
        group += 1;
    }
    let read = |name: &&str| {
        let position = source.column_or_error(name)?;
        let damaged = |detail| source.damaged(file, position, group, detail);
        if !source.columns()[position].is_readable() {
            return Err(damaged(format!("{} is not numeric", kind::name(&source.columns()[position].data_type))));
        }
        let mut reader = source.reader(file, &[position], Rows::One { group, row: within }, 1)?;
        let batch = guarded(|| reader.next().transpose()).map_err(damaged)?;
        let mut value = [f64::NAN];
        let batch = batch.filter(|batch| batch.num_rows() == 1).ok_or_else(|| damaged("0 rows instead of 1".into()))?;
        let reading = &source.columns()[position].reading;
        guarded(|| reading.numbers(batch.column(0), &mut value)).map_err(damaged)?;
        Ok(value[0])
    };
    columns.iter().map(read).collect()
}
