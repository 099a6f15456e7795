use serde::Serialize;

use super::Shown;
use super::comparison::shown_rows;
use super::covers::is_small;
use super::crossing::{Crossing, Parts};
use super::settled::{Line, Settled};
use super::sums::{Cells, all_cells, told_beside};
use crate::compare::{Comparison, Migration, Told};

/// Where the customers of one run are in another.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedMigration {
    /// Segments of the one run, the rows; null = no segment.
    pub from: Vec<Option<String>>,
    /// Segments of the other, the columns; null = no segment.
    pub to: Vec<Option<String>>,
    /// Customers in both, from × to.
    pub counts: Vec<Vec<Shown<u64>>>,
    /// Customers who left, by segment before.
    pub left: Vec<Shown<u64>>,
    /// New customers, by segment after.
    pub new: Vec<Shown<u64>>,
    /// Customers in both.
    #[serde(skip)]
    pub n_shared: Shown<u64>,
    /// How many of them are in another segment than before.
    #[serde(skip)]
    pub n_moved: Shown<u64>,
    /// Their share of those in both, in whole percent where the number is held back.
    #[serde(skip)]
    pub moved_share: Shown<Option<f64>>,
}

/// The cells of those who are in another segment than before.
fn elsewhere(moved: &Migration) -> Cells {
    let cells = all_cells(moved.from.len(), moved.to.len());
    cells.into_iter().filter(|&(a, b)| moved.from[a] != moved.to[b]).collect()
}

/// What may be told of those who are in another segment than before, beside who went where; takes it for told.
fn moved_is_told(moved: &Migration, settled: &mut Settled) -> Told {
    told_beside(settled, &elsewhere(moved), &all_cells(moved.from.len(), moved.to.len()))
}

impl SharedMigration {
    /// The customers of both as `moved` has them, of runs whose sizes are told as `lines` say and which have `n` customers each.
    ///
    /// Those who left and the new ones complete the sizes of the segments, so they are cells like others; how many are in both
    /// completes the numbers of customers, which everybody knows, so it is the cell where those who left and the new ones would meet. It
    /// is hidden where it leaves a handful.
    pub(super) fn of(moved: &Migration, lines: [&[(u64, Line)]; 2], n: [u64; 2], min_cell: u64) -> Self {
        let rows = moved.counts.iter().zip(&moved.left).map(|(row, &left)| row.iter().copied().chain([left]).collect());
        let mut counts: Vec<Vec<u64>> = rows.collect();
        let both = moved.counts.iter().flatten().sum();
        counts.push(moved.new.iter().copied().chain([both]).collect());
        let corner = (moved.from.len(), moved.to.len());
        let with = |lines: &[(u64, Line)], n: u64| lines.iter().copied().chain([(n, Line::Listed)]).collect();
        let crossing = Crossing { counts, rows: with(lines[0], n[1]), columns: with(lines[1], n[0]) };
        let leaves_few = [&moved.left, &moved.new].into_iter().any(|part| is_small(part.iter().sum(), min_cell));
        let mut settled = crossing.settled_where(min_cell, |place| place == corner && leaves_few);
        let told = if settled.shown[corner.0][corner.1] { moved_is_told(moved, &mut settled) } else { Told::HeldBack };
        let n_moved = elsewhere(moved).into_iter().map(|(a, b)| moved.counts[a][b]).sum::<u64>();
        let share = (both > 0).then(|| n_moved as f64 / both as f64);
        let percent = share.map(|share| (100.0 * share).round_ties_even() / 100.0);
        let mut counts = shown_rows(crossing.told_of(&settled));
        let mut new = counts.pop().expect("the new customers are the last row");
        let n_shared = new.pop().expect("those who are in both are the last of all");
        let left = counts.iter_mut().map(|row| row.pop().expect("those who left are the last column")).collect();
        SharedMigration {
            from: moved.from.clone(),
            to: moved.to.clone(),
            counts,
            left,
            new,
            n_shared,
            n_moved: Shown::when(told == Told::Sum, n_moved),
            moved_share: Shown::maybe(told != Told::HeldBack, if told == Told::Sum { share } else { percent }),
        }
    }

