//! What a run knows of the segments it continues and of those before them.

use serde::{Deserialize, Serialize};

use super::{Identities, Prototype, SegmentId};
use crate::Text;

/// All that decides the ids and names of the run that continues this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Lineage {
    /// The lowest id that was never given.
    pub next_id: SegmentId,
    /// The segments of the run, in order.
    pub ids: Vec<SegmentHistory>,
    /// Segments that vanished in one of the last runs and may come back.
    pub sleepers: Vec<Sleeper>,
}

/// Where a segment comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentHistory {
    /// The segment.
    pub segment_id: SegmentId,
    /// The run it first was in; null = this one.
    pub born: Option<String>,
    /// The segments it came from when it was new: of a split, of a merge.
    pub parents: Vec<SegmentId>,
    /// What it was called, the first name first; the last one is its name.
    pub names: Vec<GivenName>,
    /// Where its customers are nearest to another archetype than the one its name is of: that archetype. It becomes the name when
    /// the next run finds it again.
    pub nearer: Option<Nearer>,
}

/// A name, and since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GivenName {
    /// The first run with it; null = this one.
    pub run: Option<String>,
    /// The name.
    pub name: Text,
    /// The archetype it is of, as `catalog/id`; null when none fitted.
    pub archetype: Option<String>,
}

/// Another archetype than the one a name is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Nearer {
    /// It, as `catalog/id`; null when none fits any more.
    pub archetype: Option<String>,
    /// What the segment would be called.
    pub name: Text,
}

/// A segment that vanished and may come back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Sleeper {
    /// Its history as it was.
    pub history: SegmentHistory,
    /// The last run it was in.
    pub last_run: String,
    /// Runs since then.
    pub n_runs: usize,
    /// What recognizes its customers; null where its run was clustered by density, which does not come back.
    pub prototype: Option<Prototype>,
}

impl Sleeper {
    /// A segment that is no more, of which nothing recognizes its customers.
    pub(super) fn gone(history: SegmentHistory) -> Sleeper {
        Sleeper { history, last_run: String::new(), n_runs: 1, prototype: None }
    }
}

/// What a new fit calls a cluster, before it is known which segment it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundName {
    /// The name.
    pub name: Text,
    /// The archetype it is of.
    pub archetype: Option<String>,
}

impl Lineage {
    /// Of a run that continues none, whose segments are called `names`.
    ///
    /// # Panics
    /// When there is not one name an id.
    pub fn first(ids: &[SegmentId], names: Vec<FoundName>) -> Lineage {
        assert_eq!(ids.len(), names.len(), "a name a segment");
        let next_id = ids.iter().max().map_or(SegmentId::FIRST, |id| id.next());
        let ids = ids.iter().zip(names).map(|(&id, found)| SegmentHistory::new(id, Vec::new(), found)).collect();
        Lineage { next_id, ids, sleepers: Vec::new() }
    }

    /// The same lineage for who reads it from outside: what was null for "this run" is `run`.
    #[must_use]
    pub fn seen_from_outside(mut self, run: &str) -> Lineage {
        for history in &mut self.ids {
            history.born.get_or_insert_with(|| run.to_owned());
            history.names.iter_mut().for_each(|given| {
                given.run.get_or_insert_with(|| run.to_owned());
            });
        }
        self
    }

    /// The lineage of the run that continues this one, seen from outside, with the clusters of `identities` called `found`;
    /// `parents` are those of new segments. Ids that are in it no more sleep; after `grace` runs they are forgotten.
    ///
    /// A segment keeps its name. Where its customers fit another archetype than the one its name is of, that is noted, and when the
    /// run after finds the same again, the segment is called so.
    ///
    /// # Panics
    /// When there is not one name a cluster.
    #[must_use]
    pub fn continued(
        &self,
        run: &str,
        identities: &Identities,
        found: Vec<FoundName>,
        parents: impl Fn(usize) -> Vec<SegmentId>,
        prototypes: impl Fn(SegmentId) -> Option<Prototype>,
        grace: usize,
    ) -> Lineage {
        assert_eq!(identities.ids.len(), found.len(), "a name a cluster");
        let known = |id: SegmentId| {
            let asleep = self.sleepers.iter().map(|sleeper| &sleeper.history);
            self.ids.iter().chain(asleep).find(|history| history.segment_id == id)
        };
        let histories = identities.ids.iter().zip(found).enumerate();
        let ids: Vec<SegmentHistory> = histories
            .map(|(cluster, (&id, found))| match known(id) {
                Some(history) => history.renamed(found),
                None => SegmentHistory::new(id, parents(cluster), found),
            })
            .collect();
        let is_gone = |id: SegmentId| !identities.ids.contains(&id);
        let older = self.sleepers.iter().map(|sleeper| Sleeper { n_runs: sleeper.n_runs + 1, ..sleeper.clone() });
        let newly = self.ids.iter().map(|history| Sleeper {
            history: history.clone(),
            last_run: run.to_owned(),
            n_runs: 1,
            prototype: prototypes(history.segment_id),
        });
        let sleepers =
            older.chain(newly).filter(|sleeper| is_gone(sleeper.history.segment_id) && sleeper.n_runs <= grace);
        let mut lineage = Lineage { next_id: identities.next, sleepers: sleepers.collect(), ids };
        lineage.tell_apart();
        lineage
    }
}

