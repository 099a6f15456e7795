//! A column of a source.

use arrow::datatypes::DataType;

use super::kind::{self, Kind};
use super::{Form, Reading};

/// A column of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in all files, widened where they differ; dictionaries count as what they hold.
    pub data_type: DataType,
    /// What it can be used as.
    pub kind: Kind,
    /// Whether it comes from the names of folders (`key=value`) and not from the files.
    pub is_partition: bool,
    /// How its cells become numbers.
    pub reading: Reading,
}

impl Column {
    /// Its type in words, such as `int64`, `text` or `decimal128(12, 2)`.
    pub fn type_name(&self) -> String {
        kind::name(&self.data_type)
    }

    /// A column of the files, or a partition, as it is.
    pub(super) fn new(name: &str, data_type: DataType, is_partition: bool) -> Column {
        let (kind, reading) = (Kind::of(&data_type), Reading::default());
        Column { name: name.to_owned(), kind, data_type, is_partition, reading }
    }

    /// Whether it can be read as numbers.
    pub fn is_readable(&self) -> bool {
        let is_ordinal = matches!(self.reading.form, Form::Levels { .. });
        // A column of nulls has lost its type; its values are missing like any other's.
        let is_null = self.data_type == DataType::Null;
        (is_ordinal || is_null || matches!(self.kind, Kind::Number | Kind::Bool)) && !self.is_partition
    }

    /// Whether its numbers are whole because of its type or of how it is read.
    pub fn is_whole(&self) -> bool {
        match self.reading.form {
            Form::AgeDays { .. } | Form::Levels { .. } => true,
            _ => self.kind == Kind::Bool || self.data_type.is_integer(),
        }
    }
}
