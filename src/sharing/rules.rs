//! The rules by which figures are held back.

use std::path::Path;

use super::{SharedIds, SharingError, suppress, suppress_list};
use crate::Text;
use crate::compare::{Comparison, NoisePolicy, ShownCells, sentences};
use crate::config::ReportPlan;
use crate::registry::Run;

/// The rules of `[report]`.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Cells with fewer customers are held back.
    pub min_cell: u64,
    /// How ids are shown.
    pub ids: SharedIds,
}

impl Rules {
    /// The rules the run in `folder` was recorded with.
    ///
    /// # Errors
    /// When `run.json` cannot be read, or the secret for ids is not there.
    pub fn open(folder: &Path) -> Result<Rules, SharingError> {
        Rules::of(&Run::record_of(folder)?.plan.report)
    }

    /// The rules of a plan.
    ///
    /// # Errors
    /// When the secret for ids is not there.
    pub fn of(plan: &ReportPlan) -> Result<Rules, SharingError> {
        Ok(Rules { min_cell: plan.min_cell, ids: SharedIds::of(plan.id_salt.as_deref())? })
    }

    /// A count that is no part of a table.
    pub fn count(&self, count: u64) -> Option<u64> {
        (count == 0 || count >= self.min_cell).then_some(count)
    }

    /// Counts that add up to a known total.
    pub fn counts(&self, counts: &[u64]) -> Vec<Option<u64>> {
        suppress_list(counts, self.min_cell)
    }

    /// The counts of `comparison`, one of `all`.
    ///
    /// DBSCAN has two tables for a tier, with and without its noise. What the larger one holds back the smaller one holds
    /// back too, else the two together would tell it.
    pub fn table(&self, comparison: &Comparison, all: &[Comparison]) -> Vec<Vec<Option<u64>>> {
        let with_noise = all.iter().find(|other| {
            comparison.noise_policy == NoisePolicy::Excluded
                && other.noise_policy == NoisePolicy::OwnCluster
                && (&other.tier, &other.clustering) == (&comparison.tier, &comparison.clustering)
        });
        let Some(larger) = with_noise else {
            return suppress(&comparison.contingency.counts, self.min_cell);
        };
        let shown = suppress(&larger.contingency.counts, self.min_cell);
        let (table, larger) = (&comparison.contingency, &larger.contingency);
        let cell = |tier: &String, cluster| {
            let t = larger.tiers.iter().position(|other| other == tier)?;
            let c = larger.clusters.iter().position(|other| other == cluster)?;
            shown[t][c]
        };
        table.tiers.iter().map(|tier| table.clusters.iter().map(|cluster| cell(tier, cluster)).collect()).collect()
    }

    /// The sentences of `comparison` that give nothing away that `counts` hold back.
    pub fn sentences(&self, comparison: &Comparison, counts: &[Vec<Option<u64>>]) -> Vec<Text> {
        if counts.iter().flatten().all(Option::is_some) {
            return comparison.sentences.clone();
        }
        sentences(comparison, Some(ShownCells { counts, min_cell: self.min_cell }))
    }
}
