//! Labels by customer, read back from a run or from a table of tiers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::Array;

use crate::compare::Presence;
use crate::config::{Duplicates, NullValue};
use crate::load::{Ids, Levels, LoadError, RowStream, Source};

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
        let mut labels: BTreeMap<String, Option<String>> = BTreeMap::new();
        let (mut repeated, mut conflicting) = (BTreeSet::new(), BTreeSet::new());
        let mut conflict = None;
        for chunk in RowStream::new(&source, &[id, label], &[])? {
            let chunk = chunk?;
            let column = |position: usize, name: &str| Ids::Column {
                name: name.to_owned(),
                values: Arc::clone(&chunk.arrays[position]),
            };
            let (ids, values) = (column(0, id), column(1, label));
            let is_marker = |text: &String| null_values.iter().any(|marker| marker.is(text));
            for row in 0..chunk.n_rows {
                let value = chunk.arrays[1].is_valid(row).then(|| values.text(row)).filter(|text| !is_marker(text));
                let id = ids.text(row);
                let Some(known) = labels.get_mut(&id) else {
                    labels.insert(id, value);
                    continue;
                };
                if *known != value {
                    conflict.get_or_insert_with(|| (id.clone(), [known.clone(), value.clone()]));
                    conflicting.insert(id.clone());
                }
                if duplicates == Duplicates::Last {
                    *known = value;
                }
                repeated.insert(id);
            }
        }
        let repeats = Repeats { n_ids: repeated.len(), n_conflicting: conflicting.len(), conflict };
        Ok(LabelsById { labels, repeats })
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
