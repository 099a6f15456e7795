use super::contrast::contrast;
use super::effect::{attribute_effects, feature_effects};
use super::place::matrix_place;
use super::{FeatureEffect, Portrait, Representative};
use crate::Text;
use crate::config::LabelPlan;
use crate::label::catalog::{Catalog, LIFECYCLE, lifecycle_catalog};
use crate::label::naming::{CatalogMatch, MatchVerdict, match_catalog, usage};
use crate::label::profile::{ClusterProfile, Profiles};
use crate::label::{ClusterLabel, FoundIn, Labelled, Roles};

/// Gives every cluster of the primary clustering its portrait, noise none. `catalogs`, `roles`, `plan` and `structure` are
/// those the clusters were named by; when the catalog `lifecycle` is not among the catalogs, the one that ships with
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
        let found = profiles.found_in(FoundIn::Clustering(clustering.algorithm));
        let clusters = found.map_or(&[][..], |profiled| &profiled.clusters);
        let n_clusters = clusters.iter().filter(|cluster| cluster.cluster.is_some()).count();
        let mut lifecycles: Vec<Option<CatalogMatch>> = match &asked {
            Some(catalog) => match_catalog(catalog, profiles, &clusters[..n_clusters], roles, plan),
            None => clustering.clusters.iter().map(|label| said_by(label, LIFECYCLE).cloned()).collect(),
        };
        // Without structure no catalog gives an archetype, and so does this one.
        lifecycles
            .iter_mut()
            .flatten()
            .filter(|_| !structure)
            .for_each(|said| said.verdict = MatchVerdict::NoStructure);
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
    Text::new("Look at them before acting: no archetype describes them.", "先了解这些客户再行动：没有原型能描述他们。")
}

fn representatives(profiles: &Profiles, cluster: &ClusterProfile, features: &[FeatureEffect]) -> Vec<Representative> {
    let columns: Vec<Option<usize>> = features.iter().map(|effect| profiles.column(&effect.feature)).collect();
    let both = cluster.representatives.iter().zip(&cluster.representative_values);
    both.map(|(&row, values)| Representative { row, values: columns.iter().map(|&column| values[column?]).collect() })
        .collect()
}
