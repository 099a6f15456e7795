//! Names that people gave to segments.

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

use super::lock::Lock;
use super::{Registry, RegistryError, Run, disk, read_json};
use crate::compare::{Comparison, sentences};
use crate::refit::{SegmentHistory, SegmentId};
use crate::{Text, Warning};

/// The file of a registry with the names that people gave.
const NAMES: &str = "names.json";
/// The longest name.
const LONGEST: usize = 100;

/// `names.json` of a registry. It changes what is shown of runs and no file of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PinnedNames {
    /// The names, by segment.
    pub names: Vec<PinnedName>,
}

/// A name that somebody gave to a segment, in every run in which it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PinnedName {
    /// The segment.
    pub segment_id: SegmentId,
    /// The run in which it first was: runs that continue nothing have an `S01` each.
    pub born: String,
    /// The name.
    pub name: Text,
    /// The archetype its customers were of when it was given, as `catalog/id`.
    pub archetype: Option<String>,
}

impl PinnedNames {
    fn of(&self, history: &SegmentHistory) -> Option<&PinnedName> {
        let is_it = |pinned: &&PinnedName| {
            pinned.segment_id == history.segment_id && history.born.as_deref() == Some(&*pinned.born)
        };
        self.names.iter().find(is_it)
    }
}

impl Registry {
    /// The names that people gave to segments of runs in this registry.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn pinned_names(&self) -> Result<PinnedNames, RegistryError> {
        match read_json(self.path(), NAMES) {
            Err(RegistryError::Missing { .. }) => Ok(PinnedNames::default()),
            read => read.map_err(|error| {
                let message = match error {
                    RegistryError::Damaged { message, .. } => message,
                    RegistryError::Unreadable { source, .. } => source.to_string(),
                    other => other.to_string(),
                };
                RegistryError::Names { path: self.path().join(NAMES), message }
            }),
        }
    }

    /// Gives the segment `id` of `run` a name, or takes it away; what it is called now, and was called by the run.
    ///
    /// # Errors
    /// When there is no such run, it has no such segment, the name is empty, longer than 100 characters or another segment's, or the file cannot be
    /// read or written.
    pub fn pin_name(&self, run: &str, id: &str, name: Option<Text>) -> Result<SegmentHistory, RegistryError> {
        let run = Run::open(&self.resolve(run)?.path)?;
        let lineage = run.lineage()?;
        let known = || lineage.ids.iter().map(|history| history.segment_id);
        let Some(history) = lineage.ids.iter().find(|history| history.segment_id.to_string() == id) else {
            let (segment, run) = (id.to_owned(), run.record.run_id.clone());
            return Err(RegistryError::UnknownSegment { segment, run, segments: known().collect() });
        };
        let _edit = Lock::of_edit(self.path())?;
        let mut pinned = self.pinned_names()?;
        name.as_ref().map_or(Ok(()), refuse_bad_name)?;
        let name = name.map(|name| Text::new(name.en.trim(), name.zh.trim()));
        // Without a name of its own it has the recorded one again, which may be another's by now.
        let wanted = name.as_ref().unwrap_or(&history.name().name);
        let is_other = |other: &&SegmentHistory| other.segment_id != history.segment_id;
        let called = |other: &SegmentHistory| pinned.of(other).map_or(&other.name().name, |it| &it.name).clone();
        if let Some(other) = lineage.ids.iter().filter(is_other).find(|other| shares_a_name(&called(other), wanted)) {
            return Err(RegistryError::NameTaken { name: wanted.en.clone(), segment: other.segment_id });
        }
        let born = history.born.clone().unwrap_or_default();
        pinned.names.retain(|it| (it.segment_id, &it.born) != (history.segment_id, &born));
        if let Some(name) = name {
            let archetype = history.fits().map(str::to_owned);
            pinned.names.push(PinnedName { segment_id: history.segment_id, born, name, archetype });
        }
        pinned.names.sort();
        let text = serde_json::to_string_pretty(&pinned).expect("names have text keys");
        disk::replace_file(self.path(), NAMES, text + "\n")?;
        Ok(history.clone())
    }
}

fn shares_a_name(a: &Text, b: &Text) -> bool {
    a.en == b.en || a.zh == b.zh
}

fn refuse_bad_name(name: &Text) -> Result<(), RegistryError> {
    // Characters that are there and cannot be seen are no name.
    let bad = |text: &str| text.trim().width() == 0 || text.chars().count() > LONGEST;
    match [&name.en, &name.zh].into_iter().find(|text| bad(text)) {
        Some(text) => Err(RegistryError::BadName { name: text.chars().take(LONGEST).collect() }),
        None => Ok(()),
    }
}

