//! Tables for terminals.

use std::fmt;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement};

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
