use std::collections::HashSet;

use rayon::prelude::*;

use crate::matrix::TiledMatrix;

/// Tiles searched side by side before the count is looked at.
const TILES: usize = 64;
/// Rows that a repetition is found among without a look into the set.
const RECENT: usize = 64;

/// The number of distinct rows of `matrix`, counted up to `limit`.
///
/// Stops at `limit`, so the cost is small unless rows repeat a lot; then it is O(n·d) in parallel. Memory O(limit·d).
pub(super) fn distinct_rows(matrix: &TiledMatrix, limit: usize) -> usize {
    let mut seen: HashSet<Vec<u32>> = HashSet::new();
    for first in (0..matrix.n_tiles()).step_by(TILES) {
        let tiles = first..(first + TILES).min(matrix.n_tiles());
        let found: Vec<Vec<Vec<u32>>> = tiles.into_par_iter().map(|t| distinct_in_tile(matrix, t, limit)).collect();
        seen.extend(found.into_iter().flatten());
        if seen.len() >= limit {
            return limit;
        }
    }
    seen.len()
}

/// Up to `limit` distinct rows of tile `t`, as bits.
fn distinct_in_tile(matrix: &TiledMatrix, t: usize, limit: usize) -> Vec<Vec<u32>> {
    let (tile, d) = (matrix.tile(t), matrix.n_features());
    let mut rows = vec![0; tile.n_rows() * d];
    for j in 0..d {
        // Adding 0 turns −0 into 0.
        rows[j..].iter_mut().step_by(d).zip(tile.column(j)).for_each(|(bits, x)| *bits = (x + 0.0).to_bits());
    }
    let mut seen: HashSet<&[u32]> = HashSet::new();
    let mut recent: [&[u32]; RECENT] = [&[]; RECENT];
    for row in rows.chunks_exact(d) {
        let hash = row.iter().fold(0_u32, |hash, bits| (hash.rotate_left(5) ^ bits).wrapping_mul(0x9E37_79B1));
        let recent = &mut recent[hash as usize >> 16 & (RECENT - 1)];
        if *recent != row {
            *recent = row;
            seen.insert(row);
            if seen.len() >= limit {
                break;
            }
        }
    }
    seen.into_iter().map(<[u32]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_distinct_rows_up_to_the_limit() {
        let matrix = TiledMatrix::from_rows(&[0.0, 1.0, -0.0, 1.0, 2.0, 1.0, 3.0, 1.0], 2).unwrap();
        assert_eq!((distinct_rows(&matrix, 10), distinct_rows(&matrix, 2)), (3, 2));
    }

    #[test]
    fn counts_rows_that_repeat_over_many_tiles() {
        let rows: Vec<f32> = (0..100_000).flat_map(|i| [(i % 5) as f32, (i % 7) as f32, (i / 50_000) as f32]).collect();
        let matrix = TiledMatrix::from_rows(&rows, 3).unwrap();
        assert_eq!(
            (distinct_rows(&matrix, 1000), distinct_rows(&matrix, 70), distinct_rows(&matrix, 36)),
            (70, 70, 36)
        );
    }
}
