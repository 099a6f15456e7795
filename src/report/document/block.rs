use crate::figures::{change, count, decimal, percent, plain};
use crate::report::chart::Picture;
use crate::sharing::Shown;
use crate::{Language, Text};

/// What is said to people, in both languages.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The name of the source.
    pub(in crate::report) title: String,
    /// The language it opens in.
    pub(in crate::report) language: Language,
    /// The run.
    pub(in crate::report) run_id: String,
    /// The version of segmint that computed it.
    pub(in crate::report) version: String,
    /// Its sections in order.
    pub(in crate::report) sections: Vec<Section>,
}

/// A part of a report with an anchor.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The anchor.
    pub id: String,
    /// The heading.
    pub title: Text,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A segment in full, below a line that says the most of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The anchor.
    pub id: String,
    /// The heading.
    pub title: Text,
    /// The number of the segment it is about, whose colour it bears.
    pub segment: usize,
    /// Names and values beside the heading; the blocks say them too.
    pub headline: Vec<(Text, Cell)>,
    /// What sets it apart, in a few words.
    pub words: Vec<Text>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// What came of the run in one sentence, and the evidence for it.
    Lead(Text, Text),
    /// A heading below that of the section.
    Heading(Text),
    /// A paragraph.
    Paragraph(Text),
    /// Sentences, one below the other.
    List(Vec<Text>),
    /// What must not be overlooked.
    Warnings(Vec<Text>),
    /// Names with their values.
    Facts(Vec<(Text, Vec<Cell>)>),
    /// The same for who wants to know: on one quiet line.
    Aside(Vec<(Text, Vec<Cell>)>),
    /// How customers and value are divided.
    Shares(Shares),
    /// The segments at a glance.
    Cards(Vec<Card>),
    /// A table.
    Table(Table),
    /// Pictures, each with a caption of its own.
    Pictures(Vec<Picture>),
    /// Pictures of one kind under one caption; each bears a name.
    Multiples(Text, Vec<Picture>),
    /// Text to copy.
    Code(String),
    /// Blocks under a title that not everybody wants to open.
    Fold(Text, Vec<Block>),
    /// A segment in full.
    Part(Part),
}

/// How the customers, and their value where it is known, are divided among the segments.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// What it shows.
    pub caption: Text,
    /// Whether the value is known.
    pub with_value: bool,
    /// The segments in order; the customers of none of them last.
    pub rows: Vec<ShareRow>,
}

/// The part of one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareRow {
    /// The number of its colour and its anchor; those who are in no segment have none.
    pub segment: Option<(usize, String)>,
    /// Its name.
    pub name: Text,
    /// Its share of the customers.
    pub customers: Cell,
    /// Its share of the value.
    pub value: Cell,
}

/// A segment at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The number of its colour.
    pub segment: usize,
    /// Where it is described.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The archetype, or what stands for it.
    pub archetype: Text,
    /// How well the archetype fits.
    pub score: Option<Cell>,
    /// The catalog of the archetype, where one matches.
    pub catalog: Option<String>,
    /// Its customers.
    pub customers: Cell,
    /// Names and values of its parts of the whole, which the picture of customers and value shows too.
    pub shares: Vec<(Text, Cell)>,
    /// The most distinctive features and the position of the segment in each, 0 … 1.
    pub features: Vec<(Text, f64)>,
    /// What to do.
    pub action: Option<Text>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What it shows.
    pub caption: Text,
    /// Its columns.
    pub headings: Vec<Text>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
    /// Whether readers will want to search it.
    pub filter: bool,
    /// Whether only those who open it see it.
    pub closed: bool,
}

/// A cell of a table, or another value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text of ours.
    Text(Text),
    /// Text from the data or the plan.
    Data(String),
    /// A number.
    Figure(Figure),
    /// A number with a shade between −1 and 1.
    Shaded(Figure, f64),
    /// A link to a segment.
    Segment(usize, String, Text),
    /// Something that stands out.
    Mark(Mark),
    /// A number that is not shown.
    HeldBack,
    /// Nothing.
    Empty,
}

