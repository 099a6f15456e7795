//! Tables that resemble the customers but have no clusters.

use std::ops::Range;

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use rayon::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

use super::curve::Curve;
use super::marginal::Marginal;
use crate::cluster::ClusterError;
use crate::config::KMeansPlan;
use crate::matrix::{PrincipalAxes, TiledMatrix};
use crate::monitor::Monitor;
use crate::random::stream;

/// References of either kind.
pub const REFERENCES: usize = 29;
/// The same where the first ones leave the verdict close: the limit is an extreme of them, and the steadier the more there are.
const MOST_REFERENCES: usize = 149;

/// What a reference is like; each kind has random streams of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Dependent like a normal table, every feature with the marginal of the customers'.
    Gaussian,
    /// Uniform in the box of the customers.
    Uniform,
}

/// The silhouettes of all references.
#[derive(Debug)]
pub(super) struct References<'a> {
    source: Source,
    pub(super) ks: &'a [usize],
    plan: &'a KMeansPlan,
    seed: u64,
    pub(super) gaussian: Vec<Curve>,
    pub(super) uniform: Vec<Curve>,
}

impl<'a> References<'a> {
    /// Draws [`REFERENCES`] tables of either kind like `sample`, and fits every k of `ks` to each.
    pub(super) fn like(
        sample: &TiledMatrix,
        ks: &'a [usize],
        plan: &'a KMeansPlan,
        seed: u64,
        monitor: &Monitor,
    ) -> Result<Self, ClusterError> {
        let source = Source::of(sample);
        let mut references = References { source, ks, plan, seed, gaussian: Vec::new(), uniform: Vec::new() };
        references.draw(REFERENCES, monitor)?;
        Ok(references)
    }

    /// Draws more, up to [`MOST_REFERENCES`].
    pub(super) fn draw_more(&mut self, monitor: &Monitor) -> Result<(), ClusterError> {
        self.draw(MOST_REFERENCES, monitor)
    }

    /// Every table has its own random stream, so they may be made in any order.
    fn draw(&mut self, up_to: usize, monitor: &Monitor) -> Result<(), ClusterError> {
        let numbers = self.gaussian.len()..up_to;
        let task = monitor.task("references", 2 * numbers.len() as u64);
        let wanted: Vec<(Kind, usize)> = [Kind::Gaussian, Kind::Uniform]
            .into_iter()
            .flat_map(|kind| numbers.clone().map(move |i| (kind, i)))
            .collect();
        let mut gaussian = wanted
            .into_par_iter()
            .map(|(kind, number)| {
                let (table, seed) = self.source.reference(kind, number, self.seed);
                let curve = Curve::of(&table, self.ks, self.plan, seed, monitor)?;
                task.advance(1);
                Ok(curve)
            })
            .collect::<Result<Vec<_>, ClusterError>>()?;
        let uniform = gaussian.split_off(numbers.len());
        self.gaussian.extend(gaussian);
        self.uniform.extend(uniform);
        Ok(())
    }
}

/// The p above which features count as uncorrelated.
const UNCORRELATED: f64 = 0.001;

/// The principal axes, or the features themselves when their correlations are no more than chance gives (Bartlett 1951):
/// then the axes of a sample point anywhere, and a box along them is no likeness of a box.
fn axes_of(sample: &TiledMatrix) -> PrincipalAxes {
    let found = PrincipalAxes::of(sample);
    let (n, d) = (sample.n_customers() as f64, sample.n_features());
    let variances = variances_of(&found);
    // ln |R|: 0 without correlations, −∞ where a feature follows from others.
    let log_sum = |values: &[f64]| values.iter().map(|&value| libm::log(value)).sum::<f64>();
    let log_determinant = log_sum(&found.variances) - log_sum(&variances);
    let statistic = -(n - 1.0 - (2 * d + 5) as f64 / 6.0) * log_determinant;
    let by_chance = ChiSquared::new((d * (d - 1) / 2) as f64).is_ok_and(|chance| {
        // Not true of NaN, which constant features give.
        statistic.is_finite() && chance.sf(statistic.max(0.0)) > UNCORRELATED
    });
    if !by_chance {
        return found;
    }
    let axes = (0..d * d).map(|i| if i / d == i % d { 1.0 } else { 0.0 }).collect();
    PrincipalAxes { mean: found.mean, axes, variances }
}

