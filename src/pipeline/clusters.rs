//! k-means and DBSCAN side by side, and what follows from both.

use std::time::Instant;

use crate::Warning;
use crate::cluster::ClusterError;
use crate::cluster::choose_eps::{ChosenEps, choose_eps};
use crate::cluster::choose_k::{ChosenK, DensityStructure, Verdict, choose_k, density_structure};
use crate::cluster::dbscan::{DbscanFit, DbscanParams};
use crate::cluster::gmm::{GmmFit, fit_gmm};
use crate::cluster::kmeans::Assignment;
use crate::cluster::reconcile::{Reconciliation, reconcile};
use crate::config::{Algorithm, Auto, Plan};
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;
use crate::registry::StageSeconds;

/// Every clustering of a run.
pub(super) struct Clusters {
    pub(super) kmeans: ChosenK,
    /// Runner-up and margin of every row.
    pub(super) assignment: Assignment,
    pub(super) dbscan: Option<Density>,
    pub(super) gmm: Option<GmmFit>,
    pub(super) reconciliation: Option<Reconciliation>,
    pub(super) seconds: Vec<StageSeconds>,
}

/// DBSCAN with the parameters it ran with.
pub(super) struct Density {
    pub(super) chosen: ChosenEps,
    pub(super) fit: DbscanFit,
    pub(super) sampled: bool,
    /// Whether its clusters are more than fragments; judged where k-means' verdict does not answer.
    pub(super) structure: Option<DensityStructure>,
}

impl Clusters {
    /// Finds them all.
    pub(super) fn find(plan: &Plan, matrix: &TiledMatrix, monitor: &Monitor) -> Result<Self, ClusterError> {
        let seed = plan.cluster.seed;
        let ((kmeans, kmeans_seconds), (dbscan, dbscan_seconds)) = rayon::join(
            || timed("k-means", || choose_k(matrix, &plan.cluster.kmeans, seed, monitor)),
            || timed("dbscan", || density(plan, matrix, monitor)),
        );
        let (kmeans, mut dbscan) = (kmeans?, dbscan?);
        // Where k-means found compact groups, they are what DBSCAN's clusters are held against.
        let asked = plan.cluster.primary == Algorithm::Dbscan || kmeans.structure.verdict == Verdict::None;
        if let Some(density) = dbscan.as_mut().filter(|_| asked) {
            density.judge(plan, matrix, monitor)?;
        }
        let mut seconds = vec![kmeans_seconds];
        seconds.extend(dbscan.as_ref().map(|_| dbscan_seconds));
        let gmm = match plan.cluster.gmm.enabled {
            true => {
                let (gmm, gmm_seconds) = timed("gmm", || fit_gmm(matrix, kmeans.fit.model.k(), seed, monitor));
                seconds.push(gmm_seconds);
                Some(gmm?)
            }
            false => None,
        };
        Ok(Clusters {
            assignment: kmeans.fit.model.assign(matrix),
            reconciliation: dbscan.as_ref().map(|dbscan| reconcile(&kmeans.fit.partition, &dbscan.fit.partition)),
            kmeans,
            dbscan,
            gmm,
            seconds,
        })
    }

    /// The clusterings that are profiled, named and compared.
    pub(super) fn partitions(&self) -> Vec<(Algorithm, &Partition)> {
        let dbscan = self.dbscan.iter().map(|dbscan| (Algorithm::Dbscan, &dbscan.fit.partition));
        [(Algorithm::KMeans, &self.kmeans.fit.partition)].into_iter().chain(dbscan).collect()
    }

    /// The clustering whose clusters are the segments.
    pub(super) fn primary(&self, plan: &Plan) -> &Partition {
        let found = self.partitions().into_iter().find(|(algorithm, _)| *algorithm == plan.cluster.primary);
        found.expect("the plan does not make a disabled clustering primary").1
    }

    /// Whether the clusters of `algorithm` can be told from those of structureless customers.
    pub(super) fn structured(&self, algorithm: Algorithm) -> bool {
        let compact = self.kmeans.structure.verdict == Verdict::Present;
        let dense = self.dbscan.as_ref().and_then(|dbscan| dbscan.structure.as_ref());
        match (algorithm, dense) {
            (Algorithm::Dbscan, Some(dense)) => dense.verdict == Verdict::Present,
            _ => compact,
        }
    }

    /// What all of them noticed, in order.
    pub(super) fn warnings(&self, plan: &Plan) -> Vec<Warning> {
        let mut warnings = self.kmeans.warnings.clone();
        warnings.extend_from_slice(&self.kmeans.fit.warnings);
        if let Some(dbscan) = &self.dbscan {
            warnings.extend_from_slice(&dbscan.chosen.warnings);
            warnings.extend_from_slice(&dbscan.fit.warnings);
            let judged = dbscan.structure.as_ref().filter(|_| plan.cluster.primary == Algorithm::Dbscan);
            warnings.extend(judged.and_then(DensityStructure::warning));
        }
        warnings.extend(self.gmm.iter().flat_map(|gmm| gmm.warnings.clone()));
        warnings
    }
}

fn density(plan: &Plan, matrix: &TiledMatrix, monitor: &Monitor) -> Result<Option<Density>, ClusterError> {
    let (seed, dbscan) = (plan.cluster.seed, &plan.cluster.dbscan);
    if !dbscan.enabled {
        return Ok(None);
    }
    let mut dbscan = dbscan.clone();
    let n_columns = matrix.n_table_columns();
    if n_columns < matrix.n_features() && dbscan.min_samples == Auto::Auto {
        // The indicators of a category are one column.
        dbscan.min_samples = Auto::Given((2 * n_columns).max(5));
    }
    let chosen = choose_eps(matrix, &dbscan, seed, monitor)?;
    let params = DbscanParams::new(chosen.eps, chosen.min_samples).check()?;
    let sample = dbscan.rows.filter(|&rows| rows < matrix.n_customers());
    let fit = match sample {
        Some(rows) => params.fit_sampled(matrix, rows, seed, monitor)?,
        None => params.fit(matrix, monitor)?,
    };
    Ok(Some(Density { chosen, fit, sampled: sample.is_some(), structure: None }))
}

impl Density {
    /// The share of the fitted rows that is core, and how many were fitted.
    pub(super) fn level(&self, plan: &Plan, n: usize) -> (f64, usize) {
        let n_fitted = plan.cluster.dbscan.rows.map_or(n, |rows| rows.min(n));
        (self.fit.model.n_core() as f64 / n_fitted as f64, n_fitted)
    }

    fn judge(&mut self, plan: &Plan, matrix: &TiledMatrix, monitor: &Monitor) -> Result<(), ClusterError> {
        let (core_share, n_fitted) = self.level(plan, matrix.n_customers());
        let (partition, min_samples) = (&self.fit.partition, self.chosen.min_samples);
        self.structure = Some(density_structure(matrix, partition, min_samples, core_share, n_fitted, monitor)?);
        Ok(())
    }
}

fn timed<T>(stage: &str, work: impl FnOnce() -> T) -> (T, StageSeconds) {
    let start = Instant::now();
    let result = work();
    (result, StageSeconds { stage: stage.to_owned(), seconds: start.elapsed().as_secs_f64() })
}
