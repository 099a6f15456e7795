//! How far the totals of a table leave its hidden cells open.

use std::collections::VecDeque;

/// Cycles that may be taken to bring a sum back.
const ROUNDS: usize = 200;
/// Cells that may be looked at before a sum is held back.
const WORK_FOR_A_SUM: u64 = 20_000_000;

/// A sum over cells of a table, between two ends.
#[derive(Debug, Clone)]
pub(super) struct ToldSum {
    /// Whether each cell is added.
    pub(super) cells: Vec<bool>,
    pub(super) least: u64,
    pub(super) most: u64,
}

impl ToldSum {
    /// What the cells add up to in a table.
    pub(super) fn of(&self, counts: &[u64]) -> u64 {
        counts.iter().zip(&self.cells).filter(|(_, is_in)| **is_in).map(|(n, _)| n).sum()
    }
}

/// A table with hidden cells; the total of every line, and every other cell, is known.
///
/// Whoever knows them knows of a hidden cell no more than an interval: it can rise by what can be taken from hidden cells of its
/// row and its column and given back elsewhere, along cycles of hidden cells, while none of them falls below zero. Cells are edges
/// between rows and columns, so both ends are maximum flows, exact in whole numbers.
#[derive(Debug, Clone)]
pub(super) struct OpenTable {
    n_columns: usize,
    counts: Vec<u64>,
    hidden: Vec<bool>,
    /// The hidden cells of every line: rows, then columns.
    lines: Vec<Vec<usize>>,
    /// Cells looked at so far.
    work: u64,
}

impl OpenTable {
    /// A table of which nothing is hidden yet.
    pub(super) fn new(counts: &[Vec<u64>]) -> Self {
        let n_columns = counts.first().map_or(0, Vec::len);
        let counts = counts.concat();
        let hidden = vec![false; counts.len()];
        let n_lines = counts.len().checked_div(n_columns).unwrap_or(0) + n_columns;
        OpenTable { n_columns, counts, hidden, lines: vec![Vec::new(); n_lines], work: 0 }
    }

    /// Cells, row by row.
    pub(super) fn n_cells(&self) -> usize {
        self.counts.len()
    }

    pub(super) fn count(&self, cell: usize) -> u64 {
        self.counts[cell]
    }

    pub(super) fn is_hidden(&self, cell: usize) -> bool {
        self.hidden[cell]
    }

    /// The hidden cells.
    pub(super) fn hidden(&self) -> Vec<usize> {
        (0..self.counts.len()).filter(|&cell| self.hidden[cell]).collect()
    }

    /// Cells looked at so far, a measure of work that depends on the table alone.
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    /// The same table of which nothing has been looked at.
    pub(super) fn rested(&self) -> OpenTable {
        OpenTable { work: 0, ..self.clone() }
    }

    /// Whether so many cells have been looked at that no further sum is tried.
    pub(super) fn is_tired(&self) -> bool {
        self.work > WORK_FOR_A_SUM
    }

    /// Counts cells that are looked at elsewhere.
    pub(super) fn spend(&mut self, cells: u64) {
        self.work += cells;
    }

    pub(super) fn hide(&mut self, cell: usize) {
        if !self.hidden[cell] {
            self.hidden[cell] = true;
            for line in self.ends(cell) {
                self.lines[line].push(cell);
            }
        }
    }

    pub(super) fn unhide(&mut self, cell: usize) {
        self.hidden[cell] = false;
        for line in self.ends(cell) {
            self.lines[line].retain(|&other| other != cell);
        }
    }

    /// The row and the column of a cell, as lines.
    pub(super) fn ends(&self, cell: usize) -> [usize; 2] {
        [cell / self.n_columns, self.n_rows() + cell % self.n_columns]
    }

    /// The totals of the row and the column of a cell.
    pub(super) fn totals(&self, cell: usize) -> [u64; 2] {
        let (row, column) = (cell / self.n_columns, cell % self.n_columns);
        let start = row * self.n_columns;
        let of_row = self.counts[start..start + self.n_columns].iter().sum();
        [of_row, self.counts.iter().skip(column).step_by(self.n_columns).sum()]
    }

    fn n_rows(&self) -> usize {
        self.lines.len() - self.n_columns
    }

