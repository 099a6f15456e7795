//! Tables that resemble the customers but have no clusters.

use std::ops::Range;

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use rayon::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::curve::Curve;
use crate::cluster::ClusterError;
use crate::config::KMeansPlan;
use crate::matrix::{PrincipalAxes, TiledMatrix};
use crate::monitor::Monitor;
use crate::random::stream;

/// References of either kind.
pub const REFERENCES: usize = 19;

/// A feature with at most so many distinct values per row of the sample is discrete.
const DISCRETE_SHARE: f64 = 0.05;

/// The silhouettes of all references.
#[derive(Debug)]
pub(super) struct References {
    pub(super) gaussian: Vec<Curve>,
    pub(super) uniform: Vec<Curve>,
}

impl References {
    /// Draws [`REFERENCES`] tables of either kind like `sample` and fits every k of `ks` to each.
    ///
    /// Every table has its own random stream, so they may be made in any order.
    pub(super) fn like(
        sample: &TiledMatrix,
        ks: &[usize],
        plan: &KMeansPlan,
        seed: u64,
        monitor: &Monitor,
    ) -> Result<Self, ClusterError> {
        let source = Source::of(sample);
        let task = monitor.task("references", 2 * REFERENCES as u64);
        let mut gaussian = (0..2 * REFERENCES)
            .into_par_iter()
            .map(|i| {
                let (name, number) = if i < REFERENCES { ("gaussian", i) } else { ("box", i - REFERENCES) };
                let mut rng = stream(seed, &format!("choose_k.reference.{name}"), number as u64);
                let table = if i < REFERENCES { source.gaussian(&mut rng) } else { source.uniform(&mut rng) };
                let curve = Curve::of(&table, ks, plan, rng.random(), monitor)?;
                task.advance(1);
                Ok(curve)
            })
            .collect::<Result<Vec<_>, ClusterError>>()?;
        let uniform = gaussian.split_off(REFERENCES);
        Ok(References { gaussian, uniform })
    }
}

/// The p above which features count as uncorrelated.
const UNCORRELATED: f64 = 0.001;

