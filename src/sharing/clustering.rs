use super::{Screen, Shown};
use crate::Text;
use crate::config::Algorithm;
use crate::label::LabelledClustering;
use crate::metrics::ClusterId;

/// A clustering that a run has beside those of k-means and DBSCAN.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedClustering {
    /// What found it.
    pub algorithm: Algorithm,
    /// Its clusters in order, noise last if there is any.
    pub clusters: Vec<SharedSize>,
    /// The mean over all customers of the probability of their cluster, to two digits; null where there are no probabilities.
    pub mean_probability: Option<f64>,
    /// The mean of ln p(x) over all customers, to two digits; null where there is no density.
    pub log_likelihood: Option<f64>,
    /// Customers it was learned from, where that is recorded.
    pub n_fitted: Option<usize>,
}

/// A cluster, and how large it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedSize {
    /// Its number; null is noise.
    pub cluster: Option<ClusterId>,
    /// Its name.
    pub name: Text,
    /// Its customers.
    pub size: Shown<u64>,
    /// Their share of all.
    pub share: Shown<f64>,
    /// Where the run's files have it, `FILE#/POINTER`.
    pub pointer: String,
}

impl SharedClustering {
    /// Those that the run has.
    pub(super) fn all(screen: &Screen<'_>) -> Vec<Self> {
        let clusterings = screen.run.labelled.clusterings.iter().enumerate();
        let further = clusterings.filter(|(_, clustering)| clustering.algorithm.is_further());
        further.map(|(at, clustering)| SharedClustering::of(screen, clustering, at)).collect()
    }

    /// The one that stands at place `at` in the run's files.
    fn of(screen: &Screen<'_>, clustering: &LabelledClustering, at: usize) -> Self {
        let algorithm = clustering.algorithm;
        let sizes = clustering.clusters.iter().zip(screen.sizes_of(algorithm)).enumerate();
        let clusters = sizes.map(|(c, (cluster, size))| SharedSize {
            cluster: cluster.cluster,
            name: cluster.name.clone(),
            size: size.into(),
            share: Shown::when(size.is_some(), cluster.share),
            pointer: format!("segments.json#/clusterings/{at}/clusters/{c}"),
        });
        let clusters = clusters.collect();
        let recorded = screen.run.record.others.all().into_iter().find(|other| other.algorithm == algorithm);
        let rounded = |figure: f64| (100.0 * figure).round() / 100.0;
        SharedClustering {
            algorithm,
            clusters,
            mean_probability: recorded.as_ref().and_then(|recorded| recorded.mean_probability).map(rounded),
            log_likelihood: recorded.as_ref().and_then(|recorded| recorded.log_likelihood).map(rounded),
            n_fitted: recorded.as_ref().and_then(|recorded| recorded.n_fitted),
        }
    }

    /// Its clusters; noise is none.
    pub fn n_clusters(&self) -> usize {
        self.clusters.iter().filter(|cluster| cluster.cluster.is_some()).count()
    }
}
