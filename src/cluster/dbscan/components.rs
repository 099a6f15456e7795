use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::kernels::{CompareBoxes, Neighbours, RowsToBox, take_lowest};
use super::radius::Radius;
use super::tree::{BLOCK, BlockTree, FAN};
use super::union_find::UnionFind;
use crate::matrix::simd::InstructionSet;
use crate::monitor::{Monitor, Stopped};

/// No row, or no cluster.
pub(super) const NONE: u32 = u32::MAX;

/// Queries that are compared before looking whether more are needed.
const QUERIES_PER_STEP: u32 = 4;

/// The number of the connected component at every position, where core rows within eps are connected; [`NONE`] where
/// the row is not core. Components are numbered by their lowest row; their number is returned too.
///
/// `core` has the core rows of every block as bits. Pairs of nodes are visited from the blocks up, and a pair is left
/// out when its boxes are too far apart or when all its core rows are in one component already, so inside a cluster
/// little more than one pair per block is looked at.
pub(super) fn components(
    tree: &BlockTree,
    core: &[u32],
    radius: Radius,
    simd: InstructionSet,
    monitor: &Monitor,
) -> Result<(Vec<u32>, usize), Stopped> {
    let flags = |level| (0..tree.n_nodes(level)).map(|_| AtomicBool::new(false)).collect();
    let join = Join {
        tree,
        radius,
        simd,
        core,
        first: first_core(tree, core),
        whole: (0..tree.n_levels()).map(flags).collect(),
        sets: UnionFind::new(tree.n_rows()),
        monitor,
    };
    let task = monitor.task("dbscan: clusters", tree.n_rows() as u64);
    join.siblings(tree.n_levels() - 1, 0)?;
    task.advance(tree.n_rows() as u64);
    Ok(number(tree, core, &join.sets))
}

/// Numbers the components by their lowest row.
fn number(tree: &BlockTree, core: &[u32], sets: &UnionFind) -> (Vec<u32>, usize) {
    let mut roots = vec![NONE; tree.n_rows()];
    roots.par_chunks_mut(BLOCK).zip(core).enumerate().with_min_len(64).for_each(|(block, (roots, &core))| {
        for (lane, root) in roots.iter_mut().enumerate().filter(|(lane, _)| core >> lane & 1 == 1) {
            *root = sets.find(block * BLOCK + lane) as u32;
        }
    });
    // The lowest row of a component, at its root.
    let mut lowest = vec![NONE; tree.n_rows()];
    for (position, &root) in roots.iter().enumerate().filter(|&(_, &root)| root != NONE) {
        let row = tree.row_at(position) as u32;
        lowest[root as usize] = lowest[root as usize].min(row);
    }
    let mut found: Vec<(u32, u32)> =
        (0..).zip(&lowest).filter(|&(_, &row)| row != NONE).map(|(root, &row)| (row, root)).collect();
    found.par_sort_unstable();
    let mut numbers = lowest;
    (0..).zip(&found).for_each(|(number, &(_, root))| numbers[root as usize] = number);
    roots.par_iter_mut().with_min_len(4096).filter(|root| **root != NONE).for_each(|root| {
        *root = numbers[*root as usize];
    });
    (roots, found.len())
}

/// The first core position of every node, by level.
fn first_core(tree: &BlockTree, core: &[u32]) -> Vec<Vec<u32>> {
    let of_block = |(block, &core): (usize, &u32)| match core {
        0 => NONE,
        _ => (block * BLOCK) as u32 + core.trailing_zeros(),
    };
    lowest_of_nodes(tree, core.iter().enumerate().map(of_block).collect())
}

/// The least value of every node, by level, from those of the blocks.
pub(super) fn lowest_of_nodes(tree: &BlockTree, of_blocks: Vec<u32>) -> Vec<Vec<u32>> {
    let mut levels = vec![of_blocks];
    for level in 1..tree.n_levels() {
        let below = levels[level - 1].chunks(FAN);
        levels.push(below.map(|nodes| nodes.iter().copied().fold(NONE, u32::min)).collect());
    }
    levels
}

struct Join<'a> {
    tree: &'a BlockTree,
    radius: Radius,
    simd: InstructionSet,
    core: &'a [u32],
    /// By level and node.
    first: Vec<Vec<u32>>,
    /// By level and node: whether its core rows are known to be in one component; once true, true for ever.
    whole: Vec<Vec<AtomicBool>>,
    /// Over positions.
    sets: UnionFind,
    monitor: &'a Monitor,
}

