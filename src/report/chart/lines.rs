use maud::{Markup, html};

use super::element::{at, frame, label, label_up};
use super::scale::Scale;
use crate::Text;
use crate::figures::plain;

const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 250.0;
/// The plot's left, right, top and bottom edges.
const EDGES: [f64; 4] = [62.0, 330.0, 28.0, 204.0];

/// From the name of a curve to that of the next.
const LEGEND: f64 = 125.0;

/// Curves over one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// What runs to the right.
    pub x: Text,
    /// What runs up.
    pub y: Text,
    /// The curves.
    pub lines: Vec<Line>,
    /// A value on the horizontal axis that is marked.
    pub mark: Option<f64>,
    /// An interval on the vertical axis.
    pub band: Option<(f64, f64)>,
    /// Whether every point is marked and can be hovered over.
    pub dots: bool,
}

/// A curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is.
    pub name: Text,
    /// Whether it is only there to compare with.
    pub dashed: bool,
    /// Its points, left to right.
    pub points: Vec<(f64, f64)>,
}

impl Lines {
    pub(super) fn svg(&self, caption: &str) -> Markup {
        let [left, right, top, bottom] = EDGES;
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let ends = |of: fn(&(f64, f64)) -> f64| {
            points().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let (xs, ys) = (ends(|p| p.0), ends(|p| p.1));
        let x = Scale::new(xs.0, xs.1, left, right);
        let y = Scale::new(ys.0.min(0.0), ys.1 * 1.05, bottom, top);
        frame(
            WIDTH,
            HEIGHT,
            caption,
            &html! {
                @for tick in y.ticks() {
                    line.grid x1=(left) x2=(right) y1=(at(y.place(tick))) y2=(at(y.place(tick))) {}
                    text x=(left - 6.0) y=(at(y.place(tick) + 4.0)) text-anchor="end" { (plain(tick)) }
                }
                @for tick in x.ticks() {
                    text x=(at(x.place(tick))) y=(bottom + 18.0) text-anchor="middle" { (short(tick)) }
                }
                @if let Some((low, high)) = self.band {
                    rect.band x=(left) width=(right - left) y=(at(y.place(high))) height=(at(y.place(low) - y.place(high))) {
                        title { (plain(low)) " – " (plain(high)) }
                    }
                }
                @if let Some(mark) = self.mark {
                    line.mark x1=(at(x.place(mark))) x2=(at(x.place(mark))) y1=(top) y2=(bottom) { title { (short(mark)) } }
                }
                @for line in &self.lines {
                    polyline.curve.dashed[line.dashed] points=(path(&line.points, x, y)) {}
                    @if self.dots {
                        @for point in &line.points {
                            circle.dot cx=(at(x.place(point.0))) cy=(at(y.place(point.1))) r="4" {
                                title { (short(point.0)) ": " (plain(point.1)) }
                            }
                        }
                    }
                }
                line.axis x1=(left) x2=(right) y1=(bottom) y2=(bottom) {}
                (label(&self.x, (left + right) / 2.0, HEIGHT - 10.0, "middle"))
                (label_up(&self.y, 11.0, (top + bottom) / 2.0))
                @for (i, line) in self.lines.iter().enumerate() {
                    line.curve.dashed[line.dashed] x1=(left + 8.0 + LEGEND * i as f64) x2=(left + 34.0 + LEGEND * i as f64) y1="12" y2="12" {}
                    (label(&line.name, left + 40.0 + LEGEND * i as f64, 16.0, "start"))
                }
            },
        )
    }
}

fn path(points: &[(f64, f64)], x: Scale, y: Scale) -> String {
    points.iter().map(|p| format!("{},{}", at(x.place(p.0)), at(y.place(p.1)))).collect::<Vec<_>>().join(" ")
}

/// A number without decimals that are zero.
fn short(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { plain(value) }
}