impl Run {
    /// The run as people see it, with the names they gave to its segments.
    ///
    /// # Errors
    /// When the run does not say where its segments come from.
    pub(crate) fn called(mut self, pinned: &PinnedNames) -> Result<Run, RegistryError> {
        if pinned.names.is_empty() {
            return Ok(self);
        }
        for history in self.lineage()?.ids {
            let Some(given) = pinned.of(&history) else { continue };
            if given.archetype.as_deref() != history.fits() {
                self.record.warnings.push(no_longer_fits(given, &history));
            }
            self.rename(&history.segment_id.to_string(), &given.name);
        }
        Ok(self)
    }

    fn rename(&mut self, id: &str, new: &Text) {
        let language = self.record.plan.label.language;
        let segment = self.record.segments.iter_mut().filter(|segment| segment.segment_id == id);
        segment.for_each(|segment| segment.segment = new.get(language).to_owned());
        let mut old = new.clone();
        for cluster in self.labelled.clusterings.iter_mut().flat_map(|one| &mut one.clusters) {
            if cluster.id.as_deref() == Some(id) {
                old = std::mem::replace(&mut cluster.name, new.clone());
            }
            let neighbour = cluster.portrait.as_mut().and_then(|portrait| portrait.neighbour.as_mut());
            if let Some(neighbour) = neighbour.filter(|neighbour| neighbour.id.as_deref() == Some(id)) {
                neighbour.name = new.clone();
            }
        }
        let candidates = &mut self.labelled.new_segments.candidates;
        candidates.iter_mut().filter(|candidate| candidate.id == id).for_each(|candidate| candidate.name = new.clone());
        let renaming = Renaming { old: &old, new };
        let primary = self.record.primary.name();
        let compared = &mut self.comparisons;
        compared
            .comparisons
            .iter_mut()
            .filter(|one| one.clustering == primary)
            .for_each(|one| renaming.of_comparison(one));
        compared
            .targets
            .iter_mut()
            .flat_map(|targets| &mut targets.segments)
            .for_each(|one| renaming.of(&mut one.segment));
        for customer in
            compared.moves.iter_mut().filter(|moves| moves.clustering == primary).flat_map(|moves| &mut moves.customers)
        {
            renaming.of(&mut customer.segment);
            renaming.of_beginning(&mut customer.reason);
        }
        let histories = self.refit.iter_mut().flat_map(|refit| &mut refit.lineage.ids);
        for history in histories.filter(|history| history.segment_id.to_string() == id) {
            if let Some(given) = history.names.last_mut() {
                given.name = new.clone();
            }
        }
    }
}

/// What a segment was called, and what it is called now.
struct Renaming<'a> {
    old: &'a Text,
    new: &'a Text,
}

impl Renaming<'_> {
    fn of(&self, name: &mut Text) {
        if name == self.old {
            *name = self.new.clone();
        }
    }

    /// Of a sentence that begins with the name, in quotes or without.
    fn of_beginning(&self, sentence: &mut Text) {
        if let Some(rest) = sentence.en.strip_prefix(&self.old.en) {
            sentence.en = format!("{}{rest}", self.new.en);
        }
        if let Some(rest) = sentence.zh.strip_prefix('“').and_then(|rest| rest.strip_prefix(&self.old.zh)) {
            sentence.zh = format!("“{}{rest}", self.new.zh);
        }
    }

    fn of_comparison(&self, comparison: &mut Comparison) {
        comparison.contingency.cluster_names.iter_mut().for_each(|name| self.of(name));
        comparison.disagreements.iter_mut().for_each(|cell| self.of_beginning(&mut cell.reason));
        comparison.sentences = sentences(comparison, None);
    }
}

fn no_longer_fits(given: &PinnedName, history: &SegmentHistory) -> Warning {
    let (id, name) = (given.segment_id, &given.name);
    let was = given.archetype.as_deref().unwrap_or("none");
    let is = history.fits().unwrap_or("none");
    let message = Text::new(
        format!("{id} is called “{}” since it was of the archetype {was}; its customers are of {is} now", name.en),
        format!("{id} 在原型为 {was} 时命名为“{}”，现在其客户的原型为 {is}", name.zh),
    );
    Warning::new("name_no_longer_fits", message).with("segment_id", id.to_string()).with("archetype", history.fits())
}
