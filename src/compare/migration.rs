use serde::{Deserialize, Serialize};

use crate::load::Levels;

/// In which of two runs a customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// In both.
    Both,
    /// Only in the earlier one: the customer left.
    Before,
    /// Only in the later one: a new customer.
    After,
}

/// Where the customers of one labelling are in another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Migration {
    /// Labels before, the rows; `None` = no segment.
    pub from: Vec<Option<String>>,
    /// Labels after, the columns; `None` = no segment.
    pub to: Vec<Option<String>>,
    /// Customers in both, from × to.
    pub counts: Vec<Vec<u64>>,
    /// Their share of everybody of `from`, those who left included; `None` in a row without customers.
    pub shares: Vec<Vec<Option<f64>>>,
    /// Their summed known value; `None` without values.
    pub value: Option<Vec<Vec<f64>>>,
    /// Customers who left, by label before.
    pub left: Vec<u64>,
    /// New customers, by label after.
    pub new: Vec<u64>,
}

/// Counts who went where. Rows are customers, one each, in the same order in all arguments; a label of somebody who was
/// not seen on that side is not looked at.
///
/// # Panics
/// When the arguments have different lengths.
pub fn migration(from: &Levels, to: &Levels, seen: &[Presence], value: Option<&[f64]>) -> Migration {
    assert!(from.n_rows() == seen.len() && to.n_rows() == seen.len(), "one row a customer");
    let (n_from, n_to) = (from.levels().len() + 1, to.levels().len() + 1);
    let mut counts = vec![vec![0; n_to]; n_from];
    let mut sums = vec![vec![0.0; n_to]; n_from];
    let (mut left, mut new) = (vec![0; n_from], vec![0; n_to]);
    for (row, seen) in seen.iter().enumerate() {
        let (f, t) = (from.code(row).unwrap_or(n_from - 1), to.code(row).unwrap_or(n_to - 1));
        match seen {
            Presence::Before => left[f] += 1,
            Presence::After => new[t] += 1,
            Presence::Both => {
                counts[f][t] += 1;
                sums[f][t] += value.map(|value| value[row]).filter(|value| !value.is_nan()).unwrap_or(0.0);
            }
        }
    }
    let labels = |levels: &[String]| levels.iter().cloned().map(Some).chain([None]).collect();
    let share = |(row, &left): (&Vec<u64>, &u64)| {
        let all = row.iter().sum::<u64>() + left;
        row.iter().map(|&count| (all > 0).then_some(count as f64 / all as f64)).collect()
    };
    let mut migration = Migration {
        from: labels(from.levels()),
        to: labels(to.levels()),
        shares: counts.iter().zip(&left).map(share).collect(),
        value: value.map(|_| sums),
        counts,
        left,
        new,
    };
    migration.drop_unused_no_segment();
    migration
}

impl Migration {
    /// Takes the row and the column of customers without a segment away where nobody is in them.
    fn drop_unused_no_segment(&mut self) {
        let unused_row = self.counts.last().is_some_and(|row| row.iter().all(|&count| count == 0));
        if unused_row && self.left.last() == Some(&0) {
            self.from.pop();
            self.left.pop();
            self.counts.pop();
            self.shares.pop();
            self.value.as_mut().map(Vec::pop);
        }
        let unused_column = self.counts.iter().all(|row| row.last() == Some(&0));
        if unused_column && self.new.last() == Some(&0) {
            self.to.pop();
            self.new.pop();
            let n_to = self.to.len();
            self.counts.iter_mut().for_each(|row| row.truncate(n_to));
            self.shares.iter_mut().for_each(|row| row.truncate(n_to));
            self.value.iter_mut().flatten().for_each(|row| row.truncate(n_to));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_somewhere_once() {
        let from = Levels::from_text("run 1", &[Some("a"), Some("a"), Some("b"), None, Some("b"), None]);
        let to = Levels::from_text("run 2", &[Some("x"), Some("y"), Some("x"), Some("y"), None, Some("x")]);
        let seen = [Presence::Both, Presence::Both, Presence::Both, Presence::Both, Presence::Before, Presence::After];
        let value = [1.0, 2.0, f64::NAN, 4.0, 5.0, 6.0];
        let table = migration(&from, &to, &seen, Some(&value));
        assert_eq!(table.from, [Some("a".into()), Some("b".into()), None]);
        assert_eq!(table.to, [Some("x".into()), Some("y".into())], "nobody after is without a segment");
        assert_eq!(table.counts, [[1, 1], [1, 0], [0, 1]]);
        assert_eq!(table.shares[1], [Some(0.5), Some(0.0)], "one of the two of b left");
        assert_eq!(table.value, Some(vec![vec![1.0, 2.0], vec![0.0, 0.0], vec![0.0, 4.0]]));
        assert_eq!((table.left, table.new), (vec![0, 1, 0], vec![1, 0]));
    }
}
