//! Fits that are a function of the weighted multiset of the rows: their order, and whether a row comes twice or counts twice,
//! change nothing.

use super::assign;
use super::init::{Urn, plus_plus, random};
use super::lloyd::{Limits, Run, lloyd};
use super::numbering::number_by_size;
use super::rows::Rows;
use super::starts::{Ends, most};
use super::{Centroids, KMeansModel, KMeansValidParams, RowWeights};
use crate::cluster::ClusterError;
use crate::config::Auto;
use crate::matrix::TiledMatrix;
use crate::monitor::Monitor;
use crate::random::stream;

/// Where the centroids of a fit begin.
#[derive(Debug, Clone, PartialEq)]
pub enum Starts {
    /// Greedy k-means++, as often as the parameters say; on a table of many rows without weights as [`fit`](KMeansValidParams::fit).
    PlusPlus,
    /// k distinct rows, each as likely as its weight, as often as the parameters say.
    Random,
    /// These, one start each.
    Given(Vec<Centroids>),
}

/// The precision in which who asked keeps the centroids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// `f32`: they are rounded once the iteration has ended; labels and inertia are those of the rounded ones.
    Single,
    /// `f64`.
    Double,
}

/// A k-means of weighted rows.
#[derive(Debug, Clone, PartialEq)]
pub struct MultisetFit {
    /// The centroids, rows of every cluster and weighted inertia. Drawn starts are numbered by weight, descending; cluster c of
    /// a given start is the one that began at its centroid c.
    pub model: KMeansModel,
    /// The nearest centroid of every row, the lowest among equals.
    pub labels: Vec<u32>,
    /// Passes of the returned start.
    pub n_iter: usize,
    /// Whether the returned start converged within `max_iter` passes.
    pub converged: bool,
}

impl KMeansValidParams {
    /// Fits rows with `weights` (`None` = 1 each) from every start and returns the fit with the smallest inertia, the earliest
    /// among equals.
    ///
    /// Where starts are drawn the rows are put into the [order of their contents](TiledMatrix::into_content_order), equal ones
    /// become one row with the sum of their weights, and `init` is not used: the result is a function of the weighted multiset of
    /// rows, and of the weights up to a common factor of a power of two. Without equal rows and with equal weights the fit is that of
    /// [`fit`](KMeansValidParams::fit) on the matrix in that order. Convergence is measured by the weighted variance.
    ///
    /// Rows without weight are assigned, and nothing else. Cost: as [`fit`](KMeansValidParams::fit); where weights differ every
    /// pass sums all rows.
    ///
    /// # Errors
    /// [`ClusterError::TooManyClusters`] when k exceeds the rows; [`ClusterError::StartShape`] when given centroids have another number of
    /// features; [`ClusterError::Weights`] when there is not one weight a row; [`ClusterError::Stopped`].
    ///
    /// # Panics
    /// When a given start has not k centroids, or there is none.
    ///
    /// ```
    /// use segmint::cluster::kmeans::{KMeansParams, Precision, RowWeights, Starts};
    /// use segmint::matrix::TiledMatrix;
    /// use segmint::monitor::Monitor;
    /// let params = KMeansParams::new(2).check()?;
    /// let fit = |rows: &[f32], weights: Option<&RowWeights>| {
    ///     let matrix = TiledMatrix::from_rows(rows, 1).unwrap();
    ///     params.fit_multiset(matrix, weights, &Starts::PlusPlus, Precision::Double, &Monitor::silent())
    /// };
    /// let repeated = fit(&[1.0, 9.0, 0.0, 9.0, 9.0, 11.0], None)?;
    /// let weighted = fit(&[9.0, 0.0, 11.0, 1.0], Some(&RowWeights::new(&[3.0, 1.0, 1.0, 1.0])?))?;
    /// assert_eq!(weighted.model.centroids, repeated.model.centroids);
    /// assert_eq!((weighted.labels, weighted.model.inertia), (vec![0, 1, 0, 1], repeated.model.inertia));
    /// # Ok::<(), segmint::cluster::ClusterError>(())
    /// ```
    pub fn fit_multiset(
        &self,
        matrix: TiledMatrix,
        weights: Option<&RowWeights>,
        starts: &Starts,
        precision: Precision,
        monitor: &Monitor,
    ) -> Result<MultisetFit, ClusterError> {
        self.refuse_more_clusters_than_rows(self.k(), &matrix)?;
        let n = matrix.n_customers();
        if let Some(weights) = weights.filter(|weights| weights.n_rows() != n) {
            return Err(ClusterError::Weights { problem: format!("{} weights for {n} rows", weights.n_rows()) });
        }
        let rows = Multiset::of(matrix, weights, !matches!(starts, Starts::Given(_)));
        let weights = rows.weights.as_ref();
        let gone_over = Rows::weighted(&rows.matrix, weights);
        let run = self.best_run(&rows, &gone_over, starts, monitor)?;
        let run = match precision {
            Precision::Single => run.in_single_precision(&gone_over)?,
            Precision::Double => run,
        };
        let (centroids, labels) = match starts {
            Starts::Given(_) => (run.centroids, run.labels),
            _ => {
                let units = weights.map(RowWeights::units);
                let (order, labels) = number_by_size(run.labels, &run.ties, self.k(), units);
                (run.centroids.reordered(&order), labels)
            }
        };
        let labels = rows.labels(&labels, &centroids);
        let mut sizes = vec![0; self.k()];
        labels.iter().for_each(|&c| sizes[c as usize] += 1);
        let model = KMeansModel { centroids, sizes, inertia: run.inertia * rows.shared };
        Ok(MultisetFit { model, labels, n_iter: run.n_iter, converged: run.converged })
    }

