use maud::{Markup, html};

use super::both;
use super::cell::cell;
use super::shares::shares;
use super::table::table;
use crate::Text;
use crate::language::counted;
use crate::report::chart::{Picture, colour, position};
use crate::report::document::{Block, Card, Cell, Part};

/// The blocks of the part with the anchor `of`.
pub(super) fn blocks(of: &str, blocks: &[Block]) -> Markup {
    html! { @for (i, block) in blocks.iter().enumerate() { (one(&format!("{of}-{i}"), block)) } }
}

fn one(id: &str, block: &Block) -> Markup {
    html! {
        @match block {
            Block::Lead(words, evidence) => { p.lead { strong { (both(words)) } " " span.evidence { (both(evidence)) } } }
            Block::Heading(text) => { h3 { (both(text)) } }
            Block::Paragraph(text) => { p { (both(text)) } }
            Block::List(texts) => { @if !texts.is_empty() { ul { @for text in texts { li { (both(text)) } } } } }
            Block::Warnings(texts) => { (warnings(texts)) }
            Block::Facts(of) => { dl { (facts(of)) } }
            Block::Aside(of) => { dl.aside { (facts(of)) } }
            Block::Shares(of) => { (shares(id, of)) }
            Block::Cards(cards) => { div.cards { @for one in cards { (card(one)) } } p.evidence { (both(&key())) } }
            Block::Table(of) => { (table(id, of)) }
            Block::Pictures(pictures) => { div.pictures { @for (i, picture) in pictures.iter().enumerate() { (of_picture(&format!("{id}-{i}"), picture)) } } }
            Block::Multiples(caption, pictures) => { (multiples(id, caption, pictures)) }
            Block::Code(code) => { pre tabindex="0" { code { (code) } } }
            Block::Fold(title, inside) => { details.fold { summary { (both(title)) } (blocks(id, inside)) } }
            Block::Part(of) => { (part(of)) }
        }
    }
}

/// Names and values.
fn facts(facts: &[(Text, Vec<Cell>)]) -> Markup {
    html! {
        @for (name, values) in facts {
            div.counted[matches!(values.as_slice(), [Cell::Figure(_)])] { dt { (both(name)) } dd { @for (i, value) in values.iter().enumerate() { @if i > 0 { " · " } (cell(value)) } } }
        }
    }
}

/// How many there are; whoever opens it reads them.
fn warnings(texts: &[Text]) -> Markup {
    let n = texts.len() as u64;
    let title = Text::new(counted(n, "warning", "warnings"), format!("{n} 条警告"));
    html! {
        details.warnings { summary { "⚠ " (both(&title)) } ul { @for text in texts { li { (both(text)) } } } }
    }
}

/// A segment below a line that says the most of it.
fn part(part: &Part) -> Markup {
    html! {
        article id=(part.id) class=(colour(Some(part.segment))) {
            details {
                summary {
                    h3 { (both(&part.title)) }
                    span.headline { @for (name, value) in &part.headline { span { (cell(value)) " " (both(name)) } } }
                    span.words { @for (i, words) in part.words.iter().enumerate() { @if i > 0 { " · " } (both(words)) } }
                }
                div.portrait { (blocks(&part.id, &part.blocks)) }
            }
        }
    }
}

/// What the signs on the cards mean.
fn key() -> Text {
    Text::new(
        "Dots: lower (left) or higher (right) than other customers, or like everyone (middle). The score after an archetype: \
         how well it fits, 1 at best.",
        "圆点：靠左低于、靠右高于其他客户，居中则持平。原型后的得分为符合程度，最高 1。",
    )
}

fn card(card: &Card) -> Markup {
    html! {
        a class=(format!("card {}", colour(Some(card.segment)))) href=(format!("#{}", card.id)) {
            strong { (card.id) " " (both(&card.name)) }
            span.facts {
                // The shares are in the picture above, and a segment is called after its archetype.
                span { (cell(&card.customers)) " " (both(&Text::new("customers", "客户"))) }
                span {
                    @match &card.catalog { Some(catalog) => (catalog), None => (both(&card.archetype)) }
                    @if let Some(score) = &card.score { " " (cell(score)) }
                }
            }
            span.features {
                @for (feature, at) in &card.features { span { (both(feature)) } (position(*at)) }
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

/// Pictures of one kind, side by side under one caption.
fn multiples(id: &str, caption: &Text, pictures: &[Picture]) -> Markup {
    let name = |i: usize| format!("{id}-{i}-name");
    html! {
        figure.multiples {
            figcaption { (both(caption)) }
            div {
                @for (i, picture) in pictures.iter().enumerate() {
                    div { span.name id=(name(i)) { (both(&picture.caption)) } (picture.drawing.svg(&name(i))) }
                }
            }
        }
    }
}
