//! Profiles, names, portraits and rules: what is said of clusters.

use super::PipelineError;
use crate::cluster::Clusterings;
use crate::config::Plan;
use crate::label::{self, Catalog, ClusterLabel, FoundIn, Labelled, Profiles, Subject};
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
    /// Describes and names the clusters of every clustering, those of the segments as `identify` says, and the groups of the noise where it was looked at.
    #[expect(clippy::too_many_arguments, reason = "everything that a name speaks of")]
    pub(super) fn of(
        table: &CustomerTable,
        normalized: &Normalized,
        clusterings: &Clusterings,
        noise: Option<&Partition>,
        catalogs: &[Catalog],
        roles: &label::Roles,
        plan: &Plan,
        identify: impl FnOnce(&mut [ClusterLabel]),
        monitor: &Monitor,
    ) -> Result<Named, PipelineError> {
        let (rows, matrix, features) = (&normalized.rows, &normalized.matrix, normalized.feature_names());
        let of_algorithms = clusterings.all.iter().map(|one| (FoundIn::Clustering(one.algorithm), &one.partition));
        // The noise is described beside the clusters, since ranking a column once serves all.
        let partitions: Vec<(FoundIn, &Partition)> =
            of_algorithms.chain(noise.map(|groups| (FoundIn::Noise, groups))).collect();
        let subject = Subject { table, rows, matrix, features: &features, roles };
        let profiles = label::profile(subject, &partitions, monitor)?;

        let (names, primary) = (&plan.label, clusterings.primary);
        let structure = clusterings.is_structured(primary);
        // A clustering is named by its own evidence, whatever that of the segments is.
        let is_structured = |algorithm| clusterings.is_structured(algorithm);
        let mut labelled = label::label_as(&profiles, catalogs, roles, names, primary, is_structured, identify);
        label::portray(&mut labelled, &profiles, catalogs, roles, names, structure);
        let (partition, seed) = (&clusterings.primary().partition, plan.cluster.seed);
        label::add_rules(&mut labelled, table, rows, &features, partition, seed, monitor)?;
        let groups = label::label_noise(&profiles, catalogs, roles, names, structure);
        Ok(Named { profiles, labelled, groups })
    }
}