    fn best_run(
        &self,
        rows: &Multiset,
        gone_over: &Rows<'_>,
        starts: &Starts,
        monitor: &Monitor,
    ) -> Result<Run, ClusterError> {
        let (matrix, stats, weights) = (&rows.matrix, &gone_over.stats, rows.weights.as_ref());
        let may_race = *starts == Starts::PlusPlus && weights.is_none();
        if let Some(samples) = may_race.then(|| self.samples(gone_over)).flatten() {
            return Ok(self.best_of_race(gone_over, &samples, monitor)?.0);
        }
        let mean_variance = weights.map_or(stats.mean_variance, |weights| weights.mean_variance(matrix, stats));
        let limits = Limits { max_iter: self.max_iter(), movement: self.tol() * mean_variance };
        let n_init = match starts {
            Starts::Given(given) => Auto::Given(given.len()),
            _ => self.n_init(),
        };
        let task = monitor.task("k-means", most(n_init) as u64);
        let (mut best, mut ends): (Option<Run>, _) = (None, Ends::of(n_init));
        while let Some(start) = ends.next() {
            let centroids = match starts {
                Starts::Given(given) => self.checked_start(&given[start], matrix)?,
                drawn => Centroids::from_rows(matrix, &self.drawn_rows(rows, drawn, start as u64, monitor)?),
            };
            let run = lloyd(gone_over, centroids, limits, monitor)?;
            ends.add(run.inertia);
            if best.as_ref().is_none_or(|best| run.inertia < best.inertia) {
                best = Some(run);
            }
            task.advance(1);
        }
        Ok(best.expect("there is a start"))
    }

    fn checked_start(&self, start: &Centroids, matrix: &TiledMatrix) -> Result<Centroids, ClusterError> {
        assert_eq!(start.k(), self.k(), "a start has k centroids");
        let (got, n_features) = (start.n_features(), matrix.n_features());
        if got != n_features {
            return Err(ClusterError::StartShape { got, n_features });
        }
        Ok(start.clone())
    }

    fn drawn_rows(
        &self,
        rows: &Multiset,
        starts: &Starts,
        start: u64,
        monitor: &Monitor,
    ) -> Result<Vec<usize>, ClusterError> {
        let units: Option<Vec<f64>> =
            rows.weights.as_ref().map(|weights| weights.units().iter().map(|&units| units as f64).collect());
        match starts {
            Starts::Random => {
                let mut rng = stream(self.seed(), "kmeans.random", start);
                Ok(random(rows.matrix.n_customers(), units.as_deref(), self.k(), &mut rng))
            }
            _ => {
                let mut rng = stream(self.seed(), "kmeans.plus_plus", start);
                let from = Urn::here(&rows.matrix, units.as_deref());
                plus_plus(&from, self.k(), &mut rng, monitor)
            }
        }
    }
}

/// The place of a row without weight.
const NOWHERE: u32 = u32::MAX;

/// The rows that count.
struct Multiset {
    matrix: TiledMatrix,
    /// `None` = all count the same.
    weights: Option<RowWeights>,
    /// How much each counts when all count the same; else 1.
    shared: f64,
    /// Where every row of the fit is in `matrix`; `None` = where it was.
    places: Option<Vec<u32>>,
    /// The rows without weight, in their order.
    weightless: Option<TiledMatrix>,
}

