use maud::Markup;

use super::{Flows, Graph, Lines, Map, Ridges};
use crate::Text;

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
    /// Who went where.
    Flows(Flows),
}

impl Drawing {
    /// The picture as SVG, named by the element with the id `caption`.
    pub(in crate::report) fn svg(&self, caption: &str) -> Markup {
        match self {
            Drawing::Lines(lines) => lines.svg(caption),
            Drawing::Map(map) => map.svg(caption),
            Drawing::Ridges(ridges) => ridges.svg(caption),
            Drawing::Graph(graph) => graph.svg(caption),
            Drawing::Flows(flows) => flows.svg(caption),
        }
    }
}
