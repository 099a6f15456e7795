//! What may be new segments: unmatched clusters, dense groups among the noise, and how steady they are.

use super::PipelineError;
use super::clusters::Clusters;
use crate::cluster::noise_groups::{NoNoiseGroups, NoiseGroups, SMALLEST_GROUP, noise_groups};
use crate::cluster::stability::{Effort, Stability, best_matches, dbscan_stability, kmeans_stability};
use crate::config::{Algorithm, Plan};
use crate::label::{ClusterLabel, FoundIn, Labelled, LabelledClustering, NewSegments, NoiseLook};
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;
use crate::{Text, Warning};

/// Jaccard similarity from which two clusters are about the same customers.
const SAME: f64 = 0.5;
/// A cluster with more than this share of the customers is no find.
const LARGEST_SHARE: f64 = 0.9;

/// The search for new segments in one run.
pub(super) struct Search<'a> {
    pub(super) plan: &'a Plan,
    pub(super) matrix: &'a TiledMatrix,
    pub(super) clusters: &'a Clusters,
    /// Whether the clusters can be told from those of structureless customers.
    pub(super) structure: bool,
}

impl Search<'_> {
    /// Looks for dense groups among the noise; without, says why.
    pub(super) fn noise(&self, monitor: &Monitor) -> Result<Result<NoiseGroups, Option<Warning>>, PipelineError> {
        let Some(density) = self.clusters.dbscan.as_ref().filter(|_| self.structure) else {
            return Ok(Err(None));
        };
        let (partition, seed) = (&density.fit.partition, self.plan.cluster.seed);
        let found = noise_groups(self.matrix, partition, density.chosen.min_samples, seed, monitor)?;
        let n_noise = partition.n_noise();
        Ok(found.map_err(|why| (n_noise > 0).then(|| not_looked_at(why, n_noise))))
    }

    /// The candidates among named clusters; `of_noise` are the groups of the noise, named.
    pub(super) fn candidates(
        &self,
        labelled: &Labelled,
        noise: Result<NoiseGroups, Option<Warning>>,
        of_noise: &[ClusterLabel],
        monitor: &Monitor,
    ) -> Result<NewSegments, PipelineError> {
        let mut found = NewSegments::default();
        if !self.structure {
            let message = Text::new(
                "no structure was found, so no cluster is a candidate for a new segment",
                "未发现聚类结构,因此没有候选新客群",
            );
            found.skipped.push(Warning::new("no_structure", message));
            return Ok(found);
        }
        let (primary, others): (Vec<_>, Vec<_>) =
            labelled.clusterings.iter().partition(|clustering| clustering.primary);
        for clustering in primary.into_iter().chain(others) {
            self.unmatched(clustering, labelled, &mut found, monitor)?;
        }
        match noise {
            Ok(groups) => {
                let new = of_noise.iter().filter(|group| group.archetype.is_none());
                found.noise = Some(NoiseLook {
                    n_noise: groups.n_noise,
                    eps: groups.eps,
                    min_samples: groups.min_samples,
                    n_groups: groups.partition.n_clusters(),
                    n_known: groups.partition.n_clusters() - new.clone().count(),
                    n_left_out: groups.n_left_out,
                });
                for group in new {
                    let stability = group.cluster.and_then(|cluster| groups.stability[cluster.index()]);
                    found.push(group, FoundIn::Noise, None, stability);
                }
            }
            Err(why) => found.skipped.extend(why),
        }
        Ok(found)
    }

    /// Adds the unmatched clusters of one clustering.
    fn unmatched(
        &self,
        clustering: &LabelledClustering,
        labelled: &Labelled,
        found: &mut NewSegments,
        monitor: &Monitor,
    ) -> Result<(), PipelineError> {
        let partition = self.partition(clustering.algorithm);
        let unmatched: Vec<&ClusterLabel> =
            clustering.clusters.iter().filter(|label| label.cluster.is_some() && label.archetype.is_none()).collect();
        // Of the other clustering, neither crumbs nor one cluster of everybody are finds.
        let is_find =
            |label: &&&ClusterLabel| clustering.primary || (SMALLEST_GROUP..=LARGEST_SHARE).contains(&label.share);
        let finds: Vec<&&ClusterLabel> = unmatched.iter().filter(is_find).collect();
        if finds.len() < unmatched.len() {
            found.skipped.push(left_out(clustering.algorithm, unmatched.len() - finds.len()));
        }
        if finds.is_empty() {
            return Ok(());
        }
        let primary = labelled.primary().filter(|_| !clustering.primary);
        let alike = primary.map(|primary| (primary, best_matches(partition, self.partition(primary.algorithm))));
        let same_as = |label: &ClusterLabel| {
            let (primary, alike) = alike.as_ref()?;
            let same = alike[label.cluster?.index()].filter(|same| same.jaccard >= SAME)?;
            primary.clusters[same.cluster.index()].id.clone()
        };
        // What segments hold already needs no measure of its own.
        let stability = match finds.iter().all(|label| same_as(label).is_some()) {
            true => vec![None; partition.n_clusters()],
            false => self.stability(clustering.algorithm, found, monitor)?,
        };
        for label in finds {
            let cluster = label.cluster.expect("noise was left out").index();
            found.push(label, clustering.algorithm.into(), same_as(label), stability[cluster]);
        }
        Ok(())
    }

    fn partition(&self, algorithm: Algorithm) -> &Partition {
        match (algorithm, &self.clusters.dbscan) {
            (Algorithm::Dbscan, Some(density)) => &density.fit.partition,
            _ => &self.clusters.kmeans.fit.partition,
        }
    }

    /// The stability of every cluster; when it was not measured, `found` says so.
    fn stability(
        &self,
        algorithm: Algorithm,
        found: &mut NewSegments,
        monitor: &Monitor,
    ) -> Result<Vec<Option<Stability>>, PipelineError> {
        let (partition, seed) = (self.partition(algorithm), self.plan.cluster.seed);
        let stability = match (algorithm, &self.clusters.dbscan) {
            (Algorithm::Dbscan, Some(density)) => {
                let n = self.matrix.n_customers();
                let n_fitted = self.plan.cluster.dbscan.rows.map_or(n, |rows| rows.min(n));
                let core_share = density.fit.model.n_core() as f64 / n_fitted as f64;
                let min_samples = density.chosen.min_samples;
                dbscan_stability(self.matrix, partition, min_samples, core_share, n_fitted, seed, monitor)?
            }
            _ => {
                let plan = &self.plan.cluster.kmeans;
                kmeans_stability(self.matrix, partition, plan, Effort::Full, seed, monitor)?
            }
        };
        if stability.iter().all(Option::is_none) {
            found.skipped.push(not_measured(partition.n_clusters()));
        }
        Ok(stability)
    }
}

