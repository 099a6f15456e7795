use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use crate::cluster::{ClusterError, Membership};
use crate::metrics::ClusterId;

/// The parameters of a Gaussian mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct GmmModel {
    parts: Parts,
    /// ln w − d/2 ln 2π − Σ ln L_jj of every component.
    heights: Vec<f64>,
}

/// What is stored of a mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Parts {
    /// k weights > 0 with sum 1.
    weights: Vec<f64>,
    /// k × d.
    means: Vec<f64>,
    /// k × d × d: lower triangles L with Σ = L Lᵀ.
    factors: Vec<f64>,
}

impl GmmModel {
    /// A mixture from k `weights`, k × d `means` and k × d × d `covariances`; `None` when a covariance is not positive
    /// definite or a number not finite.
    #[cfg(any(test, feature = "linfa"))]
    pub(super) fn new(weights: Vec<f64>, means: Vec<f64>, covariances: &[f64]) -> Option<GmmModel> {
        let d = means.len() / weights.len();
        let factors: Option<Vec<Vec<f64>>> = covariances.chunks(d * d).map(|c| cholesky(c, d)).collect();
        GmmModel::try_from(Parts { weights, means, factors: factors?.concat() }).ok()
    }

    /// Components.
    pub fn k(&self) -> usize {
        self.parts.weights.len()
    }

    /// Features.
    pub fn n_features(&self) -> usize {
        self.parts.means.len() / self.k()
    }

    /// The share of every component, with sum 1.
    pub fn weights(&self) -> &[f64] {
        &self.parts.weights
    }

    /// The mean of component `c`, in normalized units.
    pub fn mean(&self, c: usize) -> &[f64] {
        let d = self.n_features();
        &self.parts.means[c * d..(c + 1) * d]
    }

    /// The covariance of component `c`, d × d, in squared normalized units.
    pub fn covariance(&self, c: usize) -> Vec<f64> {
        let d = self.n_features();
        let factor = self.factor(c);
        let entry = |i: usize, j: usize| (0..=i.min(j)).map(|l| factor[i * d + l] * factor[j * d + l]).sum();
        (0..d * d).map(|at| entry(at / d, at % d)).collect()
    }

    fn factor(&self, c: usize) -> &[f64] {
        let size = self.n_features().pow(2);
        &self.parts.factors[c * size..(c + 1) * size]
    }

    /// The likeliest component of `row` (d normalized values), O(k·d²).
    ///
    /// Works with logarithms, so a row far from every component has one too.
    ///
    /// # Panics
    /// When the row has another number of features than the mixture.
    pub fn membership(&self, row: &[f64]) -> Membership {
        assert_eq!(row.len(), self.n_features(), "one value a feature");
        let mut solved = vec![0.0; row.len()];
        let logs: Vec<f64> = (0..self.k()).map(|c| self.log_joint(c, row, &mut solved)).collect();
        let mut cluster = 0;
        for c in 1..logs.len() {
            if logs[c] > logs[cluster] {
                cluster = c;
            }
        }
        let total: f64 = logs.iter().map(|log| libm::exp(log - logs[cluster])).sum();
        Membership {
            cluster: ClusterId::new(cluster),
            probability: 1.0 / total,
            log_density: logs[cluster] + libm::log(total),
        }
    }

    /// ln w_c N(row; μ_c, Σ_c), by solving L z = row − μ.
    fn log_joint(&self, c: usize, row: &[f64], z: &mut [f64]) -> f64 {
        let (d, mean, factor) = (row.len(), self.mean(c), self.factor(c));
        let mut squares = 0.0;
        for i in 0..d {
            let line = &factor[i * d..=i * d + i];
            let known: f64 = line[..i].iter().zip(&*z).map(|(l, z)| l * z).sum();
            z[i] = (row[i] - mean[i] - known) / line[i];
            squares += z[i] * z[i];
        }
        self.heights[c] - 0.5 * squares
    }

    /// The same mixture with component `order[c]` as number c.
    #[cfg(feature = "linfa")]
    pub(super) fn reordered(&self, order: &[usize]) -> GmmModel {
        GmmModel {
            parts: Parts {
                weights: order.iter().map(|&c| self.parts.weights[c]).collect(),
                means: order.iter().flat_map(|&c| self.mean(c)).copied().collect(),
                factors: order.iter().flat_map(|&c| self.factor(c)).copied().collect(),
            },
            heights: order.iter().map(|&c| self.heights[c]).collect(),
        }
    }
}

