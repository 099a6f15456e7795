//! What would have to be different for a customer to be in another cluster.

use std::ops::Range;

use serde::Serialize;

use super::reason::named;
use super::{FittedPipeline, NamedCluster};
use crate::config::Algorithm;
use crate::metrics::ClusterId;
use crate::normalize::{CategoryEncoder, NormalizeError, RowOutcome};

/// Halvings of a stretch of values: more than a 64-bit float has digits.
const HALVINGS: usize = 1100;

/// What the change of one feature alone can do to a customer's k-means cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeatureChange {
    /// The column.
    pub feature: String,
    /// The customer's value in original units; null when it is missing.
    pub from: Option<f64>,
    /// The values that are looked at, in original units: from the lowest to the highest that was observed, the customer's
    /// own included. [0, 0] for a category, of which every level is looked at.
    pub range: [f64; 2],
    /// The value nearest to the customer's with which it is in another cluster, in original units, rounded away from the
    /// customer's: to whole numbers in a column of whole numbers, else to three digits. Null when no value of the range does.
    pub to: Option<f64>,
    /// The cluster it is in with that value.
    pub cluster: Option<NamedCluster>,
    /// How far that is, |Δz|, in normalized units.
    pub step: Option<f64>,
    /// The largest part of the gap to the runner-up that values of the range can close; 1 and more is enough to reach it.
    /// Null when there is no gap.
    pub closes: Option<f64>,
    /// The levels of a category; its keys are absent for a number.
    #[serde(flatten)]
    pub levels: Option<LevelChange>,
}

/// The change of a category: of the levels that move the customer the one that closes most of the gap.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LevelChange {
    /// The customer's level; null where the text is missing, and for a level that the fit has not seen.
    pub from_level: Option<String>,
    /// The level with which it is in another cluster; null for the missing text, and where no level does.
    pub to_level: Option<String>,
}

impl FittedPipeline {
    /// For every feature, the smallest change of it alone with which the customer `raw` moves to another k-means cluster:
    /// the smallest |Δz| first, then those that cannot move it, by what they close of the gap. Empty for a customer that
    /// was dropped and when there is one cluster only.
    ///
    /// `raw` is as in [`FittedPipeline::reason`]; `observed` holds the lowest and the highest value of each numeric feature,
    /// `whole` whether its values are whole numbers; what they hold of categories is passed over. A missing value starts at what stands in for it.
    ///
    /// The values with which a customer stays are an interval, because cells of centroids are convex and a normalizer is
    /// monotone; its ends are found by halving, with the decision that scoring makes, so the value found does move the
    /// customer when it is scored. Where nothing is rounded it is x* = invert(z*) with z* = z − gap/(2(a − b)) for the
    /// nearest centroid a and another b. Cost: O(k·d²).
    ///
    /// # Errors
    /// As [`FittedPipeline::reason`].
    ///
    /// # Panics
    /// When there are fewer values than features.
    pub fn changes(
        &self,
        raw: &[f64],
        observed: &[(f64, f64)],
        whole: &[bool],
    ) -> Result<Vec<FeatureChange>, NormalizeError> {
        let features = self.normalizer.features();
        assert!(observed.len().min(whole.len()) >= features.len(), "one of each a feature");
        let mut row = vec![0.0; self.normalizer.n_matrix_columns()];
        if self.normalizer.apply(raw, &mut row)? == RowOutcome::Dropped || self.kmeans().k() < 2 {
            return Ok(Vec::new());
        }
        let point: Vec<f64> = row.iter().copied().map(f64::from).collect();
        let search = Search { pipeline: self, point: &point, home: self.kmeans().nearest(&point).cluster };
        let change = |f: usize| search.along(f, raw[f], observed[f], whole[f]);
        let mut changes: Vec<FeatureChange> = (0..features.len()).map(change).collect();
        let spans = self.normalizer.spans().into_iter().skip(features.len());
        for ((category, span), &code) in self.normalizer.categories().iter().zip(spans).zip(&raw[features.len()..]) {
            changes.push(search.over_levels(category, span, code));
        }
        let closes = |change: &FeatureChange| change.closes.unwrap_or(f64::NEG_INFINITY);
        changes.sort_by(|a, b| {
            let steps = a.step.unwrap_or(f64::INFINITY).total_cmp(&b.step.unwrap_or(f64::INFINITY));
            steps.then(closes(b).total_cmp(&closes(a)))
        });
        Ok(changes)
    }
}

/// A customer who is moved along one feature at a time.
struct Search<'a> {
    pipeline: &'a FittedPipeline,
    point: &'a [f64],
    home: ClusterId,
}

