use maud::{Markup, html};

use super::both;
use super::cell::cell;
use crate::Text;
use crate::report::chart::{bar, colour};
use crate::report::document::{Cell, Figure, ShareRow, Shares};

/// Segments from which their rows are closer together, so that cards still follow on the first screen.
const MANY: usize = 11;

/// How customers and value are divided: a row per segment, every share as a figure and as a bar on one scale.
pub(super) fn shares(id: &str, shares: &Shares) -> Markup {
    let caption = format!("{id}-caption");
    let longest = shares
        .rows
        .iter()
        .flat_map(|row| [&row.customers, &row.value])
        .filter_map(share)
        .map(|share| share.value)
        .fold(0.0, f64::max);
    let many = shares.rows.len() >= MANY;
    html! {
        div.shares.single[!shares.with_value].many[many] role="group" aria-labelledby=(caption) {
            div.row.legend {
                span id=(caption) { (both(&shares.caption)) }
                span { (both(&Text::new("share of the customers", "客户占比"))) }
                @if shares.with_value { span { (both(&Text::new("share of the value", "价值占比"))) } }
            }
            @for row in &shares.rows { (one(row, longest, shares.with_value)) }
        }
    }
}

fn one(row: &ShareRow, longest: f64, with_value: bool) -> Markup {
    html! {
        div class=(format!("row {}", colour(row.segment.as_ref().map(|segment| segment.0)))) {
            @match &row.segment {
                Some((_, id)) => { a href=(format!("#{id}")) { strong { (id) } " " (both(&row.name)) } }
                None => { span { (both(&row.name)) } }
            }
            (part(&row.customers, longest, false))
            @if with_value { (part(&row.value, longest, true)) }
        }
    }
}

/// A figure and its bar. What is held back has none: nothing is drawn that is not written.
fn part(of: &Cell, longest: f64, value: bool) -> Markup {
    let length = |share: &Figure| if longest > 0.0 { share.value / longest } else { 0.0 };
    let drawn = share(of).map(|share| (length(share), share.text()));
    html! {
        span.part { span.number { (cell(of)) } (bar(drawn, value)) }
    }
}

/// The share that a cell shows.
fn share(cell: &Cell) -> Option<&Figure> {
    match cell {
        Cell::Figure(figure) => Some(figure),
        _ => None,
    }
}
