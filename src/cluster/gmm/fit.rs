use std::cmp::Reverse;

use linfa::DatasetBase;
use linfa::ParamGuard;
use linfa::traits::Fit;
use linfa_clustering::GaussianMixtureModel;
use ndarray::Array2;
use rand::Rng;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{GmmEvidence, GmmModel};
use crate::cluster::ClusterError;
use crate::cluster::membership::{Membership, memberships};
use crate::matrix::{TILE_ROWS, TiledMatrix, reduce};
use crate::metrics::ClusterId;
use crate::monitor::Monitor;
use crate::random::{sample_rows, stream};
use crate::{Text, Warning};

/// Rows that the parameters are learned from; a thousand times the parameters of a usual mixture.
const MAX_ROWS: usize = 50_000;
/// Gain of the mean log-likelihood per pass below which a fit has converged, as in scikit-learn.
const TOLERANCE: f64 = 1e-3;
/// Every pass gains [`TOLERANCE`] or is the last, so a fit comes to its end long before.
const MAX_PASSES: u64 = 1000;
/// What is added to variances, in mean feature variances; the first is scikit-learn's on standardised features.
const REGULARIZATIONS: [f64; 3] = [1e-6, 1e-4, 1e-2];

/// A fitted mixture with the memberships of every row.
///
/// Components are numbered by the rows they are likeliest for, descending, ties by lowest row.
#[derive(Debug, Clone, PartialEq)]
pub struct GmmFit {
    /// The parameters.
    pub model: GmmModel,
    /// The likeliest component of every row.
    pub clusters: Vec<ClusterId>,
    /// Its probability.
    pub probability: Vec<f32>,
    /// The mean of ln p(x) over all rows.
    pub log_likelihood: f64,
    /// Rows the parameters were learned from: all, or a fixed sample of 50,000.
    pub n_fitted: usize,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

impl GmmFit {
    /// How well it fits.
    pub fn evidence(&self) -> GmmEvidence {
        let mut sizes = vec![0; self.clusters.iter().map(|cluster| cluster.index() + 1).max().unwrap_or(0)];
        self.clusters.iter().for_each(|cluster| sizes[cluster.index()] += 1);
        let sum: f64 = self.probability.iter().copied().map(f64::from).sum();
        GmmEvidence {
            sizes,
            mean_probability: sum / self.probability.len() as f64,
            log_likelihood: Some(self.log_likelihood),
            n_fitted: Some(self.n_fitted),
        }
    }
}

/// Fits a mixture of `k` Gaussians with full covariances, from a k-means start.
///
/// Above 50,000 rows the parameters are learned from a fixed sample of that many, and memberships are computed for all.
/// Expectation-maximization costs O(n·k·d²) a pass. A fit that fails is repeated from another start with stronger
/// regularization, which is warned about. The result depends on matrix, k and seed only, not on threads; unlike those of
/// the other algorithms its last bits may differ between processors, because linfa's matrix products do.
///
/// # Errors
/// [`ClusterError::TooManyClusters`] when k exceeds the rows, [`ClusterError::Parameter`] when it is 0,
/// [`ClusterError::Mixture`] when no fit succeeds – mostly because components collapse – and [`ClusterError::Stopped`].
///
/// ```
/// use segmint::cluster::gmm::fit_gmm;
/// use segmint::matrix::TiledMatrix;
/// use segmint::monitor::Monitor;
/// let matrix = TiledMatrix::from_rows(&[0.0, 0.2, 0.4, 9.0, 9.1, 0.3, 9.3], 1).unwrap();
/// let fit = fit_gmm(&matrix, 2, 42, &Monitor::silent())?;
/// let clusters: Vec<usize> = fit.clusters.iter().map(|c| c.index()).collect();
/// assert_eq!(clusters, [0, 0, 0, 1, 1, 0, 1]);
/// assert!(fit.probability.iter().all(|&p| p > 0.999));
/// # Ok::<(), segmint::cluster::ClusterError>(())
/// ```
pub fn fit_gmm(matrix: &TiledMatrix, k: usize, seed: u64, monitor: &Monitor) -> Result<GmmFit, ClusterError> {
    let (n_customers, key) = (matrix.n_customers(), "cluster.kmeans.k");
    if k == 0 {
        return Err(ClusterError::Parameter { key, value: k.to_string(), allowed: "at least 1" });
    }
    if k > n_customers {
        return Err(ClusterError::TooManyClusters { key, k, n_customers });
    }
    let task = monitor.task("gaussian mixture", 2);
    let rows = sample_rows(n_customers, MAX_ROWS, seed, "gmm.sample");
    let records = records(matrix, &rows);
    let mut warnings = Vec::new();
    if rows.len() < n_customers {
        warnings.push(sampled(rows.len(), n_customers));
    }
    let (model, attempt) = learn(records, k, seed, monitor)?;
    if attempt > 0 {
        warnings.push(regularized(k, REGULARIZATIONS[attempt]));
    }
    task.advance(1);

    let drawn = memberships(matrix, |row| model.membership(row), monitor)?;
    let model = model.reordered(&order_by_size(&drawn, k));
    // Again, since the order of the components decides the last bits: scoring has to repeat them.
    let all = memberships(matrix, |row| model.membership(row), monitor)?;
    let log_density = |t: usize| all[t * TILE_ROWS..].iter().take(TILE_ROWS).map(|m| m.log_density).sum();
    let log_likelihood = reduce::ordered_sum(matrix.n_tiles(), &log_density) / n_customers as f64;
    task.advance(1);
    Ok(GmmFit {
        model,
        clusters: all.iter().map(|m| m.cluster).collect(),
        probability: all.iter().map(|m| m.probability as f32).collect(),
        log_likelihood,
        n_fitted: rows.len(),
        warnings,
    })
}

fn records(matrix: &TiledMatrix, rows: &[u32]) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), matrix.n_features()), |(i, j)| f64::from(matrix.get(rows[i] as usize, j)))
}

