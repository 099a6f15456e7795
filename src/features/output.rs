//! Parquet files that appear whole or not at all.

use std::io;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;

use crate::model::{io_error, table_properties};
use crate::output_file::OutputFile;

/// A Parquet file (zstd) that [`TableFile::finish`] gives its name; dropped before, it leaves what was there.
pub(crate) struct TableFile {
    writer: ArrowWriter<OutputFile>,
}

impl TableFile {
    /// A file that will be at `path`, whose folder exists.
    pub(crate) fn create(path: &Path, schema: SchemaRef) -> io::Result<Self> {
        let writer = ArrowWriter::try_new(OutputFile::create(path)?, schema, Some(table_properties()));
        Ok(TableFile { writer: writer.map_err(io_error)? })
    }

    /// Appends rows.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> io::Result<()> {
        self.writer.write(rows).map_err(io_error)
    }

    /// Finishes the table and the [file](OutputFile::finish).
    pub(crate) fn finish(self) -> io::Result<()> {
        self.writer.into_inner().map_err(io_error)?.finish()
    }
}
