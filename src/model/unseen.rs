//! Levels of categories in scored customers.

use arrow::array::ArrayRef;
use serde::Serialize;

use super::{FittedPipeline, ModelError};
use crate::load::{Chunk, CommonText, Source, TextCounts, texts};
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
    /// The level that most of them share; null where the text of all is missing.
    pub example: Option<String>,
    /// Customers with that level.
    pub n_example: usize,
}

/// What some rows have in a category that the fit has not seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Unseen {
    /// Rows with such a level.
    n: usize,
    levels: TextCounts,
}

impl Unseen {
    fn add(&mut self, level: Option<&str>) {
        self.n += 1;
        if let Some(level) = level {
            self.levels.add(level, 1);
        }
    }

    pub(super) fn add_all(&mut self, more: &Unseen) {
        self.n += more.n;
        self.levels.add_all(&more.levels);
    }

    /// Of the column `feature`; `None` where the fit has seen every level.
    pub(super) fn of(self, feature: &str) -> Option<UnseenLevels> {
        let (n_unseen, common) = (self.n, self.levels.most_common());
        let n_example = common.as_ref().map_or(0, |level| level.n);
        let example = common.map(|level| level.text);
        (n_unseen > 0).then(|| UnseenLevels { feature: feature.to_owned(), n_unseen, example, n_example })
    }
}

/// Moves the categories of a chunk, its first arrays, behind its numbers, as codes; returns per category what the fit has not
/// seen.
pub(super) fn read_categories(
    model: &FittedPipeline,
    source: &Source,
    chunk: &mut Chunk,
) -> Result<Vec<Unseen>, ModelError> {
    let categories = model.normalizer.categories();
    let arrays: Vec<ArrayRef> = chunk.arrays.drain(..categories.len()).collect();
    let mut unseen = vec![Unseen::default(); categories.len()];
    for ((category, array), unseen) in categories.iter().zip(&arrays).zip(&mut unseen) {
        let levels = texts(source, category.name(), array)?;
        let level = |i: usize| levels[i].as_deref();
        // A word for a missing value that the fit had among its levels is one of them.
        let code = |text: Option<&str>| match category.code(text) {
            code if category.column(code).is_none() && text.is_some_and(is_unknown) => category.code(None),
            code => code,
        };
        let codes: Vec<f64> = (0..chunk.n_rows).map(|i| code(level(i))).collect();
        let strange = (0..chunk.n_rows).filter(|&i| category.column(codes[i]).is_none());
        strange.for_each(|i| unseen.add(level(i)));
        chunk.numbers.push(codes);
    }
    Ok(unseen)
}

pub(super) fn unseen_levels(found: &UnseenLevels, n_customers: usize) -> Warning {
    let UnseenLevels { feature, n_unseen, example, n_example } = found;
    let [en, zh] = match example {
        Some(level) => CommonText::named(level),
        None => [" (the text is missing)".to_owned(), "（文本缺失）".to_owned()],
    };
    let message = Text::new(
        format!(
            "{n_unseen} of {n_customers} customers have a level in column {feature:?} that the model has not seen{en}; it \
             counts as equally far from every level"
        ),
        format!("{n_customers} 位客户中有 {n_unseen} 位在列“{feature}”中的类别未在建模时出现{zh}，视为与各类别等距"),
    );
    Warning::new("unseen_levels", message)
        .with("column", feature.as_str())
        .with("n_unseen", *n_unseen)
        .with("n_customers", n_customers)
        .with("example", example.as_deref())
        .with("n_example", *n_example)
}
