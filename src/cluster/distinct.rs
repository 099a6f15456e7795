use std::collections::HashSet;

use crate::matrix::TiledMatrix;

/// The number of distinct rows of `matrix`, counted up to `limit`.
///
/// Stops at `limit`, so the cost is small unless rows repeat a lot. Memory O(limit·d).
pub(super) fn distinct_rows(matrix: &TiledMatrix, limit: usize) -> usize {
    let mut seen: HashSet<Vec<u32>> = HashSet::new();
    let mut row = vec![0; matrix.n_features()];
    for i in 0..matrix.n_customers() {
        // Adding 0 turns −0 into 0.
        row.iter_mut().enumerate().for_each(|(j, bits)| *bits = (matrix.get(i, j) + 0.0).to_bits());
        if !seen.contains(&row) {
            seen.insert(row.clone());
        }
        if seen.len() >= limit {
            break;
        }
    }
    seen.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_distinct_rows_up_to_the_limit() {
        let matrix = TiledMatrix::from_rows(&[0.0, 1.0, -0.0, 1.0, 2.0, 1.0, 3.0, 1.0], 2).unwrap();
        assert_eq!((distinct_rows(&matrix, 10), distinct_rows(&matrix, 2)), (3, 2));
    }
}
