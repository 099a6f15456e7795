use serde::{Deserialize, Serialize};

use super::init::{Urn, parallel, plus_plus};
use super::lloyd::{Limits, Run, lloyd};
use super::numbering::number_by_size;
use super::rows::Rows;
use super::samples::Samples;
use super::starts::{Ends, most};
use super::{Centroids, FeatureStats, KMeansModel, KMeansValidParams};
use crate::cluster::{ClusterError, distinct_rows};
use crate::config::Init;
use crate::language::{counted, noun};
use crate::matrix::TiledMatrix;
use crate::metrics::{ClusterId, Partition};
use crate::monitor::Monitor;
use crate::random::stream;
use crate::{Text, Warning};

/// Above this n·k·d, `init = "auto"` draws about 2k rows per pass (k-means||) instead of one.
const PARALLEL_ABOVE: f64 = 1e10;

/// How the starting centroids of a fit came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum StartMethod {
    /// Greedy k-means++.
    #[serde(rename = "k-means++")]
    PlusPlus,
    /// Greedy k-means++ on a sample, followed from there to all rows.
    #[serde(rename = "k-means++ on a sample")]
    Sampled,
    /// k-means||.
    #[serde(rename = "k-means||")]
    Parallel,
    /// The caller gave them.
    #[serde(rename = "given")]
    Given,
    /// The means of the segments of the run that is continued.
    #[serde(rename = "continued")]
    Continued,
}

