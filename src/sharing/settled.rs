//! A table of which is settled what may be shown: its cells, and sums over them.

use super::covers::{Asked, Suppression};
use super::interval::{OpenTable, ToldSum};
use super::witness::Search;

/// Whole tables that may be looked at before a sum is held back.
const TABLES: usize = 2000;

/// What is known of a line of a table, a row or a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Its total is shown, and its cells may be.
    Listed,
    /// Its total is shown, its cells nowhere; they are what the others leave.
    Unlisted,
    /// Its total is held back; what such lines hold together is known.
    HeldBack,
}

/// A table of which is settled which cells may be shown.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    /// Whether each cell may be shown.
    pub(super) shown: Vec<Vec<bool>>,
    /// The table in which lines that are held back are one line.
    coarse: OpenTable,
    asked: Vec<Asked>,
    row_of: Vec<usize>,
    column_of: Vec<usize>,
    /// Whether the interval of every hidden cell is as wide as is asked.
    is_protected: bool,
    /// The amounts, row by row.
    amounts: Vec<u64>,
    /// A sum that is told and that no total tells.
    told: Option<ToldSum>,
    /// By how much a sum of amounts that were rounded may be off.
    slack: u64,
}

impl Settled {
    /// Settles which cells of a table may be shown, by what is asked of each, given by its place and its amount. Lines whose totals
    /// are held back are one line to whoever knows the others, and are treated as one: of their cells only those are shown of which
    /// all are empty.
    pub(super) fn of(
        amounts: &[Vec<u64>],
        rows: &[Line],
        columns: &[Line],
        asked: impl Fn(&[(usize, usize)], u64) -> Asked,
    ) -> Self {
        let (row_of, column_of) = (merged(rows), merged(columns));
        let n_merged = |of: &[usize]| of.iter().max().map_or(0, |last| last + 1);
        let n_columns = n_merged(&column_of);
        let mut coarse = vec![vec![0; n_columns]; n_merged(&row_of)];
        let mut is_free = vec![false; coarse.len() * n_columns];
        let mut places = vec![Vec::new(); coarse.len() * n_columns];
        for (r, row) in amounts.iter().enumerate() {
            for (c, amount) in row.iter().enumerate() {
                coarse[row_of[r]][column_of[c]] += amount;
                let at = row_of[r] * n_columns + column_of[c];
                is_free[at] |= rows[r] != Line::Listed || columns[c] != Line::Listed;
                places[at].push((r, c));
            }
        }
        let of_cells = places.iter().zip(coarse.iter().flatten()).map(|(places, &amount)| asked(places, amount));
        let asked: Vec<Asked> = of_cells.collect();
        let (table, is_protected) = Suppression::of(&coarse, is_free, asked.clone());
        let cell = |r: usize, c: usize| {
            let (row, column) = (row_of[r], column_of[c]);
            let is_part = rows[r] == Line::HeldBack || columns[c] == Line::HeldBack;
            !table.is_hidden(row * n_columns + column) && (!is_part || coarse[row][column] == 0)
        };
        let shown = (0..rows.len()).map(|r| (0..columns.len()).map(|c| cell(r, c)).collect()).collect();
        Settled {
            shown,
            amounts: amounts.concat(),
            coarse: table,
            asked,
            row_of,
            column_of,
            is_protected,
            told: None,
            slack: 0,
        }
    }

    /// A table that may be shown as a whole or not at all.
    pub(super) fn whole(rows: &[Line], columns: &[Line], is_shown: bool) -> Self {
        let amounts = vec![vec![0; columns.len()]; rows.len()];
        let asked = |_: &[(usize, usize)], _| Asked { hidden: !is_shown, width: 0, is_known: false };
        let settled = Settled::of(&amounts, rows, columns, asked);
        Settled { shown: vec![vec![is_shown; columns.len()]; rows.len()], is_protected: false, ..settled }
    }

    /// The same of amounts that were rounded to whole units: a sum of them is known to as many units as there are cells.
    pub(super) fn rounded(self) -> Self {
        let slack = self.coarse.n_cells() as u64;
        Settled { slack, ..self }
    }

