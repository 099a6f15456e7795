//! What was found: a run before it is a folder.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::refitting::Refitted;
use super::tiers::Tiers;
use crate::cluster::Clusterings;
use crate::config::{Algorithm, Plan};
use crate::label::{ClusterLabel, Labelled, Profiles};
use crate::load::{Loaded, Reading};
use crate::model::{ClusterName, FittedClustering, FittedPipeline, SegmentName};
use crate::monitor::StageSeconds;
use crate::normalize::Normalized;
use crate::refit::Baseline;
use crate::{Text, Warning};

/// Everything that was found in one table: segments, the clusterings behind them, tiers held against them.
pub struct Segmentation {
    pub(super) plan: Plan,
    pub(super) source: String,
    pub(super) loaded: Arc<Loaded>,
    pub(super) normalized: Normalized,
    pub(super) clusterings: Clusterings,
    pub(super) profiles: Profiles,
    pub(super) labelled: Labelled,
    pub(super) tiers: Tiers,
    /// The run that was to be continued.
    pub(super) baseline: Option<Arc<Baseline>>,
    /// What became of it.
    pub(super) refit: Refitted,
    pub(super) stages: Vec<StageSeconds>,
    pub(super) seconds: f64,
}

impl Segmentation {
    /// The customers.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Their matrix, and how columns became it.
    pub fn normalized(&self) -> &Normalized {
        &self.normalized
    }

    /// Every clustering.
    pub fn clusterings(&self) -> &Clusterings {
        &self.clusterings
    }

    /// The clusters of every clustering with their names and portraits.
    pub fn labelled(&self) -> &Labelled {
        &self.labelled
    }

    /// Every cluster in figures.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// The segments: the clusters of the primary clustering in order, without noise.
    pub fn segments(&self) -> impl Iterator<Item = &ClusterLabel> {
        self.clusters_of(self.clusterings.primary)
    }

    pub(super) fn clusters_of(&self, algorithm: Algorithm) -> impl Iterator<Item = &ClusterLabel> {
        let found = self.labelled.clusterings.iter().filter(move |clustering| clustering.algorithm == algorithm);
        found.flat_map(|clustering| clustering.without_noise())
    }

    /// What the user should know, in the order of the stages.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.loaded.warnings.clone();
        warnings.extend_from_slice(&self.normalized.warnings);
        warnings.extend(self.clusterings.warnings());
        warnings.extend_from_slice(&self.labelled.warnings);
        warnings.extend_from_slice(&self.tiers.warnings);
        warnings.extend_from_slice(&self.refit.warnings);
        warnings
    }

    /// The names of the segments as tables have them.
    pub(super) fn segment_names(&self) -> Vec<SegmentName> {
        self.segments().map(|cluster| self.segment_name(cluster)).collect()
    }

    pub(super) fn segment_name(&self, cluster: &ClusterLabel) -> SegmentName {
        SegmentName {
            segment_id: cluster.id.clone().unwrap_or_default(),
            segment: Text::get(&cluster.name, self.plan.label.language).to_owned(),
            archetype: cluster.archetype.clone(),
        }
    }

    /// What was learned: enough to place new customers and to say why.
    pub fn model(&self) -> FittedPipeline {
        let name = |cluster: &ClusterLabel| ClusterName {
            segment_id: cluster.id.clone(),
            name: cluster.name.clone(),
            archetype: cluster.archetype.clone(),
        };
        let of = |found: &crate::cluster::Clustering| {
            FittedClustering::of(&found.model, self.clusters_of(found.algorithm).map(name).collect())
        };
        let source = &self.plan.source;
        FittedPipeline {
            id_column: source.id.clone(),
            tier_column: source.tier.clone(),
            duplicates: source.duplicates,
            readings: self.readings(),
            language: self.plan.label.language,
            normalizer: self.normalized.normalizer.clone(),
            clusterings: self.clusterings.all.iter().map(of).collect(),
            primary: self.clusterings.primary,
        }
    }

    /// Of the features and of the tier: what scoring and explaining read again.
    fn readings(&self) -> BTreeMap<String, Reading> {
        let columns = self.normalized.normalizer.names();
        let is_read = |name: &str| self.plan.source.tier.as_deref() == Some(name) || columns.contains(&name);
        let readings = self.loaded.readings.iter().filter(|(name, _)| is_read(name));
        readings.map(|(name, reading)| (name.clone(), reading.clone())).collect()
    }
}