fn not_looked_at(why: NoNoiseGroups, n_noise: usize) -> Warning {
    let (en, zh) = match why {
        NoNoiseGroups::TooLittle => ("there is too little of it", "噪声数量过少"),
        NoNoiseGroups::TooMuch => {
            ("it is more than half of the customers, so there is no remainder", "噪声超过客户的一半")
        }
    };
    let message =
        Text::new(format!("the noise was not searched for dense groups: {en}"), format!("未在噪声中搜索密集群体:{zh}"));
    Warning::new("noise_not_searched", message).with("n_noise", n_noise)
}

fn left_out(algorithm: Algorithm, n: usize) -> Warning {
    let name = algorithm.name();
    let (smallest, largest) = (100.0 * SMALLEST_GROUP, 100.0 * LARGEST_SHARE);
    let message = Text::new(
        format!(
            "unmatched {name} clusters under {smallest} % or above {largest} % of the customers are not candidates: {n}"
        ),
        format!("占客户不足 {smallest}% 或超过 {largest}% 的未匹配 {name} 聚类不列为候选:{n} 个"),
    );
    Warning::new("clusters_left_out", message).with("clustering", name).with("n_clusters", n)
}

fn not_measured(n_clusters: usize) -> Warning {
    let message = Text::new(
        format!("the stability of {n_clusters} clusters was not measured: a sample holds too few customers of each"),
        format!("未评估 {n_clusters} 个聚类的稳定性:样本中每个聚类的客户过少"),
    );
    Warning::new("stability_not_measured", message).with("n_clusters", n_clusters)
}
