//! A smaller table: the first rows and the first features of another.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

/// Where from, where to, and how much.
#[derive(clap::Args)]
pub struct Cut {
    file: PathBuf,
    to: PathBuf,
    /// Only the first rows.
    #[arg(long, value_name = "N")]
    rows: Option<NonZeroUsize>,
    /// Only the first of the columns whose names begin with f.
    #[arg(long, value_name = "N")]
    columns: Option<NonZeroUsize>,
}

impl Cut {
    /// Writes the smaller table and gives its rows and columns; what cannot be read or written is the text of an error.
    pub fn write(&self) -> Result<[usize; 2], String> {
        let at = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let file = File::open(&self.file).map_err(|error| at(&self.file, &error))?;
        let table = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| at(&self.file, &error))?;
        let fields = table.schema().fields().iter().enumerate();
        let features = fields.filter(|(_, field)| field.name().starts_with('f')).map(|(column, _)| column);
        let features: Vec<usize> = features.take(self.columns.map_or(usize::MAX, NonZeroUsize::get)).collect();
        let mask = ProjectionMask::roots(table.parquet_schema(), features.iter().copied());
        let table = table.with_projection(mask).with_limit(self.rows.map_or(usize::MAX, NonZeroUsize::get));
        let table = table.build().map_err(|error| at(&self.file, &error))?;

        let to = File::create(&self.to).map_err(|error| at(&self.to, &error))?;
        let as_zstd = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let schema = arrow::array::RecordBatchReader::schema(&table);
        let mut writer = ArrowWriter::try_new(to, schema, Some(as_zstd)).map_err(|error| at(&self.to, &error))?;
        let mut rows = 0;
        for batch in table {
            let batch = batch.map_err(|error| at(&self.file, &error))?;
            rows += batch.num_rows();
            writer.write(&batch).map_err(|error| at(&self.to, &error))?;
        }
        writer.close().map_err(|error| at(&self.to, &error))?;
        Ok([rows, features.len()])
    }
}
