use super::components::{NONE, lowest_of_nodes};
use super::kernels::{Neighbours, RowBox, take_lowest};
use super::radius::Radius;
use super::search::{Search, Visit};
use super::tree::{BLOCK, BlockTree};
use crate::matrix::simd::InstructionSet;

/// The clusters of the core rows of a tree, and the search for the lowest-numbered one near other rows.
#[derive(Debug, Clone)]
pub(super) struct CoreClusters {
    /// The cluster at every position, [`NONE`] where the row is not core.
    clusters: Vec<u32>,
    /// The lowest cluster in every node, by level.
    lowest: Vec<Vec<u32>>,
}

impl CoreClusters {
    /// From the cluster at every position.
    pub(super) fn new(tree: &BlockTree, clusters: Vec<u32>) -> Self {
        let of_blocks = clusters.chunks(BLOCK).map(|block| block.iter().copied().fold(NONE, u32::min)).collect();
        CoreClusters { lowest: lowest_of_nodes(tree, of_blocks), clusters }
    }

    /// The cluster at every position.
    pub(super) fn clusters(&self) -> &[u32] {
        &self.clusters
    }

    /// For every lane in `queries` of a block of the tree the lowest cluster among the core rows near it, or [`NONE`].
    pub(super) fn near_block(
        &self,
        tree: &BlockTree,
        block: usize,
        queries: u32,
        radius: Radius,
        simd: InstructionSet,
    ) -> [u32; BLOCK] {
        let (rows, bounds) = (tree.block(block), tree.node_box(0, block));
        let mut visit = Lowest { tree, of: self, simd, radius, rows, queries, best: [NONE; BLOCK] };
        if !visit.skips(0, block) {
            visit.block(block, queries);
        }
        Search { tree, simd, rows, bounds }.around(block, &mut visit);
        visit.best
    }

    /// The lowest cluster among the core rows near any row, or [`NONE`].
    pub(super) fn near_row(
        &self,
        tree: &BlockTree,
        row: impl Iterator<Item = f32>,
        radius: Radius,
        simd: InstructionSet,
    ) -> u32 {
        let rows: Vec<[f32; BLOCK]> = row.map(|value| [value; BLOCK]).collect();
        let mut visit = Lowest { tree, of: self, simd, radius, rows: &rows, queries: 1, best: [NONE; BLOCK] };
        let bounds = RowBox { rows: &rows, lane: 0 };
        Search { tree, simd, rows: &rows, bounds }.everywhere(&mut visit);
        visit.best[0]
    }
}

struct Lowest<'a> {
    tree: &'a BlockTree,
    of: &'a CoreClusters,
    simd: InstructionSet,
    radius: Radius,
    rows: &'a [[f32; BLOCK]],
    queries: u32,
    best: [u32; BLOCK],
}

impl Visit for Lowest<'_> {
    fn open(&self) -> u32 {
        self.queries
    }

    fn radius(&self) -> Radius {
        self.radius
    }

    /// A node without a lower cluster than every query has.
    fn skips(&self, level: usize, node: usize) -> bool {
        let (lowest, mut queries) = (self.of.lowest[level][node], self.queries);
        let mut skips = true;
        while queries != 0 && skips {
            skips = self.best[take_lowest(&mut queries)] <= lowest;
        }
        skips
    }

    fn whole(&mut self, level: usize, node: usize, mut queries: u32) {
        while queries != 0 {
            let query = take_lowest(&mut queries);
            self.best[query] = self.best[query].min(self.of.lowest[level][node]);
        }
    }

    fn block(&mut self, block: usize, mut queries: u32) {
        let among = self.tree.block(block);
        let near = self.simd.run(Neighbours { of: self.rows, queries, among, radius: self.radius });
        let clusters = &self.of.clusters[block * BLOCK..];
        while queries != 0 {
            let query = take_lowest(&mut queries);
            let mut met = near[query] & self.tree.lanes(block);
            while met != 0 {
                self.best[query] = self.best[query].min(clusters[take_lowest(&mut met)]);
            }
        }
    }
}
