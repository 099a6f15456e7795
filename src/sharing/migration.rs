use serde::Serialize;

use super::agreement::shown_indices;
use super::comparison::shown_rows;
use super::crossing::Crossing;
use super::settled::Line;
use super::{Rules, Shown};
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
    pub n_shared: Shown<usize>,
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
        let migration = SharedMigration::of(moved, rules);
        SharedRunsCompared {
            from,
            to,
            n_shared: Shown::when(are_counted(moved, rules), moved.counts.iter().flatten().sum::<u64>() as usize),
            indices: shown_indices(
                comparison,
                &comparison.contingency.counts,
                &migration.cells_of(comparison),
                None,
                rules.min_cell,
            ),
            migration,
            min_cell: rules.min_cell,
        }
    }
}

/// Whether the number of customers in both runs may be told: it leaves no handful of those who left, or are new.
fn are_counted(moved: &Migration, rules: &Rules) -> bool {
    [&moved.left, &moved.new].into_iter().all(|part| rules.count(part.iter().sum()).is_some())
}

impl SharedMigration {
    /// Those who left and the new ones complete the sizes of the segments, so they are held back together with the cells.
    pub(super) fn of(moved: &Migration, rules: &Rules) -> Self {
        let rows = moved.counts.iter().zip(&moved.left).map(|(row, &left)| row.iter().copied().chain([left]).collect());
        let mut counts: Vec<Vec<u64>> = rows.collect();
        let (n_from, n_to) = (counts.len(), moved.to.len());
        counts.push(moved.new.iter().copied().chain([0]).collect());
        let mut crossing = Crossing::of(counts.clone(), rules.min_cell);
        // The sizes of the segments of either run are its parts, whoever is in the other.
        counts.pop();
        let from = Crossing::of(counts.clone(), rules.min_cell);
        counts.iter_mut().for_each(|row| row.truncate(n_to));
        counts.push(moved.new.clone());
        let to = Crossing::of(counts, rules.min_cell);
        let rest = if are_counted(moved, rules) { Line::Listed } else { Line::HeldBack };
        crossing.rows = from.rows.into_iter().chain([(0, rest)]).collect();
        crossing.columns = to.columns.into_iter().chain([(0, rest)]).collect();
        // Nobody is new and gone.
        let corner = (n_from, n_to);
        let mut counts = shown_rows(crossing.shown_beside(corner, rules.min_cell));
        let mut new = counts.pop().expect("the new customers are the last row");
        new.pop();
        let left = counts.iter_mut().map(|row| row.pop().expect("those who left are the last column")).collect();
        debug_assert_eq!(counts.len(), n_from, "one row a segment");
        SharedMigration { from: moved.from.clone(), to: moved.to.clone(), counts, left, new }
    }

    /// The cells of `comparison`, of the customers in both runs, as they are shown here.
    fn cells_of(&self, comparison: &Comparison) -> Vec<Vec<Option<u64>>> {
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
    use crate::sharing::SharedIds;

    #[test]
    fn those_who_left_and_the_new_ones_are_cells_like_others() {
        let moved = Migration {
            from: vec![Some("a".into()), Some("b".into())],
            to: vec![Some("a".into()), None],
            counts: vec![vec![100, 3], vec![40, 50]],
            shares: Vec::new(),
            value: None,
            left: vec![17, 0],
            new: vec![90, 2],
        };
        let rules = Rules { min_cell: 10, dominance: 1.0, ids: SharedIds::of(None).unwrap() };
        let shared = SharedMigration::of(&moved, &rules);
        assert!(shared.counts.iter().flatten().all(|cell| !cell.is_shown()), "three are on a cycle of all four");
        assert_eq!(shared.left, [Shown::Value(17), Shown::Value(0)]);
        assert_eq!(shared.new, [Shown::HeldBack; 2], "the total of the new ones would tell the other");
        assert!(shared.holds_back());
    }
}
