use std::ops::Range;

use rayon::prelude::*;

/// Which rows of the customer table the rows of the matrix are.
///
/// They are the same unless rows with missing values were dropped (`[normalize] missing = "drop"`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMap {
    n_table: usize,
    kept: Option<Vec<u32>>,
}

impl RowMap {
    /// Every one of `n` table rows is a matrix row.
    pub fn all(n: usize) -> Self {
        RowMap { n_table: n, kept: None }
    }

    /// Only the table rows where `keep` is true are matrix rows, in their order.
    ///
    /// # Panics
    /// When the table has more than `u32::MAX` rows, which `load` refuses.
    pub fn kept(keep: &[bool]) -> Self {
        let n = u32::try_from(keep.len()).expect("load refuses tables of more than u32::MAX rows");
        if keep.iter().all(|&k| k) {
            return RowMap::all(keep.len());
        }
        RowMap { n_table: keep.len(), kept: Some((0..n).filter(|&i| keep[i as usize]).collect()) }
    }

    /// Rows of the table.
    pub fn n_table(&self) -> usize {
        self.n_table
    }

    /// Rows of the matrix.
    pub fn n_matrix(&self) -> usize {
        self.kept.as_ref().map_or(self.n_table, Vec::len)
    }

    /// Whether every table row is in the matrix.
    pub fn is_all(&self) -> bool {
        self.kept.is_none()
    }

    /// The table row of matrix row `i`.
    pub fn table_row(&self, i: usize) -> usize {
        self.kept.as_ref().map_or(i, |kept| kept[i] as usize)
    }

    /// Matrix order → table order; rows that were dropped get `absent`.
    pub fn scatter<T: Copy>(&self, values: &[T], absent: T) -> Vec<T> {
        debug_assert_eq!(values.len(), self.n_matrix());
        match &self.kept {
            None => values.to_vec(),
            Some(kept) => {
                let mut out = vec![absent; self.n_table];
                for (&row, &value) in kept.iter().zip(values) {
                    out[row as usize] = value;
                }
                out
            }
        }
    }

    /// The table rows `range` of what [`scatter`](RowMap::scatter) gives; rows that were dropped get `None`.
    pub fn scatter_range<T: Copy>(&self, values: &[T], range: Range<usize>) -> Vec<Option<T>> {
        debug_assert_eq!(values.len(), self.n_matrix());
        match &self.kept {
            None => values[range].iter().copied().map(Some).collect(),
            Some(kept) => {
                let mut out = vec![None; range.len()];
                let first = kept.partition_point(|&row| (row as usize) < range.start);
                let inside =
                    kept[first..].iter().zip(&values[first..]).take_while(|(row, _)| (**row as usize) < range.end);
                inside.for_each(|(&row, &value)| out[row as usize - range.start] = Some(value));
                out
            }
        }
    }

    /// Table order → matrix order.
    pub fn gather<T: Copy + Send + Sync>(&self, values: &[T]) -> Vec<T> {
        debug_assert_eq!(values.len(), self.n_table);
        match &self.kept {
            None => values.to_vec(),
            Some(kept) => kept.par_iter().map(|&row| values[row as usize]).collect(),
        }
    }
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
    fn keeping_every_row_is_the_identity_map() {
        assert!(RowMap::kept(&[true, true]).is_all());
    }
}