    /// Whether the sum over `cells` may be told as well, and takes it for told if so: the totals tell it already, or with another
    /// sum that is told, or whole tables with the same sum are found that leave every hidden cell as open as is asked.
    pub(super) fn tells(&mut self, cells: &[(usize, usize)]) -> bool {
        let sum = self.mask(cells);
        let told = self.told.as_ref().filter(|told| told.most - told.least <= 2 * self.slack);
        let beside_told = |factor: i64, cell: usize| {
            i64::from(sum[cell]) + factor * told.map_or(0, |told| i64::from(told.cells[cell]))
        };
        let is_implied = [0, -1, 1].into_iter().any(|factor| self.is_implied(&|cell| beside_told(factor, cell)));
        is_implied || self.takes(|of, slack| (of.saturating_sub(slack), of + slack), sum)
    }

    /// Whether it may be told which part of the sum over `all`, which is told, the sum over `cells` is, in whole steps of which there
    /// are `steps`; takes it for told if so.
    pub(super) fn tells_share(&mut self, cells: &[(usize, usize)], all: &[(usize, usize)], steps: f64) -> bool {
        let all = all.iter().map(|&(r, c)| self.amounts[r * self.column_of.len() + c]).sum::<u64>() as f64;
        let sum = self.mask(cells);
        let ends = |of: u64, _| {
            let rounded = (of as f64 / all * steps).round_ties_even();
            // As it is written: half a step goes to the even one. What is told of a sum near the end of a step is told of less than the step.
            let end = |by: f64| ((rounded + by) / steps * all).max(0.0);
            ((end(-0.49).ceil() as u64).min(of), (end(0.49).floor() as u64).max(of))
        };
        all > 0.0 && self.takes(ends, sum)
    }

    /// Whether a sum may be told between ends, which are made of the sum and what it may be off; takes it for told if so.
    fn takes(&mut self, ends: impl Fn(u64, u64) -> (u64, u64), cells: Vec<bool>) -> bool {
        let of = self.amounts.iter().zip(&cells).filter(|(_, is_in)| **is_in).map(|(amount, _)| amount).sum();
        let (least, most) = ends(of, self.slack);
        let sum = ToldSum { cells, least, most };
        let is_told = self.told.is_none() && self.is_protected && self.leaves_open(&sum);
        if is_told {
            self.told = Some(sum);
        }
        is_told
    }

    /// Whether each cell, row by row, is among `cells`.
    fn mask(&self, cells: &[(usize, usize)]) -> Vec<bool> {
        let n_columns = self.column_of.len();
        let mut mask = vec![false; self.row_of.len() * n_columns];
        cells.iter().for_each(|&(r, c)| mask[r * n_columns + c] = true);
        mask
    }

    /// Whether the totals and what is shown tell a weighted sum: whatever goes around a cycle of hidden cells leaves it as it is.
    /// The weight of a hidden cell is then a figure of its row and one of its column together.
    fn is_implied(&self, weight: &dyn Fn(usize) -> i64) -> bool {
        let n_rows = self.row_of.iter().max().map_or(0, |last| last + 1);
        let mut edges: Vec<Vec<(usize, i64)>> = vec![Vec::new(); n_rows + self.column_of.len()];
        for (r, row) in self.shown.iter().enumerate() {
            for c in (0..row.len()).filter(|&c| !row[c]) {
                let (line, other) = (self.row_of[r], n_rows + self.column_of[c]);
                let weight = weight(r * row.len() + c);
                edges[line].push((other, weight));
                edges[other].push((line, weight));
            }
        }
        let mut figures: Vec<Option<i64>> = vec![None; edges.len()];
        for start in 0..edges.len() {
            let mut queue = Vec::new();
            if figures[start].is_none() {
                figures[start] = Some(0);
                queue.push((start, 0));
            }
            while let Some((line, figure)) = queue.pop() {
                for &(other, weight) in &edges[line] {
                    match figures[other] {
                        None => {
                            figures[other] = Some(weight - figure);
                            queue.push((other, weight - figure));
                        }
                        Some(known) if known + figure != weight => return false,
                        Some(_) => {}
                    }
                }
            }
        }
        true
    }

    /// Whether whole tables with such a sum leave every hidden cell as open as is asked.
    fn leaves_open(&self, sum: &ToldSum) -> bool {
        let mut open = self.coarse.rested();
        let Some(sum) = self.merged(sum) else { return false };
        let enough: Vec<u64> = (0..open.n_cells()).map(|cell| self.asked[cell].enough(open.totals(cell))).collect();
        let hidden = open.hidden();
        let mut search = Search { open: &mut open, off: &|_| 0.0, sum: Some(&sum), tables: TABLES };
        search.leaves_open(&hidden, |cell| enough[cell])
    }

