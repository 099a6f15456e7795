use super::{Screen, Shown};
use crate::load::{LeftOut, LeftOutReason, LevelsAudit, NumericAudit};

/// What was found in the columns of the table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedAudit {
    /// Columns of numbers.
    pub numeric: Vec<SharedNumericColumn>,
    /// Columns with levels.
    pub levels: Vec<SharedLevelsColumn>,
    /// Columns that were left out.
    pub left_out: Vec<SharedLeftOut>,
}

/// A column of numbers. Its smallest and largest value belong to single customers, so they stay in the run's folder.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedNumericColumn {
    /// The column.
    pub name: String,
    /// Its type in the files.
    pub type_name: String,
    /// Customers without a value.
    pub n_missing: Shown<u64>,
    /// The mean of the values.
    pub mean: Option<f64>,
    /// Whether there are values and all are equal.
    pub is_constant: bool,
}

/// A column with levels.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedLevelsColumn {
    /// The column.
    pub name: String,
    /// Its type in the files.
    pub type_name: String,
    /// Different values.
    pub n_levels: usize,
    /// Customers without a value.
    pub n_missing: Shown<u64>,
    /// Whether it is the tier.
    pub is_tier: bool,
}

/// A column that was left out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedLeftOut {
    /// The column.
    pub name: String,
    /// Its type in the files.
    pub type_name: String,
    /// Why.
    pub reason: LeftOutReason,
}

impl SharedAudit {
    pub(super) fn of(screen: &Screen<'_>) -> Self {
        let audit = &screen.run.record.input.audit;
        let customers = |n: usize| -> Shown<u64> { screen.rules.count(n as u64).into() };
        let numeric = |column: &NumericAudit| SharedNumericColumn {
            name: column.name.clone(),
            type_name: column.type_name.clone(),
            n_missing: customers(column.n_missing()),
            mean: column.mean,
            is_constant: column.is_constant,
        };
        let levels = |column: &LevelsAudit| SharedLevelsColumn {
            name: column.name.clone(),
            type_name: column.type_name.clone(),
            n_levels: column.n_levels,
            n_missing: customers(column.n_missing),
            is_tier: column.is_tier,
        };
        let left_out = |column: &LeftOut| SharedLeftOut {
            name: column.name.clone(),
            type_name: column.type_name.clone(),
            reason: column.reason,
        };
        SharedAudit {
            numeric: audit.numeric.iter().map(numeric).collect(),
            levels: audit.levels.iter().map(levels).collect(),
            left_out: audit.left_out.iter().map(left_out).collect(),
        }
    }
}
