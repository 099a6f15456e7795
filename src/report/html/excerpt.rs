//! A part of a report as a piece of somebody else's page, or a picture of it as a file of its own.

use maud::{Markup, PreEscaped, html};

use super::block::blocks;
use crate::printable::printable_lines;
use crate::report::document::{Block, Excerpt};
use crate::sharing::SharedRun;
use crate::{Language, Text};

const STYLE: &str = include_str!("excerpt.css");

/// Numbers of excerpts in one page: what is named in one must not be taken for another's.
fn anchor(run: &SharedRun, excerpt: Excerpt) -> String {
    format!("segmint-{}-{excerpt:?}", run.run_id.replace([':', '.'], "-")).to_lowercase()
}

fn code(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Zh => "zh-CN",
    }
}

/// The excerpt as one element that brings its style, in the language of the run, light or dark as the page around it; `None` where
/// the run does not tell. Text from data is text, and small cells are held back as everywhere.
pub fn excerpt(run: &SharedRun, excerpt: Excerpt) -> Option<String> {
    let said = excerpt.blocks(run);
    if said.is_empty() {
        return None;
    }
    let piece = html! {
        div.segmint data-language=(code(run.language)) lang=(code(run.language)) {
            style { (PreEscaped(STYLE)) }
            (blocks(&anchor(run, excerpt), &said))
        }
    };
    Some(printable_lines(&piece.into_string()).into_owned())
}

/// The picture of an excerpt as an SVG file that needs no other; `None` where it has none.
pub fn excerpt_svg(run: &SharedRun, excerpt: Excerpt) -> Option<String> {
    let picture = excerpt.blocks(run).into_iter().find_map(|block| match block {
        Block::Pictures(pictures) => pictures.into_iter().next(),
        _ => None,
    })?;
    let id = anchor(run, excerpt);
    let drawn = picture.drawing.svg(&id).into_string();
    let drawn = drawn.strip_prefix("<svg ")?;
    let (opened, inside) = drawn.split_once('>')?;
    let head = head(&picture.caption, &id, run.language).into_string();
    let root = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"segmint\" data-language=\"{}\" {opened}>",
        code(run.language)
    );
    Some(printable_lines(&format!("{root}{head}{inside}")).into_owned())
}

/// The name of a picture, and its style.
fn head(caption: &Text, id: &str, language: Language) -> Markup {
    html! {
        title id=(id) { (caption.get(language)) }
        style { (PreEscaped(STYLE)) }
    }
}
