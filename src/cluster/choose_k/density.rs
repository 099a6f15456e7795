use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::curve::{FIXED_SEED, sample_of};
use super::reference::{Kind, REFERENCES, Source};
use super::structure::StructureVerdict;
use crate::cluster::ClusterError;
use crate::cluster::stability::dbscan_at_level;
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;
use crate::{Text, Warning};

/// The smallest share of the customers that a cluster apart from the largest has to hold to count.
const MIN_SHARE: f64 = 0.01;
/// The share apart that is asked for whatever the references have.
const LEAST: f64 = 0.05;
/// How many times what the best reference has is asked for.
const TIMES: f64 = 2.0;

/// Whether DBSCAN's clusters are more than fragments and fringe of one cloud, and the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DensityStructure {
    /// The verdict.
    pub verdict: StructureVerdict,
    /// The share of the customers in clusters of at least 1 %, the largest cluster left out.
    pub share_apart: f64,
    /// The largest such share in a reference; `None` where the share is too small to need one.
    pub highest_reference: Option<f64>,
    /// What the share has to exceed.
    pub limit: f64,
    /// References, of both kinds.
    pub references: usize,
}

impl DensityStructure {
    /// What the user should know where the verdict is none.
    pub fn warning(&self) -> Option<Warning> {
        (self.verdict == StructureVerdict::None).then(|| no_structure(self))
    }
}

/// Judges the clusters of a DBSCAN fit, of which the share `core_share` of `n_fitted` rows was core with `min_samples`
/// neighbours.
///
/// Density-connected clusters need not be compact, so their silhouette says nothing. What one cloud cannot have is mass in
/// dense places apart from each other: the measure is the share of the customers in clusters of at least 1 % without the
/// largest one. It is held against the same references as k-means, clustered at the same level
/// ([`dbscan_stability`](crate::cluster::stability::dbscan_stability)), and present when it is over 5 % and twice what any
/// of them has.
///
/// Cost: nothing where at most 5 % lie apart, else one fit of about 2,000 rows for each reference. Deterministic.
///
/// # Errors
/// When the monitor ends the computation.
pub fn density_structure(
    matrix: &TiledMatrix,
    partition: &Partition,
    min_samples: usize,
    core_share: f64,
    n_fitted: usize,
    monitor: &Monitor,
) -> Result<DensityStructure, ClusterError> {
    let apart = share_apart(partition);
    if apart <= LEAST {
        let (verdict, highest_reference) = (StructureVerdict::None, None);
        return Ok(DensityStructure { verdict, share_apart: apart, highest_reference, limit: LEAST, references: 0 });
    }
    let source = Source::of(&sample_of(matrix, 0, FIXED_SEED));
    let quiet = monitor.without_progress();
    let task = monitor.task("references", 2 * REFERENCES as u64);
    let shares = (0..2 * REFERENCES).into_par_iter().map(|number| {
        let kind = if number < REFERENCES { Kind::Gaussian } else { Kind::Uniform };
        let (table, _) = source.reference(kind, number % REFERENCES, FIXED_SEED);
        let found = dbscan_at_level(&table, min_samples, core_share, n_fitted, &quiet)?;
        task.advance(1);
        Ok(share_apart(&found))
    });
    let highest = shares.collect::<Result<Vec<_>, ClusterError>>()?.into_iter().fold(0.0, f64::max);
    let limit = LEAST.max(TIMES * highest);
    Ok(DensityStructure {
        verdict: if apart > limit { StructureVerdict::Present } else { StructureVerdict::None },
        share_apart: apart,
        highest_reference: Some(highest),
        limit,
        references: 2 * REFERENCES,
    })
}

/// The share of all rows in clusters of at least [`MIN_SHARE`], the largest left out.
fn share_apart(partition: &Partition) -> f64 {
    let mut sizes = partition.sizes();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let n = partition.n_rows() as f64;
    let large = sizes.into_iter().skip(1).filter(|&size| size as f64 >= MIN_SHARE * n);
    large.sum::<usize>() as f64 / n
}

/// DBSCAN's clusters are no more apart than fragments of one cloud.
fn no_structure(structure: &DensityStructure) -> Warning {
    let [apart, limit] = [structure.share_apart, structure.limit].map(|share| 100.0 * share);
    let text = if structure.share_apart > 0.0 {
        Text::new(
            format!(
                "DBSCAN found no structure: beside the largest cluster, clusters of at least 1 % hold {apart:.1} % of the customers, \
                 and more than {limit:.1} % would be needed"
            ),
            format!("DBSCAN 未发现结构：除最大的聚类外，占 1% 以上的聚类共包含 {apart:.1}% 的客户，须超过 {limit:.1}%"),
        )
    } else {
        Text::new(
            "DBSCAN found no structure: it has no two clusters of at least 1 % of the customers",
            "DBSCAN 未发现结构：没有两个占客户 1% 以上的聚类",
        )
    };
    Warning::new("no_density_structure", text)
        .with("share_apart", structure.share_apart)
        .with("highest_reference", structure.highest_reference)
        .with("limit", structure.limit)
}
