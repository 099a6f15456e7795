use rayon::prelude::*;

use super::bounds::{self, LANES};
use super::tree::BlockTree;
use crate::monitor::{Monitor, Stopped};

/// Leaves after which a thread asks whether to go on.
const LEAVES_PER_STEP: usize = 64;

/// Whether each row has at least `min_samples` rows within eps, itself included.
///
/// Every leaf looks for the neighbours of its rows together, its own rows first, then nearer boxes before farther ones.
/// A row leaves the search as soon as it has enough, so dense regions cost little.
pub(super) fn core_flags(
    tree: &BlockTree,
    eps_squared: f64,
    min_samples: usize,
    monitor: &Monitor,
) -> Result<Vec<bool>, Stopped> {
    let mut core = vec![false; tree.n_rows()];
    if min_samples > tree.n_rows() {
        return Ok(core);
    }
    let task = monitor.task("dbscan: core rows", tree.n_rows() as u64);
    let leaves = tree.leaves();
    let found: Vec<Vec<(usize, Vec<bool>)>> = leaves
        .par_chunks(LEAVES_PER_STEP)
        .map(|leaves| {
            monitor.check()?;
            let of_leaf = |&leaf: &usize| (leaf, CoreSearch::new(tree, leaf, eps_squared, min_samples).run());
            let flags: Vec<(usize, Vec<bool>)> = leaves.iter().map(of_leaf).collect();
            task.advance(leaves.iter().map(|&leaf| tree.len(leaf) as u64).sum());
            Ok(flags)
        })
        .collect::<Result<_, Stopped>>()?;
    for (leaf, flags) in found.into_iter().flatten() {
        for (position, flag) in tree.positions(leaf).zip(flags.into_iter().cycle()) {
            core[tree.row_at(position)] = flag;
        }
    }
    Ok(core)
}

struct CoreSearch<'a> {
    tree: &'a BlockTree,
    own: usize,
    eps_squared: f64,
    min_samples: usize,
    /// The rows looked for, row-major: those of the leaf, or one of them when they are all equal.
    queries: Vec<f64>,
    /// Neighbours found so far.
    counts: Vec<usize>,
    /// The queries that have too few yet.
    open: Vec<usize>,
}

impl<'a> CoreSearch<'a> {
    fn new(tree: &'a BlockTree, own: usize, eps_squared: f64, min_samples: usize) -> Self {
        let (d, n_queries) = (tree.n_features(), if tree.is_one_point(own) { 1 } else { tree.len(own) });
        let mut queries = vec![0.0; n_queries * d];
        queries.chunks_exact_mut(d).enumerate().for_each(|(i, query)| tree.copy_row(own, i, query));
        let (counts, open) = (vec![0; n_queries], (0..n_queries).collect());
        CoreSearch { tree, own, eps_squared, min_samples, queries, counts, open }
    }

    /// The flags of the queries.
    fn run(mut self) -> Vec<bool> {
        self.leaf_or_whole(self.own);
        self.visit(0);
        self.counts.iter().map(|&count| count >= self.min_samples).collect()
    }

    fn visit(&mut self, node: usize) {
        if self.open.is_empty() || node == self.own {
            return;
        }
        let own = self.tree.bounding_box(self.own);
        if bounds::gap_between(own, self.tree.bounding_box(node)) > self.eps_squared {
            return;
        }
        // The own rows are counted already, so a box around them is not taken as a whole.
        let holds_own = self.tree.positions(node).contains(&self.tree.positions(self.own).start);
        match self.tree.children(node) {
            Some((left, right)) if holds_own || !self.is_all_near(node) => {
                let distance = |child| bounds::centre_distance(own, self.tree.bounding_box(child));
                let (near, far) = if distance(right) < distance(left) { (right, left) } else { (left, right) };
                self.visit(near);
                self.visit(far);
            }
            _ => self.leaf_or_whole(node),
        }
    }

    fn is_all_near(&self, node: usize) -> bool {
        let own = self.tree.bounding_box(self.own);
        bounds::reach_between(own, self.tree.bounding_box(node)) <= self.eps_squared
    }

    /// Counts the neighbours in a leaf, or in a node that is near as a whole.
    fn leaf_or_whole(&mut self, node: usize) {
        if self.is_all_near(node) {
            let len = self.tree.len(node);
            self.open.iter().for_each(|&query| self.counts[query] += len);
        } else {
            for at in 0..self.open.len() {
                let query = self.open[at];
                self.counts[query] = self.count(query, node);
            }
        }
        let (counts, min_samples) = (&self.counts, self.min_samples);
        self.open.retain(|&query| counts[query] < min_samples);
    }

    /// The count of `query` after the rows of `leaf`.
    fn count(&self, query: usize, leaf: usize) -> usize {
        let tree = self.tree;
        let row = &self.queries[query * tree.n_features()..][..tree.n_features()];
        let mut count = self.counts[query];
        if bounds::gap_to(row, tree.bounding_box(leaf)) > self.eps_squared {
            return count;
        }
        if bounds::reach_to(row, tree.bounding_box(leaf)) <= self.eps_squared {
            return count + tree.len(leaf);
        }
        let mut lanes = [0.0; LANES];
        let near = bounds::distances(row, |j| tree.column(leaf, j), self.eps_squared, &mut lanes);
        count += near.iter().filter(|&&distance| distance <= self.eps_squared).count();
        count
    }
}
