use maud::{Markup, html};

use super::both;
use crate::Text;
use crate::report::chart::colour;
use crate::report::document::{Cell, Figure, Mark, Style};

/// What a cell says.
pub(super) fn cell(content: &Cell) -> Markup {
    html! {
        @match content {
            Cell::Text(text) => { (both(text)) }
            Cell::Data(text) => { bdi { (text) } }
            Cell::Figure(of) | Cell::Shaded(of, _) => { (figure(of)) }
            Cell::Segment(number, id, name) => {
                a class=(format!("segment {}", colour(Some(*number)))) href=(format!("#{id}")) { (id) " " (both(name)) }
            }
            Cell::Mark(Mark::Chosen) => { strong { "◀ " (both(&Text::new("chosen", "选定"))) } }
            Cell::Mark(Mark::Inadmissible) => { (both(&Text::new("too small a cluster", "含过小聚类"))) }
            Cell::HeldBack => { "*" }
            Cell::Empty => { "–" }
        }
    }
}

/// A number with the machine's value and the place it comes from, as `read_back` expects it.
fn figure(figure: &Figure) -> Markup {
    let value = match figure.style {
        Style::Count | Style::Change => format!("{:.0}", figure.value),
        _ => figure.value.to_string(),
    };
    html! { data value=(value) data-of=[figure.source.as_ref()] { (figure.text()) } }
}
