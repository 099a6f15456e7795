//! [`Sheet`]s as CSV and as XLSX.

use jiff::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::document::{Cell, Mark, Sheet, Style};
use crate::Language;
use crate::printable::printable;

/// Rows of a sheet of an XLSX file, the headings not counted, at most.
pub const MOST_ROWS: usize = 1_048_575;
/// No column is wider than so many pixels.
const WIDEST: u32 = 420;

impl Sheet {
    /// The table as CSV in UTF-8 with a byte-order mark, by which spreadsheets know it. Text that a spreadsheet would take for
    /// a formula gets an apostrophe before it, and control characters are [written out](crate::printable).
    pub fn csv(&self, language: Language) -> String {
        let mut writer = csv::Writer::from_writer(vec![0xEF, 0xBB, 0xBF]);
        let headings = self.table.headings.iter().map(|heading| harmless(heading.get(language)));
        let rows = self.table.rows.iter().map(|row| row.iter().map(|cell| as_text(cell, language)).collect());
        for record in [headings.collect::<Vec<String>>()].into_iter().chain(rows) {
            writer.write_record(record).expect("memory can be written");
        }
        String::from_utf8(writer.into_inner().expect("memory can be written")).expect("all of it is text")
    }
}

/// The text of a cell for CSV: numbers as machines read them.
fn as_text(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Figure(figure) | Cell::Shaded(figure, _) => figure.value.to_string(),
        other => harmless(&words(other, language)),
    }
}

/// The words of a cell that is no number.
fn words(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Text(text) => text.get(language).to_owned(),
        Cell::Data(text) => text.clone(),
        Cell::Segment(_, id, name) => format!("{id} {}", name.get(language)),
        Cell::Mark(Mark::Chosen) => language.say("chosen", "选定").to_owned(),
        Cell::Mark(Mark::Inadmissible) => language.say("too small a cluster", "含过小聚类").to_owned(),
        Cell::HeldBack => "*".to_owned(),
        Cell::Figure(_) | Cell::Shaded(..) | Cell::Empty => String::new(),
    }
}

/// Text that no spreadsheet computes.
fn harmless(text: &str) -> String {
    let text = printable(text);
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.into_owned(),
    }
}

/// The sheets as an XLSX file that says it was made at `made`, so that the same run gives the same bytes. What comes from the
/// data is written as text, never as a formula.
///
/// # Errors
/// When a sheet has more rows than such files hold.
pub fn workbook(sheets: &[Sheet], language: Language, made: Timestamp) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_timestamp(made.as_second())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let bold = Format::new().set_bold();
    for sheet in sheets {
        let page = workbook.add_worksheet();
        page.set_name(sheet.name.get(language))?;
        for (column, heading) in (0..).zip(&sheet.table.headings) {
            page.write_string_with_format(0, column, &*printable(heading.get(language)), &bold)?;
        }
        for (row, cells) in (1..).zip(&sheet.table.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                match cell {
                    Cell::Figure(figure) | Cell::Shaded(figure, _) => {
                        page.write_number_with_format(row, column, figure.value, &format_of(figure.style))?;
                    }
                    Cell::Empty => {}
                    other => {
                        page.write_string(row, column, &*printable(&words(other, language)))?;
                    }
                }
            }
        }
        page.set_freeze_panes(1, 0)?;
        page.set_autofit_max_width(WIDEST).autofit();
    }
    workbook.save_to_buffer()
}

fn format_of(style: Style) -> Format {
    Format::new().set_num_format(match style {
        Style::Change => "+#,##0;−#,##0;0",
        Style::Count => "#,##0",
        Style::Percent => "0.0%",
        Style::Decimal(1) => "0.0",
        Style::Decimal(_) => "0.00",
        Style::Plain => "#,##0.####",
    })
}
