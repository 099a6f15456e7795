use maud::{Markup, html};

use super::element::at;
use crate::figures::decimal;

/// A bar as long as its part of the longest, light or full, with its value to hover over; a dashed line where there is nothing
/// to draw.
pub fn bar(part: Option<(f64, String)>, full: bool) -> Markup {
    let kind = if full { "full" } else { "light" };
    html! {
        svg.bar aria-hidden="true" {
            @match part {
                Some((part, value)) => {
                    rect class=(kind) width=(format!("{}%", at(100.0 * part.clamp(0.0, 1.0)))) height="100%" { title { (value) } }
                }
                None => { line.mark x1="0" x2="100%" y1="50%" y2="50%" {} }
            }
        }
    }
}

/// A place between 0 and 1 on a rail, with its middle.
pub fn position(place: f64) -> Markup {
    html! {
        svg.strip viewBox="0 0 100 8" aria-hidden="true" {
            rect.rail x="0" y="3" width="100" height="2" {}
            rect.rail x="49.5" y="0" width="1" height="8" {}
            circle.dot cx=(format!("{:.0}", 100.0 * place)) cy="4" r="4" { title { (decimal(Some(place), 2)) } }
        }
    }
}
