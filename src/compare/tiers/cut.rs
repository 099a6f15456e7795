//! Where a column is cut.

use crate::config::Cut;
use crate::stats::{quantile, quantile_of};
use crate::{Text, Warning};

/// The values a cut stands for, ascending; none where no value is known.
pub(super) fn cut_values(values: &[f64], cut: &Cut) -> Vec<f64> {
    if let Cut::At(value) = cut {
        return vec![*value];
    }
    if let Cut::Values(values) = cut {
        return values.clone();
    }
    let sorted = known_ascending(values);
    if sorted.is_empty() {
        return Vec::new();
    }
    match cut {
        Cut::Mean => vec![sorted.iter().sum::<f64>() / sorted.len() as f64],
        Cut::Quantile(share) => vec![quantile(&sorted, *share)],
        Cut::Quantiles(shares) => shares.iter().map(|&share| quantile(&sorted, share)).collect(),
        Cut::Median | Cut::At(_) | Cut::Values(_) => vec![quantile_of(&sorted, 1, 2)],
    }
}

pub(in crate::compare) fn known_ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

pub(super) fn coinciding_cuts(rule: &str, column: &str, q: usize, distinct: usize) -> Warning {
    let message = Text::new(
        format!("tier rule {rule}: the quantiles of {column:?} coincide, {distinct} of {q} scores occur"),
        format!("等级规则 {rule}：“{column}”的分位点重合，{q} 个分值只出现 {distinct} 个"),
    );
    Warning::new("tier_cuts_coincide", message)
        .with("rule", rule)
        .with("column", column)
        .with("wanted", q)
        .with("found", distinct)
}
