//! `refit.json`.

use serde::{Deserialize, Serialize};

use super::{
    Baseline, Continuation, DriftRecord, Event, Gate, Lineage, Movement, RunBefore, SegmentId, View, ViewKind,
};

/// What a run says of the run it continues, and what decides the ids of the one after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Refit {
    /// The run that is continued.
    pub against: String,
    /// That run by itself.
    pub before: RunBefore,
    /// The promoted run of the same date whose place this one is to take; its new ids are not given again.
    #[serde(default)]
    pub instead_of: Option<String>,
    /// The ways the two were held against each other.
    pub views: Vec<ViewRecord>,
    /// What happened to every segment.
    pub events: Vec<Event>,
    /// Where ids and names come from.
    #[serde(flatten)]
    pub lineage: Lineage,
    /// Who joined, left and moved.
    pub movement: Movement,
    /// How the customers differ; null where the run before left nothing behind to tell.
    pub drift: Option<DriftRecord>,
    /// Whether the run may take the place of the one it continues; null without a gate.
    pub gate: Option<Gate>,
}

impl Refit {
    /// Of a run that continues `against`.
    pub fn of(
        against: &Baseline,
        found: &Continuation,
        lineage: Lineage,
        movement: Movement,
        drift: Option<DriftRecord>,
        gate: Option<Gate>,
    ) -> Refit {
        let (views, events) = (ViewRecord::of(found, &against.ids()), found.events.clone());
        let Baseline { run, instead_of, before, .. } = against;
        let (against, instead_of, before) = (run.clone(), instead_of.clone(), before.clone());
        Refit { against, before, instead_of, views, events, lineage, movement, drift, gate }
    }

    /// Of a run that could not be held against `against`; `lineage` is its own.
    pub fn of_none(against: &Baseline, lineage: Lineage, gate: Option<Gate>) -> Refit {
        let (views, events, movement) = (Vec::new(), Vec::new(), Movement::default());
        let Baseline { run, instead_of, before, .. } = against;
        let (against, instead_of, before) = (run.clone(), instead_of.clone(), before.clone());
        Refit { against, before, instead_of, views, events, lineage, movement, drift: None, gate }
    }
}

/// Customers by old and new segment, in one view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ViewRecord {
    /// Which view.
    pub view: ViewKind,
    /// Whether it decided.
    pub chosen: bool,
    /// The share of customers who are where their old segment went on.
    pub carried: f64,
    /// Segments before, the rows.
    pub from: Vec<SegmentId>,
    /// Segments now, the columns.
    pub to: Vec<SegmentId>,
    /// Customers, from × to. A segment of which most are outside has none.
    pub counts: Vec<Vec<u64>>,
    /// Per segment now, its customers who are like none of the run before.
    pub outside: Vec<u64>,
}

impl ViewRecord {
    /// The views of `found`, in which old segments are called `old`.
    pub fn of(found: &Continuation, old: &[SegmentId]) -> Vec<ViewRecord> {
        let record = |(place, view): (usize, &View)| ViewRecord {
            view: view.kind,
            chosen: place == found.chosen,
            carried: view.carried,
            from: old.to_vec(),
            to: found.identities.ids.clone(),
            counts: (0..old.len()).map(|a| view.table.row(a).to_vec()).collect(),
            outside: view.outside.clone(),
        };
        found.views.iter().enumerate().map(record).collect()
    }
}