    pub(super) fn n_lines(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn is_row(&self, line: usize) -> bool {
        line < self.n_rows()
    }

    /// The cell where a row and a column meet, in either order.
    pub(super) fn cell(&self, one: usize, other: usize) -> usize {
        let (row, column) = if self.is_row(one) { (one, other) } else { (other, one) };
        row * self.n_columns + (column - self.n_rows())
    }

    /// How wide the interval of a hidden cell is, looked at no further than `enough`.
    pub(super) fn width(&mut self, cell: usize, enough: u64) -> u64 {
        let [below, above] = self.reach(cell, enough);
        below.saturating_add(above)
    }

    /// By how much a hidden cell can be smaller and larger, looked at until they are `enough` together.
    pub(super) fn reach(&mut self, cell: usize, enough: u64) -> [u64; 2] {
        let [row, column] = self.ends(cell);
        let (_, above) = self.moved(cell, column, row, enough);
        if above >= enough {
            return [0, above];
        }
        let (_, below) = self.moved(cell, row, column, self.counts[cell].min(enough - above));
        [below, above]
    }

    /// The table with a hidden cell as large, or as small, as the others allow, at most `limit` away; and how far that is.
    pub(super) fn extreme(&mut self, cell: usize, larger: bool, limit: u64) -> (Vec<u64>, u64) {
        let [row, column] = self.ends(cell);
        let (mut counts, by) = match larger {
            true => self.moved(cell, column, row, limit),
            false => self.moved(cell, row, column, self.counts[cell].min(limit)),
        };
        counts[cell] = if larger { counts[cell] + by } else { counts[cell] - by };
        (counts, by)
    }

    /// Carries up to `limit` from one line to another through hidden cells other than `without`: a step from a row raises the
    /// cell, a step from a column lowers it. Gives the counts after it and what was carried.
    fn moved(&mut self, without: usize, from: usize, to: usize, limit: u64) -> (Vec<u64>, u64) {
        let mut counts = self.counts.clone();
        self.work += counts.len() as u64 / 8;
        let mut carried = 0;
        while carried < limit {
            let Some(path) = self.path(&counts, without, from, to) else { break };
            let lowered = path.iter().filter(|step| !step.1).map(|step| counts[step.0]);
            let by = lowered.min().unwrap_or(limit).min(limit - carried);
            for (cell, raised) in path {
                counts[cell] = if raised { counts[cell] + by } else { counts[cell] - by };
            }
            carried += by;
        }
        (counts, carried)
    }

    /// The shortest way from a line to another: cells, and whether each is raised.
    fn path(&mut self, counts: &[u64], without: usize, from: usize, to: usize) -> Option<Vec<(usize, bool)>> {
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.lines.len()];
        let mut queue = VecDeque::from([from]);
        while let Some(line) = queue.pop_front() {
            if line == to {
                break;
            }
            self.work += self.lines[line].len() as u64;
            let raises = self.is_row(line);
            for &cell in &self.lines[line] {
                let ends = self.ends(cell);
                let next = if raises { ends[1] } else { ends[0] };
                let may = cell != without && (raises || counts[cell] > 0);
                if may && next != from && came[next].is_none() {
                    came[next] = Some((line, cell));
                    queue.push_back(next);
                }
            }
        }
        let mut path = Vec::new();
        let mut at = to;
        while at != from {
            let (line, cell) = came[at]?;
            path.push((cell, self.is_row(line)));
            at = line;
        }
        Some(path)
    }

    /// Carries amounts around cycles of hidden cells other than `without` until a sum is what is told of it; `None` where no cycles
    /// are found that do.
    pub(super) fn balanced(&mut self, mut counts: Vec<u64>, without: usize, told: &ToldSum) -> Option<Vec<u64>> {
        let mut left_out = vec![without];
        for _ in 0..ROUNDS {
            if self.is_tired() {
                return None;
            }
            let now = told.of(&counts);
            let missing = told.least.saturating_sub(now).max(now.saturating_sub(told.most));
            if missing == 0 {
                return Some(counts);
            }
            let rises = now < told.least;
            let cycle = self.cycle(&counts, &left_out, &told.cells, rises)?;
            let of_sum = cycle.iter().filter(|step| told.cells[step.0]);
            let by_one: i64 = of_sum.clone().map(|step| if step.1 == rises { 1 } else { -1 }).sum();
            let by_one = by_one.unsigned_abs().max(1);
            let lowered = cycle.iter().filter(|step| !step.1).map(|step| counts[step.0]).min().unwrap_or(missing);
            // As far as what is told, or a step further where that is told as well.
            let is_wide = told.most - told.least >= by_one;
            let by = lowered.min(if is_wide { missing.div_ceil(by_one) } else { missing / by_one });
            if by == 0 {
                // It changes the sum by more than is missing: another may not.
                left_out.extend(of_sum.map(|step| step.0).next());
                continue;
            }
            left_out.truncate(1);
            for (cell, raised) in cycle {
                counts[cell] = if raised { counts[cell] + by } else { counts[cell] - by };
            }
        }
        None
    }

    /// A cycle of hidden cells other than those `left_out` along which the cells of `sum` together rise, or fall: cells, and whether each is
    /// raised. It is a negative cycle where what the sum gains is the cost (Bellman and Ford).
    fn cycle(&mut self, counts: &[u64], left_out: &[usize], sum: &[bool], rises: bool) -> Option<Vec<(usize, bool)>> {
        let n = self.lines.len();
        let mut cost = vec![0_i64; n];
        let mut came: Vec<Option<(usize, usize)>> = vec![None; n];
        let mut last = None;
        for _ in 0..=n {
            last = None;
            for line in 0..n {
                let raises = self.is_row(line);
                self.work += self.lines[line].len() as u64;
                for &cell in &self.lines[line] {
                    if left_out.contains(&cell) || !(raises || counts[cell] > 0) {
                        continue;
                    }
                    let next = self.ends(cell)[usize::from(raises)];
                    let gain = if sum[cell] { if raises == rises { 1 } else { -1 } } else { 0 };
                    if cost[line] - gain < cost[next] {
                        (cost[next], came[next], last) = (cost[line] - gain, Some((line, cell)), Some(next));
                    }
                }
            }
            last?;
        }
        // Whoever is still getting cheaper hangs on a cycle.
        let mut at = last?;
        for _ in 0..n {
            at = came[at]?.0;
        }
        let (start, mut cycle) = (at, Vec::new());
        loop {
            let (line, cell) = came[at]?;
            cycle.push((cell, self.is_row(line)));
            at = line;
            if at == start {
                return Some(cycle);
            }
        }
    }
}
