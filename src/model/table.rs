//! Tables as Parquet files, written chunk by chunk.

use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

use crate::output_file::OutputFile;

/// Rows of a row group, at least, unless the file ends.
const GROUP_ROWS: usize = 1 << 20;

/// Rows of a part that is written at once.
pub(crate) const ROWS_AT_ONCE: usize = 65_536;

/// A column of a table that is written in parts: its field, and how it is made from a part `R` of the rows.
pub struct TableColumn<R> {
    field: Field,
    make: Box<dyn Fn(&R) -> ArrayRef + Send + Sync>,
}

impl<R> TableColumn<R> {
    /// A column `name` that may be null; a text column may come as a dictionary, and is plain text in the table.
    pub fn new(name: &str, data_type: DataType, make: impl Fn(&R) -> ArrayRef + Send + Sync + 'static) -> Self {
        TableColumn { field: Field::new(name, data_type, true), make: Box::new(make) }
    }

    /// The columns of `rows` as one batch.
    ///
    /// # Errors
    /// When a column does not fit its field.
    pub fn batch(columns: &[TableColumn<R>], rows: &R) -> Result<RecordBatch, ArrowError> {
        let arrays = columns.iter().map(|column| cast(&(column.make)(rows), column.field.data_type()));
        RecordBatch::try_new(TableColumn::schema(columns), arrays.collect::<Result<_, _>>()?)
    }

    /// The fields of `columns`.
    pub fn schema(columns: &[TableColumn<R>]) -> SchemaRef {
        Arc::new(Schema::new(columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()))
    }
}

/// Writes a table part by part. The columns of a part are made and encoded in parallel.
pub struct TableWriter<R> {
    columns: Vec<TableColumn<R>>,
    file: SerializedFileWriter<OutputFile>,
    factory: ArrowRowGroupWriterFactory,
    /// The row group that is being written: one writer a column, and its rows.
    group: Vec<ArrowColumnWriter>,
    n_rows: usize,
}

impl<R: Sync> TableWriter<R> {
    /// A writer to `file`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(file: OutputFile, columns: Vec<TableColumn<R>>) -> Result<Self, ParquetError> {
        let writer = ArrowWriter::try_new(file, TableColumn::schema(&columns), Some(table_properties()))?;
        let (file, factory) = writer.into_serialized_writer()?;
        Ok(TableWriter { columns, file, factory, group: Vec::new(), n_rows: 0 })
    }

    /// Appends `rows`, which are `n_rows`.
    ///
    /// # Errors
    /// When a column does not fit its field, or the file cannot be written.
    pub fn write(&mut self, n_rows: usize, rows: &R) -> Result<(), ParquetError> {
        if self.group.is_empty() {
            self.group = self.factory.create_column_writers(self.file.flushed_row_groups().len())?;
        }
        let encode = |(writer, column): (&mut ArrowColumnWriter, &TableColumn<R>)| {
            compute_leaves(&column.field, &(column.make)(rows))?.iter().try_for_each(|leaf| writer.write(leaf))
        };
        let encoded: Vec<Result<(), ParquetError>> =
            self.group.par_iter_mut().zip(self.columns.par_iter()).map(encode).collect();
        encoded.into_iter().collect::<Result<(), _>>()?;
        self.n_rows += n_rows;
        if self.n_rows >= GROUP_ROWS { self.end_group() } else { Ok(()) }
    }

    /// Writes the row group so far.
    fn end_group(&mut self) -> Result<(), ParquetError> {
        self.n_rows = 0;
        let columns = std::mem::take(&mut self.group);
        let chunks: Vec<Result<ArrowColumnChunk, ParquetError>> =
            columns.into_par_iter().map(ArrowColumnWriter::close).collect();
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk?.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    /// Finishes the table and the [file](OutputFile::finish).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<(), ParquetError> {
        if self.n_rows > 0 {
            self.end_group()?;
        }
        Ok(self.file.into_inner()?.finish()?)
    }
}

/// What the system said when a table could not be written.
pub fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => inner.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error),
        // What the last write says when the file is closed: the library (60.1, `TrackedWrite::into_inner`) keeps only the words.
        ParquetError::General(said) => match os_error(&said) {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::other(said),
        },
        error => io::Error::other(error),
    }
}

/// The number in `… (os error 28)`.
fn os_error(said: &str) -> Option<i32> {
    said.rsplit_once("(os error ")?.1.split_once(')')?.0.parse().ok()
}

/// Zstd, as every table segmint writes.
pub fn table_properties() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build()
}

/// A text column from the number of the text of every row, as a dictionary.
///
/// # Panics
/// When a number has no text.
pub fn text_column<'a>(numbers: impl Iterator<Item = Option<i32>>, texts: impl Iterator<Item = &'a str>) -> ArrayRef {
    let texts = Arc::new(StringArray::from_iter_values(texts));
    Arc::new(DictionaryArray::new(numbers.collect::<Int32Array>(), texts))
}
