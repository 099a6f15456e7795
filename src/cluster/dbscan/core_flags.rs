use rayon::prelude::*;

use super::kernels::{CompareBoxes, Neighbours, NeighboursOfOne, RowBox, take_lowest};
use super::radius::Radius;
use super::search::{Search, Visit};
use super::tree::{BLOCK, BlockTree};
use crate::matrix::simd::InstructionSet;
use crate::monitor::{Monitor, Stopped};

/// Blocks after which a thread asks whether to go on.
const BLOCKS_PER_STEP: usize = 32;

/// What the counts of neighbours say of the rows of a block, as bits by lane.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counted {
    /// Rows with at least min_samples rows within eps, themselves included.
    pub(super) core: u32,
    /// Rows without any other row within eps that are not core.
    pub(super) alone: u32,
}

/// Finds the core rows of every block.
///
/// A block looks for the neighbours of its rows together, in itself first, then in nearer blocks before farther ones. A
/// row leaves the search as soon as it has enough, so dense regions cost little.
pub(super) fn count(
    tree: &BlockTree,
    radius: Radius,
    min_samples: usize,
    simd: InstructionSet,
    monitor: &Monitor,
) -> Result<Vec<Counted>, Stopped> {
    let mut counted = vec![Counted::default(); tree.n_nodes(0)];
    if min_samples > tree.n_rows() {
        return Ok(counted);
    }
    let task = monitor.task("dbscan: core rows", tree.n_rows() as u64);
    counted.par_chunks_mut(BLOCKS_PER_STEP).enumerate().try_for_each(|(step, counted)| {
        monitor.check()?;
        for (block, counted) in (step * BLOCKS_PER_STEP..).zip(counted) {
            *counted = count_block(tree, block, radius, min_samples, simd);
            task.advance(tree.len(0, block) as u64);
        }
        Ok(())
    })?;
    Ok(counted)
}

fn count_block(tree: &BlockTree, own: usize, radius: Radius, min_samples: usize, simd: InstructionSet) -> Counted {
    let (rows, bounds, lanes) = (tree.block(own), tree.node_box(0, own), tree.lanes(own));
    let mut counts = Counts { tree, simd, radius, rows, min_samples, counts: [0; BLOCK], open: lanes };
    let itself = simd.run(CompareBoxes { of: bounds, with: bounds, radius });
    if itself.whole >> bounds.lane & 1 == 1 {
        counts.whole(0, own, lanes);
    } else {
        counts.block(own, lanes);
    }
    Search { tree, simd, rows, bounds }.around(own, &mut counts);
    let alone = (0..BLOCK).fold(0, |alone, lane| alone | u32::from(counts.counts[lane] == 1) << lane);
    Counted { core: lanes & !counts.open, alone: counts.open & alone }
}

struct Counts<'a> {
    tree: &'a BlockTree,
    simd: InstructionSet,
    radius: Radius,
    rows: &'a [[f32; BLOCK]],
    min_samples: usize,
    /// Neighbours found so far.
    counts: [usize; BLOCK],
    /// The rows that have too few yet.
    open: u32,
}

impl Counts<'_> {
    fn add(&mut self, query: usize, n: usize) {
        self.counts[query] += n;
        if self.counts[query] >= self.min_samples {
            self.open &= !(1 << query);
        }
    }
}

impl Visit for Counts<'_> {
    fn open(&self) -> u32 {
        self.open
    }

    fn radius(&self) -> Radius {
        self.radius
    }

    fn skips(&self, _: usize, _: usize) -> bool {
        false
    }

    fn whole(&mut self, level: usize, node: usize, mut queries: u32) {
        while queries != 0 {
            self.add(take_lowest(&mut queries), self.tree.len(level, node));
        }
    }

    fn block(&mut self, block: usize, mut queries: u32) {
        let (among, lanes, radius) = (self.tree.block(block), self.tree.lanes(block), self.radius);
        if queries.is_power_of_two() {
            let query = queries.trailing_zeros() as usize;
            let near = self.simd.run(NeighboursOfOne { of: RowBox { rows: self.rows, lane: query }, among, radius });
            self.add(query, (near & lanes).count_ones() as usize);
            return;
        }
        let near = self.simd.run(Neighbours { of: self.rows, queries, among, radius });
        while queries != 0 {
            let query = take_lowest(&mut queries);
            self.add(query, (near[query] & lanes).count_ones() as usize);
        }
    }
}