impl SegmentHistory {
    fn new(segment_id: SegmentId, parents: Vec<SegmentId>, found: FoundName) -> Self {
        let names = vec![GivenName { run: None, name: found.name, archetype: found.archetype }];
        SegmentHistory { segment_id, born: None, parents, names, nearer: None }
    }

    /// Its name.
    pub fn name(&self) -> &GivenName {
        self.names.last().expect("a segment has a name")
    }

    /// The archetype its customers are nearest to, as `catalog/id`, whatever it is called; `None` when none fits.
    pub fn fits(&self) -> Option<&str> {
        let nearest = self.nearer.as_ref().map_or(&self.name().archetype, |nearer| &nearer.archetype);
        nearest.as_deref()
    }

    fn renamed(&self, found: FoundName) -> Self {
        let mut history = self.clone();
        history.nearer = None;
        if found.archetype != self.name().archetype {
            let again = self.nearer.as_ref().is_some_and(|nearer| nearer.archetype == found.archetype);
            if again {
                history.names.push(GivenName { run: None, name: found.name, archetype: found.archetype });
            } else {
                history.nearer = Some(Nearer { archetype: found.archetype, name: found.name });
            }
        }
        history
    }
}

impl Lineage {
    /// Puts the id behind names that are given in this run and that another segment has.
    fn tell_apart(&mut self) {
        let ids = &mut self.ids;
        for place in 0..ids.len() {
            if ids[place].name().run.is_some() {
                continue;
            }
            let name = ids[place].name().name.clone();
            let others = ids.iter().enumerate().filter(|&(other, _)| other != place);
            let is_taken =
                others.map(|(_, history)| &history.name().name).any(|other| other.en == name.en || other.zh == name.zh);
            if is_taken {
                let id = ids[place].segment_id;
                let given = ids[place].names.last_mut().expect("a segment has a name");
                given.name = Text::new(format!("{} ({id})", name.en), format!("{}（{id}）", name.zh));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(archetype: &str) -> FoundName {
        FoundName { name: Text::new(archetype, archetype), archetype: Some(archetype.to_owned()) }
    }

    fn continued(lineage: &Lineage, names: &[&str], ids: &[&str]) -> Lineage {
        let ids: Vec<SegmentId> = ids.iter().map(|id| id.parse().unwrap()).collect();
        let next = ids.iter().map(|id| id.next()).chain([lineage.next_id]).max().unwrap();
        let inherited = vec![true; ids.len()];
        let identities = Identities { ids, inherited, revived: Vec::new(), next };
        let found = names.iter().map(|name| found(name)).collect();
        lineage.continued("before", &identities, found, |_| Vec::new(), |_| None, 2).seen_from_outside("now")
    }

    fn called(lineage: &Lineage) -> Vec<&str> {
        lineage.ids.iter().map(|history| history.name().name.en.as_str()).collect()
    }

    #[test]
    fn a_name_changes_when_two_runs_in_a_row_say_the_same() {
        let first = Lineage::first(&Identities::first(1).ids, vec![found("loyal")]);
        let second = continued(&first, &["at risk"], &["S01"]);
        assert_eq!(
            (called(&second), second.ids[0].nearer.as_ref().unwrap().name.en.as_str()),
            (vec!["loyal"], "at risk")
        );
        assert_eq!(called(&continued(&second, &["at risk"], &["S01"])), ["at risk"]);
        let other = continued(&second, &["lost"], &["S01"]);
        assert_eq!((called(&other), other.ids[0].nearer.as_ref().unwrap().name.en.as_str()), (vec!["loyal"], "lost"));
        let back = continued(&second, &["loyal"], &["S01"]);
        assert_eq!((called(&back), &back.ids[0].nearer), (vec!["loyal"], &None));
    }

    #[test]
    fn an_id_sleeps_for_as_many_runs_as_the_grace_and_keeps_its_name_when_it_wakes() {
        let mut lineage = Lineage::first(&Identities::first(2).ids, vec![found("a"), found("b")]);
        for n_runs in 1..=2 {
            lineage = continued(&lineage, &["a"], &["S01"]);
            assert_eq!(lineage.sleepers[0].n_runs, n_runs);
        }
        let awake = continued(&lineage, &["a", "b"], &["S01", "S02"]);
        assert_eq!((called(&awake), awake.sleepers.len()), (vec!["a", "b"], 0));
        let forgotten = continued(&lineage, &["a"], &["S01"]);
        assert!(forgotten.sleepers.is_empty());
        assert_eq!(forgotten.next_id, "S03".parse().unwrap(), "a forgotten id is not given again");
    }

    #[test]
    fn a_new_segment_with_the_name_of_an_older_one_is_told_apart_by_its_id() {
        let first = Lineage::first(&Identities::first(1).ids, vec![found("a")]).seen_from_outside("before");
        let second = continued(&first, &["a", "a"], &["S01", "S02"]);
        assert_eq!(second.ids[1].name().name, Text::new("a (S02)", "a（S02）"));
        assert_eq!(second.ids[0].name().name.en, "a");
    }
}
