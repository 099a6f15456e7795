use std::ops::Range;

use rayon::prelude::*;

/// Which rows of the customer table the rows of the matrix are.
///
/// The matrix has its rows in an order of its own ([`TiledMatrix::into_content_order`](super::TiledMatrix::into_content_order)),
/// and lacks those that were dropped for missing values (`[normalize] missing = "drop"`). Memory: 8 bytes a row, none where matrix
/// and table have the same rows in the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMap {
    n_table: usize,
    order: Option<Order>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Order {
    /// The table row of every matrix row.
    table_rows: Vec<u32>,
    /// The matrix row of every table row, [`ABSENT`] where there is none.
    matrix_rows: Vec<u32>,
}

/// No row of a matrix: the last one that is possible is `u32::MAX` − 1.
const ABSENT: u32 = u32::MAX;

impl RowMap {
    /// Every one of `n` table rows is a matrix row, in the same order.
    pub fn all(n: usize) -> Self {
        RowMap { n_table: n, order: None }
    }

    /// Only the table rows where `keep` is true are matrix rows, in their order.
    ///
    /// # Panics
    /// When the table has more than `u32::MAX` rows, which `load` refuses.
    pub fn kept(keep: &[bool]) -> Self {
        if keep.iter().all(|&k| k) {
            return RowMap::all(keep.len());
        }
        RowMap::of(keep.len(), (0..as_row(keep.len())).filter(|&i| keep[i as usize]).collect())
    }

    /// The map of the matrix whose row i is what was row `order[i]` until now.
    ///
    /// # Panics
    /// When `order` holds not every matrix row once.
    pub fn reordered(&self, order: &[u32]) -> Self {
        assert_eq!(order.len(), self.n_matrix(), "every row has a place");
        if order.iter().zip(0..).all(|(&row, place)| row == place) {
            return self.clone();
        }
        RowMap::of(self.n_table, order.iter().map(|&row| self.table_row(row as usize) as u32).collect())
    }

    fn of(n_table: usize, table_rows: Vec<u32>) -> Self {
        let mut matrix_rows = vec![ABSENT; n_table];
        table_rows.iter().zip(0..as_row(n_table)).for_each(|(&row, place)| matrix_rows[row as usize] = place);
        RowMap { n_table, order: Some(Order { table_rows, matrix_rows }) }
    }

    /// Rows of the table.
    pub fn n_table(&self) -> usize {
        self.n_table
    }

    /// Rows of the matrix.
    pub fn n_matrix(&self) -> usize {
        self.order.as_ref().map_or(self.n_table, |order| order.table_rows.len())
    }

    /// Whether every table row is in the matrix.
    pub fn is_all(&self) -> bool {
        self.n_matrix() == self.n_table
    }

    /// The table row of matrix row `i`.
    pub fn table_row(&self, i: usize) -> usize {
        self.order.as_ref().map_or(i, |order| order.table_rows[i] as usize)
    }

    /// The matrix row of table row `row`; `None` when it was dropped.
    pub fn matrix_row(&self, row: usize) -> Option<usize> {
        match &self.order {
            None => Some(row),
            Some(order) => Some(order.matrix_rows[row]).filter(|&place| place != ABSENT).map(|place| place as usize),
        }
    }

    /// Matrix order → table order; rows that were dropped get `absent`.
    pub fn scatter<T: Copy>(&self, values: &[T], absent: T) -> Vec<T> {
        self.scatter_range(values, 0..self.n_table).into_iter().map(|value| value.unwrap_or(absent)).collect()
    }

    /// The table rows `range` of what [`scatter`](RowMap::scatter) gives; rows that were dropped get `None`.
    pub fn scatter_range<T: Copy>(&self, values: &[T], range: Range<usize>) -> Vec<Option<T>> {
        debug_assert_eq!(values.len(), self.n_matrix());
        match &self.order {
            None => values[range].iter().copied().map(Some).collect(),
            Some(order) => order.matrix_rows[range].iter().map(|&row| values.get(row as usize).copied()).collect(),
        }
    }

    /// Table order → matrix order.
    pub fn gather<T: Copy + Send + Sync>(&self, values: &[T]) -> Vec<T> {
        debug_assert_eq!(values.len(), self.n_table);
        match &self.order {
            None => values.to_vec(),
            Some(order) => order.table_rows.par_iter().map(|&row| values[row as usize]).collect(),
        }
    }
}

fn as_row(n: usize) -> u32 {
    u32::try_from(n).expect("load refuses tables of more than u32::MAX rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scatter_then_gather_is_identity() {
        let map = RowMap::kept(&[true, false, true, true, false]);
        assert_eq!((map.n_table(), map.n_matrix(), map.table_row(1)), (5, 3, 2));
        let scattered = map.scatter(&[7, 8, 9], -1);
        assert_eq!(scattered, [7, -1, 8, 9, -1]);
        assert_eq!(map.gather(&scattered), [7, 8, 9]);
        assert_eq!(map.scatter_range(&[7, 8, 9], 1..4), [None, Some(8), Some(9)]);
        assert_eq!(RowMap::all(3).scatter_range(&[7, 8, 9], 1..3), [Some(8), Some(9)]);
    }

    #[test]
    fn rows_in_another_order_find_back() {
        let map = RowMap::kept(&[true, false, true, true, false]).reordered(&[2, 0, 1]);
        assert_eq!([0, 1, 2].map(|i| map.table_row(i)), [3, 0, 2]);
        assert_eq!([0, 1, 2, 3, 4].map(|row| map.matrix_row(row)), [Some(1), None, Some(2), Some(0), None]);
        assert_eq!(map.gather(&[10, 11, 12, 13, 14]), [13, 10, 12]);
        assert_eq!(map.scatter(&[7, 8, 9], -1), [8, -1, 9, 7, -1]);
        assert_eq!(map.scatter_range(&[7, 8, 9], 2..5), [Some(9), Some(7), None]);
        assert!(RowMap::all(2).reordered(&[1, 0]).is_all());
    }

    #[test]
    fn keeping_every_row_is_the_identity_map() {
        assert!(RowMap::kept(&[true, true]).is_all());
    }
}
