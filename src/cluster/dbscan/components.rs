use std::sync::atomic::{AtomicBool, Ordering};

use super::bounds::{self, LANES};
use super::tree::BlockTree;
use super::union_find::UnionFind;
use crate::monitor::{Monitor, Stopped, Task};

/// Below this many rows a pair of nodes is joined by one thread.
const PARALLEL_ROWS: usize = 4096;

/// The number of the connected component of every row, where rows within eps are connected.
///
/// Components are numbered by their lowest row. Pairs of nodes are visited from the leaves up, and a pair is left out
/// when its boxes are too far apart or when all its rows are in one component already, so inside a cluster little more
/// than one pair per leaf is looked at.
pub(super) fn components(tree: &BlockTree, eps_squared: f64, monitor: &Monitor) -> Result<Vec<u32>, Stopped> {
    let join = Join {
        tree,
        eps_squared,
        sets: UnionFind::new(tree.n_rows()),
        whole: (0..tree.n_nodes()).map(|_| AtomicBool::new(false)).collect(),
        monitor,
        task: monitor.task("dbscan: clusters", tree.n_rows() as u64),
    };
    if tree.n_nodes() > 0 {
        join.inside(0)?;
    }
    let mut roots = vec![0; tree.n_rows()];
    for position in 0..tree.n_rows() {
        roots[tree.row_at(position)] = join.sets.find(position);
    }
    const UNNUMBERED: u32 = u32::MAX;
    let (mut numbers, mut next) = (vec![UNNUMBERED; tree.n_rows()], 0);
    let number = |root: usize| {
        if numbers[root] == UNNUMBERED {
            numbers[root] = next;
            next += 1;
        }
        numbers[root]
    };
    Ok(roots.into_iter().map(number).collect())
}

struct Join<'a> {
    tree: &'a BlockTree,
    eps_squared: f64,
    /// Over positions in the tree.
    sets: UnionFind,
    /// Nodes whose rows are known to be in one component; once true, true for ever.
    whole: Vec<AtomicBool>,
    monitor: &'a Monitor,
    task: Task,
}

impl Join<'_> {
    /// Connects the rows of one node among themselves.
    fn inside(&self, node: usize) -> Result<(), Stopped> {
        if self.is_near(node, node) {
            self.unite_all(node, node);
            self.task.advance(self.tree.len(node) as u64);
            return Ok(());
        }
        match self.tree.children(node) {
            Some((left, right)) => {
                self.both(self.tree.len(node), || self.inside(left), || self.inside(right))?;
                self.across(left, right)
            }
            None => {
                self.pairs(node, node);
                self.task.advance(self.tree.len(node) as u64);
                Ok(())
            }
        }
    }

    /// Connects the rows of one node with those of another.
    fn across(&self, a: usize, b: usize) -> Result<(), Stopped> {
        let (box_a, box_b) = (self.tree.bounding_box(a), self.tree.bounding_box(b));
        if bounds::gap_between(box_a, box_b) > self.eps_squared || self.is_joined(a, b) {
            return Ok(());
        }
        if self.is_near(a, b) {
            self.unite_all(a, b);
            return Ok(());
        }
        let (large, small) = if self.tree.len(a) < self.tree.len(b) { (b, a) } else { (a, b) };
        let (split, other) = if self.tree.children(large).is_some() { (large, small) } else { (small, large) };
        let Some((left, right)) = self.tree.children(split) else {
            self.pairs(a, b);
            return Ok(());
        };
        let rows = self.tree.len(a) + self.tree.len(b);
        if rows > PARALLEL_ROWS {
            self.monitor.check()?;
        }
        // The nearer pair first: it is likelier to connect, which spares the other.
        let from = self.tree.bounding_box(other);
        let distance = |child| bounds::centre_distance(from, self.tree.bounding_box(child));
        let (near, far) = if distance(right) < distance(left) { (right, left) } else { (left, right) };
        self.both(rows, || self.across(near, other), || self.across(far, other))
    }

    fn both(
        &self,
        rows: usize,
        first: impl FnOnce() -> Result<(), Stopped> + Send,
        second: impl FnOnce() -> Result<(), Stopped> + Send,
    ) -> Result<(), Stopped> {
        if rows > PARALLEL_ROWS {
            let (first, second) = rayon::join(first, second);
            first.and(second)
        } else {
            first().and_then(|()| second())
        }
    }

    /// Compares the rows of two leaves, or of one leaf with itself.
    fn pairs(&self, a: usize, b: usize) {
        let tree = self.tree;
        let (first_b, mut row) = (tree.positions(b).start, vec![0.0; tree.n_features()]);
        // A leaf in one piece needs one meeting with a row; two such leaves need one meeting at all.
        let (a_is_whole, b_is_whole) = (self.is_whole(a), a != b && self.is_whole(b));
        for (i, position) in tree.positions(a).enumerate() {
            if b_is_whole && self.sets.joined(position, first_b) {
                continue;
            }
            tree.copy_row(a, i, &mut row);
            if bounds::gap_to(&row, tree.bounding_box(b)) > self.eps_squared {
                continue;
            }
            let mut met = false;
            let mut lanes = [0.0; LANES];
            // A leaf longer than a block is one point, which its first row stands for.
            let n = if tree.is_one_point(b) { 1 } else { tree.len(b) };
            let near = bounds::distances(&row, |j| &tree.column(b, j)[..n], self.eps_squared, &mut lanes);
            for (other, _) in (first_b..).zip(near).filter(|&(_, &distance)| distance <= self.eps_squared) {
                self.sets.unite(position, other);
                met = true;
                if b_is_whole {
                    break;
                }
            }
            if met && a_is_whole && b_is_whole {
                break;
            }
        }
    }

    /// Whether every row of one node is within eps of every row of the other.
    fn is_near(&self, a: usize, b: usize) -> bool {
        bounds::reach_between(self.tree.bounding_box(a), self.tree.bounding_box(b)) <= self.eps_squared
    }

    /// Unites two nodes each of whose rows is near all rows of the other.
    fn unite_all(&self, a: usize, b: usize) {
        for (node, other) in [(a, b), (b, a)] {
            let representative = self.tree.positions(other).start;
            if self.is_whole(node) {
                self.sets.unite(self.tree.positions(node).start, representative);
            } else {
                self.tree.positions(node).for_each(|position| self.sets.unite(position, representative));
                self.whole[node].store(true, Ordering::Relaxed);
            }
        }
    }

    /// Whether all rows of two nodes are in one component.
    fn is_joined(&self, a: usize, b: usize) -> bool {
        self.is_whole(a)
            && self.is_whole(b)
            && self.sets.joined(self.tree.positions(a).start, self.tree.positions(b).start)
    }

    /// Whether all rows of a node are in one component already.
    fn is_whole(&self, node: usize) -> bool {
        if self.whole[node].load(Ordering::Relaxed) {
            return true;
        }
        let first = self.tree.positions(node).start;
        let whole = match self.tree.children(node) {
            Some((left, right)) => self.is_joined(left, right),
            None => self.tree.positions(node).all(|position| self.sets.joined(position, first)),
        };
        if whole {
            self.whole[node].store(true, Ordering::Relaxed);
        }
        whole
    }
}