impl Multiset {
    /// The rows with a weight; on request distinct and in the order of their contents.
    fn of(matrix: TiledMatrix, weights: Option<&RowWeights>, distinct: bool) -> Self {
        let n = matrix.n_customers();
        let mut rows = Multiset { matrix, weights: weights.cloned(), shared: 1.0, places: None, weightless: None };
        if let Some(weights) = weights.filter(|weights| weights.units().contains(&0)) {
            let (counted, none): (Vec<usize>, Vec<usize>) = (0..n).partition(|&row| weights.units()[row] > 0);
            rows.weightless = rows.matrix.select(&none);
            rows.keep(&counted, n);
        }
        if distinct {
            rows = rows.ordered().merged();
        }
        if let Some(shared) = rows.weights.as_ref().and_then(RowWeights::shared) {
            (rows.weights, rows.shared) = (None, shared);
        }
        rows
    }

    /// Keeps the rows `counted` of the `n` that there are.
    fn keep(&mut self, counted: &[usize], n: usize) {
        let mut places = vec![NOWHERE; n];
        counted.iter().zip(0..).for_each(|(&row, place)| places[row] = place);
        self.places = Some(places);
        self.matrix = self.matrix.select(counted).expect("a row has a weight");
        self.weights = self.weights.take().map(|weights| {
            RowWeights::of_counts(counted.iter().map(|&row| weights.units()[row]).collect(), weights.unit())
        });
    }

