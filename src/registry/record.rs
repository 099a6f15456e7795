//! `run.json`: what a run was, what it found and how it can be repeated.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Warning;
use crate::cluster::choose_eps::ChosenEps;
use crate::cluster::choose_k::{DensityStructure, KRow, Structure, StructureVerdict};
use crate::cluster::gmm::GmmEvidence;
use crate::cluster::kmeans::StartMethod;
use crate::cluster::reconcile::Reconciliation;
use crate::cluster::{Clusterings, Evidence, FoundDbscan, FoundKMeans};
use crate::config::{Algorithm, Auto, Origins, Plan};
use crate::load::{Audit, Fingerprint};
use crate::monitor::StageSeconds;
use crate::normalize::{CategoryEncoder, FeatureChoice};

/// The format of `run.json` and of the files beside it. The major number changes when a reader has to, and
/// [`Run::open`](super::Run::open) refuses another; the minor number when keys are added.
pub const RUN_FORMAT: &str = "1.3";

/// The file with what a run leaves behind to be compared with.
pub const REFERENCE: &str = "reference.json";
/// The file with what a run says of the one it continues.
pub const REFIT: &str = "refit.json";

/// Everything about a run but its tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RunRecord {
    /// The format of the run's files, MAJOR.MINOR.
    pub format: String,
    /// The run.
    pub run_id: String,
    /// Versions of what computed it.
    pub software: Software,
    /// Seed of every random stream.
    pub seed: u64,
    /// The plan.
    pub plan: Plan,
    /// Where each value of the plan comes from: `default`, `FILE:LINE` or `--set`.
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, String>"))]
    pub origins: Origins,
    /// What was read.
    pub input: InputRecord,
    /// What was learned per feature.
    pub normalization: Vec<FeatureChoice>,
    /// The categories that count in distances, with the levels that have a matrix column each.
    #[serde(default)]
    pub categories: Vec<CategoryEncoder>,
    /// Which clustering the segments are.
    #[serde(default = "kmeans")]
    pub primary: Algorithm,
    /// Whether there is anything to find.
    pub structure: Structure,
    /// The k-means clustering.
    pub kmeans: KMeansRecord,
    /// The DBSCAN clustering; null when it is off.
    pub dbscan: Option<DbscanRecord>,
    /// The clusterings beside them.
    #[serde(flatten)]
    pub others: OtherRecords,
    /// How the two clusterings relate; null without DBSCAN.
    pub reconciliation: Option<Reconciliation>,
    /// The segments in order.
    pub segments: Vec<SegmentRecord>,
    /// What the user should know, in stage order.
    pub warnings: Vec<Warning>,
    /// Wall seconds per stage.
    pub stages: Vec<StageSeconds>,
    /// Wall seconds of the whole run.
    pub seconds: f64,
    /// Peak resident memory of the process in bytes, where the system tells.
    pub peak_memory: Option<u64>,
}

/// The primary clustering of runs that did not say.
fn kmeans() -> Algorithm {
    Algorithm::KMeans
}

/// Versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Software {
    /// segmint's.
    pub segmint: String,
    /// Operating system and processor family.
    pub platform: String,
}

impl Software {
    /// This program on this machine.
    pub fn current() -> Self {
        Software {
            segmint: env!("CARGO_PKG_VERSION").to_owned(),
            platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct InputRecord {
    /// The source as the plan resolves it.
    pub path: String,
    /// The id column; null = row number.
    pub id: Option<String>,
    /// Customers in the table.
    pub n_customers: usize,
    /// Customers that were clustered: all, but those dropped for missing values.
    pub n_clustered: usize,
    /// The features, in order.
    pub features: Vec<String>,
    /// What identifies the source.
    pub fingerprint: Fingerprint,
    /// What was counted in it.
    pub audit: Audit,
}

/// The k-means clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct KMeansRecord {
    /// What the plan asked for.
    pub requested: Auto<usize>,
    /// Clusters.
    pub k: usize,
    /// How the starting centroids were drawn.
    pub init: StartMethod,
    /// Passes of the start that won.
    pub n_iter: usize,
    /// Whether it converged.
    pub converged: bool,
    /// Σ of the squared distances to the own centroid.
    pub inertia: f64,
    /// Customers per cluster.
    pub sizes: Vec<u64>,
    /// The criteria for every k that was tried.
    pub table: Vec<KRow>,
}

impl KMeansRecord {
    /// What is recorded of k-means, of whose clusters the plan `requested` so many.
    pub fn of(found: FoundKMeans<'_>, requested: Auto<usize>) -> Self {
        let FoundKMeans { model, evidence, .. } = found;
        KMeansRecord {
            requested,
            k: model.k(),
            init: evidence.init,
            n_iter: evidence.n_iter,
            converged: evidence.converged,
            inertia: model.inertia,
            sizes: model.sizes.clone(),
            table: evidence.table.clone(),
        }
    }
}

/// The DBSCAN clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DbscanRecord {
    /// eps, min_samples and the curve eps was read from.
    #[serde(flatten)]
    pub chosen: ChosenEps,
    /// Whether it was fitted on a sample of the rows and the rest scored.
    pub sampled: bool,
    /// Clusters.
    pub n_clusters: usize,
    /// Customers in no cluster.
    pub n_noise: usize,
    /// Core customers.
    pub n_core: usize,
    /// Customers per cluster.
    pub sizes: Vec<usize>,
    /// Whether these clusters are more than fragments of one cloud; null where k-means' verdict is present and its clusters
    /// are the segments.
    #[serde(default)]
    pub structure: Option<DensityStructure>,
}

impl DbscanRecord {
    /// What is recorded of DBSCAN.
    pub fn of(found: FoundDbscan<'_>) -> Self {
        let FoundDbscan { partition, core, evidence } = found;
        DbscanRecord {
            chosen: evidence.chosen.clone(),
            sampled: evidence.sampled,
            n_clusters: partition.n_clusters(),
            n_noise: partition.n_noise(),
            n_core: core.iter().filter(|&&core| core).count(),
            sizes: partition.sizes(),
            structure: evidence.structure.clone(),
        }
    }
}

/// What is recorded of clusterings that cannot be the segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OtherRecords {
    /// The Gaussian mixture; null when it is off.
    pub gmm: Option<GmmEvidence>,
}

