//! How clear an event is.

use serde::{Deserialize, Serialize};

use crate::metrics::Contingency;

/// How clearly one segment's customers went one way: the facets of Failla, Cazabet, Rossetti and Citraro (2024). They describe
/// an event beside its shares and decide nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Facets {
    /// The largest flow's share minus the second largest one's: 1 = all went one way.
    pub unicity: f64,
    /// Σ |f|²/|r| / Σ |f| over the flows f and the groups r they run into: 1 = they are those groups whole.
    pub identity: f64,
    /// The share that is not on the other side at all.
    pub outflow: f64,
}

impl Facets {
    /// Of the customers of row `row`, of whom `n_absent` more are not in the table; `None` when there are none.
    pub fn of(table: &Contingency, row: usize, n_absent: u64) -> Option<Facets> {
        let n = table.tier_totals()[row] + n_absent;
        if n == 0 {
            return None;
        }
        let mut flows: Vec<(u64, u64)> = table
            .row(row)
            .iter()
            .copied()
            .zip(table.cluster_totals().iter().copied())
            .filter(|flow| flow.0 > 0)
            .collect();
        flows.sort_unstable_by(|a, b| b.cmp(a));
        let seen = table.tier_totals()[row] as f64;
        let share = |place: usize| flows.get(place).map_or(0.0, |flow| flow.0 as f64 / seen);
        let identity: f64 = flows.iter().map(|&(flow, group)| (flow as f64).powi(2) / group as f64).sum();
        Some(Facets {
            unicity: share(0) - share(1),
            identity: if seen > 0.0 { identity / seen } else { 0.0 },
            outflow: n_absent as f64 / n as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_that_went_whole_into_a_cluster_of_its_own_has_full_facets() {
        let table = Contingency::new(2, 2, vec![10, 0, 5, 15]);
        let first = Facets::of(&table, 0, 0).unwrap();
        assert_eq!((first.unicity, first.outflow), (1.0, 0.0));
        assert_eq!(first.identity, 100.0 / 15.0 / 10.0);
        let second = Facets::of(&table, 1, 20).unwrap();
        assert_eq!((second.unicity, second.outflow), (0.5, 0.5));
        assert_eq!(second.identity, (25.0 / 15.0 + 225.0 / 15.0) / 20.0);
        assert_eq!(Facets::of(&Contingency::new(1, 1, vec![0]), 0, 0), None);
    }
}
