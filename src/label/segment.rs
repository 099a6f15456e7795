//! Clusters with a name: what `segments.json` holds.

use serde::{Deserialize, Serialize};

use super::applicability::{CatalogUse, usage, warnings};
use super::caveats::caveats;
use super::level_name::with_levels;
use super::matching::{CatalogMatch, NEARLY_EVERYONE, Verdict, match_catalog};
use super::naming::{Nameless, noise_name, unique_names, unmatched};
use super::profile::{AttributeProfile, ClusterProfile, ColumnProfile, Profiles};
use super::{Archetype, Catalog, Extreme, LevelProfile, NewSegments, PairEffect, Portrait, Roles, SegmentRules};
use crate::config::{Algorithm, LabelPlan};
use crate::metrics::ClusterId;
use crate::{Text, Warning};

/// Named clusters of every clustering; the content of `segments.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Labelled {
    /// Customers that take part.
    pub n_customers: usize,
    /// The money column.
    pub value_column: Option<String>,
    /// Its sum over all customers.
    pub value: Option<f64>,
    /// The described columns over all customers.
    pub columns: Vec<ColumnProfile>,
    /// The attributes over all customers.
    pub attributes: Vec<AttributeProfile>,
    /// The catalogs in order of precedence, and whether they could be used.
    pub catalogs: Vec<CatalogUse>,
    /// One entry per clustering.
    pub clusterings: Vec<LabelledClustering>,
    /// The segments as readable rules; null before [`add_rules`](super::add_rules).
    #[serde(default)]
    pub rules: Option<SegmentRules>,
    /// What was left out, and why.
    pub warnings: Vec<Warning>,
    /// What may be segments that no catalog knows; empty before they are looked for.
    #[serde(default)]
    pub new_segments: NewSegments,
}

/// The named clusters of one clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LabelledClustering {
    /// What found them.
    pub algorithm: Algorithm,
    /// Whether its clusters are the segments of the run.
    pub primary: bool,
    /// The clusters in order, then noise if there is any.
    pub clusters: Vec<ClusterLabel>,
}

/// One named cluster, or noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClusterLabel {
    /// `S01` …; null for noise and outside the primary clustering.
    pub id: Option<String>,
    /// The cluster's number; null is noise.
    pub cluster: Option<ClusterId>,
    /// Its name, unique in the clustering in both languages.
    pub name: Text,
    /// The matched archetype as `catalog/id`; null when none matches.
    pub archetype: Option<String>,
    /// Its customers.
    pub size: usize,
    /// Its share of all customers.
    pub share: f64,
    /// The sum of the money column over its customers.
    pub value: Option<f64>,
    /// Its part of that sum over all customers; null unless the sum is positive.
    pub value_share: Option<f64>,
    /// What to do about these customers, from the archetype.
    pub action: Option<Text>,
    /// What every applicable catalog says, in catalog order.
    pub catalogs: Vec<CatalogMatch>,
    /// The features that set it apart most, strongest first; at most [`TOP_FEATURES`].
    pub top_features: Vec<TopFeature>,
    /// Per attribute: the levels that occur in it. A level that is not listed has share 0.
    pub attributes: Vec<AttributeLabel>,
    /// The customers nearest to its mean, nearest first: row numbers of the table from 0.
    pub representatives: Vec<usize>,
    /// What a person wants to read about a segment; null for noise and outside the primary clustering, and before
    /// [`portray`](super::portray).
    #[serde(default)]
    pub portrait: Option<Portrait>,
    /// The ids of the representatives as text; empty before the segments are recorded.
    #[serde(default)]
    pub representative_ids: Vec<String>,
}

impl ClusterLabel {
    /// The score of its archetype; the best that any catalog gave where none matches.
    pub fn score(&self) -> Option<f64> {
        let is_named = |found: &&CatalogMatch| {
            let id = format!("{}/{}", found.catalog, found.best.archetype);
            self.archetype.as_ref() == Some(&id)
        };
        let named = self.catalogs.iter().find(is_named).map(|found| found.best.score);
        named.or_else(|| self.catalogs.iter().map(|found| found.best.score).reduce(f64::max))
    }
}

