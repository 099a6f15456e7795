use super::kernels::{CompareBoxes, RowBox, RowsToBox, Sides, take_lowest};
use super::radius::Radius;
use super::tree::{BLOCK, BlockTree, FAN};
use crate::matrix::simd::InstructionSet;

/// What a search does with the places it comes to. Queries are lanes of a block, as bits.
pub(super) trait Visit {
    /// The queries that still look for something.
    fn open(&self) -> u32;
    /// What is near; it may shrink during the search.
    fn radius(&self) -> Radius;
    /// Whether a node has nothing to give to any query.
    fn skips(&self, level: usize, node: usize) -> bool;
    /// All rows of a node are near the `queries`.
    fn whole(&mut self, level: usize, node: usize, queries: u32);
    /// Some rows of a block may be near some of the `queries`.
    fn block(&mut self, block: usize, queries: u32);
}

/// Up to this many queries search on their own: a box around each is compared with 16 nodes at once.
const FEW: u32 = 8;

/// A search in a tree for up to 32 rows together, from their own block outwards.
#[derive(Clone, Copy)]
pub(super) struct Search<'a, B> {
    pub(super) tree: &'a BlockTree,
    pub(super) simd: InstructionSet,
    /// The queries.
    pub(super) rows: &'a [[f32; BLOCK]],
    /// A box around them.
    pub(super) bounds: B,
}

impl<'a, B: Sides> Search<'a, B> {
    /// Searches the tree around the block `own` of the queries, which itself is left out.
    pub(super) fn around(&self, own: usize, visit: &mut impl Visit) {
        let mut node = own;
        for level in 0..self.tree.n_levels() {
            self.siblings(level, node / FAN, !(1 << (node % FAN)), u32::MAX, visit);
            node /= FAN;
        }
    }

    /// Searches the whole tree.
    pub(super) fn everywhere(&self, visit: &mut impl Visit) {
        self.siblings(self.tree.n_levels() - 1, 0, u32::MAX, u32::MAX, visit);
    }

    /// Searches those nodes of a group whose bits are in `nodes`, for the queries in `among`.
    fn siblings(&self, level: usize, group: usize, nodes: u32, among: u32, visit: &mut impl Visit) {
        let mut queries = visit.open() & among;
        if !B::IS_ROW && queries.count_ones() <= FEW {
            while queries != 0 {
                let lane = take_lowest(&mut queries);
                let bounds = RowBox { rows: self.rows, lane };
                let alone = Search { tree: self.tree, simd: self.simd, rows: self.rows, bounds };
                alone.siblings(level, group, nodes, 1 << lane, visit);
            }
            return;
        }
        let tree = self.tree;
        let first = group * FAN;
        let boxes = CompareBoxes { of: self.bounds, with: tree.node_box(level, first), radius: visit.radius() };
        let compared = self.simd.run(boxes);
        let mut open = compared.open & nodes & (u32::MAX >> (32 - tree.group(level, group).len()));
        while open != 0 {
            let lane = take_lowest(&mut open);
            let (node, mut queries) = (first + lane, visit.open() & among);
            if queries == 0 {
                return;
            }
            if visit.skips(level, node) {
                continue;
            }
            if compared.whole >> lane & 1 == 1 {
                visit.whole(level, node, queries);
                continue;
            }
            queries = self.undecided(level, node, queries, visit);
            if queries == 0 {
                continue;
            }
            match level {
                0 => visit.block(node, queries),
                _ => self.siblings(level - 1, node, u32::MAX, queries, visit),
            }
        }
    }

    /// The queries that are neither far from all rows of a node nor near all of them; those are visited.
    fn undecided(&self, level: usize, node: usize, queries: u32, visit: &mut impl Visit) -> u32 {
        let (to, radius) = (self.tree.node_box(level, node), visit.radius());
        let (mut whole, mut open) = if B::IS_ROW {
            // Its box is compared already.
            (0, queries)
        } else {
            let found = self.simd.run(RowsToBox { rows: self.rows, to, radius });
            (found.whole & queries, found.open & !found.whole & queries)
        };
        if open != 0 && to.is_one_point() {
            // One of many equal rows stands for all.
            let point = self.tree.block(node * FAN.pow(level as u32));
            while open != 0 {
                let query = take_lowest(&mut open);
                whole |= u32::from(radius.holds(self.rows, query, point, 0)) << query;
            }
        }
        if whole != 0 {
            visit.whole(level, node, whole);
        }
        open
    }
}
