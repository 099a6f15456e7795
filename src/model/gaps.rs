//! Values that scored customers lack.

use serde::Serialize;

use crate::load::{LoadError, Source, Unreadable, WhyMissing, example_of_unreadable};
use crate::{Text, Warning};

/// How many values of a feature were missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct FeatureGaps {
    /// The column.
    pub feature: String,
    /// Missing values, those counted below among them.
    pub n_missing: usize,
    /// Values that stand for a missing one.
    pub n_marked: usize,
    /// Texts that are no number or no known level.
    pub n_unreadable: usize,
}

impl FeatureGaps {
    pub(super) fn add(&mut self, values: &[f64]) {
        for missing in values.iter().filter_map(|&value| WhyMissing::of(value)) {
            self.n_missing += 1;
            match missing {
                WhyMissing::Marked => self.n_marked += 1,
                WhyMissing::Unreadable => self.n_unreadable += 1,
                _ => {}
            }
        }
    }
}

pub(super) fn unreadable(
    missing: &[FeatureGaps],
    n_rows: usize,
    source: &Source,
) -> Result<Option<Warning>, LoadError> {
    let mut found = Vec::new();
    for gaps in missing.iter().filter(|gaps| gaps.n_unreadable > 0) {
        let position = source.position(&gaps.feature);
        let example = position.map(|position| example_of_unreadable(source, position)).transpose()?;
        let (column, example) = (gaps.feature.clone(), example.unwrap_or_default());
        found.push(Unreadable { column, n: gaps.n_unreadable, n_rows, example });
    }
    Ok(Unreadable::warning(&found))
}

pub(super) fn many_missing(gaps: &FeatureGaps, n_customers: usize) -> Warning {
    let FeatureGaps { feature, n_missing, .. } = gaps;
    let message = Text::new(
        format!(
            "column {feature:?} misses {n_missing} of {n_customers} values; is it the column the model was fitted on?"
        ),
        format!("列“{feature}”的 {n_customers} 个值中缺失 {n_missing} 个，请确认它与建模时使用的列一致"),
    );
    Warning::new("many_missing", message)
        .with("column", feature.as_str())
        .with("n_missing", *n_missing)
        .with("n_customers", n_customers)
}
