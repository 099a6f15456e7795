//! Where a column is cut.

use crate::config::Cut;
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
    let at = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        between(sorted[place.floor() as usize], sorted[place.ceil() as usize], place.fract())
    };
    match cut {
        Cut::Mean => vec![sorted.iter().sum::<f64>() / sorted.len() as f64],
        Cut::Quantile(share) => vec![at(*share)],
        Cut::Quantiles(shares) => shares.iter().map(|&share| at(share)).collect(),
        Cut::Median | Cut::At(_) | Cut::Values(_) => vec![quantile(&sorted, 1, 2)],
    }
}

pub(in crate::compare) fn known_ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The quantile at i/q, its place found in whole numbers so that a cut on a value is that value.
pub(in crate::compare) fn quantile(sorted: &[f64], i: usize, q: usize) -> f64 {
    let place = i * (sorted.len() - 1);
    between(sorted[place / q], sorted[place.div_ceil(q)], (place % q) as f64 / q as f64)
}

fn between(below: f64, above: f64, part: f64) -> f64 {
    below + (above - below) * part
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
