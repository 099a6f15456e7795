use serde::{Deserialize, Serialize};

use super::contrast::contrast;
use super::effect::{attribute_effects, feature_effects};
use super::place::matrix_place;
use super::{AttributeEffect, FeatureEffect, MatrixPlace, NeighbourContrast, SegmentRule};
use crate::Text;
use crate::config::LabelPlan;
use crate::label::applicability::usage;
use crate::label::archetype::Catalog;
use crate::label::builtin::builtin_texts;
use crate::label::matching::{CatalogMatch, Verdict, match_catalog};
use crate::label::profile::{ClusterProfile, Profiles};
use crate::label::{ClusterLabel, Labelled, Roles};

/// The id of the catalog that tells at which stage of their life customers are.
pub const LIFECYCLE: &str = "lifecycle";

/// What a person wants to read about a segment, beside its size, value and name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Portrait {
    /// How its members differ from everybody else, strongest first; every column that was observed.
    pub features: Vec<FeatureEffect>,
    /// Levels of attributes that are visibly more or less common than elsewhere, strongest first.
    pub attributes: Vec<AttributeEffect>,
    /// What the catalog [`LIFECYCLE`] says; null when there is none or its roles have no columns.
    pub lifecycle: Option<CatalogMatch>,
    /// The cell of value and frequency; null without these columns.
    pub matrix: Option<MatrixPlace>,
    /// What to do about these customers, of the archetype they are named after; where there are clusters but no archetype
    /// fits this one, to look at it.
    pub action: Option<Text>,
    /// The nearest other segment and in what it differs.
    pub neighbour: Option<NeighbourContrast>,
    /// Who is in it, as conditions on original units; null before [`add_rules`](super::add_rules), and when the tree
    /// does not tell it apart.
    pub rule: Option<SegmentRule>,
    /// Typical customers, the most typical first.
    pub representatives: Vec<Representative>,
}

/// A typical customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Representative {
    /// The row of the table from 0.
    pub row: usize,
    /// What the customer has in every column of [`Portrait::features`], in that order; null where it is missing.
    pub values: Vec<Option<f64>>,
}

/// The catalog [`LIFECYCLE`] that ships with segmint, unless `catalogs` has one of this id, or none ships.
pub fn lifecycle_catalog(catalogs: &[Catalog]) -> Option<Catalog> {
    if catalogs.iter().any(|catalog| catalog.id == LIFECYCLE) {
        return None;
    }
    let (id, text) = builtin_texts().iter().find(|(id, _)| *id == LIFECYCLE)?;
    Some(Catalog::parse(text, id).expect("shipped catalogs have no mistakes"))
}

/// Gives every cluster of the primary clustering its portrait, noise none. `catalogs`, `roles`, `plan` and `structure` are
/// those the clusters were named by; when the catalog [`LIFECYCLE`] is not among the catalogs, the one that ships with
/// segmint is asked beside them.
pub fn portray(
    labelled: &mut Labelled,
    profiles: &Profiles,
    catalogs: &[Catalog],
    roles: &Roles,
    plan: &LabelPlan,
    structure: bool,
) {
    let asked = lifecycle_catalog(catalogs).filter(|catalog| usage(catalog, profiles, roles).applicable);
    for clustering in labelled.clusterings.iter_mut().filter(|clustering| clustering.primary) {
        let found = profiles.clusterings.iter().find(|profiled| profiled.algorithm == clustering.algorithm);
        let clusters = found.map_or(&[][..], |profiled| &profiled.clusters);
        let n_clusters = clusters.iter().filter(|cluster| cluster.cluster.is_some()).count();
        let mut lifecycles: Vec<Option<CatalogMatch>> = match &asked {
            Some(catalog) => match_catalog(catalog, profiles, &clusters[..n_clusters], roles, plan),
            None => clustering.clusters.iter().map(|label| said_by(label, LIFECYCLE).cloned()).collect(),
        };
        // Without structure no catalog gives an archetype, and so does this one.
        lifecycles.iter_mut().flatten().filter(|_| !structure).for_each(|said| said.verdict = Verdict::NoStructure);
        let portraits: Vec<Portrait> = clusters[..n_clusters]
            .iter()
            .zip(lifecycles)
            .zip(&clustering.clusters)
            .map(|((cluster, lifecycle), label)| {
                let features = feature_effects(profiles, cluster);
                Portrait {
                    action: label.action.clone().or_else(|| (structure && label.archetype.is_none()).then(look)),
                    lifecycle,
                    matrix: matrix_place(profiles, cluster, roles),
                    attributes: attribute_effects(profiles, cluster),
                    neighbour: contrast(profiles, cluster, clusters, &clustering.clusters),
                    rule: None,
                    representatives: representatives(profiles, cluster, &features),
                    features,
                }
            })
            .collect();
        for (label, portrait) in clustering.clusters.iter_mut().zip(portraits) {
            label.portrait = Some(portrait);
        }
    }
}

/// What a catalog said of a cluster when it was named.
fn said_by<'a>(label: &'a ClusterLabel, catalog: &str) -> Option<&'a CatalogMatch> {
    label.catalogs.iter().find(|said| said.catalog == catalog)
}

/// What to do about customers that no archetype describes.
fn look() -> Text {
    Text::new(
        "look at these customers before acting: no archetype describes them",
        "先了解这些客户再行动：没有原型能描述他们",
    )
}

fn representatives(profiles: &Profiles, cluster: &ClusterProfile, features: &[FeatureEffect]) -> Vec<Representative> {
    let columns: Vec<Option<usize>> = features.iter().map(|effect| profiles.column(&effect.feature)).collect();
    let both = cluster.representatives.iter().zip(&cluster.representative_values);
    both.map(|(&row, values)| Representative {
        row,
        values: columns.iter().map(|&column| column.and_then(|j| values[j])).collect(),
    })
    .collect()
}
