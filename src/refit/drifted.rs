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
    /// Features that run on by themselves, as totals do: of customers of both samples at most 1 in 100 has less than before, and of
    /// those who had something 1 in 10 has just as much, or 9 in 10 the same more; and the ages that the roles recency and tenure name. A
    /// gate does not ask of them.
    pub running: Vec<String>,
}

/// The fewest customers of both samples that tell whether a feature runs on.
const FEWEST_SHARED: usize = 50;
/// The least share of customers with as much as before that tells a total from one in another unit, or of rows that are there twice:
/// these change what everybody has.
const UNCHANGED: f64 = 0.1;
/// The least share of customers with the same rise that tells an age.
const ALIKE: f64 = 0.9;

/// The features of which hardly anybody has less in `now` than in `before`, and somebody more, as of totals, where
/// some have just as much, or of ages, where all have the same more.
fn running(before: &Sample, now: &Sample) -> Vec<String> {
    let shared = before.shared(now);
    if shared.len() < FEWEST_SHARED {
        return Vec::new();
    }
    let runs = |name: &str| {
        let (Some(then), Some(today)) = (before.column(name), now.column(name)) else { return false };
        let pairs = shared.iter().map(|&(i, j)| (then.values[i], today.values[j]));
        runs_on(&pairs.filter(|(then, today)| !then.is_nan() && !today.is_nan()).collect::<Vec<_>>())
    };
    let numeric = before.columns.iter().filter(|column| column.levels.is_none());
    numeric.map(|column| column.name.clone()).filter(|name| runs(name)).collect()
}

/// Whether values of before and now are those of a total or an age. Whoever had nothing and has nothing says nothing of it.
fn runs_on(pairs: &[(f64, f64)]) -> bool {
    let rises: Vec<f64> = pairs.iter().map(|(then, today)| today - then).collect();
    let n_less = rises.iter().filter(|rise| **rise < 0.0).count();
    let n_more = rises.iter().filter(|rise| **rise > 0.0).count();
    if 100 * n_less > rises.len() || n_more == 0 {
        return false;
    }
    let holders: Vec<&(f64, f64)> = pairs.iter().filter(|(then, _)| *then != 0.0).collect();
    let are = |n: usize, share: f64| n > 0 && n as f64 >= share * holders.len() as f64;
    let n_same = holders.iter().filter(|(then, today)| then == today).count();
    let most = |of: fn(&(f64, f64)) -> f64| most_common(holders.iter().map(|pair| of(pair) as f32).collect());
    let in_proportion = most(|(then, today)| today / then);
    are(n_same, UNCHANGED) || (are(most(|(then, today)| today - then), ALIKE) && !are(in_proportion, ALIKE))
}

/// How many of `values` are the most common one; they are rounded, so that rises of fractions are alike.
fn most_common(mut values: Vec<f32>) -> usize {
    values.sort_by(f32::total_cmp);
    values.chunk_by(|a, b| a == b).map(<[f32]>::len).max().unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: impl Fn(usize) -> (f64, f64)) -> Vec<(f64, f64)> {
        (0..200).map(of).collect()
    }

    #[test]
    fn totals_and_ages_run_on_and_other_units_and_doubled_rows_do_not() {
        let value = |i: usize| (i * 37 % 101 + 1) as f64;
        // Two in three bought again, each for something else.
        let total = pairs(|i| (value(i), value(i) + (i % 3) as f64 * value(i + 1)));
        let age = pairs(|i| (value(i) / 7.0, value(i) / 7.0 + 30.0));
        let cents = pairs(|i| (value(i), 100.0 * value(i)));
        let doubled = pairs(|i| (value(i) * (i % 2) as f64, 2.0 * value(i) * (i % 2) as f64));
        let orders = pairs(|i| ((1 + i % 10 / 9) as f64, (2 + 2 * (i % 10 / 9)) as f64));
        let noise = pairs(|i| (value(i), value(i + 7)));
        assert_eq!([total, age].map(|pairs| runs_on(&pairs)), [true, true]);
        // Half of the doubled ones had nothing before and have nothing now.
        assert_eq!([cents, doubled, orders, noise].map(|pairs| runs_on(&pairs)), [false; 4]);
        assert!(!runs_on(&pairs(|i| (value(i), value(i)))), "what nobody has more of does not run on");
    }
}
