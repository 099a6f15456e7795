//! A [`Document`] as text for a terminal, in its language.

use unicode_width::UnicodeWidthStr;

use super::{Paint, Tone};
use crate::printable::{printable, printable_lines};
use crate::report::ScreenTable;
use crate::report::document::{Block, Cell, Document, Mark, Section, Table};
use crate::report::table::wrapped;
use crate::{Language, Text};

/// The document with everything that is no picture, within `width` columns where one is given.
pub(super) fn screen(document: &Document, width: Option<usize>, paint: Paint) -> String {
    let writer = Writer { language: document.language, width, paint };
    let sections: Vec<String> = document.sections.iter().map(|section| writer.section(section)).collect();
    let title = Some(&document.title).filter(|title| !title.is_empty());
    let title = title.map(|title| format!("{} {}\n", paint(Tone::Strong, "segmint"), printable(title)));
    title.unwrap_or_default() + &sections.join("\n\n")
}

/// Columns by which the further lines of a text are set in.
const SET_IN: usize = 2;

struct Writer {
    language: Language,
    width: Option<usize>,
    paint: Paint,
}

impl Writer {
    fn section(&self, section: &Section) -> String {
        self.titled(&section.title, &section.blocks)
    }

    fn titled(&self, title: &Text, blocks: &[Block]) -> String {
        let heading = Some(title).filter(|title| !title.get(self.language).is_empty());
        let heading = heading.map(|title| self.painted(Tone::Strong, title));
        let blocks = blocks.iter().map(|block| self.block(block)).filter(|text| !text.is_empty());
        heading.into_iter().chain(blocks).collect::<Vec<_>>().join("\n")
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Lead(words, evidence) => {
                format!("{}\n{}", self.painted(Tone::Strong, words), self.painted(Tone::Quiet, evidence))
            }
            Block::Heading(text) => self.painted(Tone::Strong, text),
            Block::Paragraph(text) => self.hanging(text),
            Block::List(texts) => self.lines(texts.iter().map(|text| self.hanging(text))),
            Block::Warnings(texts) => {
                let sign = (self.paint)(Tone::Caution, "!");
                self.lines(texts.iter().map(|text| format!("{sign} {}", self.hanging(text))))
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Aside(facts) => {
                self.set_in(&facts.iter().map(|fact| self.aside(fact)).collect::<Vec<_>>().join(" · "), SET_IN)
            }
            Block::Table(table) => self.table(table),
            Block::Code(code) => printable_lines(code).into_owned(),
            Block::Fold(title, blocks) => self.titled(title, blocks),
            Block::Part(part) => self.titled(&part.title, &part.blocks),
            // Pictures, and what the table of segments says too.
            Block::Pictures(_) | Block::Multiples(..) | Block::Shares(_) | Block::Cards(_) => String::new(),
        }
    }

    fn lines(&self, lines: impl Iterator<Item = String>) -> String {
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A text in the language, as it may be printed.
    fn words(&self, text: &Text) -> String {
        printable(text.get(self.language)).into_owned()
    }

    /// A text whose further lines are set in.
    fn hanging(&self, text: &Text) -> String {
        self.set_in(&self.words(text), SET_IN)
    }

    /// A text with room for `columns` before it, by which its further lines are set in.
    fn set_in(&self, text: &str, columns: usize) -> String {
        let width = self.width.map(|width| width.saturating_sub(columns));
        wrapped(text, width).join(&format!("\n{}", " ".repeat(columns)))
    }

    /// Names in a column, and their values beside them.
    fn facts(&self, facts: &[(Text, Vec<Cell>)]) -> String {
        let name = |(name, _): &(Text, Vec<Cell>)| self.words(name);
        let column = facts.iter().map(|fact| name(fact).width()).max().unwrap_or(0) + 2;
        self.lines(facts.iter().map(|fact| {
            let values: Vec<String> = fact.1.iter().map(|value| self.cell(value)).collect();
            let name = name(fact);
            let gap = " ".repeat(column - name.width());
            format!("{name}{gap}{}", self.set_in(&values.join(" · "), column))
        }))
    }

    /// Text in a tone, line by line.
    fn painted(&self, tone: Tone, text: &Text) -> String {
        self.lines(wrapped(&self.words(text), self.width).iter().map(|line| (self.paint)(tone, line)))
    }

    /// A fact of one line: a number goes before its noun.
    fn aside(&self, (name, values): &(Text, Vec<Cell>)) -> String {
        let values: Vec<String> = values.iter().map(|value| self.cell(value)).collect();
        format!("{} {}", values.join(" · "), self.words(name)).trim().to_owned()
    }

    fn table(&self, table: &Table) -> String {
        let mut text = ScreenTable::new(table.headings.iter().map(|heading| self.words(heading)));
        for row in &table.rows {
            text.row(row.iter().map(|cell| self.cell(cell)));
        }
        let lines = text.within(self.width).to_string();
        match table.caption.get(self.language) {
            "" => lines,
            _ => format!("{}\n{lines}", self.painted(Tone::Strong, &table.caption)),
        }
    }

    fn cell(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(text) => self.words(text),
            Cell::Data(text) => printable(text).into_owned(),
            Cell::Figure(figure) | Cell::Shaded(figure, _) => figure.text(),
            Cell::Segment(_, id, name) => format!("{id} {}", self.words(name)),
            Cell::Mark(Mark::Chosen) => format!("◀ {}", self.language.say("chosen", "选定")),
            Cell::Mark(Mark::Inadmissible) => self.language.say("too small a cluster", "含过小聚类").to_owned(),
            Cell::HeldBack => "*".to_owned(),
            Cell::Empty => "–".to_owned(),
        }
    }
}
