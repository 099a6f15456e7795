//! Profiles, names, portraits and rules: what is said of clusters.

use super::PipelineError;
use crate::cluster::Clusterings;
use crate::config::{Algorithm, Plan};
use crate::label::{self, Catalog, ClusterLabel, Labelled, Profiles};
use crate::load::CustomerTable;
use crate::metrics::Partition;
use crate::monitor::Monitor;
use crate::normalize::Normalized;

/// Clusters described and named.
pub(super) struct Named {
    /// In figures.
    pub(super) profiles: Profiles,
    /// With names.
    pub(super) labelled: Labelled,
    /// The dense groups of the noise, named like clusters.
    pub(super) groups: Vec<ClusterLabel>,
}

impl Named {
    /// Describes and names the clusters of every clustering, and the groups of the noise where it was looked at.
    #[expect(clippy::too_many_arguments, reason = "everything that a name speaks of")]
    pub(super) fn of(
        table: &CustomerTable,
        normalized: &Normalized,
        clusterings: &Clusterings,
        noise: Option<&Partition>,
        catalogs: &[Catalog],
        roles: &label::Roles,
        plan: &Plan,
        monitor: &Monitor,
    ) -> Result<Named, PipelineError> {
        let (rows, matrix, features) = (&normalized.rows, &normalized.matrix, normalized.feature_names());
        let mut partitions: Vec<(Algorithm, &Partition)> =
            clusterings.all.iter().map(|found| (found.algorithm, &found.partition)).collect();
        // The groups of the noise are described beside the clusters, since ranking a column once serves all, but are none.
        partitions.extend(noise.map(|groups| (Algorithm::Dbscan, groups)));
        let mut profiles = label::profile(table, rows, matrix, &features, roles, &partitions, monitor)?;
        let of_noise = profiles.clusterings.split_off(clusterings.all.len());

        let structure = clusterings.is_structured(clusterings.primary);
        let name = |profiles: &Profiles, structure| {
            label::label(profiles, catalogs, roles, &plan.label, clusterings.primary, structure)
        };
        let mut labelled = name(&profiles, structure);
        // A clustering is named by its own evidence, whatever that of the segments is.
        let otherwise = name(&profiles, !structure).clusterings;
        for (clustering, otherwise) in labelled.clusterings.iter_mut().zip(otherwise) {
            if clusterings.is_structured(clustering.algorithm) != structure {
                *clustering = otherwise;
            }
        }
        label::portray(&mut labelled, &profiles, catalogs, roles, &plan.label, structure);
        let (primary, seed) = (&clusterings.primary().partition, plan.cluster.seed);
        label::add_rules(&mut labelled, table, rows, &features, primary, seed, monitor)?;

        let groups = name(&Profiles { clusterings: of_noise, ..profiles.clone() }, structure).clusterings;
        let groups = groups.first().map_or(Vec::new(), |groups| groups.without_noise().cloned().collect());
        Ok(Named { profiles, labelled, groups })
    }
}
