//! Parquet files that appear whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use tempfile::NamedTempFile;

use crate::model::table_properties;

/// A Parquet file (zstd) under a temporary name in its folder; [`TableFile::finish`] gives it its own name. Dropped
/// before, it is removed.
pub(crate) struct TableFile {
    writer: ArrowWriter<NamedTempFile>,
    path: PathBuf,
}

impl TableFile {
    /// A file that will be at `path`, whose folder exists.
    pub(crate) fn create(path: &Path, schema: SchemaRef) -> io::Result<Self> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".segmint-").suffix(".tmp");
        // A temporary file is private by default; this one becomes an ordinary file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        // The error would name the temporary file, which nobody has heard of.
        let file = builder.tempfile_in(folder).map_err(|error| io::Error::from(error.kind()))?;
        let writer = ArrowWriter::try_new(file, schema, Some(table_properties()))?;
        Ok(TableFile { writer, path: path.to_owned() })
    }

    /// Appends rows.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> io::Result<()> {
        Ok(self.writer.write(rows)?)
    }

    /// Forces the file to disk and gives it its name, in place of what had that name before.
    pub(crate) fn finish(self) -> io::Result<()> {
        let file = self.writer.into_inner()?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}
