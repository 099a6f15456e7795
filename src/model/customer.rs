//! One customer, read again from a table.

use std::sync::Arc;

use super::{FittedPipeline, ModelError};
use crate::load::{Fingerprint, LoadError, RowStream, Source, find_row, read_row, texts};
use crate::normalize::FeatureNormalizer;

/// A customer as the table has it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FoundCustomer {
    /// The row of the table, from 0.
    pub row: usize,
    /// The features in the order of [`FittedPipeline::feature_names`]; NaN = missing. Of categories the
    /// [code](crate::normalize::CategoryEncoder::code).
    pub raw: Vec<f64>,
    /// The texts of the categories, in their order; `None` = missing.
    pub levels: Vec<Option<String>>,
    /// Per feature whether its column is of whole numbers.
    pub whole: Vec<bool>,
    /// The tier people gave, when the table has that column and a value in it.
    pub tier: Option<String>,
}

/// Reads the customer `id` from `source`. Ids are compared as text; without an id column `id` is a row number from 0.
///
/// `fingerprint` is what the table must still be, for a customer of the fit; `None` when any table will do.
///
/// # Errors
/// When the table is not what it was, there is no such customer, or a column is missing or cannot be read.
pub fn find_customer(
    model: &FittedPipeline,
    source: &Arc<Source>,
    fingerprint: Option<&Fingerprint>,
    id: &str,
) -> Result<FoundCustomer, ModelError> {
    if let Some(fingerprint) = fingerprint {
        fingerprint.verify(source)?;
    }
    model.check_columns(source)?;
    let id_column = model.id_column.as_deref();
    let Some(row) = find_row(source, id_column, id, model.duplicates)? else {
        return Err(ModelError::UnknownCustomer {
            id: id.to_owned(),
            id_column: id_column.map(str::to_owned),
            source_name: source.name(),
            n_rows: source.n_rows(),
        });
    };
    let numeric: Vec<&str> = model.normalizer.features().iter().map(FeatureNormalizer::name).collect();
    let mut raw = read_row(source, row, &numeric)?;
    let mut levels = Vec::new();
    for category in model.normalizer.categories() {
        let level = text_of(source, category.name(), row)?;
        raw.push(category.code(level.as_deref()));
        levels.push(level);
    }
    let is_whole = |name: &str| source.position(name).is_some_and(|position| source.columns()[position].is_whole());
    let whole = model.feature_names().into_iter().map(is_whole).collect();
    let tier = match model.tier_column.as_deref().filter(|column| source.position(column).is_some()) {
        Some(column) => text_of(source, column, row)?.filter(|text| !text.is_empty()),
        None => None,
    };
    Ok(FoundCustomer { row, raw, levels, whole, tier })
}

/// The value of `column` in row `row` as text; `None` when it is missing.
fn text_of(source: &Arc<Source>, column: &str, row: usize) -> Result<Option<String>, LoadError> {
    for chunk in RowStream::new(source, &[column], &[])? {
        let chunk = chunk?;
        if row < chunk.first_row + chunk.n_rows {
            return Ok(texts(source, column, &chunk.arrays[0])?.swap_remove(row - chunk.first_row));
        }
    }
    Ok(None)
}
