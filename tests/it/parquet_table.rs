//! Parquet files for tests, written by the library that is not under test.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_empty_array};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

/// Writes `columns` to `path` as the writer does by default.
pub fn write(path: &Path, columns: &[(&str, ArrayRef)]) {
    write_with(path, columns, WriterProperties::builder().build());
}

/// Writes `columns` to `path`; folders on the way are made.
pub fn write_with(path: &Path, columns: &[(&str, ArrayRef)], properties: WriterProperties) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.iter().map(|(_, array)| Arc::clone(array)).collect());
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, Some(properties)).unwrap();
    writer.write(&batch.unwrap()).unwrap();
    writer.close().unwrap();
}

/// The same columns without rows.
pub fn emptied<'a>(columns: &[(&'a str, ArrayRef)]) -> Vec<(&'a str, ArrayRef)> {
    columns.iter().map(|(name, array)| (*name, new_empty_array(array.data_type()))).collect()
}