impl Join<'_> {
    /// Connects the core rows of one node among themselves.
    fn inside(&self, level: usize, node: usize) -> Result<(), Stopped> {
        if self.first[level][node] == NONE {
            return Ok(());
        }
        let bounds = self.tree.node_box(level, node);
        let itself = self.simd.run(CompareBoxes { of: bounds, with: bounds, radius: self.radius });
        if itself.whole >> bounds.lane & 1 == 1 {
            self.unite_all(level, node, node);
        } else if level == 0 {
            self.block(node);
        } else {
            self.siblings(level - 1, node)?;
        }
        Ok(())
    }

    /// Connects the nodes of a group, each in itself and with the others.
    fn siblings(&self, level: usize, group: usize) -> Result<(), Stopped> {
        let nodes = self.tree.group(level, group);
        let later = |a: usize| u32::MAX << (a % FAN) << 1;
        if level == 0 {
            for node in nodes.clone() {
                self.inside(level, node)?;
            }
            return nodes.into_iter().try_for_each(|a| self.with_group(level, a, group, later(a)));
        }
        self.monitor.check()?;
        nodes.clone().into_par_iter().try_for_each(|node| self.inside(level, node))?;
        nodes.into_par_iter().try_for_each(|a| self.with_group(level, a, group, later(a)))
    }

    /// Connects one node with those of a group whose bits are in `nodes`.
    fn with_group(&self, level: usize, a: usize, group: usize, nodes: u32) -> Result<(), Stopped> {
        if self.first[level][a] == NONE {
            return Ok(());
        }
        let first = group * FAN;
        let (of, with) = (self.tree.node_box(level, a), self.tree.node_box(level, first));
        let compared = self.simd.run(CompareBoxes { of, with, radius: self.radius });
        let mut open = compared.open & nodes & (u32::MAX >> (32 - self.tree.group(level, group).len()));
        while open != 0 {
            let lane = take_lowest(&mut open);
            let b = first + lane;
            if self.first[level][b] == NONE || self.is_joined(level, a, b) {
                continue;
            }
            if compared.whole >> lane & 1 == 1 {
                self.unite_all(level, a, b);
            } else if of.is_one_point() && self.tree.node_box(level, b).is_one_point() {
                // One of many equal rows stands for all.
                let point = |node: usize| self.tree.block(node * FAN.pow(level as u32));
                if self.radius.holds(point(a), 0, point(b), 0) {
                    self.unite_all(level, a, b);
                }
            } else if level == 0 {
                self.pairs(a, b);
            } else {
                self.across(level, a, b)?;
            }
        }
        Ok(())
    }

    /// Connects the children of one node with those of another.
    fn across(&self, level: usize, a: usize, b: usize) -> Result<(), Stopped> {
        self.monitor.check()?;
        let below = level - 1;
        let (of, with) = (self.tree.node_box(level, b), self.tree.node_box(below, a * FAN));
        let near = self.simd.run(CompareBoxes { of, with, radius: self.radius }).open;
        let child = |x: usize| {
            if near >> (x % FAN) & 1 == 0 || self.is_joined(level, a, b) {
                return Ok(());
            }
            self.with_group(below, x, b, u32::MAX)
        };
        let mut children = self.tree.group(below, a);
        match below {
            0 => children.try_for_each(child),
            _ => children.into_par_iter().try_for_each(child),
        }
    }

    /// Connects the core rows of one block among themselves.
    fn block(&self, block: usize) {
        let (rows, core) = (self.tree.block(block), self.core[block]);
        let near = self.simd.run(Neighbours { of: rows, queries: core, among: rows, radius: self.radius });
        let mut left = core;
        while left != 0 {
            let start = left.trailing_zeros() as usize;
            let (mut reached, mut fresh) = (1_u32 << start, 1_u32 << start);
            while fresh != 0 {
                let more = near[take_lowest(&mut fresh)] & left & !reached;
                reached |= more;
                fresh |= more;
            }
            left &= !reached;
            reached &= !(1 << start);
            while reached != 0 {
                self.sets.unite(block * BLOCK + start, block * BLOCK + take_lowest(&mut reached));
            }
        }
    }

    /// Compares the core rows of two blocks.
    fn pairs(&self, a: usize, b: usize) {
        let (tree, radius) = (self.tree, self.radius);
        let near_box = |rows: usize, to: usize| {
            let of = RowsToBox { rows: tree.block(rows), to: tree.node_box(0, to), radius };
            self.simd.run(of).open & self.core[rows]
        };
        let (of_a, of_b) = (near_box(a, b), near_box(b, a));
        if of_a == 0 || of_b == 0 {
            return;
        }
        // Fewer queries cost less.
        let (a, b, of_a, of_b) =
            if of_a.count_ones() <= of_b.count_ones() { (a, b, of_a, of_b) } else { (b, a, of_b, of_a) };
        let (mut pieces_a, mut pieces_b) = (self.pieces(a, of_a), self.pieces(b, of_b));
        for piece in 0..pieces_a.n {
            let mut queries = pieces_a.lanes[piece];
            let mut others = pieces_b.apart_from(pieces_a.roots[piece]);
            while queries != 0 && others != 0 {
                let mut some = 0_u32;
                while some.count_ones() < QUERIES_PER_STEP && queries != 0 {
                    some |= 1 << take_lowest(&mut queries);
                }
                let near = self.simd.run(Neighbours { of: tree.block(a), queries: some, among: tree.block(b), radius });
                while some != 0 {
                    let query = take_lowest(&mut some);
                    while near[query] & others != 0 {
                        let other = (near[query] & others).trailing_zeros() as usize;
                        self.sets.unite(a * BLOCK + query, b * BLOCK + other);
                        let roots = (pieces_a.roots[piece], pieces_b.root_of(other));
                        let (kept, gone) = (roots.0.min(roots.1), roots.0.max(roots.1));
                        pieces_a.rename(gone, kept);
                        pieces_b.rename(gone, kept);
                        others = pieces_b.apart_from(kept);
                    }
                }
            }
        }
    }

    /// Some core rows of a block by the component they are in so far.
    fn pieces(&self, block: usize, mut lanes: u32) -> Pieces {
        let mut pieces = Pieces { n: 0, roots: [NONE; BLOCK], lanes: [0; BLOCK] };
        if self.whole[0][block].load(Ordering::Relaxed) {
            pieces.add(self.sets.find(self.first[0][block] as usize) as u32, lanes);
            return pieces;
        }
        while lanes != 0 {
            let lane = take_lowest(&mut lanes);
            pieces.add(self.sets.find(block * BLOCK + lane) as u32, 1 << lane);
        }
        pieces
    }

    /// Unites the core rows of two nodes each of which is near all rows of the other.
    fn unite_all(&self, level: usize, a: usize, b: usize) {
        for (node, other) in [(a, b), (b, a)] {
            let (first, representative) = (self.first[level][node], self.first[level][other]);
            self.sets.unite(first as usize, representative as usize);
            if !self.is_whole(level, node) {
                let blocks = FAN.pow(level as u32);
                for block in (node * blocks..(node + 1) * blocks).take_while(|&block| block < self.core.len()) {
                    let mut lanes = self.core[block];
                    while lanes != 0 {
                        self.sets.unite(block * BLOCK + take_lowest(&mut lanes), representative as usize);
                    }
                }
                self.whole[level][node].store(true, Ordering::Relaxed);
            }
        }
    }

    /// Whether all core rows of two nodes are in one component.
    fn is_joined(&self, level: usize, a: usize, b: usize) -> bool {
        self.is_whole(level, a)
            && self.is_whole(level, b)
            && self.sets.joined(self.first[level][a] as usize, self.first[level][b] as usize)
    }

    /// Whether all core rows of a node are in one component already.
    fn is_whole(&self, level: usize, node: usize) -> bool {
        if self.whole[level][node].load(Ordering::Relaxed) {
            return true;
        }
        let first = self.first[level][node] as usize;
        let whole = if level == 0 {
            let mut lanes = self.core[node];
            let mut joined = true;
            while lanes != 0 && joined {
                joined = self.sets.joined(node * BLOCK + take_lowest(&mut lanes), first);
            }
            joined
        } else {
            let with_core = |&child: &usize| self.first[level - 1][child] != NONE;
            self.tree.group(level - 1, node).filter(with_core).all(|child| {
                self.is_whole(level - 1, child) && self.sets.joined(self.first[level - 1][child] as usize, first)
            })
        };
        if whole {
            self.whole[level][node].store(true, Ordering::Relaxed);
        }
        whole
    }
}

/// Lanes of a block that are known to be in one component, by its root.
struct Pieces {
    n: usize,
    roots: [u32; BLOCK],
    lanes: [u32; BLOCK],
}

impl Pieces {
    fn add(&mut self, root: u32, lanes: u32) {
        let at = self.roots[..self.n].iter().position(|&other| other == root).unwrap_or(self.n);
        self.n = self.n.max(at + 1);
        self.roots[at] = root;
        self.lanes[at] |= lanes;
    }

    /// The lanes whose root is not `root`.
    fn apart_from(&self, root: u32) -> u32 {
        (0..self.n).filter(|&piece| self.roots[piece] != root).fold(0, |lanes, piece| lanes | self.lanes[piece])
    }

    /// The root of a lane that is in one of the pieces.
    fn root_of(&self, lane: usize) -> u32 {
        let piece = (0..self.n).find(|&piece| self.lanes[piece] >> lane & 1 == 1);
        piece.map_or(NONE, |piece| self.roots[piece])
    }

    fn rename(&mut self, old: u32, new: u32) {
        self.roots[..self.n].iter_mut().filter(|root| **root == old).for_each(|root| *root = new);
    }
}
