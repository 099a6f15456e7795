//! The run that is continued.

use super::{LeftBehind, Lineage, Placed, Recorded, RecordedCustomer, RunBefore, SegmentId, ViewKind};
use crate::cluster::ClusterModel;
use crate::load::{CustomerTable, Ids};
use crate::metrics::ClusterId;
use crate::model::FittedPipeline;
use crate::monitor::Monitor;
use crate::normalize::NormalizeError;

/// The run whose segments a new one continues: what it learned, who was where, and where its ids come from.
pub struct Baseline {
    /// Its id, or its folder where it has none.
    pub run: String,
    /// The promoted run of the new one's date whose place that is to take.
    pub instead_of: Option<String>,
    /// What it learned.
    pub model: FittedPipeline,
    /// Where its ids and names come from, seen from outside.
    pub lineage: Lineage,
    /// What it left behind to be compared with; `None` when it neither continued a run nor had a gate.
    pub left_behind: Option<LeftBehind>,
    /// Who was where; `None` where customers are row numbers, which name somebody else every month.
    pub recorded: Option<Recorded>,
    /// What its own report tells of it.
    pub before: RunBefore,
    /// What the gate holds a new run against.
    pub facts: BaselineFacts,
}

/// Figures of a run that a later one is held against.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BaselineFacts {
    /// Customers in the table.
    pub n_customers: usize,
    /// Whether its segments stand out among those of tables without clusters.
    pub stands_out: bool,
    /// Per segment, its share of the money column, if there was one.
    pub value_shares: Vec<Option<f64>>,
    /// Per segment, its customers.
    pub sizes: Vec<u64>,
    /// Per segment, how steadily it came back in samples, where that was measured.
    pub stabilities: Vec<Option<f64>>,
    /// The standard errors of these.
    pub stability_errors: Vec<Option<f64>>,
    /// Per feature, the share of customers without a value.
    pub missing_shares: Vec<(String, f64)>,
    /// Columns that were clustered.
    pub features: Vec<String>,
}

impl Baseline {
    /// The ids of its segments in the order of its clusters.
    pub fn ids(&self) -> Vec<SegmentId> {
        self.lineage.ids.iter().map(|history| history.segment_id).collect()
    }

    /// How far the customers of each segment were from its centroid; empty where that is not known.
    pub fn reach(&self) -> Vec<Option<f64>> {
        let segments = self.left_behind.as_ref().map(|left| &left.reference.segments);
        segments.map_or_else(Vec::new, |segments| segments.iter().map(|segment| segment.reach).collect())
    }

    /// The model of its segments; `None` where density was too large to be kept.
    pub fn segments(&self) -> Option<&ClusterModel> {
        self.model.clustering(self.model.primary)?.model.as_ref().ok()
    }

    /// How a table looks to the run, before it is clustered anew.
    ///
    /// # Errors
    /// When a column cannot be read, or `monitor` ends the work.
    pub fn look_at(&self, table: &CustomerTable, monitor: &Monitor) -> Result<Seen, NormalizeError> {
        let rule = match self.segments() {
            Some(model) => Placed::of(table, &self.model.normalizer, model, &self.reach(), monitor)?,
            None => None,
        };
        let mut sleepers = Vec::new();
        for sleeper in &self.lineage.sleepers {
            let Some(prototype) = &sleeper.prototype else { continue };
            if let Some(claimed) = prototype.claimed(table, monitor)? {
                sleepers.push((sleeper.history.segment_id, claimed));
            }
        }
        let people = self.recorded.as_ref().filter(|_| matches!(table.ids, Ids::Column { .. }));
        Ok(Seen { rule, sleepers, people: people.map(|recorded| People::of(recorded, &table.ids)), then: Vec::new() })
    }
}

/// How a new table looks to the run that is continued; rows are those of the table.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Seen {
    /// The old segment of every row; `None` when the table lacks a column.
    pub rule: Option<Placed>,
    /// Per segment that vanished before, the rows that would be in it today.
    pub sleepers: Vec<(SegmentId, Vec<bool>)>,
    /// Where every row was recorded; `None` where customers cannot be found again.
    pub people: Option<People>,
    /// Per new cluster, how many customers of the earlier run's sample would be in it, in the views that ask the old segments; empty
    /// until there are clusters, and where that is not known.
    pub then: Vec<(ViewKind, Vec<u64>)>,
}

/// Customers of a new table found again in the run that is continued.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct People {
    /// Per row of the table, who it was; `None` = was not there.
    pub before: Vec<Option<RecordedCustomer>>,
    /// Those who are not in the table any more.
    pub leavers: Vec<RecordedCustomer>,
}

impl People {
    fn of(recorded: &Recorded, ids: &Ids) -> People {
        let places: Vec<Option<usize>> = (0..ids.len()).map(|row| recorded.place(&ids.text(row))).collect();
        let mut is_here = vec![false; recorded.customers().len()];
        places.iter().flatten().for_each(|&place| is_here[place] = true);
        let leavers = recorded.customers().iter().zip(is_here).filter(|(_, here)| !here).map(|(customer, _)| *customer);
        let before = places.iter().map(|place| place.map(|place| recorded.customers()[place])).collect();
        People { before, leavers: leavers.collect() }
    }

    /// Customers of both.
    pub fn n_shared(&self) -> usize {
        self.before.iter().flatten().count()
    }
}

impl Seen {
    /// The old segment of a row by the rule.
    pub fn by_rule(&self, row: usize) -> Option<ClusterId> {
        self.rule.as_ref()?.clusters[row]
    }
}
