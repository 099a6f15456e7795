//! What the user should know of cells and names that were not as they should be.

use arrow::array::{Array, AsArray};

use super::cells::WhyMissing;
use super::common_text::{CommonText, TextCounts};
use super::named::named;
use super::text::as_text;
use super::{LoadError, NumericAudit, Source};
use crate::language::noun;
use crate::{Text, Warning};

/// Texts of a column that are no number or no known level.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unreadable {
    /// The column.
    pub column: String,
    /// How many there are.
    pub n: usize,
    /// Rows it was looked for in.
    pub n_rows: usize,
    /// The one that most rows share.
    pub example: CommonText,
}

impl Unreadable {
    /// One warning for all columns; `None` when there is none.
    pub(crate) fn warning(found: &[Unreadable]) -> Option<Warning> {
        let first = found.first()?;
        let example = |of: &Unreadable| CommonText::named(&of.example.text);
        let Text { en, zh } = named(
            found,
            |of| format!("{:?} ({} of {}{})", of.column, of.n, of.n_rows, example(of)[0]),
            |of| format!("“{}”（{} 行中 {} 个{}）", of.column, of.n_rows, of.n, example(of)[1]),
        );
        let columns = noun(found.len() as u64, "column", "columns");
        let message = Text::new(
            format!("texts that cannot be read count as missing in {columns} {en}"),
            format!("以下列中无法识别的文本按缺失处理：{zh}"),
        );
        let evidence = |of: &Unreadable| {
            let CommonText { text, n } = &of.example;
            serde_json::json!({"column": of.column, "n": of.n, "n_rows": of.n_rows, "example": text, "n_example": n})
        };
        let columns: Vec<serde_json::Value> = found.iter().map(evidence).collect();
        Some(Warning::new("values_unreadable", message).with("column", first.column.as_str()).with("columns", columns))
    }
}

/// The text that cannot be read and that most rows of the column at `position` share.
pub(crate) fn example_of_unreadable(source: &Source, position: usize) -> Result<CommonText, LoadError> {
    let reading = &source.columns()[position].reading;
    let mut counts = TextCounts::default();
    for file in 0..source.n_files() {
        for group in 0..source.files[file].row_groups.len() {
            source.read_row_group(file, group, position, |array| {
                let mut values = vec![0.0; array.len()];
                reading.numbers(array, &mut values)?;
                let unreadable = |&row: &usize| WhyMissing::of(values[row]) == Some(WhyMissing::Unreadable);
                for row in (0..array.len()).filter(unreadable) {
                    let texts = as_text(&array.slice(row, 1))?;
                    counts.add(texts.as_string_view().value(0), 1);
                }
                Ok(true)
            })?;
        }
    }
    Ok(counts.most_common().unwrap_or_default())
}

/// The columns of a fit with texts that cannot be read.
pub(super) fn unreadable(source: &Source, audits: &[NumericAudit]) -> Result<Option<Warning>, LoadError> {
    let mut found = Vec::new();
    for audit in audits.iter().filter(|audit| audit.n_unreadable > 0) {
        let position = source.column_or_error(&audit.name)?;
        let example = example_of_unreadable(source, position)?;
        let (column, n_rows) = (audit.name.clone(), source.n_rows());
        found.push(Unreadable { column, n: audit.n_unreadable, n_rows, example });
    }
    Ok(Unreadable::warning(&found))
}

/// Ages below zero: dates after the one they are counted to.
pub(super) fn negative_ages(audits: &[NumericAudit]) -> Option<Warning> {
    let found: Vec<&NumericAudit> = audits
        .iter()
        .filter(|audit| audit.reading.as_of().is_some() && audit.min.is_some_and(|min| min < 0.0))
        .collect();
    let as_of = found.first()?.reading.as_of()?;
    let Text { en, zh } = named(&found, |audit| format!("{:?}", audit.name), |audit| format!("“{}”", audit.name));
    let columns = noun(found.len() as u64, "in column", "in columns");
    let message = Text::new(
        format!("{columns} {en} there are dates after {as_of}, to which ages are counted: these ages are negative"),
        format!("列{zh}中有晚于基准日期 {as_of} 的日期，相应的年龄或天数为负值"),
    );
    let columns: Vec<serde_json::Value> =
        found.iter().map(|audit| serde_json::json!({"column": audit.name, "lowest": audit.min})).collect();
    Some(Warning::new("ages_negative", message).with("as_of", as_of.to_string()).with("columns", columns))
}

/// Columns without a name.
pub(super) fn nameless(source: &Source) -> Option<Warning> {
    let names = source.nameless();
    let (&first, n_columns) = (names.first()?, names.len());
    let message = match n_columns {
        1 => Text::new(
            format!(
                "the table has a column without a name, which is called {first:?} here; a name would be in all that is said"
            ),
            format!("表中有一列没有列名，此处称为“{first}”；请为其命名"),
        ),
        _ => {
            let Text { en, zh } = named(&names, |name| format!("{name:?}"), |name| format!("“{name}”"));
            Text::new(
                format!(
                    "the table has {n_columns} columns without a name, which are called {en} here in their order; names would \
                     be in all that is said"
                ),
                format!("表中有 {n_columns} 列没有列名，此处按顺序称为{zh}；请为其命名"),
            )
        }
    };
    Some(Warning::new("nameless_column", message).with("column", first).with("columns", names))
}

/// Names of columns that begin with a byte-order mark.
pub(super) fn marked_names(source: &Source) -> Vec<Warning> {
    let names = source.marked_names();
    if names.is_empty() {
        return Vec::new();
    }
    let Text { en, zh } = named(&names, |name| format!("{name:?}"), |name| format!("“{name}”"));
    let columns = noun(names.len() as u64, "the name of column", "the names of columns");
    let message = Text::new(
        format!("a byte-order mark before {columns} {en} was left out"),
        format!("已去除列名{zh}前的字节顺序标记（BOM）"),
    );
    vec![Warning::new("byte_order_mark", message).with("columns", names)]
}