impl Search<'_> {
    fn along(&self, f: usize, raw: f64, observed: (f64, f64), whole: bool) -> FeatureChange {
        let feature = &self.pipeline.normalizer.features()[f];
        let start = if raw.is_nan() { feature.fill().unwrap_or(raw) } else { raw };
        let range = [observed.0.min(start), observed.1.max(start)];
        let ends = range.into_iter().filter_map(|end| self.nearest_mover(f, start, end, whole));
        let moves = ends.min_by(|a, b| a.2.total_cmp(&b.2));
        FeatureChange {
            feature: feature.name().to_owned(),
            from: Some(raw).filter(|raw| !raw.is_nan()),
            range,
            to: moves.map(|(to, ..)| to),
            cluster: moves.map(|(_, cluster, _)| named(cluster, self.pipeline.names(Algorithm::KMeans))),
            step: moves.map(|(.., step)| step),
            closes: self.closes(f, range),
            levels: None,
        }
    }

    /// The change of a category whose matrix columns are `span`.
    fn over_levels(&self, category: &CategoryEncoder, span: Range<usize>, code: f64) -> FeatureChange {
        let kmeans = self.pipeline.kmeans();
        let nearest = kmeans.nearest(self.point);
        let distance2 = |point: &[f64], cluster: ClusterId| -> f64 {
            kmeans.centroids.get(cluster.index()).iter().zip(point).map(|(m, x)| (x - m).powi(2)).sum()
        };
        let gap_of =
            |point: &[f64]| nearest.runner_up.map(|other| distance2(point, other) - distance2(point, nearest.cluster));
        let with_level = |level: usize| {
            let mut point = self.point.to_vec();
            point[span.clone()].fill(0.0);
            point[span.start + level] = f64::from(category.height());
            point
        };
        let own = category.column(code);
        let gap = gap_of(self.point);
        let mut most: Option<f64> = None;
        let mut best: Option<(f64, usize, ClusterId, f64)> = None;
        for level in (0..category.levels().len()).filter(|&level| Some(level) != own) {
            let point = with_level(level);
            let closed = gap.zip(gap_of(&point)).map_or(0.0, |(now, then)| now - then);
            most = Some(most.map_or(closed, |most| most.max(closed)));
            let cluster = kmeans.nearest(&point).cluster;
            if cluster != self.home && best.as_ref().is_none_or(|(most, ..)| closed > *most) {
                let step2: f64 = point.iter().zip(self.point).map(|(a, b)| (a - b).powi(2)).sum();
                best = Some((closed, level, cluster, step2.sqrt()));
            }
        }
        let level = |column: Option<usize>| column.and_then(|column| category.levels()[column].clone());
        FeatureChange {
            feature: category.name().to_owned(),
            from: None,
            range: [0.0, 0.0],
            to: None,
            cluster: best.as_ref().map(|&(_, _, cluster, _)| named(cluster, self.pipeline.names(Algorithm::KMeans))),
            step: best.as_ref().map(|&(.., step)| step),
            closes: most.zip(gap).map(|(most, gap)| most.max(0.0) / gap).filter(|part| part.is_finite()),
            levels: Some(LevelChange { from_level: level(own), to_level: level(best.map(|(_, level, ..)| level)) }),
        }
    }

    /// The normalized value of `x` in feature `f`, as the matrix would hold it.
    fn normalized(&self, f: usize, x: f64) -> f64 {
        f64::from(self.pipeline.normalizer.features()[f].apply(x) as f32)
    }

    /// The cluster of the customer with `x` in feature `f`, if it is another one.
    fn elsewhere(&self, f: usize, x: f64) -> Option<ClusterId> {
        let mut point = self.point.to_vec();
        point[f] = self.normalized(f, x);
        let cluster = point[f].is_finite().then(|| self.pipeline.kmeans().nearest(&point).cluster)?;
        (cluster != self.home).then_some(cluster)
    }

    /// The value nearest to `start` on the way to `end` that moves the customer, where to, and how far it is.
    fn nearest_mover(&self, f: usize, start: f64, end: f64, whole: bool) -> Option<(f64, ClusterId, f64)> {
        self.elsewhere(f, end)?;
        let (mut stays, mut moves) = (start, end);
        for _ in 0..HALVINGS {
            let middle = stays / 2.0 + moves / 2.0;
            if middle == stays || middle == moves {
                break;
            }
            *(if self.elsewhere(f, middle).is_some() { &mut moves } else { &mut stays }) = middle;
        }
        let up = end > start;
        let rounded = if whole { if up { moves.ceil() } else { moves.floor() } } else { three_digits(moves, up) };
        let within = if up { rounded <= end } else { rounded >= end };
        let to = if within && self.elsewhere(f, rounded).is_some() { rounded } else { moves };
        let step = (self.normalized(f, to) - self.point[f]).abs();
        self.elsewhere(f, to).map(|cluster| (to, cluster, step))
    }

    /// The largest part of the gap that feature `f` alone can close inside `range`.
    ///
    /// The term (z − b)² − (z − a)² is linear in z, so one of the two ends closes most.
    fn closes(&self, f: usize, range: [f64; 2]) -> Option<f64> {
        let nearest = self.pipeline.kmeans().nearest(self.point);
        let centroids = &self.pipeline.kmeans().centroids;
        let (a, b) = (centroids.get(nearest.cluster.index())[f], centroids.get(nearest.runner_up?.index())[f]);
        let term = |z: f64| (z - b).powi(2) - (z - a).powi(2);
        let gap = nearest.runner_up_distance2 - nearest.distance2;
        let closed = range.map(|end| term(self.point[f]) - term(self.normalized(f, end)));
        Some(closed[0].max(closed[1]).max(0.0) / gap).filter(|part| part.is_finite())
    }
}

/// `x` rounded to three significant decimal digits, up or down.
fn three_digits(x: f64, up: bool) -> f64 {
    let text = format!("{x:.2e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return x };
    let (Ok(mantissa), Ok(exponent)) = (mantissa.replace('.', "").parse::<i64>(), exponent.parse::<i32>()) else {
        return x;
    };
    let near = [0, if up { 1 } else { -1 }].map(|more| format!("{}e{}", mantissa + more, exponent - 2));
    let mut numbers = near.iter().filter_map(|text| text.parse::<f64>().ok());
    numbers.find(|&y| if up { y >= x } else { y <= x }).unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_away_to_three_digits_that_read_as_written() {
        assert_eq!([three_digits(0.123_41, true), three_digits(0.123_41, false)], [0.124, 0.123]);
        assert_eq!([three_digits(99_950.0, true), three_digits(-1_234.0, true)], [100_000.0, -1_230.0]);
        assert_eq!(
            [three_digits(-1_234.0, false), three_digits(0.0, true), three_digits(7.0, true)],
            [-1_240.0, 0.0, 7.0]
        );
        assert_eq!(three_digits(999.6, true), 1000.0);
    }
}
