use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::kernels::{NeighboursOfOne, RowBox, SquaresToOne, take_lowest};
use super::radius::{Radius, squared_distance};
use super::search::{Search, Visit};
use super::tree::{BlockTree, FAN};
use crate::matrix::simd::{self, InstructionSet};
use crate::monitor::{Monitor, Stopped};

/// Blocks after which a thread asks whether to go on.
const BLOCKS_PER_STEP: usize = 8;

/// The distances of the rows `sampled` (ascending) of a tree to their k-th nearest row, themselves counted, in their order,
/// for every k of `ks`; 1 ≤ k ≤ rows of the tree, the largest first.
///
/// The square of a distance, rounded, is not below the squared distance: with it as eps DBSCAN finds the k rows.
pub(in crate::cluster) fn kth_distances<const K: usize>(
    tree: &BlockTree,
    sampled: &[u32],
    ks: [usize; K],
    monitor: &Monitor,
) -> Result<[Vec<f64>; K], Stopped> {
    let squares = kth_squares(tree, sampled, ks, true, monitor)?;
    Ok(squares.map(|squares| squares.into_iter().map(outward_root).collect()))
}

/// The root of a squared distance, rounded so that its square is not below it.
pub(in crate::cluster) fn outward_root(squared: f64) -> f64 {
    let mut radius = squared.sqrt();
    while radius * radius < squared {
        radius = radius.next_up();
    }
    radius
}

/// The smallest distance of one of the rows `sampled` (ascending) to a row that is not equal to it; infinite without.
pub(in crate::cluster) fn smallest_gap(tree: &BlockTree, sampled: &[u32], monitor: &Monitor) -> Result<f64, Stopped> {
    let [squares] = kth_squares(tree, sampled, [1], false, monitor)?;
    Ok(squares.into_iter().fold(f64::INFINITY, f64::min).sqrt())
}

/// The squared distances of sampled rows to their k-th nearest, equal rows counted or left out, in the order of the rows.
fn kth_squares<const K: usize>(
    tree: &BlockTree,
    sampled: &[u32],
    ks: [usize; K],
    with_equal: bool,
    monitor: &Monitor,
) -> Result<[Vec<f64>; K], Stopped> {
    let task = monitor.task("dbscan: eps", sampled.len() as u64);
    let (simd, blocks) = (simd::level(), (0..tree.n_nodes(0)).collect::<Vec<usize>>());
    let mut is_sampled = vec![false; tree.n_rows()];
    sampled.iter().for_each(|&row| is_sampled[row as usize] = true);
    let of_blocks = |blocks: &[usize]| {
        monitor.check()?;
        let mut squares = Vec::new();
        for &block in blocks {
            let rows = tree.rows_of(block).iter().enumerate();
            for (lane, &row) in rows.filter(|&(_, &row)| is_sampled[row as usize]) {
                squares.push((row, Nearest::of(tree, block, lane, ks[0], with_equal, simd).kth(ks)));
            }
        }
        task.advance(squares.len() as u64);
        Ok(squares)
    };
    let squares: Vec<Vec<(u32, [f64; K])>> =
        blocks.par_chunks(BLOCKS_PER_STEP).map(of_blocks).collect::<Result<_, Stopped>>()?;
    let mut squares = squares.concat();
    squares.sort_unstable_by_key(|&(row, _)| row);
    Ok(std::array::from_fn(|i| squares.iter().map(|(_, kth)| kth[i]).collect()))
}

/// Rows of a block from which on all distances to it are computed at once.
const AT_ONCE: u32 = 4;

struct Nearest<'a> {
    tree: &'a BlockTree,
    simd: InstructionSet,
    /// The one query.
    query: RowBox<'a>,
    k: usize,
    /// Whether rows equal to the query count.
    with_equal: bool,
    /// The k-th smallest distance so far, infinite before there are k.
    radius: Radius,
    /// The smallest squared distances so far, at most k, the largest on top: squares are not negative, so their bits are
    /// in their order.
    found: BinaryHeap<u64>,
}

impl<'a> Nearest<'a> {
    /// The k nearest of the row in `lane` of a block.
    fn of(tree: &'a BlockTree, own: usize, lane: usize, k: usize, with_equal: bool, simd: InstructionSet) -> Self {
        let query = RowBox { rows: tree.block(own), lane };
        let radius = Radius::new(f64::INFINITY, tree.n_features());
        let mut nearest = Nearest { tree, simd, query, k, with_equal, radius, found: BinaryHeap::with_capacity(k + 1) };
        nearest.block(own, 1 << lane);
        Search { tree, simd, rows: query.rows, bounds: query }.around(own, &mut nearest);
        nearest
    }

