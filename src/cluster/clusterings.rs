//! Every clustering that a plan asks for.

use super::ClusterError;
use super::choose_eps::choose_eps;
use super::choose_k::{DensityStructure, StructureVerdict, choose_k_from};
use super::cluster_model::{ClusterModel, RowFacts};
use super::clustering::{Clustering, DbscanEvidence, Evidence, KMeansEvidence};
use super::dbscan::DbscanParams;
use super::kmeans::{Centroids, KMeansModel, RunnersUp, Shards};
use super::reconcile::{Reconciliation, reconcile};
use crate::Warning;
use crate::config::{Algorithm, Auto, ClusterPlan};
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;

/// Every clustering of a matrix, and which of them is the segments.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Clusterings {
    /// k-means, then DBSCAN and the mixture where the plan asks for them.
    pub all: Vec<Clustering>,
    /// Whose clusters are the segments.
    pub primary: Algorithm,
    /// What k-means and DBSCAN make of each other; `None` without DBSCAN.
    pub reconciliation: Option<Reconciliation>,
}

/// The k-means clustering in its parts.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FoundKMeans<'a> {
    /// The cluster of every row.
    pub partition: &'a Partition,
    /// The centroids.
    pub model: &'a KMeansModel,
    /// Who came second; `None` when there is one cluster only.
    pub runners_up: Option<&'a RunnersUp>,
    /// How k was chosen.
    pub evidence: &'a KMeansEvidence,
}

/// The DBSCAN clustering in its parts.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FoundDbscan<'a> {
    /// The cluster of every row; `None` is noise.
    pub partition: &'a Partition,
    /// Which rows are core.
    pub core: &'a [bool],
    /// How eps was chosen.
    pub evidence: &'a DbscanEvidence,
}

impl Clusterings {
    /// Finds them: k-means and DBSCAN side by side in the thread pool, then the mixture with the k of k-means.
    ///
    /// `warm` are centroids of an earlier run, one start more for their k. Deterministic for matrix, plan and `warm`; threads
    /// change nothing.
    ///
    /// # Errors
    /// When a parameter does not fit the matrix, the mixture does not come to an end, or `monitor` ends the work.
    pub fn find(
        matrix: &TiledMatrix,
        plan: &ClusterPlan,
        warm: Option<&Centroids>,
        monitor: &Monitor,
    ) -> Result<Clusterings, ClusterError> {
        Clusterings::find_in(matrix, None, plan, warm, monitor)
    }

    /// [`find`](Clusterings::find) where `shards` have the rows of the matrix too: they fit k-means, and everything else is done here.
    pub(crate) fn find_in(
        matrix: &TiledMatrix,
        shards: Option<&dyn Shards>,
        plan: &ClusterPlan,
        warm: Option<&Centroids>,
        monitor: &Monitor,
    ) -> Result<Clusterings, ClusterError> {
        // Begun here, so that they are noted in this order whichever thread comes first.
        let kmeans_stage = monitor.stage("k-means");
        let dbscan_stage = plan.dbscan.enabled.then(|| monitor.stage("dbscan"));
        let (kmeans, dbscan) = rayon::join(
            || {
                let kmeans = choose_k_from(matrix, shards, &plan.kmeans, plan.seed, warm, monitor);
                kmeans_stage.end();
                kmeans.map(|chosen| Clustering::of_kmeans(chosen, matrix))
            },
            || {
                let found = plan.dbscan.enabled.then(|| dbscan(matrix, plan, monitor));
                drop(dbscan_stage);
                found.transpose()
            },
        );
        let mut all = vec![kmeans?];
        all.extend(dbscan?);
        let mut found = Clusterings { all, primary: plan.primary, reconciliation: None };
        // Where k-means found compact groups, they are what DBSCAN's clusters are held against.
        let is_compact = found.kmeans().evidence.structure.verdict == StructureVerdict::Present;
        if plan.primary == Algorithm::Dbscan || !is_compact {
            found.all.iter_mut().try_for_each(|clustering| clustering.judge_density(matrix, monitor))?;
        }
        if plan.gmm.enabled {
            let _stage = monitor.stage("gmm");
            let k = found.kmeans().model.k();
            found.all.push(mixture(matrix, k, plan.seed, monitor)?);
        }
        found.reconciliation = found.dbscan().map(|dbscan| reconcile(found.kmeans().partition, dbscan.partition));
        Ok(found)
    }

    /// The clustering of `algorithm`, when there is one.
    pub fn get(&self, algorithm: Algorithm) -> Option<&Clustering> {
        self.all.iter().find(|clustering| clustering.algorithm == algorithm)
    }

    /// The clustering whose clusters are the segments.
    pub fn primary(&self) -> &Clustering {
        self.get(self.primary).expect("a plan makes no clustering primary that it does not ask for")
    }