    fn ordered(self) -> Self {
        let (matrix, order) = self.matrix.into_content_order();
        let mut new = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(&old, place)| new[old as usize] = place);
        let weights = self.weights.map(|weights| {
            RowWeights::of_counts(order.iter().map(|&old| weights.units()[old as usize]).collect(), weights.unit())
        });
        let moved = |place: u32| if place == NOWHERE { NOWHERE } else { new[place as usize] };
        let places = self.places.map(|places| places.into_iter().map(moved).collect());
        Multiset { matrix, weights, places: Some(places.unwrap_or(new)), ..self }
    }

    /// Equal rows, which lie together, as one.
    fn merged(self) -> Self {
        let n = self.matrix.n_customers();
        let row = |i: usize| self.matrix.row_values(i);
        let firsts: Vec<usize> = (0..n).filter(|&i| i == 0 || !row(i).eq(row(i - 1))).collect();
        if firsts.len() == n {
            return self;
        }
        let (old_units, unit) = match &self.weights {
            Some(weights) => (weights.units().to_vec(), weights.unit()),
            None => (vec![1; n], 1.0),
        };
        let (mut new, mut units) = (vec![0_u32; n], vec![0; firsts.len()]);
        let mut place = 0;
        for i in 0..n {
            place += usize::from(firsts.get(place + 1) == Some(&i));
            new[i] = place as u32;
            units[place] += old_units[i];
        }
        let moved = |place: u32| if place == NOWHERE { NOWHERE } else { new[place as usize] };
        let places = self.places.map(|places| places.into_iter().map(moved).collect());
        let matrix = self.matrix.select(&firsts).expect("there is a row");
        Multiset { matrix, weights: Some(RowWeights::of_counts(units, unit)), places, ..self }
    }

    /// The labels of all rows of the fit from those of the rows that count.
    fn labels(&self, labels: &[u32], centroids: &Centroids) -> Vec<u32> {
        let Some(places) = &self.places else { return labels.to_vec() };
        let weightless = self.weightless.as_ref().map(|matrix| assign::labels(matrix, centroids));
        let mut weightless = weightless.iter().flatten();
        let label = |&place: &u32| match place {
            NOWHERE => *weightless.next().expect("every row without weight is there"),
            place => labels[place as usize],
        };
        places.iter().map(label).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::kmeans::KMeansParams;

    /// Rows of few values, so that equal ones are common, and how often each counts.
    fn rows() -> impl Strategy<Value = Vec<([f32; 2], u8)>> {
        let value = prop::sample::select(vec![-3.0_f32, 0.0, 0.5, 1.0, 8.0, 9.25]);
        prop::collection::vec(([value.clone(), value], 0_u8..4), 1..60)
    }

    fn fit(rows: &[([f32; 2], f64)], k: usize, seed: u64, starts: &Starts) -> MultisetFit {
        fit_by(KMeansParams::new(k).n_init(2).seed(seed), rows, starts)
    }

    fn fit_by(params: KMeansParams, rows: &[([f32; 2], f64)], starts: &Starts) -> MultisetFit {
        let values: Vec<f32> = rows.iter().flat_map(|row| row.0).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let (matrix, weights) = (TiledMatrix::from_rows(&values, 2).unwrap(), RowWeights::new(&weights).unwrap());
        let params = params.check().unwrap();
        params.fit_multiset(matrix, Some(&weights), starts, Precision::Double, &Monitor::silent()).unwrap()
    }

    proptest! {
        #[test]
        fn order_repetition_and_scale_of_weights_change_no_bit(
            rows in rows(), k in 1_usize..6, seed in 0_u64..100, scale in -20_i32..20, random in any::<bool>()
        ) {
            use rand::seq::SliceRandom;
            let repeated: Vec<([f32; 2], f64)> =
                rows.iter().flat_map(|&(row, n)| std::iter::repeat_n((row, 1.0), n as usize)).collect();
            prop_assume!(repeated.len() >= k);
            let scale = 2.0_f64.powi(scale);
            let mut weighted: Vec<([f32; 2], f64)> = rows.iter().map(|&(row, n)| (row, f64::from(n) * scale)).collect();
            prop_assume!(weighted.len() >= k);
            weighted.shuffle(&mut crate::random::stream(seed, "test", 0));
            let starts = if random { Starts::Random } else { Starts::PlusPlus };
            let (one, other) = (fit(&repeated, k, seed, &starts), fit(&weighted, k, seed, &starts));
            prop_assert_eq!(&one.model.centroids, &other.model.centroids);
            prop_assert_eq!(one.model.inertia * scale, other.model.inertia);
            prop_assert_eq!(one.n_iter, other.n_iter);
            let model = &one.model;
            for (row, label) in weighted.iter().zip(&other.labels) {
                let nearest = model.nearest(&row.0.map(f64::from)).cluster.index();
                prop_assert_eq!(nearest as u32, *label);
            }
        }

        #[test]
        fn a_pass_over_weighted_rows_is_one_over_repeated_rows(rows in rows(), k in 1_usize..5) {
            let repeated: Vec<([f32; 2], f64)> =
                rows.iter().flat_map(|&(row, n)| std::iter::repeat_n((row, 1.0), n as usize)).collect();
            prop_assume!(repeated.len() >= k && rows.len() >= k);
            let weighted: Vec<([f32; 2], f64)> = rows.iter().map(|&(row, n)| (row, f64::from(n))).collect();
            let start: Vec<f64> = (0..2 * k).map(|i| (i as f64 * 1.7).sin() * 5.0).collect();
            let start = KMeansModel { centroids: Centroids::new(start, 2).unwrap(), sizes: vec![0; k], inertia: 0.0 };
            // An empty cluster goes to a row far away, of which repeated rows have several.
            let nearest = |row: &([f32; 2], f64)| start.nearest(&row.0.map(f64::from)).cluster.index();
            prop_assume!((0..k).all(|c| repeated.iter().any(|row| nearest(row) == c)));
            let starts = Starts::Given(vec![start.centroids.clone()]);
            let passed = |rows: &[([f32; 2], f64)]| fit_by(KMeansParams::new(k).max_iter(1), rows, &starts);
            prop_assert_eq!(passed(&weighted).model.centroids, passed(&repeated).model.centroids);
        }
    }

    #[test]
    fn rows_without_weight_are_assigned_and_nothing_else() {
        let rows = [([0.0, 0.0], 1.0), ([90.0, 90.0], 0.0), ([10.0, 10.0], 2.0), ([1.0, 0.0], 0.0)];
        let found = fit(&rows, 2, 7, &Starts::PlusPlus);
        assert_eq!(found.model.centroids.values(), [10.0, 10.0, 0.0, 0.0]);
        assert_eq!((found.labels, found.model.inertia), (vec![1, 0, 0, 1], 0.0));
    }

    #[test]
    fn clusters_of_a_given_start_keep_its_numbers_and_single_precision_is_that_of_the_result() {
        let matrix = TiledMatrix::from_rows(&[0.0, 0.1, 0.3, 5.0], 1).unwrap();
        let params = KMeansParams::new(2).check().unwrap();
        let starts = Starts::Given(vec![Centroids::new(vec![4.0, 0.0], 1).unwrap()]);
        let fit =
            |precision| params.fit_multiset(matrix.clone(), None, &starts, precision, &Monitor::silent()).unwrap();
        let (double, single) = (fit(Precision::Double), fit(Precision::Single));
        assert_eq!((&double.labels[..], &double.model.sizes[..]), (&[1, 1, 1, 0][..], &[1, 3][..]));
        assert_eq!(single.model.centroids, double.model.centroids.in_single_precision());
        let distance2 = |i: usize| single.model.nearest(&matrix.row(i)).distance2;
        assert_eq!(single.model.inertia, (0..4).map(distance2).sum::<f64>());
    }
}