/// What stands out in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// This one was taken.
    Chosen,
    /// This one could not be taken.
    Inadmissible,
}

/// A number with the way it is written and the place it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// How it is written.
    pub style: Style,
    /// `FILE#/POINTER` into a JSON file of the run.
    pub source: Option<String>,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// 4,998
    Count,
    /// +4,998
    Change,
    /// 25.0 %
    Percent,
    /// So many decimals.
    Decimal(usize),
    /// Four significant digits.
    Plain,
}

impl Figure {
    /// The number as people read it.
    pub fn text(&self) -> String {
        match self.style {
            Style::Count => count(self.value as u64),
            Style::Change => change(self.value),
            Style::Percent => percent(self.value),
            Style::Decimal(digits) => decimal(Some(self.value), digits),
            Style::Plain => plain(self.value),
        }
    }
}

impl Block {
    /// Whether a number in it is held back.
    pub(super) fn holds_back(&self) -> bool {
        let is_held_back = |cell: &Cell| *cell == Cell::HeldBack;
        match self {
            Block::Facts(facts) | Block::Aside(facts) => facts.iter().flat_map(|(_, values)| values).any(is_held_back),
            Block::Shares(shares) => shares.rows.iter().flat_map(|row| [&row.customers, &row.value]).any(is_held_back),
            Block::Cards(cards) => cards
                .iter()
                .any(|card| is_held_back(&card.customers) || card.shares.iter().any(|(_, value)| is_held_back(value))),
            Block::Table(table) => table.rows.iter().flatten().any(is_held_back),
            Block::Fold(_, blocks) => blocks.iter().any(Block::holds_back),
            Block::Part(part) => {
                part.headline.iter().any(|(_, value)| is_held_back(value)) || part.blocks.iter().any(Block::holds_back)
            }
            Block::Lead(..)
            | Block::Heading(_)
            | Block::Paragraph(_)
            | Block::List(_)
            | Block::Warnings(_)
            | Block::Pictures(_)
            | Block::Multiples(..)
            | Block::Code(_) => false,
        }
    }
}

impl Cell {
    /// A number of the run's files, or nothing.
    pub(super) fn of(value: Option<f64>, style: Style, source: impl Into<String>) -> Cell {
        let source = Some(source.into());
        value.map_or(Cell::Empty, |value| Cell::Figure(Figure { value, style, source }))
    }

    /// A number of the run's files that may be held back, or nothing.
    pub(super) fn shown(value: impl Into<Shown<Option<f64>>>, style: Style, source: impl Into<String>) -> Cell {
        match value.into() {
            Shown::Value(value) => Cell::of(value, style, source),
            Shown::HeldBack => Cell::HeldBack,
        }
    }

    /// A number that is in no file as it stands here.
    pub(super) fn number(value: Option<f64>, style: Style) -> Cell {
        value.map_or(Cell::Empty, |value| Cell::Figure(Figure { value, style, source: None }))
    }

    /// Text of ours.
    pub(super) fn text(en: &str, zh: &str) -> Cell {
        Cell::Text(Text::new(en, zh))
    }

    /// The same cell, or [`HeldBack`](Cell::HeldBack).
    pub(super) fn if_shown(self, shown: bool) -> Cell {
        if shown { self } else { Cell::HeldBack }
    }
}

impl Table {
    /// An empty table with a caption and columns.
    pub(super) fn new<'a>(caption: (&str, &str), headings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Table {
        let headings = headings.into_iter().map(|(en, zh)| Text::new(en, zh)).collect();
        Table { caption: Text::new(caption.0, caption.1), headings, rows: Vec::new(), filter: false, closed: false }
    }

    /// The same table, closed.
    #[must_use]
    pub(super) fn closed(self) -> Table {
        Table { closed: true, ..self }
    }
}
