//! A [`Document`] as Markdown in one language, for a pull request or a chat.

use super::chart::Picture;
use super::document::{Block, Card, Cell, Document, Mark, Section, ShareRow, Shares, Table};
use crate::{Language, Text};

/// The document in `language`. Pictures are named; what they show is in the tables or in `report.html`.
pub fn markdown(document: &Document, language: Language) -> String {
    let page = Page { language };
    let mut parts = vec![format!("# {} {}", language.say("Segments of", "客群报告："), escaped(&document.title))];
    parts.extend(document.sections.iter().map(|section| page.section(section, 2)));
    parts.push(format!("segmint {} · {}", document.version, document.run_id));
    parts.join("\n\n") + "\n"
}

struct Page {
    language: Language,
}

impl Page {
    fn text(&self, text: &Text) -> String {
        escaped(text.get(self.language))
    }

    fn section(&self, section: &Section, level: usize) -> String {
        self.titled(&section.title, &section.blocks, level)
    }

    fn titled(&self, title: &Text, blocks: &[Block], level: usize) -> String {
        let mut parts = vec![format!("{} {}", "#".repeat(level), self.text(title))];
        parts.extend(blocks.iter().map(|block| self.block(block, level)).filter(|block| !block.is_empty()));
        parts.join("\n\n")
    }

    fn block(&self, block: &Block, level: usize) -> String {
        match block {
            Block::Heading(text) => format!("{} {}", "#".repeat(level + 1), self.text(text)),
            Block::Lead(words, evidence) => {
                format!(
                    "**{}** {}",
                    self.text(words),
                    self.language.say("(§)", "（§）").replace('§', &self.text(evidence))
                )
            }
            Block::Paragraph(text) => self.text(text),
            Block::List(texts) => self.list(texts, "- "),
            Block::Warnings(texts) => self.list(texts, "- ⚠ "),
            Block::Facts(facts) | Block::Aside(facts) => self.facts(facts),
            Block::Shares(shares) => self.shares(shares),
            Block::Cards(cards) => cards.iter().map(|card| self.card(card)).collect::<Vec<_>>().join("\n"),
            Block::Table(table) => self.table(table),
            Block::Pictures(pictures) => {
                let name = |picture: &Picture| format!("*{}*", self.text(&picture.caption));
                pictures.iter().map(name).collect::<Vec<_>>().join("\n\n")
            }
            Block::Multiples(caption, _) => format!("*{}*", self.text(caption)),
            Block::Code(code) => format!("```\n{code}\n```"),
            Block::Fold(title, blocks) => self.titled(title, blocks, level + 1),
            Block::Part(part) => self.titled(&part.title, &part.blocks, level + 1),
        }
    }

    fn facts(&self, facts: &[(Text, Vec<Cell>)]) -> String {
        let fact = |(name, values): &(Text, Vec<Cell>)| {
            let values: Vec<String> = values.iter().map(|value| self.cell(value)).collect();
            format!("- {}{}{}", self.text(name), self.language.say(": ", "："), values.join(" · "))
        };
        facts.iter().map(fact).collect::<Vec<_>>().join("\n")
    }

    /// Those who are in no segment; the cards say the same of the segments.
    fn shares(&self, shares: &Shares) -> String {
        let others = shares.rows.iter().filter(|row| row.segment.is_none());
        let share = |row: &ShareRow| {
            let colon = self.language.say(": ", "：");
            format!("- {}{colon}{} · {}", self.text(&row.name), self.cell(&row.customers), self.cell(&row.value))
        };
        others.map(share).collect::<Vec<_>>().join("\n")
    }

    fn list(&self, texts: &[Text], sign: &str) -> String {
        texts.iter().map(|text| format!("{sign}{}", self.text(text))).collect::<Vec<_>>().join("\n")
    }

    fn card(&self, card: &Card) -> String {
        let fact = |(name, value): &(Text, Cell)| format!("{} {}", self.text(name), self.cell(value)).trim().to_owned();
        let score =
            card.score.as_ref().map(|score| format!("{} {}", self.language.say("score", "得分"), self.cell(score)));
        let customers = (Text::new("customers", "客户"), card.customers.clone());
        let mut facts: Vec<String> = std::iter::once(&customers).chain(&card.shares).map(fact).collect();
        facts.extend(score);
        let features = card.features.iter().map(|(feature, position)| format!("{} {position:.2}", self.text(feature)));
        let all: Vec<String> =
            facts.into_iter().chain(features).chain(card.action.as_ref().map(|action| self.text(action))).collect();
        let (id, name, archetype, all) = (&card.id, self.text(&card.name), self.text(&card.archetype), all.join(" · "));
        match self.language {
            Language::En => format!("- **{id} {name}** ({archetype}): {all}"),
            Language::Zh => format!("- **{id} {name}**（{archetype}）：{all}"),
        }
    }

    fn table(&self, table: &Table) -> String {
        let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        let headings: Vec<String> = table.headings.iter().map(|heading| self.text(heading)).collect();
        let mut lines = vec![self.text(&table.caption), String::new(), row(headings.clone())];
        lines.push(format!("|{}", "---|".repeat(headings.len())));
        lines.extend(table.rows.iter().map(|cells| row(cells.iter().map(|cell| self.cell(cell)).collect())));
        lines.join("\n")
    }

    fn cell(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(text) => self.text(text),
            Cell::Data(text) => escaped(text),
            Cell::Figure(figure) | Cell::Shaded(figure, _) => figure.text(),
            Cell::Segment(_, id, name) => format!("{id} {}", self.text(name)),
            Cell::Mark(Mark::Chosen) => format!("◀ {}", self.language.say("chosen", "选定")),
            Cell::Mark(Mark::Inadmissible) => self.language.say("too small a cluster", "含过小聚类").to_owned(),
            Cell::HeldBack => "\\*".to_owned(),
            Cell::Empty => "–".to_owned(),
        }
    }
}

/// Text that Markdown and the HTML in it take as it is, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(escaped("a|b <script> [x](y) *z*\n"), "a\\|b &lt;script&gt; \\[x\\](y) \\*z\\* ");
    }
}
