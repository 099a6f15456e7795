//! Learning one column, and its values for the matrix.

use crate::Warning;
use crate::config::{FeaturePlan, Missing};

use super::statistics::{extremes, is_flat, moments, quantiles};
use super::warnings::{self, Constant, is_many};
use super::{FeatureChoice, FeatureNormalizer, LearnedTransform, NormalizeError, TriedSkewness, scale, transform};

/// The share of the customers at either end that are not usual.
const USUAL: f64 = 0.01;

/// What a column turned out to be.
pub(super) enum Column {
    /// A feature, with its normalized values: finite and already rounded to `f32`.
    Feature(Box<Learned>),
    /// Constant, so no feature.
    Constant(Constant),
}

/// A learned feature.
pub(super) struct Learned {
    pub normalizer: FeatureNormalizer,
    pub choice: FeatureChoice,
    pub warnings: Vec<Warning>,
    pub values: Vec<f32>,
}

/// Learns the column `name` from `values` (NaN = missing), the rows of the matrix.
///
/// `table_row` gives the row of the table for a row of the matrix, for messages.
pub(super) fn learn(
    name: &str,
    plan: &FeaturePlan,
    mut values: Vec<f64>,
    table_row: impl Fn(usize) -> usize,
) -> Result<Column, NormalizeError> {
    let mut notes = Vec::new();
    let n_missing = values.iter().filter(|x| x.is_nan()).count();
    refuse_missing(name, plan, &values, n_missing, &table_row)?;
    if n_missing == values.len() {
        return Ok(Column::Constant(Constant::Empty));
    }
    if is_many(n_missing, values.len()) {
        notes.push(warnings::many_missing(name, plan.missing, n_missing, values.len()));
    }
    if plan.missing == Missing::Zero {
        values.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = 0.0);
    }
    if let Some(low) = flat(&values) {
        return Ok(Column::Constant(Constant::Raw(low)));
    }
    let [low, high, clip_low, clip_high, median] =
        quantiles(&values, [USUAL, 1.0 - USUAL, plan.clip, 1.0 - plan.clip, 0.5]);
    let fill = fill(plan.missing, &values, median);
    let (usual, clip) = (Some((low, high)), (plan.clip > 0.0).then_some((clip_low, clip_high)));
    if let Some((low, high)) = clip {
        if is_flat((low, high)) {
            return Ok(Column::Constant(Constant::Clipped(low)));
        }
        values.iter_mut().for_each(|x| *x = x.clamp(low, high));
    }

    let Some(before) = moments(&values) else { return Ok(Column::Constant(Constant::Empty)) };
    let (transform, tried) = transform::learn(plan.transform, &values, before.skewness);
    let mut after = before;
    if transform != LearnedTransform::None {
        values.iter_mut().for_each(|x| *x = transform.apply(*x));
        after = moments(&values).unwrap_or(before);
    }
    if let Some(low) = flat(&values) {
        return Ok(Column::Constant(Constant::Transformed(low)));
    }
    let (scale, fell_back) = scale::learn(plan.scale, &values, after);
    if fell_back {
        notes.push(warnings::no_interquartile_range(name, scale.spread));
    }

    let (name, missing, weight) = (name.to_owned(), plan.missing, plan.weight);
    let normalizer = FeatureNormalizer { name, missing, fill, clip, transform, scale, weight, usual };
    let values = finished(&normalizer, &values, table_row)?;
    if values.iter().all(|&x| x == values[0]) {
        return Ok(Column::Constant(Constant::Rounded(f64::from(values[0]))));
    }
    let choice = choice(&normalizer, plan, n_missing, [before.skewness, after.skewness], tried);
    Ok(Column::Feature(Box::new(Learned { normalizer, choice, warnings: notes, values })))
}

/// An error where values are missing and the plan rejects that.
fn refuse_missing(
    name: &str,
    plan: &FeaturePlan,
    values: &[f64],
    n_missing: usize,
    table_row: impl Fn(usize) -> usize,
) -> Result<(), NormalizeError> {
    let first = values.iter().position(|x| x.is_nan()).filter(|_| plan.missing == Missing::Reject);
    let Some(first) = first else { return Ok(()) };
    Err(NormalizeError::Missing {
        column: name.to_owned(),
        n_missing,
        n_customers: values.len(),
        first_row: table_row(first),
    })
}

/// What stands in for a missing value; `None` where there are none in the matrix.
fn fill(missing: Missing, values: &[f64], median: f64) -> Option<f64> {
    match missing {
        Missing::Reject | Missing::Drop => None,
        Missing::Mean => moments(values).map(|moments| moments.mean),
        Missing::Median => Some(median),
        Missing::Zero => Some(0.0),
    }
}

/// What was learned, for people; skewness is that before and after the transform.
fn choice(
    learned: &FeatureNormalizer,
    plan: &FeaturePlan,
    n_imputed: usize,
    [skewness_before, skewness_after]: [f64; 2],
    tried: Option<TriedSkewness>,
) -> FeatureChoice {
    FeatureChoice {
        name: learned.name.clone(),
        missing: learned.missing,
        fill: learned.fill,
        n_imputed,
        clip: learned.clip,
        requested: plan.transform,
        chosen: learned.transform.kind(),
        lambda: match learned.transform {
            LearnedTransform::YeoJohnson { lambda } => Some(lambda),
            _ => None,
        },
        skewness_before,
        skewness_after,
        tried,
        scale: plan.scale,
        center: learned.scale.center,
        spread: learned.scale.spread,
        weight: learned.weight,
    }
}

/// The value that all observed values share, up to rounding noise.
fn flat(values: &[f64]) -> Option<f64> {
    extremes(values).filter(|&range| is_flat(range)).map(|(low, _)| low)
}

/// Transformed values (NaN = missing) → matrix values.
///
/// Bit for bit what [`FeatureNormalizer::apply`] gives, without transforming a second time.
fn finished(
    normalizer: &FeatureNormalizer,
    transformed: &[f64],
    table_row: impl Fn(usize) -> usize,
) -> Result<Vec<f32>, NormalizeError> {
    let filled = normalizer.apply(f64::NAN);
    let finish = |x: f64| if x.is_nan() { filled } else { normalizer.finish(x) };
    let values: Vec<f32> = transformed.iter().map(|&x| finish(x) as f32).collect();
    let original = |x: f64| normalizer.fill.filter(|_| x.is_nan()).unwrap_or_else(|| normalizer.transform.invert(x));
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(values),
        Some(row) => Err(NormalizeError::Overflow {
            column: normalizer.name.clone(),
            row: Some(table_row(row)),
            value: original(transformed[row]),
            normalized: finish(transformed[row]),
            weight: normalizer.weight,
        }),
    }
}
