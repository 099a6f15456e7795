//! Figures that may be held back, as cells.

use super::{Cell, Style};
use crate::Text;
use crate::figures::count;
use crate::sharing::Shown;

/// A number of customers.
pub(super) fn customers(n: Shown<u64>) -> Cell {
    number(n.value().map(|&n| n as f64), n.is_shown(), Style::Count)
}

/// A figure that there may not be.
pub(super) fn figure(value: Shown<Option<f64>>, style: Style) -> Cell {
    number(value.known(), value.is_shown(), style)
}

/// A figure that there is.
pub(super) fn known(value: Shown<f64>, style: Style) -> Cell {
    number(value.value().copied(), value.is_shown(), style)
}

/// A name there may not be.
pub(super) fn name(name: &Shown<Option<String>>) -> Cell {
    name.value().map_or(Cell::HeldBack, |name| name.clone().map_or(Cell::Empty, Cell::Data))
}

/// A figure that may be held back.
pub(super) fn number(value: Option<f64>, is_shown: bool, style: Style) -> Cell {
    Cell::number(value, style).if_shown(is_shown)
}

/// What the sign of a cell that is held back means, anywhere on the page or the screen.
pub(super) fn note(min_cell: u64) -> Text {
    let n = count(min_cell);
    Text::new(
        format!("* fewer than {n} customers, or held back to cover such a cell"),
        format!("* 少于 {n} 位客户，或为掩护此类单元格而隐去"),
    )
}
