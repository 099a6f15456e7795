//! What happened, as it is written down.

use serde::{Deserialize, Serialize};

use super::identity::flags;
use super::{Edge, Facets, Fate, Flag, Identities, SegmentId, View, ViewKind};

/// One thing that happened to segments between two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Event {
    /// What.
    pub kind: Fate,
    /// Segments of the run that is continued; of what revived, the segment itself.
    pub from: Vec<SegmentId>,
    /// Segments of the new run.
    pub to: Vec<SegmentId>,
    /// In which view.
    pub view: ViewKind,
    /// The share of the customers of `from` who are in `to`; null where one of them is empty.
    pub forward: Option<f64>,
    /// The share of the customers of `to` who come from `from`; null where one of them is empty.
    pub back: Option<f64>,
    /// How clearly the customers of the one segment went one way; null where there are several.
    pub facets: Option<Facets>,
    /// What speaks against relying on it.
    pub flags: Vec<Flag>,
}

impl Event {
    /// The events of `view`, in which old segments are called `old` and had `sizes` customers, and clusters are called as `given` says;
    /// `others` are the views that did not decide.
    pub fn of_view(view: &View, others: &[&View], old: &[SegmentId], sizes: &[u64], given: &Identities) -> Vec<Event> {
        let (new, revived) = (&given.ids, &given.revived);
        let ids = |places: &[usize], of: &[SegmentId]| places.iter().map(|&place| of[place]).collect::<Vec<_>>();
        let event = |edge: &Edge| {
            let came_back = revived.iter().find(|(_, cluster)| edge.outcome == Fate::Emerged && edge.to == [*cluster]);
            let [forward, back] = shares(edge, view);
            let facets = match (edge.from.as_slice(), edge.to.as_slice()) {
                ([a], _) => Facets::of(&view.table, *a, view.absent[*a]),
                (_, [b]) => Facets::of(&view.table.transposed(), *b, view.outside[*b]),
                _ => None,
            };
            Event {
                kind: if came_back.is_some() { Fate::Revived } else { edge.outcome },
                from: came_back.map_or_else(|| ids(&edge.from, old), |(id, _)| vec![*id]),
                to: ids(&edge.to, new),
                view: view.kind,
                forward,
                back,
                facets,
                flags: flags(edge, view, others, old, sizes),
            }
        };
        view.forest.edges.iter().map(event).collect()
    }
}

/// The share of the customers of `from` in `to`, and of `to` from `from`.
fn shares(edge: &Edge, view: &View) -> [Option<f64>; 2] {
    let table = &view.table;
    let both: u64 = edge.from.iter().flat_map(|&a| edge.to.iter().map(move |&b| table.count(a, b))).sum();
    let of =
        |total: u64| (total > 0 && !edge.from.is_empty() && !edge.to.is_empty()).then(|| both as f64 / total as f64);
    let from = edge.from.iter().map(|&a| table.tier_totals()[a]).sum();
    let to = edge.to.iter().map(|&b| table.cluster_totals()[b]).sum();
    [of(from), of(to)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Contingency;

    #[test]
    fn an_event_names_segments_by_their_ids_and_says_how_many_went_along() {
        let view = View::of(ViewKind::Rule, &Contingency::new(2, 3, vec![90, 5, 5, 0, 60, 40]), vec![0; 3], vec![0; 2]);
        let old: Vec<SegmentId> = ["S04", "S02"].iter().map(|id| id.parse().unwrap()).collect();
        let given = Identities::of(&view, &old, &[100; 2], "S07".parse().unwrap(), &[]);
        let events = Event::of_view(&view, &[], &old, &[100; 2], &given);
        assert_eq!((events[0].kind, &events[0].from, &events[0].to), (Fate::Survived, &vec![old[0]], &vec![old[0]]));
        assert_eq!((events[0].forward, events[0].back), (Some(0.9), Some(1.0)));
        let split: Vec<String> = events[1].to.iter().map(SegmentId::to_string).collect();
        assert_eq!(
            (split, events[1].forward, events[1].back),
            (vec!["S02".into(), "S07".into()], Some(1.0), Some(100.0 / 110.0))
        );
    }
}
