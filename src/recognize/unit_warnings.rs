//! What is said of columns of numbers with units.

use super::wording::{MAX_NAMED, more};
use crate::{Text, Warning};

/// Columns with their units.
pub type ColumnUnits<'u> = (&'u str, &'u [(String, usize)]);

/// What to know of columns of numbers with words behind them, which are not read for the numbers.
pub(super) fn units_unread(columns: &[ColumnUnits<'_>]) -> Option<Warning> {
    let said = Text::new(
        "text of numbers with units or brackets, not clustered; write the numbers alone, in one unit",
        "为带单位或括号的数值文本，不参与聚类；请统一单位，只写数值",
    );
    of_columns("numbers_with_units", columns, &said)
}

/// What to know of columns that are read for numbers of [several units](super::UnitCounts::several).
pub fn units_mixed(columns: &[ColumnUnits<'_>]) -> Option<Warning> {
    let said = Text::new(
        "numbers of several units, read as if of one; write them in one unit",
        "数值的单位不一，均按同一单位读取；请统一单位",
    );
    of_columns("units_mixed", columns, &said)
}

/// The warning of the columns that have units.
fn of_columns(code: &str, columns: &[ColumnUnits<'_>], said: &Text) -> Option<Warning> {
    let found: Vec<&ColumnUnits<'_>> = columns.iter().filter(|(_, units)| !units.is_empty()).collect();
    if found.is_empty() {
        return None;
    }
    let units = |units: &[(String, usize)], gap: &str| {
        units.iter().take(MAX_NAMED).map(|(unit, n)| format!("{unit} {n}")).collect::<Vec<String>>().join(gap)
    };
    let listed = |gap: &str, named: fn(&str, &str) -> String| {
        let column = |of: &&ColumnUnits<'_>| named(of.0, &units(of.1, gap));
        found.iter().take(MAX_NAMED).map(column).collect::<Vec<String>>().join(gap)
    };
    let (more, more_zh) = more(found.len());
    let text = Text::new(
        format!("{}{more}: {}", listed(", ", |column, units| format!("{column} ({units})")), said.en),
        format!("{}{more_zh}：{}", listed("、", |column, units| format!("{column}（{units}）")), said.zh),
    );
    let evidence: Vec<serde_json::Value> =
        found.iter().map(|(column, units)| serde_json::json!({"column": column, "units": units})).collect();
    Some(Warning::new(code, text).with("columns", evidence))
}
