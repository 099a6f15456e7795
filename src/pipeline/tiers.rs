//! Every tier, the manual one and those by rule, against every clustering.

use super::PipelineError;
use super::clusters::Clusters;
use crate::Text;
use crate::Warning;
use crate::compare::{
    Comparison, Disagreement, NoisePolicy, Pairing, compare, disagreements, explain_cells, tiers_by_rule,
};
use crate::config::{Algorithm, Plan};
use crate::label::Labelled;
use crate::load::{CustomerTable, Levels};
use crate::matrix::RowMap;
use crate::monitor::Monitor;

/// What came of all comparisons.
pub(super) struct Tiers {
    pub(super) comparisons: Vec<Comparison>,
    /// Who disagrees: the manual tier (or, without one, the first rule) against the segments.
    pub(super) disagreements: Vec<Disagreement>,
    /// The comparison they belong to.
    pub(super) disagreements_of: Option<usize>,
    pub(super) warnings: Vec<Warning>,
}

impl Tiers {
    pub(super) fn compare(
        plan: &Plan,
        table: &CustomerTable,
        rows: &RowMap,
        features: &[String],
        clusters: &Clusters,
        labelled: &Labelled,
        monitor: &Monitor,
    ) -> Result<Self, PipelineError> {
        let mut found =
            Tiers { comparisons: Vec::new(), disagreements: Vec::new(), disagreements_of: None, warnings: Vec::new() };
        let mut tiers: Vec<(Levels, Vec<String>)> =
            table.tier.iter().map(|tier| (tier.clone(), plan.compare.tier_order.clone())).collect();
        for rule in &plan.compare.rules {
            let by_rule = tiers_by_rule(rule, &*table.numeric)?;
            found.warnings.extend(by_rule.warnings);
            tiers.push((by_rule.levels, by_rule.order));
        }
        if tiers.is_empty() {
            return Ok(found);
        }
        let value = table.value.as_deref().map(|column| table.numeric.read(column)).transpose()?;
        let task = monitor.task("compare", tiers.len() as u64);
        for (tier, tier_order) in &tiers {
            for (algorithm, partition) in clusters.partitions() {
                for &noise in policies(algorithm) {
                    let names = cluster_names(labelled, algorithm);
                    let pairing = Pairing {
                        tier,
                        tier_order,
                        clustering: algorithm.name(),
                        noise,
                        partition,
                        rows,
                        cluster_names: &names,
                        value: value.as_deref().map(Vec::as_slice),
                    };
                    let mut comparison = compare(&pairing, &plan.compare, plan.cluster.seed, monitor)?;
                    explain_cells(&mut comparison, &pairing, &*table.numeric, features, monitor)?;
                    if found.disagreements_of.is_none() && algorithm == plan.cluster.primary {
                        found.disagreements = disagreements(&comparison, &pairing);
                        found.disagreements_of = Some(found.comparisons.len());
                    }
                    for warning in &comparison.warnings {
                        // What is said of one noise policy holds for the other.
                        if !found.warnings.contains(warning) {
                            found.warnings.push(warning.clone());
                        }
                    }
                    found.comparisons.push(comparison);
                }
            }
            task.advance(1);
        }
        Ok(found)
    }
}

fn policies(algorithm: Algorithm) -> &'static [NoisePolicy] {
    match algorithm {
        Algorithm::KMeans => &[NoisePolicy::None],
        Algorithm::Dbscan => &[NoisePolicy::Excluded, NoisePolicy::OwnCluster],
    }
}

fn cluster_names(labelled: &Labelled, algorithm: Algorithm) -> Vec<Text> {
    let clustering = labelled.clusterings.iter().find(|clustering| clustering.algorithm == algorithm);
    let clusters = clustering.into_iter().flat_map(|clustering| &clustering.clusters);
    clusters.filter(|cluster| cluster.cluster.is_some()).map(|cluster| cluster.name.clone()).collect()
}
