//! Pictures as SVG.
//!
//! They are drawn here and not by a library because every text is there in two languages, every colour comes from the style of
//! the page (so that it follows the theme and is the same for a segment everywhere), and every mark has a value to hover over;
//! the plotting libraries for Rust give none of the three.

mod graph;
mod lines;
mod map;
mod ridges;
mod scale;
mod strip;

use maud::{Markup, html};

pub use graph::{Edge, Graph};
pub use lines::{Line, Lines};
pub use map::{Map, MapCell};
pub use ridges::{Ridge, Ridges, merged};
pub use strip::{bar, position};

use crate::Text;

/// Colours of segments before they repeat; every mark also bears the id of its segment.
pub(super) const COLOURS: usize = 10;

/// A picture and what it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// What it shows.
    pub caption: Text,
    /// The picture.
    pub drawing: Drawing,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawing {
    /// Curves.
    Lines(Lines),
    /// Squares on two axes.
    Map(Map),
    /// Distributions one below the other.
    Ridges(Ridges),
    /// Nodes and edges.
    Graph(Graph),
}

impl Drawing {
    /// The picture as SVG, named by the element with the id `caption`.
    pub(super) fn svg(&self, caption: &str) -> Markup {
        match self {
            Drawing::Lines(lines) => lines.svg(caption),
            Drawing::Map(map) => map.svg(caption),
            Drawing::Ridges(ridges) => ridges.svg(caption),
            Drawing::Graph(graph) => graph.svg(caption),
        }
    }
}

/// The class of a segment's colour; what is no segment is grey.
pub(super) fn colour(segment: Option<usize>) -> String {
    segment.map_or_else(|| "all".to_owned(), |segment| format!("s{}", segment % COLOURS))
}

/// An `svg` element with its name.
fn frame(width: f64, height: f64, caption: &str, content: &Markup) -> Markup {
    html! {
        svg role="img" aria-labelledby=(caption) viewBox=(format!("0 0 {width} {height}")) {
            (content)
        }
    }
}

/// A text in both languages at a place.
fn label(text: &Text, x: f64, y: f64, anchor: &str) -> Markup {
    html! {
        @for (language, words) in [("en", &text.en), ("zh-CN", &text.zh)] {
            text lang=(language) x=(at(x)) y=(at(y)) text-anchor=(anchor) { (words) }
        }
    }
}

/// The same, standing up along the vertical axis.
fn label_up(text: &Text, x: f64, y: f64) -> Markup {
    html! {
        @for (language, words) in [("en", &text.en), ("zh-CN", &text.zh)] {
            text lang=(language) transform=(format!("translate({} {}) rotate(-90)", at(x), at(y))) text-anchor="middle" { (words) }
        }
    }
}

/// A coordinate to a tenth of a unit.
fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