    /// k-means, which there always is.
    pub fn kmeans(&self) -> FoundKMeans<'_> {
        let found =
            self.all.iter().find_map(|clustering| match (&clustering.model, &clustering.facts, &clustering.evidence) {
                (ClusterModel::KMeans(model), RowFacts::RunnersUp(runners_up), Evidence::KMeans(evidence)) => {
                    Some(FoundKMeans {
                        partition: &clustering.partition,
                        model,
                        runners_up: runners_up.as_ref(),
                        evidence,
                    })
                }
                _ => None,
            });
        found.expect("every plan asks for k-means")
    }

    /// DBSCAN, when it ran.
    pub fn dbscan(&self) -> Option<FoundDbscan<'_>> {
        self.all.iter().find_map(|clustering| match (&clustering.facts, &clustering.evidence) {
            (RowFacts::Core(Some(core)), Evidence::Dbscan(evidence)) => {
                Some(FoundDbscan { partition: &clustering.partition, core, evidence })
            }
            _ => None,
        })
    }

    /// Whether the clusters of `algorithm` can be told from those of structureless customers: by their own evidence where
    /// it was judged, else by that of k-means.
    pub fn is_structured(&self, algorithm: Algorithm) -> bool {
        let compact = self.kmeans().evidence.structure.verdict;
        let dense = self.dbscan().and_then(|dbscan| dbscan.evidence.structure.as_ref());
        let verdict = match (algorithm, dense) {
            (Algorithm::Dbscan, Some(dense)) => dense.verdict,
            _ => compact,
        };
        verdict == StructureVerdict::Present
    }

    /// What all of them noticed, in order.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for clustering in &self.all {
            warnings.extend_from_slice(&clustering.warnings);
            if let Evidence::Dbscan(DbscanEvidence { structure: Some(structure), .. }) = &clustering.evidence
                && self.primary == Algorithm::Dbscan
            {
                warnings.extend(DensityStructure::warning(structure));
            }
        }
        warnings
    }
}

/// Refuses a plan that asks for what this build has not.
///
/// # Errors
/// [`ClusterError::NoMixture`].
pub fn refuse_unavailable(plan: &ClusterPlan) -> Result<(), ClusterError> {
    match plan.gmm.enabled && !cfg!(feature = "linfa") {
        true => Err(ClusterError::NoMixture),
        false => Ok(()),
    }
}

/// Refuses a plan that asks for what cannot be done where others go over the rows.
///
/// # Errors
/// [`ClusterError::MixtureInShards`].
pub(crate) fn refuse_in_shards(plan: &ClusterPlan) -> Result<(), ClusterError> {
    if plan.gmm.enabled { Err(ClusterError::MixtureInShards) } else { Ok(()) }
}

/// Clusterings beside k-means and DBSCAN that a plan asks for.
pub(crate) fn n_further(plan: &ClusterPlan) -> usize {
    usize::from(plan.gmm.enabled)
}

/// Bytes while they are fitted to `n` rows with `d` features, in `k` clusters.
pub(crate) fn further_bytes(plan: &ClusterPlan, n: u64, d: u64, k: u64) -> u64 {
    if plan.gmm.enabled { super::gmm::bytes(n, d, k) } else { 0 }
}

#[cfg(feature = "linfa")]
fn mixture(matrix: &TiledMatrix, k: usize, seed: u64, monitor: &Monitor) -> Result<Clustering, ClusterError> {
    Ok(Clustering::of_gmm(super::gmm::fit_gmm(matrix, k, seed, monitor)?))
}

#[cfg(not(feature = "linfa"))]
fn mixture(_: &TiledMatrix, _: usize, _: u64, _: &Monitor) -> Result<Clustering, ClusterError> {
    Err(ClusterError::NoMixture)
}

fn dbscan(matrix: &TiledMatrix, plan: &ClusterPlan, monitor: &Monitor) -> Result<Clustering, ClusterError> {
    let (n, seed, mut dbscan) = (matrix.n_customers(), plan.seed, plan.dbscan.clone());
    let n_columns = matrix.n_table_columns();
    if n_columns < matrix.n_features() && dbscan.min_samples == Auto::Auto {
        // The indicators of a category are one column.
        dbscan.min_samples = Auto::Given((2 * n_columns).max(5));
    }
    let chosen = choose_eps(matrix, &dbscan, seed, monitor)?;
    let params = DbscanParams::new(chosen.eps, chosen.min_samples).check()?;
    let n_fitted = dbscan.rows.map_or(n, |rows| rows.min(n));
    let fit = match n_fitted < n {
        true => params.fit_sampled(matrix, n_fitted, seed, monitor)?,
        false => params.fit(matrix, monitor)?,
    };
    Ok(Clustering::of_dbscan(chosen, fit, n_fitted))
}
