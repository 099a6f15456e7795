//! Numbers clusters by size, descending, ties by lowest row.
//!
//! A row that is equally far from several centroids goes to the lowest number, so the sizes depend on the numbers that
//! they are to decide. The way out is to number greedily: number 0 is the centroid that most rows could go to, number 1
//! the one that most of the remaining rows could go to, and so on. A later set is never larger than an earlier one, and
//! labelling by "nearest, lowest number among equals" gives exactly these sets.

use std::collections::BTreeMap;

use super::Centroids;
use super::tile::{Lanes, TileNearestTwo, squared_distances};
use crate::matrix::{TILE_ROWS, Tile, TiledMatrix, reduce};

/// How many rows have a set of centroids as their nearest ones, and the first of them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Share {
    rows: u64,
    first: usize,
}

/// Rows by the set of their nearest centroids, which are several only for exact ties.
type Shares = BTreeMap<Vec<usize>, Share>;

/// The centroids in their final order: new number → old number.
pub(super) fn order_by_size(matrix: &TiledMatrix, centroids: &Centroids) -> Vec<usize> {
    let leaf = |t: usize| tile_shares(&matrix.tile(t), centroids);
    let combine = |mut a: Shares, b: Shares| {
        for (set, share) in b {
            a.entry(set)
                .and_modify(|s| *s = Share { rows: s.rows + share.rows, first: s.first.min(share.first) })
                .or_insert(share);
        }
        a
    };
    let shares = reduce::ordered(matrix.n_tiles(), &leaf, &combine).unwrap_or_default();
    greedy_order(shares, centroids.k())
}

fn tile_shares(tile: &Tile<'_>, centroids: &Centroids) -> Shares {
    let two = TileNearestTwo::of(tile, centroids);
    let mut shares = Shares::new();
    let mut all: Option<Vec<Lanes<f64>>> = None;
    for (i, row) in tile.rows().enumerate() {
        let nearest = two.nearest.distance2[i];
        let set = if two.runner_up.distance2[i] > nearest {
            vec![two.nearest.label[i] as usize]
        } else {
            let all = all.get_or_insert_with(|| {
                let mut lanes = vec![[0.0; TILE_ROWS]; centroids.k()];
                lanes.iter_mut().zip(centroids.iter()).for_each(|(out, c)| squared_distances(tile, c, out));
                lanes
            });
            (0..centroids.k()).filter(|&c| all[c][i] == nearest).collect()
        };
        shares.entry(set).or_insert(Share { rows: 0, first: row }).rows += 1;
    }
    shares
}

fn greedy_order(mut shares: Shares, k: usize) -> Vec<usize> {
    let mut order = Vec::with_capacity(k);
    let mut left: Vec<usize> = (0..k).collect();
    while !left.is_empty() {
        let mut reach = vec![Share { rows: 0, first: usize::MAX }; k];
        for (set, share) in &shares {
            for &c in set {
                reach[c].rows += share.rows;
                reach[c].first = reach[c].first.min(share.first);
            }
        }
        // `left` is ascending and `min_by_key` keeps the first, so equals stay in their old order.
        let key = |&c: &usize| (std::cmp::Reverse(reach[c].rows), reach[c].first);
        let next = left.iter().copied().min_by_key(key).expect("a centroid is left");
        order.push(next);
        left.retain(|&c| c != next);
        shares.retain(|set, _| !set.contains(&next));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_between_two_centroids_count_for_the_cluster_that_gets_them() {
        // The two rows at 0 would go to centroid 0 while it is the lower one: 3 rows against 2. As number 0, centroid 1
        // has 4.
        let matrix = TiledMatrix::from_rows(&[-2.0, 0.0, 0.0, 2.0, 2.0], 1).unwrap();
        let centroids = Centroids::new(vec![-2.0, 2.0], 1).unwrap();
        assert_eq!(order_by_size(&matrix, &centroids), [1, 0]);
    }

    #[test]
    fn equal_sizes_are_ordered_by_their_first_row() {
        let matrix = TiledMatrix::from_rows(&[5.0, 0.0, 0.1, 5.1], 1).unwrap();
        let centroids = Centroids::new(vec![0.05, 5.05], 1).unwrap();
        assert_eq!(order_by_size(&matrix, &centroids), [1, 0]);
    }
}
