//! What every picture is made of.

use maud::{Markup, html};

use crate::Text;

/// Colours of segments before they repeat; every mark also bears the id of its segment.
pub(in crate::report) const COLOURS: usize = 10;

/// The class of a segment's colour; what is no segment is grey.
pub(in crate::report) fn colour(segment: Option<usize>) -> String {
    segment.map_or_else(|| "all".to_owned(), |segment| format!("s{}", segment % COLOURS))
}

/// An `svg` element with its name.
pub(super) fn frame(width: f64, height: f64, caption: &str, content: &Markup) -> Markup {
    html! {
        svg role="img" aria-labelledby=(caption) viewBox=(format!("0 0 {width} {height}")) {
            (content)
        }
    }
}

/// A text in both languages at a place.
pub(super) fn label(text: &Text, x: f64, y: f64, anchor: &str) -> Markup {
    html! {
        @for (language, words) in [("en", &text.en), ("zh-CN", &text.zh)] {
            text lang=(language) x=(at(x)) y=(at(y)) text-anchor=(anchor) { (words) }
        }
    }
}

/// The same, standing up along the vertical axis.
pub(super) fn label_up(text: &Text, x: f64, y: f64) -> Markup {
    html! {
        @for (language, words) in [("en", &text.en), ("zh-CN", &text.zh)] {
            text lang=(language) transform=(format!("translate({} {}) rotate(-90)", at(x), at(y))) text-anchor="middle" { (words) }
        }
    }
}

/// A coordinate to a tenth of a unit.
pub(super) fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
