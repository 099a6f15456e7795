//! Whole tables that agree with everything that is shown: between two of them nobody can decide.

use super::interval::{OpenTable, ToldSum};

/// Cycles of four cells that are tried to give back what a change of one cell did to an index.
const CYCLES: usize = 64;
/// Pairs of hidden cells that are looked at for them, spread evenly over all: a table of thousands of cells has millions.
const PAIRS: usize = 20_000;

/// A search for whole tables that agree with everything that is shown.
pub(super) struct Search<'a> {
    pub(super) open: &'a mut OpenTable,
    /// How far a table is from what is shown; 0 = it agrees.
    pub(super) off: &'a dyn Fn(&[u64]) -> f64,
    /// A sum over cells that is told besides.
    pub(super) sum: Option<&'a ToldSum>,
    /// Tables that may be looked at.
    pub(super) tables: usize,
}

impl Search<'_> {
    /// Whether tables are found between which every cell of `wanted` differs by what is `enough` for it.
    pub(super) fn leaves_open(&mut self, wanted: &[usize], enough: impl Fn(usize) -> u64) -> bool {
        let hidden = self.open.hidden();
        let mut ends: Vec<[u64; 2]> = (0..self.open.n_cells()).map(|cell| [self.open.count(cell); 2]).collect();
        for &cell in wanted {
            if self.sum.is_some() && self.open.is_tired() {
                return false;
            }
            let enough = enough(cell);
            let count = self.open.count(cell);
            for (larger, part) in [(true, 1), (false, 1), (true, 1), (true, 2), (false, 2), (true, 1)] {
                let [low, high] = ends[cell];
                let missing = enough.saturating_sub(high - low);
                if missing == 0 {
                    break;
                }
                let known = if larger { high - count } else { count - low };
                let (counts, moved) = self.open.extreme(cell, larger, known + missing.div_ceil(part));
                if moved <= known {
                    continue;
                }
                if let Some(agreeing) = self.brought_back(counts, cell, &hidden) {
                    for (ends, count) in ends.iter_mut().zip(agreeing) {
                        *ends = [ends[0].min(count), ends[1].max(count)];
                    }
                }
            }
            if ends[cell][1] - ends[cell][0] < enough {
                return false;
            }
        }
        true
    }

    /// Carries customers around cycles of hidden cells, `fixed` left out, until the table agrees: any cycles for the sum, those of
    /// four cells that leave it as it is for the rest.
    fn brought_back(&mut self, mut counts: Vec<u64>, fixed: usize, hidden: &[usize]) -> Option<Vec<u64>> {
        self.tables = self.tables.checked_sub(1)?;
        if let Some(sum) = self.sum {
            counts = self.open.balanced(counts, fixed, sum)?;
        }
        let mut off = (self.off)(&counts);
        let cycles = if off > 0.0 { self.cycles(fixed, hidden) } else { Vec::new() };
        while off > 0.0 {
            let mut best: Option<(f64, Vec<u64>)> = None;
            for cycle in &cycles {
                for by in [1, 2, 4, 8] {
                    let Some(next) = carried(&counts, *cycle, by) else { break };
                    self.tables = self.tables.checked_sub(1)?;
                    let next_off = (self.off)(&next);
                    if next_off < best.as_ref().map_or(off, |best| best.0) {
                        best = Some((next_off, next));
                    }
                }
            }
            (off, counts) = best?;
        }
        Some(counts)
    }

    /// Some cycles of four hidden cells that leave the sum as it is, in both directions: the first and the third rise.
    fn cycles(&self, fixed: usize, hidden: &[usize]) -> Vec<[usize; 4]> {
        let is_free = |cell: usize| cell != fixed && self.open.is_hidden(cell);
        let counted = |cell: usize| u8::from(self.sum.is_some_and(|sum| sum.cells[cell]));
        let mut cycles = Vec::new();
        let n_pairs = hidden.len() * hidden.len().saturating_sub(1) / 2;
        for (one, other) in pairs(hidden.len(), n_pairs.div_ceil(PAIRS).max(1)) {
            let (one, other) = (hidden[one], hidden[other]);
            let ([r, c], [s, d]) = (self.open.ends(one), self.open.ends(other));
            if r == s || c == d {
                continue;
            }
            let (across, back) = (self.open.cell(r, d), self.open.cell(s, c));
            let leaves_sum = counted(one) + counted(other) == counted(across) + counted(back);
            if leaves_sum && [one, other, across, back].into_iter().all(is_free) {
                cycles.push([one, across, other, back]);
                cycles.push([across, one, back, other]);
            }
        }
        let step = cycles.len().div_ceil(CYCLES).max(1);
        cycles.into_iter().step_by(step).collect()
    }
}

/// Every `step`-th of the pairs of `n` places, the smaller place first.
fn pairs(n: usize, step: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut skipped = 0;
    (0..n).flat_map(move |one| {
        let first = one + 1 + skipped;
        let others = (first..n).step_by(step);
        skipped = match others.clone().next_back() {
            Some(last) => last + step - n,
            None => first - n,
        };
        others.map(move |other| (one, other))
    })
}

/// The counts after `by` customers went around a cycle; `None` where somebody is missing.
fn carried(counts: &[u64], [a, b, c, d]: [usize; 4], by: u64) -> Option<Vec<u64>> {
    let mut counts = counts.to_vec();
    counts[b] = counts[b].checked_sub(by)?;
    counts[d] = counts[d].checked_sub(by)?;
    counts[a] += by;
    counts[c] += by;
    Some(counts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn pairs_are_all_of_them_or_spread_evenly() {
        for n in 0..12 {
            let all: Vec<(usize, usize)> = (0..n).flat_map(|one| (one + 1..n).map(move |other| (one, other))).collect();
            for step in 1..9 {
                let every: Vec<(usize, usize)> = all.iter().copied().step_by(step).collect();
                assert_eq!(pairs(n, step).collect::<Vec<_>>(), every, "{n} {step}");
            }
        }
    }

    #[test]
    fn cycles_of_a_table_of_thousands_of_hidden_cells_are_some_from_everywhere() {
        let n = 60;
        let mut open = OpenTable::new(&vec![vec![1_u64; n]; n]);
        (0..n * n).for_each(|cell| open.hide(cell));
        let hidden = open.hidden();
        let search = Search { open: &mut open, off: &|_| 0.0, sum: None, tables: 1 };
        let cycles = search.cycles(0, &hidden);
        assert!((CYCLES / 2..=CYCLES).contains(&cycles.len()), "{}", cycles.len());
        for part in [|cell: usize| cell / 600, |cell: usize| cell % 60 / 10] {
            let parts: BTreeSet<usize> = cycles.iter().flatten().map(|&cell| part(cell)).collect();
            assert_eq!(parts.len(), 6, "a sixth of the lines is in no cycle: {cycles:?}");
        }
    }
}
