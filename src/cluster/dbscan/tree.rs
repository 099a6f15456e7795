use rayon::prelude::*;

use super::bounds;
use crate::matrix::TiledMatrix;

/// Rows of a leaf, unless more rows are equal in every feature.
const LEAF_ROWS: usize = bounds::LANES;

/// Below this many rows a subtree is built by one thread.
const PARALLEL_ROWS: usize = 8192;

/// Rows grouped into small blocks that lie close together, under a binary tree of bounding boxes.
///
/// A node whose widest side is zero is a leaf of any size: equal rows share one leaf. Any other node with more than
/// 64 rows is split at the median of its widest side, and values equal to the median stay together. The tree depends on
/// the rows alone, not on threads. It holds one copy of the values (4·n·d bytes), 4·n bytes of row numbers, and one box
/// per node, of which there are about n/32.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct BlockTree {
    n_features: usize,
    /// The row at every position; positions follow the leaves from left to right.
    rows: Vec<u32>,
    /// Feature-major inside a leaf.
    values: Vec<f32>,
    /// Depth first: the left child follows its parent.
    nodes: Vec<Node>,
    /// For every node the lowest values of its features, then the highest.
    boxes: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    first: u32,
    len: u32,
    /// Distance in `nodes` to the right child; 0 in a leaf.
    right: u32,
}

impl BlockTree {
    /// A tree over the rows `rows` of `matrix`; they are called 0, 1, … in the order given.
    pub(in crate::cluster) fn over(matrix: &TiledMatrix, rows: impl Fn(usize) -> usize + Sync, n: usize) -> Self {
        let d = matrix.n_features();
        let mut values = vec![0.0; n * d];
        values.par_chunks_mut(d * PARALLEL_ROWS).enumerate().for_each(|(c, chunk)| {
            for (i, row) in chunk.chunks_exact_mut(d).enumerate() {
                let source = rows(c * PARALLEL_ROWS + i);
                row.iter_mut().enumerate().for_each(|(j, value)| *value = matrix.get(source, j));
            }
        });
        BlockTree::from_rows(values, d)
    }

    /// A tree over row-major values.
    pub(in crate::cluster) fn from_rows(mut values: Vec<f32>, n_features: usize) -> Self {
        let n = u32::try_from(values.len() / n_features).expect("load refuses tables of more than u32::MAX rows");
        let mut rows: Vec<u32> = (0..n).collect();
        let grown = if n == 0 { Subtree::default() } else { grow(&mut rows, &mut values, 0, n_features) };
        BlockTree { n_features, rows, values, nodes: grown.nodes, boxes: grown.boxes }
    }

    /// Rows.
    pub(in crate::cluster) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Columns.
    pub(in crate::cluster) fn n_features(&self) -> usize {
        self.n_features
    }

    /// Nodes; the root is node 0.
    pub(in crate::cluster) fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes that are leaves, from left to right.
    pub(in crate::cluster) fn leaves(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|&node| self.nodes[node].right == 0).collect()
    }

    /// The children of a node; `None` for a leaf.
    pub(in crate::cluster) fn children(&self, node: usize) -> Option<(usize, usize)> {
        let right = self.nodes[node].right as usize;
        (right > 0).then_some((node + 1, node + right))
    }

    /// The positions of a node's rows.
    pub(in crate::cluster) fn positions(&self, node: usize) -> std::ops::Range<usize> {
        let Node { first, len, .. } = self.nodes[node];
        first as usize..first as usize + len as usize
    }

    /// Rows of a node.
    pub(in crate::cluster) fn len(&self, node: usize) -> usize {
        self.nodes[node].len as usize
    }

    /// The row at a position.
    pub(in crate::cluster) fn row_at(&self, position: usize) -> usize {
        self.rows[position] as usize
    }

    /// The lowest and the highest values of a node's rows.
    pub(in crate::cluster) fn bounding_box(&self, node: usize) -> (&[f32], &[f32]) {
        let d = self.n_features;
        self.boxes[2 * node * d..2 * (node + 1) * d].split_at(d)
    }

    /// Whether all rows of a node are equal.
    pub(in crate::cluster) fn is_one_point(&self, node: usize) -> bool {
        let (low, high) = self.bounding_box(node);
        low == high
    }

    /// Feature `j` of the rows of a leaf.
    pub(in crate::cluster) fn column(&self, leaf: usize, j: usize) -> &[f32] {
        let Node { first, len, .. } = self.nodes[leaf];
        let (first, len) = (first as usize, len as usize);
        &self.values[first * self.n_features + j * len..][..len]
    }

    /// The `i`-th row of a leaf, widened into `out`.
    pub(in crate::cluster) fn copy_row(&self, leaf: usize, i: usize, out: &mut [f64]) {
        for (j, value) in out.iter_mut().enumerate() {
            *value = f64::from(self.column(leaf, j)[i]);
        }
    }

    /// All values, row-major, in the order of the rows' numbers.
    pub(in crate::cluster) fn to_rows(&self) -> Vec<f32> {
        let d = self.n_features;
        let mut out = vec![0.0; self.values.len()];
        for leaf in self.leaves() {
            for j in 0..d {
                for (position, &value) in self.positions(leaf).zip(self.column(leaf, j)) {
                    out[self.row_at(position) * d + j] = value;
                }
            }
        }
        out
    }
}

#[derive(Default)]
struct Subtree {
    nodes: Vec<Node>,
    boxes: Vec<f32>,
}

