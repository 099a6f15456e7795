//! A [`Document`] as one HTML file that needs no other: no request, no script but the one in it.

mod block;
mod cell;
mod excerpt;
mod shares;
mod table;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::document::{Document, Section};
use crate::printable::printable_lines;
use crate::{Language, Text};
pub use excerpt::{excerpt, excerpt_svg};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page.
///
/// Its policy lets the browser load nothing, and run only the style and the script with these hashes: markup that found its
/// way into the data could do nothing, even if it were not shown as text.
pub fn html(document: &Document) -> String {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let language = match document.language {
        Language::En => "en",
        Language::Zh => "zh-CN",
    };
    let page = html! {
        (DOCTYPE)
        html lang=(language) data-theme="auto" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "segmint · " (document.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(document, language))
                main { @for section in &document.sections { (section_of(section)) } }
                footer { "segmint " (document.version) " · " (document.run_id) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    // Names may be of any language and direction; what acts on the page itself is written out.
    printable_lines(&page.into_string()).into_owned()
}

fn header(document: &Document, language: &str) -> Markup {
    html! {
        header {
            h1 { (both(&Text::new("Segments of", "客群报告："))) " " (document.title) }
            div.controls {
                div role="group" aria-label="Language · 语言" {
                    @for (code, name) in [("en", "English"), ("zh-CN", "中文")] {
                        button type="button" data-set-language=(code) lang=(code) aria-pressed=(code == language) { (name) }
                    }
                }
                div role="group" aria-label="Theme · 主题" {
                    @for (theme, sign, name) in
                        [("auto", "◐", "automatic · 自动"), ("light", "☀", "light · 浅色"), ("dark", "☾", "dark · 深色")]
                    {
                        button type="button" data-set-theme=(theme) aria-label=(name) title=(name) aria-pressed=(theme == "auto") { (sign) }
                    }
                }
            }
        }
        nav aria-label="Sections · 章节" {
            @for section in &document.sections { a href=(format!("#{}", section.id)) { (both(&section.title)) } }
        }
    }
}

fn section_of(section: &Section) -> Markup {
    html! {
        section id=(section.id) {
            h2 { (both(&section.title)) }
            (block::blocks(&section.id, &section.blocks))
        }
    }
}

/// Text in both languages; the style shows one.
fn both(text: &Text) -> Markup {
    html! {
        @if text.en == text.zh { (text.en) }
        @else { span lang="en" { (text.en) } span lang="zh-CN" { (text.zh) } }
    }
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}
