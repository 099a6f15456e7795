use super::bounds::{self, LANES};
use super::tree::BlockTree;

/// Finds distances to the nearest rows of a tree, one query after the other.
pub(in crate::cluster) struct NearestSearch<'a> {
    tree: &'a BlockTree,
    k: usize,
    /// The smallest squared distances so far, ascending; at most k.
    found: Vec<f64>,
}

impl<'a> NearestSearch<'a> {
    /// A search for the k-th nearest row, 1 ≤ k ≤ rows of the tree.
    pub(in crate::cluster) fn new(tree: &'a BlockTree, k: usize) -> Self {
        debug_assert!((1..=tree.n_rows()).contains(&k), "the k-th nearest row exists");
        NearestSearch { tree, k, found: Vec::with_capacity(k + 1) }
    }

    /// The distance of `row` to its k-th nearest row; a row of the tree is its own nearest.
    ///
    /// The square of the result, rounded, is not below the squared distance: with it as eps DBSCAN finds the k rows.
    pub(in crate::cluster) fn kth_distance(&mut self, row: &[f64]) -> f64 {
        self.found.clear();
        self.visit(0, row);
        let (squared, mut radius) = (self.found[self.k - 1], self.found[self.k - 1].sqrt());
        while radius * radius < squared {
            radius = radius.next_up();
        }
        radius
    }

    fn limit(&self) -> f64 {
        if self.found.len() < self.k { f64::INFINITY } else { self.found[self.k - 1] }
    }

    fn visit(&mut self, node: usize, row: &[f64]) {
        let tree = self.tree;
        if bounds::gap_to(row, tree.bounding_box(node)) >= self.limit() {
            return;
        }
        if let Some((left, right)) = tree.children(node) {
            let gap = |child| bounds::gap_to(row, tree.bounding_box(child));
            let (near, far) = if gap(right) < gap(left) { (right, left) } else { (left, right) };
            self.visit(near, row);
            self.visit(far, row);
        } else if tree.is_one_point(node) {
            let distance = bounds::gap_to(row, tree.bounding_box(node));
            (0..tree.len(node).min(self.k)).for_each(|_| self.offer(distance));
        } else {
            let mut lanes = [0.0; LANES];
            let distances = bounds::distances(row, |j| tree.column(node, j), self.limit(), &mut lanes);
            distances.iter().for_each(|&distance| self.offer(distance));
        }
    }

    fn offer(&mut self, distance: f64) {
        if distance < self.limit() {
            let at = self.found.partition_point(|&found| found <= distance);
            self.found.insert(at, distance);
            self.found.truncate(self.k);
        }
    }
}

/// The distance of `row` to the nearest row of the tree that is not equal to it; `None` when all are.
pub(in crate::cluster) fn nearest_other_point(tree: &BlockTree, row: &[f64]) -> Option<f64> {
    let mut best = f64::INFINITY;
    visit_others(tree, 0, row, &mut best);
    best.is_finite().then(|| best.sqrt())
}

fn visit_others(tree: &BlockTree, node: usize, row: &[f64], best: &mut f64) {
    if bounds::gap_to(row, tree.bounding_box(node)) >= *best {
        return;
    }
    if let Some((left, right)) = tree.children(node) {
        let gap = |child| bounds::gap_to(row, tree.bounding_box(child));
        let (near, far) = if gap(right) < gap(left) { (right, left) } else { (left, right) };
        visit_others(tree, near, row, best);
        visit_others(tree, far, row, best);
    } else {
        // A leaf longer than a block is one point, which its first row stands for.
        let n = if tree.is_one_point(node) { 1 } else { tree.len(node) };
        let mut lanes = [0.0; LANES];
        let distances = bounds::distances(row, |j| &tree.column(node, j)[..n], *best, &mut lanes);
        *best = distances.iter().copied().filter(|&distance| distance > 0.0).fold(*best, f64::min);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<f32> {
        (0..3000).map(|v| ((v * 7919) % 997) as f32 * if v % 3 == 0 { 0.1 } else { 1.0 }).collect()
    }

    fn sorted_squares(values: &[f32], row: &[f64]) -> Vec<f64> {
        let square = |other: &[f32]| {
            row.iter().zip(other).fold(0.0, |sum, (&x, &y)| sum + (x - f64::from(y)) * (x - f64::from(y)))
        };
        let mut squares: Vec<f64> = values.chunks(row.len()).map(square).collect();
        squares.sort_by(f64::total_cmp);
        squares
    }

    #[test]
    fn the_kth_distance_is_that_of_a_sorted_scan() {
        let values = points();
        let tree = BlockTree::from_rows(values.clone(), 3);
        for k in [1, 2, 17, 1000] {
            let mut search = NearestSearch::new(&tree, k);
            for row in values.chunks(3).step_by(37) {
                let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
                let (radius, squared) = (search.kth_distance(&row), sorted_squares(&values, &row)[k - 1]);
                assert!(radius * radius >= squared && (radius - squared.sqrt()).abs() <= f64::EPSILON * radius);
            }
        }
    }

    #[test]
    fn the_nearest_other_point_passes_over_duplicates() {
        let values: Vec<f32> = [vec![1.0; 300], vec![1.25; 200], vec![9.0]].concat();
        let tree = BlockTree::from_rows(values, 1);
        assert_eq!(nearest_other_point(&tree, &[1.0]), Some(0.25));
        assert_eq!(nearest_other_point(&tree, &[9.0]), Some(7.75));
        assert_eq!(nearest_other_point(&BlockTree::from_rows(vec![2.0; 100], 1), &[2.0]), None);
    }
}
