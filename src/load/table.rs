use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::ArrayRef;

use super::LoadError;
use super::order::ascending;
use crate::Text;

/// What a table in memory is called in messages and in the record.
pub(crate) const IN_MEMORY: &str = "the table in memory";

/// Customers as the stages after `load` see them.
///
/// Ids, attributes and the tier are in memory; numeric columns are read when one is needed, one at a time, so that a table
/// never has to fit into memory in its original form.
pub struct CustomerTable {
    /// Who the customers are.
    pub ids: Ids,
    /// Names of the clustered columns, in order.
    pub features: Vec<String>,
    /// Columns that only describe.
    pub attributes: Vec<Levels>,
    /// The tier people gave, if there is one.
    pub tier: Option<Levels>,
    /// A column of two levels that is told per segment, if there is one.
    pub outcome: Option<Levels>,
    /// Name of the money column, if there is one; it may be a feature too.
    pub value: Option<String>,
    /// The numeric columns.
    pub numeric: Box<dyn NumericColumns>,
}

impl CustomerTable {
    /// The columns `names`, parted into numeric ones, by name, and attributes.
    pub fn part<'a>(&'a self, names: &[String]) -> (Vec<String>, Vec<&'a Levels>) {
        let attribute = |name: &String| self.attributes.iter().find(|levels| levels.name() == name);
        let numeric = names.iter().filter(|name| attribute(name).is_none()).cloned().collect();
        (numeric, names.iter().filter_map(attribute).collect())
    }
}

/// Numeric columns by name, in original units.
pub trait NumericColumns: Send + Sync {
    /// Rows of every column.
    fn n_rows(&self) -> usize;

    /// Names of the columns that can be read, in table order.
    fn names(&self) -> Vec<String>;

    /// The values of `column`, one a row; NaN stands for missing (null, NaN and ±inf in the file). No value is infinite.
    ///
    /// # Errors
    /// When the column does not exist or its file cannot be read any more.
    fn read(&self, column: &str) -> Result<Arc<Vec<f64>>, LoadError>;

    /// The rows of `column` that have a value, ascending by it, rows of equal values ascending.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn ascending(&self, column: &str) -> Result<Arc<Vec<u32>>, LoadError> {
        Ok(Arc::new(ascending(&self.read(column)?)))
    }

    /// What the numbers of `column` are called where they are not what its name says, such as `days since signup`.
    fn spoken(&self, _column: &str) -> Option<Text> {
        None
    }
}

/// Numeric columns held in memory; for tests and for callers that have no file.
impl NumericColumns for Vec<(String, Vec<f64>)> {
    fn n_rows(&self) -> usize {
        self.first().map_or(0, |(_, values)| values.len())
    }

    fn names(&self) -> Vec<String> {
        self.iter().map(|(name, _)| name.clone()).collect()
    }

    fn read(&self, column: &str) -> Result<Arc<Vec<f64>>, LoadError> {
        let found = self.iter().find(|(name, _)| name == column);
        found
            .map(|(_, values)| Arc::new(values.clone()))
            .ok_or_else(|| LoadError::NoColumn { column: column.to_owned(), source_name: IN_MEMORY.to_owned() })
    }
}

/// Who the customers are.
#[derive(Debug, Clone)]
pub enum Ids {
    /// Row numbers from 0, for a table without an id column.
    RowNumber(usize),
    /// The id column under its own name, in its own type.
    Column {
        /// Its name.
        name: String,
        /// Its values; unique and without null.
        values: ArrayRef,
    },
}

impl Ids {
    /// Customers.
    pub fn len(&self) -> usize {
        match self {
            Ids::RowNumber(n) => *n,
            Ids::Column { values, .. } => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of row `row` as text: for messages, and to find a customer again.
    ///
    /// Numbers are in their shortest form, bytes are hexadecimal.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn text(&self, row: usize) -> String {
        match self {
            Ids::RowNumber(n) => {
                assert!(row < *n, "row {row} of {n}");
                row.to_string()
            }
            Ids::Column { values, .. } => super::text::value_as_text(values, row),
        }
    }

    /// How the ids of two rows are ordered: numbers of rows as numbers, others as texts.
    pub(crate) fn compare(&self, row: usize, other: usize) -> Ordering {
        match self {
            Ids::RowNumber(_) => row.cmp(&other),
            Ids::Column { .. } => self.text(row).cmp(&self.text(other)),
        }
    }
}

/// A text, bool or date column, as codes into its levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    name: String,
    levels: Vec<String>,
    codes: Vec<u16>,
    nominal: bool,
}

const MISSING: u16 = u16::MAX;

impl Levels {
    /// A column from the code of every row; `None` is missing.
    ///
    /// # Panics
    /// When a code has no level or there are 65,535 levels or more; `load` leaves such columns out.
    pub fn new(name: impl Into<String>, levels: Vec<String>, codes: impl IntoIterator<Item = Option<u16>>) -> Self {
        assert!(levels.len() < usize::from(MISSING), "a level fits a code");
        let codes: Vec<u16> = codes.into_iter().map(|code| code.unwrap_or(MISSING)).collect();
        assert!(codes.iter().all(|&code| code == MISSING || usize::from(code) < levels.len()), "codes have levels");
        Levels { name: name.into(), levels, codes, nominal: true }
    }

    /// A column from the text of every row; levels in ascending order.
    pub fn from_text<S: AsRef<str>>(name: impl Into<String>, values: &[Option<S>]) -> Self {
        let mut levels: Vec<String> = values.iter().flatten().map(|v| v.as_ref().to_owned()).collect();
        levels.sort();
        levels.dedup();
        let code = |v: &S| levels.binary_search_by(|level| level.as_str().cmp(v.as_ref())).map(|c| c as u16).ok();
        let codes: Vec<Option<u16>> = values.iter().map(|v| v.as_ref().and_then(code)).collect();
        Levels::new(name, levels, codes)
    }

    /// The column as one that only describes, whatever `normalize.categories` says: dates, outcomes.
    pub fn described_only(self) -> Self {
        Levels { nominal: false, ..self }
    }

    /// Whether its levels are categories that may count in distances.
    pub fn is_nominal(&self) -> bool {
        self.nominal
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The distinct values; a code is a position in it.
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.codes.len()
    }

    /// The code of row `i`; `None` when missing.
    pub fn code(&self, i: usize) -> Option<usize> {
        Some(self.codes[i]).filter(|&code| code != MISSING).map(usize::from)
    }

    /// The text of row `i`; `None` when missing.
    pub fn text(&self, i: usize) -> Option<&str> {
        self.code(i).map(|code| self.levels[code].as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_sorted_levels_and_back() {
        let column = Levels::from_text("tier", &[Some("b"), None, Some("a"), Some("b")]);
        assert_eq!(column.levels(), ["a", "b"]);
        let back: Vec<_> = (0..4).map(|i| column.text(i)).collect();
        assert_eq!(back, [Some("b"), None, Some("a"), Some("b")]);
    }
}
