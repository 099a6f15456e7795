//! A [`Document`] as Markdown in one language, for a pull request or a chat.

use super::chart::Picture;
use super::document::{Block, Card, Cell, Document, Mark, Section, ShareRow, Shares, Table};
use crate::printable::{printable, printable_lines};
use crate::{Language, Text};

/// The document in `language`. Pictures are named; what they show is in the tables or in `report.html`.
pub fn markdown(document: &Document, language: Language) -> String {
    let page = Page { language };
    let mut parts = vec![format!("# {} {}", language.say("Segments of", "客群报告："), escaped(&document.title))];
    parts.extend(document.sections.iter().map(|section| page.section(section, 2)));
    parts.push(format!("segmint {} · {}", escaped(&document.version), escaped(&document.run_id)));
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
            Block::Code(code) => fenced(&printable_lines(code)),
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

/// Stands behind a sign that would make a link of what follows; it has no width and breaks no word.
const JOINER: char = '\u{2060}';

/// Text that Markdown and the HTML in it take as it is, on one line. Addresses, names of people and numbers of issues become no
/// links, for a chat or a forge makes them of bare text.
fn escaped(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    // What would begin a list, a rule or a heading of the line before.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let begins_list = digits > 0 && text[digits..].starts_with(['.', ')']);
    for (at, character) in text.char_indices() {
        let rest = &text[at..];
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '-' | '+' | '=' if at == 0 => out.extend(['\\', character]),
            '.' | ')' if begins_list && at == digits => out.extend(['\\', character]),
            '@' => out.extend(['@', JOINER]),
            ':' if rest.starts_with("://") => out.extend([':', JOINER]),
            '.' if out.to_ascii_lowercase().ends_with("www") => out.extend([JOINER, '.']),
            '#' => out.extend(['\\', '#', JOINER]),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out
}

/// Text to copy, between more backticks than stand in it.
fn fenced(code: &str) -> String {
    let (longest, _) = code.chars().fold((0, 0), |(longest, run), character| {
        let run = if character == '`' { run + 1 } else { 0 };
        (longest.max(run), run)
    });
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{code}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(escaped("a|b <script> [x](y) *z*\n"), "a\\|b &lt;script&gt; \\[x\\](y) \\*z\\*\\\\n");
        assert_eq!(escaped("\u{1b}[2J"), "\\\\u{1b}\\[2J");
        assert_eq!(escaped("- 1. a"), "\\- 1. a");
        assert_eq!(escaped("12. a"), "12\\. a");
    }

    #[test]
    fn bare_addresses_names_and_numbers_of_issues_make_no_links() {
        let text = escaped("https://a.example HTTP://b www.c.example x@d.example @name org/repo#12");
        for link in ["://", "www.", "@d", "@n", "#1"] {
            assert!(!text.contains(link), "{text}");
        }
        assert_eq!(
            text.replace([JOINER, '\\'], ""),
            "https://a.example HTTP://b www.c.example x@d.example @name org/repo#12"
        );
    }

    #[test]
    fn code_cannot_leave_its_fence() {
        assert_eq!(fenced("a\n````\nb"), "`````\na\n````\nb\n`````");
        assert_eq!(fenced("a"), "```\na\n```");
    }
}
