//! The rules by which figures are held back.

use std::path::Path;

use super::{SharedIds, SharingError, suppress_list};
use crate::Text;
use crate::compare::{Comparison, ShownCells, sentences};
use crate::config::ReportPlan;
use crate::registry::Run;

/// The rules of `[report]`.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Cells with fewer customers are held back.
    pub min_cell: u64,
    /// Sums of values of which one customer has at least this share are held back; 1 = none.
    pub dominance: f64,
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
        Ok(Rules { min_cell: plan.min_cell, dominance: plan.dominance, ids: SharedIds::of(plan.id_salt.as_deref())? })
    }

    /// A count that is no part of a table.
    pub fn count(&self, count: u64) -> Option<u64> {
        (count == 0 || count >= self.min_cell).then_some(count)
    }

    /// Counts that add up to a known total.
    pub fn counts(&self, counts: &[u64]) -> Vec<Option<u64>> {
        suppress_list(counts, self.min_cell)
    }

    /// The sentences of `comparison` that give nothing away that `shown` holds back.
    pub(super) fn sentences(&self, comparison: &Comparison, shown: ShownCells<'_>) -> Vec<Text> {
        // Indices that the run has of the same cells are told in their place.
        if shown.shows_all() && *shown.indices == comparison.indices {
            return comparison.sentences.clone();
        }
        sentences(comparison, Some(shown))
    }
}
