use crate::cluster::ClusterError;
use crate::config::{Auto, ClusterPlan, Init, KMeansPlan};

/// What a k-means fit is asked for, not yet checked; [`check`](KMeansParams::check) gives the parameters that can run.
///
/// Defaults: those of `[cluster.kmeans]` and `cluster.seed` in the schema of `pipeline.toml`.
///
/// ```
/// use segmint::cluster::kmeans::KMeansParams;
/// use segmint::config::Auto;
/// let params = KMeansParams::new(5).n_init(3).seed(7).check()?;
/// assert_eq!((params.k(), params.n_init(), params.max_iter()), (5, Auto::Given(3), 300));
/// let error = KMeansParams::new(5).tol(f64::NAN).check().unwrap_err();
/// assert_eq!(error.to_string(), "cluster.kmeans.tol must be a number >= 0, got NaN");
/// # Ok::<(), segmint::cluster::ClusterError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansParams(pub(super) KMeansValidParams);

/// Checked parameters of a k-means fit.
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansValidParams {
    k: usize,
    init: Init,
    n_init: Auto<usize>,
    max_iter: usize,
    tol: f64,
    seed: u64,
}

impl KMeansParams {
    /// `k` clusters, everything else at its default.
    pub fn new(k: usize) -> Self {
        KMeansParams::from_plan(&KMeansPlan::default(), k, ClusterPlan::default().seed)
    }

    /// `k` clusters, everything else as planned. The plan's own k is not read: it may be `auto`.
    pub fn from_plan(plan: &KMeansPlan, k: usize, seed: u64) -> Self {
        let &KMeansPlan { init, n_init, max_iter, tol, .. } = plan;
        KMeansParams(KMeansValidParams { k, init, n_init, max_iter, tol, seed })
    }

    /// How starting centroids are drawn.
    #[must_use]
    pub fn init(mut self, init: Init) -> Self {
        self.0.init = init;
        self
    }

    /// As many starts, of which the one with the smallest inertia is returned; at least 1. Without this `auto` decides: up to 10,
    /// until a better one is unlikely (docs/methods.md).
    #[must_use]
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.0.n_init = Auto::Given(n_init);
        self
    }

    /// Passes per start, at least 1.
    #[must_use]
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.0.max_iter = max_iter;
        self
    }

    /// A start has converged when the sum of the squared centroid movements of a pass is at most `tol` times the mean
    /// variance of the features (as in scikit-learn), or when no centroid moved. At least 0.
    #[must_use]
    pub fn tol(mut self, tol: f64) -> Self {
        self.0.tol = tol;
        self
    }

    /// Seed of the random streams that draw the starts.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// The parameters, when every one is in its range.
    ///
    /// # Errors
    /// [`ClusterError::Parameter`] with the configuration key and the value of the first one that is not.
    pub fn check(self) -> Result<KMeansValidParams, ClusterError> {
        self.check_fields()?;
        Ok(self.0)
    }

    pub(super) fn check_fields(&self) -> Result<(), ClusterError> {
        let KMeansValidParams { k, n_init, max_iter, tol, .. } = self.0;
        let counts = [
            ("cluster.kmeans.k", Auto::Given(k)),
            ("cluster.kmeans.n_init", n_init),
            ("cluster.kmeans.max_iter", Auto::Given(max_iter)),
        ];
        for (key, value) in counts {
            if value == Auto::Given(0) {
                return Err(ClusterError::Parameter { key, value: "0".to_owned(), allowed: "at least 1" });
            }
        }
        if !(tol >= 0.0 && tol.is_finite()) {
            let value = tol.to_string();
            return Err(ClusterError::Parameter { key: "cluster.kmeans.tol", value, allowed: "a number >= 0" });
        }
        Ok(())
    }
}

impl KMeansValidParams {
    /// The number of clusters.
    pub fn k(&self) -> usize {
        self.k
    }

    /// How starting centroids are drawn.
    pub fn init(&self) -> Init {
        self.init
    }

    /// Starts: as many, or those of `auto`.
    pub fn n_init(&self) -> Auto<usize> {
        self.n_init
    }

    /// Passes per start.
    pub fn max_iter(&self) -> usize {
        self.max_iter
    }

    /// Movement, relative to the mean feature variance, at which a start has converged.
    pub fn tol(&self) -> f64 {
        self.tol
    }

    /// Seed of the random streams.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}
