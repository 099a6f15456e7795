//! The cells that are hidden to cover others: as few as make the interval of every hidden cell wide.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::interval::OpenTable;

/// Cells that may be looked at for one table before it is held back whole; it depends on the table alone, never on time.
const WORK: u64 = 20_000_000;
/// What it costs to hide a cell, however small, so that few are.
const PER_CELL: u64 = 1 << 40;

pub(super) fn is_small(count: u64, min_cell: u64) -> bool {
    0 < count && count < min_cell
}

/// What is asked of a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Whether it has to be hidden.
    pub(super) hidden: bool,
    /// How wide its interval has to be where it is.
    pub(super) width: u64,
    /// Whether everybody knows it, so that it hides nothing.
    pub(super) is_known: bool,
}

impl Asked {
    /// What is asked of a number of customers.
    pub(super) fn of_count(count: u64, min_cell: u64) -> Self {
        Asked { hidden: is_small(count, min_cell), width: min_cell, is_known: false }
    }

    /// How wide the interval of a cell in lines with these totals has to be: what is shown of them cannot be undone.
    pub(super) fn enough(self, [row, column]: [u64; 2]) -> u64 {
        self.width.min(row).min(column)
    }
}

/// A table whose cells are being hidden.
pub(super) struct Suppression {
    table: OpenTable,
    /// Cells that are not shown anyway, so that hiding them costs nothing.
    is_free: Vec<bool>,
    asked: Vec<Asked>,
}

/// Hiding single cells does not do, or takes too long.
struct TooMuch;

impl Suppression {
    /// The table with what is hidden of it, and whether the intervals of all hidden cells are wide: where nothing makes them so, or
    /// finding it takes too long, everything is hidden, and totals tell what they tell.
    pub(super) fn of(amounts: &[Vec<u64>], is_free: Vec<bool>, asked: Vec<Asked>) -> (OpenTable, bool) {
        let mut table = OpenTable::new(amounts);
        let n_cells = table.n_cells();
        (0..n_cells).filter(|&cell| asked[cell].hidden).for_each(|cell| table.hide(cell));
        // Totals of the only line are the cells themselves.
        if amounts.len() < 2 || amounts[0].len() < 2 {
            return (table, false);
        }
        let mut suppression = Suppression { table, is_free, asked };
        match suppression.protect() {
            Ok(()) => {
                suppression.show_again();
                (suppression.table, true)
            }
            Err(TooMuch) => {
                (0..n_cells).for_each(|cell| suppression.table.hide(cell));
                (suppression.table, false)
            }
        }
    }

    /// How wide the interval of a cell has to be: what is shown of its lines cannot be undone.
    fn enough(&self, cell: usize) -> u64 {
        self.asked[cell].enough(self.table.totals(cell))
    }

    fn is_protected(&mut self, cell: usize) -> bool {
        let enough = self.enough(cell);
        self.table.width(cell, enough) >= enough
    }

    /// Hides cells until the interval of every hidden cell is wide.
    fn protect(&mut self) -> Result<(), TooMuch> {
        loop {
            let mut changed = false;
            for cell in self.table.hidden() {
                while !self.is_protected(cell) {
                    if !self.cover(cell) || self.table.work() > WORK {
                        return Err(TooMuch);
                    }
                    changed = true;
                }
            }
            if !changed {
                return Ok(());
            }
        }
    }

    /// Hides the cheapest cells that let this one be larger; false where there are none.
    fn cover(&mut self, cell: usize) -> bool {
        let enough = self.enough(cell);
        let [below, above] = self.table.reach(cell, enough);
        let mut need = enough - below.min(enough - above.min(enough));
        while need > 0 {
            let way = self.cheapest(cell, need).filter(|way| way.iter().any(|&other| !self.table.is_hidden(other)));
            if let Some(way) = way {
                way.into_iter().for_each(|other| self.table.hide(other));
                return true;
            }
            need /= 2;
        }
        false
    }

    /// The cells of the cheapest cycle through `cell` of which those that fall have `need` customers.
    fn cheapest(&mut self, cell: usize, need: u64) -> Option<Vec<usize>> {
        let [row, column] = self.table.ends(cell);
        let n = self.table.n_lines();
        let mut best = vec![u64::MAX; n];
        let mut came = vec![usize::MAX; n];
        let mut queue = BinaryHeap::from([Reverse((0, column))]);
        best[column] = 0;
        while let Some(Reverse((cost, line))) = queue.pop() {
            if line == row {
                break;
            }
            if cost > best[line] {
                continue;
            }
            let raises = self.table.is_row(line);
            self.table.spend(n as u64);
            for next in (0..n).filter(|&next| self.table.is_row(next) != raises) {
                let other = self.table.cell(line, next);
                let may = raises || self.table.count(other) >= need;
                if other == cell || !may || self.asked[other].is_known {
                    continue;
                }
                let further = cost.saturating_add(self.cost(other));
                if further < best[next] {
                    (best[next], came[next]) = (further, line);
                    queue.push(Reverse((further, next)));
                }
            }
        }
        let mut way = Vec::new();
        let mut at = row;
        while at != column {
            let line = came[at];
            if line == usize::MAX {
                return None;
            }
            way.push(self.table.cell(line, at));
            at = line;
        }
        Some(way)
    }

    fn cost(&self, cell: usize) -> u64 {
        if self.table.is_hidden(cell) {
            return 0;
        }
        if self.is_free[cell] {
            return 1;
        }
        // Zero covers nothing people would miss, but it covers badly: a real cell goes first.
        match self.table.count(cell) {
            0 => PER_CELL + PER_CELL / 4,
            count => PER_CELL + count.min(PER_CELL / 8),
        }
    }

    /// Shows again what later covers have made needless, the largest first.
    fn show_again(&mut self) {
        let mut covers = self.table.hidden();
        covers.retain(|&cell| !self.asked[cell].hidden && !self.is_free[cell]);
        covers.sort_by_key(|&cell| Reverse(self.table.count(cell)));
        for cover in covers {
            if self.table.work() > WORK {
                return;
            }
            self.table.unhide(cover);
            let all = self.table.hidden();
            if !all.into_iter().all(|cell| self.is_protected(cell)) {
                self.table.hide(cover);
            }
        }
    }
}
