use maud::{Markup, html};

use super::both;
use crate::report::chart::{Picture, colour};
use crate::report::document::{Block, Card, Cell, Figure, Mark, Section, Style, Table};

/// Steps of a shade to either side.
const SHADES: f64 = 5.0;

/// The blocks of the part with the anchor `of`.
pub(super) fn blocks(of: &str, blocks: &[Block]) -> Markup {
    html! { @for (i, block) in blocks.iter().enumerate() { (one(&format!("{of}-{i}"), block)) } }
}

fn one(id: &str, block: &Block) -> Markup {
    html! {
        @match block {
            Block::Heading(text) => { h3 { (both(text)) } }
            Block::Paragraph(text) => { p { (both(text)) } }
            Block::List(texts) => { @if !texts.is_empty() { ul { @for text in texts { li { (both(text)) } } } } }
            Block::Warnings(texts) => { ul.warnings { @for text in texts { li { (both(text)) } } } }
            Block::Facts(facts) => {
                dl { @for (name, values) in facts { div { dt { (both(name)) } dd { @for (i, value) in values.iter().enumerate() { @if i > 0 { " · " } bdi { (cell(value)) } } } } } }
            }
            Block::Cards(cards) => { div.cards { @for one in cards { (card(one)) } } }
            Block::Table(table) => { (of_table(id, table)) }
            Block::Picture(picture) => { (of_picture(id, picture)) }
            Block::Code(code) => { pre tabindex="0" { code { (code) } } }
            Block::Part(section) => { (part(section)) }
        }
    }
}

fn part(section: &Section) -> Markup {
    html! {
        article id=(section.id) class=(colour(section.segment)) {
            h3 { (both(&section.title)) }
            (blocks(&section.id, &section.blocks))
        }
    }
}

fn card(card: &Card) -> Markup {
    html! {
        a class=(format!("card {}", colour(Some(card.segment)))) href=(format!("#{}", card.id)) {
            strong { (card.id) " " (both(&card.name)) }
            span.archetype { (both(&card.archetype)) }
            span.facts { @for (name, value) in &card.facts { span { (both(name)) " " (cell(value)) } } }
            @for (feature, position) in &card.features {
                span.feature {
                    span { (both(feature)) }
                    svg viewBox="0 0 100 8" aria-hidden="true" {
                        rect.rail x="0" y="3" width="100" height="2" {}
                        circle.dot cx=(format!("{:.0}", 100.0 * position)) cy="4" r="4" { title { (format!("{position:.2}")) } }
                    }
                }
            }
            @if let Some(action) = &card.action { em { (both(action)) } }
        }
    }
}

fn of_picture(id: &str, picture: &Picture) -> Markup {
    let caption = format!("{id}-caption");
    html! {
        figure {
            (picture.drawing.svg(&caption))
            figcaption id=(caption) { (both(&picture.caption)) }
        }
    }
}

fn of_table(id: &str, table: &Table) -> Markup {
    let caption = format!("{id}-caption");
    html! {
        div.table {
            @if table.filter {
                label { (both(&crate::Text::new("filter", "筛选"))) " " input.filter type="search"; }
            }
            div.scroll tabindex="0" role="region" aria-labelledby=(caption) {
                table {
                    caption id=(caption) { (both(&table.caption)) }
                    thead { tr { @for heading in &table.headings {
                        @if heading.en.is_empty() { td {} }
                        @else { th scope="col" { button.sort type="button" { (both(heading)) } } }
                    } } }
                    tbody { @for row in &table.rows { tr { @for one in row { (table_cell(one)) } } } }
                }
            }
        }
    }
}

fn table_cell(content: &Cell) -> Markup {
    let class = match content {
        Cell::Figure(_) | Cell::HeldBack => "number".to_owned(),
        Cell::Shaded(_, shade) => {
            let step = (shade.clamp(-1.0, 1.0) * SHADES).round() as i64;
            if step < 0 { format!("number low{}", -step) } else { format!("number high{step}") }
        }
        _ => String::new(),
    };
    html! { td class=[(!class.is_empty()).then_some(class)] { (cell(content)) } }
}

fn cell(content: &Cell) -> Markup {
    html! {
        @match content {
            Cell::Text(text) => { (both(text)) }
            Cell::Data(text) => { (text) }
            Cell::Figure(of) | Cell::Shaded(of, _) => { (figure(of)) }
            Cell::Segment(number, id, name) => {
                a class=(format!("segment {}", colour(Some(*number)))) href=(format!("#{id}")) { (id) " " (both(name)) }
            }
            Cell::Mark(Mark::Chosen) => { strong { "◀ " (both(&crate::Text::new("chosen", "选定"))) } }
            Cell::Mark(Mark::Inadmissible) => { (both(&crate::Text::new("too small a cluster", "含过小聚类"))) }
            Cell::HeldBack => { "*" }
            Cell::Empty => { "–" }
        }
    }
}

/// A number with the machine's value and the place it comes from, as `read_back` expects it.
fn figure(figure: &Figure) -> Markup {
    let value = match figure.style {
        Style::Count => format!("{:.0}", figure.value),
        _ => figure.value.to_string(),
    };
    html! { data value=(value) data-of=[figure.source.as_ref()] { (figure.text()) } }
}