/// What references are drawn from.
#[derive(Debug)]
pub(super) struct Source {
    n_rows: usize,
    /// The axes of the normal scores, along which normal references spread.
    scores: PrincipalAxes,
    /// The axes of the values, along which boxes lie.
    axes: PrincipalAxes,
    /// Per axis the 1 % and 99 % quantiles of the coordinates.
    box_ends: Vec<(f64, f64)>,
    /// Per feature, what it is like alone.
    marginals: Vec<Marginal>,
    /// The features that are one category each.
    categories: Vec<Category>,
}

/// A feature that is a category: one indicator a level.
#[derive(Debug)]
struct Category {
    span: Range<usize>,
    /// What the indicator of a level holds.
    height: f64,
    /// Per level the normal quantile of its share, so that frequent levels are drawn often.
    offsets: Vec<f64>,
}

impl Category {
    fn of(span: &Range<usize>, columns: &[Vec<f64>]) -> Self {
        let n = columns[span.start].len() as f64;
        let height = columns[span.clone()].iter().flatten().copied().fold(0.0, f64::max);
        let share = |column: &Vec<f64>| column.iter().filter(|&&x| x > 0.0).count() as f64 / n;
        let inside = |share: f64| share.clamp(0.5 / n, 1.0 - 0.5 / n);
        let offsets = columns[span.clone()].iter().map(|column| Normal::standard().inverse_cdf(inside(share(column))));
        Category { span: span.clone(), height, offsets: offsets.collect() }
    }

    /// Gives `row` one level, by the standard scores of its indicators.
    fn settle(&self, scores: &[f64], row: &mut [f64]) {
        self.settle_by(&scores[self.span.clone()], row);
    }

    /// Gives `row` the level whose score and offset are the largest together, the first of equals.
    fn settle_by(&self, scores: &[f64], row: &mut [f64]) {
        let height = |level: usize| scores[level] + self.offsets[level];
        let largest = (1..scores.len()).fold(0, |best, level| if height(level) > height(best) { level } else { best });
        row[self.span.clone()].fill(0.0);
        row[self.span.start + largest] = self.height;
    }
}

impl Source {
    pub(super) fn of(sample: &TiledMatrix) -> Self {
        let (n_rows, d) = (sample.n_customers(), sample.n_features());
        let columns: Vec<Vec<f64>> =
            (0..d).map(|j| (0..n_rows).map(|i| f64::from(sample.get(i, j))).collect()).collect();
        let axes = axes_of(sample);
        let coordinates: Vec<Vec<f64>> = (0..n_rows).into_par_iter().map(|i| axes.project(&sample.row(i))).collect();
        let along = |axis: usize| coordinates.iter().map(|row| row[axis]).collect();
        let scores: Vec<Vec<f32>> = columns.par_iter().map(|column| normal_scores(column)).collect();
        let rows: Vec<f32> = (0..n_rows).flat_map(|i| scores.iter().map(move |column| column[i])).collect();
        let scores = TiledMatrix::from_rows(&rows, d).expect("scores are finite");
        Source {
            n_rows,
            scores: PrincipalAxes::of(&scores),
            box_ends: (0..axes.n_axes()).map(|axis| ends(along(axis))).collect(),
            axes,
            categories: sample.categories().iter().map(|span| Category::of(span, &columns)).collect(),
            marginals: columns.into_par_iter().map(Marginal::of).collect(),
        }
    }

    /// Reference `number` of a kind, and a seed for what is done with it.
    pub(super) fn reference(&self, kind: Kind, number: usize, seed: u64) -> (TiledMatrix, u64) {
        let name = match kind {
            Kind::Gaussian => "gaussian",
            Kind::Uniform => "box",
        };
        let mut rng = stream(seed, &format!("choose_k.reference.{name}"), number as u64);
        let table = match kind {
            Kind::Gaussian => self.gaussian(&mut rng),
            Kind::Uniform => self.uniform(&mut rng),
        };
        (table, rng.random())
    }

