use serde::Serialize;

use super::{Screen, Shown};
use crate::Text;
use crate::compare::OutcomeRate;
use crate::metrics::ClusterId;

/// The outcome column per segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedOutcome {
    /// The column.
    pub column: String,
    /// The level that is counted.
    pub positive: String,
    /// The other level.
    pub negative: String,
    /// Customers whose level is known.
    pub customers: Shown<u64>,
    /// Those of them with the positive level.
    pub positives: Shown<u64>,
    /// Their share.
    pub rate: Shown<Option<f64>>,
    /// The segments, then noise where there is some.
    pub segments: Vec<SharedRate>,
}

/// A segment's part of an outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedRate {
    /// The cluster; null = noise.
    pub cluster: Option<ClusterId>,
    /// What it is called.
    pub name: Text,
    /// Its customers whose level is known.
    pub customers: Shown<u64>,
    /// Those of them with the positive level.
    pub positives: Shown<u64>,
    /// Their share.
    pub rate: Shown<Option<f64>>,
    /// Lower end of the 95 % interval of the rate.
    pub low: Shown<Option<f64>>,
    /// Upper end.
    pub high: Shown<Option<f64>>,
    /// The rate over that of all customers.
    pub lift: Shown<Option<f64>>,
}

impl SharedOutcome {
    pub(super) fn of(screen: &Screen<'_>) -> Option<Self> {
        let outcome = screen.run.comparisons.outcome.as_ref()?;
        let [positives, customers] = screen.outcome_totals(outcome);
        let both = positives.is_some() && customers.is_some();
        let segment = |(rate, shown): (&OutcomeRate, bool)| SharedRate {
            cluster: rate.cluster,
            name: rate.name.clone(),
            customers: Shown::when(shown, rate.customers),
            positives: Shown::when(shown, rate.positives),
            rate: Shown::maybe(shown, rate.rate),
            low: Shown::maybe(shown, rate.low),
            high: Shown::maybe(shown, rate.high),
            lift: Shown::maybe(shown && both, rate.lift),
        };
        Some(SharedOutcome {
            column: outcome.column.clone(),
            positive: outcome.positive.clone(),
            negative: outcome.negative.clone(),
            customers: customers.into(),
            positives: positives.into(),
            rate: Shown::maybe(both, outcome.rate),
            segments: screen.outcome_rates().into_iter().map(segment).collect(),
        })
    }
}