    /// The k-th smallest square for every k, infinite where there are fewer.
    fn kth<const K: usize>(self, ks: [usize; K]) -> [f64; K] {
        let ascending = self.found.into_sorted_vec();
        ks.map(|k| ascending.get(k - 1).map_or(f64::INFINITY, |&bits| f64::from_bits(bits)))
    }

    fn offer(&mut self, squared: f64) {
        if squared < self.radius.squared && (self.with_equal || squared > 0.0) {
            self.found.push(squared.to_bits());
            if self.found.len() > self.k {
                self.found.pop();
            }
            if self.found.len() == self.k {
                let largest = self.found.peek().expect("k is at least 1");
                self.radius = Radius::new(f64::from_bits(*largest), self.tree.n_features());
            }
        }
    }
}

impl Visit for Nearest<'_> {
    fn open(&self) -> u32 {
        1 << self.query.lane
    }

    fn radius(&self) -> Radius {
        self.radius
    }

    fn skips(&self, _: usize, _: usize) -> bool {
        false
    }

    fn whole(&mut self, level: usize, node: usize, queries: u32) {
        let blocks = FAN.pow(level as u32);
        let first = node * blocks;
        if self.tree.node_box(level, node).is_one_point() {
            let squared = squared_distance(self.query.rows, self.query.lane, self.tree.block(first), 0);
            (0..self.tree.len(level, node).min(self.k)).for_each(|_| self.offer(squared));
        } else {
            (first..(first + blocks).min(self.tree.n_nodes(0))).for_each(|block| self.block(block, queries));
        }
    }

    fn block(&mut self, block: usize, _: u32) {
        let among = self.tree.block(block);
        let of = self.query;
        let mut met = self.tree.lanes(block);
        if self.found.len() == self.k {
            met &= self.simd.run(NeighboursOfOne { of, among, radius: self.radius });
        }
        if met.count_ones() >= AT_ONCE {
            let squares = self.simd.run(SquaresToOne { of, among });
            while met != 0 {
                self.offer(squares[take_lowest(&mut met)]);
            }
        }
        while met != 0 {
            self.offer(squared_distance(of.rows, of.lane, among, take_lowest(&mut met)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<f32> {
        (0..3000).map(|v| ((v * 7919) % 997) as f32 * if v % 3 == 0 { 0.1 } else { 1.0 }).collect()
    }

    fn sorted_squares(values: &[f32], row: &[f32]) -> Vec<f64> {
        let square = |other: &[f32]| {
            let differences = row.iter().zip(other).map(|(&x, &y)| f64::from(x) - f64::from(y));
            differences.fold(0.0, |sum, difference| sum + difference * difference)
        };
        let mut squares: Vec<f64> = values.chunks(row.len()).map(square).collect();
        squares.sort_by(f64::total_cmp);
        squares
    }

    #[test]
    fn the_kth_distance_is_that_of_a_sorted_scan() {
        let values = points();
        let tree = BlockTree::from_rows(&values, 3);
        let sampled: Vec<u32> = (0..1000).step_by(37).collect();
        for k in [1, 2, 17, 1000] {
            let ks: [usize; 2] = [k, k.div_ceil(2)];
            let squares = |row: u32| sorted_squares(&values, &values[row as usize * 3..][..3]);
            let distances = kth_distances(&tree, &sampled, ks, &Monitor::silent()).unwrap();
            for (k, distances) in ks.into_iter().zip(distances) {
                for (&row, radius) in sampled.iter().zip(distances) {
                    let squared = squares(row)[k - 1];
                    assert!(radius * radius >= squared && (radius - squared.sqrt()).abs() <= f64::EPSILON * radius);
                }
            }
        }
    }

    #[test]
    fn the_smallest_gap_passes_over_duplicates() {
        let values: Vec<f32> = [vec![1.0; 300], vec![1.25; 2000], vec![9.0]].concat();
        let gap = |values: &[f32], sampled: &[u32]| {
            smallest_gap(&BlockTree::from_rows(values, 1), sampled, &Monitor::silent()).unwrap()
        };
        assert_eq!(gap(&values, &[0, 17, 2300]), 0.25);
        assert_eq!(gap(&values, &[2300]), 7.75);
        assert_eq!(gap(&[2.0; 100], &[0, 99]), f64::INFINITY);
    }
}