impl OtherRecords {
    /// What is recorded of them.
    pub fn of(clusterings: &Clusterings) -> Self {
        let gmm = clusterings.all.iter().find_map(|found| match &found.evidence {
            Evidence::Gmm(evidence) => Some(evidence.clone()),
            _ => None,
        });
        OtherRecords { gmm }
    }

    /// Each of them, as far as all kinds of clusterings have it.
    pub(crate) fn all(&self) -> Vec<OtherRecord> {
        let gmm = self.gmm.as_ref().map(|gmm| OtherRecord {
            algorithm: Algorithm::Gmm,
            mean_probability: Some(gmm.mean_probability),
            log_likelihood: gmm.log_likelihood,
            n_fitted: gmm.n_fitted,
        });
        gmm.into_iter().collect()
    }
}

/// What is recorded of one of them, whatever found it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OtherRecord {
    /// What found it.
    pub(crate) algorithm: Algorithm,
    /// Mean over customers of the probability of their cluster, where clusters have one.
    pub(crate) mean_probability: Option<f64>,
    /// The mean of ln p(x) over all customers, where there is a density.
    pub(crate) log_likelihood: Option<f64>,
    /// Customers it was learned from.
    pub(crate) n_fitted: Option<usize>,
}

/// A segment, in short; `segments.json` says the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentRecord {
    /// `S01` …
    pub segment_id: String,
    /// Its unique name in the language of the plan.
    pub segment: String,
    /// `catalog/id`; null = unmatched.
    pub archetype: Option<String>,
    /// The score of the best archetype of any catalog, matched or not.
    pub score: Option<f64>,
    /// Its customers.
    pub size: usize,
    /// Their share.
    pub share: f64,
    /// Their share of the value.
    pub value_share: Option<f64>,
    /// Mean Jaccard similarity to the cluster most like it in bootstrap samples; null where it was not measured, as without a gate.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.3")))]
    pub stability: Option<f64>,
    /// The standard error of that mean.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("x-since" = "1.3")))]
    pub stability_error: Option<f64>,
}

impl RunRecord {
    /// The verdict that decides on names: DBSCAN's own where its clusters are the segments, otherwise k-means'.
    pub fn verdict(&self) -> StructureVerdict {
        let of_segments = self.dbscan.as_ref().filter(|_| self.primary == Algorithm::Dbscan);
        let dense = of_segments.and_then(|dbscan| dbscan.structure.as_ref());
        dense.map_or(self.structure.verdict, |dense| dense.verdict)
    }

    /// The bytes that say what a run computes: the plan without threads and registry, the input, the run `against` that it
    /// continues, and the one `instead_of` which it does so. They decide the hash in its run id.
    pub fn work(plan: &Plan, fingerprint: &Fingerprint, against: Option<&str>, instead_of: Option<&str>) -> Vec<u8> {
        let mut value = serde_json::to_value(plan).expect("a plan has text keys");
        if let Some(cluster) = value.get_mut("cluster").and_then(Value::as_object_mut) {
            cluster.remove("threads");
        }
        if let Some(plan) = value.as_object_mut() {
            plan.remove("registry");
            // The place of the input is not what it holds; the fingerprint is.
            if let Some(source) = plan.get_mut("source").and_then(Value::as_object_mut) {
                source.remove("path");
            }
        }
        let against: String = against.into_iter().chain(instead_of).map(|run| format!("\n{run}")).collect();
        format!("{}\n{value}\n{}{against}", env!("CARGO_PKG_VERSION"), fingerprint.hash).into_bytes()
    }
}
