//! Labels by customer, read back from a run or from a table of tiers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::Array;

use crate::compare::Seen;
use crate::load::{Ids, Levels, LoadError, RowStream, Source};

/// The label of every customer of a table, by the customer's id as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelsById(BTreeMap<String, Option<String>>);

impl LabelsById {
    /// Reads the columns `id` and `label` of the table at `path`. Of rows with the same id the first counts.
    ///
    /// # Errors
    /// When the table or one of the columns cannot be read.
    pub fn read(path: &Path, id: &str, label: &str) -> Result<Self, LoadError> {
        let source = Arc::new(Source::open(path)?);
        let mut labels = BTreeMap::new();
        for chunk in RowStream::new(&source, &[id, label], &[])? {
            let chunk = chunk?;
            let column = |position: usize, name: &str| Ids::Column {
                name: name.to_owned(),
                values: Arc::clone(&chunk.arrays[position]),
            };
            let (ids, values) = (column(0, id), column(1, label));
            for row in 0..chunk.n_rows {
                let value = chunk.arrays[1].is_valid(row).then(|| values.text(row));
                labels.entry(ids.text(row)).or_insert(value);
            }
        }
        Ok(LabelsById(labels))
    }

    /// The label of the customer `id`; `None` without one, and for nobody.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id)?.as_deref()
    }

    /// Customers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
    pub seen: Vec<Seen>,
}

impl Joined {
    /// Joins two labellings, which are called `left_name` and `right_name`.
    pub fn of(left: &LabelsById, left_name: &str, right: &LabelsById, right_name: &str) -> Self {
        let mut everybody: BTreeMap<&str, Sides<'_>> = BTreeMap::new();
        for (id, label) in &left.0 {
            everybody.entry(id).or_default().left = Some(label.as_deref());
        }
        for (id, label) in &right.0 {
            everybody.entry(id).or_default().right = Some(label.as_deref());
        }
        let lefts: Vec<Option<&str>> = everybody.values().map(|sides| sides.left.flatten()).collect();
        let rights: Vec<Option<&str>> = everybody.values().map(|sides| sides.right.flatten()).collect();
        let seen = everybody.values().map(|sides| match (sides.left, sides.right) {
            (Some(_), Some(_)) => Seen::Both,
            (Some(_), None) => Seen::Before,
            _ => Seen::After,
        });
        Joined {
            left: Levels::from_text(left_name, &lefts),
            right: Levels::from_text(right_name, &rights),
            seen: seen.collect(),
        }
    }

    /// Customers in both.
    pub fn n_shared(&self) -> usize {
        self.seen.iter().filter(|seen| **seen == Seen::Both).count()
    }
}
