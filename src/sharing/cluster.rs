use serde::Serialize;

use super::portrait::{SharedPortrait, shared_match};
use super::{Screen, Shown};
use crate::Text;
use crate::label::{CatalogMatch, ClusterLabel, Extreme, TopFeature};
use crate::metrics::ClusterId;

/// A cluster of the primary clustering, or its noise, with its portrait.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedCluster {
    /// `S01` …; null for noise.
    pub id: Option<String>,
    /// Its number; null is noise.
    pub cluster: Option<ClusterId>,
    /// Its name.
    pub name: Text,
    /// The matched archetype as `catalog/id`.
    pub archetype: Option<String>,
    /// Its customers.
    pub size: Shown<usize>,
    /// Their share of all.
    pub share: Shown<f64>,
    /// The sum of the money column over them.
    pub value: Shown<Option<f64>>,
    /// Its part of that sum over all.
    pub value_share: Shown<Option<f64>>,
    /// What to do about them.
    pub action: Option<Text>,
    /// What every applicable catalog says.
    pub catalogs: Vec<CatalogMatch>,
    /// The features that set it apart most.
    pub top_features: Vec<SharedTopFeature>,
    /// Row numbers of typical customers; none where ids are hashed.
    pub representatives: Shown<Vec<usize>>,
    /// Their ids as they are shared.
    pub representative_ids: Shown<Vec<String>>,
    /// What a person wants to read about it; null for noise and in runs of early versions.
    pub portrait: Option<SharedPortrait>,
    /// Whether it is a handful of people, of whom no figure is told.
    pub held_back: bool,
    /// The score of its archetype; the best that any catalog gave where none matches.
    #[serde(skip)]
    pub score: Option<f64>,
    /// The level that most of its customers have, of every category that counts in distances.
    #[serde(skip)]
    pub commonest_levels: Vec<(String, Shown<Option<String>>)>,
    /// Where the run's files have it, `FILE#/POINTER`.
    #[serde(skip)]
    pub pointer: String,
}

/// A feature that sets a cluster apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedTopFeature {
    /// The column.
    pub feature: String,
    /// P(member > non-member) + ½ P(equal).
    pub position: f64,
    /// The end of the column the cluster stands at, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extreme: Option<Extreme>,
    /// The cluster's median.
    pub median: Shown<Option<f64>>,
    /// The median of all customers.
    pub overall_median: Option<f64>,
}

impl SharedCluster {
    pub(super) fn of(screen: &Screen<'_>, cluster: &ClusterLabel, pointer: String) -> Self {
        let (small, shown) = (screen.is_small(cluster), screen.cluster_is_shown(cluster));
        let ids = &screen.rules.ids;
        // Row numbers are ids too.
        let rows = if ids.are_hashed() { Vec::new() } else { cluster.representatives.clone() };
        let top = |top: &TopFeature| SharedTopFeature {
            feature: top.feature.clone(),
            position: screen.coarse(cluster, top.position),
            extreme: top.extreme,
            median: Shown::maybe(!small, top.median),
            overall_median: top.overall_median,
        };
        SharedCluster {
            id: cluster.id.clone(),
            cluster: cluster.cluster,
            name: cluster.name.clone(),
            archetype: cluster.archetype.clone(),
            size: Shown::when(shown && !small, cluster.size),
            share: Shown::when(shown && !small, cluster.share),
            value: Shown::maybe(shown && !small && screen.value_is_shown(cluster), cluster.value),
            value_share: Shown::maybe(shown && !small && screen.value_is_shown(cluster), cluster.value_share),
            action: cluster.action.clone(),
            catalogs: cluster.catalogs.iter().map(|said| shared_match(screen, cluster, said)).collect(),
            top_features: cluster.top_features.iter().map(top).collect(),
            representatives: Shown::when(!small, rows),
            representative_ids: Shown::when(!small, shared_ids(screen, cluster)),
            portrait: cluster.portrait.as_ref().map(|portrait| SharedPortrait::of(screen, cluster, portrait)),
            held_back: small,
            score: screen.coarse_score(Some(cluster), cluster.score()),
            commonest_levels: commonest_levels(screen, cluster),
            pointer,
        }
    }

    /// Its customers, where they may be told.
    pub fn size(&self) -> Option<u64> {
        self.size.value().map(|&size| size as u64)
    }
}

/// The level that most customers of a cluster have, of every category that counts in distances.
fn commonest_levels(screen: &Screen<'_>, cluster: &ClusterLabel) -> Vec<(String, Shown<Option<String>>)> {
    let shown = screen.cluster_is_shown(cluster) && !screen.is_small(cluster);
    let commonest = |attribute: &str| {
        let levels = &cluster.attributes.iter().find(|other| other.attribute == attribute)?.levels;
        levels.iter().reduce(|most, level| if level.n > most.n { level } else { most })?.level.clone()
    };
    let categories = screen.categories();
    categories.map(|category| (category.to_owned(), Shown::when(shown, commonest(category)))).collect()
}

/// The ids of the representatives as they may be shown; none of a handful of people.
pub(super) fn shared_ids(screen: &Screen<'_>, cluster: &ClusterLabel) -> Vec<String> {
    let ids = cluster.representative_ids.iter().filter(|_| !screen.is_small(cluster));
    ids.map(|id| screen.rules.ids.shown(id)).collect()
}
