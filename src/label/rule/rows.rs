use std::sync::Arc;

use super::condition::RuleCondition;
use crate::Text;
#[cfg(test)]
use crate::load::ascending;

/// Weights are whole multiples of 1/UNIT, so that their sums are exact in any order.
pub(super) const UNIT: f64 = 65_536.0;

/// One side of a sample.
pub(super) struct Rows {
    /// The table rows, by group.
    pub(super) rows: Vec<u32>,
    /// Their groups.
    pub(super) group: Vec<u32>,
    /// How many customers a row of a group stands for, in units of 1/65536.
    pub(super) weight: Vec<u64>,
    /// Their values, one vector a column, of categories the number of the level; NaN = missing.
    pub(super) columns: Vec<Vec<f64>>,
    /// Per column the levels of a category; `None` for numbers.
    pub(super) levels: Vec<Option<Arc<[String]>>>,
    /// The rows by column in ascending order of observed values, sorted once for all trees; empty where none is grown.
    pub(super) order: Vec<Vec<u32>>,
    /// Per column of the table, whether some cell holds NaN or ±inf.
    pub(super) not_finite: Vec<bool>,
    /// Per column, what its numbers are called where they are not what its name says.
    pub(super) spoken: Vec<Option<Text>>,
}

impl Rows {
    /// Nobody yet.
    pub(super) fn new() -> Self {
        Rows {
            rows: Vec::new(),
            group: Vec::new(),
            weight: Vec::new(),
            columns: Vec::new(),
            levels: Vec::new(),
            order: Vec::new(),
            not_finite: Vec::new(),
            spoken: Vec::new(),
        }
    }

    /// Rows given as they are.
    #[cfg(test)]
    pub(super) fn given(columns: Vec<Vec<f64>>, group: Vec<u32>, weight: Vec<u64>) -> Self {
        let order = columns.iter().map(|column| ascending(column)).collect();
        let levels = vec![None; columns.len()];
        let (not_finite, spoken) = (vec![false; columns.len()], vec![None; columns.len()]);
        Rows { rows: (0..group.len() as u32).collect(), group, weight, columns, levels, order, not_finite, spoken }
    }

    /// Adds rows of a group that stand for `customers`.
    pub(super) fn add(&mut self, group: usize, customers: usize, rows: impl Iterator<Item = u32>) {
        let before = self.rows.len();
        self.rows.extend(rows);
        let n = self.rows.len() - before;
        self.group.resize(self.rows.len(), group as u32);
        self.weight.push(if n == 0 { 0 } else { (customers as f64 / n as f64 * UNIT).round() as u64 });
    }

    /// Whether row `row` fulfils a condition on column `column`.
    pub(super) fn fulfils(&self, column: usize, row: usize, condition: &RuleCondition) -> bool {
        let value = self.columns[column][row];
        match &self.levels[column] {
            None => condition.holds(value),
            Some(levels) => condition
                .holds_text(Some(value).filter(|code| !code.is_nan()).map(|code| levels[code as usize].as_str())),
        }
    }

    /// Rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}