/// The lower triangle L of the d × d matrix `m` = L Lᵀ; `None` when `m` is not positive definite.
#[cfg(any(test, feature = "linfa"))]
fn cholesky(m: &[f64], d: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..=i {
            let rest = m[i * d + j] - (0..j).map(|p| l[i * d + p] * l[j * d + p]).sum::<f64>();
            l[i * d + j] = if i == j { rest.sqrt() } else { rest / l[j * d + j] };
        }
        if !(l[i * d + i] > 0.0 && l[i * d + i].is_finite()) {
            return None;
        }
    }
    Some(l)
}

impl TryFrom<Parts> for GmmModel {
    type Error = ClusterError;

    fn try_from(parts: Parts) -> Result<Self, ClusterError> {
        let wrong = |problem: String| Err(ClusterError::ModelParts { problem });
        let Parts { weights, means, factors } = &parts;
        let (k, n_means, n_factors) = (weights.len(), means.len(), factors.len());
        if k == 0 || n_means == 0 || n_means % k != 0 || n_factors != n_means * (n_means / k) {
            return wrong(format!("a mixture of {k} weights, {n_means} means and {n_factors} covariance factors"));
        }
        if let Some(bad) = means.iter().chain(factors).find(|x| !x.is_finite()) {
            return wrong(format!("a mixture has the parameter {bad}"));
        }
        let d = n_means / k;
        let mut heights = Vec::with_capacity(k);
        for (c, &weight) in weights.iter().enumerate() {
            let diagonal = (0..d).map(|i| factors[c * d * d + i * (d + 1)]);
            if !(weight > 0.0 && weight.is_finite() && diagonal.clone().all(|l| l > 0.0)) {
                return wrong(format!("component {c} of the mixture has no weight or no spread"));
            }
            let determinant: f64 = diagonal.map(libm::log).sum();
            heights.push(libm::log(weight) - 0.5 * d as f64 * libm::log(TAU) - determinant);
        }
        Ok(GmmModel { parts, heights })
    }
}

impl From<GmmModel> for Parts {
    fn from(model: GmmModel) -> Self {
        model.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_components() -> GmmModel {
        // Correlated around the origin, narrow around (4, 0).
        GmmModel::new(vec![0.75, 0.25], vec![0.0, 0.0, 4.0, 0.0], &[2.0, 1.0, 1.0, 2.0, 0.25, 0.0, 0.0, 0.25]).unwrap()
    }

    #[test]
    fn memberships_follow_bayes() {
        let model = two_components();
        // N((2,0); 0, [2 1; 1 2]) = e^(−4/3)/(2π√3); N((2,0); (4,0), I/4) = e^(−8)/(2π/4).
        let a = 0.75 * (-4.0f64 / 3.0).exp() / (TAU * 3f64.sqrt());
        let b = 0.25 * (-8.0f64).exp() / (TAU * 0.25);
        let membership = model.membership(&[2.0, 0.0]);
        assert_eq!(membership.cluster, ClusterId::new(0));
        assert!((membership.probability - a / (a + b)).abs() < 1e-14);
        assert!((membership.log_density - (a + b).ln()).abs() < 1e-14);
    }

    #[test]
    fn rows_far_from_every_component_still_have_one() {
        let membership = two_components().membership(&[1e6, -1e6]);
        assert!(membership.probability > 0.5 && membership.log_density.is_finite());
    }

    #[test]
    fn covariances_come_back_from_their_factors() {
        let covariance = two_components().covariance(0);
        assert!(covariance.iter().zip([2.0, 1.0, 1.0, 2.0]).all(|(a, b)| (a - b).abs() < 1e-15));
        assert!(GmmModel::new(vec![1.0], vec![0.0, 0.0], &[1.0, 2.0, 2.0, 1.0]).is_none());
    }

    #[test]
    fn damaged_parameters_are_refused() {
        let text = serde_json::to_string(&two_components()).unwrap();
        assert_eq!(serde_json::from_str::<GmmModel>(&text).unwrap(), two_components());
        for (from, to) in [("0.75", "0.0"), ("[0.75,0.25]", "[1.0]"), ("0.5", "-0.5")] {
            assert!(text.contains(from));
            assert!(serde_json::from_str::<GmmModel>(&text.replace(from, to)).is_err(), "{to}");
        }
    }
}