/// A fitted k-means with the clusters of the fitted rows.
///
/// Model and partition agree: every row is in the cluster of its nearest returned centroid, and sizes and inertia are
/// those of exactly these centroids. Clusters are numbered by size, descending, ties by lowest row.
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansFit {
    /// The centroids, sizes and inertia.
    pub model: KMeansModel,
    /// The cluster of every row.
    pub partition: Partition,
    /// Passes of the returned start.
    pub n_iter: usize,
    /// Whether the returned start converged within `max_iter` passes.
    pub converged: bool,
    /// The number of the returned start, from 0.
    pub start: usize,
    /// How its starting centroids were drawn.
    pub init: StartMethod,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// Where a start led, its number and how it began.
pub(super) type Start = (Run, usize, StartMethod);

/// That of two starts with less inertia, the earlier one where they are equal.
fn better(best: Option<Start>, next: Start) -> Start {
    match best {
        Some(best) if best.0.inertia <= next.0.inertia => best,
        _ => next,
    }
}

impl KMeansValidParams {
    /// Fits `n_init` starts and returns the one with the smallest inertia, the earliest among equals.
    ///
    /// `auto` draws up to ten, and no more once the best end was found four times. On a table of many rows its ten starts race on
    /// samples, and those that no sample rules out are followed on all rows (docs/methods.md).
    ///
    /// Cost per start and pass O(n·k·d). Deterministic: the result depends on matrix and parameters only. More clusters
    /// than distinct rows give equal centroids, of which all but the lowest are empty, and a warning.
    ///
    /// # Errors
    /// [`ClusterError::TooManyClusters`] when k exceeds the rows; [`ClusterError::Stopped`].
    ///
    /// ```
    /// use segmint::cluster::kmeans::KMeansParams;
    /// use segmint::matrix::TiledMatrix;
    /// use segmint::monitor::Monitor;
    /// let matrix = TiledMatrix::from_rows(&[9.0, 11.0, 0.0, 1.0, 2.0], 1).unwrap();
    /// let fit = KMeansParams::new(2).check()?.fit(&matrix, &Monitor::silent())?;
    /// assert_eq!(fit.model.centroids.values(), [1.0, 10.0]);
    /// assert_eq!((&fit.model.sizes[..], fit.model.inertia), (&[3, 2][..], 4.0));
    /// # Ok::<(), segmint::cluster::ClusterError>(())
    /// ```
    pub fn fit(&self, matrix: &TiledMatrix, monitor: &Monitor) -> Result<KMeansFit, ClusterError> {
        let rows = Rows::of(matrix);
        self.fit_in(&rows, self.samples(&rows).as_ref(), None, monitor)
    }

    /// [`fit`](KMeansValidParams::fit) for who has the stats of the rows already and the `samples` that starts race on, with the
    /// start `warm` behind the others where it has k centroids: it wins only where it leads to less inertia than all of them.
    pub(in crate::cluster) fn fit_in(
        &self,
        rows: &Rows<'_>,
        samples: Option<&Samples>,
        warm: Option<&Centroids>,
        monitor: &Monitor,
    ) -> Result<KMeansFit, ClusterError> {
        let matrix = rows.matrix;
        self.refuse_more_clusters_than_rows(self.k(), matrix)?;
        let mut best = match samples {
            Some(samples) => self.best_of_race(rows, samples, monitor)?,
            None => self.best_of_starts(rows, monitor)?,
        };
        if let Some(centroids) = warm.filter(|warm| warm.k() == self.k()) {
            let run = lloyd(rows, centroids.clone(), self.limits(&rows.stats), monitor)?;
            best = better(Some(best), (run, most(self.n_init()), StartMethod::Continued));
        }
        let (run, start, method) = best;
        Ok(self.finish(matrix, run, start, method))
    }

    fn best_of_starts(&self, rows: &Rows<'_>, monitor: &Monitor) -> Result<Start, ClusterError> {
        let task = monitor.task("k-means", most(self.n_init()) as u64);
        let (mut best, mut ends) = (None, Ends::of(self.n_init()));
        while let Some(start) = ends.next() {
            let (drawn, method) = self.starting_rows(rows, start as u64, monitor)?;
            let run = lloyd(rows, Centroids::from_rows(rows.matrix, &drawn), self.limits(&rows.stats), monitor)?;
            ends.add(run.inertia);
            best = Some(better(best, (run, start, method)));
            task.advance(1);
        }
        Ok(best.expect("checked parameters have a start"))
    }

    /// The best of the starts that a race leaves; where its samples do not speak for all rows, of starts on all of them.
    pub(super) fn best_of_race(
        &self,
        rows: &Rows<'_>,
        samples: &Samples,
        monitor: &Monitor,
    ) -> Result<Start, ClusterError> {
        let race = self.race(samples, monitor)?;
        let as_raced = rows.passes(self.k()).inertia(&race.racers[0].centroids)?;
        if !race.speaks_for(as_raced) {
            return self.best_of_starts(rows, monitor);
        }
        let mut best = None;
        for racer in race.racers {
            let run = lloyd(rows, racer.centroids, self.limits(&rows.stats), monitor)?;
            best = Some(better(best, (run, racer.start, StartMethod::Sampled)));
        }
        Ok(best.expect("the best of a race is never ruled out"))
    }

    /// Fits from the given centroids, one start, plain Lloyd; `k`, `init`, `n_init` and `seed` are not used.
    ///
    /// # Errors
    /// [`ClusterError::StartShape`] when the centroids have another number of features than the matrix;
    /// [`ClusterError::TooManyClusters`]; [`ClusterError::Stopped`].
    pub fn fit_from(
        &self,
        matrix: &TiledMatrix,
        starts: &Centroids,
        monitor: &Monitor,
    ) -> Result<KMeansFit, ClusterError> {
        let (got, n_features) = (starts.n_features(), matrix.n_features());
        if got != n_features {
            return Err(ClusterError::StartShape { got, n_features });
        }
        self.refuse_more_clusters_than_rows(starts.k(), matrix)?;
        let rows = Rows::of(matrix);
        let run = lloyd(&rows, starts.clone(), self.limits(&rows.stats), monitor)?;
        Ok(self.finish(matrix, run, 0, StartMethod::Given))
    }

    /// Fits from the given rows of the matrix; see [`fit_from`](KMeansValidParams::fit_from).
    ///
    /// # Errors
    /// As [`fit_from`](KMeansValidParams::fit_from).
    ///
    /// # Panics
    /// When there are no rows or one is outside the matrix.
    pub fn fit_from_rows(
        &self,
        matrix: &TiledMatrix,
        rows: &[usize],
        monitor: &Monitor,
    ) -> Result<KMeansFit, ClusterError> {
        self.fit_from(matrix, &Centroids::from_rows(matrix, rows), monitor)
    }

    pub(super) fn refuse_more_clusters_than_rows(&self, k: usize, matrix: &TiledMatrix) -> Result<(), ClusterError> {
        let n_customers = matrix.n_customers();
        if k > n_customers {
            return Err(ClusterError::TooManyClusters { key: "cluster.kmeans.k", k, n_customers });
        }
        Ok(())
    }

    pub(super) fn limits(&self, stats: &FeatureStats) -> Limits {
        Limits { max_iter: self.max_iter(), movement: self.tol() * stats.mean_variance }
    }

    pub(super) fn starting_rows(
        &self,
        rows: &Rows<'_>,
        start: u64,
        monitor: &Monitor,
    ) -> Result<(Vec<usize>, StartMethod), ClusterError> {
        let matrix = rows.matrix;
        let work = matrix.n_customers() as f64 * self.k() as f64 * matrix.n_features() as f64;
        let wants_parallel = match self.init() {
            Init::Auto => work > PARALLEL_ABOVE,
            Init::PlusPlus => false,
            Init::Parallel => true,
        };
        if wants_parallel && let Some(drawn) = parallel(rows, self.k(), self.seed(), start, monitor)? {
            return Ok((drawn, StartMethod::Parallel));
        }
        let mut rng = stream(self.seed(), "kmeans.plus_plus", start);
        Ok((plus_plus(&Urn::of(rows), self.k(), &mut rng, monitor)?, StartMethod::PlusPlus))
    }

    /// Numbers the clusters and counts the rows of each.
    pub(super) fn finish(&self, matrix: &TiledMatrix, run: Run, start: usize, init: StartMethod) -> KMeansFit {
        let (order, labels) = number_by_size(run.labels, &run.ties, run.centroids.k(), None);
        let centroids = run.centroids.reordered(&order);
        let labels = labels.into_iter().map(|label| Some(ClusterId::from(label))).collect();
        let partition = Partition::new(labels, centroids.k());
        let sizes: Vec<u64> = partition.sizes().into_iter().map(|size| size as u64).collect();
        let inertia = run.inertia;
        let mut warnings = Vec::new();
        if !run.converged {
            warnings.push(not_converged(centroids.k(), self.max_iter()));
        }
        if sizes.contains(&0) {
            warnings.push(empty_clusters(matrix, &sizes));
        }
        let model = KMeansModel { centroids, sizes, inertia };
        KMeansFit { model, partition, n_iter: run.n_iter, converged: run.converged, start, init, warnings }
    }
}

fn not_converged(k: usize, max_iter: usize) -> Warning {
    Warning::new(
        "kmeans_not_converged",
        Text::new(
            format!("k-means with k = {k} was still moving after max_iter = {max_iter} passes"),
            format!("k = {k} 的 k-means 在 max_iter = {max_iter} 轮之后仍未收敛"),
        ),
    )
    .with("k", k)
    .with("max_iter", max_iter)
}

fn empty_clusters(matrix: &TiledMatrix, sizes: &[u64]) -> Warning {
    let k = sizes.len();
    let filled = sizes.iter().filter(|&&size| size > 0).count();
    let distinct = distinct_rows(matrix, k);
    let text = if distinct < k {
        Text::new(
            format!(
                "k = {k} clusters were asked for, but only {}; {} rows",
                counted(distinct as u64, "distinct row exists", "distinct rows exist"),
                counted(filled as u64, "cluster has", "clusters have"),
            ),
            format!("要求 k = {k} 个聚类，但只有 {distinct} 种不同的行；{filled} 个聚类非空"),
        )
    } else {
        Text::new(
            format!("of k = {k} clusters only {filled} {} rows", noun(filled as u64, "has", "have")),
            format!("k = {k} 个聚类中只有 {filled} 个非空"),
        )
    };
    let code = if distinct < k { "kmeans_few_distinct_rows" } else { "kmeans_empty_clusters" };
    let warning = Warning::new(code, text).with("k", k).with("filled", filled);
    if distinct < k { warning.with("distinct_rows", distinct) } else { warning }
}