/// Features shown per cluster.
pub const TOP_FEATURES: usize = 5;

/// A feature that sets a cluster apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TopFeature {
    /// The column.
    pub feature: String,
    /// P(member > non-member) + ½ P(equal).
    pub position: f64,
    /// The end of the column the cluster stands at, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extreme: Option<Extreme>,
    /// The cluster's median in original units.
    pub median: Option<f64>,
    /// The median of all customers.
    pub overall_median: Option<f64>,
}

/// An attribute inside a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AttributeLabel {
    /// The column.
    pub attribute: String,
    /// The levels that occur, in the table's order.
    pub levels: Vec<LevelLabel>,
}

/// A level of an attribute inside a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LevelLabel {
    /// The text; null where it is missing.
    pub level: Option<String>,
    /// The cluster's customers with it.
    pub n: usize,
    /// Their share of the cluster.
    pub share: f64,
    /// That share over the share among all customers.
    pub lift: f64,
}

impl LabelledClustering {
    /// Its clusters without the noise.
    pub fn without_noise(&self) -> impl Iterator<Item = &ClusterLabel> {
        self.clusters.iter().filter(|cluster| cluster.cluster.is_some())
    }
}

impl Labelled {
    /// The clustering whose clusters are the segments.
    pub fn primary(&self) -> Option<&LabelledClustering> {
        self.clusterings.iter().find(|clustering| clustering.primary)
    }

    /// What the numbers of `column` are called; the name itself for what is no described column.
    pub fn words(&self, column: &str) -> Text {
        let described = self.columns.iter().find(|described| described.name == column);
        described.map_or_else(|| Text::new(column, column), ColumnProfile::words)
    }

    /// What two segments differ in: the numbers of a column, or `column = level`.
    pub fn subject(&self, pair: &PairEffect) -> Text {
        match &pair.level {
            Some(level) => {
                let subject = format!("{} = {level}", pair.feature);
                Text::new(subject.clone(), subject)
            }
            None => self.words(&pair.feature),
        }
    }
}

/// Names the clusters of every clustering.
///
/// A cluster takes the name and action of the archetype that matches it in the first catalog in which one does
/// ([`match_catalog`]). A cluster without a match, or every cluster when `structure` is false (the clusters cannot be
/// told from those of structureless customers), is named from the features that set it apart from the others and from the
/// middle of everyone. Noise is called noise. Equal names are told apart by how their clusters compare with each other.
pub fn label(
    profiles: &Profiles,
    catalogs: &[Catalog],
    roles: &Roles,
    plan: &LabelPlan,
    primary: Algorithm,
    structure: bool,
) -> Labelled {
    let uses: Vec<CatalogUse> = catalogs.iter().map(|catalog| usage(catalog, profiles, roles)).collect();
    let applicable: Vec<&Catalog> =
        catalogs.iter().zip(&uses).filter(|(_, usage)| usage.applicable).map(|(catalog, _)| catalog).collect();
    let clusterings = profiles.clusterings.iter().map(|clustering| {
        let n_clusters = clustering.clusters.iter().filter(|cluster| cluster.cluster.is_some()).count();
        let (clusters, noise) = clustering.clusters.split_at(n_clusters);
        let mut found: Vec<Vec<CatalogMatch>> = vec![Vec::new(); n_clusters];
        for catalog in &applicable {
            let matches = match_catalog(catalog, profiles, clusters, roles, plan);
            for (found, mut one) in found.iter_mut().zip(matches) {
                one.iter_mut().filter(|_| !structure).for_each(|m| m.verdict = Verdict::NoStructure);
                found.extend(one);
            }
        }
        let is_primary = clustering.algorithm == primary;
        let mut labels = named(clusters, found, &applicable, profiles);
        for (number, label) in labels.iter_mut().enumerate().filter(|_| is_primary) {
            label.id = Some(format!("S{:02}", number + 1));
        }
        labels.extend(noise.iter().map(|noise| describe(noise, noise_name(), profiles)));
        LabelledClustering { algorithm: clustering.algorithm, primary: is_primary, clusters: labels }
    });
    let clusterings: Vec<LabelledClustering> = clusterings.collect();
    let mut warnings = warnings(plan, catalogs, &uses, profiles);
    for (labelled, profiled) in clusterings.iter().zip(&profiles.clusterings).filter(|(labelled, _)| labelled.primary) {
        warnings.extend(caveats(labelled, &profiled.clusters, profiles));
    }
    Labelled {
        n_customers: profiles.n_customers,
        value_column: profiles.value_column.clone(),
        value: profiles.value,
        columns: profiles.columns.clone(),
        attributes: profiles.attributes.clone(),
        clusterings,
        rules: None,
        warnings,
        catalogs: uses,
        new_segments: NewSegments::default(),
    }
}

