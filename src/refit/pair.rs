//! Two recorded runs held against each other by their customers, whether or not one continues the other.

use super::{
    CustomerThenAndNow, DriftRecord, Event, FoundName, Identities, Leaver, Lineage, Movement, Refit, RunBefore,
    SegmentId, View, ViewKind, ViewRecord,
};
use crate::metrics::Contingency;

/// Two runs, the earlier one first, and where their customers were and are.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The earlier run.
    pub against: &'a str,
    /// That run by itself.
    pub before: RunBefore,
    /// The lineage of the earlier run.
    pub earlier: &'a Lineage,
    /// The lineage of the later run.
    pub later: &'a Lineage,
    /// Whether both get their ids from one lineage, so that an id is the same segment in either.
    pub is_one_lineage: bool,
    /// The customers of the later run: their cluster before, `None` = not there, and their cluster now.
    pub customers: Vec<(Option<Option<usize>>, Option<usize>)>,
    /// The clusters of those who are in the earlier run alone.
    pub leavers: Vec<Option<usize>>,
    /// How the customers differ, where that is known.
    pub drift: Option<DriftRecord>,
}

impl Refit {
    /// What became of the segments of the earlier run of `pair` in the later one, in the view `people`, which is the only one that two
    /// recorded runs leave. Ids are those of the lineage; of two lineages the later segments are matched to the earlier ones by the
    /// rule of [`Identities::of`], and ids are those of the earlier run.
    ///
    /// Who moved and who was redefined cannot be told apart: every change is a move.
    pub fn between(pair: Pair<'_>) -> Refit {
        let ids = |lineage: &Lineage| lineage.ids.iter().map(|history| history.segment_id).collect::<Vec<SegmentId>>();
        let (old, view) = (ids(pair.earlier), pair.view());
        let size = |id: &SegmentId| pair.before.groups.iter().find(|group| group.segment_id == Some(*id));
        let sizes: Vec<u64> = old.iter().map(|id| size(id).map_or(0, |group| group.size)).collect();
        let mut identities = Identities::of(&view, &old, &sizes, pair.earlier.next_id, &[]);
        if pair.is_one_lineage {
            identities.ids = ids(pair.later);
        }
        let events = Event::of_view(&view, &[], &old, &sizes, &identities);
        let given = identities.ids;
        let segment = |ids: &[SegmentId], cluster: Option<usize>| cluster.and_then(|cluster| ids.get(cluster).copied());
        let customer = |&(before, after): &(Option<Option<usize>>, Option<usize>)| CustomerThenAndNow {
            before: before.map(|cluster| segment(&old, cluster)),
            by_old: segment(&given, after),
            after: segment(&given, after),
            value_before: f64::NAN,
            value: f64::NAN,
            is_border: false,
        };
        let left = |&cluster: &Option<usize>| Leaver { before: segment(&old, cluster), value_before: f64::NAN };
        let leavers: Vec<Leaver> = pair.leavers.iter().map(left).collect();
        let movement = Movement::of(pair.customers.len(), |at| customer(&pair.customers[at]), &leavers, false);
        let record = ViewRecord {
            view: view.kind,
            chosen: true,
            carried: view.carried,
            counts: (0..old.len()).map(|a| view.table.row(a).to_vec()).collect(),
            outside: view.outside,
            from: old,
            to: given.clone(),
        };
        Refit {
            against: pair.against.to_owned(),
            before: pair.before,
            instead_of: None,
            views: vec![record],
            events,
            lineage: named(pair.earlier, pair.later, &given),
            movement,
            drift: pair.drift,
            gate: None,
        }
    }
}

impl Pair<'_> {
    /// Customers of both by old segment and new one.
    fn view(&self) -> View {
        let (n_old, n_new) = (self.earlier.ids.len(), self.later.ids.len());
        let mut counts = vec![0; n_old * n_new];
        for (before, now) in &self.customers {
            if let Some((a, b)) = before.flatten().zip(*now) {
                counts[a * n_new + b] += 1;
            }
        }
        let mut absent = vec![0; n_old];
        self.leavers.iter().flatten().for_each(|&cluster| absent[cluster] += 1);
        View::of(ViewKind::People, &Contingency::new(n_old, n_new, counts), vec![0; n_new], absent)
    }
}

/// What the later segments are called, under the ids `given` to them, and the earlier ones that are no more.
fn named(earlier: &Lineage, later: &Lineage, given: &[SegmentId]) -> Lineage {
    let found = |name: &super::GivenName| FoundName { name: name.name.clone(), archetype: name.archetype.clone() };
    let names = later.ids.iter().map(|history| found(history.name())).collect();
    let mut lineage = Lineage::first(given, names);
    let gone = earlier.ids.iter().filter(|history| !given.contains(&history.segment_id));
    lineage.sleepers = gone.map(|history| super::Sleeper::gone(history.clone())).collect();
    lineage
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;
    use crate::refit::{Fate, GroupBefore};

    fn lineage(ids: &[&str]) -> Lineage {
        let ids: Vec<SegmentId> = ids.iter().map(|id| id.parse().unwrap()).collect();
        let name = |id: &SegmentId| FoundName { name: Text::new(format!("the {id}"), ""), archetype: None };
        Lineage::first(&ids, ids.iter().map(name).collect())
    }

    fn pair<'a>(earlier: &'a Lineage, later: &'a Lineage, is_one_lineage: bool) -> Pair<'a> {
        let groups = earlier.ids.iter().map(|history| GroupBefore::new(Some(history.segment_id), 60)).collect();
        let both = |a: usize, b: usize, n: usize| std::iter::repeat_n((Some(Some(a)), Some(b)), n);
        Pair {
            against: "before",
            before: RunBefore::new(10, 1.0, 120, groups),
            earlier,
            later,
            is_one_lineage,
            customers: both(0, 1, 50).chain(both(1, 0, 55)).chain([(None, Some(0))]).collect(),
            leavers: vec![Some(0); 10],
            drift: None,
        }
    }

    #[test]
    fn segments_of_two_lineages_are_matched_and_of_one_they_are_what_their_ids_say() {
        let (earlier, later) = (lineage(&["S01", "S02"]), lineage(&["S01", "S02"]));
        let ids = |refit: &Refit| refit.views[0].to.iter().map(SegmentId::to_string).collect::<Vec<String>>();
        let matched = Refit::between(pair(&earlier, &later, false));
        assert_eq!(ids(&matched), ["S02", "S01"], "the first of the later run has the customers of the second");
        assert!(matched.events.iter().all(|event| event.kind == Fate::Survived && event.from == event.to));
        assert_eq!(matched.lineage.ids[0].name().name.en, "the S01", "names are those of the later run");
        let same = Refit::between(pair(&earlier, &later, true));
        assert_eq!(ids(&same), ["S01", "S02"]);
        let first = &matched.movement.segments[0].customers;
        assert_eq!((first.before, first.left, first.after), (60, -10, 50));
    }
}
