//! What there is to say, before anybody decides how it looks: sections of texts, tables, figures and pictures.
//!
//! [`Document::of`] says it of a run; [`html`](super::html) and [`markdown`](super::markdown) write it down. A figure knows the place
//! in the run's files that it comes from, so that what was written can be held against them. Other documents are for a terminal:
//! a run on one screen (`brief`) or in all its tables (`full`), a segment (`portrait`), a customer (`explanation`), two runs or a
//! run and tiers (`compared`), new customers (`scored`).

mod agreement;
mod alluvial;
mod block;
mod brief;
mod changes;
mod compared;
mod evidence;
mod excerpt;
mod explanation;
mod full;
mod further;
mod method;
mod outcome;
mod overview;
mod pictures;
mod portrait;
mod refit;
mod scored;
mod segment;
mod sheet;
mod shown;
mod tiers;

pub use block::{Block, Card, Cell, Document, Figure, Mark, Part, Section, ShareRow, Shares, Style, Table};
pub use excerpt::Excerpt;
pub use sheet::{Entry, Sheet};

use crate::sharing::SharedRun;
use crate::{Language, Text};

impl Document {
    /// The report on a run.
    pub(super) fn of(run: &SharedRun) -> Document {
        let mut sections = vec![overview::overview(run)];
        sections.extend(refit::refit(run));
        sections.extend([segment::segments(run), evidence::evidence(run)]);
        sections.extend(outcome::outcome(run));
        sections.extend(tiers::tiers(run));
        sections.push(method::method(run));
        if sections.iter().flat_map(|section| &section.blocks).any(Block::holds_back) {
            sections[0].blocks.push(Block::Paragraph(shown::note(run.min_cell)));
        }
        Document {
            title: overview::source_name(&run.source).to_owned(),
            language: run.language,
            run_id: run.run_id.clone(),
            version: run.provenance.version.clone(),
            sections,
        }
    }

    /// What is said of less than a whole run: sections without a title above them.
    fn untitled(language: Language, sections: Vec<Section>) -> Document {
        Document { title: String::new(), language, run_id: String::new(), version: String::new(), sections }
    }
}

impl Section {
    /// A section under a heading.
    fn new(id: &str, (en, zh): (&str, &str), blocks: Vec<Block>) -> Section {
        Section { id: id.to_owned(), title: Text::new(en, zh), blocks }
    }

    /// The section, which says below what is held back what the sign of it means.
    fn with_legend(mut self, min_cell: u64) -> Section {
        let legend = Block::Paragraph(shown::note(min_cell));
        if self.blocks.iter().any(Block::holds_back) && !self.blocks.contains(&legend) {
            self.blocks.push(legend);
        }
        self
    }

    /// A section without a heading.
    fn untitled(id: &str, blocks: Vec<Block>) -> Section {
        Section { id: id.to_owned(), title: Text::new("", ""), blocks }
    }
}

/// What the numbers of a column are called, in both languages.
fn words(run: &SharedRun, column: &str) -> Text {
    in_both(|language| run.words(column, language).to_owned())
}

/// The same in both languages, by a function that writes one.
fn in_both(write: impl Fn(Language) -> String) -> Text {
    Text::new(write(Language::En), write(Language::Zh))
}
