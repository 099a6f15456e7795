//! New customers in the segments of a run.

use std::path::Path;

use super::{Block, Cell, Document, Section, Style, Table, in_both};
use crate::figures::count;
use crate::language::noun;
use crate::sharing::{SharedScore, SharedSegmentCount, Shown};
use crate::{Language, Text};

impl Document {
    /// What came of scoring customers whose segments were written to `output`.
    pub fn scored(scored: &SharedScore, output: &Path, language: Language) -> Document {
        let mut blocks = vec![Block::Paragraph(customers(scored)), Block::Table(segments(scored))];
        if !scored.warnings.is_empty() {
            blocks.push(Block::Warnings(scored.warnings.iter().map(|warning| warning.message.clone()).collect()));
        }
        let output = output.display();
        blocks.push(Block::Paragraph(Text::new(format!("written to {output}"), format!("已写入 {output}"))));
        Document::untitled(language, vec![Section::untitled("scored", blocks)])
    }
}

/// How many they are, and to which day their ages are counted.
fn customers(scored: &SharedScore) -> Text {
    let n = scored.n_customers as u64;
    in_both(|language| {
        let customers = language.say(noun(n, "customer", "customers"), "位客户");
        let said = format!("{} {customers}", count(n));
        match (scored.as_of, language) {
            (None, _) => said,
            (Some(date), Language::En) => format!("{said}, ages as of {date}"),
            (Some(date), Language::Zh) => format!("{said}，年龄和天数以 {date} 为基准"),
        }
    })
}

fn segments(scored: &SharedScore) -> Table {
    let mut table = Table::new(("", ""), [("", ""), ("segment", "客群"), ("customers", "客户"), ("share", "占比")]);
    table.rows = scored.segments.iter().map(|segment| row(segment, scored.n_customers.max(1) as f64)).collect();
    table
}

fn row(segment: &SharedSegmentCount, all: f64) -> Vec<Cell> {
    let size = match segment.size {
        Shown::Value(size) => Some(size as f64),
        Shown::HeldBack => None,
    };
    let figure = |value, style| Cell::number(value, style).if_shown(size.is_some());
    vec![
        Cell::Data(segment.segment_id.clone()),
        Cell::Text(segment.name.clone()),
        figure(size, Style::Count),
        figure(size.map(|size| size / all), Style::Percent),
    ]
}
