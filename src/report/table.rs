//! Tables for terminals.

use std::fmt;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width};
use unicode_width::UnicodeWidthStr;

use crate::printable::printable;

/// A table without lines, of texts that are made [printable](crate::printable); numbers to the right, text to the left, Chinese counted as two columns.
pub struct ScreenTable(comfy_table::Table);

impl ScreenTable {
    /// A table with these headings.
    pub fn new<S: AsRef<str>>(headings: impl IntoIterator<Item = S>) -> Self {
        let headings = headings.into_iter().map(|heading| comfy_table::Cell::new(printable(heading.as_ref())));
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(headings);
        ScreenTable(table)
    }

    /// A table without headings.
    pub fn bare() -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        ScreenTable(table)
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let aligned = cells.into_iter().map(|text| {
            let alignment = if is_number(&text) { CellAlignment::Right } else { CellAlignment::Left };
            comfy_table::Cell::new(printable(&text)).set_alignment(alignment)
        });
        self.0.add_row(aligned);
    }
}

/// Cells up to this width stay on one line, where there is room.
const SHORT: usize = 14;
/// Longer words may be broken: the first of these limits with which the table fits.
const WHOLE_WORDS: [usize; 6] = [28, 20, 14, 10, 7, 5];

impl ScreenTable {
    /// The same table within `width` columns, if a width is given: long texts go over several lines.
    #[must_use]
    pub fn within(mut self, width: Option<usize>) -> Self {
        let Some(width) = width.and_then(|width| u16::try_from(width).ok()) else { return self };
        self.0.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
        let n_columns = self.0.column_count();
        let columns: Vec<Words> = (0..n_columns).map(|column| self.words(column)).collect();
        let fits = |limit: &usize| {
            let needed: usize = columns.iter().map(|words| words.at_least(*limit) + PADDING).sum();
            needed <= usize::from(width)
        };
        let limit = WHOLE_WORDS.into_iter().find(fits).unwrap_or(WHOLE_WORDS[WHOLE_WORDS.len() - 1]);
        for (column, words) in self.0.column_iter_mut().zip(columns) {
            column.set_constraint(match words.at_least(limit) {
                whole if whole == words.widest => ColumnConstraint::ContentWidth,
                part => ColumnConstraint::LowerBoundary(Width::Fixed((part + PADDING) as u16)),
            });
        }
        self
    }

    fn words(&self, column: usize) -> Words {
        let mut words = Words::default();
        for cell in self.0.column_cells_with_header_iter(column).flatten() {
            let text = cell.content();
            words.widest = words.widest.max(text.width());
            for word in text.split_whitespace() {
                let longest = if is_number(word) { &mut words.number } else { &mut words.word };
                *longest = word.width().max(*longest);
            }
        }
        words
    }
}

/// Blanks around the text of a cell.
const PADDING: usize = 2;

/// What a column holds, in columns of the terminal.
#[derive(Default)]
struct Words {
    /// The longest text.
    widest: usize,
    /// The longest word.
    word: usize,
    /// The longest number, which stays whole.
    number: usize,
}

impl Words {
    /// The width it needs when words up to `limit` stay whole.
    fn at_least(&self, limit: usize) -> usize {
        match self.widest {
            short if short <= SHORT.min(limit) => short,
            _ => self.word.min(limit).max(self.number),
        }
    }
}

/// A text in lines of at most `width` columns, broken between words where it can be.
pub(super) fn wrapped(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else { return vec![text.to_owned()] };
    let mut table = ScreenTable::bare();
    table.row([text.to_owned()]);
    table.within(Some(width)).to_string().lines().map(|line| line.trim().to_owned()).collect()
}

impl fmt::Display for ScreenTable {
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
            let mut table = ScreenTable::new(["", "name", "customers", "action"]);
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