/// Clusters with their final names.
fn named(
    clusters: &[ClusterProfile],
    found: Vec<Vec<CatalogMatch>>,
    catalogs: &[&Catalog],
    profiles: &Profiles,
) -> Vec<ClusterLabel> {
    let matched: Vec<Option<(&str, &Archetype)>> = found
        .iter()
        .map(|matches| {
            let first = matches.iter().find(|m| m.verdict == Verdict::Matched)?;
            let catalog = catalogs.iter().find(|catalog| catalog.id == first.catalog)?;
            Some((catalog.id.as_str(), catalog.archetype(&first.best.archetype)?))
        })
        .collect();
    let nameless: Vec<Nameless<'_>> = clusters
        .iter()
        .zip(&matched)
        .map(|(cluster, matched)| match matched {
            Some((_, archetype)) => Nameless { cluster, name: archetype.name.clone(), marks: Vec::new() },
            None => {
                let is_everyone = clusters.len() > 1 && cluster.share > NEARLY_EVERYONE;
                let mut nameless = unmatched(cluster, profiles, is_everyone);
                if !is_everyone {
                    nameless.name = with_levels(nameless.name, !nameless.marks.is_empty(), cluster, profiles);
                }
                nameless
            }
        })
        .collect();
    let names = unique_names(&nameless, profiles);
    let labels = clusters.iter().zip(names).zip(matched.iter().zip(found));
    labels
        .map(|((cluster, name), (matched, catalogs))| ClusterLabel {
            archetype: matched.map(|(catalog, archetype)| format!("{catalog}/{}", archetype.id)),
            action: matched.and_then(|(_, archetype)| archetype.action.clone()),
            catalogs,
            ..describe(cluster, name, profiles)
        })
        .collect()
}

/// What is said of a cluster without looking at any catalog.
fn describe(cluster: &ClusterProfile, name: Text, profiles: &Profiles) -> ClusterLabel {
    let top = |&j: &usize| {
        Some(TopFeature {
            feature: profiles.columns[j].name.clone(),
            position: cluster.columns[j].position?,
            extreme: Extreme::of(&profiles.columns[j].figures, &cluster.columns[j]),
            median: cluster.columns[j].median(),
            overall_median: profiles.columns[j].figures.median(),
        })
    };
    let attribute = |(overall, inside): (&AttributeProfile, &Vec<_>)| AttributeLabel {
        attribute: overall.name.clone(),
        levels: inside
            .iter()
            .map(|level: &LevelProfile| LevelLabel {
                level: overall.levels[level.level].level.clone(),
                n: level.n,
                share: level.share,
                lift: level.lift,
            })
            .collect(),
    };
    ClusterLabel {
        id: None,
        cluster: cluster.cluster,
        name,
        archetype: None,
        size: cluster.size,
        share: cluster.share,
        value: cluster.value,
        value_share: cluster.value_share,
        action: None,
        catalogs: Vec::new(),
        top_features: cluster.distinctive.iter().filter_map(top).take(TOP_FEATURES).collect(),
        attributes: profiles.attributes.iter().zip(&cluster.attributes).map(attribute).collect(),
        representatives: cluster.representatives.clone(),
        representative_ids: Vec::new(),
        portrait: None,
    }
}
