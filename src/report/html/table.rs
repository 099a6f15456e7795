use maud::{Markup, html};

use super::both;
use super::cell::cell;
use crate::Text;
use crate::report::document::{Cell, Table};

/// Steps of a shade to either side.
const SHADES: f64 = 5.0;

/// The table of the part with the anchor `id`; a closed one below a line that opens it.
pub(super) fn table(id: &str, table: &Table) -> Markup {
    let caption = format!("{id}-caption");
    if table.closed {
        return html! {
            details.fold {
                summary id=(caption) { (both(&table.caption)) }
                (open(&caption, table, None))
            }
        };
    }
    open(&caption, table, Some(&table.caption))
}

/// The table itself, named by the element with the id `caption`: its own caption, or one above.
fn open(caption: &str, table: &Table, own: Option<&Text>) -> Markup {
    html! {
        div.table {
            @if table.filter {
                label { (both(&Text::new("filter", "筛选"))) " " input.filter type="search"; }
            }
            div.scroll tabindex="0" role="region" aria-labelledby=(caption) {
                table aria-labelledby=(caption) {
                    @if let Some(own) = own { caption id=(caption) { (both(own)) } }
                    thead { tr { @for heading in &table.headings {
                        @if heading.en.is_empty() { td {} }
                        @else { th scope="col" { button.sort type="button" { (both(heading)) } } }
                    } } }
                    tbody { @for row in &table.rows { tr { @for one in row { (table_cell(one)) } } } }
                }
            }
        }
    }
}

fn table_cell(content: &Cell) -> Markup {
    let class = match content {
        Cell::Figure(_) | Cell::HeldBack => "number".to_owned(),
        Cell::Shaded(_, shade) => {
            let step = (shade.clamp(-1.0, 1.0) * SHADES).round() as i64;
            if step < 0 { format!("number low{}", -step) } else { format!("number high{step}") }
        }
        _ => String::new(),
    };
    html! { td class=[(!class.is_empty()).then_some(class)] { (cell(content)) } }
}