    /// Dependent like a normal table, every feature with its marginal.
    fn gaussian(&self, rng: &mut impl Rng) -> TiledMatrix {
        let sds: Vec<f64> = self.scores.variances[..self.scores.n_axes()].iter().map(|v| v.sqrt()).collect();
        // A constant feature has score 0 throughout.
        let spread = variances_of(&self.scores).into_iter().map(|v| if v > 0.0 { v.sqrt() } else { 1.0 });
        let spread: Vec<f64> = spread.collect();
        let along: Vec<f64> = (0..self.n_rows)
            .flat_map(|_| sds.iter().map(|sd| sd * rng.sample::<f64, _>(StandardNormal)).collect::<Vec<_>>())
            .collect();
        self.table(&self.scores.unproject(self.n_rows, &along), |_, scores| {
            let standard = scores.iter().zip(&self.scores.mean).zip(&spread).map(|((z, mean), sd)| (z - mean) / sd);
            let standard: Vec<f64> = standard.collect();
            let mut row: Vec<f64> =
                standard.iter().zip(&self.marginals).map(|(&z, marginal)| marginal.quantile(probability(z))).collect();
            self.categories.iter().for_each(|category| category.settle(&standard, &mut row));
            row
        })
    }

    /// Uniform in the box; a feature of a few values keeps to their shares.
    fn uniform(&self, rng: &mut impl Rng) -> TiledMatrix {
        let n_atomic = self.marginals.iter().filter(|marginal| marginal.atomic).count();
        let n_levels = self.categories.iter().map(|category| category.span.len()).sum::<usize>();
        let (mut along, mut by_chance) = (Vec::new(), Vec::new());
        for _ in 0..self.n_rows {
            along.extend(self.box_ends.iter().map(|(low, high)| low + (high - low) * rng.random::<f64>()));
            by_chance.extend((0..n_atomic).map(|_| rng.random::<f64>()));
            by_chance.extend((0..n_levels).map(|_| rng.sample::<f64, _>(StandardNormal)));
        }
        self.table(&self.axes.unproject(self.n_rows, &along), |i, row| {
            let mut by_chance = by_chance[i * (n_atomic + n_levels)..].iter().copied();
            let mut next = || by_chance.next().expect("as many as a row needs");
            let within = row.iter().zip(&self.marginals);
            let mut row: Vec<f64> = within
                .map(|(&x, marginal)| if marginal.atomic { marginal.quantile(next()) } else { marginal.nearest(x) })
                .collect();
            for category in &self.categories {
                let independent: Vec<f64> = category.span.clone().map(|_| next()).collect();
                category.settle_by(&independent, &mut row);
            }
            row
        })
    }

    /// The table whose row i is `make(i, row i of rows)`.
    fn table(&self, rows: &[f64], make: impl Fn(usize, &[f64]) -> Vec<f64>) -> TiledMatrix {
        let d = self.marginals.len();
        let made = rows.chunks_exact(d).enumerate().flat_map(|(i, row)| make(i, row)).map(|x| x as f32);
        TiledMatrix::from_rows(&made.collect::<Vec<f32>>(), d).expect("values between those of the sample are finite")
    }
}

/// The variance of every feature.
fn variances_of(axes: &PrincipalAxes) -> Vec<f64> {
    let mut variances = vec![0.0; axes.mean.len()];
    for (axis, along) in axes.axes.chunks_exact(axes.mean.len()).zip(&axes.variances) {
        variances.iter_mut().zip(axis).for_each(|(variance, a)| *variance += along * a.powi(2));
    }
    variances
}

