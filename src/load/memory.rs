//! Customers whose table is put together already: no file, no columns to be judged.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use super::table::IN_MEMORY;
use super::{Audit, Column, CustomerTable, Fingerprint, Levels, LevelsAudit, LoadError, Loaded, NumericAudit};

impl Loaded {
    /// Audits `table`. Every feature is read once; of the other numeric columns only the money column is looked at.
    ///
    /// # Errors
    /// When there are neither features nor categories, a feature has no value, or a column cannot be read.
    pub fn of_table(table: CustomerTable) -> Result<Loaded, LoadError> {
        if table.features.is_empty() && table.attributes.iter().all(|levels| !levels.is_nominal()) {
            return Err(LoadError::NoFeature { source_name: IN_MEMORY.to_owned(), left_out: Vec::new() });
        }
        let n_rows = table.ids.len();
        let mut hash = Hash::default();
        (0..n_rows).for_each(|row| hash.text(Some(&table.ids.text(row))));
        let money = table.value.iter().filter(|value| !table.features.contains(value));
        let mut numeric = Vec::new();
        for (at, name) in table.features.iter().chain(money).enumerate() {
            let values = table.numeric.read(name)?;
            hash.numbers(name, &values);
            let column = Column::new(name, DataType::Float64, false);
            numeric.push(NumericAudit::of(&column, at < table.features.len(), &values));
        }
        if let Some(empty) = numeric.iter().find(|audit| audit.is_feature && audit.is_empty()) {
            let (column, source_name) = (empty.name.clone(), IN_MEMORY.to_owned());
            return Err(LoadError::NoValue { column, source_name, n_rows });
        }
        let described = table.attributes.iter().chain(&table.outcome).map(|levels| (levels, false));
        let described: Vec<(&Levels, bool)> = described.chain(table.tier.iter().map(|tier| (tier, true))).collect();
        described.iter().for_each(|(levels, _)| hash.levels(levels));
        let levels = described.iter().filter(|(levels, _)| table.outcome.as_ref() != Some(levels));
        let audit = Audit {
            n_rows,
            n_files: 0,
            n_row_groups: 0,
            n_bytes: 0,
            n_repeated_ids: 0,
            n_removed_rows: 0,
            numeric,
            levels: levels.map(|(levels, is_tier)| LevelsAudit::of(levels, "text".to_owned(), *is_tier, 0)).collect(),
            as_of: None,
            left_out: Vec::new(),
        };
        let fingerprint = Fingerprint::of_memory(IN_MEMORY, n_rows, hash.bytes, hash.hasher.finalize());
        Ok(Loaded { table, audit, warnings: Vec::new(), fingerprint, readings: BTreeMap::new() })
    }
}

/// The content of a table, hashed column by column.
#[derive(Default)]
struct Hash {
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Hash {
    fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// A text with its length, so that two columns of texts never read as one another; none is longer than any.
    fn text(&mut self, text: Option<&str>) {
        self.add(&text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
        self.add(text.unwrap_or_default().as_bytes());
    }

    fn numbers(&mut self, name: &str, values: &[f64]) {
        self.text(Some(name));
        let canonical = |x: f64| if x.is_nan() { f64::NAN } else { x };
        values.iter().for_each(|&x| self.add(&canonical(x).to_le_bytes()));
    }

    fn levels(&mut self, levels: &Levels) {
        self.text(Some(levels.name()));
        (0..levels.n_rows()).for_each(|row| self.text(levels.text(row)));
    }
}
