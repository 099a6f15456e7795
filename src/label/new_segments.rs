//! What may be segments that no catalog knows.

use serde::{Deserialize, Serialize};

use super::{ClusterLabel, FoundIn, TopFeature};
use crate::cluster::Isolation;
use crate::cluster::stability::Stability;
use crate::metrics::ClusterId;
use crate::{Text, Warning};

/// Unmatched clusters of every clustering and dense groups among the noise that are small, compact, apart and stable.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NewSegments {
    /// The candidates: those of the primary clustering, of the other one, and of the noise, each in its order.
    pub candidates: Vec<NewSegment>,
    /// The look at the noise; null when there was none.
    pub noise: Option<NoiseLook>,
    /// What was not looked for, or not measured, and why.
    pub skipped: Vec<Warning>,
}

/// A candidate for a new segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NewSegment {
    /// `S01` … when it is a segment of the run, else `C01` ….
    pub id: String,
    /// What found it.
    pub found_in: FoundIn,
    /// Its number there, from 0.
    pub cluster: ClusterId,
    /// In runs of earlier versions, the segment that holds about the same customers; such a group is no candidate any more.
    #[serde(default)]
    pub same_as: Option<String>,
    /// Its generated name.
    pub name: Text,
    /// Its customers.
    pub size: usize,
    /// Its share of all customers.
    pub share: f64,
    /// The sum of the money column over its customers.
    pub value: Option<f64>,
    /// Its part of that sum over all customers.
    pub value_share: Option<f64>,
    /// Whether it comes back in bootstrap samples.
    pub stability: Option<Stability>,
    /// How compact it is, and how far apart; null in runs of before this was asked.
    #[serde(default)]
    pub isolation: Option<Isolation>,
    /// The features that set it apart most, strongest first.
    pub top_features: Vec<TopFeature>,
}

/// DBSCAN on the noise alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NoiseLook {
    /// Noise customers.
    pub n_noise: usize,
    /// The radius, chosen from them.
    pub eps: f64,
    /// The neighbours that make a customer core.
    pub min_samples: usize,
    /// Dense groups of a size worth a name.
    pub n_groups: usize,
    /// Those of them that an archetype matches, so that they are nothing new. The others are candidates if they are compact,
    /// apart and stable too.
    pub n_known: usize,
    /// Dense groups that are too small, or nearly all of the noise.
    pub n_left_out: usize,
}

impl NewSegments {
    /// Adds a candidate; one that is no segment is numbered `C01` ….
    ///
    /// # Panics
    /// When `cluster` is noise.
    pub fn push(&mut self, cluster: &ClusterLabel, found_in: FoundIn, stability: Stability, isolation: Isolation) {
        let numbered = self.candidates.iter().filter(|candidate| candidate.id.starts_with('C')).count() + 1;
        self.candidates.push(NewSegment {
            id: cluster.id.clone().unwrap_or_else(|| format!("C{numbered:02}")),
            found_in,
            cluster: cluster.cluster.expect("noise is no candidate"),
            same_as: None,
            name: cluster.name.clone(),
            size: cluster.size,
            share: cluster.share,
            value: cluster.value,
            value_share: cluster.value_share,
            stability: Some(stability),
            isolation: Some(isolation),
            top_features: cluster.top_features.clone(),
        });
    }
}
