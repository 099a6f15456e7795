//! A clustering as a value: what an algorithm found, what it learned, and why that is to be believed.

use super::ClusterError;
use super::choose_eps::ChosenEps;
use super::choose_k::{ChosenK, DensityStructure, KRow, Structure, density_structure};
use super::cluster_model::{ClusterModel, RowFacts};
use super::dbscan::DbscanFit;
use super::gmm::GmmEvidence;
#[cfg(feature = "linfa")]
use super::gmm::GmmFit;
use super::kmeans::StartMethod;
use super::stability::{Effort, Stability, dbscan_stability, kmeans_stability};
use crate::Warning;
use crate::config::{Algorithm, ClusterPlan};
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;

/// The clusters that one algorithm found in a matrix.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Clustering {
    /// What found them.
    pub algorithm: Algorithm,
    /// The cluster of every row; `None` is noise.
    pub partition: Partition,
    /// What the algorithm says of every row beside that.
    pub facts: RowFacts,
    /// What places further rows.
    pub model: ClusterModel,
    /// How its parameters were chosen, and how the fit went.
    pub evidence: Evidence,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// How the parameters of a clustering were chosen, and how the fit went.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// Of k-means.
    KMeans(KMeansEvidence),
    /// Of DBSCAN.
    Dbscan(DbscanEvidence),
    /// Of a Gaussian mixture.
    Gmm(GmmEvidence),
}

/// How k was chosen, and how the fit went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KMeansEvidence {
    /// The criteria of every k that was tried, ascending.
    pub table: Vec<KRow>,
    /// Whether the customers have cluster structure at all.
    pub structure: Structure,
    /// How the starting centroids were drawn.
    pub init: StartMethod,
    /// Passes of the start that won.
    pub n_iter: usize,
    /// Whether it converged.
    pub converged: bool,
}

/// How eps was chosen, and what was fitted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DbscanEvidence {
    /// eps, min_samples and what they were chosen for.
    pub chosen: ChosenEps,
    /// Rows that were fitted: all, or a sample that labels the others.
    pub n_fitted: usize,
    /// Whether a sample was fitted.
    pub sampled: bool,
    /// Whether the clusters are more than fragments; judged where k-means' verdict does not answer.
    pub structure: Option<DensityStructure>,
}

impl Clustering {
    /// k-means with the chosen k.
    pub fn of_kmeans(chosen: ChosenK, matrix: &TiledMatrix) -> Clustering {
        let ChosenK { fit, table, structure, mut warnings } = chosen;
        warnings.extend(fit.warnings);
        Clustering {
            algorithm: Algorithm::KMeans,
            facts: RowFacts::RunnersUp(fit.model.assign(matrix).runners_up),
            partition: fit.partition,
            model: ClusterModel::KMeans(fit.model),
            evidence: Evidence::KMeans(KMeansEvidence {
                table,
                structure,
                init: fit.init,
                n_iter: fit.n_iter,
                converged: fit.converged,
            }),
            warnings,
        }
    }

    /// DBSCAN with the chosen eps, fitted on `n_fitted` rows.
    pub fn of_dbscan(chosen: ChosenEps, fit: DbscanFit, n_fitted: usize) -> Clustering {
        let warnings = chosen.warnings.iter().cloned().chain(fit.warnings).collect();
        let sampled = n_fitted < fit.partition.n_rows();
        Clustering {
            algorithm: Algorithm::Dbscan,
            partition: fit.partition,
            facts: RowFacts::Core(Some(fit.core)),
            model: ClusterModel::Dbscan(fit.model),
            evidence: Evidence::Dbscan(DbscanEvidence { chosen, n_fitted, sampled, structure: None }),
            warnings,
        }
    }

    /// A Gaussian mixture; every row is in its likeliest component.
    #[cfg(feature = "linfa")]
    pub fn of_gmm(fit: GmmFit) -> Clustering {
        let evidence = fit.evidence();
        Clustering {
            algorithm: Algorithm::Gmm,
            // Components that are nobody's likeliest come last, and are no clusters of this table.
            partition: Partition::new(fit.clusters.into_iter().map(Some).collect(), evidence.sizes.len()),
            facts: RowFacts::Probability(fit.probability),
            model: ClusterModel::Gmm(fit.model),
            evidence: Evidence::Gmm(evidence),
            warnings: fit.warnings,
        }
    }

    /// Whether [`stability`](Clustering::stability) measures its clusters.
    pub fn has_stability(&self) -> bool {
        !matches!(self.evidence, Evidence::Gmm(_))
    }

    /// How steadily each of its clusters comes back when the customers change a little; `None` for a cluster of which a
    /// sample holds too few. The components of a mixture are not measured.
    ///
    /// # Errors
    /// When `monitor` ends the work.
    pub fn stability(
        &self,
        matrix: &TiledMatrix,
        plan: &ClusterPlan,
        monitor: &Monitor,
    ) -> Result<Vec<Option<Stability>>, ClusterError> {
        let seed = plan.seed;
        match (&self.evidence, &self.model) {
            (Evidence::Dbscan(evidence), ClusterModel::Dbscan(model)) => {
                let (min_samples, n_fitted) = (evidence.chosen.min_samples, evidence.n_fitted);
                let core_share = model.n_core() as f64 / n_fitted as f64;
                dbscan_stability(matrix, &self.partition, min_samples, core_share, n_fitted, seed, monitor)
            }
            (Evidence::KMeans(_), _) => {
                kmeans_stability(matrix, &self.partition, &plan.kmeans, Effort::Full, seed, monitor)
            }
            _ => Ok(vec![None; self.partition.n_clusters()]),
        }
    }

    /// Judges by themselves whether dense clusters are more than fragments of one cloud; of others there is nothing to judge
    /// here.
    ///
    /// # Errors
    /// When `monitor` ends the work.
    pub(super) fn judge_density(&mut self, matrix: &TiledMatrix, monitor: &Monitor) -> Result<(), ClusterError> {
        if let (Evidence::Dbscan(evidence), ClusterModel::Dbscan(model)) = (&mut self.evidence, &self.model) {
            let (min_samples, n_fitted) = (evidence.chosen.min_samples, evidence.n_fitted);
            let core_share = model.n_core() as f64 / n_fitted as f64;
            let found = density_structure(matrix, &self.partition, min_samples, core_share, n_fitted, monitor)?;
            evidence.structure = Some(found);
        }
        Ok(())
    }
}
