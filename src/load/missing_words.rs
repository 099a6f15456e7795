//! What the user should know of words that count as missing where classes were expected.

use crate::{Text, Warning};

/// Columns and words a message names.
const NAMED: usize = 6;

/// The levels of a column that are words for a missing one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MissingWords {
    /// The column.
    pub column: String,
    /// The words, in ascending order.
    pub words: Vec<String>,
    /// Rows with one of them.
    pub n: usize,
    /// All rows.
    pub n_rows: usize,
}

impl MissingWords {
    /// One warning for all columns; `None` where no word is more than blanks.
    pub(crate) fn warning<'f>(found: impl Iterator<Item = &'f MissingWords>) -> Option<Warning> {
        let found: Vec<&MissingWords> =
            found.filter(|of| of.words.iter().any(|word| !word.trim().is_empty())).collect();
        let first = found.first()?;
        let quoted = |of: &MissingWords, gap: &str| {
            of.words.iter().take(NAMED).map(|word| format!("{word:?}")).collect::<Vec<String>>().join(gap)
        };
        let named = |text: &dyn Fn(&MissingWords) -> String, gap: &str| {
            found.iter().take(NAMED).map(|of| text(of)).collect::<Vec<String>>().join(gap)
        };
        let en =
            |of: &MissingWords| format!("{:?} ({} in {} of {} rows)", of.column, quoted(of, ", "), of.n, of.n_rows);
        let zh =
            |of: &MissingWords| format!("“{}”（{} 行中 {} 行为 {}）", of.column, of.n_rows, of.n, quoted(of, "、"));
        let (rest, rest_zh) = match found.len().saturating_sub(NAMED) {
            0 => (String::new(), String::new()),
            more => (format!(" and {more} more"), format!("等，另有 {more} 列")),
        };
        let columns = if found.len() == 1 { "column" } else { "columns" };
        let message = Text::new(
            format!(
                "words for a missing value count as missing in {columns} {}{rest}; where one is a class, call it otherwise",
                named(&en, ", ")
            ),
            format!("以下列中表示缺失的文字按缺失处理：{}{rest_zh}；若其确为类别，请改用其他名称", named(&zh, "、")),
        );
        let evidence = |of: &&MissingWords| serde_json::json!({"column": of.column, "words": of.words, "n": of.n, "n_rows": of.n_rows});
        let columns: Vec<serde_json::Value> = found.iter().map(evidence).collect();
        Some(Warning::new("words_for_missing", message).with("column", first.column.as_str()).with("columns", columns))
    }
}
