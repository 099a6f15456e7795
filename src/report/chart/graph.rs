use std::f64::consts::TAU;

use maud::{Markup, html};

use super::element::{at, colour, frame};
use crate::figures::decimal;

const SIDE: f64 = 320.0;
const RADIUS: f64 = 125.0;

/// Nodes on a circle, joined by edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// What stands at every node, and the segment whose colour it bears.
    pub nodes: Vec<(String, Option<usize>)>,
    /// Its edges.
    pub edges: Vec<Edge>,
}

/// An edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// One end.
    pub from: usize,
    /// The other.
    pub to: usize,
    /// 0 … 1.
    pub weight: f64,
}

impl Graph {
    pub(super) fn svg(&self, caption: &str) -> Markup {
        let place = |node: usize| {
            let angle = TAU * (node as f64 / self.nodes.len() as f64 - 0.25);
            (SIDE / 2.0 + RADIUS * libm::cos(angle), SIDE / 2.0 + RADIUS * libm::sin(angle))
        };
        frame(
            SIDE,
            SIDE,
            caption,
            &html! {
                @for edge in &self.edges {
                    @let ((x1, y1), (x2, y2)) = (place(edge.from), place(edge.to));
                    line.edge x1=(at(x1)) y1=(at(y1)) x2=(at(x2)) y2=(at(y2)) stroke-width=(at(1.0 + 14.0 * edge.weight)) {
                        title { (self.nodes[edge.from].0) " – " (self.nodes[edge.to].0) ": " (decimal(Some(edge.weight), 2)) }
                    }
                }
                @for (i, (node, segment)) in self.nodes.iter().enumerate() {
                    @let (x, y) = place(i);
                    circle class=(format!("node {}", colour(*segment))) cx=(at(x)) cy=(at(y)) r="19" {}
                    text x=(at(x)) y=(at(y + 4.0)) text-anchor="middle" { (node) }
                }
            },
        )
    }
}