/// Expectation-maximization, and how many attempts failed before.
fn learn(records: Array2<f64>, k: usize, seed: u64, monitor: &Monitor) -> Result<(GmmModel, usize), ClusterError> {
    let n_customers = records.nrows();
    let variance = records.var_axis(ndarray::Axis(0), 0.0).mean().unwrap_or(0.0);
    let unit = if variance > 0.0 { variance } else { 1.0 };
    let dataset = DatasetBase::from(records);
    let mut reason = String::new();
    for (attempt, factor) in REGULARIZATIONS.into_iter().enumerate() {
        monitor.check()?;
        let number = stream(seed, "gmm.start", attempt as u64).next_u64();
        let params = GaussianMixtureModel::params_with_rng(k, Xoshiro256Plus::seed_from_u64(number))
            .tolerance(TOLERANCE)
            .max_n_iterations(MAX_PASSES)
            .reg_covariance(factor * unit)
            .check()
            .map_err(|error| ClusterError::Linfa(error.to_string()))?;
        match params.fit(&dataset) {
            Ok(fitted) => {
                let weights = fitted.weights().iter().copied().collect();
                let means = fitted.means().iter().copied().collect();
                let covariances: Vec<f64> = fitted.covariances().iter().copied().collect();
                match GmmModel::new(weights, means, &covariances) {
                    Some(model) => return Ok((model, attempt)),
                    None => reason = "a component has no spread in some direction".to_owned(),
                }
            }
            Err(error) => reason = error.to_string(),
        }
    }
    Err(ClusterError::Mixture { k, n_customers, reason })
}

/// New number → old number: by rows, descending, ties by lowest row, components without rows last.
fn order_by_size(memberships: &[Membership], k: usize) -> Vec<usize> {
    let mut rows = vec![0usize; k];
    let mut first = vec![usize::MAX; k];
    for (i, membership) in memberships.iter().enumerate() {
        let c = membership.cluster.index();
        rows[c] += 1;
        first[c] = first[c].min(i);
    }
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by_key(|&c| (Reverse(rows[c]), first[c]));
    order
}

fn sampled(n_fitted: usize, n_customers: usize) -> Warning {
    let text = Text::new(
        format!("the Gaussian mixture was learned from a fixed sample of {n_fitted} of {n_customers} customers"),
        format!("高斯混合模型由 {n_customers} 位客户中固定抽取的 {n_fitted} 位训练而成"),
    );
    Warning::new("mixture_sampled", text).with("fitted", n_fitted as u64).with("customers", n_customers as u64)
}

fn regularized(k: usize, factor: f64) -> Warning {
    let text = Text::new(
        format!(
            "the mixture of {k} Gaussians collapsed at first; {factor} of the mean variance was added to each feature"
        ),
        format!("{k} 个高斯分量的混合模型起初退化，已在各特征方差上加入平均方差的 {factor} 倍"),
    );
    Warning::new("mixture_regularized", text).with("k", k as u64).with("share_of_variance", factor)
}
