//! Labels by customer, read back from a run or from a table of tiers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::Array;

use crate::compare::Presence;
use crate::config::{Duplicates, NullValue};
use crate::load::{Ids, Levels, LoadError, RowStream, Source};
use crate::recognize::missing_levels;

/// The label of every customer of a table, by the customer's id as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelsById {
    labels: BTreeMap<String, Option<String>>,
    repeats: Repeats,
}

/// Ids that stand in more than one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repeats {
    /// How many there are.
    pub n_ids: usize,
    /// How many of them have different labels.
    pub n_conflicting: usize,
    /// The first of these, with its first label and the other one.
    pub conflict: Option<(String, [Option<String>; 2])>,
}

impl LabelsById {
    /// Reads the columns `id` and `label` of the table at `path`, which may have no rows. Of rows with the same id the last
    /// counts where `duplicates` says so, else the first; [`repeats`](Self::repeats) tells of them. A label that is one of
    /// `null_values` is none.
    ///
    /// # Errors
    /// When the table or one of the columns cannot be read.
    pub fn read(
        path: &Path,
        id: &str,
        label: &str,
        duplicates: Duplicates,
        null_values: &[NullValue],
    ) -> Result<Self, LoadError> {
        let source = Arc::new(Source::open_even_empty(path)?);
        let mut gathered = Gathering::new(duplicates, null_values);
        for chunk in RowStream::new(&source, &[id, label], &[])? {
            let chunk = chunk?;
            let column = |position: usize, name: &str| Ids::Column {
                name: name.to_owned(),
                values: Arc::clone(&chunk.arrays[position]),
            };
            let (ids, values) = (column(0, id), column(1, label));
            for row in 0..chunk.n_rows {
                gathered.add(ids.text(row), chunk.arrays[1].is_valid(row).then(|| values.text(row)));
            }
        }
        Ok(gathered.finish())
    }

    /// [`read`](Self::read) of rows in memory: each customer's id with its label.
    pub fn of_rows(
        rows: impl Iterator<Item = (String, Option<String>)>,
        duplicates: Duplicates,
        null_values: &[NullValue],
    ) -> Self {
        let mut gathered = Gathering::new(duplicates, null_values);
        rows.for_each(|(id, label)| gathered.add(id, label));
        gathered.finish()
    }

    /// The labels without those that stand for a missing one, and these.
    pub fn without_missing_words(mut self) -> (Self, Vec<String>, usize) {
        let words: Vec<String> = missing_levels(self.levels().into_iter()).into_iter().map(str::to_owned).collect();
        let mut n = 0;
        for label in self.labels.values_mut() {
            if label.as_ref().is_some_and(|label| words.contains(label)) {
                *label = None;
                n += 1;
            }
        }
        (self, words, n)
    }

    /// The different labels.
    pub fn levels(&self) -> BTreeSet<&str> {
        self.labels.values().filter_map(Option::as_deref).collect()
    }

    /// A customer of either whose ids differ in form alone, such as `00012` and `12`: the id here and the id there.
    pub fn differ_in_form<'a>(&'a self, other: &'a LabelsById) -> Option<(&'a str, &'a str)> {
        let plain: BTreeMap<&str, &str> = other.labels.keys().map(|id| (plain_form(id), id.as_str())).collect();
        self.labels.keys().find_map(|id| Some((id.as_str(), *plain.get(plain_form(id))?)))
    }

    /// The ids that stand in more than one row.
    pub fn repeats(&self) -> &Repeats {
        &self.repeats
    }

    /// The label of the customer `id`; `None` without one, and for nobody.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.labels.get(id)?.as_deref()
    }

    /// Customers.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// A number without leading zeros and without `.0`; any other id as it is.
fn plain_form(id: &str) -> &str {
    let whole = id.strip_suffix(".0").unwrap_or(id);
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return id;
    }
    let plain = whole.trim_start_matches('0');
    if plain.is_empty() { "0" } else { plain }
}

/// Rows on their way to labels by id.
struct Gathering<'a> {
    duplicates: Duplicates,
    null_values: &'a [NullValue],
    labels: BTreeMap<String, Option<String>>,
    repeated: BTreeSet<String>,
    conflicting: BTreeSet<String>,
    conflict: Option<(String, [Option<String>; 2])>,
}

impl<'a> Gathering<'a> {
    fn new(duplicates: Duplicates, null_values: &'a [NullValue]) -> Self {
        Gathering {
            duplicates,
            null_values,
            labels: BTreeMap::new(),
            repeated: BTreeSet::new(),
            conflicting: BTreeSet::new(),
            conflict: None,
        }
    }

    fn add(&mut self, id: String, label: Option<String>) {
        let value = label.filter(|text| !self.null_values.iter().any(|marker| marker.is(text)));
        let Some(known) = self.labels.get_mut(&id) else {
            self.labels.insert(id, value);
            return;
        };
        if *known != value {
            self.conflict.get_or_insert_with(|| (id.clone(), [known.clone(), value.clone()]));
            self.conflicting.insert(id.clone());
        }
        if self.duplicates == Duplicates::Last {
            *known = value;
        }
        self.repeated.insert(id);
    }

    fn finish(self) -> LabelsById {
        let (n_ids, n_conflicting) = (self.repeated.len(), self.conflicting.len());
        LabelsById { labels: self.labels, repeats: Repeats { n_ids, n_conflicting, conflict: self.conflict } }
    }
}

/// Where a customer was found, and the label there.
#[derive(Default)]
struct Sides<'a> {
    left: Option<Option<&'a str>>,
    right: Option<Option<&'a str>>,
}

/// Two labellings side by side, one row for every customer of either, by id.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The labels of the first; nobody of the second only has one.
    pub left: Levels,
    /// The labels of the second.
    pub right: Levels,
    /// Where each customer was found.
    pub seen: Vec<Presence>,
}

impl Joined {
    /// Joins two labellings, which are called `left_name` and `right_name`.
    pub fn of(left: &LabelsById, left_name: &str, right: &LabelsById, right_name: &str) -> Self {
        let mut everybody: BTreeMap<&str, Sides<'_>> = BTreeMap::new();
        for (id, label) in &left.labels {
            everybody.entry(id).or_default().left = Some(label.as_deref());
        }
        for (id, label) in &right.labels {
            everybody.entry(id).or_default().right = Some(label.as_deref());
        }
        let lefts: Vec<Option<&str>> = everybody.values().map(|sides| sides.left.flatten()).collect();
        let rights: Vec<Option<&str>> = everybody.values().map(|sides| sides.right.flatten()).collect();
        let seen = everybody.values().map(|sides| match (sides.left, sides.right) {
            (Some(_), Some(_)) => Presence::Both,
            (Some(_), None) => Presence::Before,
            _ => Presence::After,
        });
        Joined {
            left: Levels::from_text(left_name, &lefts),
            right: Levels::from_text(right_name, &rights),
            seen: seen.collect(),
        }
    }

    /// Customers in both.
    pub fn n_shared(&self) -> usize {
        self.count(Presence::Both)
    }

    /// Customers who were found there.
    pub fn count(&self, wanted: Presence) -> usize {
        self.seen.iter().filter(|seen| **seen == wanted).count()
    }
}
