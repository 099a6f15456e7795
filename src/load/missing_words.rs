//! What the user should know of words that count as missing where classes were expected.

use super::named::{NAMED, named};
use crate::language::noun;
use crate::{Text, Warning};

/// The levels of a column that are words for a missing one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MissingWords<'w> {
    /// The column.
    pub column: &'w str,
    /// The words, in ascending order.
    pub words: &'w [String],
    /// Rows with one of them.
    pub n: usize,
    /// All rows.
    pub n_rows: usize,
}

impl MissingWords<'_> {
    /// One warning for all columns; `None` where no word is more than blanks.
    pub(crate) fn warning<'w>(found: impl Iterator<Item = MissingWords<'w>>) -> Option<Warning> {
        let found: Vec<MissingWords> = found.filter(|of| of.words.iter().any(|word| !word.trim().is_empty())).collect();
        let first = found.first()?;
        let quoted = |of: &MissingWords, gap: &str| {
            of.words.iter().take(NAMED).map(|word| format!("{word:?}")).collect::<Vec<String>>().join(gap)
        };
        let Text { en, zh } = named(
            &found,
            |of| format!("{:?} ({} in {} of {} rows)", of.column, quoted(of, ", "), of.n, of.n_rows),
            |of| format!("“{}”（{} 行中 {} 行为 {}）", of.column, of.n_rows, of.n, quoted(of, "、")),
        );
        let columns = noun(found.len() as u64, "column", "columns");
        let message = Text::new(
            format!(
                "words for a missing value count as missing in {columns} {en}; where one is a class, call it otherwise"
            ),
            format!("以下列中表示缺失的文字按缺失处理：{zh}；若其确为类别，请改用其他名称"),
        );
        let evidence = |of: &MissingWords| serde_json::json!({"column": of.column, "words": of.words, "n": of.n, "n_rows": of.n_rows});
        let columns: Vec<serde_json::Value> = found.iter().map(evidence).collect();
        Some(Warning::new("words_for_missing", message).with("column", first.column).with("columns", columns))
    }
}
