//! One order of the rows of a matrix, whatever order they came in.

use rayon::prelude::*;

use super::{TILE_ROWS, TiledMatrix};

impl TiledMatrix {
    /// The matrix with its rows in the order of their contents, and the row that each of them was before.
    ///
    /// Rows are ordered by a 64-bit hash of their bits, those that share one by their values, equal rows as they were. So
    /// whatever is computed of the matrix, samples and starts that are drawn by row included, is a function of the multiset of
    /// its rows; and the order tells nothing, as neighbours in it have nothing in common, unless they are equal. −0 is 0.
    ///
    /// Cost: O(n·d + n log n) in parallel; memory 16 bytes a row for the time being, and a column for each thread.
    ///
    /// ```
    /// use segmint::matrix::TiledMatrix;
    /// let rows = |values: &[f32]| TiledMatrix::from_rows(values, 1).unwrap();
    /// let (ordered, before) = rows(&[3.0, 1.0, 2.0, 1.0]).into_content_order();
    /// assert_eq!(rows(&[1.0, 1.0, 2.0, 3.0]).into_content_order().0, ordered);
    /// assert_eq!(ordered.get(0, 0), [3.0, 1.0, 2.0, 1.0][before[0] as usize]);
    /// ```
    pub fn into_content_order(self) -> (Self, Vec<u32>) {
        let hashes = self.row_hashes();
        let mut order: Vec<(u64, u32)> = hashes.into_iter().zip(0..).collect();
        order.par_sort_unstable();
        let same_hashes = order.par_chunk_by_mut(|a, b| a.0 == b.0).filter(|same| same.len() > 1);
        same_hashes.for_each(|same| self.sort_by_values(same));
        let order: Vec<u32> = order.into_iter().map(|(_, row)| row).collect();
        (self.reordered(&order), order)
    }

    /// Sorts rows of one hash. Nearly always they are the same row again; two rows that share a hash by chance are told apart by
    /// their values.
    fn sort_by_values(&self, same: &mut [(u64, u32)]) {
        let row = |i: u32| self.row_values(i as usize).map(|x| x + 0.0);
        let first = same[0].1;
        if same.iter().any(|&(_, i)| !row(i).eq(row(first))) {
            same.sort_by(|a, b| row(a.1).partial_cmp(row(b.1)).expect("values are finite"));
        }
    }

    /// A hash of the bits of every row.
    fn row_hashes(&self) -> Vec<u64> {
        let mut hashes = vec![0; self.n_customers()];
        hashes.par_chunks_mut(TILE_ROWS).enumerate().for_each(|(t, hashes)| {
            let tile = self.tile(t);
            for j in 0..self.n_features() {
                hashes.iter_mut().zip(tile.column(j)).for_each(|(hash, x)| *hash = mixed(*hash, (x + 0.0).to_bits()));
            }
            hashes.iter_mut().for_each(|hash| *hash = mixed(*hash, 0));
        });
        hashes
    }
}

/// `hash` with `bits` mixed in: a multiplication by 2⁶⁴ over the golden ratio spreads them, a shift brings them back down.
fn mixed(hash: u64, bits: u32) -> u64 {
    let spread = (hash ^ u64::from(bits)).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    spread ^ spread >> 29
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows() -> impl Strategy<Value = (usize, Vec<Vec<f32>>)> {
        let value = prop::sample::select(vec![-1.5_f32, -0.0, 0.0, 1.0, 2.0, 3e8]);
        (1_usize..4)
            .prop_flat_map(move |d| (Just(d), prop::collection::vec(prop::collection::vec(value.clone(), d), 1..200)))
    }

    proptest! {
        #[test]
        fn rows_have_one_order_whatever_order_they_came_in((d, rows) in rows(), seed in any::<u64>()) {
            use rand::seq::SliceRandom;
            let matrix = |rows: &[Vec<f32>]| TiledMatrix::from_rows(&rows.concat(), d).unwrap();
            let mut shuffled = rows.clone();
            shuffled.shuffle(&mut crate::random::stream(seed, "test", 0));
            let ((ordered, before), (again, _)) = (matrix(&rows).into_content_order(), matrix(&shuffled).into_content_order());
            for (i, &row) in before.iter().enumerate() {
                prop_assert_eq!(ordered.row(i), rows[row as usize].iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
                prop_assert_eq!(ordered.row(i), again.row(i));
            }
            let mut seen = before;
            seen.sort_unstable();
            prop_assert!(seen.into_iter().eq(0..rows.len() as u32));
        }
    }

    #[test]
    fn neighbours_have_nothing_in_common() {
        let rows: Vec<f32> = (0..10_000).map(|i| i as f32).collect();
        let (ordered, _) = TiledMatrix::from_rows(&rows, 1).unwrap().into_content_order();
        let close = (1..10_000).filter(|&i| (ordered.get(i, 0) - ordered.get(i - 1, 0)).abs() < 500.0);
        let share = close.count() as f64 / 10_000.0;
        assert!((share - 0.0975).abs() < 0.02, "{share}");
    }
}
