//! Whether scored customers are like those of the fit.

use super::FittedPipeline;
use super::score_summary::{OutsideRange, SegmentCount};
use crate::config::Algorithm;
use crate::{Text, Warning};

/// The share of values outside a range that holds 98 % of the fit above which customers are others than then.
const MANY: f64 = 0.1;
/// Fewer customers say nothing about shares.
const FEWEST: usize = 50;
/// The total variation distance ½ Σ |p − q| of the shares of segments above which they have moved.
const MOVED: f64 = 0.2;
/// At most so many features are named.
const NAMED: usize = 6;

impl OutsideRange {
    /// The feature and which part of its values `n` are, as a warning names them.
    pub(crate) fn told(&self, n: usize) -> String {
        format!("{} {:.0} %", self.feature, 100.0 * n as f64 / self.n_observed as f64)
    }

    /// Whether they are more than a table like that of the fit has.
    pub(super) fn is_many(&self) -> bool {
        self.n_observed >= FEWEST && (self.n_below + self.n_above) as f64 > MANY * self.n_observed as f64
    }
}

/// That values are not those the model knows; one warning for all features.
pub(super) fn outside(features: &[OutsideRange]) -> Option<Warning> {
    if features.is_empty() {
        return None;
    }
    let parts = |above: &str, below: &str, gap: &str| {
        let part = |feature: &OutsideRange| {
            let is_above = feature.n_above >= feature.n_below;
            let (n, side) = if is_above { (feature.n_above, above) } else { (feature.n_below, below) };
            format!("{} {side}", feature.told(n))
        };
        let named: Vec<String> = features.iter().take(NAMED).map(part).collect();
        let more = features.len().saturating_sub(NAMED);
        (named.join(gap), more)
    };
    let (en, more) = parts("above", "below", ", ");
    let (zh, _) = parts("高于", "低于", "、");
    let (more_en, more_zh) = match more {
        0 => (String::new(), String::new()),
        n => (format!(" and {n} more"), format!(" 等，另有 {n} 列")),
    };
    let message = Text::new(
        format!("many values lie outside the range in which the model has seen 98 % of its customers: {en}{more_en}"),
        format!("许多值超出模型建模时 98% 客户所在的范围：{zh}{more_zh}"),
    );
    let names: Vec<&str> = features.iter().map(|feature| feature.feature.as_str()).collect();
    Some(Warning::new("values_outside_range", message).with("columns", names))
}

/// That customers fall into other segments than those of the fit did.
pub(super) fn moved(model: &FittedPipeline, segments: &[SegmentCount]) -> Option<Warning> {
    if model.primary != Algorithm::KMeans {
        return None;
    }
    let fitted = &model.kmeans().sizes;
    let before: f64 = fitted.iter().map(|&size| size as f64).sum();
    let now: usize = segments.iter().map(|segment| segment.size).sum();
    if now < FEWEST {
        return None;
    }
    let shares: Vec<(f64, f64)> = fitted
        .iter()
        .zip(segments)
        .map(|(&size, segment)| (size as f64 / before, segment.size as f64 / now as f64))
        .collect();
    let distance: f64 = shares.iter().map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0;
    if distance <= MOVED {
        return None;
    }
    let change = |&(p, q): &(f64, f64)| (q - p).abs();
    let (segment, (p, q)) = segments.iter().zip(&shares).max_by(|a, b| change(a.1).total_cmp(&change(b.1)))?;
    let (id, p, q) = (&segment.segment_id, 100.0 * p, 100.0 * q);
    let message = Text::new(
        format!(
            "the customers fall into other segments than those of the fit: {id} {} held {p:.0} %, now {q:.0} %",
            segment.name.en
        ),
        format!("客户所属客群与建模时明显不同：{id} {} 由 {p:.0}% 变为 {q:.0}%", segment.name.zh),
    );
    Some(Warning::new("segments_moved", message).with("distance", distance).with("segment", id.as_str()))
}
