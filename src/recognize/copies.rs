//! Columns that repeat others.

use std::borrow::Cow;

use rayon::prelude::*;

use super::facts::ColumnFacts;
use super::number_facts::NumberFacts;
use super::{Certainty, match_name};
use crate::matrix::dot;

/// Columns that one thread compares with another one, at least.
const FEW_COLUMNS: usize = 16;
/// Rows both columns must have a value in.
const MIN_ROWS: usize = 50;

/// A column that holds nothing another does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Copied {
    /// The column.
    pub column: String,
    /// The column it repeats.
    pub of: String,
    /// Spearman's ρ of the two, over the rows compared.
    pub rho: f64,
}

/// Copies among `columns`: of two columns, one is a copy when it follows the other without a step back, ties aside
/// (|ρ| ≥ .999 of what their ties allow), or nearly in a straight line (|r| > .99, and |ρ| ≥ .95 of what ties allow).
///
/// Both are ranked over the rows that have both. The one that stays has fewer gaps, a role, more different values, the
/// shorter name, or the first in the order of names.
pub fn copies(columns: &[&ColumnFacts]) -> Vec<Copied> {
    let mut ranked: Vec<Ranked<'_>> = columns.iter().filter_map(|column| Ranked::of(column)).collect();
    ranked.sort_by(|a, b| a.preference().cmp(&b.preference()));
    let mut kept: Vec<Ranked<'_>> = Vec::new();
    let mut found = Vec::new();
    for column in ranked {
        let original =
            kept.par_iter().with_min_len(FEW_COLUMNS).find_map_first(|other| Some((other, column.repeats(other)?)));
        match original {
            Some((other, rho)) => {
                found.push(Copied { column: column.name.to_owned(), of: other.name.to_owned(), rho });
            }
            None => kept.push(column),
        }
    }
    found.sort_by(|a, b| a.column.cmp(&b.column));
    found
}

struct Ranked<'a> {
    name: &'a str,
    facts: &'a NumberFacts,
    values: &'a [f64],
    /// The rows that have a value, by value.
    order: Vec<usize>,
    /// Mid-ranks, NaN where missing.
    ranks: Vec<f64>,
    /// Of a column without gaps: the ranks less their mean, as a vector of length 1, and the sum of squares that they had.
    direction: Option<(Vec<f64>, f64)>,
}

/// A pair whose |ρ| is below this share of what ties allow is no copy, whatever rounding did.
const NO_COPY: f64 = 0.949;

impl<'a> Ranked<'a> {
    fn of(column: &'a ColumnFacts) -> Option<Ranked<'a>> {
        let facts = column.numbers()?;
        let values = facts.compared.as_slice();
        let mut order: Vec<usize> = (0..values.len()).filter(|&i| !values[i].is_nan()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let ranks = mid_ranks(&order, values);
        let direction = direction(&ranks);
        Some(Ranked { name: &column.name, facts, values, order, ranks, direction })
    }

    fn preference(&self) -> (std::cmp::Reverse<usize>, bool, std::cmp::Reverse<usize>, usize, &str) {
        let roles = [
            "recency",
            "frequency",
            "monetary",
            "tenure",
            "basket",
            "age",
            "income",
            "last_date",
            "first_date",
            "birth_date",
        ];
        let has_role = roles.iter().any(|role| matches!(match_name(role, self.name), Some((Certainty::Sure, _))));
        let (distinct, values) = (self.facts.n_distinct, self.facts.n_values);
        (std::cmp::Reverse(values), !has_role, std::cmp::Reverse(distinct), self.name.chars().count(), self.name)
    }

    fn has_gaps(&self) -> bool {
        self.order.len() < self.values.len()
    }

    /// Mid-ranks among the rows that `other` has too. Those over all rows vary less where rows are left out, which would
    /// make a copy of what merely goes along.
    fn ranks_beside(&self, other: &Ranked<'_>) -> Cow<'_, [f64]> {
        if !other.has_gaps() {
            return Cow::Borrowed(&self.ranks);
        }
        let both: Vec<usize> = self.order.iter().copied().filter(|&i| !other.values[i].is_nan()).collect();
        Cow::Owned(mid_ranks(&both, self.values))
    }

    /// Spearman's ρ when this column repeats `other`.
    fn repeats(&self, other: &Ranked<'_>) -> Option<f64> {
        if let (Some((a, xx)), Some((b, yy))) = (&self.direction, &other.direction)
            && dot(a, b).abs() < NO_COPY * (xx.min(*yy) / xx.max(*yy)).sqrt()
        {
            return None;
        }
        let ranks = Moments::of(&self.ranks_beside(other), &other.ranks_beside(self));
        if ranks.n < MIN_ROWS || ranks.xx <= 0.0 || ranks.yy <= 0.0 {
            return None;
        }
        let rho = ranks.correlation();
        // A coarse copy of a fine column has no larger ρ than this.
        let allowed = (ranks.xx.min(ranks.yy) / ranks.xx.max(ranks.yy)).sqrt();
        let is_monotone = rho.abs() >= 0.999 * allowed;
        let is_line = || {
            let r = Moments::of(self.values, other.values).correlation();
            r.abs() > 0.99 && rho.abs() >= 0.95 * allowed
        };
        (is_monotone || is_line()).then_some(rho)
    }
}

/// Mid-ranks of the rows of `order`, which are in the order of their values; NaN for all others.
fn mid_ranks(order: &[usize], values: &[f64]) -> Vec<f64> {
    let mut ranks = vec![f64::NAN; values.len()];
    let mut first = 0;
    for ties in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let middle = first as f64 + (ties.len() as f64 - 1.0) / 2.0;
        ties.iter().for_each(|&i| ranks[i] = middle);
        first += ties.len();
    }
    ranks
}

/// [`Ranked::direction`] of ranks; `None` with gaps, or where all are the same.
fn direction(ranks: &[f64]) -> Option<(Vec<f64>, f64)> {
    let mean = ranks.iter().sum::<f64>() / ranks.len() as f64;
    let centred: Vec<f64> = ranks.iter().map(|rank| rank - mean).collect();
    let squares = dot(&centred, &centred);
    // Not true of NaN.
    (squares > 0.0).then(|| (centred.iter().map(|x| x / squares.sqrt()).collect(), squares))
}

/// Centred sums over the rows both have.
pub(super) struct Moments {
    n: usize,
    pub(super) xx: f64,
    pub(super) yy: f64,
    xy: f64,
}

impl Moments {
    pub(super) fn of(x: &[f64], y: &[f64]) -> Moments {
        let both = || x.iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan());
        let n = both().count();
        let mean_x = both().map(|(x, _)| x / n as f64).sum::<f64>();
        let mean_y = both().map(|(_, y)| y / n as f64).sum::<f64>();
        let mut sums = Moments { n, xx: 0.0, yy: 0.0, xy: 0.0 };
        for (x, y) in both() {
            let (x, y) = (x - mean_x, y - mean_y);
            sums.xx += x * x;
            sums.yy += y * y;
            sums.xy += x * y;
        }
        sums
    }

    pub(super) fn correlation(&self) -> f64 {
        self.xy / (self.xx * self.yy).sqrt()
    }
}
