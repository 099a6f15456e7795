//! What a run leaves behind to be compared with, and what the one after it finds.

use serde::{Deserialize, Serialize};

use super::drift::{
    Drift, DriftParams, Reference, ReferenceInput, SAMPLED_CUSTOMERS, Sample, StayerDrift, TwoSample, stayers,
};
use crate::label::LabelError;
use crate::load::LoadError;
use crate::matrix::{RowMap, TiledMatrix};
use crate::metrics::Partition;
use crate::monitor::Monitor;

/// `reference.json`: figures of every feature and segment, and a sample of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LeftBehind {
    /// The figures.
    pub reference: Reference,
    /// The sample; it is the run's own business, like its table of customers.
    pub sample: Sample,
}

/// What changed since the run that is continued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DriftRecord {
    /// Every feature, of the whole and of every old segment.
    #[serde(flatten)]
    pub drift: Drift,
    /// Customers of both samples, each held against himself.
    pub stayers: Vec<StayerDrift>,
    /// Whether a rule tells a customer of now from one of before; null with too few customers.
    pub two_sample: Option<TwoSample>,
    /// Features that run on by themselves, as totals do: of customers of both samples, at most 1 in 100 has less than before; and
    /// the ages that the roles recency and tenure name. A gate does not ask of them.
    pub running: Vec<String>,
}

/// The fewest customers of both samples that tell whether a feature runs on.
const FEWEST_SHARED: usize = 50;

/// The features of which hardly anybody has less in `now` than in `before`, and somebody more.
fn running(before: &Sample, now: &Sample) -> Vec<String> {
    let shared = before.shared(now);
    if shared.len() < FEWEST_SHARED {
        return Vec::new();
    }
    let runs = |name: &str| {
        let (Some(then), Some(today)) = (before.column(name), now.column(name)) else { return false };
        let changes =
            || shared.iter().map(|&(i, j)| today.values[j] - then.values[i]).filter(|change| !change.is_nan());
        let n_less = changes().filter(|change| *change < 0.0).count();
        let n_more = changes().filter(|change| *change > 0.0).count();
        100 * n_less <= changes().count() && n_more > 0
    };
    let numeric = before.columns.iter().filter(|column| column.levels.is_none());
    numeric.map(|column| column.name.clone()).filter(|name| runs(name)).collect()
}

impl LeftBehind {
    /// Of a new run.
    ///
    /// # Errors
    /// When a column cannot be read again, or `monitor` ends the work.
    pub fn of(input: &ReferenceInput<'_>, seed: u64, monitor: &Monitor) -> Result<LeftBehind, LoadError> {
        Ok(LeftBehind {
            reference: Reference::of(input, None, monitor)?,
            sample: Sample::of(input, SAMPLED_CUSTOMERS, seed, monitor)?,
        })
    }

    /// What is different from this run in the table of `input`, whose matrix rows are in the `old` segments of this run now; `sample`
    /// is that of the new run.
    ///
    /// # Errors
    /// When a column cannot be read again, or `monitor` ends the work.
    pub fn drift(
        &self,
        input: &ReferenceInput<'_>,
        old: &Partition,
        sample: &Sample,
        params: &DriftParams,
        monitor: &Monitor,
    ) -> Result<DriftRecord, LabelError> {
        let input = ReferenceInput { partition: old, centroids: None, ..*input };
        let now = Reference::of(&input, Some(&self.reference), monitor)?;
        Ok(DriftRecord {
            drift: Drift::between(&self.reference, &now, params),
            stayers: stayers(&self.sample, sample, &self.reference, params),
            two_sample: TwoSample::of(&self.sample, sample, params, monitor)?,
            running: running(&self.sample, sample),
        })
    }

    /// What is different from this run in a later one, by the customers that it sampled: of the whole alone, since nobody knows where the
    /// segments of this run would have them. `None` of no customers.
    ///
    /// # Errors
    /// When `monitor` ends the work.
    pub fn drift_of_sample(
        &self,
        later: &LeftBehind,
        params: &DriftParams,
        monitor: &Monitor,
    ) -> Result<Option<DriftRecord>, LabelError> {
        let (table, features) = later.sample.table();
        let n = later.sample.n;
        let Some(matrix) = TiledMatrix::from_rows(&vec![0.0; n], 1) else { return Ok(None) };
        let rows = RowMap::all(n);
        let old = Partition::new(vec![None; n], self.reference.segments.len());
        let input = ReferenceInput {
            table: &table,
            rows: &rows,
            features: &features,
            matrix: &matrix,
            partition: &old,
            centroids: None,
        };
        self.drift(&input, &old, &later.sample, params, monitor).map(Some)
    }
}
