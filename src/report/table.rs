//! Tables for terminals.

use std::fmt;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width};
use unicode_width::UnicodeWidthStr;

/// A table without lines; numbers to the right, text to the left, Chinese counted as two columns.
pub struct Table(comfy_table::Table);

impl Table {
    /// A table with these headings.
    pub fn new<S: AsRef<str>>(headings: impl IntoIterator<Item = S>) -> Self {
        let headings = headings.into_iter().map(|heading| comfy_table::Cell::new(heading.as_ref()));
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(headings);
        Table(table)
    }

    /// A table without headings.
    pub fn bare() -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        Table(table)
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let aligned = cells.into_iter().map(|text| {
            let alignment = if is_number(&text) { CellAlignment::Right } else { CellAlignment::Left };
            comfy_table::Cell::new(text).set_alignment(alignment)
        });
        self.0.add_row(aligned);
    }
}

/// Cells up to this width stay on one line.
const SHORT: u16 = 14;
/// Words longer than this may be broken.
const LONG_WORD: usize = 28;

impl Table {
    /// The same table within `width` columns, if a width is given: long texts go over several lines.
    #[must_use]
    pub fn within(mut self, width: Option<usize>) -> Self {
        let Some(width) = width.and_then(|width| u16::try_from(width).ok()) else { return self };
        self.0.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
        let widest = self.0.column_max_content_widths();
        let word = |text: &str| text.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0);
        let words: Vec<usize> = (0..widest.len())
            .map(|i| {
                self.0.column_cells_with_header_iter(i).flatten().map(|cell| word(&cell.content())).max().unwrap_or(0)
            })
            .collect();
        for ((column, widest), word) in self.0.column_iter_mut().zip(widest).zip(words) {
            column.set_constraint(match widest {
                ..=SHORT => ColumnConstraint::ContentWidth,
                // A word stays whole unless it is a very long one.
                _ => ColumnConstraint::LowerBoundary(Width::Fixed(word.min(LONG_WORD) as u16 + column.padding_width())),
            });
        }
        self
    }
}

/// A text in lines of at most `width` columns, broken between words where it can be.
pub(super) fn wrapped(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else { return vec![text.to_owned()] };
    let mut table = Table::bare();
    table.row([text.to_owned()]);
    // Lines but the first are set in.
    table.within(Some(width.saturating_sub(2))).to_string().lines().map(|line| line.trim().to_owned()).collect()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Whether a cell stands to the right: figures, with what goes before and behind them.
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['−', '-', '+', '<']).trim_end_matches([' ', '%']);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_within_a_width_breaks_texts_between_words_and_keeps_numbers_whole() {
        let table = || {
            let mut table = Table::new(["", "name", "customers", "action"]);
            let action = "look at these customers before acting: no archetype describes them";
            table.row([
                "S01".into(),
                "high Spending Score, low Annual Income".into(),
                "1,234,567".into(),
                action.into(),
            ]);
            table.row([
                "S02".into(),
                "高频率、低客单价".into(),
                "12".into(),
                "先了解这些客户再行动：没有原型能描述他们".into(),
            ]);
            table
        };
        let text = table().within(Some(70)).to_string();
        assert!(text.lines().all(|line| line.width() <= 70), "{text}");
        assert!(text.contains("1,234,567") && text.contains("Spending") && text.contains("archetype"), "{text}");

        assert_eq!(table().within(None).to_string(), table().to_string());
        assert_eq!(table().within(Some(400)).to_string(), table().to_string(), "it is not stretched");
    }
}
