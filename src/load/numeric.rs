//! Numeric columns, decoded from the files whenever one is asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::order::ascending;
use super::{LoadError, NumericColumns, Source};
use crate::Text;

/// Bytes of decoded columns and of their orders that are kept. A constant, so that what a large table needs is what it needed without.
pub(crate) const KEPT_BYTES: usize = 192 << 20;

/// The numeric columns of a source without the rows that were removed.
///
/// The first columns that are read, and the first orders that are asked for, are kept, as many as fit into 192 MiB.
#[derive(Debug, Clone)]
pub struct ParquetColumns {
    source: Arc<Source>,
    /// Rows of the source that are not rows of the table, ascending.
    removed: Arc<[u32]>,
    /// Positions of the columns that can be read.
    columns: Vec<usize>,
    kept: Arc<Mutex<Kept>>,
}

/// What is kept of columns, by position.
#[derive(Debug, Default)]
struct Kept {
    values: BTreeMap<usize, Arc<Vec<f64>>>,
    orders: BTreeMap<usize, Arc<Vec<u32>>>,
    bytes: usize,
}

impl Kept {
    /// Whether there is room for `bytes` more, which are taken then.
    fn take(&mut self, bytes: usize) -> bool {
        let fits = self.bytes + bytes <= KEPT_BYTES;
        self.bytes += if fits { bytes } else { 0 };
        fits
    }
}

impl ParquetColumns {
    /// The given columns, numeric or bool, of `source`.
    pub(super) fn new(source: Arc<Source>, removed: Arc<[u32]>, columns: Vec<usize>) -> Self {
        ParquetColumns { source, removed, columns, kept: Arc::default() }
    }

    /// The column at `position` of the source.
    pub(super) fn read_position(&self, position: usize) -> Result<Arc<Vec<f64>>, LoadError> {
        if let Some(values) = self.kept().values.get(&position) {
            return Ok(Arc::clone(values));
        }
        let values = Arc::new(self.decoded(position)?);
        let mut kept = self.kept();
        if kept.values.contains_key(&position) || kept.take(size_of_val(&values[..])) {
            kept.values.insert(position, Arc::clone(&values));
        }
        Ok(values)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(&self, column: &str) -> Result<usize, LoadError> {
        let found = self.columns.iter().find(|&&position| self.source.columns()[position].name == column);
        found.copied().ok_or_else(|| LoadError::NoColumn {
            column: column.to_owned(),
            source_name: format!("the numeric columns of {}", self.source.name()),
        })
    }

    fn decoded(&self, position: usize) -> Result<Vec<f64>, LoadError> {
        let mut values = vec![0.0; self.source.n_rows()];
        let mut tasks = Vec::with_capacity(self.source.n_row_groups());
        let mut rest = values.as_mut_slice();
        for (f, file) in self.source.files.iter().enumerate() {
            for (g, &rows) in file.row_groups.iter().enumerate() {
                let (part, after) = rest.split_at_mut(rows);
                tasks.push((f, g, part));
                rest = after;
            }
        }
        let read = |(f, g, part): (usize, usize, &mut [f64])| {
            let mut at = 0;
            self.source.read_numbers(f, g, position, |values| {
                part[at..at + values.len()].copy_from_slice(values);
                at += values.len();
            })
        };
        // All results are collected, so that the error is that of the first row group whatever finishes first.
        let results: Vec<_> = match tasks.len() {
            1 => tasks.into_iter().map(read).collect(),
            _ => tasks.into_par_iter().map(read).collect(),
        };
        results.into_iter().collect::<Result<(), _>>()?;
        remove_rows(&mut values, &self.removed);
        Ok(values)
    }
}

impl NumericColumns for ParquetColumns {
    fn n_rows(&self) -> usize {
        self.source.n_rows() - self.removed.len()
    }

    fn names(&self) -> Vec<String> {
        self.columns.iter().map(|&c| self.source.columns()[c].name.clone()).collect()
    }

    fn read(&self, column: &str) -> Result<Arc<Vec<f64>>, LoadError> {
        self.read_position(self.position(column)?)
    }

    fn ascending(&self, column: &str) -> Result<Arc<Vec<u32>>, LoadError> {
        let position = self.position(column)?;
        if let Some(order) = self.kept().orders.get(&position) {
            return Ok(Arc::clone(order));
        }
        let order = Arc::new(ascending(&self.read_position(position)?));
        let mut kept = self.kept();
        if kept.orders.contains_key(&position) || kept.take(size_of_val(&order[..])) {
            kept.orders.insert(position, Arc::clone(&order));
        }
        Ok(order)
    }

    fn spoken(&self, column: &str) -> Option<Text> {
        self.source.columns().iter().find(|other| other.name == column)?.reading.spoken(column)
    }
}

/// Takes the rows `removed` (ascending) out of `values`.
pub(super) fn remove_rows<T: Copy>(values: &mut Vec<T>, removed: &[u32]) {
    let Some(&first) = removed.first() else { return };
    let mut to = first as usize;
    for (i, &row) in removed.iter().enumerate() {
        let end = removed.get(i + 1).map_or(values.len(), |&next| next as usize);
        values.copy_within(row as usize + 1..end, to);
        to += end - row as usize - 1;
    }
    values.truncate(to);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_rows_leave_the_others_in_order() {
        for removed in [vec![], vec![0], vec![5], vec![0, 1, 5], vec![2, 4], vec![0, 1, 2, 3, 4, 5]] {
            let mut values: Vec<usize> = (0..6).collect();
            remove_rows(&mut values, &removed);
            let kept: Vec<usize> = (0..6).filter(|&i| !removed.contains(&(i as u32))).collect();
            assert_eq!(values, kept);
        }
    }
}
