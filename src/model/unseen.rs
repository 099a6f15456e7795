//! Levels of categories in scored customers.

use arrow::array::ArrayRef;
use serde::Serialize;

use super::{FittedPipeline, ModelError};
use crate::load::{Chunk, Source, texts};
use crate::recognize::is_unknown;
use crate::{Text, Warning};

/// How many customers have a level of a category that the fit has not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnseenLevels {
    /// The column.
    pub feature: String,
    /// Customers with such a level.
    pub n_unseen: usize,
    /// The level of the first of them; null where its text is missing.
    pub example: Option<String>,
}

/// Moves the categories of a chunk, its first arrays, behind its numbers, as codes; returns per category how many levels the
/// fit has not seen, and the first of them.
pub(super) fn read_categories(
    model: &FittedPipeline,
    source: &Source,
    chunk: &mut Chunk,
) -> Result<Vec<(usize, Option<String>)>, ModelError> {
    let categories = model.normalizer.categories();
    let arrays: Vec<ArrayRef> = chunk.arrays.drain(..categories.len()).collect();
    let mut unseen = Vec::with_capacity(categories.len());
    for (category, array) in categories.iter().zip(&arrays) {
        let levels = texts(source, category.name(), array)?;
        let level = |i: usize| levels[i].as_deref();
        // A word for a missing value that the fit had among its levels is one of them.
        let code = |text: Option<&str>| match category.code(text) {
            code if category.column(code).is_none() && text.is_some_and(is_unknown) => category.code(None),
            code => code,
        };
        let codes: Vec<f64> = (0..chunk.n_rows).map(|i| code(level(i))).collect();
        let strange: Vec<usize> = (0..chunk.n_rows).filter(|&i| category.column(codes[i]).is_none()).collect();
        let example = strange.first().and_then(|&i| level(i)).map(str::to_owned);
        unseen.push((strange.len(), example));
        chunk.numbers.push(codes);
    }
    Ok(unseen)
}

pub(super) fn unseen_levels(found: &UnseenLevels, n_customers: usize) -> Warning {
    let UnseenLevels { feature, n_unseen, example } = found;
    let (en, zh) = match example {
        Some(level) => (format!("such as {level:?}"), format!("例如“{level}”")),
        None => ("the text is missing".to_owned(), "文本缺失".to_owned()),
    };
    let message = Text::new(
        format!(
            "{n_unseen} of {n_customers} customers have a level in column {feature:?} that the model has not seen ({en}); it \
             counts as equally far from every level"
        ),
        format!(
            "{n_customers} 位客户中有 {n_unseen} 位在列“{feature}”中的类别未在建模时出现（{zh}），视为与各类别等距"
        ),
    );
    Warning::new("unseen_levels", message)
        .with("column", feature.as_str())
        .with("n_unseen", *n_unseen)
        .with("n_customers", n_customers)
}