/// The probability that a standard normal number is below `z`.
fn probability(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The normal quantile of every value's mid-rank.
fn normal_scores(column: &[f64]) -> Vec<f32> {
    let normal = Normal::standard();
    let n = column.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| column[a].total_cmp(&column[b]));
    let mut scores = vec![0.0; n];
    let mut first = 0;
    for tied in order.chunk_by(|&a, &b| column[a] == column[b]) {
        let middle = (first as f64 + tied.len() as f64 / 2.0) / n as f64;
        let score = normal.inverse_cdf(middle) as f32;
        tied.iter().for_each(|&i| scores[i] = score);
        first += tied.len();
    }
    scores
}

/// The 1 % and 99 % quantiles, linear between order statistics.
fn ends(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let quantile = |q: f64| {
        let at = q * (values.len() - 1) as f64;
        let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
        low + (high - low) * at.fract()
    };
    (quantile(0.01), quantile(0.99))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1000 rows: a feature on a tilted line, a noisy copy, and a count.
    fn sample() -> TiledMatrix {
        let wobble = |i: usize| ((i * 7919) % 1000) as f32 / 1000.0 - 0.5;
        let rows: Vec<f32> =
            (0..1000).flat_map(|i| [wobble(i), 2.0 * wobble(i) + 0.1 * wobble(i * 31 + 7), (i % 4) as f32]).collect();
        TiledMatrix::from_rows(&rows, 3).unwrap()
    }

    #[test]
    fn uncorrelated_features_keep_their_own_axes() {
        let mut numbers = stream(3, "test", 0);
        let cube: Vec<f32> = (0..2000).map(|_| numbers.random()).collect();
        let axes = axes_of(&TiledMatrix::from_rows(&cube, 4).unwrap());
        assert!((0..16).all(|i| axes.axes[i] == if i % 5 == 0 { 1.0 } else { 0.0 }), "{:?}", axes.axes);
        assert!(axes.variances.iter().all(|v| (v - 1.0 / 12.0).abs() < 0.01), "{:?}", axes.variances);
        assert_eq!(axes_of(&sample()), PrincipalAxes::of(&sample()));
    }

    #[test]
    fn normal_references_keep_covariance_and_range() {
        let sample = sample();
        let source = Source::of(&sample);
        let table = source.gaussian(&mut stream(1, "test", 0));
        let (a, b) = (PrincipalAxes::of(&sample), PrincipalAxes::of(&table));
        assert!((0..3).all(|j| (a.mean[j] - b.mean[j]).abs() < 0.15), "{:?} {:?}", a.mean, b.mean);
        // The first axis is the count, which loses variance to its range; the second is the tilted line.
        assert!((a.variances[1] / b.variances[1] - 1.0).abs() < 0.2, "{:?} {:?}", a.variances, b.variances);
        for (j, (low, high)) in [(0, (-0.5, 0.5)), (1, (-1.05, 1.05))] {
            assert!((0..1000).all(|i| (low..=high).contains(&table.get(i, j))));
        }
    }

    #[test]
    fn counts_stay_counts() {
        let source = Source::of(&sample());
        for table in [source.gaussian(&mut stream(1, "test", 0)), source.uniform(&mut stream(1, "test", 1))] {
            assert!((0..1000).all(|i| [0.0, 1.0, 2.0, 3.0].contains(&table.get(i, 2))));
        }
    }

    #[test]
    fn categories_stay_categories() {
        let sample = TiledMatrix::from_rows(
            &(0..300).flat_map(|i| [i as f32, f32::from(i % 3 == 0), f32::from(i % 3 != 0)]).collect::<Vec<f32>>(),
            3,
        );
        let source = Source::of(&sample.unwrap().with_categories(std::iter::once(1..3).collect()));
        for table in [source.gaussian(&mut stream(1, "test", 0)), source.uniform(&mut stream(1, "test", 1))] {
            let rows: Vec<Vec<f64>> = (0..300).map(|i| table.row(i)).collect();
            assert!(rows.iter().all(|row| row[1] + row[2] == 1.0 && row[1] * row[2] == 0.0));
            let share = rows.iter().filter(|row| row[1] == 1.0).count() as f64 / 300.0;
            assert!((0.1..0.6).contains(&share), "{share}");
        }
    }
}
