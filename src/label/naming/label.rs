//! From profiles to named clusters.

use super::applicability::{CatalogUse, usage, warnings};
use super::categories::with_levels;
use super::caveats::caveats;
use super::matching::{CatalogMatch, MatchVerdict, NEARLY_EVERYONE, match_catalog};
use super::names::{Nameless, noise_name, unique_names, unmatched};
use crate::Text;
use crate::config::{Algorithm, LabelPlan};
use crate::label::SegmentId;
use crate::label::catalog::{Archetype, Catalog};
use crate::label::cluster_label::{AttributeLabel, ClusterLabel, LevelLabel, TOP_FEATURES, TopFeature};
use crate::label::labelled::{Labelled, LabelledClustering};
use crate::label::profile::{AttributeProfile, ClusterProfile, ClusteringProfile, Extreme, LevelProfile, Profiles};
use crate::label::{FoundIn, NewSegments, Roles};

/// Names the clusters of every clustering.
///
/// A cluster takes the name and action of the archetype that matches it in the first catalog in which one does
/// ([`match_catalog`]). A cluster without a match, or every cluster of a clustering that has no `structure` (its clusters
/// cannot be told from those of structureless customers), is named from the features that set it apart from the others and
/// from the middle of everyone. Noise is called noise. Equal names are told apart by how their clusters compare with each
/// other. The clusters of the `primary` clustering are segments `S01` … in their order, which is by size.
pub fn label(
    profiles: &Profiles,
    catalogs: &[Catalog],
    roles: &Roles,
    plan: &LabelPlan,
    primary: Algorithm,
    structure: impl Fn(Algorithm) -> bool,
) -> Labelled {
    let identify = |clusters: &mut [ClusterLabel]| number(clusters, SegmentId::FIRST);
    label_as(profiles, catalogs, roles, plan, primary, structure, identify)
}

/// [`label`] whose segments get their ids, and names that last, by `identify`.
pub fn label_as(
    profiles: &Profiles,
    catalogs: &[Catalog],
    roles: &Roles,
    plan: &LabelPlan,
    primary: Algorithm,
    structure: impl Fn(Algorithm) -> bool,
    identify: impl FnOnce(&mut [ClusterLabel]),
) -> Labelled {
    let mut identify = Some(identify);
    let naming = Naming::of(profiles, catalogs, roles, plan);
    let mut warnings = warnings(plan, catalogs, &naming.uses, profiles);
    let mut clusterings = Vec::new();
    for found in &profiles.clusterings {
        let FoundIn::Clustering(algorithm) = found.found_in else { continue };
        let is_primary = algorithm == primary;
        let mut clusters = naming.clusters(found, structure(algorithm));
        if let Some(identify) = identify.take_if(|_| is_primary) {
            identify(&mut clusters);
        }
        let labelled = LabelledClustering { algorithm, primary: is_primary, clusters };
        if is_primary {
            warnings.extend(caveats(&labelled, &found.clusters, profiles));
        }
        clusterings.push(labelled);
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
        catalogs: naming.uses,
        new_segments: NewSegments::default(),
    }
}

/// Gives clusters ids in their order, which is by size; `first` is that of the first, `S01` in a run that continues none.
pub fn number(clusters: &mut [ClusterLabel], first: SegmentId) {
    let segments = clusters.iter_mut().filter(|cluster| cluster.cluster.is_some());
    let ids = std::iter::successors(Some(first), |id| Some(id.next()));
    segments.zip(ids).for_each(|(cluster, id)| cluster.id = Some(id.to_string()));
}

/// Names the groups of the noise as [`label`] does the clusters; none when the noise was not searched.
pub fn label_noise(
    profiles: &Profiles,
    catalogs: &[Catalog],
    roles: &Roles,
    plan: &LabelPlan,
    structure: bool,
) -> Vec<ClusterLabel> {
    let groups = profiles.found_in(FoundIn::Noise);
    let mut named =
        groups.map_or_else(Vec::new, |groups| Naming::of(profiles, catalogs, roles, plan).clusters(groups, structure));
    // Whoever is in none of them.
    named.retain(|group| group.cluster.is_some());
    named
}

/// What names are given by.
struct Naming<'a> {
    profiles: &'a Profiles,
    roles: &'a Roles,
    plan: &'a LabelPlan,
    uses: Vec<CatalogUse>,
    applicable: Vec<&'a Catalog>,
}

impl<'a> Naming<'a> {
    fn of(profiles: &'a Profiles, catalogs: &'a [Catalog], roles: &'a Roles, plan: &'a LabelPlan) -> Self {
        let uses: Vec<CatalogUse> = catalogs.iter().map(|catalog| usage(catalog, profiles, roles)).collect();
        let both = catalogs.iter().zip(&uses);
        let applicable = both.filter(|(_, usage)| usage.applicable).map(|(catalog, _)| catalog).collect();
        Naming { profiles, roles, plan, uses, applicable }
    }

    /// The clusters of one clustering with names, noise last.
    fn clusters(&self, clustering: &ClusteringProfile, structure: bool) -> Vec<ClusterLabel> {
        let n_clusters = clustering.clusters.iter().filter(|cluster| cluster.cluster.is_some()).count();
        let (clusters, noise) = clustering.clusters.split_at(n_clusters);
        let mut found: Vec<Vec<CatalogMatch>> = vec![Vec::new(); n_clusters];
        for catalog in &self.applicable {
            let matches = match_catalog(catalog, self.profiles, clusters, self.roles, self.plan);
            for (found, mut one) in found.iter_mut().zip(matches) {
                one.iter_mut().filter(|_| !structure).for_each(|m| m.verdict = MatchVerdict::NoStructure);
                found.extend(one);
            }
        }
        let mut labels = named(clusters, found, &self.applicable, self.profiles);
        labels.extend(noise.iter().map(|noise| describe(noise, noise_name(), self.profiles)));
        labels
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
            let first = matches.iter().find(|m| m.verdict == MatchVerdict::Matched)?;
            let catalog = catalogs.iter().find(|catalog| catalog.id == first.catalog)?;
            Some((catalog.id.as_str(), catalog.archetype(&first.best.archetype)?))
        })
        .collect();
    let nameless: Vec<Nameless<'_>> = clusters
        .iter()
        .zip(&matched)
        .map(|(cluster, matched)| match matched {
            Some((_, archetype)) => Nameless { cluster, name: archetype.name.clone(), marks: Vec::new() },
            None if clusters.len() == 1 && cluster.share >= 1.0 => {
                Nameless { cluster, name: Text::new("all customers", "全部客户"), marks: Vec::new() }
            }
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

/// The largest value of the money column in a cluster, without its sign.
fn largest_value(cluster: &ClusterProfile, profiles: &Profiles) -> Option<f64> {
    let column = profiles.columns.iter().position(|column| Some(&column.name) == profiles.value_column.as_ref())?;
    cluster.columns[column].distribution.map(|figures| figures.min.abs().max(figures.max.abs()))
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
        largest_value: largest_value(cluster, profiles),
        action: None,
        catalogs: Vec::new(),
        top_features: cluster.distinctive.iter().filter_map(top).take(TOP_FEATURES).collect(),
        attributes: profiles.attributes.iter().zip(&cluster.attributes).map(attribute).collect(),
        representatives: cluster.representatives.clone(),
        representative_ids: Vec::new(),
        portrait: None,
    }
}