/// The principal axes, or the features themselves when their correlations are no more than chance gives (Bartlett 1951):
/// then the axes of a sample point anywhere, and a box along them is no likeness of a box.
fn axes_of(sample: &TiledMatrix) -> PrincipalAxes {
    let found = PrincipalAxes::of(sample);
    let (n, d) = (sample.n_customers() as f64, sample.n_features());
    let variance =
        |j: usize| found.axes.chunks_exact(d).zip(&found.variances).map(|(axis, v)| v * axis[j].powi(2)).sum();
    let variances: Vec<f64> = (0..d).map(variance).collect();
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
struct Source {
    n_rows: usize,
    axes: PrincipalAxes,
    /// Per axis the 1 % and 99 % quantiles of the coordinates.
    box_ends: Vec<(f64, f64)>,
    /// Per feature, which values it may take.
    domains: Vec<Domain>,
    /// The features that are one category each, and what the indicator of a level holds.
    categories: Vec<(Range<usize>, f64)>,
}

/// The values a feature takes.
#[derive(Debug, PartialEq)]
enum Domain {
    /// Anything from the smallest to the largest.
    Range(f64, f64),
    /// Exactly these, ascending.
    Levels(Vec<f64>),
}

impl Source {
    fn of(sample: &TiledMatrix) -> Self {
        let (n_rows, d) = (sample.n_customers(), sample.n_features());
        let axes = axes_of(sample);
        let mut coordinates: Vec<Vec<f64>> = vec![Vec::with_capacity(n_rows); d];
        for i in 0..n_rows {
            axes.project(&sample.row(i)).into_iter().zip(&mut coordinates).for_each(|(x, along)| along.push(x));
        }
        let box_ends = coordinates.into_iter().map(ends).collect();
        let domains = (0..d).map(|j| Domain::of((0..n_rows).map(|i| f64::from(sample.get(i, j))).collect())).collect();
        let highest = |span: &Range<usize>| {
            let values = span.clone().flat_map(|j| (0..n_rows).map(move |i| f64::from(sample.get(i, j))));
            (span.clone(), values.fold(0.0, f64::max))
        };
        let categories = sample.categories().iter().map(highest).collect();
        Source { n_rows, axes, box_ends, domains, categories }
    }

    /// Normal with the mean and covariance of the sample, every feature moved into its domain, every category to its nearest
    /// level.
    fn gaussian(&self, rng: &mut impl Rng) -> TiledMatrix {
        let deviations: Vec<f64> = self.axes.variances.iter().map(|v| v.sqrt()).collect();
        self.draw(Domain::nearest, || deviations.iter().map(|sd| sd * rng.sample::<f64, _>(StandardNormal)).collect())
    }

    /// Uniform in the box, every discrete feature and category moved to its levels.
    fn uniform(&self, rng: &mut impl Rng) -> TiledMatrix {
        self.draw(Domain::nearest_level, || {
            self.box_ends.iter().map(|(low, high)| low + (high - low) * rng.random::<f64>()).collect()
        })
    }

    fn draw(&self, moved: impl Fn(&Domain, f64) -> f64, mut coordinates: impl FnMut() -> Vec<f64>) -> TiledMatrix {
        let mut rows = Vec::with_capacity(self.n_rows * self.domains.len());
        for _ in 0..self.n_rows {
            let mut row = self.axes.unproject(&coordinates());
            let n_numbers = self.categories.first().map_or(row.len(), |(span, _)| span.start);
            row[..n_numbers].iter_mut().zip(&self.domains).for_each(|(x, domain)| *x = moved(domain, *x));
            self.categories.iter().for_each(|(span, height)| settle(&mut row[span.clone()], *height));
            rows.extend(row.iter().map(|&x| x as f32));
        }
        TiledMatrix::from_rows(&rows, self.domains.len()).expect("values between those of the sample are finite")
    }
}

/// Moves the indicators of a category to the nearest level: the largest of them, the first of equals.
fn settle(indicators: &mut [f64], height: f64) {
    let mut largest = 0;
    for (level, x) in indicators.iter().enumerate() {
        if *x > indicators[largest] {
            largest = level;
        }
    }
    indicators.fill(0.0);
    indicators[largest] = height;
}

impl Domain {
    fn of(mut values: Vec<f64>) -> Self {
        let n = values.len();
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.len() as f64 <= DISCRETE_SHARE * n as f64 {
            Domain::Levels(values)
        } else {
            Domain::Range(values[0], values[values.len() - 1])
        }
    }

    /// The allowed value next to `x`.
    fn nearest(&self, x: f64) -> f64 {
        match self {
            Domain::Range(low, high) => x.clamp(*low, *high),
            Domain::Levels(_) => self.nearest_level(x),
        }
    }

    /// The level next to `x`, the lower of two equally near; `x` itself within a range.
    fn nearest_level(&self, x: f64) -> f64 {
        let Domain::Levels(levels) = self else { return x };
        let above = levels.partition_point(|&level| level < x).min(levels.len() - 1);
        let below = above.saturating_sub(1);
        if x - levels[below] <= levels[above] - x { levels[below] } else { levels[above] }
    }
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
        let source = Source::of(&sample.unwrap().with_categories(vec![1..3]));
        for table in [source.gaussian(&mut stream(1, "test", 0)), source.uniform(&mut stream(1, "test", 1))] {
            let rows: Vec<Vec<f64>> = (0..300).map(|i| table.row(i)).collect();
            assert!(rows.iter().all(|row| row[1] + row[2] == 1.0 && row[1] * row[2] == 0.0));
            let share = rows.iter().filter(|row| row[1] == 1.0).count() as f64 / 300.0;
            assert!((0.1..0.6).contains(&share), "{share}");
        }
    }

    #[test]
    fn the_nearest_level_is_the_lower_of_two_equally_near() {
        let levels = Domain::Levels(vec![0.0, 1.0, 4.0]);
        let nearest = [-3.0, 0.4, 0.5, 0.6, 2.5, 2.6, 9.0].map(|x| levels.nearest(x));
        assert_eq!(nearest, [0.0, 0.0, 0.0, 1.0, 1.0, 4.0, 4.0]);
    }
}
