//! Sums of values that are one customer's: whoever knows the sum nearly knows the value.

use super::covers::Asked;
use super::settled::{Line, Settled};

/// Whole units the values of a table are counted in, all together.
const UNITS: f64 = 1e12;
/// Units that rounding may leave over.
const ROUNDED: u64 = 1000;

/// A sum of values and the largest of them, without its sign.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sum {
    pub(super) value: f64,
    pub(super) largest: f64,
}

impl Sum {
    /// Whether one customer has at least this share of it.
    fn is_dominated(self, dominance: f64) -> bool {
        dominance < 1.0 && self.largest > 0.0 && self.largest >= dominance * self.value.abs()
    }

    fn with(self, other: Sum) -> Sum {
        Sum { value: self.value + other.value, largest: self.largest.max(other.largest) }
    }
}

/// Which parts of a known total may be shown, where some are hidden anyway: those that one customer dominates are hidden, and others
/// with them until nobody dominates what is hidden together.
pub(super) fn shown_parts(sums: &[Sum], hidden: &[bool], dominance: f64) -> Vec<bool> {
    let mut shown: Vec<bool> =
        sums.iter().zip(hidden).map(|(sum, hidden)| !hidden && !sum.is_dominated(dominance)).collect();
    loop {
        let together = |shown: &[bool]| {
            let parts = sums.iter().zip(shown).filter(|(_, shown)| !**shown);
            (parts.clone().count(), parts.fold(Sum::default(), |all, (sum, _)| all.with(*sum)))
        };
        let (n, all) = together(&shown);
        if n == 0 || (n > 1 && !all.is_dominated(dominance)) {
            return shown;
        }
        let mut left: Vec<usize> = (0..sums.len()).filter(|&part| shown[part]).collect();
        left.sort_by(|&a, &b| sums[a].value.abs().total_cmp(&sums[b].value.abs()));
        let does = |part: &usize| !all.with(sums[*part]).is_dominated(dominance);
        let Some(next) = left.iter().copied().find(does).or(left.last().copied()) else { return shown };
        shown[next] = false;
    }
}

/// A table of sums whose totals are known as [`Line`] says.
pub(super) struct Sums {
    pub(super) sums: Vec<Vec<Sum>>,
    /// Cells whose number of customers is held back.
    pub(super) hidden: Vec<Vec<bool>>,
    pub(super) rows: Vec<Line>,
    pub(super) columns: Vec<Line>,
}

impl Sums {
    /// Which sums may be shown: not those that are hidden with their counts, nor those that one customer dominates, nor what would
    /// give either away. The interval of a hidden sum is at least 1 − `dominance` of it wide. Where values below zero leave
    /// everything open and nothing bounded, all are held back together.
    pub(super) fn settled(&self, dominance: f64) -> Settled {
        let all = self.sums.iter().flatten();
        let total: f64 = all.clone().map(|sum| sum.value.abs()).sum();
        let is_asked = |places: &[(usize, usize)]| {
            let sum = places.iter().fold(Sum::default(), |all, &(r, c)| all.with(self.sums[r][c]));
            let is_single =
                places.iter().all(|&(r, c)| self.rows[r] != Line::HeldBack && self.columns[c] != Line::HeldBack);
            sum.is_dominated(dominance) || (is_single && places.iter().any(|&(r, c)| self.hidden[r][c]))
        };
        if all.clone().any(|sum| sum.value < 0.0) {
            let is_any =
                (0..self.rows.len()).any(|r| (0..self.columns.len()).any(|c| is_asked(&[(r, c)]) || self.hidden[r][c]));
            return Settled::whole(&self.rows, &self.columns, !is_any);
        }
        let units = |sum: &Sum| if total > 0.0 { (sum.value / total * UNITS).round() as u64 } else { 0 };
        let amounts: Vec<Vec<u64>> = self.sums.iter().map(|row| row.iter().map(units).collect()).collect();
        let asked = |places: &[(usize, usize)], amount: u64| Asked {
            hidden: is_asked(places),
            is_known: false,
            width: ((1.0 - dominance) * amount as f64).ceil() as u64 + if amount > 0 { ROUNDED } else { 0 },
        };
        Settled::of(&amounts, &self.rows, &self.columns, asked).rounded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(value: f64, largest: f64) -> Sum {
        Sum { value, largest }
    }

    #[test]
    fn what_one_customer_dominates_is_hidden_with_enough_of_the_others() {
        let sums = [sum(1000.0, 50.0), sum(900.0, 890.0), sum(40.0, 5.0), sum(300.0, 20.0)];
        // Forty beside nine hundred leaves 890 of 940 to one customer; 300 do.
        assert_eq!(shown_parts(&sums, &[false; 4], 0.85), [true, false, true, false]);
        assert_eq!(shown_parts(&sums, &[false; 4], 1.0), [true; 4]);
        assert_eq!(
            shown_parts(&sums, &[false, false, true, false], 1.0),
            [true, true, false, false],
            "no sum is alone"
        );
    }

    #[test]
    fn a_dominated_cell_is_hidden_on_a_cycle_wide_enough_for_its_value() {
        let row = |values: [f64; 3]| values.map(|value| sum(value, value / 20.0)).to_vec();
        let mut sums = vec![row([500.0, 400.0, 300.0]), row([900.0, 20.0, 200.0]), row([100.0, 800.0, 700.0])];
        sums[1][0].largest = 880.0;
        let table =
            Sums { sums, hidden: vec![vec![false; 3]; 3], rows: vec![Line::Listed; 3], columns: vec![Line::Listed; 3] };
        let shown = table.settled(0.85).shown;
        assert!(!shown[1][0] && shown[1][1], "twenty would not cover nine hundred: {shown:?}");
        assert_eq!(shown.iter().flatten().filter(|shown| !**shown).count(), 4, "{shown:?}");
        assert!(table.settled(1.0).shown.iter().flatten().all(|shown| *shown));
    }

    #[test]
    fn values_below_zero_are_held_back_together() {
        let sums = vec![vec![sum(-5.0, 1.0), sum(9.0, 9.0)], vec![sum(8.0, 1.0), sum(7.0, 1.0)]];
        let table =
            Sums { sums, hidden: vec![vec![false; 2]; 2], rows: vec![Line::Listed; 2], columns: vec![Line::Listed; 2] };
        assert!(table.settled(0.85).shown.iter().flatten().all(|shown| !shown));
    }
}
