//! Where the customers of an earlier run were, read back from its `assignments.parquet`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::config::Algorithm;
use crate::load::{Ids, LoadError, RowStream, Source};
use crate::model::VALUE_COLUMN;

/// The customers of an earlier run.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    customers: Vec<RecordedCustomer>,
    /// The place of every id, as text. Only asked for single ids, so its order is never seen.
    places: HashMap<String, u32>,
}

/// A customer of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedCustomer {
    /// The cluster of its primary clustering; `None` = in none.
    pub cluster: Option<u32>,
    /// What the customer brought; NaN where that was not recorded.
    pub value: f64,
}

impl Recorded {
    /// Reads the table at `path`, whose customers are named by the column `id`, as `primary` clustered them.
    ///
    /// # Errors
    /// When the table or one of its columns cannot be read.
    pub fn read(path: &Path, id: &str, primary: Algorithm) -> Result<Recorded, LoadError> {
        let source = Arc::new(Source::open_even_empty(path)?);
        let cluster = format!("{}_cluster", primary.name());
        // Runs before format 1.3 did not record it.
        let has_value = source.position(VALUE_COLUMN).is_some();
        let numeric: Vec<&str> = [cluster.as_str()].into_iter().chain(has_value.then_some(VALUE_COLUMN)).collect();
        let mut recorded = Recorded::default();
        for chunk in RowStream::new(&source, &[id], &numeric)? {
            let chunk = chunk?;
            let ids = Ids::Column { name: id.to_owned(), values: Arc::clone(&chunk.arrays[0]) };
            for row in 0..chunk.n_rows {
                let cluster = chunk.numbers[0][row];
                let value = chunk.numbers.get(1).map_or(f64::NAN, |values| values[row]);
                recorded.places.insert(ids.text(row), recorded.customers.len() as u32);
                let cluster = (cluster >= 0.0).then_some(cluster as u32);
                recorded.customers.push(RecordedCustomer { cluster, value });
            }
        }
        Ok(recorded)
    }

    /// Every customer, in the order of the run.
    pub fn customers(&self) -> &[RecordedCustomer] {
        &self.customers
    }

    /// The place of the customer `id` among [`customers`](Recorded::customers).
    pub fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).map(|&place| place as usize)
    }
}
