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

/// Whether most cells of a column are numbers: its heading and its other cells then stand on the right too.
fn is_of_numbers(table: &Table, column: usize) -> bool {
    let is_number =
        |row: &&Vec<Cell>| matches!(row.get(column), Some(Cell::Figure(_) | Cell::Shaded(..) | Cell::HeldBack));
    2 * table.rows.iter().filter(is_number).count() > table.rows.len()
}

/// The table itself, named by the element with the id `caption`: its own caption, or one above.
fn open(caption: &str, table: &Table, own: Option<&Text>) -> Markup {
    let right: Vec<bool> = (0..table.headings.len()).map(|column| is_of_numbers(table, column)).collect();
    html! {
        div.table {
            @if table.filter {
                label { (both(&Text::new("filter", "筛选"))) " " input.filter type="search"; }
            }
            div.scroll tabindex="0" role="region" aria-labelledby=(caption) {
                table aria-labelledby=(caption) {
                    @if let Some(own) = own { caption id=(caption) { (both(own)) } }
                    thead { tr { @for (heading, &right) in table.headings.iter().zip(&right) {
                        @if heading.en.is_empty() { td {} }
                        @else { th.right[right] scope="col" { button.sort type="button" { (both(heading)) } } }
                    } } }
                    tbody { @for row in &table.rows { tr { @for (one, &right) in row.iter().zip(&right) { (table_cell(one, right)) } } } }
                }
            }
        }
    }
}

fn table_cell(content: &Cell, right: bool) -> Markup {
    let class = match content {
        Cell::Figure(_) | Cell::HeldBack => "number".to_owned(),
        Cell::Shaded(_, shade) => {
            let step = (shade.clamp(-1.0, 1.0) * SHADES).round() as i64;
            if step < 0 { format!("number low{}", -step) } else { format!("number high{step}") }
        }
        _ if right => "right".to_owned(),
        _ => String::new(),
    };
    html! { td class=[(!class.is_empty()).then_some(class)] { (cell(content)) } }
}
