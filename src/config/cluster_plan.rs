//! `[cluster]`: what finds clusters, and how.

use serde::{Deserialize, Serialize};

use super::{Auto, KRange};
use crate::Language;

/// `[cluster]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ClusterPlan {
    /// Seed of every random stream.
    pub seed: u64,
    /// Threads; 0 = all. Never changes a result.
    pub threads: usize,
    /// Which clustering becomes the segments.
    pub primary: Algorithm,
    /// `[cluster.kmeans]`.
    pub kmeans: KMeansPlan,
    /// `[cluster.dbscan]`.
    pub dbscan: DbscanPlan,
    /// `[cluster.gmm]`.
    pub gmm: GmmPlan,
}

/// What finds clusters. Those of k-means and of DBSCAN can become the segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// k-means.
    #[serde(rename = "kmeans")]
    KMeans,
    /// DBSCAN.
    Dbscan,
    /// The Gaussian mixture.
    Gmm,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Algorithm; 3] = [Algorithm::KMeans, Algorithm::Dbscan, Algorithm::Gmm];

    /// The name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::KMeans => "kmeans",
            Algorithm::Dbscan => "dbscan",
            Algorithm::Gmm => "gmm",
        }
    }

    /// What people call it.
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Algorithm::KMeans => "k-means",
            Algorithm::Dbscan => "DBSCAN",
            Algorithm::Gmm => language.say("Gaussian mixture", "高斯混合"),
        }
    }

    /// Whether it is neither k-means nor DBSCAN, which have places of their own in files and pages.
    pub(crate) fn is_further(self) -> bool {
        !matches!(self, Algorithm::KMeans | Algorithm::Dbscan)
    }

    /// Whether it leaves customers in no cluster.
    pub fn leaves_noise(self) -> bool {
        self == Algorithm::Dbscan
    }
}

/// `[cluster.kmeans]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct KMeansPlan {
    /// The number of clusters, ≥ 1.
    pub k: Auto<usize>,
    /// What `auto` tries.
    pub k_range: KRange,
    /// How starting centroids are drawn.
    pub init: Init,
    /// Starts per k, ≥ 1; `auto` makes up to 10 of them, until a better one is unlikely.
    pub n_init: Auto<usize>,
    /// Passes per start, ≥ 1.
    pub max_iter: usize,
    /// Movement, relative to the mean feature variance, below which a start has converged; ≥ 0.
    pub tol: f64,
}

impl KMeansPlan {
    /// Starts per k where the shape of a good fit is enough, at most `most`.
    pub(crate) fn few_starts(&self, most: usize) -> usize {
        match self.n_init {
            Auto::Auto => most,
            Auto::Given(n_init) => n_init.min(most),
        }
    }
}

/// How starting centroids are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Init {
    /// By the size n·k·d.
    #[serde(rename = "auto")]
    Auto,
    /// Greedy k-means++.
    #[serde(rename = "k-means++")]
    PlusPlus,
    /// k-means||.
    #[serde(rename = "k-means||")]
    Parallel,
}

/// `[cluster.dbscan]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DbscanPlan {
    /// Whether DBSCAN runs at all.
    pub enabled: bool,
    /// The radius in normalized units, > 0 and finite.
    pub eps: Auto<f64>,
    /// Neighbours, itself included, that make a row core; ≥ 1.
    pub min_samples: Auto<usize>,
    /// `None` = all rows; N = fit on a fixed sample of N rows.
    pub rows: Option<usize>,
}

/// `[cluster.gmm]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct GmmPlan {
    /// Whether a Gaussian mixture is fitted with the chosen k.
    pub enabled: bool,
}
