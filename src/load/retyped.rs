//! A Parquet file whose columns are decoded in other types than its footer says.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;

/// The same file, whose top-level columns are decoded in these types where one is given.
pub(super) fn with_types(
    metadata: &ArrowReaderMetadata,
    types: Vec<Option<DataType>>,
) -> Result<ArrowReaderMetadata, ParquetError> {
    if types.iter().all(Option::is_none) {
        return Ok(metadata.clone());
    }
    let fields = metadata.schema().fields().iter().zip(types);
    let fields = fields.map(|(field, data_type)| match data_type {
        Some(data_type) => Arc::new(field.as_ref().clone().with_data_type(data_type)),
        None => Arc::clone(field),
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), ArrowReaderOptions::new().with_schema(schema))
}

/// The type of views of texts or bytes, for a column of texts or bytes.
pub(super) fn as_view(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => Some(DataType::Utf8View),
        DataType::Binary | DataType::LargeBinary => Some(DataType::BinaryView),
        DataType::Dictionary(_, values) => as_view(values),
        _ => None,
    }
}