    /// A sum in the table in which lines that are held back are one, of hidden cells alone; `None` where it has a part of a cell there.
    fn merged(&self, sum: &ToldSum) -> Option<ToldSum> {
        let n_columns = self.column_of.iter().max().map_or(0, |last| last + 1);
        let mut found: Vec<Option<bool>> = vec![None; self.coarse.n_cells()];
        let mut shown = 0;
        for (r, row) in self.shown.iter().enumerate() {
            for (c, &is_shown) in row.iter().enumerate() {
                let at = r * row.len() + c;
                let is_in = sum.cells[at];
                if is_shown {
                    shown += if is_in { self.amounts[at] } else { 0 };
                } else if *found[self.row_of[r] * n_columns + self.column_of[c]].get_or_insert(is_in) != is_in {
                    return None;
                }
            }
        }
        let cells = found.into_iter().map(|is_in| is_in.unwrap_or(false)).collect();
        Some(ToldSum { cells, least: sum.least.saturating_sub(shown), most: sum.most.saturating_sub(shown) })
    }

    /// The sum that is told and that no total tells.
    pub(super) fn told(&self) -> Option<&ToldSum> {
        self.told.as_ref()
    }
}

/// The place of every line among those that remain when those held back are put together.
fn merged(lines: &[Line]) -> Vec<usize> {
    let (mut next, mut together) = (0, None);
    let place = |line: &Line| {
        let mut new = || {
            next += 1;
            next - 1
        };
        match line {
            Line::HeldBack => *together.get_or_insert_with(new),
            _ => new(),
        }
    };
    lines.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIN_CELL: u64 = 3;

    fn settled(table: &[Vec<u64>], rows: &[Line]) -> Settled {
        let columns = vec![Line::Listed; table[0].len()];
        Settled::of(table, rows, &columns, |_, count| Asked::of_count(count, MIN_CELL))
    }

    /// Every table with the totals of `table`, row by row, that agrees with it where it is shown.
    fn whole_tables(table: &[Vec<u64>], shown: &[Vec<bool>]) -> Vec<Vec<u64>> {
        fn fill(
            left: [&mut Vec<u64>; 2],
            shown: &[Vec<bool>],
            table: &[Vec<u64>],
            now: &mut Vec<u64>,
            found: &mut Vec<Vec<u64>>,
        ) {
            let [rows, columns] = left;
            let n_columns = columns.len();
            let at = now.len();
            if at == rows.len() * n_columns {
                found.push(now.clone());
                return;
            }
            let (r, c) = (at / n_columns, at % n_columns);
            for value in if shown[r][c] { table[r][c]..=table[r][c] } else { 0..=rows[r].min(columns[c]) } {
                let ends_well = (c + 1 < n_columns || rows[r] == value) && (r + 1 < rows.len() || columns[c] == value);
                if value > rows[r] || value > columns[c] || !ends_well {
                    continue;
                }
                (rows[r], columns[c]) = (rows[r] - value, columns[c] - value);
                now.push(value);
                fill([rows, columns], shown, table, now, found);
                now.pop();
                (rows[r], columns[c]) = (rows[r] + value, columns[c] + value);
            }
        }
        let mut rows: Vec<u64> = table.iter().map(|row| row.iter().sum()).collect();
        let mut columns = (0..table[0].len()).map(|c| table.iter().map(|row| row[c]).sum()).collect();
        let mut found = Vec::new();
        fill([&mut rows, &mut columns], shown, table, &mut Vec::new(), &mut found);
        found
    }

    proptest! {
        #[test]
        fn no_sums_that_are_told_narrow_a_hidden_cell(
            table in prop::collection::vec(prop::collection::vec(0u64..6, 3), 3),
            sums in prop::collection::vec(prop::collection::vec(any::<bool>(), 9), 1..4),
        ) {
            let mut settled = settled(&table, &[Line::Listed; 3]);
            let mut left = whole_tables(&table, &settled.shown);
            let width = |left: &[Vec<u64>], cell: usize| {
                let values = left.iter().map(|table| table[cell]);
                values.clone().max().unwrap() - values.min().unwrap()
            };
            let before: Vec<u64> = (0..9).map(|cell| width(&left, cell)).collect();
            for sum in sums {
                let cells: Vec<(usize, usize)> = (0..9).filter(|&cell| sum[cell]).map(|cell| (cell / 3, cell % 3)).collect();
                if settled.tells(&cells) {
                    let of = |table: &[u64]| cells.iter().map(|&(r, c)| table[3 * r + c]).sum::<u64>();
                    left.retain(|other| of(other) == of(&table.concat()));
                }
            }
            for cell in 0..9 {
                prop_assert!(width(&left, cell) >= before[cell].min(MIN_CELL), "{table:?} {:?} {cell}", settled.shown);
            }
        }
    }

    #[test]
    fn a_sum_that_the_totals_tell_is_told() {
        let table = vec![vec![1, 50, 40], vec![30, 20, 60], vec![70, 80, 90]];
        let mut settled = settled(&table, &[Line::Listed; 3]);
        let hidden = |r: usize| (0..3).filter(|&c| !settled.shown[r][c]).collect::<Vec<usize>>();
        let [c, d] = hidden(0)[..] else { panic!("{:?}", settled.shown) };
        let shown = (0..3).find(|&column| column != c && column != d).unwrap();
        assert!(
            settled.tells(&[(0, c), (0, d), (1, shown)]),
            "the first row has two hidden cells, whose sum its total tells"
        );
        assert!(settled.told().is_none());
        assert!(!settled.tells(&[(0, c)]), "a sum of one cell is that cell");
    }

    #[test]
    fn a_sum_that_no_total_tells_is_told_where_the_cells_stay_open_and_then_no_other() {
        let table = vec![vec![1, 9, 9, 30], vec![9, 2, 9, 30], vec![9, 9, 1, 30], vec![30, 30, 30, 2]];
        let mut settled = Settled::of(&table, &[Line::Listed; 4], &[Line::Listed; 4], |_, count| Asked {
            hidden: count < 10,
            ..Asked::of_count(count, MIN_CELL)
        });
        assert!(settled.tells(&[(0, 0), (1, 1)]), "the hidden cells around leave both open");
        assert!(settled.told().is_some());
        let shown = (0..3).find(|&r| settled.shown[r][3]).unwrap();
        assert!(settled.tells(&[(0, 0), (1, 1), (shown, 3)]), "what is shown adds nothing");
        assert!(!settled.tells(&[(0, 1), (1, 2)]), "two sums together might say more");
    }

    #[test]
    fn of_a_sum_that_gives_a_cell_away_the_share_may_be_told() {
        let table = vec![vec![1, 900, 800], vec![40, 2, 700], vec![30, 40, 600]];
        let all: Vec<(usize, usize)> = (0..9).map(|cell| (cell / 3, cell % 3)).collect();
        let of_hidden = |settled: &Settled| {
            let (r, c) = *all.iter().find(|(r, c)| !settled.shown[*r][*c]).unwrap();
            vec![(r, c), (0, 2), (1, 2)]
        };
        let mut settled = settled(&table, &[Line::Listed; 3]);
        let cells = of_hidden(&settled);
        assert!(!settled.tells(&cells), "{:?}", settled.shown);
        assert!(settled.tells_share(&cells, &all, 100.0), "a hundredth of them is thirty");
        assert!(!settled.clone().tells_share(&cells, &all, 100.0), "it is told once");
    }

    #[test]
    fn a_sum_over_a_large_table_is_decided_after_a_bounded_time() {
        let row = |r: u64| {
            (0..12).map(|c| if (7 * r + 5 * c).is_multiple_of(3) { (r + c) % 9 } else { 10 + r % 50 }).collect()
        };
        let table: Vec<Vec<u64>> = (0..900).map(row).collect();
        let mut settled = settled(&table, &vec![Line::Listed; 900]);
        let began = std::time::Instant::now();
        settled.tells(&(0..900).map(|r| (r, r % 12)).collect::<Vec<_>>());
        settled.tells_share(&[(0, 0), (5, 5)], &(0..900).map(|r| (r, 3)).collect::<Vec<_>>(), 100.0);
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }

    #[test]
    fn the_total_of_a_line_that_is_held_back_is_not_told() {
        let table = vec![vec![60, 20, 30], vec![40, 2, 0], vec![30, 17, 5]];
        let mut settled = settled(&table, &[Line::Listed, Line::HeldBack, Line::HeldBack]);
        assert!(!settled.tells(&[(1, 0), (1, 1), (1, 2)]));
        assert!(settled.tells(&[(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]), "together they are the rest");
    }
}