/// Builds the subtree of `rows`, the first of which is at position `first`: reorders them and turns the row-major
/// `values` feature-major leaf by leaf.
fn grow(rows: &mut [u32], values: &mut [f32], first: usize, d: usize) -> Subtree {
    let bounds = bounding_box(values, d);
    let (low, high) = bounds.split_at(d);
    let widths = (0..d).map(|j| f64::from(high[j]) - f64::from(low[j]));
    // The first of the widest features, whatever the threads.
    let (axis, width) = widths.enumerate().fold((0, 0.0), |best, side| if side.1 > best.1 { side } else { best });
    let mut node = Node { first: first as u32, len: rows.len() as u32, right: 0 };
    if width == 0.0 || rows.len() <= LEAF_ROWS {
        make_feature_major(values, d);
        return Subtree { nodes: vec![node], boxes: bounds };
    }
    let n_left = split(rows, values, d, axis);
    let (left_rows, right_rows) = rows.split_at_mut(n_left);
    let (left_values, right_values) = values.split_at_mut(n_left * d);
    let left = |rows, values| grow(rows, values, first, d);
    let right = |rows, values| grow(rows, values, first + n_left, d);
    let (left, right) = if left_rows.len() + right_rows.len() > PARALLEL_ROWS {
        rayon::join(|| left(left_rows, left_values), || right(right_rows, right_values))
    } else {
        (left(left_rows, left_values), right(right_rows, right_values))
    };
    node.right = 1 + left.nodes.len() as u32;
    let mut grown = Subtree { nodes: vec![node], boxes: bounds };
    for child in [left, right] {
        grown.nodes.extend(child.nodes);
        grown.boxes.extend(child.boxes);
    }
    grown
}

/// The lowest, then the highest value of every feature.
fn bounding_box(values: &[f32], d: usize) -> Vec<f32> {
    let of_chunk = |chunk: &[f32]| {
        let mut bounds = [&chunk[..d], &chunk[..d]].concat();
        for row in chunk.chunks_exact(d) {
            bounds::cover(&mut bounds, row, row);
        }
        bounds
    };
    if values.len() <= d * PARALLEL_ROWS {
        return of_chunk(values);
    }
    let parts: Vec<Vec<f32>> = values.par_chunks(d * PARALLEL_ROWS).map(of_chunk).collect();
    let mut all = parts[0].clone();
    for part in &parts[1..] {
        let (low, high) = part.split_at(d);
        bounds::cover(&mut all, low, high);
    }
    all
}

/// Moves the rows below the median of feature `axis` to the front and returns their number. When no row is below it,
/// the rows equal to it go to the front instead. Neither side is empty as long as the values differ.
fn split(rows: &mut [u32], values: &mut [f32], d: usize, axis: usize) -> usize {
    let mut column: Vec<f32> = values.iter().skip(axis).step_by(d).copied().collect();
    let middle = column.len() / 2;
    let median = *column.select_nth_unstable_by(middle, f32::total_cmp).1;
    drop(column);
    match partition(rows, values, d, axis, |v| v < median) {
        0 => partition(rows, values, d, axis, |v| v <= median),
        n_left => n_left,
    }
}

fn partition(rows: &mut [u32], values: &mut [f32], d: usize, axis: usize, front: impl Fn(f32) -> bool) -> usize {
    let (mut i, mut end) = (0, rows.len());
    while i < end {
        if front(values[i * d + axis]) {
            i += 1;
        } else {
            end -= 1;
            if front(values[end * d + axis]) {
                rows.swap(i, end);
                let (head, tail) = values.split_at_mut(end * d);
                head[i * d..(i + 1) * d].swap_with_slice(&mut tail[..d]);
                i += 1;
            }
        }
    }
    i
}

/// Transposes the values of a leaf.
fn make_feature_major(values: &mut [f32], d: usize) {
    let n = values.len() / d;
    if n > LEAF_ROWS {
        // A leaf of more rows holds one point: no copy is needed to fill its columns.
        let point = values[..d].to_vec();
        values.chunks_exact_mut(n).zip(point).for_each(|(column, value)| column.fill(value));
        return;
    }
    let row_major = values.to_vec();
    for (j, column) in values.chunks_exact_mut(n).enumerate() {
        column.iter_mut().enumerate().for_each(|(i, value)| *value = row_major[i * d + j]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize, d: usize, levels: usize) -> Vec<f32> {
        (0..n * d).map(|v| ((v * 7919 + v / d * 31) % levels) as f32).collect()
    }

    #[test]
    fn every_row_comes_back_and_lies_in_the_box_of_its_leaf() {
        for (n, d, levels) in [(1, 3, 9), (64, 1, 50), (65, 2, 3), (5000, 3, 1000), (20_000, 2, 4)] {
            let values = rows(n, d, levels);
            let tree = BlockTree::from_rows(values.clone(), d);
            assert_eq!(tree.to_rows(), values);
            for leaf in tree.leaves() {
                let (low, high) = tree.bounding_box(leaf);
                assert!(tree.len(leaf) <= LEAF_ROWS || tree.is_one_point(leaf));
                for j in 0..d {
                    assert!(tree.column(leaf, j).iter().all(|&v| low[j] <= v && v <= high[j]));
                }
            }
        }
    }

    #[test]
    fn equal_rows_share_one_leaf() {
        let values: Vec<f32> = (0..10_000).map(|i| if i % 10 == 0 { i as f32 } else { 3.5 }).collect();
        let tree = BlockTree::from_rows(values, 1);
        let with_mass: Vec<usize> = tree.leaves().into_iter().filter(|&l| tree.column(l, 0).contains(&3.5)).collect();
        assert_eq!(with_mass.len(), 1);
        assert!(tree.len(with_mass[0]) >= 9000);
    }
}
