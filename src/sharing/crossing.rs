//! Lists of counts, and the tables that cross two of them.

use super::covers::Asked;
use super::settled::{Line, Settled};
use super::suppress_list;

/// A list whose parts add up to all customers of a table, as far as it may be shown.
#[derive(Debug, Clone)]
pub(super) struct Parts<K> {
    pub(super) parts: Vec<(K, u64, bool)>,
}

impl<K: PartialEq> Parts<K> {
    pub(super) fn of(parts: impl IntoIterator<Item = (K, u64)>, min_cell: u64) -> Self {
        let (keys, counts): (Vec<K>, Vec<u64>) = parts.into_iter().unzip();
        let shown = suppress_list(&counts, min_cell);
        let parts = keys.into_iter().zip(counts).zip(shown).map(|((key, count), shown)| (key, count, shown.is_some()));
        Parts { parts: parts.collect() }
    }

    /// The count of a part and whether it is shown; nobody is in what is no part.
    pub(super) fn get(&self, key: &K) -> (u64, bool) {
        self.parts.iter().find(|(other, ..)| other == key).map_or((0, true), |&(_, count, shown)| (count, shown))
    }

    /// The count of a part where it is shown.
    pub(super) fn shown(&self, key: &K) -> Option<u64> {
        let (count, is_shown) = self.get(key);
        is_shown.then_some(count)
    }

    pub(super) fn lines(&self, keys: &[K]) -> Vec<(u64, Line)> {
        keys.iter().map(|key| self.get(key)).map(line).collect()
    }

    pub(super) fn all(&self) -> Vec<(u64, Line)> {
        self.parts.iter().map(|&(_, count, is_shown)| line((count, is_shown))).collect()
    }
}

fn line((count, is_shown): (u64, bool)) -> (u64, Line) {
    (count, if is_shown { Line::Listed } else { Line::HeldBack })
}

/// Two lists crossed.
pub(super) struct Crossing {
    pub(super) counts: Vec<Vec<u64>>,
    /// The total of every row, and what is known of it.
    pub(super) rows: Vec<(u64, Line)>,
    pub(super) columns: Vec<(u64, Line)>,
}

impl Crossing {
    /// A table whose rows, and whose columns, add up to a known total.
    pub(super) fn of(counts: Vec<Vec<u64>>, min_cell: u64) -> Self {
        let n_columns = counts.first().map_or(0, Vec::len);
        let lines = |totals: Vec<u64>| Parts::of(totals.iter().copied().enumerate(), min_cell).all();
        let rows = lines(counts.iter().map(|row| row.iter().sum()).collect());
        let columns = lines((0..n_columns).map(|c| counts.iter().map(|row| row[c]).sum()).collect());
        Crossing { counts, rows, columns }
    }

    /// Adds who is in no row and who is in no column, where there is anybody.
    pub(super) fn complete(&mut self, without: (u64, Line), outside_all: (u64, Line)) {
        let unlisted = |(n, line): (u64, Line)| (n, if line == Line::Listed { Line::Unlisted } else { line });
        let column = |c: usize, counts: &[Vec<u64>]| counts.iter().map(|row| row[c]).sum::<u64>();
        let mut rest: Vec<u64> =
            (0..self.columns.len()).map(|c| self.columns[c].0.saturating_sub(column(c, &self.counts))).collect();
        let outside: Vec<u64> =
            self.rows.iter().zip(&self.counts).map(|(row, counts)| row.0.saturating_sub(counts.iter().sum())).collect();
        let corner = without.0.saturating_sub(rest.iter().sum());
        if corner > 0 || outside.iter().any(|&n| n > 0) {
            self.columns.push(unlisted(outside_all));
            self.counts.iter_mut().zip(outside).for_each(|(row, n)| row.push(n));
            rest.push(corner);
        }
        if rest.iter().any(|&n| n > 0) {
            self.rows.push(unlisted(without));
            self.counts.push(rest);
        }
    }

    pub(super) fn shown(&self, min_cell: u64) -> Vec<Vec<Option<u64>>> {
        self.told_of(&self.settled(min_cell))
    }

    /// What may be shown of the table.
    pub(super) fn settled(&self, min_cell: u64) -> Settled {
        self.settled_where(min_cell, |_| false)
    }

    /// [`settled`](Self::settled) where further cells have to be hidden, given by their place.
    pub(super) fn settled_where(&self, min_cell: u64, is_hidden: impl Fn((usize, usize)) -> bool) -> Settled {
        let lines = |lines: &[(u64, Line)]| lines.iter().map(|(_, line)| *line).collect::<Vec<Line>>();
        let asked = |places: &[(usize, usize)], count: u64| {
            let asked = Asked::of_count(count, min_cell);
            Asked { hidden: asked.hidden || places.iter().any(|&place| is_hidden(place)), ..asked }
        };
        Settled::of(&self.counts, &lines(&self.rows), &lines(&self.columns), asked)
    }

    /// The counts that are shown.
    pub(super) fn told_of(&self, settled: &Settled) -> Vec<Vec<Option<u64>>> {
        let row = |(counts, shown): (&Vec<u64>, &Vec<bool>)| {
            counts.iter().zip(shown).map(|(&count, &shown)| shown.then_some(count)).collect()
        };
        self.counts.iter().zip(&settled.shown).map(row).collect()
    }
}