    /// The same of two groupings of which nothing else is told.
    pub(super) fn alone(moved: &Migration, min_cell: u64) -> Self {
        let left = moved.counts.iter().zip(&moved.left).map(|(row, left)| row.iter().sum::<u64>() + left);
        let of_column = |c: usize| moved.counts.iter().map(|row| row[c]).sum::<u64>() + moved.new[c];
        let totals = [left.collect::<Vec<u64>>(), (0..moved.to.len()).map(of_column).collect()];
        let lines = totals.each_ref().map(|totals| Parts::of(totals.iter().copied().enumerate(), min_cell).all());
        let n = totals.map(|totals| totals.iter().sum());
        SharedMigration::of(moved, [&lines[0], &lines[1]], n, min_cell)
    }

    /// The same, the second run first.
    #[must_use]
    pub(crate) fn turned(self) -> Self {
        let column = |c: usize| self.counts.iter().map(|row| row[c]).collect();
        let counts = (0..self.to.len()).map(column).collect();
        SharedMigration { counts, from: self.to, to: self.from, left: self.new, new: self.left, ..self }
    }

    /// The cells of `comparison`, of the customers in both runs, as they are shown here.
    pub(super) fn cells_of(&self, comparison: &Comparison) -> Vec<Vec<Option<u64>>> {
        let table = &comparison.contingency;
        let place =
            |labels: &[Option<String>], name: &str| labels.iter().position(|label| label.as_deref() == Some(name));
        let cell = |from: &str, to: &str| {
            let count = self.counts.get(place(&self.from, from)?)?.get(place(&self.to, to)?)?;
            count.value().copied()
        };
        let row = |from: &String| table.cluster_names.iter().map(|to| cell(from, &to.en)).collect();
        table.tiers.iter().map(row).collect()
    }

    /// Whether a cell is held back.
    pub fn holds_back(&self) -> bool {
        self.counts.iter().flatten().chain(&self.left).chain(&self.new).any(|cell| !cell.is_shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(counts: Vec<Vec<u64>>, left: Vec<u64>, new: Vec<u64>) -> Migration {
        let labels = |n: usize| (0..n).map(|i| Some(format!("S{:02}", i + 1))).collect();
        Migration {
            from: labels(left.len()),
            to: labels(new.len()),
            counts,
            shares: Vec::new(),
            value: None,
            left,
            new,
        }
    }

    fn shown(migration: &SharedMigration) -> Vec<bool> {
        migration.counts.iter().flatten().chain(&migration.left).chain(&migration.new).map(Shown::is_shown).collect()
    }

    #[test]
    fn those_who_left_and_the_new_ones_are_cells_like_others() {
        let shared = SharedMigration::alone(&moved(vec![vec![100, 3], vec![40, 50]], vec![17, 0], vec![90, 20]), 10);
        let hidden = shown(&shared).iter().filter(|shown| !**shown).count();
        assert!(!shared.counts[0][1].is_shown() && hidden >= 4, "three are on a cycle: {shared:?}");
        assert!(shared.holds_back());
    }

    #[test]
    fn who_is_in_both_is_hidden_where_that_leaves_a_handful() {
        // Four came, and both months tell how many customers they have.
        let shared = SharedMigration::alone(&moved(vec![vec![100, 20], vec![40, 50]], vec![17, 20], vec![4, 0]), 10);
        assert!(!shared.n_shared.is_shown(), "{shared:?}");
        assert_eq!(shared.moved_share, Shown::HeldBack, "a share of how many are in both");
        let open = SharedMigration::alone(&moved(vec![vec![100, 20], vec![40, 50]], vec![17, 20], vec![30, 40]), 10);
        assert_eq!((open.n_shared, open.n_moved), (Shown::Value(210), Shown::Value(60)));
    }

    #[test]
    fn the_second_run_first_is_the_same_table() {
        let table = moved(vec![vec![100, 3, 30], vec![40, 50, 7]], vec![17, 12], vec![90, 2, 15]);
        let (shared, turned) = (SharedMigration::alone(&table, 10), SharedMigration::alone(&table, 10).turned());
        for (a, row) in shared.counts.iter().enumerate() {
            row.iter().enumerate().for_each(|(b, cell)| assert_eq!(turned.counts[b][a], *cell));
        }
        assert_eq!((turned.left, turned.new, turned.from), (shared.new, shared.left, shared.to));
    }
}
