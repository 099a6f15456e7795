use serde::Serialize;

use super::comparison::shown_rows;
use super::{Rules, Shown, suppress};
use crate::compare::{Comparison, Estimate, Indices, Migration};

/// What may be shown of a run held against another run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedRunsCompared {
    /// The run.
    pub from: String,
    /// The other run.
    pub to: String,
    /// Customers in both.
    pub n_shared: usize,
    /// How the segments of the two agree.
    pub indices: Indices<Estimate>,
    /// Who went where.
    pub migration: SharedMigration,
    /// Counts below this are held back.
    #[serde(skip)]
    pub min_cell: u64,
}

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
}

impl SharedRunsCompared {
    /// What `rules` let be shown of the runs `[from, to]`, whose segments agree as `comparison` says.
    pub fn of([from, to]: [String; 2], comparison: &Comparison, moved: &Migration, rules: &Rules) -> Self {
        SharedRunsCompared {
            from,
            to,
            n_shared: moved.counts.iter().flatten().sum::<u64>() as usize,
            indices: comparison.indices,
            migration: SharedMigration::of(moved, rules),
            min_cell: rules.min_cell,
        }
    }
}

impl SharedMigration {
    /// Those who left and the new ones complete the totals, so they are held back together with the cells.
    fn of(moved: &Migration, rules: &Rules) -> Self {
        let rows = moved.counts.iter().zip(&moved.left).map(|(row, &left)| row.iter().copied().chain([left]).collect());
        let last = moved.new.iter().copied().chain([0]).collect();
        let counts = suppress(&rows.chain([last]).collect::<Vec<Vec<u64>>>(), rules.min_cell);
        let mut counts = shown_rows(counts);
        let mut new = counts.pop().expect("the new customers are the last row");
        new.pop();
        let left = counts.iter_mut().map(|row| row.pop().expect("those who left are the last column")).collect();
        SharedMigration { from: moved.from.clone(), to: moved.to.clone(), counts, left, new }
    }

    /// Whether a cell is held back.
    pub fn holds_back(&self) -> bool {
        self.counts.iter().flatten().chain(&self.left).chain(&self.new).any(|cell| !cell.is_shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::SharedIds;

    #[test]
    fn those_who_left_and_the_new_ones_are_cells_like_others() {
        let moved = Migration {
            from: vec![Some("a".into()), Some("b".into())],
            to: vec![Some("a".into()), None],
            counts: vec![vec![100, 3], vec![40, 50]],
            shares: Vec::new(),
            value: None,
            left: vec![7, 0],
            new: vec![90, 2],
        };
        let rules = Rules { min_cell: 10, ids: SharedIds::of(None).unwrap() };
        let shared = SharedMigration::of(&moved, &rules);
        assert_eq!(shared.counts[0], [Shown::Value(100), Shown::HeldBack]);
        assert_eq!((shared.left[0], shared.new[1]), (Shown::HeldBack, Shown::HeldBack));
        assert_eq!(shared.new[0], Shown::HeldBack, "the total of the new ones would tell the other");
        assert!(shared.holds_back());
    }
}
