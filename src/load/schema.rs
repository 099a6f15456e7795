//! Files with columns of their own become one table.

use std::collections::{HashMap, HashSet};

use arrow::datatypes::DataType;

use super::kind::{self, Kind};
use super::source_file::SourceFile;
use super::unshared::Difference;
use super::{Column, LoadError, Unshared};

/// The columns that all files share, in the order of the first file, then the partitions; and the columns that they do not
/// share. Also notes where each shared column is in each file.
pub(super) fn columns_of(files: &mut [SourceFile]) -> Result<(Vec<Column>, Vec<Unshared>), LoadError> {
    for file in files.iter() {
        if let Some((_, repeated)) = file.names.iter().enumerate().find(|(i, name)| file.names[..*i].contains(name)) {
            let (path, column) = (file.file.path.clone(), repeated.clone());
            return Err(LoadError::SameName { path, column });
        }
    }
    let (mut columns, mut unshared, mut positions) = (Vec::new(), Vec::new(), vec![Vec::new(); files.len()]);
    let schemas: Vec<Schema> = files.iter().map(Schema::of).collect();
    for name in names(files) {
        match shared_type(&schemas, name) {
            Ok(data_type) => {
                for (positions, schema) in positions.iter_mut().zip(&schemas) {
                    positions.extend(schema.fields.get(name).map(|(position, _)| *position));
                }
                columns.push(Column::new(name, data_type, false));
            }
            Err(difference) => {
                let types = schemas.iter().filter_map(|schema| schema.fields.get(name));
                let kinds = types.map(|(_, data_type)| Kind::of(data_type)).collect();
                unshared.push(Unshared { name: name.to_owned(), kinds, difference });
            }
        }
    }
    for (file, positions) in files.iter_mut().zip(positions) {
        file.positions = positions;
    }
    for (key, _) in files.first().map_or(&[][..], |file| &file.file.partitions) {
        // A writer may leave the partition's column in the files; then it is read from there.
        if columns.iter().all(|column| column.name != *key) {
            columns.push(Column::new(key, DataType::Utf8, true));
        }
    }
    unshared.retain(|column| columns.iter().all(|shared| shared.name != column.name));
    match unshared.first() {
        Some(column) if columns.iter().all(|column| column.is_partition) => Err(column.error()),
        _ => Ok((columns, unshared)),
    }
}

/// The columns of one file: where they are, and the type of their values.
struct Schema<'a> {
    file: &'a SourceFile,
    fields: HashMap<&'a str, (usize, &'a DataType)>,
}

impl Schema<'_> {
    fn of(file: &SourceFile) -> Schema<'_> {
        let fields = file.stored.schema().fields().iter().enumerate();
        let fields = fields.map(|(i, field)| (i, kind::unpacked(field.data_type())));
        Schema { file, fields: file.names.iter().map(String::as_str).zip(fields).collect() }
    }
}

/// The names of all columns of the files, each once, in the order in which they are met.
fn names(files: &[SourceFile]) -> Vec<&str> {
    let mut seen = HashSet::new();
    let names = files.iter().flat_map(|file| &file.names).map(String::as_str);
    names.filter(|name| seen.insert(*name)).collect()
}

/// A type for the values of the column in all files.
fn shared_type(schemas: &[Schema], name: &str) -> Result<DataType, Difference> {
    let path = |schema: &Schema| schema.file.file.path.clone();
    let with = schemas.iter().find(|schema| schema.fields.contains_key(name)).unwrap_or(&schemas[0]);
    let mut common = DataType::Null;
    for schema in schemas {
        let Some((_, here)) = schema.fields.get(name) else {
            return Err(Difference::Missing { with: path(with), without: path(schema) });
        };
        common = kind::common(&common, here).ok_or_else(|| Difference::Types {
            first: (path(with), kind::name(&common)),
            second: (path(schema), kind::name(here)),
        })?;
    }
    Ok(common)
}
